"""Long recordings as documents, whose pages are pieces of speech that wait to be heard."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from app.core.document import Extract, Page
from app.core.errors import AppError
from app.core.prompt import clock
from app.documents.decoding import RATE, Sound, wav
from app.documents.voice_activity import Piece, cut_blocks

LONG = 300.0  # seconds from which on a sound is a document rather than part of a message
LONGEST = 12 * 3600.0  # seconds; of hours of sound nothing is kept but where its pauses are

_TELL_EVERY = 0.05  # seconds


def read_recording(
    path: Path,
    name: str,
    told: Callable[[int, int], None] = lambda done, total: None,
    stop: threading.Event | None = None,
) -> Extract:
    """Cut a sound, or the sound of a film, at pauses into pieces of at most 30 s.

    Each is a page of unit "time": ``label`` is where it begins ("12:30"), ``start`` and ``end`` are
    seconds; together they cover the whole. Pieces with speech are not ``read`` and wait for the
    model; those in which nobody speaks are ``read`` and have no words (they may be longer).
    ``told`` gets the seconds done and in all (0 where that isn't known), at most 20 times a second.
    Raises AppError: those of ``Sound``, "document-limit", "document-stopped".
    """
    pages: list[Page] = []
    with Sound(path, name) as sound:
        if sound.seconds > LONGEST:
            raise _too_long(name)
        for piece_ in cut_blocks(_listened(sound, name, told, stop)):
            pages.append(_page(len(pages) + 1, piece_))
        missing = (sound.damage,) if sound.damage else ()
    if not pages:
        raise AppError(
            f"{name} has no sound in it.", "Choose another file.", code="attachment-empty"
        )
    return Extract(name, "recording", "time", tuple(pages), len(pages), missing=missing)


def piece(path: Path, start: float, end: float) -> bytes:
    """The sound from ``start`` to ``end`` seconds, as a WAV file: 16 kHz, mono. Raises AppError."""
    with Sound(path, path.name) as sound:
        blocks = list(sound.blocks(start, end))
    return wav(np.concatenate(blocks) if blocks else np.zeros(0, np.int16))


def _listened(
    sound: Sound,
    name: str,
    told: Callable[[int, int], None],
    stop: threading.Event | None,
) -> Iterator[np.ndarray]:
    """The blocks of ``sound``, with progress told, until it is too long or to be stopped."""
    total = int(sound.seconds)
    done = 0
    told_at = 0.0
    for block in sound.blocks(stop=stop):
        yield block
        done += block.size
        if done > LONGEST * RATE:
            raise _too_long(name)
        if (now := time.monotonic()) - told_at >= _TELL_EVERY:
            told_at = now
            seconds = done // RATE
            told(seconds, max(total, seconds) if total else 0)
    if stop is not None and stop.is_set():
        raise AppError(
            f"Reading {name} was stopped.", "Add it again to go on.", code="document-stopped"
        )
    told(done // RATE, done // RATE)


def _page(number: int, piece_: Piece) -> Page:
    return Page(
        number,
        source="sound",
        read=piece_.speech == 0,
        label=clock(piece_.start),
        start=round(piece_.start, 3),
        end=round(piece_.end, 3),
    )


def _too_long(name: str) -> AppError:
    return AppError(
        f"{name} is longer than {LONGEST / 3600:.0f} hours, the most that Facet takes.",
        "Cut out the part that matters.",
        code="document-limit",
    )
