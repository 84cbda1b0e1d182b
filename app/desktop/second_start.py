"""What a second start of Facet asks of the first, and how it gets there. No Qt: somebody waits for
the end of that start.

The first one listens at one of ``addresses``: a socket in the data folder, or elsewhere where the
path is too long or the folder can have none; on Windows a pipe. Only the same person's programs can
connect. A request is its length in four bytes, most significant first, then msgpack; one that was
understood is answered by ``TAKEN``.
"""

import hashlib
import os
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Literal

import msgspec

from app.core.errors import AppError
from app.desktop.folder_lock import FolderLock

HIDDEN = "--hidden"  # the option that starts Facet without its window
TAKEN = b"\x01"
LIMIT = 1 << 20  # bytes of a request
HEAD = 4  # bytes of its length
_PATIENCE = 15.0  # seconds: the first start may be starting or ending itself
_PAUSE = 0.02
_LONGEST_PATH = 100  # bytes; systems take 104 to 108


class Request(msgspec.Struct, frozen=True):
    """What somebody has started Facet for: to "show" the window, to "shoot" (ask about the screen),
    to "open" ``files`` (absolute paths), or to have it ready without a window ("hide"). With
    ``token`` the desktop lets a window come to the front."""

    kind: Literal["show", "shoot", "open", "hide"] = "show"
    files: tuple[str, ...] = ()
    token: str = ""


def claim(folder: Path, request: Request, patience: float = _PATIENCE) -> FolderLock | None:
    """The lock of the data ``folder`` for the first start; None once a start before this one has
    taken the ``request``. AppError if a conversation in a terminal has the folder, or whoever has
    it does not answer for ``patience`` seconds."""
    end = time.monotonic() + patience
    while True:
        lock = FolderLock(folder)
        if lock.free:
            return lock
        if lock.in_terminal:
            raise AppError(
                "A conversation in a terminal (facet chat --keep) has the chats of this folder.",
                "End it with /quit, then start Facet again.",
                code="in-use",
            )
        left = end - time.monotonic()
        try:
            if any(_deliver(address, request, max(left, 0.05)) for address in addresses(folder)):
                return None
        except TimeoutError:
            left = 0  # it has heard, and would do it twice if it was told again
        if left <= 0:
            raise AppError(
                "Facet is open already, but does not answer.",
                "Wait until it has finished what it is at, or end it, then start Facet again.",
                code="in-use",
            )
        time.sleep(_PAUSE)


def addresses(folder: Path) -> tuple[str, ...]:
    """Where the first start with this data folder may listen, best first."""
    folder = folder.resolve()
    name = f"facet-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"
    if sys.platform == "win32":
        return (rf"\\.\pipe\{name}",)
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    places = [
        folder / "window.socket",
        *([Path(runtime, name)] if runtime.startswith("/") else []),
        Path(tempfile.gettempdir(), f"{name}-{os.getuid()}"),
    ]
    return tuple(str(place) for place in places if len(os.fsencode(place)) <= _LONGEST_PATH)


def is_answered(address: str) -> bool:
    """Whether a program listens there."""
    try:
        _connected(address, 1.0).close()
    except OSError:
        return False
    return True


def packed(request: Request) -> bytes:
    """``request`` as it goes over the socket."""
    body = msgspec.msgpack.encode(request)
    return len(body).to_bytes(HEAD, "big") + body


def unpacked(data: bytes) -> Request | None:
    """The request that ``data`` begins with; None while some of it is missing. ValueError if it is
    none."""
    if len(data) < HEAD:
        return None
    length = int.from_bytes(data[:HEAD], "big")
    if length > LIMIT:
        raise ValueError(f"a request of {length} bytes")
    body = data[HEAD : HEAD + length]
    if len(body) < length:
        return None
    return msgspec.msgpack.decode(body, type=Request)  # its errors are ValueErrors


def _deliver(address: str, request: Request, seconds: float) -> bool:
    """Whether somebody at ``address`` has taken the request. TimeoutError if nobody has said so
    after ``seconds``."""
    try:
        with _connected(address, seconds) as line:
            line.sendall(packed(request))
            return line.recv(1) == TAKEN
    except TimeoutError:
        raise
    except OSError:
        return False  # nobody is there, or is ending


if sys.platform == "win32":

    class _Pipe:
        """A named pipe with what is needed of a socket. Not run on Windows so far."""

        def __init__(self, address: str) -> None:
            self._file = Path(address).open("r+b", buffering=0)  # noqa: SIM115 - see close

        def __enter__(self) -> "_Pipe":
            return self

        def __exit__(self, *_error: object) -> None:
            self.close()

        def sendall(self, data: bytes) -> None:
            self._file.write(data)

        def recv(self, count: int) -> bytes:
            return self._file.read(count) or b""

        def close(self) -> None:
            self._file.close()

    def _connected(address: str, _seconds: float) -> _Pipe:
        return _Pipe(address)

else:

    def _connected(address: str, seconds: float) -> socket.socket:
        if Path(address).stat().st_uid != os.getuid():
            raise PermissionError(address)  # in a folder that everybody can write to
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(seconds)
        try:
            line.connect(address)
        except OSError:
            line.close()
            raise
        return line
