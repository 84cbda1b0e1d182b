"""Text to units, through markdown-it's block and inline parsers."""

import re
from typing import Any

import msgspec
from markdown_it import MarkdownIt
from markdown_it.rules_block import fence
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from app.core.markdown.blocks import (
    Alignment,
    Block,
    Code,
    Heading,
    Paragraph,
    Rule,
    Span,
    Spans,
    Table,
)
from app.core.markdown.inline import to_spans

MAX_INLINE = 8_000  # characters of one paragraph that are looked at for emphasis and links
MAX_BRACKETS = 400  # the same for opening brackets, which cost their square
MAX_NESTING = 40  # containers in containers; deeper ones are left out


class Resume(msgspec.Struct, frozen=True):
    """What a list item must know of the list above it: its kind, number and spacing."""

    markup: str
    number: int
    spaced: bool

    @property
    def line(self) -> str:
        """An item to stand for the ones above. Its content is so far to the right that no
        item after it can be taken for a part of it."""
        return f"1{self.markup}   x\n" if self.markup in ".)" else f"{self.markup}    x\n"


class Unit(msgspec.Struct):
    """The smallest thing that is finished at once: a block at top level or a list item there.

    Lines ``start`` to ``end`` (not included). ``list_key`` is the same for items of one list and
    0 for anything else.
    """

    start: int
    end: int
    list_key: int
    resume: Resume | None
    blocks: list[Block]


class Parser:
    """Text to units, through markdown-it's block and inline parsers."""

    def __init__(self) -> None:
        self._markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING})
        self._markdown.enable(["table", "strikethrough"])
        self._markdown.disable(["html_block", "html_inline", "fence"])
        # A fence before a table: code that begins with a line of dashes stays code.
        self._markdown.block.ruler.before(
            "table", "fence_first", fence, {"alt": ["paragraph", "reference", "blockquote", "list"]}
        )
        self._markdown.inline.ruler.before("escape", "formula", _formula)
        self._markdown.inline.ruler.before("escape", "cited_file", _cited_file)
        self._known: dict[str, Spans] = {}

    def units(self, text: str, references: dict[str, Any], resume: Resume | None) -> list[Unit]:
        """The units of ``text``; references that it defines are added to ``references``."""
        env: dict[str, Any] = {"references": references}
        tokens: list[Token] = []
        if resume is not None:
            text = resume.line + text
        self._markdown.block.parse(text, self._markdown, env, tokens)
        return _Walk(self, env, text.split("\n"), resume).run(tokens)

    def spans(self, content: str, env: dict[str, Any]) -> Spans:
        """The inline content of one paragraph, heading or cell."""
        if len(content) > MAX_INLINE or content.count("[") > MAX_BRACKETS:
            return (Span(content),)
        keep = "[" not in content or not env["references"]
        if keep and (known := self._known.get(content)) is not None:
            return known
        children: list[Token] = []
        self._markdown.inline.parse(content, self._markdown, env, children)
        spans = to_spans(children)
        if keep:
            if len(self._known) > 1000:
                self._known.clear()
            self._known[content] = spans
        return spans


# What is enclosed has to look like a formula: brackets may be escaped, dollars may be money.
_FORMULA = re.compile(
    r"\\\((?=[^)]{0,400}(?:[\^_={}]|\\[a-z]))(?s:.){1,400}?\\\)"
    r"|\\\[(?=[^\]]{0,400}(?:[\^_={}]|\\[a-z]))(?s:.){1,400}?\\\]"
    r"|\$\$(?s:.){1,400}?\$\$"
    r"|\$(?=[^$\n]*[\\^_={}])(?! )[^$\n]*[^$\n ]\$(?!\d)"
)


def _formula(state: StateInline, silent: bool) -> bool:
    """TeX stays as it was written: its backslashes, stars and underscores are its own."""
    if state.src[state.pos] not in "\\$":
        return False
    found = _FORMULA.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.pending += found[0]
    state.pos = found.end()
    return True


# "[src/__init__.py:3-9]": what an answer rests on, unless it leads somewhere.
_CITED_FILE = re.compile(
    r"\[(?:\d{1,3}:\s*)?[^\[\]\n`:*]{0,200}\.\w{1,12}(?::\d{1,7}(?:\s*-\s*\d{1,7})?)?\](?![(\[:])"
)


def _cited_file(state: StateInline, silent: bool) -> bool:
    """The name of a file in brackets stays as it was written: its underscores are its own."""
    if state.src[state.pos] != "[":
        return False
    found = _CITED_FILE.match(state.src, state.pos, state.posMax)
    if found is None or "_" not in found[0]:
        return False
    if not silent:
        state.pending += found[0]
    state.pos = found.end()
    return True


_TASK = re.compile(r"\[([ xX])\][ \t]+(?=\S)")


class _Walk:
    """One pass over the flat tokens of the block parser."""

    def __init__(
        self, parser: Parser, env: dict[str, Any], lines: list[str], resume: Resume | None
    ) -> None:
        self._parser = parser
        self._env = env
        self._lines = lines
        self._resume = resume
        self._units: list[Unit] = []
        self._nesting: list[str] = []
        self._numbers: list[int | None] = []  # of each open list; None: bullets
        self._marker = ""  # of a list item that has no block yet
        self._spaced = False
        self._first_item = False
        self._list_key = 0

    def run(self, tokens: list[Token]) -> list[Unit]:
        position = 0
        while position < len(tokens):
            token = tokens[position]
            if token.level == 0 and token.map and not token.type.endswith("list_open"):
                self._begin_unit(token)
            position = self._step(tokens, position)
        if self._resume is None:
            return self._units
        for unit in self._units:  # the first one only stands for what was above
            unit.start -= 1
            unit.end -= 1
        return self._units[1:]

    def _begin_unit(self, token: Token, resume: Resume | None = None) -> None:
        start, end = token.map or (0, 0)
        key = self._list_key if resume is not None else 0
        self._units.append(Unit(start, end, key, resume, []))

    def _step(self, tokens: list[Token], position: int) -> int:
        token = tokens[position]
        kind = token.type
        if kind == "paragraph_open" or kind == "heading_open":
            self._words(token, tokens[position + 1].content)
            return position + 3
        if kind == "table_open":
            self._flush_marker()
            return self._table(tokens, position)
        if kind in ("fence", "code_block"):
            self._flush_marker()
            code = token.content.removesuffix("\n")
            self._add(Code(code, language(token.info), self._place()))
        elif kind == "hr":
            self._flush_marker()
            self._add(Rule(self._place()))
        elif kind == "bullet_list_open" or kind == "ordered_list_open":
            self._flush_marker()
            ordered = kind == "ordered_list_open"
            self._first_item = True
            self._numbers.append(_first_number(token) if ordered else None)
            if token.level == 0:
                self._list_key += 1
                if ordered and self._resume is not None and not self._units:
                    self._numbers[-1] = self._resume.number - 1
        elif kind == "bullet_list_close" or kind == "ordered_list_close":
            self._numbers.pop()
        elif kind == "list_item_open":
            self._item(token)
        elif kind == "list_item_close":
            self._flush_marker()
            self._nesting.pop()
        elif kind == "blockquote_open":
            self._flush_marker()
            self._nesting.append("q")
        elif kind == "blockquote_close":
            self._nesting.pop()
        return position + 1

    def _item(self, token: Token) -> None:
        start = token.map[0] if token.map else 0
        first = self._first_item
        self._first_item = False
        self._spaced = not first and not self._lines[start - 1].strip(" \t>")
        if token.level == 1:
            if self._resume is not None and len(self._units) == 1:
                self._spaced = self._resume.spaced
            number = self._numbers[-1] or 0
            self._begin_unit(token, Resume(token.markup, number, self._spaced))
        number_here = self._numbers[-1]
        if number_here is None:
            self._marker = "•"
        else:
            self._marker = f"{number_here}{token.markup}"
            self._numbers[-1] = number_here + 1
        self._nesting.append("l")

    def _words(self, token: Token, content: str) -> None:
        marker, spaced = self._take_marker()
        if marker == "•" and (task := _TASK.match(content)):
            marker = "[ ]" if task[1] == " " else "[x]"
            content = content[task.end() :]
        spans = self._parser.spans(content, self._env)
        if token.type == "heading_open":
            self._add(Heading(int(token.tag[1]), spans, self._place(), marker, spaced))
        else:
            self._add(Paragraph(spans, self._place(), marker, spaced))

    def _table(self, tokens: list[Token], position: int) -> int:
        rows: list[list[Spans]] = []
        alignments: list[Alignment] = []
        while tokens[position].type != "table_close":
            token = tokens[position]
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "th_open":
                style = str(token.attrGet("style") or "")
                alignments.append(style.removeprefix("text-align:"))
            elif token.type == "inline":
                rows[-1].append(self._parser.spans(token.content, self._env))
            position += 1
        body = tuple(tuple(row) for row in rows[1:])
        self._add(Table(tuple(rows[0]), body, tuple(alignments), self._place()))
        return position + 1

    def _take_marker(self) -> tuple[str, bool]:
        marker, self._marker = self._marker, ""
        return marker, bool(marker) and self._spaced

    def _flush_marker(self) -> None:
        """A list item that does not begin with words begins with an empty paragraph."""
        marker, spaced = self._take_marker()
        if marker:
            self._add(Paragraph((), self._place(), marker, spaced))

    def _place(self) -> str:
        return "".join(self._nesting)

    def _add(self, block: Block) -> None:
        self._units[-1].blocks.append(block)


def _first_number(token: Token) -> int:
    start = token.attrGet("start")
    return 1 if start is None else int(start)


def language(info: str) -> str:
    """The language that the info string of a fence names, "" for none."""
    words = info.split(maxsplit=1)
    return words[0].lower().strip("{}.") if words else ""
