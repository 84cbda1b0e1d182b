"""The panels on a real overlay: joined as the program joins them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desktop.capture.frame import Frame, ScreenPlace
from app.ui.overlay.frame_window import FrameWindow
from app.ui.overlay.overlay import Overlay
from app.ui.overlay.quick_panels import join
from tests.gui.ui.overlay.asking import Asking, boxes_json, frame_of

PLACE = [("Button", (400, 400, 600, 600))]


class Joined:
    """An overlay over a grey screen, all of which is marked."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking
        asking.let_go()
        self.overlay = Overlay(asking.theme)
        join(asking.panels, self.overlay)
        screen = QGuiApplication.primaryScreen()
        size = screen.geometry().size()
        image = frame_of(1.0, size.width(), size.height()).image
        self.overlay.open([Frame.of(ScreenPlace.of(screen), image)])
        self.window: FrameWindow = self.overlay.windows[0]
        asking.office.qtbot.waitUntil(self.window.isActiveWindow)
        QTest.keyClick(self.window, Qt.Key.Key_Return)
        asking.office.until(lambda: asking.quick.picture is not None)

    def escape(self) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, Qt.Key.Key_Escape)


@pytest.fixture
def joined(tmp_path: Path, qtbot: QtBot) -> Iterator[Joined]:
    with Asking.opened(tmp_path / "data", qtbot) as asking:
        joined = Joined(asking)
        yield joined
        joined.overlay.close()
        joined.overlay.set_panels(None)
        joined.overlay.deleteLater()


def test_the_keyboard_is_in_the_field_once_something_is_marked(joined: Joined) -> None:
    assert joined.asking.bar.isVisible()
    assert joined.asking.bar.edit.hasFocus()
    assert not joined.asking.card.isVisible()


def test_the_card_stands_beside_the_bar_and_over_nothing_of_it(joined: Joined) -> None:
    asking = joined.asking
    asking.ask("What is this?", "A page. " * 200)
    assert asking.card.isVisible()
    assert not asking.card.geometry().intersects(asking.bar.geometry())
    assert joined.window.rect().contains(asking.card.geometry())


def test_boxes_are_painted_on_the_frozen_picture(joined: Joined) -> None:
    asking = joined.asking
    asking.ask("Find the button", boxes_json(PLACE))
    asking.card.hide()
    asking.bar.hide()
    place = asking.panels.boxes.places()[0].toRect()
    shown = joined.window.grab().toImage()
    tag = asking.theme.color("tag")
    middle = place.center().y()
    assert [shown.pixelColor(place.x() - step, middle) for step in (2, 3)] == [tag, tag]
    asking.panels.boxes.hover(QPointF(place.center()))
    shown = joined.window.grab().toImage()
    assert [shown.pixelColor(place.x() - step, middle) for step in (2, 3, 4)] == [tag] * 3


def test_escape_puts_one_thing_away_after_the_other(joined: Joined) -> None:
    asking = joined.asking
    asking.type("What is this?")
    asking.key(Qt.Key.Key_Return, asking.bar.edit)
    asking.asked()
    joined.escape()
    asking.office.until(lambda: asking.engine.cancelled)
    assert joined.overlay.region is not None
    asking.engine.end()
    asking.office.until(lambda: asking.quick.exchanges[-1].done)
    joined.escape()
    assert joined.overlay.region is None
    assert asking.quick.state == "marking"
    assert not asking.card.isVisible()
    assert joined.overlay.is_open
    joined.escape()
    assert not joined.overlay.is_open


def test_the_cross_of_the_card_closes_all_of_it(joined: Joined) -> None:
    asking = joined.asking
    asking.ask("What is this?", "A page.")
    asking.click(asking.card.close_button)
    assert not joined.overlay.is_open
    assert asking.quick.state == "marking"
    assert asking.panels.boxes.boxes == ()


def test_a_pin_takes_the_place_of_the_card(joined: Joined) -> None:
    asking = joined.asking
    asking.ask("What is this?", "A page.")
    place = joined.overlay.card_place()
    assert place.topLeft() == asking.card.mapToGlobal(asking.card.rect().topLeft())
    asking.click(asking.card.pin_button)
    assert not joined.overlay.is_open
    (pinned,) = asking.panels.pinned
    assert pinned.geometry().topLeft() == place.topLeft()
    assert pinned.width() == place.width()


def test_the_picture_is_told_to_be_ready(joined: Joined) -> None:
    asking = joined.asking
    told: list[tuple[str, bool]] = []
    asking.panels.picture_state.connect(lambda *state: told.append(state))
    asking.office.until(lambda: asking.engine.preparations)
    asking.engine.prepared()
    asking.office.until(lambda: asking.quick.picture_ready)
    assert told[-1] == (asking.quick.detail, True)
