"""The process that decodes a film.

Its order comes from stdin; on stdout it says how far it is, and at last what it has taken. See
``film``.
"""

import io
import math
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition
from PIL import Image

from app.core.errors import AppError
from app.documents.decoding import Sound, wav
from app.documents.film import (
    LONG_SOUND,
    MOST_FRAMES,
    SIDE,
    Look,
    Refused,
    Shot,
    Shots,
    Told,
    damaged,
    receive,
    send,
)
from app.documents.reader.confinement import confine
from app.documents.reader.limits import Limits

_LIMITS = Limits(memory=3 * 2**30, seconds=1200)
_PIXELS = 8192 * 8192  # of a picture of the film
_NEAR = 10.0  # seconds; what is farther ahead is jumped to rather than decoded up to
_ERRORS = 200  # after which a damaged film has shown what can be shown of it
_QUALITY = 85
_TAIL = 0.25  # seconds at the end that need no picture of their own
_AUDIBLE = 64  # of 32768; what stays below is silence
_MIMES = {
    "mp4": "video/mp4",
    "webm": "video/webm",
    "avi": "video/x-msvideo",
    "asf": "video/x-ms-wmv",
    "mpeg": "video/mpeg",
    "mpegts": "video/mp2t",
    "flv": "video/x-flv",
}
# Only what is a file of its own: playlists and the like could name others, or the network.
_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,asf,flv,mpeg,mpegts,mpegvideo,ogg,rm"


def main() -> None:
    """The process."""
    order = receive(sys.stdin.buffer)
    if not isinstance(order, Look):
        return
    path, name = Path(os.fsdecode(order.path)), order.name
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print belongs elsewhere
    threading.Thread(target=_follow, name="parent", daemon=True).start()
    av.logging.set_level(None)  # what damaged files make it say is for nobody
    confine(_LIMITS, path)
    try:
        with _Film(path, name) as film:
            send(
                out,
                film.look(lambda done, total: send(out, Told(done, total)), always=order.always),
            )
    except AppError as error:
        send(out, Refused(error.what, error.next_step, error.code))
    except (av.FFmpegError, ValueError, MemoryError, OSError):
        refusal = damaged(name)
        send(out, Refused(refusal.what, refusal.next_step, refusal.code))


def _follow() -> None:
    """End with the process that has started this one."""
    sys.stdin.buffer.read()
    os._exit(0)


class _Film:
    """A film that is open for decoding."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name
        self._file = path.open("rb")
        self._container = av.open(
            self._file,
            "r",
            metadata_errors="ignore",
            options={"protocol_whitelist": "none", "format_whitelist": _FORMATS},
        )
        streams = self._container.streams
        moving = [one for one in streams.video if not one.disposition & Disposition.attached_pic]
        self._stream = moving[0] if moving else None
        self._has_sound = bool(streams.audio)
        self._origin = (self._container.start_time or 0) / av.time_base
        length = (self._container.duration or 0) / av.time_base
        self._seconds = length if 0 < length < 1e6 else 0.0

    def __enter__(self) -> "_Film":
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()
        self._file.close()

    def look(self, told: Callable[[int, int], None], *, always: bool) -> Shots:
        """Take the pictures and the sound."""
        speaks = self._has_sound and self._seconds > LONG_SOUND and not always
        if self._stream is None or speaks:
            if self._stream is None and not self._has_sound:
                raise damaged(self._name)
            moving = self._stream is not None
            return Shots(self._seconds, (), self._has_sound, moving=moving)
        context = self._stream.codec_context
        if context.width * context.height > _PIXELS:
            raise AppError(
                f"{self._name} is too large: its pictures have {context.width:,} × "
                f"{context.height:,} pixels.",
                "Save it again with smaller pictures.",
                code="attachment-large",
            )
        self._stream.thread_type = "AUTO"
        shots = tuple(self._shots(told) if self._seconds else self._shots_of_unknown(told))
        if not shots:
            raise damaged(self._name)
        seconds = max(self._seconds, shots[-1].seconds)
        sound = self._sound() if self._has_sound and seconds <= LONG_SOUND else b""
        return Shots(seconds, shots, self._has_sound, sound, _mime(self._container.format.name))

    def _shots(self, told: Callable[[int, int], None]) -> Iterator[Shot]:
        """At each second, or at MOST_FRAMES places. What is shown at a place is the last picture
        that has come by then; one that stays is taken once."""
        count = max(1, min(MOST_FRAMES, math.ceil(self._seconds - _TAIL)))
        step = max(1.0, self._seconds / count)
        shown: av.VideoFrame | None = None
        coming: tuple[float, av.VideoFrame] | None = None
        taken: av.VideoFrame | None = None
        frames = self._frames()
        for number in range(count):
            wanted = number * step
            told(number, count)
            if coming is None or wanted - coming[0] > _NEAR:
                if number:
                    self._container.seek(round((self._origin + wanted) * av.time_base))
                    frames = self._frames()
                coming = next(frames, None)
                shown = None
            while coming is not None and (shown is None or coming[0] <= wanted + 0.001):
                shown = coming[1]
                coming = next(frames, None)
            if shown is None:
                return
            if shown is not taken:
                yield self._shot(shown, wanted)
                taken = shown

    def _shots_of_unknown(self, told: Callable[[int, int], None]) -> Iterator[Shot]:
        """The same where the file doesn't tell its length: every other picture is let go of each
        time there are too many."""
        step, shots, following = 1.0, list[Shot](), 0.0
        for seconds, frame in self._frames():
            if seconds < following:
                continue
            shots.append(self._shot(frame, seconds))
            told(0, 1)
            if len(shots) > MOST_FRAMES:
                shots, step = shots[::2], step * 2
            following = shots[-1].seconds + step
        yield from shots

    def _frames(self) -> Iterator[tuple[float, av.VideoFrame]]:
        """The pictures from here on, each with its second."""
        bad, last = 0, 0.0
        packets = self._container.demux(self._stream)
        while bad <= _ERRORS:
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                frames = packet.decode()
            except EOFError:
                return
            except av.FFmpegError:
                bad += 1
                packets = self._container.demux(self._stream)  # an error ends it
                continue
            for frame in frames:
                if isinstance(frame, av.VideoFrame):
                    last = frame.time - self._origin if frame.time is not None else last
                    yield last, frame

    def _shot(self, frame: av.VideoFrame, seconds: float) -> Shot:
        assert self._stream is not None
        shape = float(self._stream.sample_aspect_ratio or 1) or 1.0
        width, height = frame.width * shape, float(frame.height)
        scale = min(1.0, SIDE / max(width, height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        picture: Image.Image = frame.to_image(  # type: ignore[no-untyped-call]
            width=size[0], height=size[1], interpolation="AREA"
        )
        if frame.rotation:
            picture = picture.rotate(frame.rotation, Image.Resampling.BICUBIC, expand=True)
        file = io.BytesIO()
        picture.convert("RGB").save(file, "JPEG", quality=_QUALITY)
        return Shot(file.getvalue(), round(seconds, 3), picture.width, picture.height)

    def _sound(self) -> bytes:
        """The sound as a WAV file; b"" if nothing can be heard of it."""
        try:
            with Sound(self._path, self._name) as sound:
                blocks = list(sound.blocks(0.0, LONG_SOUND))
        except AppError:
            return b""
        samples = np.concatenate(blocks) if blocks else np.zeros(0, np.int16)
        if not samples.size or int(np.abs(samples.astype(np.int32)).max()) < _AUDIBLE:
            return b""
        return wav(samples)


def _mime(format_name: str) -> str:
    for known, mime in _MIMES.items():
        if known in format_name.split(","):
            return mime
    return "video/*"


if __name__ == "__main__":
    main()
