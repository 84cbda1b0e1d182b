"""Plays one sound and ends. What to play comes as a line of JSON: path, start and end in seconds.

A process of its own, since the sound system's library keeps one list of devices for a whole
process, which the microphone has looked up anew, and since ending a process stops a sound at once.
"""

import json
import os
import sys
import threading

PLAYING = b"playing"  # said once there is something to hear
NO_DEVICE, UNREADABLE = 3, 4  # exit codes
_BLOCK = 4096  # frames


def play(path: str, start: float, end: float) -> int:
    """Play ``path`` from ``start`` to ``end`` (seconds; 0 for its end). The exit code."""
    # Here, so that the window's process may read the codes above without these.
    import soundfile

    try:
        sound = soundfile.SoundFile(path)
    except (soundfile.SoundFileError, OSError):
        return UNREADABLE
    try:
        import sounddevice
    except OSError:  # the sound system's library is missing
        return NO_DEVICE
    with sound:
        rate = sound.samplerate
        sound.seek(min(round(start * rate), sound.frames))
        left = (round(end * rate) if end else sound.frames) - sound.tell()
        try:
            with sounddevice.OutputStream(  # type: ignore[no-untyped-call]
                rate, channels=sound.channels, dtype="float32"
            ) as stream:
                sys.stdout.buffer.write(PLAYING + b"\n")
                sys.stdout.buffer.flush()
                while left > 0:
                    block = sound.read(min(_BLOCK, left), dtype="float32", always_2d=True)
                    if not len(block):
                        break
                    stream.write(block)
                    left -= len(block)
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
