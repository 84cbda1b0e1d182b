"""Blocks of Markdown as formats of a QTextDocument: fonts, margins, colours.

``gap_above`` is the one place that knows the vertical rhythm of an answer.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextTableCellFormat,
    QTextTableFormat,
)

from app.core.markdown import Block, Code, Heading, Paragraph, Rule, Span, Table
from app.ui.theme.theme import Theme

# Own properties of block and character formats, read when decorations are painted.
NESTING = QTextFormat.Property.UserProperty + 1
MARKER = QTextFormat.Property.UserProperty + 2
RULE = QTextFormat.Property.UserProperty + 3
CODE = QTextFormat.Property.UserProperty + 4

# What a text block needs painted beside its text, as bits of QTextBlock.userState().
HAS_NESTING, HAS_MARKER, HAS_RULE, HAS_CODE = 1, 2, 4, 8

LIST_INDENT = 22  # px
QUOTE_INDENT = 16
CODE_PADDING = 4  # px between inline code and the edge of its back, and outside of it
BLEED = 4  # px left and right of the text that the paint of inline code may use

_FIXED = QTextBlockFormat.LineHeightTypes.FixedHeight.value
_HEADING_ROLES = {1: "h1", 2: "h2", 3: "h3"}


def indent(nesting: str) -> int:
    """How far the text of a block in these containers stands to the right, px at 100 %."""
    return LIST_INDENT * nesting.count("l") + QUOTE_INDENT * nesting.count("q")


def gap_above(block: Block, before: Block | None) -> int:
    """The space between a block and the one before it, px at 100 %."""
    if before is None:
        return 0
    marker = isinstance(block, Paragraph | Heading) and block.marker
    if isinstance(before, Paragraph) and before.marker and not before.spans and not marker:
        return 0  # the first thing in a list item that began without words
    if isinstance(block, Heading) and not marker:
        return 20 if block.level <= 2 else 16
    if isinstance(before, Heading):
        return 4
    if isinstance(block, Rule) or isinstance(before, Rule):
        return 16
    if isinstance(block, Table | Code):
        return 12
    if isinstance(before, Table | Code):
        return 10  # text stands a little low in its line
    if isinstance(block, Paragraph) and block.marker:
        if block.spaced:
            return 8
        return 2 if "l" in before.nesting else 4
    if "l" in block.nesting:
        return 6
    return 10


def head_role(level: int) -> str:
    """The font role of a heading."""
    return _HEADING_ROLES.get(level, "h3")


class Formats:
    """The formats of one kind of text, made once and shared by all its documents.

    ``role`` and ``color`` are those of a paragraph; ``line`` is its line height in px at 100 %,
    when it is not that of the role.
    """

    def __init__(
        self, theme: Theme, role: str = "reading", color: str = "text", line: int | None = None
    ) -> None:
        self.theme = theme
        self.role = role
        self._color = color
        self._line = line
        self._characters: dict[tuple[object, ...], QTextCharFormat] = {}
        theme.changed.connect(self._characters.clear)

    def paragraph_line(self) -> int:
        """The line height of a paragraph, px."""
        theme = self.theme
        return theme.line_height(self.role) if self._line is None else theme.px(self._line)

    def line_of(self, block: Block) -> int:
        """The line height of a block of text, px."""
        if isinstance(block, Heading):
            return self.theme.line_height(head_role(block.level))
        return self.paragraph_line()

    def cell_line(self, head: bool) -> int:
        """The line height of a table's cell, px."""
        return self.theme.px(18 if head else 20)

    def text_style(self, block: Block) -> tuple[str, str]:
        """Role and colour of the words of a block."""
        if isinstance(block, Heading):
            return head_role(block.level), "text"
        return self.role, "text-2" if "q" in block.nesting else self._color

    def characters(
        self,
        span: Span,
        role: str,
        color: str,
        weight: int | None = None,
        *,
        padded: bool = False,
    ) -> QTextCharFormat:
        """The format of a span in text of ``role``. ``padded`` leaves CODE_PADDING after each
        character: for the last one of inline code and the last one before it."""
        key = (
            role,
            color,
            weight,
            span.bold,
            span.italic,
            span.strike,
            span.code,
            span.image,
            span.link,
            padded,
        )
        known = self._characters.get(key)
        if known is None:
            if len(self._characters) > 500:
                self._characters.clear()  # every link has its own
            known = self._characters[key] = self._make(span, role, color, weight)
            if padded:
                font = known.font()
                font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, CODE_PADDING)
                known.setFont(font)
        return known

    def _make(self, span: Span, role: str, color: str, weight: int | None) -> QTextCharFormat:
        theme = self.theme
        made = QTextCharFormat()
        made.setFont(self._font(span, role, weight))
        tint = "accent-text" if span.link else "text-3" if span.image else color
        made.setForeground(theme.color(tint))
        if span.strike:
            made.setFontStrikeOut(True)
        if span.code:
            made.setProperty(CODE, True)
        if span.link:
            made.setAnchor(True)
            made.setAnchorHref(span.link)
            made.setFontUnderline(False)
            made.setToolTip(span.link)
        return made

    def _font(self, span: Span, role: str, weight: int | None) -> QFont:
        theme = self.theme
        if span.bold and weight is None:
            weight = 600
        if not span.code:
            return theme.font(role, weight=weight, italic=span.italic)
        font = QFont(theme.font("inline-code", weight=weight, italic=span.italic))
        # Beside letters of its own size a monospaced face looks too large.
        font.setPixelSize(round(theme.font(role).pixelSize() * 0.9))
        return font

    def block(
        self, block: Block, before: Block | None, *, mirrored: bool = False
    ) -> QTextBlockFormat:
        """The paragraph format of a text block that follows ``before``; ``mirrored`` for words
        that run from right to left."""
        theme = self.theme
        made = QTextBlockFormat()
        made.setLineHeight(self.line_of(block), _FIXED)
        made.setTopMargin(theme.px(gap_above(block, before)))
        if mirrored:
            made.setRightMargin(theme.px(indent(block.nesting)))
        else:
            made.setLeftMargin(theme.px(indent(block.nesting)))
        if block.nesting:
            made.setProperty(NESTING, block.nesting)
        if isinstance(block, Heading | Paragraph) and block.marker:
            made.setProperty(MARKER, block.marker)
        if isinstance(block, Rule):
            made.setLineHeight(1, _FIXED)
            made.setProperty(RULE, True)
        return made

    def table(self, block: Table, before: Block | None) -> QTextTableFormat:
        """The frame of a table: as wide as the text, no lines of its own."""
        theme = self.theme
        made = QTextTableFormat()
        made.setBorder(0)
        made.setCellPadding(0)
        made.setCellSpacing(0)
        made.setBorderCollapse(True)
        made.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
        made.setTopMargin(theme.px(gap_above(block, before)))
        made.setLeftMargin(theme.px(indent(block.nesting)))
        made.setHeaderRowCount(1)
        return made

    def cell(self, head: bool, last_row: bool, last_column: bool) -> QTextTableCellFormat:
        """A cell: room above and below, a hairline under all rows but the last."""
        theme = self.theme
        made = QTextTableCellFormat()
        # Qt puts a baseline at 80 % of a fixed line height, lower than the middle of the row.
        made.setTopPadding(theme.px(0 if head else 2))
        made.setBottomPadding(theme.px(6))
        made.setRightPadding(theme.px(0 if last_column else 16))
        if not last_row:
            made.setBottomBorder(1)
            made.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            made.setBottomBorderBrush(theme.color("border"))
        return made

    def cell_block(self, head: bool, alignment: str) -> QTextBlockFormat:
        """The paragraph in a cell."""
        made = QTextBlockFormat()
        flags = Qt.AlignmentFlag
        made.setAlignment(
            {"right": flags.AlignRight, "center": flags.AlignHCenter}.get(
                alignment, flags.AlignLeft
            )
        )
        made.setLineHeight(self.cell_line(head), _FIXED)
        return made

    def color(self, name: str) -> QColor:
        """A colour of the theme."""
        return self.theme.color(name)


def numeric(cell: str) -> bool:
    """Whether a cell reads as a number, perhaps with a sign, a currency or a short unit."""
    words = cell.strip().split()
    if not words or len(words) > 3:
        return False
    number = words[0] if any(map(str.isdigit, words[0])) else words[-1]
    digits = sum(map(str.isdigit, number))
    others = sum(map(str.isalpha, number))
    rest = sum(len(word) for word in words) - len(number)
    return digits > 0 and others <= 3 and digits >= others and rest <= 8
