"""The line to a hub: asks for files over HTTP and hands on what arrives. No disk."""

import queue
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any
from urllib.parse import urljoin

import certifi
import httpx
import msgspec

from app import __version__
from app.core.errors import AppError
from app.models.answers import of_answer, of_error
from app.models.catalogue import HuggingFace
from app.models.download import Paused
from app.models.hub import Hub, Remote

_REDIRECTS = 10
_AHEAD = 64  # pieces of at most 64 KiB that may wait to be written
_LOOK_UP_S = 0.05  # how often a stop is looked for
_SHA256 = re.compile(r"[0-9a-f]{64}")
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class Arrival:
    """An answer that brings a file, from byte ``start`` on. Iterating gives its bytes as they
    come, and b"" now and then while none do; Setback when they stop coming, Paused when that was
    asked for."""

    def __init__(self, exchange: "_Exchange", remote: Remote, start: int) -> None:
        self.remote = remote
        self.start = start
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        while (piece := self._exchange.next()) is not None:
            assert isinstance(piece, bytes)
            yield piece

    def __enter__(self) -> "Arrival":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._exchange.close()


class Line:
    """Asks one hub. Closed by ``close``."""

    def __init__(self, hub: Hub, stopped: Callable[[], bool]) -> None:
        """AppError if the system's proxy can't be used."""
        self._hub = hub
        self._stopped = stopped
        patience = hub.patience
        trust = ssl.create_default_context()  # the system's, which may know a company's own
        trust.load_verify_locations(certifi.where())  # and some systems have none to show
        try:
            self._client = httpx.Client(
                verify=trust,
                timeout=httpx.Timeout(patience.stall, connect=patience.connect),
                # Each request has a connection of its own, which can be cut from outside.
                limits=httpx.Limits(max_keepalive_connections=0),
                headers={"User-Agent": f"facet/{__version__}", "Accept-Encoding": "identity"},
            )
        except (ValueError, ImportError) as error:
            raise AppError(
                f"The proxy that the system names can't be used: {error}.",
                "Check the proxy in the system's settings, or in HTTPS_PROXY and ALL_PROXY.",
                code="proxy",
            ) from error

    def close(self) -> None:
        """No more requests."""
        self._client.close()

    def look(self, source: HuggingFace, file: str) -> Remote:
        """What the hub says of a file. Setback, AppError, Paused."""
        address = self._hub.address(source, file)
        exchange = _Exchange(self._client, self._hub, "HEAD", address, {}, self._stopped)
        try:
            answer = exchange.answer()
        finally:
            exchange.close()
        if answer.status not in (200, 206) and answer.linked is None:
            raise self._refusal(answer, source, file)
        return answer.linked or _described(answer)

    def fetch(self, source: HuggingFace, file: str, start: int) -> Arrival | None:
        """The bytes of a file from ``start`` on, or from 0 if the server can't do that; None if
        it says that there are none. To be closed. Setback, AppError, Paused."""
        address = self._hub.address(source, file)
        wanted = {"Range": f"bytes={start}-"} if start else {}
        exchange = _Exchange(self._client, self._hub, "GET", address, wanted, self._stopped)
        try:
            answer = exchange.answer()
            if answer.status == 416:
                exchange.close()
                return None
            begins = _RANGE.match(answer.headers.get("content-range", ""))
            if answer.status == 206 and begins is not None:
                return Arrival(exchange, answer.linked or _described(answer), int(begins[1]))
            if answer.status == 200:
                return Arrival(exchange, answer.linked or _described(answer), 0)
            raise self._refusal(answer, source, file)
        except BaseException:
            exchange.close()
            raise

    def _refusal(self, answer: "_Answer", source: HuggingFace, file: str) -> Exception:
        return of_answer(answer.status, answer.headers, answer.address, self._hub, source, file)


class _Answer(msgspec.Struct, frozen=True):
    """The head of the last answer in a chain of redirections; ``linked`` is what the hub itself
    said of the file, before it sent to another host."""

    status: int
    headers: dict[str, str]  # names in small letters
    address: str
    linked: Remote | None


class _Exchange:
    """One request and its answer, in a thread of its own: the caller can go at any moment,
    however silent the network is."""

    def __init__(
        self,
        client: httpx.Client,
        hub: Hub,
        method: str,
        address: str,
        headers: dict[str, str],
        stopped: Callable[[], bool],
    ) -> None:
        self._client = client
        self._hub = hub
        self._method = method
        self._address = address
        self._headers = headers
        self._stopped = stopped
        self._pieces: queue.Queue[_Answer | bytes | Exception | None] = queue.Queue(_AHEAD)
        self._dropped = threading.Event()
        self._socket: socket.socket | None = None
        # A daemon: looking up a name can't be broken off, and nobody should wait for it.
        self._thread = threading.Thread(target=self._run, name="download: line", daemon=True)
        self._thread.start()

    # -- the caller's side ----------------------------------------------------------------------

    def answer(self) -> _Answer:
        """The head, once it is there."""
        while not isinstance(answer := self.next(), _Answer):
            assert answer == b""
        return answer

    def next(self) -> _Answer | bytes | None:
        """What comes next: b"" if it is nothing yet, None at the end."""
        if self._stopped():
            raise Paused
        try:
            piece = self._pieces.get(timeout=_LOOK_UP_S)
        except queue.Empty:
            return b""
        if isinstance(piece, Exception):
            raise piece
        return piece

    def close(self) -> None:
        """Cut the connection; the thread then ends by itself."""
        self._dropped.set()
        self._cut()
        self._thread.join(0.5)

    # -- the thread's side ----------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._talk()
        except Exception as error:
            self._put(error)

    def _talk(self) -> None:
        address, linked = self._address, None
        for _ in range(_REDIRECTS):
            request = self._client.build_request(
                self._method, address, headers=self._headers, extensions={"trace": self._trace}
            )
            if self._hub.token and self._hub.may_see_token(address):
                request.headers["Authorization"] = f"Bearer {self._hub.token}"
            try:
                response = self._client.send(request, stream=True)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise of_error(error, address) from error
            try:
                headers = {name.lower(): value for name, value in response.headers.items()}
                linked = linked or _linked(headers)
                target = headers.get("location", "") if response.is_redirect else ""
                if target and not (linked and self._method == "HEAD"):
                    address = urljoin(address, target)
                    continue
                self._put(_Answer(response.status_code, headers, address, linked))
                if self._method != "HEAD":
                    self._read(response)
                return
            finally:
                response.close()
        raise AppError(
            f"{self._hub.host} sends in a circle.",
            "Check the address of the hub in the settings.",
            code="hub",
        )

    def _read(self, response: httpx.Response) -> None:
        try:
            for piece in response.iter_raw():
                if not self._put(piece):
                    return
        except httpx.HTTPError as error:
            raise of_error(error, str(response.url)) from error
        self._put(None)

    def _put(self, piece: _Answer | bytes | Exception | None) -> bool:
        """Whether anybody still wants it."""
        while not self._dropped.is_set():
            try:
                self._pieces.put(piece, timeout=_LOOK_UP_S)
            except queue.Full:
                continue
            return True
        return False

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")
            if self._dropped.is_set():
                self._cut()

    def _cut(self) -> None:
        if self._socket is not None:
            try:
                # Not SSLSocket's own, which forgets its state while the other thread reads.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                pass  # it is closed already


def _linked(headers: dict[str, str]) -> Remote | None:
    """What a hub says of a large file that it keeps elsewhere."""
    if "x-linked-etag" not in headers:
        return None
    etag = _bare(headers["x-linked-etag"])
    return Remote(_number(headers.get("x-linked-size", "")), _checksum(etag), etag)


def _described(answer: _Answer) -> Remote:
    """What the server that has the file says of it."""
    headers = answer.headers
    etag = _bare(headers.get("etag", ""))
    begins = _RANGE.match(headers.get("content-range", ""))
    size = begins[2] if begins else headers.get("content-length", "")
    return Remote(_number(size), _checksum(etag), etag)


def _bare(etag: str) -> str:
    return etag.removeprefix("W/").strip('"')


def _checksum(etag: str) -> str:
    return etag if _SHA256.fullmatch(etag) else ""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
