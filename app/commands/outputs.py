"""How a command shows what the engine reports: as words in a terminal, or as JSON lines."""

import json
from collections.abc import Mapping
from typing import Any, TextIO

import msgspec

from app.core.errors import AppError
from app.engine.messages import (
    AnyEvent,
    Delta,
    Died,
    Done,
    Failed,
    LoadFailed,
    Loading,
    ModelInfo,
    Prepared,
    Progress,
    Rendered,
    Trimmed,
)

DIM, PLAIN = "\x1b[2m", "\x1b[22m"
_CLEAR_LINE = "\r\x1b[K"
# What a model writes may move the cursor or rename the window; on a terminal it must not.
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)])
for _harmless in "\t\n":
    del _CONTROLS[ord(_harmless)]


class PlainOutput:
    """The answer on ``out``; thoughts, notices and progress on ``err``."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out, self._err = out, err
        self._live = err.isatty()
        self._out_live = out.isatty()
        self._ends_with_newline = True
        self._thinking = False  # a thought stands on the line

    def show(self, event: AnyEvent) -> None:
        match event:
            case Loading():
                self.status(f"Loading the model: {event.fraction:.0%}")
            case ModelInfo():
                self.status("")
                if event.notice:
                    print(event.notice, file=self._err)
            case LoadFailed() | Failed() | Died():
                self.status("")
            case Progress():
                self.status(f"Reading {event.done:,} of {event.total:,} tokens")
            case Trimmed():
                self.status("")
                print(f"{event.dropped} oldest messages did not fit.", file=self._err)
            case Delta(kind="text"):
                self._end_thought()
                self._write(event.text)
            case Delta(kind="thought"):
                self._think(event.text)
            case Rendered():
                self._write(event.text)
            case Done():
                self._end_thought()
                if not self._ends_with_newline:
                    self._write("\n")

    def status(self, text: str) -> None:
        """Show ``text`` until something else is written; on a terminal only."""
        if self._live:
            self._err.write(f"{_CLEAR_LINE}{text}")
            self._err.flush()

    def _write(self, text: str) -> None:
        self._out.write(text.translate(_CONTROLS) if self._out_live else text)
        self._out.flush()
        self._ends_with_newline = text.endswith("\n")

    def _think(self, text: str) -> None:
        if self._live:
            if not self._thinking:
                self.status("")
            text = f"{DIM}{text.translate(_CONTROLS)}{PLAIN}"
        self._thinking = True
        self._err.write(text)
        self._err.flush()

    def _end_thought(self) -> None:
        if self._thinking:
            self._thinking = False
            if self._live:
                self._err.write("\n")
                self._err.flush()
        elif self._ends_with_newline:
            self.status("")


class JsonOutput:
    """One JSON object a line, each with ``extra``. An answer ends with ``done`` or ``error``."""

    def __init__(self, out: TextIO, extra: Mapping[str, Any] | None = None) -> None:
        self._out = out
        self._extra = extra or {}
        self._texts: dict[str, list[str]] = {"text": [], "thought": [], "tool": []}

    def show(self, event: AnyEvent) -> None:
        match event:
            case Loading():
                self.line("loading", fraction=round(event.fraction, 3))
            case ModelInfo():
                self.line("model", **msgspec.to_builtins(event))
            case Progress():
                self.line("progress", stage=event.stage, done=event.done, total=event.total)
            case Trimmed():
                self.line("trimmed", dropped=event.dropped, needed=event.needed)
            case Delta():
                self._texts[event.kind].append(event.text)
                self.line(event.kind, text=event.text)
            case Rendered():
                self.line("prompt", text=event.text)
            case Prepared():
                self.line("prepared", **_without_turn(event))
            case Done():
                self.line(
                    "done",
                    text="".join(self._texts["text"]),
                    thought="".join(self._texts["thought"]),
                    outcome=event.outcome.value,
                    **msgspec.to_builtins(event.stats),
                )

    def error(self, error: AppError, **more: Any) -> None:
        """What went wrong, with what can be done about it."""
        self.line("error", code=error.code, what=error.what, next_step=error.next_step, **more)

    def line(self, event: str, **values: Any) -> None:
        """One event of any kind."""
        values.pop("type", None)
        line = json.dumps({"event": event, **values, **self._extra}, ensure_ascii=False)
        self._out.write(line + "\n")
        self._out.flush()


def _without_turn(event: AnyEvent) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.to_builtins(event)
    del values["turn"]
    return values
