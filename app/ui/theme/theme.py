"""The theme: which colours, fonts and icons the window uses now, and word of every change.

One Theme is built in app/main.py and passed to every widget. A widget asks it when it paints, and
connects ``changed`` to its own ``update`` (or to whatever lays it out anew).
"""

from pathlib import Path

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from app.ui.theme import fonts, shapes
from app.ui.theme.focus import FocusRing
from app.ui.theme.icons import Icons
from app.ui.theme.stylesheet import stylesheet
from app.ui.theme.tokens import DARK, INCREASED_CONTRAST, LIGHT, SHADOW_OPACITY

MODES = ("system", "light", "dark")


class Theme(QObject):
    """Colours, fonts, icons and motion of the whole application.

    ``resources`` is the folder with ``icons/`` and ``fonts/``. ``text_scale`` multiplies every font
    size and every ``px()``; ``reduced_motion`` turns every ``duration()`` into 0.
    """

    changed = Signal()

    def __init__(
        self,
        app: QApplication,
        resources: Path,
        *,
        mode: str = "system",
        text_scale: float = 1.0,
        reduced_motion: bool = False,
    ) -> None:
        super().__init__(app)
        self._app = app
        self._mode = mode if mode in MODES else "system"
        self._text_scale = text_scale
        self._reduced_motion = reduced_motion
        fonts.load_fonts(resources / "fonts")
        self._icons = Icons(resources / "icons")
        self._fonts: dict[tuple[str, int | None, bool], QFont] = {}
        self._colors: dict[str, QColor] = {}
        self._dark = False
        self._sheet = ""
        self.focus_ring = FocusRing(self)
        app.setStyle("Fusion")
        self._hints = app.styleHints()
        self._hints.colorSchemeChanged.connect(self._follow_system)
        self._contrast = self._hints.accessibility()
        self._contrast.contrastPreferenceChanged.connect(self._apply)
        self._ask_system()
        self._apply()

    # -- what is in use ---------------------------------------------------------------------

    @property
    def mode(self) -> str:
        """ "system", "light" or "dark"."""
        return self._mode

    def set_mode(self, mode: str) -> None:
        """Choose "system", "light" or "dark". Raises ValueError for anything else."""
        if mode not in MODES:
            raise ValueError(f"no theme {mode!r}")
        if mode != self._mode:
            self._mode = mode
            self._ask_system()
            self._apply()

    @property
    def dark(self) -> bool:
        """Whether the dark colours are in use."""
        return self._dark

    @property
    def reduced_motion(self) -> bool:
        """Whether nothing but progress may move."""
        return self._reduced_motion

    def set_reduced_motion(self, reduced: bool) -> None:
        """Turn motion off or on."""
        if reduced != self._reduced_motion:
            self._reduced_motion = reduced
            self.changed.emit()

    @property
    def text_scale(self) -> float:
        """1.0 is 100 %."""
        return self._text_scale

    def set_text_scale(self, scale: float) -> None:
        """Set the text scale, 0.8 to 2.0."""
        scale = min(2.0, max(0.8, scale))
        if scale != self._text_scale:
            self._text_scale = scale
            self._apply(force=True)

    def duration(self, milliseconds: int) -> int:
        """How long a movement takes now."""
        return 0 if self._reduced_motion else milliseconds

    def px(self, pixels: float) -> int:
        """A height or width that must grow with the text."""
        return round(pixels * self._text_scale)

    # -- colours ----------------------------------------------------------------------------

    def color(self, name: str) -> QColor:
        """The colour ``name`` of tokens.py. Raises KeyError for an unknown name."""
        if name not in self._colors:
            self._colors[name] = QColor(self.hex(name))
        return self._colors[name]

    def hex(self, name: str) -> str:
        """The colour ``name`` as "#RRGGBB"."""
        if self._contrast.contrastPreference() == Qt.ContrastPreference.HighContrast:
            name = INCREASED_CONTRAST.get(name, name)
        return (DARK if self._dark else LIGHT)[name]

    # -- fonts ------------------------------------------------------------------------------

    def font(self, role: str, *, weight: int | None = None, italic: bool = False) -> QFont:
        """The font of a role of fonts.ROLES. Raises KeyError for an unknown role."""
        key = (role, weight, italic)
        if key not in self._fonts:
            self._fonts[key] = fonts.make_font(
                fonts.ROLES[role],
                weight=weight,
                italic=italic,
                scale=self._text_scale,
            )
        return self._fonts[key]

    def line_height(self, role: str) -> int:
        """The distance of two lines of a role, px."""
        return self.px(fonts.ROLES[role].line)

    # -- icons and shapes -------------------------------------------------------------------

    def icon(self, name: str, size: int = 18, color: str = "text-2", hover: str = "text") -> QIcon:
        """A QIcon for menus and Qt's own widgets. Ask again after ``changed``."""
        return self._icons.icon(
            name, size, self.color(color), self.color(hover), self.color("text-3")
        )

    def icon_pixmap(self, name: str, size: int, color: str = "text-2", dpr: float = 1.0) -> QPixmap:
        """The icon as a picture of ``size`` px."""
        return self._icons.pixmap(name, size, self.color(color), dpr)

    def paint_icon(
        self, painter: QPainter, name: str, rect: QRectF, color: str | QColor = "text-2"
    ) -> None:
        """Draw the icon into ``rect``."""
        tint = self.color(color) if isinstance(color, str) else color
        self._icons.paint(painter, name, rect, tint)

    def paint_shadow(self, painter: QPainter, rect: QRectF, radius: float) -> None:
        """The shadow of a menu or overlay panel at ``rect``."""
        opacity = SHADOW_OPACITY["dark" if self._dark else "light"]
        shapes.paint_shadow(painter, rect, radius, self.color("shadow"), opacity)

    # -- following the system ---------------------------------------------------------------

    def _ask_system(self) -> None:
        """Have native parts (title bar, file dialogs) follow the chosen mode."""
        schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        if self._mode == "system":
            self._hints.unsetColorScheme()
        else:
            self._hints.setColorScheme(schemes[self._mode])

    def _follow_system(self) -> None:
        if self._mode == "system":
            self._apply()

    def _apply(self, *_: object, force: bool = False) -> None:
        if self._mode == "system":
            dark = self._hints.colorScheme() == Qt.ColorScheme.Dark
        else:
            dark = self._mode == "dark"
        self._dark = dark
        self._colors.clear()
        self._fonts.clear()
        sheet = stylesheet(self)
        if sheet == self._sheet and not force:
            return
        self._sheet = sheet
        self._app.setPalette(self._palette())
        self._app.setFont(self.font("ui"))
        self._app.setStyleSheet(sheet)
        self.changed.emit()

    def _palette(self) -> QPalette:
        palette = QPalette()
        roles = QPalette.ColorRole
        for role, name in (
            (roles.Window, "canvas"),
            (roles.WindowText, "text"),
            (roles.Base, "surface"),
            (roles.AlternateBase, "sunken"),
            (roles.ToolTipBase, "surface"),
            (roles.ToolTipText, "text"),
            (roles.PlaceholderText, "text-3"),
            (roles.Text, "text"),
            (roles.Button, "btn"),
            (roles.ButtonText, "text"),
            (roles.BrightText, "danger"),
            (roles.Link, "accent-text"),
            (roles.LinkVisited, "accent-text"),
            (roles.Highlight, "selection"),
            (roles.HighlightedText, "text"),
            (roles.Accent, "accent"),
            (roles.Light, "surface"),
            (roles.Midlight, "hover"),
            (roles.Mid, "border"),
            (roles.Dark, "border-strong"),
            (roles.Shadow, "shadow"),
        ):
            palette.setColor(role, self.color(name))
        for role in (roles.WindowText, roles.Text, roles.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.color("text-3"))
        return palette
