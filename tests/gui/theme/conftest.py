"""A theme for each test, and windows that live as long as it does."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.ui.theme.theme import Theme

Show = Callable[..., QWidget]
RESOURCES = Path(__file__).resolve().parents[3] / "resources"


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme(qapp, RESOURCES, mode="light")
    yield made
    made.set_mode("light")
    made.deleteLater()


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    """Puts widgets into a window, shows it and makes it active."""
    windows: list[QWidget] = []

    def show_now(*widgets: QWidget) -> QWidget:
        window = QWidget()
        windows.append(window)
        column = QVBoxLayout(window)
        for widget in widgets:
            column.addWidget(widget)
        window.show()
        qtbot.waitExposed(window)
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return window

    yield show_now
    for window in windows:
        window.close()
        window.deleteLater()
