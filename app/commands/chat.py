"""``facet chat``: a conversation in the terminal, or with a program (``--json``)."""

import signal
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from app.commands.engine_loop import load, load_order
from app.commands.line_reader import LineReader
from app.commands.model_choice import choose_model, open_library
from app.commands.options import THINKING, Options, options_of
from app.commands.outputs import JsonOutput, PlainOutput
from app.commands.scripted import ScriptedChat
from app.commands.talk import Talk
from app.commands.terminal import TerminalChat
from app.core.errors import AppError
from app.desktop.folder_lock import FolderLock
from app.engine.client import Engine
from app.engine.messages import Keeping
from app.storage.blobs import BlobStore
from app.storage.conversations import Conversations
from app.storage.database import Database
from app.storage.paths import Paths
from app.storage.settings_file import SettingsFile

_IN_MEMORY = Keeping()


@dataclass(frozen=True)
class _Home:
    """Where the chats of one run live: the folder of attachments, and for chats that are kept
    the database and what the engine keeps."""

    blobs: BlobStore
    store: Conversations | None = None
    keeping: Keeping = _IN_MEMORY


def chat(arguments: Namespace, paths: Paths) -> int:
    """Talk until there is no more input. Returns the exit code; raises AppError."""
    options = options_of(arguments)
    settings = SettingsFile(paths.settings).load()
    model = choose_model(
        open_library(paths, settings), arguments.model, arguments.mmproj, settings.model
    )
    system, budget = arguments.system or "", arguments.budget
    if arguments.keep:  # the window's chats go on as they do in the window
        options = options.over(Options(thinking=THINKING[settings.thinking]))
        system, budget = system or settings.system_prompt, budget or settings.picture_budget
    with ExitStack() as stack:
        stack.enter_context(_ending_in_order())
        home = stack.enter_context(_kept(paths) if arguments.keep else _passing())
        talk = Talk(model, home.blobs, home.store, options=options, system=system, budget=budget)
        if arguments.chat is not None:
            talk.switch(arguments.chat)
        stack.enter_context(closing(talk))
        engine = stack.enter_context(Engine(paths.engine_log))
        order = load_order(model, arguments, settings.device, home.keeping)
        conversation: ScriptedChat | TerminalChat
        if arguments.json:
            load(engine, order, JsonOutput(sys.stdout).show)
            conversation = ScriptedChat(engine, talk, _standard_input(), sys.stdout)
        else:
            load(engine, order, PlainOutput(sys.stdout, sys.stderr).show)
            lines = LineReader(sys.stdin, sys.stdout, sys.stderr)
            conversation = TerminalChat(engine, talk, lines, sys.stdout, sys.stderr)
        code = conversation.run()
        if arguments.keep:
            conversation.put_away()
        return code


def _standard_input() -> int:
    """The number of the open file, one that is not open where there is none."""
    return -1 if sys.stdin is None else sys.stdin.fileno()


@contextmanager
def _passing() -> Iterator[_Home]:
    """Chats that end with the program. Attachments are copied, because a file may be another one
    by the time a later question is asked; of what is said, nothing is written anywhere."""
    with tempfile.TemporaryDirectory(prefix="facet-chat-", ignore_cleanup_errors=True) as folder:
        yield _Home(BlobStore(Path(folder)))


@contextmanager
def _kept(paths: Paths) -> Iterator[_Home]:
    """The window's chats. AppError while the window is open, or another terminal has them: both
    would write them."""
    lock = FolderLock(paths.data_dir, terminal=True)
    if lock.in_terminal:
        raise AppError(
            "Another facet chat --keep has the chats that are to be kept.",
            "End that one first, or leave out --keep.",
            code="in-use",
        )
    if not lock.free:
        raise AppError(
            "Facet is open with the chats that are to be kept.",
            "Close its window first, or leave out --keep.",
            code="in-use",
        )
    with closing(lock), closing(Database.open(paths.database)) as database:
        if database.problem is not None:
            print(f"facet: {database.problem}", file=sys.stderr)
        keeping = Keeping(folder=str(paths.states))
        yield _Home(BlobStore(paths.blobs), Conversations(database), keeping)


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """A closed terminal and a polite kill end the program as an exception does, so that nothing
    is left behind."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    previous = [(number, signal.signal(number, end)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in previous:
            signal.signal(number, handler)
