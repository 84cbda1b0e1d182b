"""What the engine does while a message is still being written: it reads it ahead."""

import time
from collections.abc import Callable
from functools import partial
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from app.core.conversation import Attached, Image, Message
from app.core.prompt import Prompt
from app.core.settings import Settings
from app.core.thinking import ThoughtSwitch
from app.engine.messages import Prepare, Prepared, Progress
from app.session.asking import prompt_maker, question_of, settle_thinking
from app.session.desk import Desk
from app.session.draft import Draft
from app.session.paces import picture_tokens
from app.session.planning import Planned, documents_of
from app.session.reading_start import plan_ahead

PAUSE_MS = 300  # without a key until what is typed is read
_TELL_EVERY_MS = 150
_NEARLY = 0.95  # how far a prediction alone may bring the line

_ENDS = ("?", ".", "!", "\uff1f", "\u3002", "\u061f")  # of a question

Part = Attached
Stage = Literal["", "reading", "read"]


class Preparation(QObject):
    """Has the draft of one chat read by the engine as if it were sent, while the chat is shown: at
    once when something is attached, at pauses when words are typed. Sending finds the work done.

    Nothing of it is ever seen but the ``stage`` of attachments and the ``fraction`` of those that
    are being read; ``changed`` tells of both.
    """

    changed = Signal()

    def __init__(
        self,
        desk: Desk,
        chat: str,
        draft: Draft,
        path: Callable[[], tuple[Message, ...] | None],
        thoughts: ThoughtSwitch,
        parent: QObject | None = None,
    ) -> None:
        """``chat`` is what the engine calls the chat, "" for one it keeps nothing of. ``path``
        gives the messages before the draft, None while an answer is written; ``thoughts`` is the
        chat's."""
        super().__init__(parent)
        self._desk = desk
        self._chat = chat
        self._draft = draft
        self._path = path
        self._thoughts = thoughts
        self._shown = False
        self._wanted = False  # somebody is at it: not only looking at an old chat
        self._looks = 0
        self._prompt: Prompt | None = None  # the one that is being read, or has been
        self._turn: int | None = None
        self._sent: dict[int, tuple[Part, ...]] = {}  # by turn; what was attached
        self._read: set[Part] = set()
        self._reading: frozenset[Part] = frozenset()
        self._began = 0.0
        self._first: int | None = None  # the tokens that were there already
        self._done = self._total = 0
        self._tokens: int | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._look)
        self._ticks = QTimer(self)
        self._ticks.setInterval(_TELL_EVERY_MS)
        self._ticks.timeout.connect(self.changed)
        draft.attachments_changed.connect(partial(self._soon, 0))
        draft.thinking_changed.connect(partial(self._soon, 0))
        draft.text_changed.connect(partial(self._soon, PAUSE_MS))
        desk.preferences.changed.connect(self._follow_settings)
        desk.shelf.state_changed.connect(self._follow_model)
        desk.engine.progress.connect(self._take_progress)
        desk.engine.prepared.connect(self._take_prepared)

    def stage(self, part: Part | None) -> Stage:
        """How far it is with an attachment: not begun, being read, read."""
        if part in self._read:
            return "read"
        return "reading" if part in self._reading and self._first is not None else ""

    @property
    def fraction(self) -> float:
        """How much of what is being read has been, 0 to 1: by tokens, or, since a picture tells
        nothing until it is done, by the time it was expected to take."""
        if self._first is None or self._total <= self._first:
            return 0.0
        by_tokens = (self._done - self._first) / (self._total - self._first)
        expected = self._expected()
        by_time = (time.monotonic() - self._began) / expected if expected else 0.0
        return min(1.0, max(by_tokens, min(by_time, _NEARLY)))

    @property
    def tokens_read(self) -> int | None:
        """How many tokens of what is drafted, and of the chat before it, the engine has read by
        now; None where that is unknown."""
        return self._tokens if self._prompt is not None else None

    def set_shown(self, shown: bool) -> None:
        """The chat has been opened or left. What it was reading when it is left is read to the
        end; when it is opened, what is attached is read again, for others may have been since."""
        self._shown = shown
        if shown:
            self._prompt = None
            if self._draft.attachments:
                self._soon(0)

    def resume(self) -> None:
        """The answer has ended; what was drafted meanwhile may be read."""
        self._prompt = None
        if self._wanted:
            self._soon(0)

    def move(self, desk: Desk, chat: str) -> None:
        """Work at another ``desk`` from now on, under another name."""
        self._desk, self._chat = desk, chat

    def close(self) -> None:
        """The chat is given up."""
        self._shown = False
        self._pause.stop()
        self._cancel()

    # -- inside -----------------------------------------------------------------------------------

    def _soon(self, milliseconds: int) -> None:
        self._wanted = True
        drafted = self._draft.text.strip() or self._draft.attachments
        if self._shown and drafted and not self._desk.shelf.paused:
            self._desk.shelf.wake()
        # Typing does not put off what an attachment has begun.
        if milliseconds == 0 or self._pause.interval() != 0 or not self._pause.isActive():
            self._pause.start(milliseconds)

    def _follow_settings(self, before: Settings, after: Settings) -> None:
        wanted = (after.read_ahead, after.system_prompt, after.thinking)
        if self._wanted and wanted != (before.read_ahead, before.system_prompt, before.thinking):
            self._soon(PAUSE_MS)

    def _follow_model(self) -> None:
        if self._desk.shelf.state != "ready":
            self._cancel()
            self._forget()
        elif self._wanted and self._shown:
            self._soon(0)

    def _forget(self) -> None:
        self._prompt = None
        if self._read:
            self._read.clear()
            self.changed.emit()

    def _look(self) -> None:
        """See what there is to read now."""
        path = self._path()
        if not self._shown or path is None:  # the question that was drafted is being answered
            return
        self._looks += 1
        self._draft.settle()
        allowed = self._desk.preferences.settings.read_ahead and self._desk.shelf.state == "ready"
        if not allowed or not self._draft.sendable:
            self._cancel()
            return
        content = self._draft.content
        path = (*path, question_of(content))
        thinking = settle_thinking(
            self._desk, self._thoughts, path, self._draft.thinking, self.tokens_read
        )
        if documents_of(path):
            plan_ahead(
                self._desk,
                path,
                partial(self._planned, self._looks, content.attachments, thinking),
            )
        else:
            self._make(self._looks, content.attachments, thinking, path)

    def _planned(
        self, look: int, parts: tuple[Part, ...], thinking: bool | None, planned: Planned
    ) -> None:
        """It is known how the documents stand in the chat. Pages that have to be seen or heard
        before wait until somebody asks, and a search waits for the end of the question: what it
        finds for half of one would be read in vain."""
        if look != self._looks:
            return
        whole = planned.work.plan.how == "whole"
        if planned.ready and (whole or planned.path[-1].text.endswith(_ENDS)):
            self._make(look, parts, thinking, planned.asked)
        else:
            self._cancel()

    def _make(
        self,
        look: int,
        parts: tuple[Part, ...],
        thinking: bool | None,
        path: tuple[Message, ...],
    ) -> None:
        self._desk.jobs.run(
            prompt_maker(self._desk, path, thinking),
            partial(self._prepare, look, parts),
            lambda _error: None,  # a file is gone: sending will say so
            lane="database",
        )

    def _prepare(self, look: int, parts: tuple[Part, ...], prompt: Prompt) -> None:
        if look != self._looks or self._path() is None or prompt == self._prompt:
            return
        reading = frozenset(parts) - self._read
        if reading != self._reading or self._turn is None:  # else it goes on where it is
            self._reading = reading
            self._first = None
        engine = self._desk.engine
        turn = engine.next_turn()
        self._prompt, self._turn = prompt, turn
        self._sent[turn] = parts
        engine.prepare(Prepare(turn, prompt, self._chat))

    def _cancel(self) -> None:
        self._looks += 1
        self._prompt = None
        if self._turn is not None:
            turn, self._turn = self._turn, None
            self._stop_telling()
            self._desk.engine.cancel(turn)

    def _stop_telling(self) -> None:
        self._ticks.stop()
        self._reading = frozenset()
        self._first = None
        self.changed.emit()

    def _take_progress(self, event: Progress) -> None:
        if event.turn != self._turn or event.total == 0:
            return
        self._tokens = self._done = event.done
        self._total = event.total
        if self._first is None:
            self._first = event.done
            self._began = time.monotonic()
        if self._reading and not self._ticks.isActive():
            self._ticks.start()
            self.changed.emit()

    def _take_prepared(self, event: Prepared) -> None:
        parts = self._sent.pop(event.turn, None)
        if parts is None:
            return
        new = self._total - (self._first or 0) if event.turn == self._turn else 0
        self._desk.paces.note(parts, event.encode_ms, event.encoded_tokens, new, event.prefill_tps)
        if event.turn != self._turn:
            return
        self._turn = None
        if event.complete:
            self._read.update(parts)
            self._tokens = self._total
        self._stop_telling()

    def _expected(self) -> float | None:
        """The seconds that all that is being read will take; None if that is unknown."""
        total = 0.0
        for part in self._reading:
            if not isinstance(part, Image):
                return None
            seconds = self._desk.paces.seconds(picture_tokens(part))
            if seconds is None:
                return None
            total += seconds
        return total
