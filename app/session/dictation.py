"""Speech into words: the model writes down what it hears, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
from PySide6.QtCore import QCoreApplication, QObject

from app.core.conversation import Outcome, Role
from app.core.errors import AppError
from app.core.prompt import Media, Prompt, Turn
from app.core.speech.prompts import transcribe
from app.engine.messages import Done, Failed, Generate
from app.session.engine_thread import EngineThread
from app.session.models import ModelShelf

_MOST_TOKENS = 512  # 30 s of the fastest speech come to half of that


@dataclass(frozen=True)
class Writing:
    """Who waits for the words of a sound. ``grown`` gets all of them each time there are more."""

    done: Callable[[str], None]
    failed: Callable[[AppError], None]
    grown: Callable[[str], None] = lambda _words: None
    words: list[str] = field(default_factory=list)


class Dictation(QObject):
    """Asks the engine for the words of sounds, outside of any chat. What is asked first is written
    first; answers of chats go in turn with it."""

    def __init__(
        self, engine: EngineThread, shelf: ModelShelf, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._shelf = shelf
        self._writings: dict[int, Writing] = {}  # by turn
        engine.deltas.connect(self._take_delta)
        engine.done.connect(self._take_done)
        engine.failed.connect(self._take_failed)

    @property
    def busy(self) -> bool:
        """Whether anything is being written down."""
        return bool(self._writings)

    def write_down(self, sound: Path, writing: Writing, language: str = "") -> int:
        """Have the model write down ``sound``, a WAV file of at most 30 seconds; the number by
        which it can be given up. ``language`` is an English name, "" if it is not known."""
        turn = self._engine.next_turn()
        question = Turn(Role.USER, transcribe(language), (Media("audio", str(sound)),))
        self._writings[turn] = replace(writing, words=[])
        sampling = msgspec.structs.replace(self._shelf.sampling, temperature=0.0)
        self._engine.generate(
            Generate(turn, Prompt((question,), thinking=False), sampling, max_tokens=_MOST_TOKENS)
        )
        return turn

    def cancel(self, turn: int) -> None:
        """Nobody waits for it any more: neither of its functions is called."""
        if self._writings.pop(turn, None) is not None:
            self._engine.cancel(turn)

    # -- inside -----------------------------------------------------------------------------------

    def _take_delta(self, turn: int, kind: str, text: str) -> None:
        writing = self._writings.get(turn)
        if writing is not None and kind == "text":
            writing.words.append(text)
            writing.grown("".join(writing.words).lstrip())

    def _take_done(self, event: Done) -> None:
        writing = self._writings.pop(event.turn, None)
        if writing is None:
            return
        words = " ".join("".join(writing.words).split())
        if words:
            writing.done(words)
            return
        say = QCoreApplication.translate
        what = say("Dictation", "No words were heard in the recording.")
        if event.outcome is Outcome.STOPPED:
            what = say("Dictation", "The recording was not written down.")
        writing.failed(AppError(what, say("Dictation", "Speak again, closer to the microphone.")))

    def _take_failed(self, event: Failed) -> None:
        writing = self._writings.pop(event.turn, None)
        if writing is not None:
            writing.failed(AppError(event.what, event.next_step, code=event.code))
