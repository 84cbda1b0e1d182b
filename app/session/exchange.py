"""One question about a picture of the screen, and what the model makes of it."""

from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication, QRect

from app.core.boxes import Box, read_boxes
from app.core.conversation import Message, Outcome, Role, Stats, Text, title_of
from app.core.screen_tasks import Kind, Task
from app.core.tables import Table, read_table


@dataclass(frozen=True)
class Asked:
    """What is to be asked: see ``Exchange``."""

    question: str
    task: Task
    region: QRect
    closer: bool = False


@dataclass(frozen=True)
class Exchange:
    """``question`` is what the person asked, in their words or the name of the suggestion; ``task``
    what the model was asked. ``region`` is what it saw, in pixels of the frame's image: ``boxes``
    are shares of it. ``words`` is the answer without boxes and tables, ``answer`` all of it as it
    was written. ``error`` says why there is no more of it, "" unless it has failed."""

    id: str
    question: str
    task: Task
    region: QRect
    closer: bool = False  # it is about a part of the picture, looked at again
    answer: str = ""
    words: str = ""
    boxes: tuple[Box, ...] = ()
    table: Table | None = None
    thought: str = ""
    outcome: Outcome = Outcome.WRITING
    error: str = ""
    stats: Stats | None = None

    @property
    def done(self) -> bool:
        """Whether the answer has ended, one way or the other."""
        return self.outcome is not Outcome.WRITING


def with_answer(exchange: Exchange, message: Message) -> Exchange:
    """The exchange with the answer as far as it has come."""
    task, answer = exchange.task, message.text
    new = replace(
        exchange,
        answer=answer,
        thought=message.thought,
        outcome=message.outcome,
        error=message.error,
        stats=message.stats,
    )
    if task.kind == "extract":
        return replace(new, table=read_table(answer))
    if task.reads:  # what looks like boxes stands in the picture
        return replace(new, words=answer)
    pointed = read_boxes(answer, growing=not new.done)
    return replace(new, boxes=pointed.boxes, words="" if task.points else pointed.words)


def title_for(exchange: Exchange) -> str:
    """What to call a chat that begins with ``exchange``. Many begin with the same suggestion, so
    that its name doesn't tell them apart."""
    words = " ".join(exchange.words.split())
    title = exchange.question
    if exchange.task.kind != "free" and words:
        title = f"{title}: {words}"
    return title_of(Message(Role.USER, (Text(title),)))


def name_of(kind: Kind) -> str:
    """What a suggestion is called."""
    say = QCoreApplication.translate
    return {
        "free": say("QuickAsk", "Ask"),
        "spoken": say("QuickAsk", "Asked by voice"),
        "explain": say("QuickAsk", "Explain"),
        "read": say("QuickAsk", "Read the text"),
        "translate": say("QuickAsk", "Translate"),
        "find": say("QuickAsk", "Find"),
        "mark": say("QuickAsk", "Mark all"),
        "extract": say("QuickAsk", "Extract as table"),
    }[kind]


def detail_words(budget: int) -> str:
    """How closely the model looks at a picture of so many tokens: "Detail: high"."""
    say = QCoreApplication.translate
    if budget > 280:
        return say("QuickAsk", "Detail: high")
    return say("QuickAsk", "Detail: medium") if budget > 140 else say("QuickAsk", "Detail: low")
