"""One attachment of a draft, and how it is described."""

import mimetypes
from typing import Literal

import msgspec
from PySide6.QtCore import QCoreApplication

from app.core.conversation import Attached, Audio, Document, Image, Video
from app.core.document import Extract, Unit
from app.core.errors import AppError
from app.core.prompt import clock
from app.core.reading.pages import numbers_in_words

Kind = Literal["image", "audio", "document", "video"]


class DraftAttachment(msgspec.Struct, frozen=True):
    """One attachment. ``path`` is the file it came from ("" for pasted bytes and after a
    restart); ``part`` is set once it is "ready", ``problem`` once it has "failed".

    ``warning`` says why the chosen model can't take it, "" if it can; ``detail`` is the size or
    length for people; ``budget`` counts the image tokens that the person has chosen, 0 for the
    usual choice. What it comes to stands in the ``part``.

    While it is "reading", ``fraction`` (0 to 1) is how far that is, and ``detail`` says it in words
    where there are any. A "locked" document waits for ``Draft.unlock``; its ``problem`` says
    whether a password was wrong already. ``notes`` are sentences about what of a document was or
    will be left out; it can be sent all the same.
    """

    key: int
    name: str
    path: str
    kind: Kind
    state: Literal["reading", "locked", "ready", "failed"]
    part: Attached | None = None
    problem: AppError | None = None
    warning: str = ""
    thumbnail_path: str | None = None
    detail: str = ""
    budget: int = 0
    fraction: float = 0.0
    notes: tuple[str, ...] = ()


def kind_of(part: Attached) -> Kind:
    """What an attachment is."""
    match part:
        case Image():
            return "image"
        case Audio():
            return "audio"
        case Document():
            return "document"
        case Video():
            return "video"


def kind_by_name(name: str) -> Kind:
    """A guess for the moments until the file has been read."""
    kind = (mimetypes.guess_type(name)[0] or "").partition("/")[0]
    match kind:
        case "image" | "audio" | "video":
            return kind
    return "document"


def detail_of(part: Attached) -> str:
    """The size or length of an attachment: "1920 × 1080", "0:12", "4 KB, 320 lines", "37 pages"."""
    match part:
        case Image():
            return f"{part.width} × {part.height}"
        case Audio() | Video():
            return _minutes(part.seconds)
        case Document() if part.seconds:
            return clock(part.seconds)
        case Document() if part.pages:
            return counted(part.unit, part.pages)
        case Document():
            size = _size(len(part.text.encode()))
            lines = part.text.rstrip("\n").count("\n") + 1
            if lines == 1:
                return QCoreApplication.translate("Draft", "{0}, 1 line").format(size)
            return QCoreApplication.translate("Draft", "{0}, {1} lines").format(size, lines)


def reading_detail(name: str, done: int, total: int) -> str:
    """How far the reading of a file is, "" where what is counted means nothing to people."""
    if not name.lower().endswith(".pdf"):
        return ""
    return QCoreApplication.translate("Draft", "Page {0} of {1}").format(f"{done:,}", f"{total:,}")


def counted(unit: Unit, count: int) -> str:
    """ "37 pages"."""
    one, many = {
        "page": ("1 page", "{0} pages"),
        "slide": ("1 slide", "{0} slides"),
        "sheet": ("1 sheet", "{0} sheets"),
        "section": ("1 section", "{0} sections"),
        "file": ("1 file", "{0} files"),
        "time": ("1 piece", "{0} pieces"),
    }[unit]
    return QCoreApplication.translate("Draft", one if count == 1 else many).format(f"{count:,}")


def lacks(extract: Extract, *, sees: bool, hears: bool) -> tuple[str, ...]:
    """Sentences about what of a document was left out, and what a model that ``sees`` and
    ``hears`` so will have to leave out."""
    say = QCoreApplication.translate
    waiting = [page for page in extract.pages if not page.read]
    unseen = [page.number for page in waiting if page.source == "picture"]
    unheard = [page.number for page in waiting if page.source == "sound"]
    sentences = list(extract.missing)
    if unseen and not sees:
        places = _places(extract, unseen)
        sentences.append(say("Draft", "This model can't see pictures: {0}.").format(places))
    if unheard and not hears:
        sentences.append(say("Draft", "This model can't hear what is said in it."))
    return tuple(sentences)


def without_words(extract: Extract) -> Extract:
    """The document with nothing but the pages that have still to be seen or heard."""
    pages = tuple(page for page in extract.pages if not page.read)
    return msgspec.structs.replace(extract, pages=pages, headings=(), tree="")


def _places(extract: Extract, numbers: list[int]) -> str:
    total = counted(extract.unit, extract.total)
    if len(numbers) == extract.total:
        return total
    words = QCoreApplication.translate("Draft", "{0} of {1}, {2}")
    return words.format(len(numbers), total, numbers_in_words(numbers))


def _minutes(length: float) -> str:
    minutes, seconds = divmod(round(length), 60)
    return f"{minutes}:{seconds:02}"


def _size(count: int) -> str:
    """``count`` bytes for people; 1 KB is 1,000 bytes, as GB are in the rest of the window."""
    if count < 1000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count / 1000:.0f} KB"
    return f"{count / 1_000_000:.1f} MB"
