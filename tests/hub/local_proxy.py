"""A proxy on this machine, as companies have them: it passes on what it is asked for."""

import select
import socket
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar


class LocalProxy:
    """Forwards plain HTTP, and tunnels what is encrypted; ``asked`` are the addresses that it was
    asked for. With ``password`` it wants exactly that in the header Proxy-Authorization."""

    def __init__(self, *, password: str = "") -> None:
        self.asked: list[str] = []
        self.password = password
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="local proxy"
        )

    @property
    def url(self) -> str:
        """For HTTP_PROXY."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "LocalProxy":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: LocalProxy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = proxy

    def handle_error(self, request: object, client_address: object) -> None:
        """Connections that break off are the client's business."""


class _Straight(urllib.request.HTTPRedirectHandler):
    """Redirections are the client's business."""

    def redirect_request(self, *_: object) -> None:
        return None


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version: ClassVar[str] = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_HEAD(self) -> None:
        self._forward()

    def do_GET(self) -> None:
        self._forward()

    def do_CONNECT(self) -> None:
        if not self._allowed():
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=10) as there:
            self.send_response(200)
            self.end_headers()
            ends = {self.connection: there, there: self.connection}
            while ready := select.select(list(ends), [], [], 20)[0]:
                for end in ready:
                    piece = end.recv(16 * 1024)
                    if not piece:
                        return
                    ends[end].sendall(piece)

    def _allowed(self) -> bool:
        self.close_connection = True
        proxy = self.server.proxy
        proxy.asked.append(self.path)
        if not proxy.password or self.headers.get("Proxy-Authorization") == proxy.password:
            return True
        self.send_response(407)
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def _forward(self) -> None:
        if not self._allowed():
            return
        request = urllib.request.Request(self.path, method=self.command)
        for name in ("Range", "Authorization"):
            if name in self.headers:
                request.add_header(name, self.headers[name])
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Straight)
        try:
            answer = opener.open(request, timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self.send_response(answer.status or 502)
            for name, value in answer.headers.items():
                if name.lower() not in ("connection", "server", "date"):
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command == "GET":
                while piece := answer.read(16 * 1024):
                    self.wfile.write(piece)
