"""The pages that are scrolled through: pictures of pages, and pages set from their text."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from itertools import accumulate
from typing import Literal, Protocol

from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter

from app.core.document import Page, Unit
from app.core.prompt import clock
from app.session.preview import Preview
from app.ui.preview.paper import ABOVE, BELOW, HEAD, PAPER, SIDE, ink, print_at
from app.ui.preview.strip_layout import (
    GUTTER,
    Mark,
    StripLayout,
    estimated_height,
    least_width,
)
from app.ui.preview.strips import Strip, strips_of
from app.ui.transcript.highlight import Coloring

_MOST_LAYOUTS = 12  # of one page; what is far from the part in sight is laid out again
_TOKENS = 400  # of code that are coloured at a time, about 2 ms


TimeLook = Literal["plain", "waiting", "lit", "playing"]  # waiting: it can be played


class Marks(Protocol):
    """Who knows what is marked on a page."""

    def on_text(self, page: int) -> Sequence[Mark]:
        """Marks in the text of a page; later ones lie over earlier ones."""
        ...

    def on_picture(self, page: int) -> Sequence[tuple[QRectF, str]]:
        """Marks on the picture of a page: shares of its sides, and the colour."""
        ...

    def on_time(self, page: int) -> TimeLook:
        """How the time of a piece of a recording looks."""
        ...


class Sheet:
    """A page among others. One that is ``joined`` goes on in the next without an edge."""

    joined = False

    def __init__(self, number: int) -> None:
        self.number = number

    def size(self, fit: int, zoom: float) -> QSize:
        """Its size where ``fit`` is the width that fits the pane; the height may be a guess."""
        raise NotImplementedError

    def settle(self, fit: int, zoom: float, top: int, bottom: int) -> bool:
        """Make exact what lies between ``top`` and ``bottom``. Whether that changed the size."""
        return False

    def paint(self, painter: QPainter, paper: QRect, clip: QRect) -> None:
        """Paint it on ``paper``, as far as ``clip`` shows it."""
        raise NotImplementedError

    def top_of(self, fit: int, zoom: float, place: int) -> int:
        """How far down a place in the page's text is."""
        return 0


class PictureSheet(Sheet):
    """A picture of a page, ``ratio`` times as high as it is wide."""

    def __init__(self, number: int, ratio: float, preview: Preview, marks: Marks) -> None:
        super().__init__(number)
        self._ratio = ratio
        self._preview = preview
        self._marks = marks

    def size(self, fit: int, zoom: float) -> QSize:
        width = round(fit * zoom)
        return QSize(width, max(1, round(width * self._ratio)))

    def paint(self, painter: QPainter, paper: QRect, clip: QRect) -> None:
        painter.fillRect(paper, ink(PAPER))
        wanted = round(paper.width() * painter.device().devicePixelRatioF())
        image = self._preview.picture(self.number, wanted)
        if isinstance(image, QImage) and not image.isNull():
            exact = image.width() == wanted
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not exact)
            place = QRectF(paper)
            if exact:  # a row of pixels more or less than the paper has must not be made up for
                place.setHeight(image.height() / painter.device().devicePixelRatioF())
            painter.drawImage(place, image, QRectF(image.rect()))
        elif words := self._preview.problem(self.number):
            room = paper.adjusted(SIDE, SIDE, -SIDE, -SIDE)
            painter.setPen(ink("text-3"))
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
        marks = self._marks.on_picture(self.number)
        if marks:
            painter.save()
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
            for share, color in marks:
                painter.fillRect(on_paper(share, paper), ink(color))
            painter.restore()


def on_paper(share: QRectF, paper: QRect) -> QRectF:
    """A place on a page as a rectangle on its paper, a little larger than the letters."""
    made = QRectF(
        paper.left() + share.left() * paper.width(),
        paper.top() + share.top() * paper.height(),
        share.width() * paper.width(),
        share.height() * paper.height(),
    )
    return made.adjusted(-2, -1, 2, 1)


class TextSheet(Sheet):
    """A page set from its text. ``joined`` ones are a run on one long paper, which begins with the
    ``first`` and ends with the ``last``. ``head`` stands above the text, at its left."""

    def __init__(
        self,
        page: Page,
        unit: Unit,
        marks: Marks,
        *,
        language: str | None,
        joined: bool,
        first: bool,
        last: bool,
        head: str,
    ) -> None:
        super().__init__(page.number)
        self.page = page
        self.joined = joined and not last
        self._run = joined
        self._unit = unit
        self._marks = marks
        self._code = language is not None
        self._language = language
        self._first = first
        self._head = head
        self._note = note_of(page)
        self._strips: tuple[Strip, ...] | None = None
        self._heights: list[int] = []
        self._exact: set[int] = set()
        self._layouts: OrderedDict[int, StripLayout] = OrderedDict()
        self._look = print_at(1.0)
        self._measured: tuple[int, float] = (0, 0.0)
        self._natural = 0
        self._coloring: Coloring | None = None
        self._runs: list[tuple[int, int, str]] = []

    # -- sizes ------------------------------------------------------------------------------

    def size(self, fit: int, zoom: float) -> QSize:
        self._begin(fit, zoom)
        if self._strips is None:
            return QSize(fit, self._frame() + self._guess(fit))
        return QSize(max(fit, self._natural), self._frame() + sum(self._heights))

    def settle(self, fit: int, zoom: float, top: int, bottom: int) -> bool:
        before = self.size(fit, zoom)
        strips = self._need(fit)
        y = self._above()
        for index in range(len(strips)):
            if y >= bottom:
                break
            if y + self._heights[index] > top:
                self._layout(index)
            y += self._heights[index]
        return self.size(fit, zoom) != before

    def top_of(self, fit: int, zoom: float, place: int) -> int:
        self._begin(fit, zoom)
        strips = self._need(fit)
        if not strips:
            return 0
        index = self._strip_at(place)
        inside = self._layout(index).top_of(place)
        return round(self._above() + sum(self._heights[:index]) + inside)

    def anchor(self, top: int) -> tuple[int, int] | None:
        """The first strip from ``top`` on whose height is exact, and where it is."""
        y = self._above()
        for index, height in enumerate(self._heights):
            if y >= top and index in self._exact:
                return index, y
            y += height
        return None

    def top_of_strip(self, index: int) -> int:
        """Where a strip begins."""
        return self._above() + sum(self._heights[:index])

    # -- text -------------------------------------------------------------------------------

    def place_at(self, point: QPointF) -> int:
        """The place in the page's text nearest to ``point`` on its paper."""
        strips = self._strips or ()
        if not strips:
            return 0
        tops = list(accumulate(self._heights, initial=self._above()))
        index = min(max(bisect_right(tops, point.y()) - 1, 0), len(strips) - 1)
        inside = QPointF(point.x() - self._left(), point.y() - tops[index])
        return self._layout(index).place_at(inside)

    def text_between(self, start: int, end: int) -> str:
        """What is shown between two places."""
        strips = self._strips
        if strips is None:
            return self.page.text[start:end]
        pieces = [
            self._layout(index).text_between(start, end)
            for index, strip in enumerate(strips)
            if strip.start < end and strip.end > start
        ]
        return "\n".join(pieces)

    # -- colours of code --------------------------------------------------------------------

    def color_on(self) -> bool:
        """Colour a little more of the code; whether there is more to do."""
        if not self._language or self._strips is None:
            return False
        if self._coloring is None:
            self._coloring = Coloring(self._language)
            self._coloring.begin_whole(self.page.text)
        found = self._coloring.go_on(_TOKENS)
        if found is None:
            return True
        self._language = ""
        self._runs = list(found)
        for index, layout in self._layouts.items():
            self._color(index, layout)
        return False

    def _color(self, index: int, layout: StripLayout) -> None:
        strip = layout.strip
        if self._runs and strip.kind == "code":
            first = bisect_right(self._runs, strip.start, key=lambda run: run[1])
            last = bisect_right(self._runs, strip.end, key=lambda run: run[0])
            layout.set_colors(self._runs[first:last])

    # -- painting ---------------------------------------------------------------------------

    def paint(self, painter: QPainter, paper: QRect, clip: QRect) -> None:
        painter.fillRect(paper, ink(PAPER))
        if self._head or not self._run:
            self._paint_head(painter, paper)
        left = paper.left() + self._left()
        y = paper.top() + self._above()
        if self._unit == "time":
            self._paint_time(painter, self.time_place(paper))
        if self._note:
            self._paint_note(painter, QRect(left, y, paper.width() - 2 * self._left(), 0))
        marks = self._marks.on_text(self.number)
        for index in range(len(self._strips or ())):
            height = self._heights[index]
            if y < clip.bottom() and y + height > clip.top():
                painter.save()
                painter.translate(left, y)
                seen = QRectF(clip.translated(-left, -y))
                self._layout(index).paint(painter, seen, marks)
                painter.restore()
            y += height

    def _paint_note(self, painter: QPainter, room: QRect) -> None:
        """What there is to say instead of words; in a recording beside the time."""
        look, gutter = self._look, self._gutter()
        line = look.line("ui")
        painter.setPen(ink("text-3"))
        painter.setFont(look.font("ui"))
        words = QRect(room.left() + gutter, room.top(), room.width() - gutter, line * 2)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
        if self._unit == "time":
            words.setHeight(line)
            flags |= Qt.AlignmentFlag.AlignVCenter
        painter.drawText(words, flags, self._note)

    def time_place(self, paper: QRect) -> QRect:
        """Where the time of a piece of a recording is, with what says that it can be played."""
        if self._unit != "time":
            return QRect()
        look = self._look
        width = self._left() + self._gutter() - look.px(GUTTER)
        top = paper.top() + self._above()
        return QRect(paper.left(), top, width + look.px(4), look.line("ui"))

    def _paint_time(self, painter: QPainter, place: QRect) -> None:
        look = self._look
        shown = self._marks.on_time(self.number)
        color = ink("accent-text" if shown in ("lit", "playing") else "text-3")
        painter.setFont(look.font("micro"))
        painter.setPen(color)
        words = place.adjusted(0, 0, -look.px(4), 0)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        label = self.page.label or clock(self.page.start)
        painter.drawText(words, right | Qt.AlignmentFlag.AlignAbsolute, label)
        if shown == "plain":
            return
        # A triangle to play it, or a square to stop, before the digits.
        side = look.px(7)
        width = painter.fontMetrics().horizontalAdvance(label)
        x = max(place.left() + 3, words.right() - width - look.px(6) - side)
        box = QRectF(x, place.center().y() - side / 2 + 0.5, side, side)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        if shown == "playing":
            painter.drawRect(box)
        else:
            tip = QPointF(box.right(), box.center().y())
            painter.drawPolygon([box.topLeft(), tip, box.bottomLeft()])

    def _paint_head(self, painter: QPainter, paper: QRect) -> None:
        look = self._look
        painter.setFont(look.font("micro", 400))
        painter.setPen(ink("text-3"))
        side = self._left()
        room = QRect(
            paper.left() + side, paper.top() + look.px(ABOVE), paper.width() - 2 * side, look.px(16)
        )
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        number = str(self.number) if self._unit != "file" else ""
        used = painter.fontMetrics().horizontalAdvance(number) + look.px(12)
        painter.drawText(room, flags | Qt.AlignmentFlag.AlignRight, number)
        name = painter.fontMetrics().elidedText(
            self._head, Qt.TextElideMode.ElideMiddle, room.width() - used
        )
        painter.drawText(room, flags | Qt.AlignmentFlag.AlignLeft, name)

    # -- inside -----------------------------------------------------------------------------

    def _begin(self, fit: int, zoom: float) -> None:
        """Forget what was laid out for another width or size of letters."""
        if (fit, zoom) == self._measured:
            return
        self._measured = fit, zoom
        self._look = print_at(zoom)
        self._layouts.clear()
        self._exact.clear()
        if self._strips is not None:
            self._measure(fit)

    def _need(self, fit: int) -> tuple[Strip, ...]:
        if self._strips is None:
            cut = strips_of(self.page, code=self._code, unit=self._unit)
            self._strips = () if self._note else cut
            self._measure(fit)
        return self._strips

    def _measure(self, fit: int) -> None:
        strips, look = self._strips or (), self._look
        wanted = max((least_width(strip, look) for strip in strips), default=0)
        self._natural = wanted + 2 * self._left() if wanted > fit - 2 * self._left() else 0
        width = self._words_width("words")
        self._heights = [estimated_height(strip, look, width) for strip in strips]

    def _layout(self, index: int) -> StripLayout:
        known = self._layouts.get(index)
        if known is not None:
            self._layouts.move_to_end(index)
            return known
        assert self._strips is not None
        strip = self._strips[index]
        made = StripLayout(strip, self._look, self._words_width(strip.kind), self._gutter())
        self._color(index, made)
        self._layouts[index] = made
        self._heights[index] = made.height
        self._exact.add(index)
        while len(self._layouts) > _MOST_LAYOUTS:
            self._layouts.popitem(last=False)
        return made

    def _strip_at(self, place: int) -> int:
        assert self._strips is not None
        starts = [strip.start for strip in self._strips]
        return max(0, bisect_right(starts, place) - 1)

    def _words_width(self, kind: str) -> int:
        whole = max(self._measured[0], self._natural if kind == "table" else 0)
        return max(40, whole - 2 * self._left())

    def _left(self) -> int:
        return min(self._look.px(SIDE), self._measured[0] // 10) if not self._numbered else 16

    @property
    def _numbered(self) -> bool:
        return self._code or self._unit == "time"

    def _gutter(self) -> int:
        """The room for line numbers or times."""
        look = self._look
        if self._unit == "time":
            return round(look.letter("micro") * 8) + look.px(GUTTER)
        if not self._code:
            return 0
        last = (self.page.first_line or 1) + self.page.text.count("\n")
        return round(look.letter("caption") * max(2, len(str(last))) * 1.2) + look.px(GUTTER)

    def _above(self) -> int:
        look = self._look
        if self._run and not self._head:
            return look.px(ABOVE if self._first else 0)
        return look.px(ABOVE + HEAD)

    def _frame(self) -> int:
        """The height of all but the strips."""
        note = (1 if self._unit == "time" else 2) * self._look.line("ui") if self._note else 0
        below = self._look.px(0 if self.joined else BELOW)
        if self._unit == "time":
            below += self._look.px(6 if self.joined else 0)
        return self._above() + below + note

    def _guess(self, fit: int) -> int:
        """About how high the strips will be, without cutting them."""
        if self._note:
            return 0
        text, look = self.page.text, self._look
        role = "code" if self._code else "ui"
        columns = max(8, (fit - 2 * self._left() - self._gutter()) / look.letter(role))
        return round(max(text.count("\n") + 1, len(text) / columns) * look.line(role))


def note_of(page: Page) -> str:
    """What stands on a page that has no words to show."""
    say = QCoreApplication.translate
    spoken = page.source == "sound"
    if page.problem and not page.text.strip():
        return page.problem
    if not page.read and page.source == "picture":
        return say(
            "Preview", "This page is a picture. Its words are read when a question needs them."
        )
    if not page.read:
        return say("Preview", "Not heard yet")
    if not page.text.strip():
        return (
            say("Preview", "Nobody speaks")
            if spoken
            else say("Preview", "Nothing is written on this page.")
        )
    return ""
