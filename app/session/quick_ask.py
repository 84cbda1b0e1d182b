"""Questions about a marked piece of the screen: a second view on a chat session."""

from dataclasses import replace
from functools import partial
from typing import Literal

from PySide6.QtCore import QCoreApplication, QObject, QRect, QRectF, Signal

from app.core.boxes import Box
from app.core.budget import BUDGETS, tokens_at
from app.core.conversation import Audio, Image, Outcome
from app.core.errors import AppError
from app.core.screen_tasks import SPOKEN, Task, task_for
from app.desktop.capture.frame import Frame
from app.session.asking import Shape
from app.session.captures import Captures
from app.session.chat import ChatSession
from app.session.chats import Chats
from app.session.desk import Desk
from app.session.exchange import Asked, Exchange, detail_words, name_of, title_for
from app.session.exchanges import Exchanges
from app.session.marks import closer_look, pixels_of
from app.session.recorder import Spoken
from app.session.senses import check_sight
from app.session.speech import Speech
from app.storage.conversations import new_id

State = Literal["marking", "ready", "answering", "answered", "failed"]


class QuickAsk(QObject):
    """A picture of the screen, and what is asked about it.

    ``mark`` opens a chat that is not listed and has the picture read at once; ``ask`` sends. If
    captures are kept, the chat is stored and listed from the first question on; else nothing of it
    is left after ``discard``, unless it is continued in the window. Another ``mark`` begins anew.

    What a picture shows and an answer says is only ever shown: nothing is done because of it.
    """

    changed = Signal()  # anything but the words of an answer
    exchange_added = Signal()  # an answer is about to be written; also when it is tried again
    progress = Signal(str, int, int)  # stage, done, total, as in ``engine.messages.Progress``
    words_added = Signal(str)  # at the end of the last exchange's words
    words_replaced = Signal()  # those words have become others
    boxes_changed = Signal()
    table_changed = Signal()
    finished = Signal()
    problem = Signal(AppError)

    def __init__(
        self,
        desk: Desk,
        chats: Chats,
        captures: Captures,
        speech: Speech | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Without ``speech`` nothing can be asked by voice."""
        super().__init__(parent)
        self.speech = speech
        self._desk = desk
        self._chats = chats
        self._captures = captures
        self._frame: Frame | None = None
        self._region = QRect()  # in pixels of the frame's image
        self._session: ChatSession | None = None
        self._connections: list[object] = []
        self._taking: object | None = None  # a picture whose file is being made
        self._spoken = False  # what is wanted is being written down
        self._closest: int | None = None  # the attachment that gets the highest budget
        self._wanted: Asked | None = None  # waits until its picture has been read
        self._told = ""  # the code of the obstacle that was told last
        self._talk = talk = Exchanges(self)
        talk.added.connect(self.exchange_added)
        talk.progress.connect(self.progress)
        talk.words_added.connect(self.words_added)
        talk.words_replaced.connect(self.words_replaced)
        talk.boxes_changed.connect(self.boxes_changed)
        talk.table_changed.connect(self.table_changed)
        talk.thought_changed.connect(self.changed)
        talk.finished.connect(self._name)
        talk.finished.connect(self.finished)
        desk.shelf.state_changed.connect(self._go_on)
        chats.deleted.connect(self._deleted)

    # -- what is so -------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        if self._session is None:
            return "marking"
        if self._wanted is not None or self._session.busy:
            return "answering"
        if not self.exchanges:
            return "ready"
        return "failed" if self.exchanges[-1].outcome is Outcome.FAILED else "answered"

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """What has been asked about the picture, oldest first."""
        return self._talk.exchanges

    @property
    def frame(self) -> Frame | None:
        """The frame that is marked."""
        return self._frame

    @property
    def region(self) -> QRectF:
        """What is marked of the frame, in logical pixels."""
        return self._frame.logical(self._region) if self._frame is not None else QRectF()

    @property
    def picture(self) -> Image | None:
        """What is marked as the model will get it; None while it is read from the screen."""
        if self._session is None:
            return None
        said = [part for entry in self._session.entries for part in entry.message.attachments]
        parts = (*said, *self._session.draft.content.attachments)
        return next((part for part in parts if isinstance(part, Image)), None)

    @property
    def budget(self) -> int:
        """The image tokens that the picture may cost; 0 while that is open."""
        return self.picture.budget if self.picture is not None else 0

    @property
    def detail(self) -> str:
        """How closely the model looks at the picture: "Detail: high"; "" while that is open."""
        return detail_words(self.budget) if self.budget else ""

    @property
    def seconds(self) -> float | None:
        """How long the model takes to read the picture; None while that is unknown."""
        picture = self.picture
        if picture is None:
            return None
        return self.seconds_of(tokens_at(picture.width, picture.height, picture.budget))

    @property
    def usual_budget(self) -> int:
        """The budget of pictures by the settings, 0 for the automatic choice."""
        return self._desk.preferences.settings.picture_budget

    @property
    def picture_ready(self) -> bool:
        """Whether the model has read the picture, so that an answer begins at once."""
        if self._session is None:
            return False
        if any(exchange.answer for exchange in self.exchanges):
            return True
        return self._session.preparation.stage(self.picture) == "read"

    @property
    def fraction(self) -> float:
        """How much of the picture has been read, 0 to 1."""
        if self.picture_ready:
            return 1.0
        return self._session.preparation.fraction if self._session is not None else 0.0

    @property
    def obstacle(self) -> AppError | None:
        """Why nothing can be asked; None if it can."""
        return check_sight(self._desk.shelf)

    def seconds_of(self, tokens: int) -> float | None:
        """How long the model takes to read a picture of so many tokens; None while that is
        unknown."""
        return self._desk.paces.seconds(tokens)

    def region_of(self, exchange: Exchange) -> QRectF:
        """What an exchange is about, in logical pixels of the frame."""
        return self._frame.logical(exchange.region) if self._frame is not None else QRectF()

    def place_of(self, exchange: Exchange, box: Box) -> QRectF:
        """Where a box of an exchange lies, in logical pixels of the frame."""
        if self._frame is None:
            return QRectF()
        return self._frame.logical(pixels_of(exchange.region, box))

    # -- orders -----------------------------------------------------------------------------------

    def mark(self, frame: Frame, rect: QRect) -> None:
        """Ask about ``rect`` (logical, relative to ``frame``). What is outside is cut off; nothing
        happens if nothing is left, or the same is marked."""
        region = frame.physical(rect)
        if region.isEmpty() or (frame is self._frame and region == self._region):
            return
        self._leave()
        self._frame, self._region = frame, region
        self._open()
        self._attach(region)
        self._tell_obstacle()
        self.changed.emit()

    def set_budget(self, budget: int) -> None:
        """Let the picture cost ``budget`` image tokens, 0 for the usual choice. Too late once
        something has been asked."""
        if self._session is not None and not self.exchanges:
            for one in self._session.draft.attachments:
                self._session.draft.set_budget(one.key, budget)

    def type(self, text: str) -> None:
        """``text`` is being typed: what would be asked by it is read ahead at pauses."""
        if self._session is not None and self.state != "answering":
            text = text.strip()
            self._session.draft.text = task_for(text).prompt if text else ""

    def ask(self, text: str, task: Task | None = None) -> None:
        """Ask what ``text`` says, or ``task``, which is called ``text`` then. Nothing happens while
        an answer is written. ``problem`` follows if nothing can be asked."""
        text = text.strip()
        if self.state in ("marking", "answering") or not (text or task):
            return
        task = task or task_for(text)
        region = self.exchanges[-1].region if self.exchanges else self._region
        self._order(Asked(text or name_of(task.kind), task, region))

    def ask_spoken(self, spoken: Spoken) -> None:
        """Ask what somebody has said about the picture. Nothing happens while an answer is
        written. ``problem`` follows if nothing can be asked."""
        session = self._session
        if session is None or self.speech is None or self.state in ("marking", "answering"):
            return
        region = self.exchanges[-1].region if self.exchanges else self._region
        asked = Asked(name_of("spoken"), SPOKEN, region)
        if not self._order(asked, send=False):
            return
        self._spoken = True
        blobs = self._captures.desk(session.id).blobs if not session.kept else self._desk.blobs
        before = self.speech.tokens_before(session)
        self.speech.attach(
            session.draft, blobs.path_of, spoken, before, self._heard, self._not_heard
        )

    def look_closer(self, box: Box, exchange: Exchange | None = None) -> None:
        """Ask the question of ``exchange``, by default the last, again about a ``box`` of it, at
        the highest budget."""
        about = exchange or (self.exchanges[-1] if self.exchanges else None)
        if about is None or self._frame is None or self.state == "answering":
            return
        region = closer_look(about.region, box, self._frame.image.rect())
        asked = Asked(about.question, about.task, region, closer=True)
        if self._order(asked, send=False):
            self._attach(region)

    def stop(self) -> None:
        """Stop the answer; its words so far stay. What was not sent yet is taken back."""
        if self._session is None:
            return
        if self._wanted is not None:
            self._take_back()
            self.changed.emit()
        else:
            self._session.stop()

    def retry(self) -> None:
        """Write the last answer again."""
        if self._session is None or not self.exchanges or self.state == "answering":
            return
        if (obstacle := self.obstacle) is not None:
            self.problem.emit(obstacle)
            return
        last = self.exchanges[-1]
        self._talk.expect(Asked(last.question, last.task, last.region, last.closer))
        self._session.retry(last.id)

    def continue_in_chat(self) -> str:
        """Open the chat in the window, with everything in it, and return its id. An answer goes on
        there. "" if nothing has been asked."""
        session = self._session
        if session is None or not self.exchanges:
            return ""
        self._keep(session)
        self._leave(stop=False)
        self._chats.open(session.id)
        self.changed.emit()
        return session.id

    def discard(self) -> None:
        """Put the picture away, stopping the answer. A chat that is kept stays in the list; of any
        other nothing is left."""
        if self._session is not None:
            self._leave()
            self._desk.engine.forget("")
            self.changed.emit()

    # -- the chat ---------------------------------------------------------------------------------

    def _open(self) -> None:
        chat = new_id()
        session = ChatSession(self._captures.desk(chat), chat, parent=self, kept=False)
        # The switch stands at the head of the prompt: read as most will be asked.
        session.draft.thinking = False
        self._session = session
        self._talk.follow(session, self._region)
        self._connections = [
            session.problem.connect(self.problem),
            session.busy_changed.connect(lambda _busy: self.changed.emit()),
            session.entry_removed.connect(lambda _id: self.changed.emit()),
            session.draft.attachments_changed.connect(self._go_on),
            session.draft.costs_changed.connect(self.changed),
            session.preparation.changed.connect(self.changed),
        ]
        session.preparation.set_shown(True)

    def _leave(self, *, stop: bool = True) -> None:
        """Be done with the chat."""
        session = self._session
        if session is None:
            return
        if self._spoken and self.speech is not None:
            self._spoken = False
            self.speech.cancel()
        if session.kept:
            self._take_back(everything=True)
        for connection in self._connections:
            QObject.disconnect(connection)  # type: ignore[call-overload]
        self._connections = []
        self._session, self._frame, self._region = None, None, QRect()
        self._wanted = self._closest = self._taking = None
        self._talk.leave()
        if not session.kept:
            session.close()
            self._captures.give_up(session)
            return
        if stop:
            session.abandon()
        session.draft.thinking = None
        session.preparation.set_shown(False)
        self._captures.let_go(session)

    def _keep(self, session: ChatSession) -> None:
        """Have the chat and its pictures kept, and listed."""
        if session.kept:
            self._captures.keep_pictures(session)
            return
        self._captures.keep(session)
        self._chats.adopt(session)

    def _name(self) -> None:
        """Say more in the title than what was asked, unless somebody has given the chat another."""
        first = self.exchanges[0] if len(self.exchanges) == 1 else None
        if first is not None and self._session is not None:
            bare = replace(first, words="")
            if self._session.title == title_for(bare):
                self._session.rename(title_for(first))

    def _deleted(self, chat: str, _title: str) -> None:
        if self._session is not None and self._session.id == chat:
            self._leave()
            self.changed.emit()

    # -- a question's way -------------------------------------------------------------------------

    def _attach(self, region: QRect) -> None:
        frame, session = self._frame, self._session
        assert frame is not None
        assert session is not None
        taking = self._taking = object()
        self._captures.take(
            session.id,
            frame,
            region,
            wanted=lambda: taking is self._taking,
            done=partial(self._taken, taking),
            failed=partial(self._not_taken, taking),
        )

    def _taken(self, taking: object, png: bytes) -> None:
        if taking is not self._taking or self._session is None:
            return
        self._taking = None
        draft = self._session.draft
        draft.add_bytes(png, QCoreApplication.translate("QuickAsk", "Screenshot") + ".png")
        if self._wanted is not None and self._wanted.closer:
            self._closest = draft.attachments[-1].key

    def _not_taken(self, taking: object, error: Exception) -> None:
        if taking is self._taking:
            self._taking = None
            self._refuse(error)

    def _heard(self) -> None:
        """What was said is attached, with its words if the model needs them."""
        self._spoken = False
        session, asked = self._session, self._wanted
        if session is None or asked is None:
            return
        parts = [one.part for one in session.draft.attachments]
        words = next((part.transcript for part in parts if isinstance(part, Audio)), "")
        if words:
            self._wanted = replace(asked, question=words)
        self._go_on()

    def _not_heard(self, error: AppError) -> None:
        self._spoken = False
        if self._wanted is not None:
            self._refuse(error)

    def _order(self, asked: Asked, *, send: bool = True) -> bool:
        """Ask as soon as everything is there; False if that can't be."""
        session, obstacle = self._session, self.obstacle
        if session is None:
            return False
        if obstacle is not None:
            self.problem.emit(obstacle)
            return False
        self._wanted = asked
        session.draft.reads = asked.task.reads
        session.draft.thinking = None if asked.task.kind == "free" else False
        session.draft.text = asked.task.prompt
        self.changed.emit()
        if not self.exchanges and not session.draft.attachments and self._taking is None:
            self._attach(self._region)  # it failed before
        if send:
            self._go_on()
        return True

    def _go_on(self) -> None:
        """Something has come that a question may have waited for."""
        self._send()
        self._tell_obstacle()
        self.changed.emit()

    def _send(self) -> None:
        session, asked = self._session, self._wanted
        if session is None or asked is None or session.busy or self._taking is not None:
            return
        if self._spoken:
            return
        attachments = session.draft.attachments
        if failed := next((one.problem for one in attachments if one.problem), None):
            self._refuse(failed)
            return
        if any(one.state == "reading" for one in attachments):
            return
        if (obstacle := self.obstacle) is not None:
            self._refuse(obstacle)
            return
        self._wanted = None  # what follows tells of changes
        if self._closest is not None:
            session.draft.set_budget(self._closest, BUDGETS[-1])
            self._closest = None
        session.draft.settle()
        if not session.title:
            session.rename(title_for(Exchange("", asked.question, asked.task, asked.region)))
        if session.kept or self._desk.preferences.settings.keep_captures:
            self._keep(session)
        self._talk.expect(asked)
        session.send(Shape(asked.task.schema, asked.task.grammar))

    def _take_back(self, *, everything: bool = False) -> None:
        """What has not been sent is not asked. The picture stays until it has been, if it is
        any good, unless ``everything`` is to go."""
        session = self._session
        assert session is not None
        waited, self._wanted, self._closest = self._wanted, None, None
        if self._spoken and self.speech is not None:
            self._spoken = False
            self.speech.cancel()
        session.draft.text = ""
        if waited is not None and waited.closer:
            self._taking = None
        for one in session.draft.attachments:
            said = one.kind == "audio"
            if everything or said or self.exchanges or one.state == "failed":
                session.draft.remove(one.key)

    def _refuse(self, error: Exception) -> None:
        self._take_back()
        if isinstance(error, AppError):
            self.problem.emit(error)
        self.changed.emit()

    def _tell_obstacle(self) -> None:
        """Say it before anything is asked, and once."""
        obstacle = self.obstacle if self._session is not None else None
        code = obstacle.code if obstacle is not None else ""
        if obstacle is not None and code != self._told:
            self.problem.emit(obstacle)
        self._told = code
