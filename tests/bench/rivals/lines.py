"""A process that reads one JSON object a line and writes one JSON object a line."""

import json
import queue
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PATIENCE = 900.0  # seconds without a line; the longest prefill of the benchmark takes half of that
_CLOSE_AFTER = 10.0  # seconds


class Lines:
    """``command``, started in the checkout; what it prints on stderr goes to ``log``."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
            )
        self._heard: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def send(self, value: Mapping[str, Any]) -> None:
        """Write one line."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(value).encode() + b"\n")
        self._process.stdin.flush()

    def receive(self) -> tuple[float, dict[str, Any]]:
        """The next line, and when it came by the performance counter."""
        at, line = self._heard.get(timeout=PATIENCE)
        if not line:
            code = self._process.wait()
            raise RuntimeError(f"ended with exit code {code}: {self._last_words()}")
        value: dict[str, Any] = json.loads(line)
        return at, value

    def wait_for(self, event: str) -> dict[str, Any]:
        """Take lines until one whose ``event`` is that."""
        while True:
            _, value = self.receive()
            if value.get("event") == event:
                return value
            if value.get("event") == "error":
                raise RuntimeError(f"{value}: {self._last_words()}")

    def close(self) -> None:
        """Close its stdin and wait for its end."""
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(_CLOSE_AFTER)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout
        with self._process.stdout as stream:
            for line in stream:
                self._heard.put((time.perf_counter(), line))
        self._heard.put((0.0, b""))

    def _last_words(self) -> str:
        return self._log.read_text("utf-8", "replace")[-2000:]
