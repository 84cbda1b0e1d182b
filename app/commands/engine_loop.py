"""What commands with an engine have in common: loading, waiting for events, Ctrl+C, errors."""

import signal
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.core.errors import AppError
from app.engine.client import Engine
from app.engine.messages import (
    AnyEvent,
    Cancel,
    Died,
    Failed,
    Keeping,
    Load,
    LoadFailed,
    ModelInfo,
)
from app.models.library import InstalledModel

# For a ValueError of Engine.send, after very many very long questions.
TOO_LARGE = AppError("The chat is too long to be sent.", "Begin another one.", code="too_long")


def load_order(
    model: InstalledModel,
    arguments: Namespace,
    device: str = "",
    keeping: Keeping = Keeping(),  # noqa: B008 (frozen)
) -> Load:
    """How ``model`` is loaded with the ``--context`` and ``--threads`` of a command, to the
    ``device`` of the settings."""
    return Load(
        str(model.path),
        str(model.projector) if model.projector else None,
        arguments.context,
        arguments.threads,
        device=device,
        keeping=keeping,
    )


def load(engine: Engine, order: Load, show: Callable[[AnyEvent], None]) -> ModelInfo:
    """Load a model and wait for it, handing each event to ``show``. AppError if it can't be."""
    engine.send(order)
    for event in events(engine):
        show(event)
        match event:
            case ModelInfo():
                return event
            case LoadFailed():
                raise failure(event)
            case Died():
                raise death(event)
    raise AssertionError("events end with the engine")


def events(engine: Engine) -> Iterator[AnyEvent]:
    """Everything the engine reports, as it comes; without end while the engine is open."""
    while True:
        # With a timeout, for on Windows Ctrl+C does not wake who waits without one.
        if (event := engine.receive(timeout=1.0)) is not None:
            yield event


@contextmanager
def cancelling(engine: Engine, turn: int, *, patient: bool = False) -> Iterator[None]:
    """Meanwhile Ctrl+C stops the answer ``turn`` and keeps what is written. A second one ends the
    program, unless it is ``patient``."""

    def cancel(_signal: int, _frame: object) -> None:
        engine.send(Cancel(turn))
        if not patient:
            signal.signal(signal.SIGINT, previous)

    previous = signal.signal(signal.SIGINT, cancel)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def failure(event: Failed | LoadFailed) -> AppError:
    """What the engine could not do, as an error to be shown."""
    return AppError(event.what, event.next_step, code=event.code)


def death(event: Died) -> AppError:
    """The end of the engine's process, as an error to be shown."""
    return AppError(
        f"The engine ended unexpectedly ({event.detail}).",
        "Try again; if it happens again, choose a smaller model or context.",
        code="died",
    )
