"""What `facet chat --json` may be told: one JSON object a line.

``{"say": …}``, ``{"prepare": {…}}``, ``{"edit_last": …}``, ``{"regenerate": true}``,
``{"chat": NAME}`` and ``{"stop": true}``, each with an ``id`` of the sender's choice if it likes.
"""

import os
import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from app.commands.options import Options
from app.core.errors import AppError

MAX_LINE = 32 * 2**20  # bytes; more than any context holds
_PIECE = 2**16  # bytes read at once
_LONGEST_NAME = 80  # characters of a field's name that are repeated in an error

Id = str | int | float | None


class Question(Options, frozen=True, kw_only=True):
    """What may be asked: words, files by their paths, and how to answer. ``budget`` is for the
    pictures, in tokens."""

    say: str = ""
    images: tuple[str, ...] = ()
    audio: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    budget: Literal[0, 70, 140, 280, 560, 1120] = 0


class Say(Question, frozen=True, kw_only=True):
    """Ask this."""

    say: str
    id: Id = None


class Prepare(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Read ahead what will be asked."""

    prepare: Question
    id: Id = None


class EditLast(Options, frozen=True, kw_only=True):
    """Put the last question differently, with what was attached to it."""

    edit_last: str
    id: Id = None


class Regenerate(Options, frozen=True, kw_only=True):
    """Answer the last question once more."""

    regenerate: Literal[True]
    id: Id = None


class Switch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Go to the chat of this name, or begin it."""

    chat: str
    id: Id = None


class Stop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Stop the answer that is being written, or the preparation."""

    stop: Literal[True]
    id: Id = None


class Malformed(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is no request; ``field`` is the one that is wrong, "" where none can be named."""

    error: AppError
    field: str = ""
    id: Id = None


Request = Say | Prepare | EditLast | Regenerate | Switch | Stop | Malformed

_KINDS: dict[str, type[Request]] = {
    "say": Say,
    "prepare": Prepare,
    "edit_last": EditLast,
    "regenerate": Regenerate,
    "chat": Switch,
    "stop": Stop,
}
_KNOWN = ", ".join(_KINDS)
_PLACE = re.compile(r"^(?P<words>.*?)(?: - at `\$\.?(?P<place>[^`]*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`", re.DOTALL)


def parse(line: bytes) -> Request:
    """The request that a line holds, without its line end."""
    try:
        found = msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _malformed(f"The line is not valid JSON in UTF-8: {_sentence(str(error))}")
    if not isinstance(found, dict):
        return _malformed("The line is not a JSON object.")
    number = found.get("id")
    answer_to = number if isinstance(number, (str, int, float)) else None
    kinds = [name for name in _KINDS if name in found]
    if not kinds:
        field = _short(next((name for name in found if name != "id"), ""))
        named = f"Facet doesn't know {field}." if field else "The request says nothing."
        return _malformed(named, field=field, id=answer_to)
    try:
        return msgspec.convert(found, _KINDS[kinds[0]])
    except msgspec.ValidationError as error:
        words, field = _explain(str(error))
        return _malformed(words, field=field, id=answer_to)


def lines(source: int, limit: int = MAX_LINE) -> Iterator[bytes | None]:
    """The lines that come from the open file number ``source``, without their ends, and None for
    each that is longer than ``limit`` bytes. Blank ones are left out.

    Reads the file number itself: a thread that waits inside Python's own stdin would keep the
    program from ending.
    """
    line, more = bytearray(), True
    while more:
        try:
            piece = os.read(source, _PIECE)
        except OSError:
            piece = b""  # closed
        more = bool(piece)
        for number, part in enumerate(piece.split(b"\n") if more else (b"", b"")):
            if number > 0:  # a line has ended
                if len(line) > limit:
                    yield None
                elif line.strip():
                    yield bytes(line)
                line.clear()
            if len(line) <= limit:  # of a longer one the rest is not kept
                line += part


def _explain(message: str) -> tuple[str, str]:
    """What msgspec found wrong, in words, and the field it is about."""
    match = _PLACE.match(message)
    assert match is not None
    words, place = match["words"], match["place"] or ""
    for pattern, wrong in ((_UNKNOWN, "There is no field {}."), (_MISSING, "{} is missing.")):
        if (found := pattern.match(words)) is not None:
            field = ".".join(name for name in (place, _short(found["name"])) if name)
            return wrong.format(field), field
    return f"In {place}: {_sentence(words)}", place


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "…"


def _sentence(words: str) -> str:
    return words.replace("`", "").rstrip(".") + "."


def _malformed(what: str, *, field: str = "", id: Id = None) -> Malformed:
    error = AppError(what, f"A request is one of: {_KNOWN}.", code="request")
    return Malformed(error=error, field=field, id=id)


TOO_LONG = _malformed(f"The line is longer than {MAX_LINE // 2**20} MB.")
