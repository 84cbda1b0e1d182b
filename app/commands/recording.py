"""Recording from the microphone for a command."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.commands.outputs import PlainOutput
from app.core.errors import AppError
from app.desktop.microphone.headless import record
from app.desktop.microphone.take import CLIP, LONGEST, Take
from app.documents.decoding import wav

_BAR = 12  # characters of the level


def record_clip(seconds: float, device: str, folder: Path) -> Path:
    """A question that is spoken into the microphone with the id ``device``, at most ``CLIP``
    seconds of it, as a WAV file in ``folder``. Raises AppError."""
    if seconds > CLIP:
        raise AppError(
            f"A spoken question has at most {CLIP:.0f} seconds.",
            "Say less, or record more with facet transcribe --record.",
            code="usage",
        )
    return _recorded(seconds, device, folder)


def record_long(seconds: float, device: str, folder: Path) -> Path:
    """A recording of any length, as a WAV file in ``folder``. Raises AppError."""
    if seconds > LONGEST:
        raise AppError(
            f"A recording has at most {LONGEST / 3600:.0f} hours.",
            "Record a part of it.",
            code="usage",
        )
    return _recorded(seconds, device, folder)


def _recorded(seconds: float, device: str, folder: Path) -> Path:
    take = _listen(seconds, device)
    if not take.samples.size:
        raise AppError("Nothing was recorded.", "Let it record for longer.", code="mic-empty")
    path = folder / "recording.wav"
    path.write_bytes(wav(take.samples))
    return path


def _listen(seconds: float, device: str) -> Take:
    status = PlainOutput(sys.stdout, sys.stderr).status
    announced = False

    def told(done: float, level: float) -> None:
        nonlocal announced
        if not announced:  # now that it does hear
            announced = True
            words = f"Recording for up to {seconds:g} s; Ctrl+C ends it."
            print(words, file=sys.stderr, flush=True)
        bar = "#" * round(_BAR * min(1.0, 4 * level))
        status(f"{done:5.1f} of {seconds:g} s  {bar}")

    with _interrupted() as stop:
        take = record(seconds, device, told, stop)
    status("")
    if take.cut_off == "device lost":
        print(
            f"{take.device or 'The microphone'} is gone; {take.seconds:.1f} s were recorded.",
            file=sys.stderr,
        )
    return take


@contextmanager
def _interrupted() -> Iterator[threading.Event]:
    """Meanwhile Ctrl+C sets the event; a second one ends the program."""
    event = threading.Event()

    def end(_signal: int, _frame: object) -> None:
        event.set()
        signal.signal(signal.SIGINT, previous)

    previous = signal.signal(signal.SIGINT, end)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, previous)
