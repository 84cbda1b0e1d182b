"""Windows in pixels of the desktop -> places on screens of different scale."""

from PySide6.QtCore import QRect

from app.desktop.capture.frame import ScreenPlace
from app.desktop.capture.places import WindowPlace, places
from app.desktop.capture.what import Region

PLAIN = ScreenPlace("A", QRect(0, 180, 1280, 720), 1.0)
FINE = ScreenPlace("B", QRect(1280, 0, 800, 450), 2.0)  # 1600 x 900 pixels


def on_both(*windows: tuple[str, Region]) -> list[WindowPlace]:
    return list(places(windows, [PLAIN, FINE]))


def test_each_screen_has_its_own_scale() -> None:
    assert on_both(("Notes", Region(100, 200, 400, 300)), ("Map", Region(1480, 100, 600, 400))) == [
        WindowPlace("Notes", QRect(100, 200, 400, 300)),
        WindowPlace("Map", QRect(1380, 50, 300, 200)),
    ]


def test_a_window_over_two_screens_has_a_part_on_each() -> None:
    assert on_both(("Wide", Region(1180, 300, 300, 200))) == [
        WindowPlace("Wide", QRect(1180, 300, 100, 200)),
        WindowPlace("Wide", QRect(1280, 150, 100, 100)),
    ]


def test_what_hangs_over_the_edge_is_cut_and_what_is_off_screen_is_left_out() -> None:
    assert on_both(
        ("Low", Region(-50, 850, 200, 400)),
        ("Gone", Region(100, 0, 200, 100)),
        ("Far", Region(9000, 9000, 10, 10)),
    ) == [WindowPlace("Low", QRect(0, 850, 150, 50))]
