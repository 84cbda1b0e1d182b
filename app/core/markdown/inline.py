"""The inside of a paragraph: emphasis, code, links; markdown-it's inline tokens to spans."""

import re
from collections.abc import Iterator, Sequence

import msgspec
from markdown_it.token import Token

from app.core.markdown.blocks import Span, Spans


def to_spans(tokens: Sequence[Token]) -> Spans:
    """The spans of one paragraph, heading or cell, neighbours of one style joined."""
    return tuple(_merge(_link_bare_addresses(_spans(tokens))))


_WEB = re.compile(r"(?:https?://|mailto:)\S", re.IGNORECASE)


def _target(address: str) -> str:
    """``address`` if it may be opened, else nothing."""
    return address if _WEB.match(address) else ""


def _spans(tokens: Sequence[Token]) -> Iterator[Span]:
    bold = italic = strike = 0
    links: list[str] = []
    for token in tokens:
        kind = token.type
        if kind in ("text", "text_special"):
            text, code, image = token.content, False, False
        elif kind in ("softbreak", "hardbreak"):
            text, code, image = "\n", False, False
        elif kind == "code_inline":
            text, code, image = token.content, True, False
        elif kind == "image":
            text, code, image = _description(token.children or ()), False, True
        else:
            step = token.nesting
            if kind.startswith("strong_"):
                bold += step
            elif kind.startswith("em_"):
                italic += step
            elif kind.startswith("s_"):
                strike += step
            elif kind == "link_open":
                links.append(_target(str(token.attrGet("href") or "")))
            elif kind == "link_close":
                links.pop()
            continue
        link = links[-1] if links else ""
        if image:
            link = link or _target(str(token.attrGet("src") or ""))
        if text:
            yield Span(text, bold > 0, italic > 0, strike > 0, code, image, link)


def _description(tokens: Sequence[Token]) -> str:
    words = "".join(
        _description(token.children or ()) if token.type == "image" else token.content
        for token in tokens
    )
    return words or "image"


_ADDRESS = re.compile(r"(?<![\w@/])https?://[^\s<>\"`]+", re.IGNORECASE)


def _link_bare_addresses(spans: Iterator[Span]) -> Iterator[Span]:
    """Addresses that stand in the text as they are become links, too."""
    for span in spans:
        if span.link or span.code or "://" not in span.text:
            yield span
            continue
        done = 0
        for match in _ADDRESS.finditer(span.text):
            address = _without_punctuation(match[0])
            if match.start() > done:
                yield msgspec.structs.replace(span, text=span.text[done : match.start()])
            yield msgspec.structs.replace(span, text=address, link=address)
            done = match.start() + len(address)
        if done < len(span.text):
            yield msgspec.structs.replace(span, text=span.text[done:])


def _without_punctuation(address: str) -> str:
    """An address without what belongs to the sentence around it."""
    while True:
        shorter = address.rstrip(".,:;!?'*_~")
        if shorter.endswith(")") and shorter.count(")") > shorter.count("("):
            shorter = shorter[:-1]
        if shorter == address:
            return address
        address = shorter


def _merge(spans: Iterator[Span]) -> Iterator[Span]:
    """Join neighbours of one style."""
    last: Span | None = None
    for span in spans:
        if last is not None and msgspec.structs.replace(last, text=span.text) == span:
            last = msgspec.structs.replace(last, text=last.text + span.text)
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last
