"""Markdown as it arrives: finished blocks that never change, and one live tail.

``parse`` turns a whole text into blocks. ``MarkdownStream`` takes the same text in pieces and has,
after ``close``, the same blocks, whatever the pieces were.

Blocks are a flat sequence, not a tree. What a block stands in is told by ``nesting``, one letter
for each container from the outside in ("l" a list item, "q" a quotation), and the block that
begins a list item carries its ``marker`` ("•", "3.", "[ ]", "[x]"). So a list grows item by item,
and the items above are finished while the last one is still being written. ``spaced`` says that a
blank line stands above a list item: unlike the "loose" of Markdown it never changes afterwards.

While text arrives only the part from the last finished block on is parsed. A block is finished
once the one after it has a complete line; a fenced code block is not parsed again at all while it
grows. Link references that are defined after their use are applied at ``close``.

HTML is text. Links lead to http, https or mailto only; any other link is its words. Pictures are
their description and a link, since nothing is ever fetched.
"""

from app.core.markdown.blocks import (
    Block,
    Code,
    Heading,
    Paragraph,
    Rule,
    Span,
    Spans,
    Table,
    plain_text,
)
from app.core.markdown.stream import MarkdownStream, parse

__all__ = [
    "Block",
    "Code",
    "Heading",
    "MarkdownStream",
    "Paragraph",
    "Rule",
    "Span",
    "Spans",
    "Table",
    "parse",
    "plain_text",
]
