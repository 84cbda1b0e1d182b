"""What somebody says: one take at a time, for a chat or a question about the screen."""

import io
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.core.errors import AppError
from app.session.jobs import Jobs
from app.session.preferences import Preferences

if TYPE_CHECKING:
    import numpy as np

    from app.desktop.microphone.microphone import Microphone
    from app.desktop.microphone.take import InputDevice, Take

LONGEST = 30.0  # seconds that a model hears at once
_SHORTEST = 0.25  # seconds; less is a slip of the finger
_EDGE = 1.5  # seconds at both ends of a take that are looked through first
_AUDIBLE = 650  # of 32768: what the loudest moment of a sound is at least, -34 dB


@dataclass(frozen=True)
class Spoken:
    """What somebody has said, as a WAV file (16 kHz, mono), without the silence around it.
    ``cut_off`` is as in ``desktop.microphone.take.Take``."""

    wav: bytes
    seconds: float
    cut_off: str = ""


Taken = Callable[[Spoken], None]


class Recorder(QObject):
    """Records for one ``speaker`` at a time: whoever shows the recording. The microphone itself is
    made when it is first needed, or by ``warm_up``.

    A take that holds nothing is not handed over; ``problem`` says why, and for whom.
    """

    changed = Signal()  # a recording has begun or ended
    heard = Signal()  # ``levels``, ``seconds`` and ``level`` are others, up to 30 times a second
    light_changed = Signal(bool)  # whether the microphone is open
    devices_changed = Signal()
    problem = Signal(AppError, object)  # and the speaker whose recording it is about

    def __init__(
        self,
        make: "Callable[[], Microphone]",
        preferences: Preferences,
        jobs: Jobs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._make = make
        self._preferences = preferences
        self._jobs = jobs
        self._microphone: Microphone | None = None
        self._taken: Taken | None = None
        self.speaker: object | None = None
        self.level = 0.0  # RMS of the last moment, 0..1

    # -- what is so -------------------------------------------------------------------------------

    @property
    def recording(self) -> bool:
        """Whether somebody is being recorded, or what was recorded is about to be handed over."""
        return self.speaker is not None

    @property
    def light(self) -> bool:
        """Whether the microphone is open."""
        return self._microphone is not None and self._microphone.light

    @property
    def seconds(self) -> float:
        """How much has been recorded."""
        return self._microphone.seconds if self._microphone is not None and self.recording else 0.0

    @property
    def left(self) -> float:
        """The seconds until the take ends by itself."""
        return max(0.0, LONGEST - self.seconds)

    @property
    def levels(self) -> Sequence[float]:
        """How loud it has been, 0..1, 20 values a second."""
        return self._microphone.levels() if self._microphone is not None and self.recording else ()

    def samples(self, start: int) -> "np.ndarray | None":
        """What has been recorded so far from sample ``start`` on (int16, 16 kHz); None for
        nothing."""
        if self._microphone is None or not self.recording:
            return None
        return self._microphone.samples(start)

    @property
    def devices(self) -> "tuple[InputDevice, ...]":
        """The microphones, as last looked for."""
        return self._microphone.devices() if self._microphone is not None else ()

    # -- orders -----------------------------------------------------------------------------------

    def warm_up(self) -> None:
        """Have everything ready for the first word. Opens no microphone."""
        self._jobs.run(_warm_up)
        self._need().warm_up()

    def refresh(self) -> None:
        """Look for microphones anew; ``devices_changed`` follows if there are others."""
        self._need().refresh()

    def begin(self, speaker: object, taken: Taken) -> None:
        """Record for ``speaker``, who gets the take by ``taken``. Without effect while anybody is
        being recorded. ``problem`` and ``changed`` follow if there is no microphone."""
        if self.recording:
            return
        self.speaker, self._taken, self.level = speaker, taken, 0.0
        self._need().start(self._preferences.settings.microphone, LONGEST)
        self.changed.emit()

    def finish(self) -> None:
        """The take is over; it is handed over a moment later."""
        if self.recording and self._microphone is not None:
            self._microphone.stop()

    def cancel(self) -> None:
        """Forget what has been recorded."""
        if self.recording and self._microphone is not None:
            self._microphone.cancel()
            self._end()

    def close(self) -> None:
        """Let go of the microphone."""
        if self._microphone is not None:
            self._microphone.close()
            self._end()

    # -- inside -----------------------------------------------------------------------------------

    def _need(self) -> "Microphone":
        if self._microphone is None:
            microphone = self._microphone = self._make()
            microphone.level.connect(self._hear)
            microphone.stopped.connect(self._stopped)
            microphone.failed.connect(self._failed)
            microphone.warned.connect(lambda error: self.problem.emit(error, self.speaker))
            microphone.light_changed.connect(self.light_changed)
            microphone.devices_changed.connect(self.devices_changed)
        return self._microphone

    def _end(self) -> None:
        self._taken = None
        if self.speaker is not None:
            self.speaker, self.level = None, 0.0
            self.changed.emit()

    def _hear(self, level: float) -> None:
        self.level = level
        self.heard.emit()

    def _failed(self, error: AppError) -> None:
        speaker = self.speaker
        self._end()
        self.problem.emit(error, speaker)

    def _stopped(self, take: "Take") -> None:
        taken, speaker = self._taken, self.speaker
        if taken is None:
            return
        if take.seconds < _SHORTEST:
            self._end()
            self._say_nothing(take, speaker)
            return
        self._jobs.run(partial(_cut_out, take), partial(self._hand_over, taken, take))

    def _hand_over(self, taken: Taken, take: "Take", spoken: Spoken | None) -> None:
        if taken is not self._taken:
            return  # it was cancelled meanwhile
        speaker = self.speaker
        if spoken is not None:
            taken(spoken)  # whoever shows the recording may have more to show
        self._end()
        if spoken is None:
            self._say_nothing(take, speaker)

    def _say_nothing(self, take: "Take", speaker: object) -> None:
        say = QCoreApplication.translate
        if take.cut_off == "device lost":
            what = say("Recorder", "The microphone went away before anything was said.")
            step = say("Recorder", "Plug it in again, or choose another in the settings.")
        else:
            what = say("Recorder", "No speech was heard.")
            step = say("Recorder", "Hold the key or button while you speak, or check the input.")
        self.problem.emit(AppError(what, step, code="mic-nothing"), speaker)


def _cut_out(take: "Take") -> Spoken | None:
    """The take without the silence around speech; None if there is nothing to be heard. What is no
    speech may be meant as well ("which bird is that?") and stays whole. Runs in a lane."""
    rate = round(take.samples.size / take.seconds)
    start, end = _speech_in(take.samples, rate)
    samples = take.samples[start:end]
    if samples.size == 0:
        if int(abs(take.samples.astype("int32")).max()) < _AUDIBLE:
            return None
        samples = take.samples
    return Spoken(wav_of(samples.tobytes(), rate), samples.size / rate, take.cut_off)


def _speech_in(samples: "np.ndarray", rate: int) -> tuple[int, int]:
    """The samples from which and to which somebody speaks. Mostly that is said by the edges alone,
    and who has let go of the key waits for it."""
    # Not above: it brings numpy, for which no start should wait.
    from app.documents.voice_activity import trim

    edge = round(_EDGE * rate)
    if samples.size > 2 * edge:
        head, tail = trim(samples[:edge]), trim(samples[-edge:])
        if head.end and tail.end:
            return round(head.start * rate), samples.size - edge + round(tail.end * rate)
    span = trim(samples)
    return round(span.start * rate), round(span.end * rate)


def _warm_up() -> None:
    """What ``_cut_out`` needs, before somebody waits for it. Runs in a lane."""
    import numpy as np

    _speech_in(np.zeros(1600, np.int16), 16000)


def wav_of(samples: bytes, rate: int) -> bytes:
    """A WAV file of int16 mono ``samples``."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)
    return buffer.getvalue()
