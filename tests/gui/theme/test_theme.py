"""Colours, fonts and modes; following the system; what importing the theme costs."""

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPalette, QStyleHints
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.theme import fonts
from app.ui.theme.icons import parse_path, parse_svg
from app.ui.theme.shapes import box, octagon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import DARK, INCREASED_CONTRAST, LIGHT
from tests.gui.theme.conftest import RESOURCES

GROUNDS = ("canvas", "surface", "sidebar", "sunken", "hover", "selected", "user")
PAIRS = [(ink, ground, 4.5) for ink in ("text", "text-2", "text-3") for ground in GROUNDS]
PAIRS += [
    ("accent-text", ground, 4.5)
    for ground in ("canvas", "surface", "sidebar", "sunken", "accent-soft", "hover", "user")
]
PAIRS += [("on-accent", ground, 4.5) for ground in ("accent", "accent-hover", "accent-press")]
for state in ("ok", "warn", "danger"):
    PAIRS += [(state, g, 4.5) for g in ("canvas", "surface", "sidebar", f"{state}-soft")]
    PAIRS += [(ink, f"{state}-soft", 4.5) for ink in ("text", "text-2")]
PAIRS += [(ink, "sunken", 4.5) for ink in ("c-kw", "c-str", "c-fn", "c-num", "c-com")]
PAIRS += [("on-tag", "tag", 4.5), ("mark-text", "mark-hi", 4.5), ("text", "selection", 4.5)]
PAIRS += [("text", "btn", 4.5), ("text-3", "btn", 4.5)]
PAIRS += [("border-strong", g, 3) for g in ("canvas", "surface", "sidebar", "sunken")]
PAIRS += [("accent", g, 3) for g in ("canvas", "surface", "sidebar", "selected", "hover")]


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def painted(image: QImage) -> int:
    """How many pixels are not fully transparent."""
    return sum(
        image.pixelColor(x, y).alpha() > 0
        for x in range(image.width())
        for y in range(image.height())
    )


class TestColours:
    @pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
    def test_everything_that_is_read_can_be_read(self, ink: str, ground: str, least: float) -> None:
        for colors in (LIGHT, DARK):
            assert contrast(colors[ink], colors[ground]) >= least

    def test_both_themes_have_the_same_names(self) -> None:
        assert LIGHT.keys() == DARK.keys()
        assert {*INCREASED_CONTRAST, *INCREASED_CONTRAST.values()} <= LIGHT.keys()

    def test_an_unknown_colour_is_a_bug(self, theme: Theme) -> None:
        with pytest.raises(KeyError):
            theme.color("mauve")


class TestModes:
    def test_a_change_reaches_palette_and_widgets_at_once(
        self, theme: Theme, qapp: QApplication, qtbot: QtBot
    ) -> None:
        with qtbot.waitSignal(theme.changed):
            theme.set_mode("dark")
        assert theme.dark
        assert theme.color("canvas") == QColor(DARK["canvas"])
        assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(DARK["canvas"])
        assert DARK["surface"] in qapp.styleSheet()

    def test_the_same_again_is_no_change(self, theme: Theme, qtbot: QtBot) -> None:
        with qtbot.assertNotEmitted(theme.changed):
            theme.set_mode("light")

    def test_the_system_is_followed_live(
        self,
        theme: Theme,
        qapp: QApplication,
        qtbot: QtBot,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        theme.set_mode("system")
        for scheme in (Qt.ColorScheme.Dark, Qt.ColorScheme.Light):
            monkeypatch.setattr(QStyleHints, "colorScheme", lambda _self, now=scheme: now)
            with qtbot.waitSignal(theme.changed):
                qapp.styleHints().colorSchemeChanged.emit(scheme)
            assert theme.dark is (scheme == Qt.ColorScheme.Dark)

    def test_a_chosen_mode_stays_when_the_system_changes(
        self, theme: Theme, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        theme.set_mode("dark")
        monkeypatch.setattr(QStyleHints, "colorScheme", lambda _self: Qt.ColorScheme.Light)
        qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
        assert theme.dark

    def test_there_is_no_fourth_mode(self, theme: Theme) -> None:
        with pytest.raises(ValueError, match="no theme"):
            theme.set_mode("sepia")

    def test_reduced_motion_takes_no_time(self, theme: Theme, qtbot: QtBot) -> None:
        assert theme.duration(120) == 120
        with qtbot.waitSignal(theme.changed):
            theme.set_reduced_motion(True)
        assert theme.duration(120) == 0


class TestFonts:
    def test_the_bundled_families_are_in_use(self, theme: Theme) -> None:
        assert fonts.family_in_use(theme.font("reading")) == "Inter"
        assert fonts.family_in_use(theme.font("code")) == "JetBrains Mono"

    @pytest.mark.parametrize("role", fonts.ROLES)
    def test_a_role_has_its_size_and_weight(self, theme: Theme, role: str) -> None:
        font = theme.font(role)
        assert font.pixelSize() == round(fonts.ROLES[role].size)
        assert font.weight() == fonts.ROLES[role].weight
        assert theme.font(role, weight=700).weight() == 700

    def test_text_scale_reaches_fonts_and_sizes(self, theme: Theme, qtbot: QtBot) -> None:
        with qtbot.waitSignal(theme.changed):
            theme.set_text_scale(1.5)
        assert theme.font("reading").pixelSize() == 22
        assert theme.line_height("reading") == 36
        assert theme.px(32) == 48
        theme.set_text_scale(9)
        assert theme.text_scale == 2.0

    def test_no_fonts_is_no_error(self, tmp_path: Path) -> None:
        (tmp_path / "broken.ttf").write_bytes(b"no font")
        assert fonts.load_fonts(tmp_path) == ()
        assert fonts.load_fonts(tmp_path / "missing") == ()


class TestIcons:
    NAMES = sorted(p.stem for p in (RESOURCES / "icons").glob("*.svg") if "mark" not in p.stem)

    @pytest.mark.parametrize("name", NAMES)
    def test_every_icon_is_drawn_within_its_square(self, theme: Theme, name: str) -> None:
        image = theme.icon_pixmap(name, 20, dpr=2.0).toImage()
        assert image.width() == 40
        assert painted(image) >= 12
        glyph = parse_svg((RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8"))
        bounds = glyph.path.boundingRect()
        assert min(bounds.left(), bounds.top()) >= 1
        assert max(bounds.right(), bounds.bottom()) <= 19

    def test_an_icon_takes_its_colour(self, theme: Theme) -> None:
        image = theme.icon_pixmap("stop", 20, "accent").toImage()
        assert image.pixelColor(10, 10) == theme.color("accent")

    def test_the_path_of_an_icon(self) -> None:
        path = parse_path("M1 2h3v4l-1.5-1z m10,10 L 5 5 6 7 H9 V1")
        points = [
            (path.elementAt(i).x, path.elementAt(i).y)  # type: ignore[attr-defined]
            for i in range(path.elementCount())
        ]
        assert points[:5] == [(1, 2), (4, 2), (4, 6), (2.5, 5), (1, 2)]
        assert points[5:] == [(11, 12), (5, 5), (6, 7), (9, 7), (9, 1)]

    def test_what_is_no_icon_is_refused(self) -> None:
        with pytest.raises(ValueError, match="straight"):
            parse_path("M0 0C1 1 2 2 3 3")
        with pytest.raises(ValueError, match="no path"):
            parse_svg("<svg/>")


class TestShapes:
    def test_the_cut_corner_is_the_lower_right_one(self) -> None:
        path = box(QRectF(0, 0, 100, 60), 12, 14)
        assert not path.contains(QRectF(96, 56, 2, 2))
        assert path.contains(QRectF(80, 40, 2, 2))
        assert path.contains(QRectF(4, 54, 1, 1))  # the others are rounded

    def test_an_octagon_is_as_wide_as_it_says(self) -> None:
        bounds = octagon(20, 20, 34).boundingRect()
        assert bounds.width() == pytest.approx(34)
        assert bounds.center().x() == pytest.approx(20)

    def test_a_shadow_fades_outwards(self, theme: Theme) -> None:
        image = QImage(300, 200, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        theme.paint_shadow(painter, QRectF(60, 50, 180, 90), 12)
        painter.end()
        below = [image.pixelColor(150, y).alpha() for y in range(141, 176)]
        assert below[0] > 15
        assert below == sorted(below, reverse=True)
        assert below[-1] <= 2
        assert image.pixelColor(150, 141).alpha() > image.pixelColor(150, 49).alpha()


def test_the_theme_needs_neither_numpy_nor_an_svg_engine() -> None:
    code = (
        "import sys, app.ui.theme.theme, app.ui.theme.controls;"
        "print([n for n in ('numpy', 'PySide6.QtSvg', 'PIL') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=RESOURCES.parent,
        check=True,
    )
    assert done.stdout.strip() == "[]"
