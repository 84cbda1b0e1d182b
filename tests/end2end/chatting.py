"""A running `facet chat`, as a program talks to it and as a person in a terminal does."""

import fcntl
import itertools
import json
import os
import queue
import re
import select
import signal
import subprocess
import termios
import threading
import time
from pathlib import Path
from typing import Any

from tests.end2end.command import Command
from tests.end2end.waiting import wait_for

PATIENCE = 60.0  # seconds
_ENDS = ("done", "error", "prepared", "chat", "stopping")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

Event = dict[str, Any]


class Script:
    """`facet chat --json`, told one request after the other."""

    def __init__(self, facet: Command, *arguments: str | Path, **environment: str) -> None:
        self._numbers = itertools.count(1)
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        facet.environment = {**facet.environment, **environment}
        pipe = subprocess.PIPE
        words = ("chat", "--json", *arguments)
        self.process = facet.start(*words, stdin=pipe, stdout=pipe, stderr=pipe)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def tell(self, **request: Any) -> int:
        """Write a request; its id."""
        number = next(self._numbers)
        self.write(json.dumps({**request, "id": number}) + "\n")
        return number

    def write(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def next(self, kind: str, number: int | None = None) -> Event:
        """The next event of a kind, about request ``number`` if that is given."""
        while (event := self.event()) is not None:
            if event["event"] == kind and number in (None, event.get("id")):
                return event
        raise AssertionError(f"no {kind} came")

    def event(self) -> Event | None:
        """The next event of any kind; None at the end."""
        line = self._lines.get(timeout=PATIENCE)
        return None if line is None else json.loads(line)

    def end_of(self, number: int) -> Event:
        """The last event about a request."""
        while (event := self.event()) is not None:
            if event["event"] in _ENDS and event.get("id") == number:
                return event
        raise AssertionError(f"request {number} had no end")

    def __call__(self, **request: Any) -> Event:
        """Make a request and wait for its last event."""
        return self.end_of(self.tell(**request))

    def rest(self) -> list[Event]:
        """Say that there are no more requests: the events until the program has ended."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return list(iter(self.event, None))

    def child(self) -> int:
        """The process id of the engine."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children")
        return int(wait_for(lambda: children.read_text().split(), "the engine runs")[0])

    def close(self) -> None:
        """End it, however far it has come; its words on stderr were none."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            try:
                stream.close()
            except BrokenPipeError:
                pass


class Terminal:
    """`facet chat` in a terminal of its own."""

    def __init__(self, facet: Command, *arguments: str | Path) -> None:
        self._master, slave = os.openpty()
        self.shown = ""  # everything, without what moves the cursor and colours
        self.raw = ""
        self._seen = 0
        self.process = facet.start(
            "chat",
            *arguments,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            # So that Ctrl+C reaches it.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def expect(self, *wanted: str) -> str:
        """Wait until all of ``wanted`` are shown in this order; what was shown from where the
        last wait ended until then."""
        start, end = self._seen, time.monotonic() + PATIENCE
        for words in wanted:
            while (place := self.shown.find(words, self._seen)) < 0:
                assert time.monotonic() < end, f"{words!r} in {self.shown[start:]!r}"
                assert self.more() or words in self.shown[self._seen :], (
                    f"ended without {words!r}: {self.shown[start:]!r}"
                )
            self._seen = place + len(words)
        return self.shown[start : self._seen]

    def prompt(self) -> None:
        """Wait until it can be typed."""
        if self.shown[: self._seen].endswith("\n"):
            self._seen -= 1
        self.expect("\n> ")
        # Before readline is at work the system itself would show what is typed, and keep it back.
        end = time.monotonic() + PATIENCE
        while termios.tcgetattr(self._master)[3] & termios.ICANON:
            assert time.monotonic() < end, "nothing reads what is typed"
            time.sleep(0.01)

    def interrupt_typing(self) -> None:
        """Press Ctrl+C once it waits for a key: one that comes while Python's readline still
        handles the key before is noticed with the next key only."""
        status = Path(f"/proc/{self.process.pid}/stat")
        wait_for(lambda: status.read_text().rpartition(")")[2].split()[0] == "S", "it waits")
        self.type("\x03")

    def exit_code(self) -> int:
        """Wait for its end."""
        while self.more():
            pass
        return self.process.wait(PATIENCE)

    def more(self) -> bool:
        """Take in what is shown next; False at the end."""
        if not select.select([self._master], [], [], PATIENCE)[0]:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # what Linux says when the other side has closed
            return False
        self.raw += data.decode("utf-8", "replace")
        self.shown = _ESCAPES.sub("", self.raw).replace("\r", "")
        return bool(data)

    def close(self) -> None:
        """End it, however far it has come."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._master)
