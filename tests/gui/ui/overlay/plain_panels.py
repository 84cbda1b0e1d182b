"""Panels as plain as can be, and an overlay over a screen that the test has painted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QKeyEvent, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.desktop.capture.frame import Frame, ScreenPlace
from app.desktop.capture.places import WindowPlace
from app.ui.overlay.frame_window import FrameWindow
from app.ui.overlay.overlay import Overlay
from app.ui.theme.theme import Theme

LEFT = Qt.MouseButton.LeftButton
BOX = QColor(255, 0, 255)


class Field(QLineEdit):
    """Leaves the arrows to the region while it is empty, and Escape always."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        arrows = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
        if event.key() == Qt.Key.Key_Escape or (event.key() in arrows and not self.text()):
            event.ignore()
        else:
            super().keyPressEvent(event)


class Panel(QWidget):
    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self.size_wanted = QSize(width, height)

    def sizeHint(self) -> QSize:
        return self.size_wanted


class PlainPanels:
    """Remembers what the overlay asked of it; paints a 20 × 10 box at the region's corner."""

    def __init__(self) -> None:
        self.ask_bar = Panel(300, 80)
        self.field = Field()
        QVBoxLayout(self.ask_bar).addWidget(self.field)
        self.answer_card = Panel(300, 200)
        self.card_wanted = False
        self.backs = 0  # how many things there are to put away
        self.hovered: QPoint | None = None
        self.pressed: list[QPoint] = []

    def focus(self) -> None:
        self.field.setFocus()

    def back(self) -> bool:
        self.backs -= 1
        return self.backs >= 0

    def paint(self, painter: QPainter, region: QRect) -> None:
        painter.fillRect(self._box(region), BOX)

    def hover(self, point: QPoint | None, region: QRect) -> bool:
        self.hovered = point
        return point is not None and self._box(region).contains(point)

    def press(self, point: QPoint, region: QRect) -> bool:
        if not self._box(region).contains(point):
            return False
        self.pressed.append(point)
        return True

    def _box(self, region: QRect) -> QRect:
        return QRect(region.x() + 50, region.y() + 50, 20, 10)


class Desk:
    """An overlay with one screen, and what a hand or an eye would do with it."""

    def __init__(self, qtbot: QtBot, theme: Theme) -> None:
        self.qtbot = qtbot
        self.panels = PlainPanels()
        self.overlay = Overlay(theme)
        self.overlay.set_panels(self.panels)
        self.marked: list[QRect] = []
        self.cleared: list[bool] = []
        self.closed: list[bool] = []
        self.overlay.region_marked.connect(lambda _frame, region: self.marked.append(region))
        self.overlay.region_cleared.connect(lambda: self.cleared.append(True))
        self.overlay.closed.connect(lambda: self.closed.append(True))

    def open(self, *windows: QRect) -> None:
        places = [WindowPlace(f"Window {place.x()}", place) for place in windows]
        self.overlay.open(frames(), places)
        self.qtbot.waitExposed(self.window)
        self.qtbot.waitUntil(self.window.isActiveWindow)

    @property
    def window(self) -> FrameWindow:
        return self.overlay.windows[0]

    @property
    def region(self) -> QRect | None:
        return self.overlay.region

    def drag(self, start: tuple[int, int], *points: tuple[int, int]) -> None:
        self.press(start)
        for point in points:
            QTest.mouseMove(self.window, QPoint(*point))
        self.release(points[-1])

    def press(self, at: tuple[int, int]) -> None:
        QTest.mousePress(self.window, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(*at))

    def release(self, at: tuple[int, int]) -> None:
        QTest.mouseRelease(self.window, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(*at))

    def click(
        self, at: tuple[int, int], button: Qt.MouseButton = Qt.MouseButton.LeftButton
    ) -> None:
        QTest.mouseClick(self.window, button, Qt.KeyboardModifier.NoModifier, QPoint(*at))

    def key(
        self,
        key: Qt.Key,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
        times: int = 1,
    ) -> None:
        """To whatever has the keyboard."""
        handle = self.window.windowHandle()
        for _ in range(times):
            QTest.keyClick(handle, key, modifiers)

    def shown(self) -> QImage:
        return self.window.grab().toImage()


def frames() -> Sequence[Frame]:
    """A grey picture of the first screen."""
    place = ScreenPlace.of(QGuiApplication.screens()[0])
    image = QImage(place.physical.size(), QImage.Format.Format_RGB32)
    image.fill(QColor("#808080"))
    return (Frame.of(place, image),)


@contextmanager
def desk(qtbot: QtBot, theme: Theme) -> Iterator[Desk]:
    made = Desk(qtbot, theme)
    try:
        yield made
    finally:
        made.overlay.shut_down()
        for panel in (made.panels.ask_bar, made.panels.answer_card):
            panel.deleteLater()
