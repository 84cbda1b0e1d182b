"""Buttons, meters, labels and menus: by keyboard, by mouse, for screen readers, in both themes."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.theme.controls import (
    Button,
    Divider,
    ElidedLabel,
    FacetMeter,
    IconButton,
    IconLabel,
    Label,
    Mark,
    Menu,
    OctagonButton,
    ProgressLine,
    StatusDot,
    WorkingMark,
)
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import DARK
from tests.gui.theme.conftest import Show


def role_of(widget: QWidget) -> QAccessible.Role:
    return QAccessible.queryAccessibleInterface(widget).role()


class TestButtons:
    @pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Enter, Qt.Key.Key_Return])
    @pytest.mark.parametrize(
        "make",
        [
            lambda theme: Button(theme, "Retry", kind="primary", icon="retry"),
            lambda theme: IconButton(theme, "copy", "Copy", shortcut="Ctrl+C"),
        ],
    )
    def test_the_keyboard_presses_them(
        self, theme: Theme, qtbot: QtBot, show: Show, make: Callable[[Theme], QWidget], key: Qt.Key
    ) -> None:
        button = make(theme)
        show(button)
        button.setFocus()
        with qtbot.waitSignal(button.clicked):  # type: ignore[attr-defined]
            qtbot.keyClick(button, key)

    def test_an_icon_button_says_what_it_does(self, theme: Theme) -> None:
        button = IconButton(theme, "copy", "Copy", shortcut="Ctrl+C")
        assert button.accessibleName() == "Copy"
        assert button.toolTip() == "Copy  Ctrl+C"
        assert role_of(button) == QAccessible.Role.PushButton

    @pytest.mark.parametrize("size", [36, 32, 28])
    def test_heights_grow_with_the_text(self, theme: Theme, size: int) -> None:
        button = Button(theme, "Words", size=size)
        width = button.sizeHint().width()
        assert button.sizeHint().height() == size
        theme.set_text_scale(2.0)
        assert button.sizeHint().height() == 2 * size
        assert button.sizeHint().width() > 1.5 * width

    def test_a_disabled_button_has_no_face(self, theme: Theme, show: Show) -> None:
        button = Button(theme, "", kind="primary")
        show(button)
        lit = button.grab().toImage().pixelColor(6, 6)
        button.setEnabled(False)
        assert lit == theme.color("accent")
        assert button.grab().toImage().pixelColor(6, 6) != lit

    def test_an_ampersand_is_shown_and_makes_the_button_wider(self, theme: Theme) -> None:
        plain, both = Button(theme, "A B"), Button(theme, "A && B")
        assert both.sizeHint().width() > plain.sizeHint().width()

    def test_the_send_button_in_its_states(self, theme: Theme, show: Show) -> None:
        button = OctagonButton(theme, "Send")
        window = show(button)
        pictures: list[QImage] = []
        for state, enabled in (("idle", False), ("ready", True), ("busy", True)):
            button.set_state(state)
            assert button.state == state
            assert button.isEnabled() is enabled
            pictures.append(button.grab().toImage())
        assert len({picture.cacheKey() for picture in pictures}) == 3
        assert pictures[0] != pictures[1]
        assert pictures[1] != pictures[2]
        center = button.height() // 2
        assert pictures[1].pixelColor(4, center) == theme.color("accent")
        # A true octagon: its corners show what is behind.
        behind = window.grab().toImage().pixelColor(button.pos() + QPoint(1, 1))
        assert behind == theme.color("canvas")

    def test_they_follow_the_theme(self, theme: Theme, show: Show) -> None:
        button = Button(theme, "", kind="primary")
        show(button)
        theme.set_mode("dark")
        assert button.grab().toImage().pixelColor(6, 6).name().upper() == DARK["accent"]


class TestFocusRing:
    def test_only_the_keyboard_brings_it(self, theme: Theme, qtbot: QtBot, show: Show) -> None:
        first, second = Button(theme, "One"), Button(theme, "Two")
        show(first, second)
        qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
        first.setFocus(Qt.FocusReason.MouseFocusReason)
        assert theme.focus_ring.target is None
        qtbot.keyClick(first, Qt.Key.Key_Tab)
        assert theme.focus_ring.target is second
        qtbot.keyClick(second, Qt.Key.Key_Backtab)
        assert theme.focus_ring.target is first
        second.setFocus(Qt.FocusReason.MouseFocusReason)
        assert theme.focus_ring.target is None

    def test_it_is_drawn_around_the_control_and_moves_with_it(
        self, theme: Theme, show: Show
    ) -> None:
        button = Button(theme, "One")
        window = show(button)
        button.clearFocus()
        button.setFocus(Qt.FocusReason.TabFocusReason)

        def ring_at(offset: QPoint) -> bool:
            corner = button.pos() + QPoint(button.width() // 2, -3)
            return window.grab().toImage().pixelColor(corner + offset) == theme.color("accent")

        assert ring_at(QPoint())
        button.move(button.pos() + QPoint(0, 5))
        assert ring_at(QPoint())
        button.hide()
        assert theme.focus_ring.target is None


class TestIndicators:
    def test_a_meter_lights_its_share(self, theme: Theme, show: Show) -> None:
        meter = FacetMeter(theme, "Context", size=48)
        show(meter)
        assert role_of(meter) == QAccessible.Role.ProgressBar

        def lit() -> int:
            image = meter.grab().toImage()
            return sum(
                image.pixelColor(x, y) == theme.color("accent")
                for x in range(image.width())
                for y in range(image.height())
            )

        counts = []
        for share in (0.0, 0.01, 0.5, 1.0):
            meter.set_share(share)
            assert meter.value() == round(100 * share)
            counts.append(lit())
        assert counts[0] == 0
        assert 0 < counts[1] < counts[2] < counts[3]
        assert counts[2] == pytest.approx(counts[3] / 2, rel=0.2)

    def test_a_progress_line_fills_from_its_beginning(self, theme: Theme, show: Show) -> None:
        line = ProgressLine(theme, "Progress")
        show(line)
        line.set_share(0.5)
        image = line.grab().toImage()
        assert image.pixelColor(20, 2) == theme.color("accent")
        assert image.pixelColor(image.width() - 20, 2) == theme.color("track")
        line.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        image = line.grab().toImage()
        assert image.pixelColor(20, 2) == theme.color("track")

    def test_the_working_mark_moves(self, theme: Theme, qtbot: QtBot, show: Show) -> None:
        mark = WorkingMark(theme)
        show(mark)
        mark.set_working(True)
        seen = {mark.step}
        qtbot.waitUntil(lambda: len(seen | {mark.step}) > 1)
        mark.set_working(False)
        assert not mark.working

    def test_with_reduced_motion_it_stands_still(self, theme: Theme, show: Show) -> None:
        theme.set_reduced_motion(True)
        mark = WorkingMark(theme)
        show(mark)
        mark.set_working(True)
        before = mark.grab().toImage()
        QTest.qWait(300)
        assert mark.grab().toImage() == before

    def test_finished_it_is_drawn_in_lines(self, theme: Theme, show: Show) -> None:
        mark = WorkingMark(theme, size=24)
        show(mark, Mark(theme, 24))
        line = mark.grab().toImage()
        mark.set_working(True)
        assert mark.grab().toImage() != line

    def test_a_dot_has_the_colour_of_its_state(self, theme: Theme, show: Show) -> None:
        dot = StatusDot(theme, "ok")
        show(dot)
        dot.set_color("danger")
        assert dot.grab().toImage().pixelColor(4, 4) == theme.color("danger")


class TestLabels:
    def test_a_long_text_is_cut_and_told_by_the_tooltip(
        self, theme: Theme, qtbot: QtBot, show: Show
    ) -> None:
        label = ElidedLabel(theme, "short")
        window = show(label)
        window.resize(200, 60)
        qtbot.waitUntil(lambda: label.width() > 100)
        assert label.toolTip() == ""
        label.setText("a text that is much longer than the room that it has here")
        assert label.toolTip() == label.text()

    def test_a_label_keeps_its_colour_through_themes(self, theme: Theme, show: Show) -> None:
        label = Label(theme, "words", color="text-2")
        show(label, Divider(theme), IconLabel(theme, "info"))
        theme.set_mode("dark")
        assert label.palette().color(label.foregroundRole()).name().upper() == DARK["text-2"]


class TestMenu:
    def test_entries_do_what_they_say(self, theme: Theme, qtbot: QtBot, show: Show) -> None:
        done: list[str] = []
        button = Button(theme, "Menu")
        window = show(button)
        menu = Menu(theme, window)
        menu.add("Rename", lambda: done.append("rename"), icon="new", shortcut="F2")
        off = menu.add("Delete", lambda: done.append("delete"), enabled=False, danger=True)
        menu.add("Marked", lambda: done.append("marked"), checked=True)
        menu.open_below(button)
        qtbot.waitUntil(menu.isVisible)
        assert not off.isEnabled()
        qtbot.keyClick(menu, Qt.Key.Key_Down)
        qtbot.keyClick(menu, Qt.Key.Key_Return)
        assert done == ["rename"]
        qtbot.waitUntil(lambda: not menu.isVisible())
