"""``facet ask``: one question, its answer streamed to stdout."""

import json
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import msgspec

from app.commands.model_choice import choose_model, open_library
from app.core.conversation import Outcome, Role
from app.core.errors import AppError
from app.core.prompt import Media, Prompt, Sampling, Turn, document_text
from app.documents.attachments import read_attachment
from app.engine.client import Engine
from app.engine.messages import (
    AnyEvent,
    Cancel,
    Delta,
    Died,
    Done,
    Failed,
    Generate,
    Load,
    LoadFailed,
    Loading,
    ModelInfo,
    Progress,
    Render,
    Rendered,
    Trimmed,
)
from app.models.library import InstalledModel
from app.storage.paths import Paths
from app.storage.settings_file import SettingsFile

_TURN = 1
INTERRUPTED = 130  # exit code after Ctrl+C, as shells have it


def ask(arguments: Namespace, paths: Paths) -> int:
    """Answer ``arguments.question``. Returns the exit code; raises AppError."""
    prompt = _prompt(arguments)
    settings = SettingsFile(paths.settings).load()
    model = choose_model(
        open_library(paths, settings), arguments.model, arguments.mmproj, settings.model
    )
    output = _JsonOutput(sys.stdout) if arguments.json else _PlainOutput(sys.stdout, sys.stderr)
    with Engine(paths.engine_log) as engine:
        _load(engine, model, arguments, output)
        if arguments.show_prompt:
            engine.send(Render(_TURN, prompt))
        else:
            sampling = _sampling(arguments, model.sampling)
            engine.send(Generate(_TURN, prompt, sampling, arguments.max_tokens))
        with _cancelling(engine):
            for event in _events(engine):
                output.show(event)
                match event:
                    case Done():
                        return INTERRUPTED if event.outcome is Outcome.STOPPED else 0
                    case Rendered():
                        return 0
                    case Failed():
                        raise AppError(event.what, event.next_step, code=event.code)
                    case Died():
                        raise _died(event)
    raise AssertionError("events end with the engine")


def _prompt(arguments: Namespace) -> Prompt:
    media = [
        *(Media("image", _checked(path, "image"), arguments.budget) for path in arguments.image),
        *(Media("audio", _checked(path, "audio")) for path in arguments.audio),
    ]
    words = [_document(path) for path in arguments.file]
    question = sys.stdin.read() if arguments.question == "-" else arguments.question
    if not question.strip() and not media and not words:
        raise AppError("There is no question.", "Write one, or attach something.", code="usage")
    turns = [Turn(Role.SYSTEM, arguments.system)] if arguments.system else []
    turns.append(Turn(Role.USER, "\n\n".join([*words, question.strip()]), tuple(media)))
    thinking = None if arguments.thinking is None else arguments.thinking == "on"
    return Prompt(tuple(turns), thinking)


def _checked(path: Path, kind: str) -> str:
    """``path``, once it is known to be of ``kind``, so that the error names the file."""
    found = read_attachment(path).kind
    if found != kind:
        wanted = "picture" if kind == "image" else "sound"
        raise AppError(
            f"{path.name} is not a {wanted}.",
            f"Attach it with --{'file' if found == 'document' else found}.",
            code="attachment-kind",
        )
    return str(path.absolute())


def _document(path: Path) -> str:
    attachment = read_attachment(path)
    if attachment.kind != "document":
        raise AppError(
            f"{path.name} is not a text file.",
            f"Attach it with --{attachment.kind}.",
            code="attachment-kind",
        )
    return document_text(attachment.part.name, attachment.part.text)  # type: ignore[union-attr]


def _sampling(arguments: Namespace, usual: Sampling) -> Sampling:
    changes: dict[str, Any] = {"seed": arguments.seed}
    if arguments.temperature is not None:
        changes["temperature"] = arguments.temperature
    return msgspec.structs.replace(usual, **changes)


def _load(
    engine: Engine, model: InstalledModel, arguments: Namespace, output: "_Output"
) -> ModelInfo:
    projector = str(model.projector) if model.projector else None
    engine.send(Load(str(model.path), projector, arguments.context, arguments.threads))
    for event in _events(engine):
        output.show(event)
        match event:
            case ModelInfo():
                return event
            case LoadFailed():
                raise AppError(event.what, event.next_step, code=event.code)
            case Died():
                raise _died(event)
    raise AssertionError("events end with the engine")


def _events(engine: Engine) -> Iterator[AnyEvent]:
    while True:
        if (event := engine.receive(timeout=1.0)) is not None:
            yield event


@contextmanager
def _cancelling(engine: Engine) -> Iterator[None]:
    """Ctrl+C stops the answer and keeps what is written; a second one ends the program."""

    def cancel(_signal: int, _frame: object) -> None:
        engine.send(Cancel(_TURN))
        signal.signal(signal.SIGINT, previous)

    previous = signal.signal(signal.SIGINT, cancel)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def _died(event: Died) -> AppError:
    return AppError(
        f"The engine ended unexpectedly ({event.detail}).",
        "Try again; if it happens again, choose a smaller model or context.",
        code="died",
    )


class _PlainOutput:
    """The answer on stdout; thoughts, notices and progress on stderr."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out, self._err = out, err
        self._live = err.isatty()
        self._ends_with_newline = True

    def show(self, event: AnyEvent) -> None:
        match event:
            case Loading():
                self._status(f"Loading the model: {event.fraction:.0%}")
            case ModelInfo():
                self._status("")
            case Progress():
                self._status(f"Reading {event.done:,} of {event.total:,} tokens")
            case Trimmed():
                print(f"{event.dropped} oldest messages did not fit.", file=self._err)
            case Delta(kind="text"):
                self._status("")
                self._write(event.text)
            case Delta(kind="thought"):
                self._status("")
                self._err.write(event.text)
                self._err.flush()
            case Rendered():
                self._write(event.text)
            case Done():
                if not self._ends_with_newline:
                    self._write("\n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
        self._ends_with_newline = text.endswith("\n")

    def _status(self, text: str) -> None:
        if self._live:
            self._err.write(f"\r\x1b[K{text}")
            self._err.flush()


class _JsonOutput:
    """One JSON object a line; the last one is ``done``, ``prompt`` or ``error``."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._texts: dict[str, list[str]] = {"text": [], "thought": [], "tool": []}

    def show(self, event: AnyEvent) -> None:
        match event:
            case Loading():
                self._line("loading", fraction=round(event.fraction, 3))
            case ModelInfo():
                self._line("model", **msgspec.to_builtins(event))
            case Progress():
                self._line("progress", stage=event.stage, done=event.done, total=event.total)
            case Trimmed():
                self._line("trimmed", dropped=event.dropped, needed=event.needed)
            case Delta():
                self._texts[event.kind].append(event.text)
                self._line(event.kind, text=event.text)
            case Rendered():
                self._line("prompt", text=event.text)
            case Done():
                self._line(
                    "done",
                    text="".join(self._texts["text"]),
                    thought="".join(self._texts["thought"]),
                    outcome=event.outcome.value,
                    **msgspec.to_builtins(event.stats),
                )

    def _line(self, event: str, **values: Any) -> None:
        values.pop("type", None)
        self._out.write(json.dumps({"event": event, **values}, ensure_ascii=False) + "\n")
        self._out.flush()


_Output = _PlainOutput | _JsonOutput
