"""Citations as pills: each is one character of the text, painted here.

What is known of a citation comes later than its words. So that nothing has to be written anew
then, a pill looks its state up when it is painted, by its place in the document.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QCoreApplication, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPyTextObject,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)

from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_PILL

State = Literal["", "found", "not_found", "no_page"]

KIND = int(QTextFormat.ObjectTypes.UserObject.value) + 1
LABEL = QTextFormat.Property.UserProperty + 5
SOURCE = QTextFormat.Property.UserProperty + 6
SCHEME = "citation:"  # of the address of a pill, which leads nowhere

OBJECT = "\ufffc"
_HEIGHT = 20  # px
_PADDING = 7
_MARGIN = 2  # between two that touch
_ICON = 14


@dataclass(frozen=True)
class Pill:
    """A citation in a document: where it stands, what it shows ("p. 12"), what was written."""

    position: int
    label: str
    source: str


def pill_format(
    words: QTextCharFormat, label: str, source: str, serial: int, line: int
) -> QTextCharFormat:
    """The format of the character that stands for a citation among ``words``, in lines of
    ``line`` px. The ``serial`` tells neighbours apart."""
    made = QTextCharFormat()
    made.setObjectType(KIND)
    made.setFont(words.font())
    made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignBaseline)
    made.setProperty(LABEL, label)
    made.setProperty(SOURCE, source)
    made.setProperty(_LINE, line)
    made.setAnchor(True)
    made.setAnchorHref(f"{SCHEME}{serial}")
    return made


_LINE = QTextFormat.Property.UserProperty + 7


def pills_of(document: QTextDocument) -> Iterator[Pill]:
    """The citations, in the order of reading."""
    cursor = document.find(OBJECT, 0)
    while not cursor.isNull():
        made = cursor.charFormat()
        if made.objectType() == KIND:
            yield Pill(
                cursor.selectionStart(), str(made.property(LABEL)), str(made.property(SOURCE))
            )
        cursor = document.find(OBJECT, cursor)


def source_at(document: QTextDocument, position: int) -> str:
    """What was written where the pill at ``position`` stands; "" where none does."""
    cursor = QTextCursor(document)
    cursor.setPosition(position)
    cursor.setPosition(position + 1, QTextCursor.MoveMode.KeepAnchor)
    made = cursor.charFormat()
    return str(made.property(SOURCE)) if made.objectType() == KIND else ""


def told(label: str, state: State) -> str:
    """What a pill says: "p. 31 · not found in the text"."""
    if state == "not_found":
        return _say("{0} · not found in the text").format(label)
    if state == "no_page":
        return _say("{0} · no such page").format(label)
    return label


def explained(label: str, state: State) -> str:
    """What is known of a citation, for a tooltip and those who listen."""
    return {
        "": _say("{0}, not checked yet"),
        "found": _say("{0}, found in the text"),
        "not_found": _say("{0}, not found in the text. Check it before you rely on it."),
        "no_page": _say("{0}, which the document does not have"),
    }[state].format(label)


class Pills(QPyTextObject):
    """Measures and paints the pills of one document."""

    def __init__(self, theme: Theme, document: QTextDocument) -> None:
        super().__init__(document)
        self._theme = theme
        self._document = document
        self._states: dict[int, State] = {}
        self._opened = -1
        self._painted: dict[int, tuple[QRectF, QTextFormat]] = {}
        document.documentLayout().registerHandler(KIND, self)

    def state(self, position: int) -> State:
        """What is known of the citation at ``position``."""
        return self._states.get(position, "")

    def set_states(self, states: dict[int, State]) -> bool:
        """Tell what is known of the citations, by their places. Only lines with a pill that
        becomes wider or narrower are laid out anew; whether there were any."""
        before, self._states = self._states, states
        resized = False
        for pill in pills_of(self._document):
            one, other = before.get(pill.position, ""), states.get(pill.position, "")
            if told(pill.label, one) != told(pill.label, other):
                self._document.markContentsDirty(pill.position, 1)
                resized = True
        return resized

    @property
    def opened(self) -> int:
        """The place of the one that is open beside the chat, -1 for none."""
        return self._opened

    @opened.setter
    def opened(self, position: int) -> None:
        self._opened = position

    def paint_over(
        self, painter: QPainter, position: int, ground: QColor, around: int = 0
    ) -> QRectF:
        """Paint the pill at ``position`` again, on ``ground`` that is larger by ``around`` px: Qt
        veils what is selected. Returns where it is; nowhere if it has not been painted before."""
        rect, made = self._painted.get(position, (QRectF(), QTextFormat()))
        if rect.isEmpty():
            return rect
        painter.fillRect(rect.toAlignedRect().adjusted(-around, -around, around, around), ground)
        self.drawObject(painter, rect, self._document, position, made)
        return self._place(rect, made)

    def intrinsicSize(self, document: QTextDocument, position: int, made: QTextFormat) -> QSizeF:
        state = self.state(position)
        words = QFontMetricsF(self._font()).horizontalAdvance(told(_label(made), state))
        width = words + 2 * _PADDING + self._icon_room(state) + 2 * _MARGIN
        room = document.textWidth()
        if room > 0:
            width = min(width, room - 8)
        height = min(self._theme.px(_HEIGHT), int(made.property(_LINE)))
        return QSizeF(width, height)

    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        document: QTextDocument,
        position: int,
        made: QTextFormat,
    ) -> None:
        self._painted[position] = QRectF(rect), made
        theme, state = self._theme, self.state(position)
        pill = self._place(QRectF(rect), made)
        if position == self._opened:
            face, ink = "accent", "on-accent"
        else:
            face, ink = {
                "": ("hover", "text-2"),
                "found": ("accent-soft", "accent-text"),
            }.get(state, ("warn-soft", "warn"))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(box(pill, RADIUS_PILL), theme.color(face))
        mirrored = painter.layoutDirection() == Qt.LayoutDirection.RightToLeft
        words = pill.adjusted(_PADDING, 0, -_PADDING, 0)
        icon = self._icon_room(state)
        if icon:
            side = theme.px(_ICON)
            left = words.right() - side if mirrored else words.left()
            glyph = QRectF(left, round(pill.center().y() - side / 2), side, side)
            theme.paint_icon(painter, "warn", glyph, ink)
            words.adjust(0 if mirrored else icon, 0, -icon if mirrored else 0, 0)
        font = self._font()
        text = QFontMetricsF(font).elidedText(
            told(_label(made), state), Qt.TextElideMode.ElideRight, words.width() + 1
        )
        painter.setFont(font)
        painter.setPen(theme.color(ink))
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()

    def _place(self, rect: QRectF, made: QTextFormat) -> QRectF:
        """Where the pill itself is in ``rect``, the place of its character: its words stand on
        the line of those around it."""
        around = QFontMetricsF(made.toCharFormat().font())
        own = QFontMetricsF(self._font())
        baseline = rect.bottom() - around.descent()
        height = rect.height()
        top = baseline - (height + own.capHeight()) / 2 - self._theme.px(1)
        return QRectF(rect.left() + _MARGIN, round(top), rect.width() - 2 * _MARGIN, height)

    def _font(self) -> QFont:
        return self._theme.font("caption", weight=500)

    def _icon_room(self, state: State) -> int:
        return self._theme.px(_ICON) + 4 if state in ("not_found", "no_page") else 0


def _label(made: QTextFormat) -> str:
    return str(made.property(LABEL))


def _say(text: str) -> str:
    return QCoreApplication.translate("Transcript", text)
