"""How fast models are on this machine, learnt from all that they read, look at and write."""

import logging
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.budget import tokens_at
from app.core.conversation import Attached, Audio, Image
from app.core.pace import Pace
from app.core.speed import Measured, measured_speeds
from app.session.jobs import Jobs
from app.session.models import ModelShelf
from app.storage.pace_file import PaceFile

_log = logging.getLogger("log.paces")


class Paces(QObject):
    """Learns from every prompt and every answer, and remembers it for the next start: by file
    name of the model and by the device that it ran on."""

    changed = Signal()  # what it says may be something else now

    def __init__(
        self, file: PaceFile, shelf: ModelShelf, jobs: Jobs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._file = file
        self._shelf = shelf
        self._jobs = jobs
        self._paces: dict[str, Pace] = {}
        jobs.run(file.load, self._loaded)
        shelf.state_changed.connect(self.changed)

    def seconds(self, tokens: int) -> float | None:
        """How long the loaded model takes until it has read a picture of ``tokens``; None while
        that is unknown."""
        return self.current.seconds(tokens)

    @property
    def current(self) -> Pace:
        """What is known of the loaded model."""
        return self._paces.get(self._name(), Pace())

    def measured(self, device: str = "") -> Measured:
        """The speed of every model whose writing has been measured, on ``device`` as the settings
        name it ("": the one that it ran on last)."""
        return measured_speeds(self._paces, device)

    def note_answer(self, tokens: int, per_second: float) -> None:
        """Take the figures of an answer: what was written, at how many tokens a second."""
        self._keep(self.current.with_answer(tokens, per_second))

    def note(
        self,
        parts: Sequence[Attached],
        encode_ms: float,
        encoded_tokens: int,
        read_tokens: int,
        prefill_tps: float,
    ) -> None:
        """Take the figures of a prompt whose new attachments were ``parts``. Only where just one
        picture was encoded they tell what it cost; ``read_tokens`` were evaluated in all."""
        after = self.current.with_speed(read_tokens, prefill_tps)
        pictures = [part for part in parts if isinstance(part, Image) and part.budget]
        alone = len(pictures) == 1 and not any(isinstance(part, Audio) for part in parts)
        if alone and encoded_tokens == picture_tokens(pictures[0]):
            after = after.with_picture(encoded_tokens, encode_ms)
        self._keep(after)

    def _keep(self, after: Pace) -> None:
        if after == self.current or not self._name():
            return
        self._paces.pop(self._name(), None)  # the newest stands last
        self._paces[self._name()] = after
        paces = dict(self._paces)
        self._jobs.run(lambda: self._file.save(paces), failed=_not_kept)
        self.changed.emit()

    def _loaded(self, paces: dict[str, Pace]) -> None:
        self._paces = paces | self._paces
        self.changed.emit()

    def _name(self) -> str:
        info = self._shelf.info
        return f"{Path(info.path).name}, {info.device}" if info is not None else ""


def picture_tokens(picture: Image) -> int:
    """How many tokens a picture with a budget takes."""
    return tokens_at(picture.width, picture.height, picture.budget)


def _not_kept(error: Exception) -> None:
    _log.warning("not kept: %s", error)
