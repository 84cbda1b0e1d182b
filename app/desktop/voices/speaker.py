"""What every way to read aloud has in common."""

import sys

import msgspec
from PySide6.QtCore import QObject, Signal

from app.core.errors import AppError


class Voice(msgspec.Struct, frozen=True):
    """A voice of the system. ``id`` is what the system calls it; ``language`` a tag such as "en" or
    "de-DE", "" where that isn't known."""

    id: str
    name: str
    language: str = ""


class Speaker(QObject):
    """Says one sentence at a time. ``ended`` follows when it has been said, and not after ``stop``;
    ``failed`` if it can't be."""

    ended = Signal()
    failed = Signal(AppError)

    def say(self, text: str, voice: str = "", speed: float = 1.0) -> None:
        """Say ``text`` by the voice of that id ("" for the usual one), at ``speed`` times the usual
        speed. What is being said is stopped."""
        raise NotImplementedError

    def stop(self) -> None:
        """Be silent at once."""
        raise NotImplementedError

    def voices(self) -> tuple[Voice, ...]:
        """All voices there are, by name. May take a second: not for the thread that paints."""
        raise NotImplementedError

    def close(self) -> None:
        """Be silent, and let go of everything."""
        self.stop()


def system_speaker(parent: QObject | None = None) -> Speaker | None:
    """What this system reads aloud with; None if it has no voice. Looks for programs: some
    milliseconds."""
    if sys.platform == "win32":
        from app.desktop.voices.windows import WindowsSpeaker

        return WindowsSpeaker(parent)
    if sys.platform == "darwin":
        from app.desktop.voices.command import MacSpeaker

        return MacSpeaker(parent)
    from app.desktop.voices.command import EspeakSpeaker
    from app.desktop.voices.dispatcher import DispatcherSpeaker

    return DispatcherSpeaker.found(parent) or EspeakSpeaker.found(parent)


def no_voice() -> AppError:
    """What to say where there is no voice."""
    return AppError(
        "This system has no voice to read with.",
        "Install speech-dispatcher or espeak-ng, then start Facet again.",
        code="no-voice",
    )
