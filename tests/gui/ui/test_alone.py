"""What keeps the window from opening is shown to somebody who has no terminal."""

import io
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from app.cli import main
from app.desktop.folder_lock import FolderLock
from app.storage.paths import Paths


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def start(folder: Path) -> str:
    """What is shown by a start while a terminal has the chats; "" for nothing."""
    shown: list[str] = []

    def look() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            shown.append(f"{box.text()} {box.informativeText()}")
            box.accept()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(10)
    paths = Paths.under(folder)
    paths.create()
    with closing(FolderLock(paths.data_dir, terminal=True)):
        assert main(["--data-dir", str(folder)]) == 1
    timer.stop()
    return "".join(shown)


def test_a_box_says_who_has_the_chats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr("sys.stderr", None)
    assert "facet chat --keep" in (words := start(tmp_path))
    assert words.endswith("End it with /quit, then start Facet again.")


def test_a_terminal_says_it_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr("sys.stderr", Terminal())
    assert start(tmp_path) == ""
