"""What is to be seen over the picture, and where: read-out, hint line, magnifier."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.desktop.capture.frame import Frame
from app.main import RESOURCES
from app.ui.overlay.magnifier import ACROSS, AWAY, cell_size, magnifier_rect
from app.ui.overlay.readout import readout_rect
from app.ui.overlay.region import Region
from app.ui.overlay.scene import Scene
from app.ui.overlay.selection import Selection, WindowOutline
from app.ui.theme.theme import Theme

SCREEN = QRect(0, 0, 960, 540)
SIZE = QSize(200, 26)


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme(qapp, RESOURCES, mode="light", reduced_motion=True)
    yield made
    made.deleteLater()


def frame(ratio: float) -> Frame:
    pixels = QSize(round(960 * ratio), round(540 * ratio))
    return Frame("one", 0, 0, 960, 540, ratio, QImage(pixels, QImage.Format.Format_RGB32))


def selection(region: Region | None = None, point: tuple[int, int] | None = None) -> Selection:
    made = Selection(960, 540, [WindowOutline("Router", Region(100, 100, 500, 400))])
    made.region, made.point = region, point
    return made


def test_the_read_out_stands_above_and_inside_where_there_is_no_room() -> None:
    assert readout_rect(QRect(100, 100, 300, 200), SCREEN, SIZE) == QRect(100, 64, 200, 26)
    assert readout_rect(QRect(100, 20, 300, 200), SCREEN, SIZE) == QRect(110, 30, 200, 26)
    assert readout_rect(SCREEN, SCREEN, SIZE) == QRect(10, 10, 200, 26)
    # At the right edge it stays on the screen.
    assert readout_rect(QRect(900, 100, 60, 60), SCREEN, SIZE) == QRect(760, 64, 200, 26)
    assert readout_rect(QRect(900, 20, 60, 60), SCREEN, SIZE) == QRect(760, 30, 200, 26)


def test_the_read_out_makes_way_for_a_panel() -> None:
    panel = QRect(100, 20, 400, 62)
    inside = readout_rect(QRect(100, 100, 300, 200), SCREEN, SIZE, [panel])
    assert inside == QRect(110, 110, 200, 26)


def test_sizes_are_told_in_the_pixels_of_the_picture(theme: Theme) -> None:
    scene = Scene(theme, frame(1.5), SCREEN, 1.5)
    look = scene.look(selection(Region(11, 10, 111, 60)))
    # The left edge falls between two pixels, 16 and 17.
    assert [piece.words for piece in look.size_words] == ["150 × 75"]


def test_the_title_of_a_window_and_the_state_of_the_picture_are_told(theme: Theme) -> None:
    marked = QRect(10, 10, 100, 50)
    scene = Scene(
        theme, frame(1), SCREEN, 1, marked=marked, picture_words=("Detail: high", "Picture ready")
    )
    look = scene.look(selection(point=(200, 200)))
    assert [piece.words for piece in look.size_words] == ["400 × 300", "Router"]
    assert not look.marked
    look = scene.look(selection(Region(10, 10, 110, 60)))
    assert [piece.words for piece in look.size_words] == [
        "100 × 50",
        "Detail: high",
        "Picture ready",
    ]
    assert look.boxed == marked
    look = scene.look(selection(Region(11, 10, 111, 60)))
    assert [piece.words for piece in look.size_words] == ["100 × 50"]
    assert look.boxed.isNull()


def test_the_hint_goes_when_mouse_or_panel_come_near(theme: Theme) -> None:
    scene = Scene(theme, frame(1), SCREEN, 1)
    hint = scene.look(selection(point=(20, 20))).hint
    assert hint.y() + hint.height() + 28 == 540
    assert hint.x() == (960 - hint.width()) // 2
    assert scene.look(selection(point=(hint.x() - 20, hint.y() - 20))).hint.isNull()
    assert scene.look(selection()).hint.isNull()  # the mouse is on another screen
    beside = Scene(theme, frame(1), SCREEN, 1, panels=[hint.adjusted(0, 0, 0, -20)])
    assert beside.look(selection(point=(20, 20))).hint.isNull()


def test_the_hint_tells_what_keys_do_now(theme: Theme) -> None:
    scene = Scene(theme, frame(1), SCREEN, 1)
    before = scene.look(selection(point=(20, 20))).hint_words
    assert [piece.words for piece in before][::2] == ["Drag", "Click", "Enter", "Esc"]
    after = scene.look(selection(Region(10, 10, 110, 60))).hint_words
    assert [piece.words for piece in after][::2] == ["Arrows", "Shift Arrows", "Hold Space", "Esc"]


def test_larger_text_has_larger_panels(theme: Theme) -> None:
    scene = Scene(theme, frame(1), SCREEN, 1)
    marked = selection(Region(300, 300, 400, 400))
    usual = scene.look(marked).readout
    theme.set_text_scale(2.0)
    large = scene.look(marked).readout
    theme.set_text_scale(1.0)
    assert large.height() == 2 * usual.height()
    assert large.width() > 1.6 * usual.width()


def test_the_magnifier_stands_away_from_the_region_and_on_the_screen() -> None:
    side = ACROSS * cell_size(1)
    at = QPoint(400, 300)
    for left, up, x, y in (
        (False, False, 400 + AWAY, 300 + AWAY),
        (True, True, 400 - AWAY - side, 300 - AWAY - side - 24),
    ):
        place = magnifier_rect(at, SCREEN, 1, 24, left=left, up=up)
        assert place == QRect(x, y, side, side + 24)
    for corner in (SCREEN.topLeft(), SCREEN.bottomRight(), SCREEN.bottomLeft()):
        for left in (True, False):
            place = magnifier_rect(corner, SCREEN, 1, 24, left=left, up=left)
            assert SCREEN.contains(place)


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_enlarged_pixels_are_all_of_one_size(ratio: float) -> None:
    place = magnifier_rect(QPoint(400, 300), SCREEN, ratio, 24, left=False, up=False)
    assert 0 <= place.width() * ratio - ACROSS * cell_size(ratio) < ratio
