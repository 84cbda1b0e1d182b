"""llama.cpp's own server, over HTTP on this machine: the one in the package xllamacpp, or a
``llama-server`` that somebody has built."""

import contextlib
import http.client
import importlib.util
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.bench.rivals.contestant import Answer, Setup, Stateless, Watch
from tests.bench.rivals.lines import PATIENCE, Lines

_CLOSE_AFTER = 10.0  # seconds


class _Server(Stateless):
    """Whoever answers on a port."""

    _host: str
    _port: int

    def _answer(self, messages: Sequence[dict[str, Any]], max_tokens: int) -> Answer:
        request = {
            "messages": messages,
            "max_tokens": max_tokens,
            "temperature": 0,
            "stream": True,
            "cache_prompt": True,
            "chat_template_kwargs": {"enable_thinking": False},
        }
        watch = Watch()
        timings: dict[str, Any] = {}
        ended = False
        for event in self._post("/v1/chat/completions", request):
            timings = event.get("timings", timings)
            for choice in event.get("choices", ()):
                ended = ended or choice.get("finish_reason") == "stop"
                delta = choice["delta"]
                watch.heard(delta.get("content") or delta.get("reasoning_content") or "")
        return watch.answer(
            timings["predicted_n"] - ended,  # the token that ends an answer has no words
            prompt_tokens=timings["prompt_n"] + timings["cache_n"],
            reused_tokens=timings["cache_n"],
        )

    def _post(self, path: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The events that the server streams."""
        body = json.dumps(request).encode()
        with self._open("POST", path, body) as response:
            while line := response.readline():
                if line.startswith(b"data: {"):
                    yield json.loads(line[6:])

    @contextlib.contextmanager
    def _open(
        self, method: str, path: str, body: bytes | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            if response.status != http.client.OK:
                raise RuntimeError(f"{response.status}: {response.read().decode()}")
            yield response


class XLlamaCpp(_Server):
    """The server that comes prebuilt in the Python package xllamacpp."""

    name = "xllamacpp"
    install = "pip install xllamacpp"

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        arguments = [setup.model, setup.projector, setup.context, setup.threads]
        arguments += [setup.picture_tokens]
        self._lines = Lines(
            [sys.executable, "-m", "tests.bench.rivals.xllamacpp_server", *map(str, arguments)],
            setup.folder / "xllamacpp.log",
        )
        self._about = self._lines.wait_for("ready")
        self._host, self._port = self._about["host"], self._about["port"]

    @staticmethod
    def is_installed() -> bool:
        """Whether this Python has it."""
        return importlib.util.find_spec("xllamacpp") is not None

    def describe(self) -> dict[str, Any]:
        return {key: self._about[key] for key in ("version", "system", "batch", "slots")}

    def close(self) -> None:
        self._lines.close()


class LlamaServer(_Server):
    """A ``llama-server`` program."""

    name = "llama_server"

    def __init__(self, setup: Setup, program: Path) -> None:
        super().__init__()
        self._host, self._port = "127.0.0.1", _free_port()
        self._log = setup.folder / "llama_server.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *(str(program), "--host", self._host, "--port", str(self._port)),
                    *("--model", str(setup.model), "--mmproj", str(setup.projector)),
                    *("--ctx-size", str(setup.context), "--threads", str(setup.threads)),
                    *("--image-min-tokens", "1"),
                    *("--image-max-tokens", str(setup.picture_tokens)),
                    *("--flash-attn", "on", "--offline"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait_until_ready()

    def describe(self) -> dict[str, Any]:
        log = self._log.read_text("utf-8", "replace")
        system = re.search(r"system_info: (.*)", log)
        return {
            "version": f"llama-server {self._get('/props').get('build_info', '')}",
            "system": system.group(1) if system else "",
            "batch": [2048, 512],
            "slots": len(self._get("/slots")),
        }

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError, RuntimeError):
                self._get("/health")
                return
            time.sleep(0.1)
        words = self._log.read_text("utf-8", "replace")[-2000:]
        raise RuntimeError(f"llama-server does not start: {words}")

    def _get(self, path: str) -> Any:
        with self._open("GET", path) as response:
            return json.loads(response.read())

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_CLOSE_AFTER)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
