"""Long recordings as documents, whose pages are pieces of speech that wait to be heard."""

import threading
from collections.abc import Callable
from pathlib import Path

from app.core.document import Extract

LONG = 300.0  # seconds from which on a sound is a document rather than part of a message


def read_recording(
    path: Path,
    name: str,
    told: Callable[[int, int], None] = lambda done, total: None,
    stop: threading.Event | None = None,
) -> Extract:
    """Cut a sound, or the sound of a film, at pauses into pieces of at most 30 s.

    Each is a page of kind "time": ``label`` is where it begins ("12:30"), ``start`` and ``end`` are
    seconds; together they cover the whole. Pieces with speech are not ``read`` and wait for the
    model; those in which nobody speaks are ``read`` and have no words. ``told`` gets the
    seconds done and in all (0 where that isn't known), about 20 times a second. Raises AppError:
    "attachment-damaged", "attachment-empty", "document-limit", "document-stopped".
    """
    raise NotImplementedError


def piece(path: Path, start: float, end: float) -> bytes:
    """The sound from ``start`` to ``end`` seconds, as a WAV file: 16 kHz, mono. Raises AppError."""
    raise NotImplementedError
