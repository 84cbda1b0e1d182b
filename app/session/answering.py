"""An answer while it is written: its words so far, and what comes back if it can't be."""

from dataclasses import dataclass, field

import msgspec
from PySide6.QtCore import QCoreApplication

from app.core.conversation import Attached, Message, Outcome, Part, Reading, Stats, Text
from app.engine.messages import Failed
from app.storage.conversations import DraftContent, Entry


@dataclass
class Answer:
    """The answer that is being written. ``replaced`` and ``sent`` are what comes back if it can't
    even be saved: the entries that a retry took away, or the draft it came from. ``attachments``
    are those of the question."""

    turn: int
    entry: Entry
    attachments: tuple[Attached, ...] = ()
    replaced: tuple[Entry, ...] = ()
    sent: DraftContent | None = None
    stopped: str = ""
    text: list[str] = field(default_factory=list)
    thought: list[str] = field(default_factory=list)
    reading: Reading | None = None
    asked: bool = False  # the engine knows of it
    stopping: bool = False
    unsaved: bool = False
    saving: bool = False
    save_failed: bool = False

    @property
    def so_far(self) -> Message:
        """The message with the words that have come."""
        text = "".join(self.text)
        parts: tuple[Part, ...] = (Text(text),) if text else ()
        if self.reading is not None:
            parts = (*parts, self.reading)
        return msgspec.structs.replace(
            self.entry.message, parts=parts, thought="".join(self.thought)
        )


class Ending(msgspec.Struct, frozen=True):
    """How an answer has ended. ``error`` and ``code`` say why, if it has failed."""

    outcome: Outcome
    error: str = ""
    code: str = ""
    stats: Stats | None = None


def died_words(message: Message, event: Failed) -> str:
    """What to say of an answer whose engine died: what happened, what was kept, what to do."""

    def say(text: str) -> str:
        return QCoreApplication.translate("ChatSession", text)

    count = len(message.text.split())
    if count == 0:
        return f"{event.what} {event.next_step}"
    if count == 1:
        kept = say("Facet restarted it and kept the word above.")
    else:
        kept = say("Facet restarted it and kept the {0} words above.").format(count)
    return f"{event.what} {kept} {event.next_step}"
