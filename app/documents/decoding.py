"""Sounds of any kind, and the sound of films, as the samples that a model hears."""

import io
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import av
import numpy as np
import soundfile
from av.audio.resampler import AudioResampler
from av.stream import Disposition

from app.core.errors import AppError

RATE = 16000  # samples a second

_BLOCK = RATE  # samples handed over at once
_EARLIER = 0.5  # seconds before a place from which a decoder has to run to be right there
_TOLERANCE = RATE // 10  # samples by which the time stamps of a good file may be off
_PATIENCE = 1000  # errors beyond which a file is given up that hasn't much that is good
_LONGEST_GAP = 600.0  # seconds that are filled with silence where a file doesn't tell its length

# Only what is a file of its own: playlists and the like could name others, or the network.
_FORMATS = (
    *("wav", "w64", "aiff", "au", "caf", "mp3", "flac", "ogg", "aac", "ac3", "amr", "wv", "tta"),
    *("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi", "asf", "flv", "mpeg", "mpegts", "rm"),
)
_MIMES = {
    "wav": "audio/wav",
    "w64": "audio/wav",
    "aiff": "audio/aiff",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "aac": "audio/aac",
    "amr": "audio/amr",
    "avi": "video/x-msvideo",
    "mpegts": "video/mp2t",
    "asf": "video/x-ms-wmv",
    "mpeg": "video/mpeg",
    "flv": "video/x-flv",
}
_EXACT = {
    "wav",
    "flac",
    "mov,mp4,m4a,3gp,3g2,mj2",
    "matroska,webm",
}  # don't guess how long they are
_OF_BOTH = {"ogg": "ogg", "mov,mp4,m4a,3gp,3g2,mj2": "mp4", "matroska,webm": "webm"}


class Sound:
    """A sound file, or the sound of a film, open for decoding with FFmpeg's libraries.

    ``seconds`` is what the file says of its length, 0.0 if nothing (or nonsense); ``film`` whether
    there are moving pictures. Samples are int16, 16 kHz, mono. Raises AppError ("attachment-
    damaged", "attachment-empty", "attachment-missing", "attachment-refused") for a file that can't
    be opened or has no sound. Not for several threads at once.
    """

    def __init__(self, source: Path | bytes, name: str) -> None:
        self.name = name
        self.damage = ""  # after ``blocks``: a sentence about what could not be decoded; "" if all
        self._used = False
        self._stop = threading.Event()
        self._file = io.BytesIO(source) if isinstance(source, bytes) else _opened(source, name)
        try:
            self._container = av.open(
                self._file,
                "r",
                metadata_errors="ignore",
                options={"protocol_whitelist": "none", "format_whitelist": ",".join(_FORMATS)},
            )
        except (av.FFmpegError, ValueError) as error:
            self._file.close()
            raise _damaged(name) from error
        streams = self._container.streams
        pictures = [one for one in streams.video if not one.disposition & Disposition.attached_pic]
        self.film = bool(pictures)
        if not streams.audio:
            self.close()
            raise AppError(
                f"{name} has no sound in it.", "Choose another file.", code="attachment-empty"
            )
        best = streams.best("audio")
        self._stream = best if isinstance(best, av.AudioStream) else streams.audio[0]
        self.mime = _mime(self._container.format.name, film=self.film)
        self.seconds = _length(self._container, self._stream)
        exact = self._container.format.name in _EXACT and not self.film
        self._promised = self.seconds if exact else 0.0

    def blocks(
        self, start: float = 0.0, end: float | None = None, stop: threading.Event | None = None
    ) -> Iterator[np.ndarray]:
        """The samples from ``start`` to ``end`` (seconds), in blocks of at most a second. What of a
        damaged file can be decoded comes, with silence where something is missing in the middle,
        so that times stay right; ``damage`` tells. Ends early once ``stop`` is set."""
        self.damage = ""
        first = round(start * RATE)
        last = None if end is None else round(end * RATE)
        self._go_to(max(0.0, start - _EARLIER))
        self._used = True
        self._stop = stop or threading.Event()
        waiting: list[np.ndarray] = []
        count = 0
        for at, samples in self._decoded(sure=start <= _EARLIER):
            if self._stop.is_set():
                return
            if last is not None and at >= last:
                break
            inside = samples[max(0, first - at) : None if last is None else last - at]
            waiting.append(inside)
            count += inside.size
            if count >= _BLOCK:
                whole = np.concatenate(waiting)
                full = count // _BLOCK * _BLOCK
                yield from whole[:full].reshape(-1, _BLOCK)
                waiting, count = [whole[full:]], count - full
        if count:
            yield np.concatenate(waiting)

    def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        self._container.close()
        self._file.close()

    def __enter__(self) -> "Sound":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- inside -----------------------------------------------------------------------------------

    def _go_to(self, seconds: float) -> None:
        """To ``seconds``, or before. What can't be moved in stays where it is."""
        if seconds == 0 and not self._used:
            return
        origin = self._container.start_time or 0
        try:
            self._container.seek(origin + round(seconds * av.time_base))
        except av.FFmpegError:
            pass

    def _decoded(self, *, sure: bool) -> Iterator[tuple[int, np.ndarray]]:
        """Samples from here on, each time with where they stand in the whole. ``sure`` means that
        this is the beginning, whatever time stamps say or don't."""
        resampler = _resampler()
        origin = (self._container.start_time or 0) / av.time_base
        position = 0 if sure else None
        believed = 0  # samples: what a time stamp is off by, if it is less, doesn't count
        shift = 0  # what has to be added to time stamps, which begin anew in files put together
        for frame in self._frames(sure=sure):
            if frame.pts is not None and frame.time_base is not None:
                stamp = round((float(frame.pts * frame.time_base) - origin) * RATE) + shift
                if position is None:
                    position = max(0, stamp)
                gap = stamp - position
                if gap > believed and self._plausible(stamp):
                    yield from _silence(position, gap)
                    position += gap
                elif abs(gap) > believed:
                    shift -= gap
                believed = _TOLERANCE
            if position is None:
                position = 0
            try:
                pieces = resampler.resample(frame)
            except (ValueError, av.FFmpegError):  # what comes has another rate or shape now
                resampler = _resampler()
                pieces = resampler.resample(frame)
            for samples in map(_samples, pieces):
                yield position, samples
                position += samples.size
        if position is not None:
            try:
                left = resampler.resample(None)
            except (ValueError, av.FFmpegError):
                left = []  # there was nothing to resample
            for samples in map(_samples, left):
                yield position, samples
                position += samples.size
            missing = self._promised - position / RATE
            if missing > 1.0 and not self.damage:
                self.damage = f"{self.name} is not complete: its last {missing:.0f} s are missing."

    def _frames(self, *, sure: bool) -> Iterator[av.AudioFrame]:
        good = bad = 0
        packets = self._container.demux(self._stream)
        while bad <= _PATIENCE + good:
            if self._stop.is_set():
                return
            try:
                packet = next(packets, None)
                if packet is None:
                    break
                frames = packet.decode()
            except EOFError:
                break
            except av.FFmpegError:
                bad += 1
                packets = self._container.demux(self._stream)  # an error ends it
                continue
            for frame in frames:
                good += 1
                yield frame
        if sure and not good:
            raise _damaged(self.name)
        if bad:
            self.damage = f"A part of {self.name} is damaged and can't be heard."

    def _plausible(self, stamp: int) -> bool:
        """Whether a time stamp after a gap can be true."""
        return stamp <= ((self.seconds or _LONGEST_GAP) + 1) * RATE


def wav(samples: np.ndarray) -> bytes:
    """int16 samples at 16 kHz, mono, as a WAV file."""
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()


def _resampler() -> AudioResampler:
    return AudioResampler(format="s16", layout="mono", rate=RATE)


def _samples(frame: av.AudioFrame) -> np.ndarray:
    return frame.to_ndarray().reshape(-1)


def _silence(position: int, count: int) -> Iterator[tuple[int, np.ndarray]]:
    for done in range(0, count, _BLOCK):
        yield position + done, np.zeros(min(_BLOCK, count - done), np.int16)


def _length(container: av.container.InputContainer, stream: av.AudioStream) -> float:
    """What a file says of its length in seconds."""
    if container.duration is not None:
        seconds = container.duration / av.time_base
    elif stream.duration is not None and stream.time_base is not None:
        seconds = float(stream.duration * stream.time_base)
    else:
        return 0.0
    return seconds if 0 < seconds < 1e6 else 0.0


def _mime(format_name: str, *, film: bool) -> str:
    if format_name in _OF_BOTH:
        return f"{'video' if film else 'audio'}/{_OF_BOTH[format_name]}"
    return _MIMES.get(format_name, "application/octet-stream")


def _opened(path: Path, name: str) -> io.BufferedReader:
    try:
        # Not blocking: a named pipe that nobody writes to would hold the job for ever.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        file = os.fdopen(os.open(path, flags), "rb")
    except FileNotFoundError as error:
        raise AppError(
            f"{name} is not there any more.",
            "Look where it was moved to and add it again.",
            code="attachment-missing",
        ) from error
    except IsADirectoryError as error:
        raise _no_file(name) from error
    except OSError as error:
        reason = (error.strerror or str(error)).rstrip(".")
        raise AppError(
            f"{name} can't be read. The system says: {reason}.",
            "Check the permissions of the file, and the disk it is on.",
            code="attachment-refused",
        ) from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise _no_file(name)
    return file


def _no_file(name: str) -> AppError:
    return AppError(
        f"{name} is a folder or a device, not a file.", "Choose a file.", code="attachment"
    )


def _damaged(name: str) -> AppError:
    return AppError(
        f"{name} can't be read as a sound; the file may be damaged.",
        "Save it again as WAV, MP3, FLAC, Ogg or M4A, or choose another.",
        code="attachment-damaged",
    )
