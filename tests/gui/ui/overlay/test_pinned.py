"""Answers that stay on top after the overlay has gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.ui.overlay.asking import Asking, boxes_json


@pytest.fixture
def asking(tmp_path: Path, qtbot: QtBot) -> Iterator[Asking]:
    with Asking.opened(tmp_path / "data", qtbot) as asking:
        asking.panels.closed.connect(asking.panels.clear)  # as the overlay does
        asking.mark()
        yield asking


def test_a_pinned_answer_outlives_the_overlay(asking: Asking) -> None:
    asking.panels.pin_place = lambda: QRect(40, 40, 420, 300)
    asking.ask("Find the button", boxes_json([("Button", (900, 0, 990, 200))]))
    closed: list[bool] = []
    asking.panels.closed.connect(lambda: closed.append(True))
    asking.click(asking.card.pin_button)
    assert closed == [True]
    assert asking.quick.state == "marking"
    assert not asking.panels.card_wanted
    (pinned,) = asking.panels.pinned
    assert pinned.isVisible()
    assert pinned.isWindow()
    assert pinned.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
    assert pinned.windowTitle() == "Find the button"
    assert pinned.width() == 420
    assert pinned.exchanges.verticalScrollBar().maximum() == 0, "all of it is in sight"
    assert pinned.exchanges.y() > pinned.thumbnail.geometry().bottom()
    view = pinned.exchanges.views[0]
    assert view.boxes is not None
    assert view.boxes.rows[0].label == "Button"
    assert view.closer is None, "there is no picture to look at any more"
    assert pinned._picture.size() == view.exchange.region.size()
    pinned.thumbnail.grab()
    asking.click(pinned.copy_button)
    assert QGuiApplication.clipboard().text() == "1. Button"


def test_several_are_pinned_and_each_is_closed_by_itself(asking: Asking) -> None:
    for number in range(2):
        asking.ask(f"Question {number}?", "Words.")
        asking.click(asking.card.pin_button)
        asking.mark()
    first, second = asking.panels.pinned
    QTest.keyClick(first, Qt.Key.Key_Escape)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    assert asking.panels.pinned == (second,)
    assert second.isVisible()


def test_an_answer_that_is_being_written_cannot_be_pinned(asking: Asking) -> None:
    asking.type("What is this?")
    asking.key(Qt.Key.Key_Return)
    asking.asked()
    asking.panels.pin()
    assert asking.panels.pinned == ()


def test_a_failed_answer_offers_no_retry_there(asking: Asking) -> None:
    asking.type("What is this?")
    asking.key(Qt.Key.Key_Return)
    asking.asked()
    asking.engine.fail("The engine ended unexpectedly.")
    asking.office.until(lambda: asking.quick.exchanges[-1].done)
    asking.click(asking.card.pin_button)
    (pinned,) = asking.panels.pinned
    answer = pinned.exchanges.views[0].answer
    assert answer.error is None
    assert answer.notice is not None
    assert answer.notice.label.text() == "The engine ended unexpectedly."
