"""What is to be done before a question of a chat with documents can be asked.

How each document stands in the chat (as a whole, or only searched) is settled here for each
question, the same way whether it is read ahead or sent. What has been said meanwhile changes
nothing of it as long as there is room, so that the chat goes on reading the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

import msgspec

from app.core import reading
from app.core.conversation import (
    Attached,
    Audio,
    Document,
    Excerpts,
    Image,
    Message,
    Part,
    Text,
    Video,
)
from app.core.document import Extract
from app.core.prompt import FRAME_BUDGET
from app.core.reading.numbers import document_numbers
from app.core.reading.pages import single_page
from app.core.reading.plan import Share, answer_room, choose
from app.core.reading.tasks import DocumentTask
from app.core.reading.tokens import estimate
from app.session.documents import Documents

if TYPE_CHECKING:
    from app.core.reading import Work

_PICTURE = 300  # tokens of a picture without a budget
_SOUND_SECOND = 25  # tokens


class Circumstances(msgspec.Struct, frozen=True):
    """What a plan depends on besides the chat: the model's ``context`` in tokens and its senses,
    and the person's ``system`` prompt."""

    context: int
    sees: bool
    hears: bool
    system: str = ""


class SavedReading(msgspec.Struct, frozen=True):
    """A reading that was stopped: its documents, and the ``state`` of its ``Work``."""

    documents: tuple[Document, ...]
    state: bytes


@dataclass(frozen=True)
class Planned:
    """``path`` are the messages of the chat with their documents settled; ``work`` is what leads to
    the answer. Its first steps may have been taken."""

    path: tuple[Message, ...]
    work: "Work"

    @property
    def ready(self) -> bool:
        """Whether nothing has to be done before the chat's own question."""
        step = self.work.step()
        return step is not None and step.kind == "answer" and not step.turns and not step.ready

    @property
    def asked(self) -> tuple[Message, ...]:
        """``path`` as it is asked once the steps before have been taken: its documents as they
        were read, its question with what it is given of those that are only searched."""
        path = _with_shares(self.path, _shares(self.work))
        return _with_excerpts(path, self.work.excerpts)


def plan(
    documents: Documents,
    path: Sequence[Message],
    task: DocumentTask,
    circumstances: Circumstances,
) -> Planned:
    """How the question at the end of ``path``, which means ``task``, is answered. There is at least
    one document, and all have been fetched. To be called in a lane: it reads and searches."""
    path = _with_excerpts(path, "")
    extracts = {
        part.blob: named(extract, part)
        for part in documents_of(path)
        if (extract := documents.extract_of(part.blob)) is not None
    }
    parts = tuple(part for part in documents_of(path) if part.blob in extracts)
    context, asked = circumstances.context, msgspec.structs.replace(task, kind="ask")
    earlier = _earlier(path, tuple(extracts.values()), asked, circumstances)
    shares = choose(tuple(extracts.values()), context, asked, earlier).shares
    settled = dict(zip(extracts, shares, strict=True))
    chosen = _addressed(path, parts, task)
    stand = all(settled[part.blob].how == "whole" for part in chosen)
    if len(chosen) < len(parts) and not stand:
        earlier = context  # they might fit by themselves, but the chat hasn't room for all
    pairs = [(part, extracts[part.blob]) for part in chosen]
    if task.needs_all and not stand:
        # Short files are always in the chat, but what is read in sections is read outside of it.
        pairs += [(part, single_page(part)) for part in path[-1].attachments if _is_short(part)]
    numbers = numbers_of(path)
    work = reading.Work.begin(
        pairs,
        task,
        context,
        sees=circumstances.sees,
        hears=circumstances.hears,
        earlier=earlier,
        system=circumstances.system,
        numbers=[numbers[part.blob] for part, _extract in pairs],
    )
    search(documents, work)
    return Planned(_with_shares(path, settled), work)


def resume(
    documents: Documents, saved: SavedReading, circumstances: Circumstances
) -> "Work | None":
    """Go on with what was saved; None if that can't be. In a lane."""
    extracts = []
    for part in saved.documents:
        extract = single_page(part) if part.pages == 0 else documents.extract_of(part.blob)
        if extract is None:
            return None
        extracts.append(named(extract, part))
    try:
        return reading.Work.resume(
            saved.state,
            extracts,
            circumstances.context,
            sees=circumstances.sees,
            hears=circumstances.hears,
        )
    except ValueError:
        return None


def search(documents: Documents, work: "Work") -> None:
    """Take the steps of ``work`` that look something up. In a lane."""
    while (step := work.step()) is not None and step.kind == "search":
        work.found(documents.search(step.question, step.blobs))


def documents_of(path: Sequence[Message]) -> tuple[Document, ...]:
    """The documents with pages that have not been removed, in order, each once."""
    found: dict[str, Document] = {}
    for message in path:
        for part in message.attachments:
            if isinstance(part, Document) and part.pages and part.how != "removed":
                found.setdefault(part.blob, part)
    return tuple(found.values())


def numbers_of(path: Sequence[Message]) -> dict[str, int]:
    """What the documents of a chat are called in citations, by blob. Short files come after those
    with pages: they are only cited where they were read with these."""
    numbers = dict(document_numbers(path))
    for message in path:
        for part in message.attachments:
            if isinstance(part, Document) and part.pages == 0:
                numbers.setdefault(part.blob, len(numbers) + 1)
    return numbers


def named(extract: Extract, part: Document) -> Extract:
    """What has been read under another name, under that of this chat."""
    return msgspec.structs.replace(extract, name=part.name)


def _is_short(part: Attached) -> TypeGuard[Document]:
    return isinstance(part, Document) and part.pages == 0 and part.how != "removed"


def _addressed(
    path: Sequence[Message], parts: tuple[Document, ...], task: DocumentTask
) -> tuple[Document, ...]:
    """The documents that a question is about: where all of it has to be read, those that come with
    the question, if any do."""
    with_it = {part.blob for part in path[-1].attachments}
    new = tuple(part for part in parts if part.blob in with_it)
    if not task.needs_all or not new or (task.kind == "compare" and len(new) == 1):
        return parts
    return new


def _earlier(
    path: Sequence[Message],
    extracts: Sequence[Extract],
    asked: DocumentTask,
    circumstances: Circumstances,
) -> int:
    """How many tokens the chat is said to take besides its documents. At first none; all that it
    does take once the documents would have no room otherwise."""
    context = circumstances.context
    earlier = estimate(circumstances.system) + sum(_tokens(message) for message in path)
    shares = choose(extracts, context, asked).shares
    full = earlier + sum(share.share for share in shares) + answer_room(context)
    return 0 if full <= context else earlier


def _shares(work: "Work") -> dict[str, Share]:
    """How the documents of ``work`` stand in the chat. Those that are read in sections stand as
    they did before."""
    if work.plan.how == "sections":
        return {}
    documents = zip(work.documents, work.plan.shares, strict=True)
    return {part.blob: share for part, share in documents if part.pages}


def _with_shares(path: Sequence[Message], shares: Mapping[str, Share]) -> tuple[Message, ...]:
    seen: set[str] = set()

    def again(part: Part) -> Part:
        if not isinstance(part, Document) or part.how == "removed" or part.blob not in shares:
            return part
        share = shares[part.blob]
        whole = share.how == "whole" and part.blob not in seen  # it need not be there twice
        seen.add(part.blob)
        how = "whole" if whole else "search"
        return msgspec.structs.replace(part, how=how, tokens=share.tokens)

    messages = [
        msgspec.structs.replace(message, parts=tuple(again(part) for part in message.parts))
        for message in path
    ]
    return tuple(messages)


def _with_excerpts(path: Sequence[Message], excerpts: str) -> tuple[Message, ...]:
    """``path``, its last question with just these ``excerpts`` before its words."""
    *earlier, question = path
    others = [part for part in question.parts if not isinstance(part, Excerpts)]
    found: list[Part] = [Excerpts(excerpts)] if excerpts else []
    words = [part for part in others if isinstance(part, Text)]
    rest = [part for part in others if not isinstance(part, Text)]
    return (*earlier, msgspec.structs.replace(question, parts=(*rest, *found, *words)))


def _tokens(message: Message) -> int:
    """About what a message costs without its documents that have pages."""
    total = estimate(message.text) + estimate(message.excerpts)
    for part in message.attachments:
        match part:
            case Image():
                total += part.budget or _PICTURE
            case Audio():
                total += round(part.seconds * _SOUND_SECOND)
            case Video():
                total += len(part.frames) * FRAME_BUDGET
            case Document() if _is_short(part):
                total += estimate(part.text)
    return total
