"""A conversation without hands: speak, a pause ends the question, the answer is read out, speak."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from app.core.conversation import Message, Outcome
from app.core.errors import AppError
from app.session.chat import ChatSession
from app.session.chats import Chats
from app.session.read_aloud import ReadAloud
from app.session.recorder import Recorder

if TYPE_CHECKING:
    from app.documents.silero import VoiceActivity

PAUSE = 1.2  # seconds of silence that end a question
_LOOK_MS = 100
_ECHO_MS = 400  # after what was read, until it listens again
_SURE = 0.5  # how likely speech has to be
_ANSWERED = (Outcome.DONE, Outcome.LENGTH)

State = Literal["off", "listening", "sending", "answering", "reading"]


class HandsFree(QObject):
    """``state`` says whose turn it is. The microphone is open while it is "listening" only.

    It ends by ``stop``, by another chat, when nothing is said for as long as a take may be, and
    when an answer fails or is stopped.
    """

    changed = Signal()

    def __init__(
        self,
        recorder: Recorder,
        chats: Chats,
        aloud: ReadAloud,
        begin: Callable[[], bool],
        finish: Callable[[], None],
        parent: QObject | None = None,
    ) -> None:
        """``begin`` starts a take of the open chat's next message and says whether it could,
        ``finish`` sends it."""
        super().__init__(parent)
        self.state: State = "off"
        self._recorder = recorder
        self._chats = chats
        self._aloud = aloud
        self._begin = begin
        self._finish = finish
        self._session: ChatSession | None = None
        self._pauses: Pauses | None = None
        self._looking = QTimer(self)
        self._looking.setInterval(_LOOK_MS)
        self._looking.timeout.connect(self._look)
        recorder.changed.connect(self._recorded)
        recorder.problem.connect(self._refused)
        aloud.changed.connect(self._read)
        chats.current_changed.connect(lambda _session: self.stop())

    @property
    def on(self) -> bool:
        """Whether a conversation goes on."""
        return self.state != "off"

    @property
    def words(self) -> tuple[str, str]:
        """Whose turn it is, and what to do."""
        say = QCoreApplication.translate
        ends = say("HandsFree", "Esc ends the conversation.")
        match self.state:
            case "listening":
                return say(
                    "HandsFree", "Listening"
                ), f"{say('HandsFree', 'A pause sends it.')} {ends}"
            case "reading":
                return say("HandsFree", "Reading aloud"), ends
            case _:
                return say("HandsFree", "Answering"), ends

    def start(self) -> None:
        """Listen to the first question."""
        if self.on:
            return
        self._session = self._chats.current
        self._session.answer_finished.connect(self._answered)
        self._aloud.always = True
        self._listen()

    def stop(self) -> None:
        """End it. What is being said is forgotten, what is read out falls silent; an answer that is
        being written goes on."""
        if not self.on:
            return
        state = self.state
        self._looking.stop()
        self._aloud.always = False
        if self._session is not None:
            self._session.answer_finished.disconnect(self._answered)
            self._session = None
        self._set("off")
        if state == "listening":
            self._recorder.cancel()
        self._aloud.stop()

    # -- inside -----------------------------------------------------------------------------------

    def _listen(self) -> None:
        self._pauses = Pauses()
        self._set("listening")
        if not self._begin():
            self.stop()
            return
        self._looking.start()

    def _look(self) -> None:
        assert self._pauses is not None
        if self.state == "listening" and self._pauses.hear(self._recorder):
            self._looking.stop()
            self._set("sending")
            self._finish()

    def _recorded(self) -> None:
        """The recording has ended without a pause: by somebody's Esc, or by its limit, and then
        what was said stays in the composer."""
        if self.state == "listening" and not self._recorder.recording and self._looking.isActive():
            self.stop()

    def _refused(self, _error: AppError, _speaker: object) -> None:
        """Nothing was heard, or there is no microphone, which has been told."""
        if self.state in ("listening", "sending"):
            self.stop()

    def _answered(self, _entry: str, message: Message) -> None:
        if message.outcome not in _ANSWERED:
            self.stop()
        elif self._aloud.reading:
            self._set("reading")
        else:
            self._listen()  # nothing of it can be read

    def _read(self) -> None:
        if self._aloud.reading and self.state == "sending":
            self._set("answering")
        elif not self._aloud.reading and self.state == "reading":
            # In a moment: the last word is still on its way through the sound system, and the room.
            QTimer.singleShot(_ECHO_MS, self, self._next)

    def _next(self) -> None:
        if self.state == "reading" and not self._aloud.reading:
            self._listen()

    def _set(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self.changed.emit()


class Pauses:
    """Listens to a recording for the pause that ends what somebody says. ``spoken`` says whether
    anything has been said."""

    def __init__(self) -> None:
        self.spoken = False
        self._heard = 0  # samples
        self._quiet = 0.0  # seconds since the last word
        self._activity: VoiceActivity | None = None

    def hear(self, recorder: Recorder) -> bool:
        """Take what has come since the last call; whether the pause is there."""
        # Not above: it brings numpy, for which no start should wait.
        from app.documents.silero import SECONDS, VoiceActivity

        if self._activity is None:
            self._activity = VoiceActivity()
        samples = recorder.samples(self._heard)
        if samples is None:
            return False
        self._heard += samples.size
        for likely in self._activity.feed(samples):
            if likely >= _SURE:
                self.spoken, self._quiet = True, 0.0
            else:
                self._quiet += SECONDS
        return self.spoken and self._quiet >= PAUSE
