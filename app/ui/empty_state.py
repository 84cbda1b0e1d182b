"""What stands in a chat in which nothing has been said yet."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QSpacerItem, QVBoxLayout, QWidget

from app.session.models import ModelShelf
from app.ui.mirror import placed
from app.ui.theme.controls import Label, Mark, ThemedButton
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CARD

_CARD = 520


@dataclass(frozen=True)
class Beginning:
    """One thing that can be done first."""

    icon: str
    title: str
    words: str
    shortcut: str
    act: Callable[[], None]


class EmptyState(QScrollArea):
    """Greets, says what the model can do, and offers only what works with it."""

    open_model_wanted = Signal()
    models_wanted = Signal()
    files_wanted = Signal(str)  # "image", "audio" or "document"

    def __init__(self, theme: Theme, shelf: ModelShelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shelf = shelf
        self._shown: list[tuple[str, str]] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        body = QWidget()
        body.setAutoFillBackground(False)
        self._mark = Mark(theme, 57)
        self._title = Label(theme, role="title", wrap=True)
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words = Label(theme, role="reading", color="text-2", wrap=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._card = _Card(theme)
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(24, 0, 24, 0)
        self._column.setSpacing(0)
        self._column.addStretch(10)
        self._column.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignHCenter)
        self._gap = QSpacerItem(0, 18)
        self._column.addItem(self._gap)
        self._column.addWidget(self._title)
        self._column.addSpacing(7)
        self._column.addWidget(self._words)
        self._column.addSpacing(29)
        self._column.addWidget(self._card, 0, Qt.AlignmentFlag.AlignHCenter)
        self._column.addStretch(12)
        self.setWidget(body)
        shelf.state_changed.connect(self._follow)
        theme.changed.connect(self._fit)
        self._follow()

    def rows(self) -> list[ThemedButton]:
        """The buttons, from top to bottom."""
        return self._card.rows()

    def minimumSizeHint(self) -> QSize:
        return QSize(100, 24)  # it scrolls; what is being written comes first

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    # -- inside -----------------------------------------------------------------------------

    def _follow(self) -> None:
        title, words = self._greeting()
        self._title.setText(title)
        self._words.setText(words)
        beginnings = self._beginnings()
        shown = [(beginning.title, beginning.words) for beginning in beginnings]
        if shown != self._shown:
            self._shown = shown
            self._card.show_rows(beginnings)
        self._fit()

    def _greeting(self) -> tuple[str, str]:
        shelf = self._shelf
        name = shelf.current.title if shelf.current else ""
        match shelf.state:
            case "failed" if shelf.failure is not None:
                title = self.tr("{0} could not be loaded").format(name or self.tr("The model"))
                return title, f"{shelf.failure.what} {shelf.failure.next_step}".strip()
            case "none" if shelf.current is None:
                return (
                    self.tr("Which model shall answer?"),
                    self.tr("None is installed yet. Facet can fetch one that suits this machine."),
                )
            case "none":
                return (
                    self.tr("What shall we look at?"),
                    self.tr("{0} is not loaded. Your question loads it again.").format(name),
                )
            case "loading":
                words = self.tr("{0} is being loaded: {1} %. You can write meanwhile.")
                return (
                    self.tr("What shall we look at?"),
                    words.format(name, round(100 * shelf.fraction)),
                )
        if shelf.is_starter:
            words = self.tr(
                "{0} is small: it reads text only, and is often wrong. Gemma 4 also sees and hears."
            )
            return self.tr("What shall we talk about?"), words.format(name)
        return self.tr("What shall we look at?"), self._senses().format(name)

    def _senses(self) -> str:
        sees, hears = self._shelf.takes("image"), self._shelf.takes("audio")
        if sees and hears:
            return self.tr("{0} reads, sees and hears, all on this machine.")
        if sees:
            return self.tr("{0} reads and sees, all on this machine.")
        if hears:
            return self.tr("{0} reads and hears, all on this machine.")
        return self.tr("{0} reads text, all on this machine.")

    def _beginnings(self) -> list[Beginning]:
        shelf = self._shelf
        picture = Beginning(
            "image",
            self.tr("Ask about a picture"),
            self.tr("Choose one, drop it anywhere in this window, or paste it"),
            "",
            lambda: self.files_wanted.emit("image"),
        )
        sound = Beginning(
            "wave",
            self.tr("Add a sound"),
            self.tr("A voice note, a meeting, a lecture: WAV, MP3, M4A, FLAC or Ogg"),
            "",
            lambda: self.files_wanted.emit("audio"),
        )
        document = Beginning(
            "doc",
            self.tr("Ask about a document"),
            self.tr("Drop a PDF, an office file, a book or a folder of code in this window"),
            "Ctrl O",
            lambda: self.files_wanted.emit("document"),
        )
        model = Beginning(
            "folder",
            self.tr("Open a GGUF file…"),
            self.tr("The model, with its projector beside it so that it can see and hear"),
            "",
            self.open_model_wanted.emit,
        )
        if shelf.current is None:
            get = Beginning(
                "gem",
                self.tr("Get a model"),
                self.tr("See which ones suit this machine, and download one"),
                "Ctrl M",
                self.models_wanted.emit,
            )
            return [get, model]
        if shelf.state == "failed":
            again = Beginning(
                "retry",
                self.tr("Load it again"),
                self.tr("After the cause is mended"),
                "",
                lambda: shelf.reload(None),
            )
            return [again, model]
        if shelf.is_starter:
            gemma = Beginning(
                "gem",
                self.tr("Use Gemma 4"),
                self.tr("See which size suits this machine, and download it"),
                "Ctrl M",
                self.models_wanted.emit,
            )
            return [document, gemma]
        if shelf.state == "loading":
            return [picture, document]
        offered = [picture] if shelf.takes("image") else []
        if shelf.takes("audio"):
            offered.append(sound)
        return [*offered, document] if offered else [document, model]

    def _fit(self) -> None:
        room = self.viewport().size()
        self._card.fit(max(200, min(self._theme.px(_CARD), room.width() - 48)))
        words = room.width() - 48
        needed = (
            54
            + 54
            + self._title.heightForWidth(words)
            + self._words.heightForWidth(words)
            + self._card.sizeHint().height()
        )
        self._mark.setVisible(needed <= room.height())
        self._gap.changeSize(0, 18 if needed <= room.height() else 8)
        self._column.invalidate()


class _Card(QWidget):
    """Rows in a frame, a hairline between two."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[_Row] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(1, 1, 1, 1)
        self._column.setSpacing(1)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def rows(self) -> list[ThemedButton]:
        return list(self._rows)

    def show_rows(self, beginnings: list[Beginning]) -> None:
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = [_Row(self._theme, beginning, self) for beginning in beginnings]
        for row in self._rows:
            self._column.addWidget(row)
            row.show()

    def fit(self, width: int) -> None:
        """Be ``width`` px wide, and as high as that needs."""
        self.setFixedWidth(width)
        for row in self._rows:
            row.fit(width - 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = box(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_CARD)
        painter.fillPath(shape, theme.color("surface"))
        painter.setPen(QPen(theme.color("border"), 1))
        painter.drawPath(shape)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for row in self._rows[1:]:
            painter.drawLine(1, row.y() - 1, self.width() - 2, row.y() - 1)


class _Row(ThemedButton):
    """Icon, title, second line, shortcut."""

    def __init__(self, theme: Theme, beginning: Beginning, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._beginning = beginning
        self.setText(beginning.title)
        self.setAccessibleName(beginning.title)
        self.setAccessibleDescription(beginning.words)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.clicked.connect(beginning.act)

    def fit(self, width: int) -> None:
        """Take the height that the words need at ``width``."""
        theme = self.theme
        words = self._words_rect(width)
        font = QFontMetricsF(theme.font("caption"))
        room = QRectF(0, 0, words.width(), 10_000)
        needed = font.boundingRect(room, int(Qt.TextFlag.TextWordWrap), self._beginning.words)
        lines = max(1, round(needed.height() / font.lineSpacing()))
        second = theme.line_height("caption") * lines
        self.setFixedHeight(theme.line_height("ui-medium") + 1 + second + theme.px(22))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, beginning = self.theme, self._beginning
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        lit = max(self.hover, self.pressure)
        if lit:
            painter.setOpacity(lit)
            painter.fillPath(box(rect.adjusted(3, 3, -3, -3), self.radius), theme.color("hover"))
            painter.setOpacity(1)
        side = theme.px(18)
        icon = QRectF(17, round(rect.center().y() - side / 2), side, side)
        theme.paint_icon(painter, beginning.icon, placed(self, icon), "accent-text")
        begin, wrap = Qt.AlignmentFlag.AlignLeft, Qt.TextFlag.TextWordWrap
        words = placed(self, self._words_rect(self.width()))
        title = QRectF(words)
        title.setHeight(theme.line_height("ui-medium"))
        painter.setFont(theme.font("ui-medium"))
        painter.setPen(theme.color("text"))
        painter.drawText(title, begin | Qt.AlignmentFlag.AlignVCenter, beginning.title)
        words.setTop(title.bottom() + 1)
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.color("text-3"))
        painter.drawText(words, begin | Qt.AlignmentFlag.AlignVCenter | wrap, beginning.words)
        painter.setFont(theme.font("micro"))
        painter.drawText(
            placed(self, rect.adjusted(17, 0, -14, 0)),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
            beginning.shortcut,
        )

    def _words_rect(self, width: int) -> QRectF:
        """Where title and second line stand, read from the left."""
        left = 17 + self.theme.px(18) + 13
        keys = QFontMetricsF(self.theme.font("micro")).horizontalAdvance(self._beginning.shortcut)
        right = 14 + (keys + 12 if keys else 0)
        above = self.theme.px(11)
        return QRectF(left, above, width - left - right, self.height() - 2 * above)
