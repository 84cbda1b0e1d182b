"""Films -> the pictures and the sound that a model gets of them.

They are decoded in a process of their own, since a decoder that meets a file made to harm must not
take the window with it.
"""

import contextlib
import hashlib
import os
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import msgspec

from app.core.conversation import Audio, Frame, Video
from app.core.errors import AppError
from app.core.own_process import own_command

MOST_FRAMES = 60  # one for each second of a minute; longer films have as many, spread evenly
LONG_SOUND = 300.0  # seconds; the sound of a longer film is a recording, not part of a message
SIDE = 720  # pixels of a picture's longer side, more than a model looks at

_SILENCE = 60.0  # seconds without a word after which the process counts as stuck
_LOOK_EVERY = 0.05  # seconds between two looks at ``stop``
_MAX_MESSAGE = 2**28  # bytes
# Of the app's environment the process gets what an interpreter needs, nothing that might be secret.
_NEEDED = {
    *("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    *("SYSTEMROOT", "WINDIR", "TEMP", "TMP", "LANG", "LC_ALL", "LC_CTYPE"),
}
_HOME = Path(__file__).parents[2]

# First bytes of the kinds of files that films come in; sounds come in some of them as well.
_STARTS = (
    b"\x1aE\xdf\xa3",  # Matroska, WebM
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # ASF: wmv, wma
    b"FLV\x01",
    b"\x00\x00\x01\xba",  # MPEG program stream
    b"\x00\x00\x01\xb3",  # MPEG video
    b".RMF",
)
_TRANSPORT = 188  # bytes of a packet of an MPEG transport stream
# What the file type box says of pictures, which come in the same kind of file.
_PICTURES = (
    *(b"avif", b"avis", b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"hevs"),
    *(b"mif1", b"msf1", b"crx "),
)


class Shot(msgspec.Struct, frozen=True):
    """A picture of a film: a JPEG file, ``seconds`` from the beginning."""

    jpeg: bytes
    seconds: float
    width: int
    height: int


class Told(msgspec.Struct, frozen=True, tag="told"):
    """So many of the pictures have been taken."""

    done: int
    total: int


class Shots(msgspec.Struct, frozen=True, tag="shots"):
    """What has been taken of a film of ``seconds`` length. ``sound`` is a WAV file, 16 kHz and
    mono, b"" if there is none or it is longer than LONG_SOUND (then ``has_sound`` all the same).
    There is no shot where the file has sound only, or much of it; ``moving`` if it has pictures."""

    seconds: float
    shots: tuple[Shot, ...]
    has_sound: bool
    sound: bytes = b""
    mime: str = "video/*"
    moving: bool = True


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """An AppError."""

    what: str
    next_step: str
    code: str


class Look(msgspec.Struct, frozen=True, tag="look"):
    """The order to look at a film; see ``take_shots``. ``path`` is in bytes, as names on Linux
    are. The process ends when the pipe that this came through is closed."""

    path: bytes
    name: str
    always: bool


Message = Told | Shots | Refused | Look
_decoder = msgspec.msgpack.Decoder(Message)


def is_container(head: bytes) -> bool:
    """Whether a file that begins so (with at least 400 bytes, if it has them) may be a film."""
    if head[4:8] == b"ftyp":
        return head[8:12] not in _PICTURES
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return True
    if head[4:8] in (b"moov", b"mdat", b"wide") and head[:4] != b"\x00\x00\x00\x00":
        return True  # old QuickTime
    if head[:1] == b"G" and len(head) > 2 * _TRANSPORT:
        return head[_TRANSPORT] == head[2 * _TRANSPORT] == ord("G")
    return head.startswith(_STARTS)


def take_shots(
    path: Path,
    name: str,
    told: Callable[[int, int], None] = lambda _done, _total: None,
    stop: threading.Event | None = None,
    *,
    always: bool = False,
) -> Shots:
    """Look at a film, called ``name``: a picture a second, at most MOST_FRAMES spread evenly, and
    its sound. Of one with more than LONG_SOUND seconds of sound there are pictures only if
    ``always``: what it is about is in its words. ``told`` hears how many pictures have been taken,
    and of how many.

    AppError: "attachment-damaged", "attachment-large" (pictures beyond any screen), "document-
    stopped" once ``stop`` is set.
    """
    process = subprocess.Popen(
        own_command("film"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_HOME,
        env={key: value for key, value in os.environ.items() if key.upper() in _NEEDED},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    inbox = _Inbox(process)
    try:
        assert process.stdin is not None
        with contextlib.suppress(OSError):  # it has ended already, which is seen below
            send(process.stdin, Look(os.fsencode(path.absolute()), name, always))
        while True:
            if stop is not None and stop.is_set():
                raise AppError(
                    f"Reading {name} was stopped.",
                    "Add it again to go on.",
                    code="document-stopped",
                )
            match inbox.next(_LOOK_EVERY):
                case Told(done, total):
                    told(done, total)
                case Shots() as shots:
                    return shots
                case Refused() as error:
                    raise AppError(error.what, error.next_step, code=error.code)
                case False:
                    raise damaged(name)
    finally:
        inbox.close()


def video_of(shots: Shots, name: str) -> tuple[Video, bytes, tuple[bytes, ...]]:
    """How a film stands in a message; the bytes to be kept for it, a list of what was taken; and
    the bytes of what the list names."""
    frames = tuple(
        Frame(_blob(shot.jpeg), shot.seconds, shot.width, shot.height) for shot in shots.shots
    )
    sound = None
    if shots.sound:
        seconds = round((len(shots.sound) - 44) / 32000, 3)
        sound = Audio(_blob(shots.sound), name, "audio/wav", seconds)
    data = msgspec.json.encode({"frames": frames, "sound": sound})
    video = Video(_blob(data), name, shots.mime, round(shots.seconds, 3), frames, sound)
    more = [shot.jpeg for shot in shots.shots] + ([shots.sound] if shots.sound else [])
    return video, data, tuple(more)


def damaged(name: str) -> AppError:
    """What to say of a film that can't be decoded."""
    return AppError(
        f"{name} can't be read as a film; the file may be damaged, or its format not known.",
        "Save it again as MP4, or choose another.",
        code="attachment-damaged",
    )


def send(stream: IO[bytes], message: Message) -> None:
    """Write a message with its length in front."""
    data = msgspec.msgpack.encode(message)
    stream.write(struct.pack("<I", len(data)) + data)
    stream.flush()


def receive(stream: IO[bytes]) -> Message | None:
    """Read a message; None at the end, and where there is none."""
    with contextlib.suppress(OSError, ValueError, msgspec.MsgspecError):
        if len(head := stream.read(4)) == 4:
            (size,) = struct.unpack("<I", head)
            if size <= _MAX_MESSAGE and len(data := stream.read(size)) == size:
                message: Message = _decoder.decode(data)
                return message
    return None


def _blob(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class _Inbox:
    """What a process says, for one that has to look up now and then."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._messages: list[Message | bool] = []
        self._came = threading.Condition()
        self._last = time.monotonic()
        self._thread = threading.Thread(target=self._read, name="film pipe", daemon=True)
        self._thread.start()

    def next(self, timeout: float) -> Message | bool:
        """The next message; True if none has come, False once none will come any more."""
        with self._came:
            self._came.wait_for(lambda: bool(self._messages), timeout)
            if self._messages:
                self._last = time.monotonic()
                return self._messages.pop(0)
        return time.monotonic() - self._last < _SILENCE

    def close(self) -> None:
        """End the process, if it still runs."""
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        self._thread.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while (message := receive(stream)) is not None:
            self._put(message)
        self._put(False)

    def _put(self, message: Message | bool) -> None:
        with self._came:
            self._messages.append(message)
            self._came.notify()
