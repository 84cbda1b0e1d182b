"""Marking a region with mouse and keys, and what stands beside it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu
from pytestqt.qtbot import QtBot

from app.main import RESOURCES
from app.ui.overlay.magnifier import ACROSS, AWAY, CAPTION, CELL
from app.ui.overlay.overlay import ANEW_MS
from app.ui.overlay.picture import DIM
from app.ui.theme.theme import Theme
from tests.gui.ui.overlay.plain_panels import BOX, Desk, desk, frames

Key, Shift, Ctrl = (
    Qt.Key,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme(qapp, RESOURCES, mode="light", reduced_motion=True)
    yield made
    made.deleteLater()


@pytest.fixture
def closed_desk(qtbot: QtBot, theme: Theme) -> Iterator[Desk]:
    with desk(qtbot, theme) as made:
        yield made


@pytest.fixture
def open_desk(closed_desk: Desk) -> Desk:
    closed_desk.open(QRect(100, 100, 300, 200), QRect(0, 0, 800, 800))
    return closed_desk


# -- marking ---------------------------------------------------------------------------------


def test_a_drag_marks_at_once(open_desk: Desk) -> None:
    open_desk.drag((100, 120), (200, 200), (299, 319))
    assert open_desk.marked == [QRect(100, 120, 200, 200)]
    assert open_desk.region == QRect(100, 120, 200, 200)
    assert open_desk.overlay.frame is open_desk.window.frame


def test_a_click_takes_the_window_that_is_on_top_there(open_desk: Desk) -> None:
    open_desk.click((150, 150))
    assert open_desk.marked == [QRect(100, 100, 300, 200)]


def test_enter_takes_the_whole_screen(open_desk: Desk) -> None:
    open_desk.key(Key.Key_Return)
    assert open_desk.marked == [QRect(0, 0, 800, 800)]


def test_all_of_it_by_the_keyboard(open_desk: Desk) -> None:
    QTest.mouseMove(open_desk.window, QPoint(20, 20))
    open_desk.key(Key.Key_Right, times=3)
    open_desk.key(Key.Key_Down, Ctrl, times=2)
    open_desk.key(Key.Key_Right, Shift)
    open_desk.key(Key.Key_Down, Shift | Ctrl, times=3)
    assert open_desk.region == QRect(23, 40, 8, 38)
    assert open_desk.marked == []  # not before the keys have been still for a moment
    open_desk.qtbot.waitUntil(lambda: open_desk.marked == [QRect(23, 40, 8, 38)])
    assert open_desk.panels.field.hasFocus()
    open_desk.key(Key.Key_Left, times=2)
    open_desk.qtbot.waitUntil(lambda: open_desk.marked[1:] == [QRect(21, 40, 8, 38)])


def test_tab_and_space_take_a_window(open_desk: Desk) -> None:
    open_desk.key(Key.Key_Tab, times=2)
    open_desk.key(Key.Key_Space)
    assert open_desk.marked == [QRect(0, 0, 800, 800)]


def test_a_changed_region_is_marked_anew_once(open_desk: Desk) -> None:
    open_desk.drag((100, 120), (299, 319))
    open_desk.drag((300, 320), (320, 330), (349, 359))
    open_desk.key(Key.Key_Right, Ctrl)
    assert open_desk.region == QRect(110, 120, 249, 239)
    assert len(open_desk.marked) == 1
    open_desk.qtbot.waitUntil(lambda: len(open_desk.marked) == 2)
    assert open_desk.marked[1] == QRect(110, 120, 249, 239)


def test_nothing_is_marked_while_the_button_is_held(open_desk: Desk) -> None:
    open_desk.drag((100, 120), (299, 319))
    open_desk.key(Key.Key_Right)
    open_desk.press((200, 200))
    QTest.mouseMove(open_desk.window, QPoint(210, 210))
    later = QTimer(open_desk.overlay, singleShot=True, interval=2 * ANEW_MS)
    with open_desk.qtbot.waitSignal(later.timeout):
        later.start()
    assert len(open_desk.marked) == 1
    open_desk.release((210, 210))
    open_desk.qtbot.waitUntil(lambda: len(open_desk.marked) == 2)


def test_a_dialog_that_waits_keeps_nothing_from_the_overlay(closed_desk: Desk) -> None:
    dialog = QDialog()
    closed_desk.qtbot.addWidget(dialog)
    dialog.setModal(True)
    dialog.show()
    closed_desk.qtbot.waitUntil(dialog.isActiveWindow)
    closed_desk.open()
    closed_desk.key(Key.Key_Return)
    assert closed_desk.marked == [QRect(0, 0, 800, 800)]
    closed_desk.overlay.close()
    assert QApplication.activeModalWidget() is dialog


def test_an_open_menu_of_ours_is_closed(closed_desk: Desk) -> None:
    menu = QMenu()
    closed_desk.qtbot.addWidget(menu)
    menu.addAction("Entry")
    menu.popup(QPoint(10, 10))
    closed_desk.open()
    assert menu.isHidden()
    closed_desk.key(Key.Key_Return)
    assert closed_desk.marked == [QRect(0, 0, 800, 800)]


# -- going back ------------------------------------------------------------------------------


def test_escape_puts_away_the_topmost_thing_only(open_desk: Desk) -> None:
    open_desk.drag((100, 120), (299, 319))
    open_desk.panels.backs = 1
    open_desk.key(Key.Key_Escape)  # something of the panels
    assert open_desk.region is not None
    open_desk.key(Key.Key_Escape)  # the region
    assert open_desk.region is None
    assert open_desk.cleared == [True]
    assert open_desk.overlay.is_open
    assert open_desk.panels.ask_bar.isHidden()
    open_desk.key(Key.Key_Escape)
    assert open_desk.closed == [True]
    assert not open_desk.overlay.is_open


def test_escape_while_dragging_puts_the_region_back(open_desk: Desk) -> None:
    open_desk.drag((100, 120), (299, 319))
    open_desk.press((200, 200))
    QTest.mouseMove(open_desk.window, QPoint(260, 230))
    assert open_desk.region == QRect(160, 150, 200, 200)
    open_desk.key(Key.Key_Escape)
    assert open_desk.region == QRect(100, 120, 200, 200)
    open_desk.release((260, 230))
    assert open_desk.region == QRect(100, 120, 200, 200)
    assert open_desk.cleared == []


def test_the_right_button_goes_back_too(open_desk: Desk) -> None:
    open_desk.drag((100, 120), (299, 319))
    open_desk.click((500, 500), Qt.MouseButton.RightButton)
    assert open_desk.region is None
    open_desk.click((500, 500), Qt.MouseButton.RightButton)
    assert open_desk.closed == [True]


def test_nothing_of_the_frames_is_kept(open_desk: Desk) -> None:
    window = open_desk.window
    open_desk.drag((100, 120), (299, 319))
    open_desk.overlay.close()
    assert window.frame is None
    assert window.region is None
    assert open_desk.overlay.frame is None
    assert window.isHidden()


def test_it_opens_again_as_if_for_the_first_time(open_desk: Desk) -> None:
    window = open_desk.window
    open_desk.drag((100, 120), (299, 319))
    open_desk.overlay.close()
    open_desk.open()
    assert open_desk.window is window
    assert open_desk.region is None
    assert open_desk.panels.ask_bar.isHidden()


def test_frames_of_screens_that_have_gone_are_left_out(closed_desk: Desk) -> None:
    closed_desk.overlay.open([replace(frames()[0], screen="gone")])
    assert not closed_desk.overlay.is_open


# -- panels ----------------------------------------------------------------------------------


def test_the_bar_comes_with_the_region_and_has_the_keyboard(open_desk: Desk) -> None:
    open_desk.drag((100, 120), (499, 319))
    bar = open_desk.panels.ask_bar
    assert bar.isVisible()
    assert bar.geometry() == QRect(100, 338, 400, 80)
    assert open_desk.panels.answer_card.isHidden()
    open_desk.key(Key.Key_W)
    open_desk.key(Key.Key_H)
    assert open_desk.panels.field.text() == "wh"


def test_arrows_belong_to_the_text_once_there_is_one(open_desk: Desk) -> None:
    open_desk.drag((100, 120), (499, 319))
    open_desk.panels.field.setText("why")
    open_desk.key(Key.Key_Left)
    assert open_desk.region == QRect(100, 120, 400, 200)


def test_writing_goes_to_the_bar_from_anywhere(open_desk: Desk) -> None:
    open_desk.drag((100, 120), (499, 319))
    open_desk.click((600, 600))  # beside the region: nothing but the focus moves
    assert open_desk.window.hasFocus()
    open_desk.key(Key.Key_W)
    assert open_desk.panels.field.text() == "w"


def test_the_card_shows_when_it_is_wanted_and_grows(open_desk: Desk) -> None:
    open_desk.drag((20, 120), (299, 219))
    card = open_desk.panels.answer_card
    open_desk.panels.card_wanted = True
    open_desk.overlay.layout_panels()
    assert card.geometry() == QRect(340, 120, 420, 200)
    assert open_desk.overlay.card_place() == card.geometry()
    card.size_wanted.setHeight(300)
    open_desk.overlay.layout_panels()
    assert card.geometry() == QRect(340, 120, 420, 300)
    open_desk.panels.card_wanted = False
    open_desk.overlay.layout_panels()
    assert card.isHidden()


def test_panels_follow_the_region(open_desk: Desk) -> None:
    open_desk.drag((100, 120), (499, 319))
    open_desk.key(Key.Key_Down, Ctrl)
    assert open_desk.panels.ask_bar.geometry() == QRect(100, 348, 400, 80)


def test_panels_glide_where_motion_is_wanted(open_desk: Desk, theme: Theme) -> None:
    open_desk.drag((100, 120), (499, 319))
    theme.set_reduced_motion(False)
    bar = open_desk.panels.ask_bar
    open_desk.key(Key.Key_Down, Ctrl)
    assert bar.y() < 348
    open_desk.qtbot.waitUntil(lambda: bar.geometry() == QRect(100, 348, 400, 80))


# -- what is seen ----------------------------------------------------------------------------


def test_only_the_region_is_bright(open_desk: Desk) -> None:
    open_desk.drag((100, 120), (299, 319))
    QTest.mouseMove(open_desk.window, QPoint(700, 20))
    shown = open_desk.shown()
    bright, dim = QColor("#808080"), shown.pixelColor(600, 600)
    assert dim.red() == round(0x80 * (255 - DIM.alpha()) / 255 + DIM.red() * DIM.alpha() / 255)
    for x, y in ((115, 135), (284, 304), (200, 220)):
        assert shown.pixelColor(x, y) == bright
    for x in range(130, 180):  # the line between two handles covers no pixel of the region
        assert shown.pixelColor(x, 120) == bright
        assert shown.pixelColor(x, 119) == QColor("#0B6876")
        assert shown.pixelColor(x, 118) == QColor("#0B6876")
        assert shown.pixelColor(x, 117) == QColor("white")
        assert shown.pixelColor(x, 116) == dim
    assert shown.pixelColor(100, 120) == QColor("white")  # a handle


def test_the_magnifier_has_the_pixels_around_the_pointer(closed_desk: Desk) -> None:
    image = QImage(800, 800, QImage.Format.Format_RGB32)
    image.fill(QColor("#808080"))
    for x, y, color in ((200, 200, "red"), (201, 200, "lime"), (193, 207, "blue")):
        image.setPixelColor(x, y, QColor(color))
    closed_desk.overlay.open([replace(frames()[0], image=image)])
    closed_desk.qtbot.waitExposed(closed_desk.window)
    QTest.mouseMove(closed_desk.window, QPoint(200, 200))
    shown = closed_desk.shown()
    corner = (200 + AWAY, 200 + AWAY)

    def enlarged(x: int, y: int) -> QColor:
        """The middle of a pixel, counted from the one under the pointer."""
        cells = (x + ACROSS // 2, y + ACROSS // 2)
        at = [start + cell * CELL + CELL // 2 for start, cell in zip(corner, cells, strict=True)]
        return shown.pixelColor(*at)

    assert enlarged(0, 0) == QColor("red")
    assert enlarged(1, 0) == QColor("lime")
    assert enlarged(-7, 7) == QColor("blue")
    assert enlarged(3, 3) == QColor("#808080")
    # At the lower right it turns over, and beyond the screen there is nothing.
    QTest.mouseMove(closed_desk.window, QPoint(799, 799))
    shown = closed_desk.shown()
    side = ACROSS * CELL
    corner = (799 - AWAY - side, 799 - AWAY - side - CAPTION)
    assert enlarged(-1, -1) == QColor("#808080")
    assert enlarged(1, 1) == QColor(9, 14, 14)


def test_the_window_below_the_mouse_is_bright(open_desk: Desk) -> None:
    QTest.mouseMove(open_desk.window, QPoint(150, 150))
    shown = open_desk.shown()
    assert shown.pixelColor(390, 110) == QColor("#808080")
    assert shown.pixelColor(410, 310) != QColor("#808080")


def test_boxes_are_seen_only_while_they_are_true(open_desk: Desk) -> None:
    open_desk.drag((100, 120), (499, 319))
    assert open_desk.shown().pixelColor(160, 175) == BOX
    open_desk.key(Key.Key_Right, Ctrl)
    shown = open_desk.shown()
    assert BOX not in (shown.pixelColor(160, 175), shown.pixelColor(170, 175))
    open_desk.qtbot.waitUntil(lambda: len(open_desk.marked) == 2)
    assert open_desk.shown().pixelColor(170, 175) == BOX


def test_a_press_on_a_box_does_not_move_the_region(open_desk: Desk) -> None:
    open_desk.drag((100, 120), (499, 319))
    QTest.mouseMove(open_desk.window, QPoint(155, 175))
    assert open_desk.panels.hovered == QPoint(155, 175)
    assert open_desk.window.cursor().shape() == Qt.CursorShape.PointingHandCursor
    open_desk.drag((155, 175), (250, 250))
    assert open_desk.panels.pressed == [QPoint(155, 175)]
    assert open_desk.region == QRect(100, 120, 400, 200)


def test_the_pointer_tells_what_a_press_would_do(open_desk: Desk) -> None:
    window = open_desk.window
    shapes = Qt.CursorShape
    open_desk.drag((100, 120), (499, 319))
    for point, shape in (
        ((100, 120), shapes.SizeFDiagCursor),
        ((500, 120), shapes.SizeBDiagCursor),
        ((300, 320), shapes.SizeVerCursor),
        ((300, 250), shapes.SizeAllCursor),
        ((600, 600), shapes.CrossCursor),
    ):
        QTest.mouseMove(window, QPoint(*point))
        assert window.cursor().shape() == shape


def test_a_partial_painting_is_the_same_as_a_whole_one(open_desk: Desk, theme: Theme) -> None:
    """What is painted bit by bit while things move must be what a fresh painting shows."""
    window = open_desk.window
    open_desk.overlay.set_panels(open_desk.panels)
    for act in (
        lambda: QTest.mouseMove(window, QPoint(150, 150)),
        lambda: QTest.mouseMove(window, QPoint(420, 700)),
        lambda: open_desk.press((150, 150)),
        lambda: QTest.mouseMove(window, QPoint(400, 300)),
        lambda: QTest.mouseMove(window, QPoint(90, 90)),
        lambda: QTest.mouseMove(window, QPoint(420, 420)),
        lambda: open_desk.release((420, 420)),
        lambda: open_desk.overlay.set_picture_state("Detail: high", True),
        lambda: open_desk.key(Key.Key_Up, Ctrl, times=4),
        lambda: open_desk.key(Key.Key_Left, Shift | Ctrl, times=4),
        lambda: open_desk.key(Key.Key_Right, Ctrl, times=60),  # to the edge of the screen
        lambda: open_desk.key(Key.Key_Down, times=30),
        lambda: QTest.mouseMove(window, QPoint(700, 700)),
        lambda: theme.set_mode("dark"),
    ):
        act()
        QApplication.processEvents()
        bit_by_bit = window.screen().grabWindow(window.winId()).toImage()
        assert bit_by_bit.convertToFormat(QImage.Format.Format_RGB32) == open_desk.shown()


# -- for people who listen -------------------------------------------------------------------


def test_it_says_what_to_do_and_what_is_marked(
    closed_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    for module in ("overlay", "frame_window"):
        monkeypatch.setattr(
            f"app.ui.overlay.{module}.announce", lambda _w, words: said.append(words)
        )
    closed_desk.open(QRect(100, 100, 300, 200))
    assert said[0].startswith("The screen is frozen.")
    closed_desk.key(Key.Key_Tab)
    assert said[1] == "Window 100"
    closed_desk.key(Key.Key_Space)
    assert said[2] == "Region, 300 by 200"
    assert closed_desk.window.accessibleName()
    assert "Enter" in closed_desk.window.accessibleDescription()
