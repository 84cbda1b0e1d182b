"""A second device without a GPU: ggml's RPC server in a process of its own, on this machine's own
address only, and a proxy before it that makes it a worse device than it is."""

import collections
import contextlib
import ctypes
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from app.engine import ggml

LOOPBACK = "127.0.0.1"
ROOT = Path(__file__).parents[3]
PATIENCE = 30.0  # seconds
# Numbers of ggml's protocol (enum rpc_cmd): requests that get no response, and those we spoil.
_SILENT = {4, 5, 6, 10, 12, 16, 17}
_ALLOCATE, _FREE, _GET_TENSOR, _MEMORY = 0, 4, 8, 11


def library() -> ctypes.CDLL:
    """ggml's RPC backend. Without it these tests fail: `python3 packaging/dev.py setup --dev`
    builds llama.cpp with it."""
    return ctypes.CDLL(str(next(ggml.LIBRARIES.glob("libggml-rpc*"))))


def serve(port: int) -> None:
    """Let others compute on this process's CPU, with one thread; never returns."""
    cpu = (ctypes.c_void_p * 1)(ggml.device_get(0))
    start = library().ggml_backend_rpc_start_server
    start.argtypes = [ctypes.c_char_p, ctypes.c_char_p, *[ctypes.c_size_t] * 2, ctypes.c_void_p]
    start(f"{LOOPBACK}:{port}".encode(), None, 1, 1, cpu)


@contextlib.contextmanager
def server() -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """A server and its port."""
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.unit.engine.rpc", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            assert process.poll() is None, "the server has ended"
            with contextlib.suppress(OSError):
                socket.create_connection((LOOPBACK, port)).close()
                break
            assert time.monotonic() < deadline, "the server does not listen"
            time.sleep(0.02)
        yield port, process
    finally:
        process.kill()
        process.wait()


Spoil = Callable[[int, bytes], bytes]
Note = Callable[[int, bytes], None]


@contextlib.contextmanager
def proxy(port: int, spoil: Spoil, note: Note = lambda _command, _body: None) -> Iterator[int]:
    """Passes everything on to the server at ``port``; ``spoil`` gets each response with the number
    of its command, and returns what is passed back; ``note`` gets each request. Yields its own
    port."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        arguments = (listener, port, spoil, note)
        threading.Thread(target=_accept, args=arguments, daemon=True).start()
        yield listener.getsockname()[1]
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, port: int, spoil: Spoil, note: Note) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            far = socket.create_connection((LOOPBACK, port))
            asked: collections.deque[int] = collections.deque()
            for pump, hook in ((_requests, note), (_responses, spoil)):
                arguments = (client, far, asked, hook)
                threading.Thread(target=pump, args=arguments, daemon=True).start()


def _requests(
    client: socket.socket, far: socket.socket, asked: "collections.deque[int]", note: Note
) -> None:
    with _until_closed(client, far):
        while True:
            head = _read(client, 9)
            body = _read(client, struct.unpack("<Q", head[1:])[0])
            if head[0] not in _SILENT:
                asked.append(head[0])
            note(head[0], body)
            far.sendall(head + body)


def _responses(
    client: socket.socket, far: socket.socket, asked: "collections.deque[int]", spoil: Spoil
) -> None:
    with _until_closed(client, far):
        while True:
            (size,) = struct.unpack("<Q", _read(far, 8))
            body = _read(far, size)
            client.sendall(struct.pack("<Q", size) + spoil(asked.popleft(), body))


@contextlib.contextmanager
def _until_closed(*ends: socket.socket) -> Iterator[None]:
    """Close both ends when one has been closed. Closing alone would not wake the other pump."""
    try:
        yield
    except (OSError, EOFError):
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def _read(source: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = source.recv(min(size - len(data), 2**20))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


# -- ways to be a bad device ------------------------------------------------------------------


def small(free: int) -> Spoil:
    """Says that it has ``free`` bytes."""
    return lambda command, body: struct.pack("<QQ", free, free) if command == _MEMORY else body


def wrong(command: int, body: bytes) -> bytes:
    """Every number that it computes is a third too large."""
    if command != _GET_TENSOR or len(body) % 4:
        return body
    return (np.frombuffer(body, np.float32) * np.float32(4 / 3)).tobytes()


def without_numbers(begun: threading.Event) -> Spoil:
    """Once it has ``begun``, nothing that it computes is a number."""

    def spoil(command: int, body: bytes) -> bytes:
        if command != _GET_TENSOR or len(body) % 4 or not begun.is_set():
            return body
        return np.full(len(body) // 4, np.nan, np.float32).tobytes()

    return spoil


def boastful(largest: int) -> Spoil:
    """Allocates nothing of more than ``largest`` bytes, whatever it said it had."""

    def spoil(command: int, body: bytes) -> bytes:
        if command == _ALLOCATE and struct.unpack("<QQ", body)[1] > largest:
            return bytes(16)
        return body

    return spoil


class Limited:
    """A device with no more than ``limit`` bytes, whatever it said it had."""

    def __init__(self) -> None:
        self.limit = 2**63
        self._sizes: dict[int, int] = {}  # by the address of what it has been asked for

    @property
    def used(self) -> int:
        """How many bytes are taken now."""
        return sum(self._sizes.values())

    def spoil(self, command: int, body: bytes) -> bytes:
        """Refuse what is too much."""
        if command == _ALLOCATE:
            address, size = struct.unpack("<QQ", body)
            if self.used + size > self.limit:
                return bytes(16)
            self._sizes[address] = size
        return body

    def note(self, command: int, body: bytes) -> None:
        """Take note of what is given back."""
        if command == _FREE:
            del self._sizes[struct.unpack("<Q", body)[0]]


if __name__ == "__main__":
    serve(int(sys.argv[1]))
