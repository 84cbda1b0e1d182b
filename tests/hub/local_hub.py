"""A server that speaks the endpoints of Hugging Face's hub that downloads need.

    with LocalHub({"google/gemma": {"model.gguf": Path("tiny.gguf")}}) as hub:
        run(environ={"HF_ENDPOINT": hub.url})

As the real one does, it sends to another host for the bytes of a file. ``hub.misbehave(...)``
makes the next answers go wrong; ``hub.sent(file)`` counts the bytes that went out.
"""

import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Literal
from urllib.parse import unquote, urlsplit

PIECE = 16 * 1024
CERTIFICATE = Path(__file__).with_name("localhost.pem")  # and its key: known to everybody
COMMIT = "c0ffee" * 6 + "c0ff"


@dataclass
class Fault:
    """What goes wrong with the next ``times`` answers (-1: with all) to requests for a file.

    ``where`` is the hub, or the host that it sends to for the bytes. Counts of bytes are those of
    one answer. ``status`` answers with an error and ``headers``; ``cut_after`` closes the
    connection, ``stall_after`` goes silent; ``flip_at`` changes the byte at that place of the
    file; ``rate`` in bytes a second; ``ignore_range`` always sends everything; ``refuse`` closes
    the connection before any answer; ``heads`` is whether HEAD goes wrong as well.
    """

    times: int = 1
    file: str = ""
    where: Literal["hub", "bytes"] = "bytes"
    heads: bool = False
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    stall_after: int | None = None
    flip_at: int | None = None
    rate: float | None = None
    ignore_range: bool = False
    refuse: bool = False


@dataclass
class Request:
    """One that came in, ``at`` a time of the monotonic clock. ``sent`` counts the bytes of the
    file that went out for it."""

    host: Literal["hub", "bytes"]
    method: str
    file: str
    headers: Mapping[str, str]
    at: float = field(default_factory=time.monotonic)
    sent: int = 0


class LocalHub:
    """Serves ``repositories``: the files of each, by name, as paths or as bytes.

    ``token`` is what has to be shown for any file; ``checksums`` and ``sizes`` can be left out as
    some mirrors do, ``on_get`` is whether GET names them as HEAD does; ``elsewhere`` is whether
    the bytes come from another host; ``tls`` encrypts with a certificate that nobody trusts by
    itself; ``port`` 0 takes a free one.
    """

    def __init__(
        self,
        repositories: Mapping[str, Mapping[str, Path | bytes]],
        *,
        token: str = "",
        checksums: bool = True,
        on_get: bool = True,
        sizes: bool = True,
        elsewhere: bool = True,
        tls: bool = False,
        port: int = 0,
    ) -> None:
        self.repositories = {name: dict(files) for name, files in repositories.items()}
        self.token = token
        self.checksums = checksums
        self.on_get = on_get
        self.sizes = sizes
        self.elsewhere = elsewhere
        self.moved: dict[str, str] = {}  # old name of a repository -> its new one
        self.requests: list[Request] = []
        self.closing = threading.Event()
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._checksums: dict[tuple[str, str], str] = {}
        self._scheme = "https" if tls else "http"
        self._servers = [
            _Server(self, host, number, tls) for host, number in (("hub", port), ("bytes", 0))
        ]

    # -- what tests do --------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """For HF_ENDPOINT."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        return int(self._servers[0].server_address[1])

    def misbehave(self, fault: Fault | None = None, **fields: object) -> None:
        """Have the next answers go wrong; faults are used up in order."""
        with self._lock:
            self._faults.append(fault or Fault(**fields))  # type: ignore[arg-type]

    def behave(self) -> None:
        """No more faults."""
        with self._lock:
            self._faults.clear()

    def change(self, repository: str, file: str, content: Path | bytes) -> None:
        """The publisher puts another file there."""
        with self._lock:
            self.repositories[repository][file] = content
            self._checksums.pop((repository, file), None)

    def sent(self, file: str = "") -> int:
        """How many bytes of a file went out, or of all files."""
        with self._lock:
            return sum(r.sent for r in self.requests if file in ("", r.file))

    def asked(self, method: str = "GET", host: str = "bytes") -> list[Request]:
        """The requests of one kind so far."""
        with self._lock:
            return [r for r in self.requests if r.method == method and r.host == host]

    def start(self) -> "LocalHub":
        """Serve until ``close``."""
        for server in self._servers:
            server.thread.start()
        return self

    def close(self) -> None:
        """Close all connections, and be gone."""
        self.closing.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()
            server.thread.join(5)

    def __enter__(self) -> "LocalHub":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- what its servers ask -------------------------------------------------------------------

    def bytes_url(self, repository: str, file: str) -> str:
        """The signed link that the hub hands out."""
        port = self._servers[1].server_address[1]
        return f"{self._scheme}://localhost:{port}/{repository}/-/{file}?signature=0123"

    def content(self, repository: str, file: str) -> Path | bytes | None:
        with self._lock:
            return self.repositories.get(repository, {}).get(file)

    def checksum(self, repository: str, file: str) -> str:
        key = repository, file
        if key not in self._checksums:
            digest = hashlib.sha256()
            content = self.content(repository, file)
            assert content is not None
            for piece in pieces(content, 0):
                digest.update(piece)
            self._checksums[key] = digest.hexdigest()
        return self._checksums[key]

    def note(self, request: Request) -> None:
        with self._lock:
            self.requests.append(request)

    def fault(self, request: Request) -> Fault:
        """What is to go wrong with this answer; a Fault without anything for nothing."""
        with self._lock:
            for fault in self._faults:
                fits = fault.where == request.host and fault.file in ("", request.file)
                if fits and fault.times != 0 and (fault.heads or request.method == "GET"):
                    fault.times -= 1
                    return fault
        return Fault()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = True

    def __init__(self, hub: LocalHub, host: Literal["hub", "bytes"], port: int, tls: bool) -> None:
        # The other host has another name, and listens where that name leads first.
        name = "127.0.0.1" if host == "hub" else "localhost"
        self.address_family, *_, address = socket.getaddrinfo(name, port)[0]
        super().__init__(address[:2], _Handler)
        self.hub = hub
        self.host: Literal["hub", "bytes"] = host
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )
        self.thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.02}, name=f"local hub: {host}"
        )

    def handle_error(self, request: object, client_address: object) -> None:
        """Connections that break off are what this is for."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version: ClassVar[str] = "HTTP/1.1"
    timeout = 20

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hub, path = self.server.hub, unquote(urlsplit(self.path).path).lstrip("/")
        self.close_connection = True
        at_hub = self.server.host == "hub"
        head, _, tail = path.partition("/resolve/" if at_hub else "/-/")
        repository, file = head, tail.partition("/")[2] if at_hub else tail
        request = Request(self.server.host, self.command, file, dict(self.headers))
        hub.note(request)
        fault = hub.fault(request)
        if fault.refuse:
            return
        if fault.status:
            self._say(fault.status, dict(fault.headers))
            return
        if at_hub and repository in hub.moved:
            there = self.path.replace(repository, hub.moved[repository], 1)
            self._say(307, {"Location": there})  # relative, as the hub does it
            return
        if at_hub and hub.token and self.headers["Authorization"] != f"Bearer {hub.token}":
            self._say(401, {"X-Error-Code": "GatedRepo"})
            return
        content = hub.content(repository, file)
        if content is None:
            known = repository in hub.repositories
            # Those whom it doesn't know are not told what is there.
            code = "EntryNotFound" if known else "RepoNotFound"
            self._say(404 if known else 401, {"X-Error-Code": code})
            return
        if at_hub and hub.elsewhere:
            self._say(302, self._linked(repository, file, content))
            return
        self._send(request, fault, repository, file, content)

    def _linked(self, repository: str, file: str, content: Path | bytes) -> dict[str, str]:
        hub = self.server.hub
        headers = {"Location": hub.bytes_url(repository, file), "X-Repo-Commit": COMMIT}
        if self.command == "GET" and not hub.on_get:
            return headers
        if hub.sizes:
            headers["X-Linked-Size"] = str(size_of(content))
        if hub.checksums:
            headers["X-Linked-Etag"] = f'"{hub.checksum(repository, file)}"'
        return headers

    def _say(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def _send(
        self, request: Request, fault: Fault, repository: str, file: str, content: Path | bytes
    ) -> None:
        hub, size, start = self.server.hub, size_of(content), 0
        wanted = self.headers.get("Range", "")
        if wanted.startswith("bytes=") and not fault.ignore_range:
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
            if start >= size:
                self._say(416, {"Content-Range": f"bytes */{size}"})
                return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        if not fault.ignore_range:
            self.send_header("Accept-Ranges", "bytes")
        etag = hub.checksum(repository, file)
        # Another host has marks of its own, which say nothing of the content.
        self.send_header("ETag", f'"{etag[:32] if hub.elsewhere or not hub.checksums else etag}"')
        if hub.sizes:
            self.send_header("Content-Length", str(size - start))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD":
            return
        with suppress(OSError):
            self._send_body(request, fault, content, start)

    def _send_body(self, request: Request, fault: Fault, content: Path | bytes, start: int) -> None:
        place = start
        for whole in pieces(content, start):
            piece = bytearray(whole)
            if fault.flip_at is not None and place <= fault.flip_at < place + len(piece):
                piece[fault.flip_at - place] ^= 0xFF
            ends = [end for end in (fault.cut_after, fault.stall_after) if end is not None]
            room = min((end - request.sent for end in ends), default=len(piece))
            self.wfile.write(piece[:room])
            request.sent += len(piece[:room])
            place += len(piece)
            if room < len(piece):
                if fault.stall_after is not None:
                    self.server.hub.closing.wait(20)
                return
            if fault.rate is not None:
                end = time.monotonic() + len(piece) / fault.rate
                if self.server.hub.closing.wait(max(0.0, end - time.monotonic())):
                    return


def size_of(content: Path | bytes) -> int:
    """In bytes."""
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def pieces(content: Path | bytes, start: int) -> Iterator[bytes]:
    """A file from ``start`` on, in pieces."""
    if isinstance(content, bytes):
        for place in range(start, len(content), PIECE):
            yield content[place : place + PIECE]
        return
    with content.open("rb") as file:
        file.seek(start)
        while piece := file.read(PIECE):
            yield piece
