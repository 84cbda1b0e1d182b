"""What set-up tells the person watching it: one line a step, the rest into a log file."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

TAIL_LINES = 40
PLAIN_STEP_PERCENT = 10


class SetupError(Exception):
    """Set-up cannot go on. ``cause`` and ``next_step`` are whole sentences."""

    def __init__(self, cause: str, next_step: str) -> None:
        super().__init__(f"{cause} {next_step}")
        self.cause = cause
        self.next_step = next_step


class CommandFailed(Exception):
    """A program ended with something other than 0; ``tail`` holds the last lines it printed."""

    def __init__(self, command: Sequence[str], code: int, tail: Sequence[str]) -> None:
        super().__init__(f"{command[0]} ended with {code}")
        self.code = code
        self.tail = list(tail)

    def reason(self) -> str:
        """The line that most likely names the cause: the last one that calls itself an error."""
        for line in reversed(self.tail):
            text = line.strip()
            if text.lower().startswith(("error:", "e: ", "fatal:")) or ": error:" in text:
                return text.rstrip(".") + "."
        last = next((line.strip() for line in reversed(self.tail) if line.strip()), str(self))
        return last.rstrip(".") + "."


class Report:
    """Prints steps to ``stream`` and keeps everything that programs print in ``log_path``."""

    def __init__(self, log_path: Path, stream: TextIO | None = None) -> None:
        self.log_path = log_path
        self._stream = stream if stream is not None else sys.stdout
        self._live = self._stream.isatty()
        self._title = ""
        self._started = 0.0
        self._width = 0
        self._told_percent = 0
        log_path.parent.mkdir(parents=True, exist_ok=True)
        self._log = log_path.open("a", encoding="utf-8", errors="replace")
        self._log.write(f"\n=== {time.strftime('%Y-%m-%d %H:%M:%S')} Python {sys.version}\n")

    def close(self) -> None:
        self._log.close()

    def say(self, text: str) -> None:
        """A line of its own."""
        print(text, file=self._stream, flush=True)
        self._log.write(text + "\n")

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """``title …`` while the body runs, then ``title: done, 12 s``."""
        self._title, self._told_percent = title, 0
        self._started = time.monotonic()
        self._log.write(f"\n--- {title}\n")
        if self._live:
            self._write_over(f"  {title} …")
        else:
            print(f"  {title} …", file=self._stream, flush=True)
        try:
            yield
        except BaseException:
            if self._live:
                print(file=self._stream, flush=True)
            raise
        done = f"  {title}: done, {self._elapsed()}"
        if self._live:
            self._write_over(done)
            print(file=self._stream, flush=True)
        else:
            print(done, file=self._stream, flush=True)

    def progress(self, done: int, total: int) -> None:
        """How far the current step is. On a terminal the line changes, else each 10 % is told."""
        percent = 100 * done // max(total, 1)
        text = f"  {self._title} … {percent} %, {self._elapsed()}"
        if self._live:
            self._write_over(text)
        elif percent >= self._told_percent + PLAIN_STEP_PERCENT:
            self._told_percent = percent - percent % PLAIN_STEP_PERCENT
            print(text, file=self._stream, flush=True)

    def run(
        self,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> list[str]:
        """Run a program, its output into the log; return its last lines.

        Raises CommandFailed if it ends with something other than 0 or can't be started.
        """
        words = [str(word) for word in command]
        self._log.write("$ " + " ".join(words) + "\n")
        self._log.flush()
        tail: deque[str] = deque(maxlen=TAIL_LINES)
        try:
            process = subprocess.Popen(
                words,
                cwd=cwd,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise CommandFailed(words, 127, [f"error: {error}"]) from error
        with process:
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    self._log.write(line)
                    tail.append(line.rstrip("\n"))
                    if on_line is not None:
                        on_line(line)
            except BaseException:
                process.terminate()
                raise
        self._log.flush()
        if process.returncode != 0:
            raise CommandFailed(words, process.returncode, list(tail))
        return list(tail)

    def _elapsed(self) -> str:
        minutes, seconds = divmod(round(time.monotonic() - self._started), 60)
        return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"

    def _write_over(self, text: str) -> None:
        text = text[: shutil.get_terminal_size().columns - 1]
        print("\r" + text.ljust(self._width), end="", file=self._stream, flush=True)
        self._width = len(text)
