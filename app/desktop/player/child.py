"""Plays one sound and ends. What to play comes as a line of JSON: path, start and end in seconds.

A process of its own, since the sound system's library keeps one list of devices for a whole
process, which the microphone has looked up anew, and since ending a process stops a sound at once.
"""

import itertools
import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the window's process reads the codes below, and does without these
    import av
    import numpy as np

PLAYING = b"playing"  # said once there is something to hear
NO_DEVICE, UNREADABLE = 3, 4  # exit codes
_BLOCK = 4096  # frames
_RATE = 48000  # of what FFmpeg decodes
_EARLIER = 0.5  # seconds


def play(path: str, start: float, end: float) -> int:
    """Play ``path`` from ``start`` to ``end`` (seconds; 0 for its end). The exit code."""
    import soundfile

    try:
        sound = soundfile.SoundFile(path)
    except (soundfile.SoundFileError, OSError):
        return _play_other(path, start, end)
    with sound:
        rate = sound.samplerate
        sound.seek(min(round(start * rate), sound.frames))
        left = (round(end * rate) if end else sound.frames) - sound.tell()
        sizes = itertools.chain(itertools.repeat(_BLOCK, left // _BLOCK), [left % _BLOCK])
        blocks = (sound.read(size, dtype="float32", always_2d=True) for size in sizes)
        return _send(blocks, rate, sound.channels)


def _play_other(path: str, start: float, end: float) -> int:
    """What libsndfile doesn't read, and the sound of films: by FFmpeg's libraries."""
    import av

    try:
        options = {"protocol_whitelist": "none"}
        with Path(path).open("rb") as file, av.open(file, "r", options=options) as box:
            stream = box.streams.best("audio")
            if not isinstance(stream, av.AudioStream) or stream.time_base is None:
                return UNREADABLE
            if start > 0:
                # A little before, since decoders have to run for a moment to be right.
                at = round(max(0.0, start - _EARLIER) / stream.time_base)
                box.seek((stream.start_time or 0) + at, stream=stream)
            return _send(_decoded(box, stream, start, end), _RATE, 2)
    except (av.FFmpegError, OSError, ValueError):
        return UNREADABLE


def _decoded(
    box: "av.container.InputContainer", stream: "av.AudioStream", start: float, end: float
) -> Iterator["np.ndarray"]:
    """Samples from ``start`` to ``end``: frames x 2, as many a second as ``_RATE``."""
    import av

    begin = float((stream.start_time or 0) * (stream.time_base or 0))
    resampler = av.AudioResampler(format="flt", layout="stereo", rate=_RATE)
    at: int | None = None  # the frame that comes next, counted from the beginning
    last = round(end * _RATE) if end else None
    for packet in box.demux(stream):
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            continue  # damaged: what comes next may be well
        for frame in frames:
            if at is None:
                at = round(((frame.time or 0.0) - begin) * _RATE)
            for made in resampler.resample(frame):
                block = made.to_ndarray().reshape(-1, 2)
                first, at = at, at + len(block)
                if last is not None and first >= last:
                    return
                yield block[max(0, round(start * _RATE) - first) : last and last - first]


def _send(blocks: Iterator["np.ndarray"], rate: int, channels: int) -> int:
    """Give samples to the system's output. The exit code."""
    try:
        import sounddevice
    except OSError:  # the sound system's library is missing
        return NO_DEVICE
    try:
        with sounddevice.OutputStream(  # type: ignore[no-untyped-call]
            rate, channels=channels, dtype="float32"
        ) as stream:
            sys.stdout.buffer.write(PLAYING + b"\n")
            sys.stdout.buffer.flush()
            for block in blocks:
                if len(block):
                    stream.write(block)
    except sounddevice.PortAudioError:
        return NO_DEVICE
    return 0


def main() -> None:
    """Read the order, and play until it is done or nobody is there any more."""
    path, start, end = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    code = play(path, float(start), float(end))
    sys.stdout.buffer.flush()
    os._exit(code)  # the thread above waits for ever


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
