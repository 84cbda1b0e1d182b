"""``facet ask``: one question, its answer streamed to stdout."""

import os
import sys
from argparse import Namespace
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from app.commands import INTERRUPTED
from app.commands.attaching import Kind, read_as
from app.commands.engine_loop import cancelling, death, events, failure, load, load_order
from app.commands.model_choice import choose_model, open_library, require_hearing
from app.commands.options import Options, options_of
from app.commands.outputs import JsonOutput, PlainOutput
from app.commands.places import passing_folder
from app.core.conversation import Outcome, Role
from app.core.errors import AppError
from app.core.prompt import Media, Prompt, Turn
from app.core.thinking import wants_thought
from app.engine.client import Engine
from app.engine.messages import Died, Done, Failed, Render, Rendered
from app.storage.paths import Paths
from app.storage.settings_file import SettingsFile

_TURN = 1
_APP_ID = "facet"  # the name of the desktop file
_WAYS: Mapping[Kind, str] = {"image": "--image", "audio": "--audio", "document": "--file"}


def ask(arguments: Namespace, paths: Paths) -> int:
    """Answer ``arguments.question``. Returns the exit code; raises AppError."""
    options = options_of(arguments)
    with ExitStack() as stack:
        # First of all: what is on the screen may change while a model is looked for.
        screenshot = _screenshot(arguments, stack)
        return _answer(arguments, paths, options, screenshot, stack)


def _answer(
    arguments: Namespace,
    paths: Paths,
    options: Options,
    screenshot: Path | None,
    stack: ExitStack,
) -> int:
    settings = SettingsFile(paths.settings).load()
    library = open_library(paths, settings)
    model = choose_model(library, arguments.model, arguments.mmproj, settings.model)
    recording = None
    if arguments.record is not None:
        require_hearing(model, library)
        # Imported here, like what takes screenshots: no other question should wait for it.
        from app.commands.recording import record_clip

        recording = record_clip(arguments.record, settings.microphone, passing_folder(stack))
    prompt = _prompt(arguments, options, screenshot, recording)
    if arguments.file:
        # Imported here: what reads documents is nothing that other questions should wait for.
        from app.commands.ask_documents import ask_documents

        return ask_documents(arguments, paths, options, prompt, model, settings.device, stack)
    order = options.generate(_TURN, prompt, model.sampling)
    output = JsonOutput(sys.stdout) if arguments.json else PlainOutput(sys.stdout, sys.stderr)
    with Engine(paths.engine_log) as engine:
        load(engine, load_order(model, arguments, settings.device), output.show)
        engine.send(Render(_TURN, prompt) if arguments.show_prompt else order)
        with cancelling(engine, _TURN):
            for event in events(engine):
                output.show(event)
                match event:
                    case Done():
                        return INTERRUPTED if event.outcome is Outcome.STOPPED else 0
                    case Rendered():
                        return 0
                    case Failed():
                        raise failure(event)
                    case Died():
                        raise death(event)
    raise AssertionError("events end with the engine")


def _screenshot(arguments: Namespace, stack: ExitStack) -> Path | None:
    """The picture of the desktop that is asked for, if one is, as a file as long as ``stack`` is
    open."""
    if arguments.screenshot is None:
        return None
    # Imported here: 0.1 s that no other question should wait for.
    from app.desktop.capture.headless import shoot

    picture = shoot(arguments.screenshot, _APP_ID, os.environ)
    path = passing_folder(stack) / "screenshot.png"
    path.write_bytes(picture)
    return path


def _prompt(
    arguments: Namespace, options: Options, screenshot: Path | None, recording: Path | None
) -> Prompt:
    media: list[Media] = []
    if screenshot is not None:
        media.append(Media("image", str(screenshot), arguments.budget))
    for path in arguments.image:
        read_as(path, "image", _WAYS)  # so that an error names the file
        media.append(Media("image", str(path.absolute()), arguments.budget))
    for path in arguments.audio:
        read_as(path, "audio", _WAYS)
        media.append(Media("audio", str(path.absolute())))
    if recording is not None:
        media.append(Media("audio", str(recording)))
    question = sys.stdin.read() if arguments.question == "-" else arguments.question
    if not question.strip() and not media and not arguments.file:
        raise AppError("There is no question.", "Write one, or attach something.", code="usage")
    turns = [Turn(Role.SYSTEM, arguments.system)] if arguments.system else []
    turns.append(Turn(Role.USER, question.strip(), tuple(media)))
    thinking = options.thinking
    if thinking == "auto":
        kinds = [*(one.kind for one in media), *("document" for _ in arguments.file)]
        thinking = wants_thought(question, kinds)
    return Prompt(tuple(turns), thinking)
