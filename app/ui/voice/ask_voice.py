"""Speaking in the ask bar: what is said is the question about the picture."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.core.errors import AppError
from app.session.quick_ask import QuickAsk
from app.session.recorder import Spoken
from app.session.talking import Talking
from app.ui.composer.edit import MessageEdit
from app.ui.theme.theme import Theme
from app.ui.voice.mic_button import MicButton
from app.ui.voice.recording_row import RecordingRow
from app.ui.voice.talk import Talk


class AskVoice(QObject):
    """The microphone button of the ask bar, and the row over its field while somebody speaks."""

    told = Signal(AppError)

    def __init__(
        self, theme: Theme, talking: Talking, quick: QuickAsk, edit: MessageEdit, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._talking = talking
        self._quick = quick
        self.button = MicButton(theme)
        self.row = RecordingRow(theme, parent, compact=True)
        self.talk = Talk(
            talking.recorder, edit, self.button, self.row, self._obstacle, self, keeps=False
        )
        self.talk.began.connect(self._begun)
        self.talk.ended.connect(self._hide)
        self.talk.spoken.connect(self._spoken)
        self.talk.refused.connect(self.told)
        self.talk.given_up.connect(self._give_up)
        talking.recorder.problem.connect(self._problem)
        quick.exchange_added.connect(self._asked)
        quick.problem.connect(self._asked)

    @property
    def listener(self) -> str:
        """The model that would write down what is said; "" for none."""
        listener = self._talking.speech.hearing.listener
        return listener.title if listener is not None else ""

    def agree(self) -> None:
        """Another model writes it down; somebody speaks at once."""
        self._talking.speech.hearing.agree()
        self.talk.toggle()

    # -- inside -----------------------------------------------------------------------------

    def _obstacle(self) -> AppError | None:
        if self._quick.obstacle is not None:
            return self._quick.obstacle
        if self._quick.state not in ("ready", "answered", "failed"):
            return AppError(
                self.tr("The answer is still being written."), self.tr("Speak when it has ended.")
            )
        return self._talking.speech.hearing.obstacle()

    def _begun(self) -> None:
        self.row.set_writing("")
        self.row.set_free(False, writes=False)
        self.row.show()
        self.row.raise_()

    def _hide(self) -> None:
        self.talk.waiting = False
        self.row.hide()

    def _spoken(self, spoken: Spoken, _end: str) -> None:
        hearing = self._talking.speech.hearing
        way = hearing.way(0)
        if way != "heard":
            self.talk.waiting = True
            words = self.tr("Writing it down…")
            if way == "lent":
                words = self.tr("{0} writes down what you said…").format(self.listener)
            self.row.set_writing(words)
        self._quick.ask_spoken(spoken)

    def _asked(self, *_: object) -> None:
        if self.talk.waiting:
            self._hide()

    def _give_up(self) -> None:
        self._quick.stop()
        self._hide()

    def _problem(self, error: AppError, speaker: object) -> None:
        if speaker is self.talk:
            self.told.emit(error)
