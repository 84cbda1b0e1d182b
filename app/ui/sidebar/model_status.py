"""The model's name and state: a button in two sizes, and the foot of the sidebar around it."""

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.session.models import ModelShelf
from app.ui import figures
from app.ui.mirror import placed, set_margins
from app.ui.sidebar.model_menu import model_menu
from app.ui.sidebar.model_state import model_state
from app.ui.theme.controls import ElidedLabel, IconButton, Label, ProgressLine, ThemedButton
from app.ui.theme.shapes import box, octagon
from app.ui.theme.theme import Theme

_DOT = 8
_NOTE_MS = 60_000


class ModelButton(ThemedButton):
    """Dot and name of the model; a press opens the menu of models. The ``compact`` one stands in
    the header and is only as wide as it must be."""

    open_wanted = Signal()  # choose a GGUF file
    models_wanted = Signal()  # show all models

    def __init__(
        self, theme: Theme, shelf: ModelShelf, *, compact: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent)
        self._shelf = shelf
        self._compact = compact
        width = QSizePolicy.Policy.Fixed if compact else QSizePolicy.Policy.Ignored
        self.setSizePolicy(width, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self.open_menu)
        shelf.state_changed.connect(self._follow)
        shelf.models_changed.connect(self._follow)
        self._follow()

    def open_menu(self) -> None:
        """Show the menu of models."""
        menu = model_menu(
            self.theme, self._shelf, self.open_wanted.emit, self.models_wanted.emit, self
        )
        menu.aboutToHide.connect(menu.deleteLater)
        if self._compact:
            menu.open_below(self, at_end=True)
        else:
            menu.open_above(self)

    def sizeHint(self) -> QSize:
        height = self.theme.px(28)
        if not self._compact:
            return QSize(100, height)
        words = QFontMetricsF(self._words_font()).horizontalAdvance(self._words())
        px = self.theme.px
        return QSize(round(10 + px(_DOT) + 6 + min(words, px(220)) + 6 + px(14) + 8), height)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        if self.hover or self.pressure:
            painter.setOpacity(max(self.hover, self.pressure))
            painter.fillPath(box(rect, self.radius), theme.color("hover"))
            painter.setOpacity(1)
        middle, dot = rect.center().y(), theme.px(_DOT)
        start = 10 if self._compact else 8
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(model_state(self._shelf).color))
        at = placed(self, QRectF(start, middle - dot / 2, dot, dot)).center()
        painter.drawPolygon(octagon(at.x(), at.y(), dot))
        side = theme.px(14 if self._compact else 16)
        icon = QRectF(rect.right() - 8 - side, round(middle - side / 2), side, side)
        name = "down" if self._compact else "swap"
        theme.paint_icon(painter, name, placed(self, icon), "text-2")
        words = QRectF(start + dot + (6 if self._compact else 8), 0, 0, rect.height())
        words.setRight(icon.left() - 4)
        font = self._words_font()
        painter.setFont(font)
        painter.setPen(theme.color("text-2" if self._compact else "text"))
        painter.drawText(
            placed(self, words),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            QFontMetricsF(font).elidedText(
                self._words(), Qt.TextElideMode.ElideRight, words.width()
            ),
        )

    def _words_font(self) -> QFont:
        return self.theme.font("ui-medium" if self._compact else "ui-strong")

    def _words(self) -> str:
        state = model_state(self._shelf)
        if self._compact and state.progress is not None:
            return state.words
        return state.name

    def _follow(self) -> None:
        state = model_state(self._shelf)
        told = f"{state.name}, {state.words}" if state.words else state.name
        failure = self._shelf.failure
        self.setAccessibleName(self.tr("Model: {0}").format(told))
        self.setToolTip(failure.what if failure and self._shelf.state == "failed" else told)
        self.refresh()


class ModelStatus(QWidget):
    """The foot of the sidebar: model, memory, speed, settings."""

    open_wanted = Signal()
    models_wanted = Signal()
    settings_wanted = Signal()

    def __init__(self, theme: Theme, shelf: ModelShelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._note = ""
        self._noted = QTimer(self)
        self._noted.setSingleShot(True)
        self._noted.setInterval(_NOTE_MS)
        self._noted.timeout.connect(lambda: self.set_note(""))
        self._model = ModelButton(theme, shelf, compact=False)
        self._model.open_wanted.connect(self.open_wanted)
        self._model.models_wanted.connect(self.models_wanted)
        settings = IconButton(theme, "settings", self.tr("Settings"), shortcut="Ctrl+,")
        settings.clicked.connect(self.settings_wanted)
        self._bar = ProgressLine(theme, self.tr("Memory in use"))
        self._left = ElidedLabel(theme, role="caption", color="text-3")
        self._right = Label(theme, role="caption", color="text-3")
        self._right.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self._model, 1)
        row.addWidget(settings)
        captions = QHBoxLayout()
        set_margins(captions, self, 8, 0, 10, 0)
        captions.setSpacing(8)
        captions.addWidget(self._left, 1)
        captions.addWidget(self._right)
        bar = QHBoxLayout()
        set_margins(bar, self, 8, 0, 10, 0)
        bar.addWidget(self._bar)
        column = QVBoxLayout(self)
        set_margins(column, self, 10, 10, 8, 12)
        column.setSpacing(7)
        column.addLayout(row)
        column.addLayout(bar)
        column.addLayout(captions)

        shelf.state_changed.connect(self._follow)
        shelf.memory_changed.connect(self._follow)
        self._follow()

    def set_note(self, note: str) -> None:
        """Say a few words for a minute, in the place of the speed."""
        self._note = note
        if note:
            self._noted.start()
        self._follow()

    def _follow(self) -> None:
        state, memory = model_state(self._shelf), self._shelf.memory
        if state.progress is not None:
            self._bar.setAccessibleName(self.tr("Loading the model"))
            self._bar.set_share(state.progress)
        elif memory is not None:
            share = memory.used / max(1, memory.total)
            self._bar.setAccessibleName(self.tr("Memory in use"))
            self._bar.set_share(share, "warn" if share > 0.9 else "accent")
        else:
            self._bar.set_share(0)
        if state.words:
            self._left.setText(state.words)
        elif memory is not None:
            used, total = figures.gigabytes(memory.used), figures.gigabytes(memory.total)
            self._left.setText(self.tr("{0} of {1} GB").format(used, total))
        else:
            self._left.setText("")
        self._left.set_color("danger" if state.color == "danger" else "text-3")
        speed = self._shelf.speed
        words = self._note or (figures.speed(speed) if speed else "")
        self._right.setText("" if state.words else words)
