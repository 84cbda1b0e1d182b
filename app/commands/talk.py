"""The chats of one `facet chat`: what was said in each, and what the engine is asked next.

Values and files only: whoever talks sends the orders that come from here, and hands back the
events about them. The same for the terminal and for scripts.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from app.commands.options import Options
from app.core.conversation import (
    Attached,
    Audio,
    Image,
    Message,
    Outcome,
    Role,
    Stats,
    Text,
    title_of,
)
from app.core.errors import AppError
from app.core.prompt import Prompt, build_prompt
from app.core.thinking import ThoughtSwitch
from app.documents.attachments import Attachment
from app.engine.messages import AnyEvent, Delta, Done, Failed, Generate, Prepare
from app.models.library import InstalledModel
from app.storage.blobs import BlobStore
from app.storage.conversations import Conversations, Entry, new_id

MAX_NAME = 200  # characters
_SAVE_EVERY = 1.0  # seconds between two saves of an answer that is being written
_TELLING = 32  # tokens; the time of fewer says nothing about the speed
_NOTHING = Options()

Part = Attached


@dataclass
class Chat:
    """One conversation. ``name`` is "" until something is asked, unless it was begun under one.
    ``options`` are those of the last question that was asked in this run."""

    id: str
    name: str
    options: Options
    entries: list[Entry] = field(default_factory=list)
    thoughts: ThoughtSwitch = field(default_factory=ThoughtSwitch)

    @property
    def question(self) -> Message | None:
        """The last question."""
        return self.entries[-2].message if len(self.entries) > 1 else None


@dataclass
class _Answer:
    turn: int
    chat: Chat
    entry: Entry
    saved_at: float
    text: list[str] = field(default_factory=list)
    thought: list[str] = field(default_factory=list)


class Talk:
    """The chats, of which one is current, and at most one answer that is being written.

    ``options`` apply where a question says nothing; ``budget`` is for pictures that have none of
    their own. With a ``store`` the chats are those of the database and are kept there. Every
    method that raises AppError has then changed nothing.
    """

    def __init__(
        self,
        model: InstalledModel,
        blobs: BlobStore,
        store: Conversations | None = None,
        *,
        options: Options = _NOTHING,
        system: str = "",
        budget: int = 0,
    ) -> None:
        self._model = model
        self._blobs = blobs
        self._store = store
        self._options = options
        self._system = system
        self._budget = budget
        self._chats: list[Chat] = []  # of this run, each with something said in it
        self._turn = 0
        self._answer: _Answer | None = None
        self.current = self.begin()

    # -- chats ----------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """The names of all chats with something said in them, the newest first."""
        if self._store is not None:
            return [summary.title for summary in self._store.summaries()]
        return [chat.name for chat in reversed(self._chats)]

    def switch(self, name: str) -> Chat:
        """Go to the chat called ``name``, the newest if there are several; without one, begin
        it. AppError for a name that can't be."""
        name = " ".join(name.split())
        if not name or len(name) > MAX_NAME:
            raise AppError(
                f"A chat's name has 1 to {MAX_NAME} characters.",
                "Choose another name.",
                code="chat-name",
            )
        if name != self.current.name:
            self.current = self._find(name) or Chat(new_id(), name, self._options)
        return self.current

    def begin(self) -> Chat:
        """Begin a chat that gets its name from its first question."""
        self.current = Chat(new_id(), "", self._options)
        return self.current

    @property
    def missed(self) -> str:
        """A sentence about what the model can't see or hear of the current chat; "" for nothing."""
        messages = (entry.message for entry in self.current.entries)
        kinds = {type(part) for message in messages for part in message.attachments}
        cannot = []
        if Image in kinds and "image" not in self._model.modalities:
            cannot.append("see its pictures")
        if Audio in kinds and "audio" not in self._model.modalities:
            cannot.append("hear its sounds")
        return f"{self._model.title} can't {' or '.join(cannot)}." if cannot else ""

    def _find(self, name: str) -> Chat | None:
        for chat in reversed(self._chats):
            if chat.name == name:
                return chat
        if self._store is None:
            return None
        for summary in self._store.summaries():
            if summary.title == name and (stored := self._store.load(summary.id)) is not None:
                chat = Chat(stored.id, stored.title, self._options, list(stored.messages))
                self._chats.append(chat)
                return chat
        return None

    # -- what is asked --------------------------------------------------------------------------

    def keep(self, attachment: Attachment, budget: int = 0) -> Part:
        """Keep a file, for this and all later questions. What a question says of it; a picture
        may cost ``budget`` tokens, 0 leaves that to what is usual."""
        for data in (attachment.data, *attachment.more):
            self._blobs.put(data)
        if isinstance(attachment.part, Image):
            return msgspec.structs.replace(attachment.part, budget=budget)
        return attachment.part

    def ask(
        self, text: str, attachments: Sequence[Part] = (), options: Options = _NOTHING
    ) -> Generate:
        """The order to answer a new question in the current chat."""
        question = _question(text, attachments)
        return self._ask(self.current.entries, question, options.over(self._options))

    def edit(self, text: str, options: Options = _NOTHING) -> Generate:
        """The order to answer the last question anew, put as ``text``. What was attached to it
        stays, and so do its options where ``options`` say nothing."""
        last = self.current.question
        if last is None:
            raise _nothing_yet()
        question = _question(text, last.attachments)
        return self._ask(self.current.entries[:-2], question, options.over(self.current.options))

    def regenerate(self, options: Options = _NOTHING) -> Generate:
        """The order to answer the last question once more, with its options where ``options``
        say nothing."""
        chat = self.current
        if chat.question is None:
            raise _nothing_yet()
        options = options.over(chat.options)
        replaced, before = chat.entries[-1], chat.entries[:-1]
        order = self._order(before, options)
        answer = self._new_answer()
        if self._store is not None:
            self._store.add_retry(chat.id, replaced.id, answer)
        self._write(order.turn, [*before, answer], options)
        return order

    def prepare(
        self, text: str, attachments: Sequence[Part] = (), options: Options = _NOTHING
    ) -> Prepare:
        """The order to read ahead what ``ask`` would be asked."""
        path = [entry.message for entry in self.current.entries]
        options = options.over(self._options)
        prompt = self._prompt([*path, _question(text, attachments)], options, sending=False)
        self._turn += 1
        return Prepare(self._turn, prompt, self.current.id)

    def _ask(self, before: list[Entry], question: Message, options: Options) -> Generate:
        chat, entry = self.current, Entry(new_id(), question)
        order = self._order([*before, entry], options)
        answer = self._new_answer()
        name = chat.name or self._free_name(title_of(question))
        if self._store is not None:
            parent = before[-1].id if before else None
            self._store.add_turn(chat.id, name, parent, entry, answer)
        chat.name = name
        if chat not in self._chats:
            self._chats.append(chat)
        self._write(order.turn, [*before, entry, answer], options)
        return order

    def _order(self, entries: Sequence[Entry], options: Options) -> Generate:
        assert self._answer is None, "one answer at a time"
        prompt = self._prompt([entry.message for entry in entries], options)
        order = options.generate(self._turn + 1, prompt, self._model.sampling, self.current.id)
        self._turn += 1
        return order

    def _prompt(self, path: Sequence[Message], options: Options, *, sending: bool = True) -> Prompt:
        for message in path:
            for part in message.attachments:
                self._blobs.require_all(part)
        thinking = options.thinking
        if thinking is not None:
            chosen = None if thinking == "auto" else thinking
            thinking = self.current.thoughts.settle(
                path, chosen, speed=_reading_speed(path), sending=sending
            )
        media: tuple[Literal["image", "audio"], ...] = ("image", "audio")
        return build_prompt(
            path,
            lambda blob: str(self._blobs.path_of(blob)),
            system=self._system,
            thinking=thinking,
            default_budget=self._budget,
            senses=[kind for kind in media if kind in self._model.modalities],
        )

    def _free_name(self, title: str) -> str:
        taken, name, number = set(self.names()), title, 1
        while name in taken:
            number += 1
            name = f"{title} {number}"
        return name

    # -- the answer -----------------------------------------------------------------------------

    @property
    def answering(self) -> int | None:
        """The turn of the answer that is being written."""
        return self._answer.turn if self._answer else None

    def take(self, event: AnyEvent) -> None:
        """Note what an event adds to the answer, or that it ends it."""
        answer = self._answer
        if answer is None or getattr(event, "turn", None) != answer.turn:
            return
        match event:
            case Delta(kind="text"):
                answer.text.append(event.text)
                self._save_sometimes(answer)
            case Delta(kind="thought"):
                answer.thought.append(event.text)
            case Done():
                self._end(answer, event.outcome, stats=event.stats)
            case Failed():
                self.fail(f"{event.what} {event.next_step}".strip())

    def fail(self, why: str) -> None:
        """The answer that is being written has come to nothing, or to no end."""
        if self._answer is not None:
            self._end(self._answer, Outcome.FAILED, why)

    def close(self) -> None:
        """An answer that is still being written stays as it is."""
        if self._answer is not None:
            self._end(self._answer, Outcome.STOPPED)

    def _new_answer(self) -> Entry:
        message = Message(Role.ASSISTANT, outcome=Outcome.WRITING, model=self._model.title)
        return Entry(new_id(), message)

    def _write(self, turn: int, entries: list[Entry], options: Options) -> None:
        chat = self.current
        chat.entries, chat.options = entries, options
        self._answer = _Answer(turn, chat, entries[-1], time.monotonic())

    def _save_sometimes(self, answer: _Answer) -> None:
        if self._store is None or time.monotonic() - answer.saved_at < _SAVE_EVERY:
            return
        answer.saved_at = time.monotonic()
        self._store.write_answer(Entry(answer.entry.id, _so_far(answer)))

    def _end(
        self, answer: _Answer, outcome: Outcome, error: str = "", stats: Stats | None = None
    ) -> None:
        self._answer = None
        message = msgspec.structs.replace(
            _so_far(answer), outcome=outcome, error=error, stats=stats
        )
        answer.chat.entries[-1] = entry = Entry(answer.entry.id, message)
        if self._store is not None:
            self._store.write_answer(entry)


def _question(text: str, attachments: Sequence[Part]) -> Message:
    # Halves of surrogate pairs, which terminals and file names may hold, can't be stored.
    text = text.strip().encode("utf-8", "replace").decode()
    if not text and not attachments:
        raise AppError("There is no question.", "Write one, or attach something.", code="question")
    return Message(Role.USER, (*attachments, *((Text(text),) if text else ())))


def _reading_speed(path: Sequence[Message]) -> float | None:
    """Tokens a second, as the last answers measured it."""
    for message in reversed(path):
        stats = message.stats
        if stats is not None and stats.prompt_tokens - stats.cached_tokens >= _TELLING:
            return stats.prefill_tps or None
    return None


def _so_far(answer: _Answer) -> Message:
    text = "".join(answer.text)
    return msgspec.structs.replace(
        answer.entry.message,
        parts=(Text(text),) if text else (),
        thought="".join(answer.thought),
    )


def _nothing_yet() -> AppError:
    return AppError(
        "Nothing has been asked in this chat yet.", "Ask something first.", code="question"
    )
