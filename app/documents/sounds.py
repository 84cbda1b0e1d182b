"""Sounds: how long they are, and whether they can be decoded to the end."""

import io
from collections.abc import Iterable

import numpy as np
import soundfile

from app.core.errors import AppError
from app.core.media_limits import MAX_SECONDS, sound_too_long

MIME = "audio/flac"  # of what ``encode`` makes

_BLOCK = 65536  # frames decoded at a time

_MIMES = {"WAV": "audio/wav", "WAVEX": "audio/wav", "RF64": "audio/wav", "W64": "audio/wav"}
_MIMES |= {"MP3": "audio/mpeg", "FLAC": "audio/flac", "OGG": "audio/ogg"}
# Kinds that the engine doesn't know: what they begin with, and how they are called.
_OTHER_STARTS = (b"#!AMR", b"caff", b".snd", b"\x0b\x77", b"wvpk", b"TTA1")
_OTHER_ENDINGS = {".aac", ".amr", ".aif", ".aiff", ".aifc", ".caf", ".ac3", ".au", ".wv", ".tta"}
_ENDINGS = {".wav", ".wave", ".mp3", ".flac", ".ogg", ".oga", ".opus"}


def looks_like_sound(data: bytes, ending: str) -> bool:
    """Whether ``data`` begins like a WAV, MP3, FLAC or Ogg file, or is binary and has the
    ``ending`` of one."""
    if data[:4] in (b"RIFF", b"RF64") and data[8:12] == b"WAVE":
        return True
    if data[:4] in (b"fLaC", b"OggS") or data[:3] == b"ID3":
        return True
    if _is_mp3_frame(data):
        return True
    return ending in _ENDINGS


def is_other_sound(head: bytes, ending: str) -> bool:
    """Whether a file is a sound that has to be decoded before the engine can take it: AAC, AMR,
    AIFF and the like, as files of their own."""
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return True
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:  # AAC without a container
        return True
    return head.startswith(_OTHER_STARTS) or ending in _OTHER_ENDINGS


def encode(samples: np.ndarray, rate: int) -> bytes:
    """int16 samples, mono, as a FLAC file."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def squeezed(blocks: Iterable[np.ndarray], rate: int) -> bytes:
    """int16 samples, mono, as an Opus file: about 15 MB an hour."""
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", rate, 1, "OPUS", format="OGG") as sound:
        for block in blocks:
            sound.write(block)
    return file.getvalue()


def measure(data: bytes, name: str) -> tuple[str, float]:
    """The MIME type and the length in seconds of a sound, decoded once from end to end. AppError,
    calling it ``name``, when it is damaged, empty or too long."""
    frames = 0
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as sound:
            rate = sound.samplerate
            mime = _MIMES.get(sound.format)
            if mime is None:
                raise _damaged(name)
            while count := len(sound.read(_BLOCK, dtype="float32")):
                frames += count
                if frames > MAX_SECONDS * rate:
                    raise sound_too_long(name, code="attachment-large")
    except (soundfile.SoundFileError, OSError, ValueError) as error:
        raise _damaged(name) from error
    if not frames:
        raise AppError(
            f"{name} has no sound in it.", "Choose another file.", code="attachment-empty"
        )
    return mime, frames / rate


def _is_mp3_frame(data: bytes) -> bool:
    """Whether ``data`` begins with a header of MPEG audio, layer III, whose fields are legal."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE6 != 0xE2:
        return False
    version, bitrate, rate = (data[1] >> 3) & 3, data[2] >> 4, (data[2] >> 2) & 3
    return version != 1 and bitrate not in (0, 15) and rate != 3


def _damaged(name: str) -> AppError:
    return AppError(
        f"{name} can't be read as a sound; the file may be damaged.",
        "Facet reads WAV, MP3, FLAC and Ogg. Save it again as one of these, or choose another.",
        code="attachment-damaged",
    )
