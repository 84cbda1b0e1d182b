"""Markdown as HTML that stands alone: nothing in it is fetched from anywhere."""

from collections.abc import Iterator, Sequence
from html import escape

from app.core.markdown import (
    Block,
    Code,
    Heading,
    Paragraph,
    Rule,
    Spans,
    Table,
    parse,
)

_STYLE = """\
:root { color-scheme: light dark; }
body { max-width: 44rem; margin: 3rem auto; padding: 0 1.5rem;
  font: 1rem/1.6 system-ui, sans-serif; }
h1, h2, h3, h4, h5, h6 { line-height: 1.3; margin: 1.6em 0 0.4em; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { text-align: start; padding: 0.3em 1.2em 0.3em 0; border-bottom: 1px solid #8884;
  vertical-align: top; }
pre { background: #8881; padding: 0.8em 1em; border-radius: 8px; overflow-x: auto; }
code { font-family: ui-monospace, monospace; font-size: 0.92em; }
blockquote { margin: 1em 0; padding-inline-start: 1em; border-inline-start: 2px solid #8886; }
hr { border: 0; border-top: 1px solid #8884; margin: 2em 0; }
.task { list-style: none; }
"""


def page(title: str, markdown: str) -> str:
    """A whole page."""
    return (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n"
        f'<body dir="auto">\n{body(markdown)}</body>\n</html>\n'
    )


def body(markdown: str) -> str:
    """What stands between the tags of the body."""
    return "".join(f"{line}\n" for line in _Nested(parse(markdown)).lines())


class _Nested:
    """Makes a tree of the flat blocks: lists and quotations are opened and closed between them."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = blocks
        self._open: list[tuple[str, str]] = []  # the letter of each container, and its closing tag

    def lines(self) -> Iterator[str]:
        for block in self._blocks:
            yield from self._enter(block)
            yield _block(block)
        yield from self._close_to(0)

    def _enter(self, block: Block) -> Iterator[str]:
        """Close what the block is not in, open what it is in."""
        marker = block.marker if isinstance(block, Paragraph | Heading) else ""
        nesting = block.nesting
        same = 0
        for (letter, _tag), wanted in zip(self._open, nesting, strict=False):
            if letter != wanted:
                break
            same += 1
        if marker and same == len(nesting):
            same -= 1  # another item of the innermost list
            tag = self._open[same][1]
            yield from self._close_to(same + 1)
            if tag == _list_end(marker):
                yield "</li>"
                yield _item(marker)
                return
            yield from self._close_to(same)
        yield from self._close_to(same)
        for depth in range(same, len(nesting)):
            if nesting[depth] == "q":
                yield "<blockquote>"
                self._open.append(("q", "</blockquote>"))
                continue
            own = marker if depth == len(nesting) - 1 else "•"
            yield _list_start(own)
            yield _item(own)
            self._open.append(("l", _list_end(own)))

    def _close_to(self, depth: int) -> Iterator[str]:
        while len(self._open) > depth:
            letter, tag = self._open.pop()
            if letter == "l":
                yield "</li>"
            yield tag


def _list_start(marker: str) -> str:
    if not marker[:1].isdigit():
        return "<ul>"
    number = int("".join(letter for letter in marker if letter.isdigit()))
    return "<ol>" if number == 1 else f'<ol start="{number}">'


def _list_end(marker: str) -> str:
    return "</ol>" if marker[:1].isdigit() else "</ul>"


def _item(marker: str) -> str:
    box = {"[ ]": "☐ ", "[x]": "☑ "}.get(marker)
    return f'<li class="task">{box}' if box else "<li>"


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{_spans(block.spans)}</h{block.level}>"
    if isinstance(block, Code):
        return f"<pre><code>{escape(block.text)}</code></pre>"
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Rule):
        return "<hr>"
    words = _spans(block.spans)
    return f"<p>{words}</p>" if words and not block.marker else words


def _table(block: Table) -> str:
    rows = [_row("th", block.head, block.alignments)]
    rows += [_row("td", row, block.alignments) for row in block.rows]
    return "<table>\n" + "\n".join(rows) + "\n</table>"


def _row(tag: str, cells: Sequence[Spans], alignments: Sequence[str]) -> str:
    made = []
    for cell, alignment in zip(cells, alignments, strict=False):
        style = f' style="text-align:{alignment}"' if alignment else ""
        made.append(f"<{tag}{style}>{_spans(cell)}</{tag}>")
    return f"<tr>{''.join(made)}</tr>"


def _spans(spans: Spans) -> str:
    parts = []
    for span in spans:
        words = escape(span.text).replace("\n", "<br>")
        for wanted, tag in (
            (span.code, "code"),
            (span.bold, "b"),
            (span.italic, "i"),
            (span.strike, "s"),
        ):
            if wanted:
                words = f"<{tag}>{words}</{tag}>"
        if span.link:
            words = f'<a href="{escape(span.link)}">{words}</a>'
        parts.append(words)
    return "".join(parts)
