"""``facet chat``: a person talks in the terminal."""

import contextlib
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from app.commands.attaching import Kind, read_as
from app.commands.engine_loop import TOO_LARGE, cancelling, death, events, failure
from app.commands.line_reader import Interrupted, LineReader
from app.commands.options import THINKING, Options
from app.commands.outputs import DIM, PLAIN, PlainOutput
from app.commands.talk import Part, Talk
from app.core.conversation import Outcome, Stats
from app.core.errors import AppError
from app.engine.client import Engine
from app.engine.messages import (
    Died,
    Done,
    Failed,
    Generate,
    LoadFailed,
    Loading,
    ModelInfo,
    Unload,
    Unloaded,
)

_WAYS: Mapping[Kind, str] = {"image": "/image", "audio": "/audio", "document": "/file"}
_ENDS = {
    Outcome.STOPPED: "stopped",
    Outcome.LENGTH: "cut off at the longest answer",
    Outcome.CONTEXT: "cut off: the context is full",
}


class _Leave(Exception):
    """The person has had enough."""


class _Lost(Exception):
    """There is no model to talk to any more."""

    def __init__(self, reason: AppError) -> None:
        super().__init__()
        self.reason = reason


@dataclass(frozen=True)
class _Command:
    words: str
    help: str
    run: Callable[[str], None]


class TerminalChat:
    """Asks what is typed, shows the answers, and does what commands say."""

    def __init__(
        self, engine: Engine, talk: Talk, lines: LineReader, out: TextIO, err: TextIO
    ) -> None:
        self._engine = engine
        self._talk = talk
        self._lines = lines
        self._out, self._err = out, err
        self._options = Options()
        self._attached: list[Part] = []
        self._warned = False  # that another Ctrl+C leaves
        self._commands = {
            "/image": _Command(
                "PATH", "attach a picture", lambda word: self._attach("image", word)
            ),
            "/audio": _Command("PATH", "attach a sound", lambda word: self._attach("audio", word)),
            "/file": _Command(
                "PATH", "attach a text file", lambda word: self._attach("document", word)
            ),
            "/edit": _Command("[TEXT]", "change the last question", self._edit),
            "/again": _Command("", "answer the last question once more", self._again),
            "/new": _Command("", "begin another chat", self._new),
            "/chats": _Command("", "list the chats", self._list),
            "/chat": _Command("NAME", "go to a chat, or begin it", self._switch),
            "/think": _Command("on|off|auto", "let the model think first, or not", self._think),
            "/help": _Command("", "show this", self._help),
            "/quit": _Command("", "leave", self._quit),
        }

    def run(self) -> int:
        """Talk until the person leaves or the input ends. Returns the exit code; AppError when
        the model can't be had any more."""
        if self._lines.typed:
            self._say("/help shows the commands, Ctrl+D leaves.")
        while True:
            try:
                self._catch_up()
                self._take(self._lines.read("> "))
            except AppError as error:
                self._say(str(error))
            except Interrupted as interrupted:
                self._out.write("\n")
                if interrupted.empty and self._warned:
                    return 0
                self._warned = True
                if interrupted.empty:
                    self._say("Ctrl+C once more leaves.")
            except (EOFError, _Leave) as end:
                if self._lines.typed and isinstance(end, EOFError):
                    self._out.write("\n")
                return 0
            except _Lost as lost:
                raise lost.reason from None

    def put_away(self) -> None:
        """Wait until the engine has saved what it keeps of the chats."""
        self._engine.send(Unload())
        for event in events(self._engine):
            if isinstance(event, (Unloaded, Died)):
                return

    def _take(self, text: str) -> None:
        self._warned = False
        if not text.startswith("/"):
            if text.strip():
                order = self._talk.ask(text, self._attached, self._options)
                self._attached = []
                self._answer(order)
            return
        name, _, rest = text.partition(" ")
        command = self._commands.get(name.strip())
        if command is None:
            raise AppError(
                f"There is no command {name.strip()}.",
                f"There are {', '.join(self._commands)}. A question may begin with a blank.",
            )
        command.run(rest.strip())

    # -- answers ----------------------------------------------------------------------------------

    def _answer(self, order: Generate) -> None:
        """Have ``order`` answered, and show it. Ctrl+C stops the answer."""
        output = PlainOutput(self._out, self._err)
        try:
            self._engine.send(order)
        except ValueError as error:
            self._talk.fail(TOO_LARGE.what)
            raise TOO_LARGE from error
        with cancelling(self._engine, order.turn, patient=True):
            for event in events(self._engine):
                if getattr(event, "turn", order.turn) != order.turn:
                    continue  # of a preparation
                output.show(event)
                try:
                    self._talk.take(event)
                except AppError as error:  # the answer goes on, it only isn't kept
                    self._say(str(error))
                match event:
                    case Done():
                        self._warned = event.outcome is Outcome.STOPPED
                        self._figures(event.outcome, event.stats)
                        return
                    case Failed():
                        raise failure(event)
                    case LoadFailed() | Died():
                        self._talk.fail(_reason(event).what)
                        self._lost(event)
                        return

    def _catch_up(self) -> None:
        """Take note of what happened while the person typed."""
        output = PlainOutput(self._out, self._err)
        while (event := self._engine.receive(timeout=0)) is not None:
            match event:
                case LoadFailed() | Died():
                    self._lost(event)
                case Loading() | ModelInfo():
                    output.show(event)

    def _lost(self, event: LoadFailed | Died) -> None:
        if isinstance(event, Died) and event.restarting:
            self._say(f"{_reason(event).what} It has been started again: /again repeats.")
        else:
            raise _Lost(_reason(event))

    def _figures(self, outcome: Outcome, stats: Stats) -> None:
        figures = [_ENDS[outcome]] if outcome in _ENDS else []
        if stats.decode_tps:
            figures.append(f"{stats.decode_tps:.1f} tokens a second")
        if stats.prompt_tokens:
            source = {"none": "the cache", "memory": "memory", "disk": "the disk"}[stats.restored]
            read = f"{stats.cached_tokens:,} of {stats.prompt_tokens:,} tokens"
            figures.append(f"{read} from {source}")
        if figures and self._out.isatty() and self._err.isatty():
            self._err.write(f"{DIM}{' · '.join(figures)}{PLAIN}\n\n")
            self._err.flush()

    # -- commands ---------------------------------------------------------------------------------

    def _attach(self, kind: Kind, word: str) -> None:
        part = self._talk.keep(read_as(_path(word), kind, _WAYS))
        order = self._talk.prepare("", [*self._attached, part], self._options)
        self._attached.append(part)
        self._engine.send(order)
        self._say(f"{part.name} goes with the next question.")

    def _edit(self, text: str) -> None:
        question = self._talk.current.question
        if not text and question is not None and self._lines.typed:
            text = self._lines.read("edit> ", question.text)
        self._answer(self._talk.edit(text, self._options))

    def _again(self, _rest: str) -> None:
        self._answer(self._talk.regenerate(self._options))

    def _new(self, _rest: str) -> None:
        self._talk.begin()
        self._say("A new chat.")

    def _list(self, _rest: str) -> None:
        for name in self._talk.names():
            self._say(f"{'*' if name == self._talk.current.name else ' '} {name}")

    def _switch(self, name: str) -> None:
        chat = self._talk.switch(name)
        count = len(chat.entries)
        words = f"{chat.name}: {count} {'message' if count == 1 else 'messages'}."
        self._say(f"{words} {self._talk.missed}".rstrip())

    def _think(self, word: str) -> None:
        if word not in THINKING:
            raise AppError("Thinking is on, off or auto.", "Write for instance: /think on")
        self._options = Options(thinking=THINKING[word]).over(self._options)

    def _help(self, _rest: str) -> None:
        for name, command in self._commands.items():
            self._say(f"{f'{name} {command.words}':<22}{command.help}")
        self._say("A backslash at the end of a line goes on with the next. Ctrl+C stops an answer.")

    def _quit(self, _rest: str) -> None:
        raise _Leave

    def _say(self, text: str) -> None:
        print(text, file=self._err, flush=True)


def _path(word: str) -> Path:
    """The path that was typed, or dropped on the terminal, which puts quotes or backslashes."""
    if not word:
        raise AppError("Which file?", "Write its path after the command.")
    path = Path(word).expanduser()
    if not path.exists() and os.name != "nt":
        with contextlib.suppress(ValueError):
            path = Path(" ".join(shlex.split(word))).expanduser()
    return path


def _reason(event: LoadFailed | Died) -> AppError:
    return death(event) if isinstance(event, Died) else failure(event)
