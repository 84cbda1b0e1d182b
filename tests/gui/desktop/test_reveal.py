"""A file is shown in its folder: by what each system has for that."""

import os
import stat
import sys
from pathlib import Path

import pytest

from app.desktop.reveal import reveal


def program(folder: Path, name: str, log: Path, code: int) -> None:
    """A program of the system that only notes what it was asked."""
    path = folder / name
    path.write_text(f'#!/bin/sh\necho "{name} $*" >> "{log}"\nexit {code}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/bin{os.pathsep}/usr/bin")
    return tmp_path / "log"


if sys.platform not in ("win32", "darwin"):

    def test_the_file_manager_is_asked_to_select_it(tmp_path: Path, log: Path) -> None:
        program(tmp_path / "bin", "dbus-send", log, 0)
        assert reveal(tmp_path / "a model.gguf")
        said = log.read_text()
        assert "org.freedesktop.FileManager1.ShowItems" in said
        assert f"array:string:{(tmp_path / 'a model.gguf').as_uri()}" in said

    def test_else_its_folder_is_opened(tmp_path: Path, log: Path) -> None:
        program(tmp_path / "bin", "dbus-send", log, 1)
        program(tmp_path / "bin", "xdg-open", log, 0)
        assert reveal(tmp_path / "models" / "m.gguf")


@pytest.mark.parametrize(
    ("system", "expected"),
    [("win32", "explorer /select,"), ("darwin", "open -R ")],
)
def test_other_systems_select_it_by_a_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, expected: str
) -> None:
    asked: list[str] = []

    def run(*command: str) -> int:
        asked.append(" ".join(command))
        return 0 if system == "darwin" else 1

    monkeypatch.setattr("app.desktop.reveal.sys.platform", system)
    monkeypatch.setattr("app.desktop.reveal._run", run)
    assert reveal(tmp_path / "m.gguf")
    assert asked == [f"{expected}{tmp_path / 'm.gguf'}"]
