"""Markdown as a PDF file, on A4."""

import re

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
)

from app.ui.export.html import body
from app.ui.theme.fonts import ROLES, make_font

_DPI = 144
_SIDE, _TOP, _BOTTOM = 22.0, 20.0, 24.0  # mm around the words
_PASSES = 8
_INK, _QUIET = "#191D1C", "#5D6663"
_STYLE = f"""
body {{ color: {_INK}; }}
p {{ margin-top: 0; margin-bottom: 8px; line-height: 140%; }}
.h1 {{ font-size: 17pt; font-weight: 600; margin-top: 20px; margin-bottom: 6px; }}
.h2 {{ font-size: 13.5pt; font-weight: 600; margin-top: 18px; margin-bottom: 5px; }}
.h3, .h4, .h5, .h6 {{ font-size: 11pt; font-weight: 600; margin-top: 14px; margin-bottom: 4px; }}
ul, ol {{ margin-top: 0; margin-bottom: 8px; }}
li {{ margin-bottom: 3px; line-height: 140%; }}
b {{ font-weight: 600; }}
a {{ color: #095E6B; text-decoration: none; }}
blockquote {{ color: #47504D; margin-left: 16px; margin-right: 0; }}
code, pre {{ font-family: "JetBrains Mono", "DejaVu Sans Mono", monospace; font-size: 8.5pt; }}
pre {{ background-color: #F3F5F3; white-space: pre-wrap; margin-top: 4px; margin-bottom: 10px; }}
th {{ color: {_QUIET}; font-weight: 600; }}
th, td {{ padding-top: 4px; padding-bottom: 4px; padding-right: 18px; }}
th, td {{ border-bottom: 1px solid #DCE0DD; }}
table {{ border-collapse: collapse; margin-top: 4px; margin-bottom: 12px; }}
"""
_HEADING = re.compile(r"<(/?)h([1-6])>")


def pdf(title: str, markdown: str) -> bytes:
    """The bytes of the file. Can be called in any thread."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DPI)
    writer.setTitle(title)
    writer.setCreator("Facet")
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Portrait,
            QMarginsF(),
            QPageLayout.Unit.Millimeter,
        )
    )
    document = QTextDocument()
    document.documentLayout().setPaintDevice(writer)
    document.setDocumentMargin(0)
    document.setDefaultFont(_font(10))
    document.setDefaultStyleSheet(_STYLE)
    document.setIndentWidth(18)
    document.setHtml(f"<body>{_HEADING.sub(_heading, body(markdown))}</body>")
    sheet = QRectF(0, 0, writer.width(), writer.height())
    words = sheet.adjusted(_mm(_SIDE), _mm(_TOP), -_mm(_SIDE), -_mm(_BOTTOM))
    document.setPageSize(QSizeF(words.size()))
    _part(document)
    painter = QPainter(writer)
    for number in range(document.pageCount()):
        if number:
            writer.newPage()
        _paint(painter, document, words, number)
    painter.end()
    buffer.close()
    return bytes(buffer.data().data())


def _part(document: QTextDocument) -> None:
    """Make two of each paragraph that goes on on another page. Of one paragraph Qt would write the
    last line of the page before on the next as well: unseen, but it would be found and copied."""
    for _ in range(_PASSES):  # what is parted may move what follows by a little
        places = _breaks(document)
        if not places:
            return
        cursor = QTextCursor(document)
        cursor.beginEditBlock()
        for place in reversed(places):
            _split(cursor, place)
        cursor.endEditBlock()


def _breaks(document: QTextDocument) -> list[int]:
    """Where pages begin in the middle of a paragraph, tables aside."""
    layout, height = document.documentLayout(), document.pageSize().height()
    layout.pageCount()  # everything is laid out for that
    places: list[int] = []
    block = document.begin()
    while block.isValid():
        top, lines = layout.blockBoundingRect(block).top(), block.layout()
        if QTextCursor(block).currentTable() is None:
            before = -1
            for line in (lines.lineAt(number) for number in range(lines.lineCount())):
                sheet = int((top + line.y() + 1) / height)
                if 0 <= before < sheet:
                    places.append(block.position() + line.textStart())
                before = sheet
        block = block.next()
    return places


def _split(cursor: QTextCursor, position: int) -> None:
    """Begin another paragraph at ``position`` that looks like the rest of the one before."""
    cursor.setPosition(position)
    made, items = cursor.blockFormat(), cursor.currentList()
    first = QTextBlockFormat(made)
    first.setBottomMargin(0)
    cursor.setBlockFormat(first)
    made.setTopMargin(0)
    cursor.insertBlock(made)
    if items is not None:
        indent = items.format().indent()
        items.remove(cursor.block())
        made.setIndent(indent)
        made.setObjectIndex(-1)
        cursor.setBlockFormat(made)


def _paint(painter: QPainter, document: QTextDocument, words: QRectF, number: int) -> None:
    """Page ``number``, from 0, with its number at the foot if there are several."""
    part = QRectF(0, number * words.height(), words.width(), words.height())
    painter.save()
    painter.translate(words.left(), words.top() - part.top())
    painter.setClipRect(part)
    context = QAbstractTextDocumentLayout.PaintContext()
    context.clip = part.adjusted(0, 3, 0, -3)  # without what only touches the page
    context.palette.setColor(QPalette.ColorRole.Text, QColor(_INK))
    document.documentLayout().draw(painter, context)
    painter.restore()
    if document.pageCount() > 1:
        painter.setFont(_font(8))
        painter.setPen(QColor(_QUIET))
        foot = QRectF(words.left(), words.bottom() + _mm(6), words.width(), _mm(6))
        painter.drawText(
            foot, Qt.AlignmentFlag.AlignHCenter, f"{number + 1} / {document.pageCount()}"
        )


def _heading(tag: re.Match[str]) -> str:
    """Qt has sizes of its own for headings, which no style changes."""
    return "</p>" if tag[1] else f'<p class="h{tag[2]}">'


def _font(points: float) -> QFont:
    font = make_font(ROLES["ui"])
    # Of letters in other shapes Qt forgets what they say, and they could not be copied.
    font.unsetFeature(QFont.Tag("cv11"))
    font.setFeature(QFont.Tag("calt"), 0)
    font.setPointSizeF(points)
    return font


def _mm(millimetres: float) -> float:
    return millimetres / 25.4 * _DPI
