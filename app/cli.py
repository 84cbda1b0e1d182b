"""The command line: parses arguments, then runs a command or opens the window."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from app import __version__
from app.commands import INTERRUPTED
from app.core.budget import AUTOMATIC, BUDGETS
from app.core.errors import AppError
from app.desktop.capture.what import What, names_something, what
from app.desktop.second_start import HIDDEN, Request, claim
from app.storage.paths import Paths

USAGE_ERROR = 2
COMMANDS = (
    *("ask", "chat", "summarise", "transcribe", "models", "shoot", "open"),
    *("backup", "restore", "doctor"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``facet`` with ``argv``. Returns the exit code: 0; 1 for an error that the person can
    mend, told in one line on stderr; 2 for wrong usage."""
    parser = _parser()
    arguments = parser.parse_args(_spelt_out(sys.argv[1:] if argv is None else argv))
    if arguments.command == "ask" and arguments.question is None:
        if arguments.record is None:
            parser.error("ask needs a question, or --record")
        arguments.question = ""
    paths = Paths.under(arguments.data_dir) if arguments.data_dir else Paths.default()
    try:
        paths.create()
        return _command(arguments.command)(arguments, paths)
    except AppError as error:
        if getattr(arguments, "json", False):
            _print_json_error(error)
        print(f"facet: {error}", file=sys.stderr)
        return USAGE_ERROR if error.code == "usage" else 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough. Keep Python from complaining when it closes stdout.
        sys.stdout = None
        return 1


def _command(name: str | None) -> Callable[[argparse.Namespace, Paths], int]:
    """The function that carries out a command.

    Imported here and not above, because the window must not wait for the engine's client nor
    `facet ask` for Qt: 0.2 s that a person would feel at each start.
    """
    if name == "ask":
        from app.commands.ask import ask

        return ask
    if name == "chat":
        from app.commands.chat import chat

        return chat
    if name == "summarise":
        from app.commands.summarise import summarise

        return summarise
    if name == "transcribe":
        from app.commands.transcribe import transcribe

        return transcribe
    if name == "models":
        from app.commands.models import models

        return models
    if name == "doctor":
        from app.commands.doctor import doctor

        return doctor
    if name == "backup":
        from app.commands.data import backup

        return backup
    if name == "restore":
        from app.commands.data import put_back

        return put_back
    return _window


def _window(arguments: argparse.Namespace, paths: Paths) -> int:
    """Have a Facet that is open already do what this one is started for, else open it."""
    if arguments.erase_data:
        from app.commands.data import erase_data

        return erase_data(arguments, paths)
    request = _request(arguments)
    try:
        lock = claim(paths.data_dir, request)
    except AppError as error:
        from app.ui.alone import tell_alone

        tell_alone(error)
        raise
    if lock is None:
        if request.kind == "show":
            print("Facet is open already; its window comes to the front.")
        return 0
    # Imported here: a second start, and any other command, must not wait for Qt.
    from app.main import run_window

    with closing(lock):
        return run_window(arguments, paths, request)


def _request(arguments: argparse.Namespace) -> Request:
    """What Facet is started for."""
    names = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")
    token = next((os.environ[name] for name in names if os.environ.get(name)), "")
    if arguments.command == "shoot":
        return Request("shoot", token=token)
    if arguments.command == "open":
        return Request("open", tuple(map(str, arguments.files)), token)
    return Request("hide" if arguments.hidden else "show", token=token)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="facet",
        description="A private assistant on this machine. Without a command, opens the window.",
    )
    parser.add_argument("--version", action="version", version=f"Facet {__version__}")
    parser.add_argument(
        "--data-dir", type=Path, metavar="D", help="keep everything under the folder D"
    )
    parser.add_argument(
        HIDDEN, action="store_true", help="start without the window, ready for the shortcut"
    )
    parser.add_argument(
        "--erase-data", action="store_true", help="remove all chats, settings and models, and end"
    )
    parser.add_argument("--yes", action="store_true", help="with --erase-data: don't ask first")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_ask(commands.add_parser("ask", help="ask one question and print the answer"))
    _add_chat(commands.add_parser("chat", help="talk in the terminal, or from a program"))
    _add_summarise(commands.add_parser("summarise", help="summarise documents, all of them"))
    _add_transcribe(commands.add_parser("transcribe", help="write down what is said"))
    _add_models(commands.add_parser("models", help="list, choose, fetch and remove models"))
    commands.add_parser("shoot", help="mark a part of the screen and ask about it")
    files = commands.add_parser("open", help="open the window with files to ask about")
    files.add_argument(
        "files", nargs="+", type=_file, metavar="FILE", help="also without the word open"
    )
    for name, words in (
        ("backup", "write all chats and settings to one file"),
        ("restore", "put a backup in the place of what is there"),
    ):
        data = commands.add_parser(name, help=words, description=words)
        data.add_argument("path", type=Path, metavar="FILE", help="the file of the backup")
        data.add_argument("--yes", action="store_true", help="don't ask first")
    doctor = commands.add_parser("doctor", help="report what Facet finds on this machine")
    doctor.add_argument("--json", action="store_true", help="print one JSON object")
    doctor.add_argument(
        "--self-test", action="store_true", help="check that each device computes rightly"
    )
    doctor.add_argument(
        "--hardware", type=Path, metavar="FILE", help="show the machine that FILE describes"
    )
    return parser


def _add_ask(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    words = 'the question; "-" reads it from standard input; none is needed with --record'
    add("question", nargs="?", metavar="QUESTION", help=words)
    add("--image", type=Path, action="append", default=[], metavar="P", help="add a picture")
    add("--audio", type=Path, action="append", default=[], metavar="P", help="add a sound")
    add("--record", type=_seconds, metavar="SECONDS", help="speak the question, or a part of it")
    add(
        "--file",
        type=Path,
        action="append",
        default=[],
        metavar="P",
        help="add a document, or a folder",
    )
    add(
        "--screenshot",
        type=_what,
        metavar="WHAT",
        help="add a picture of the desktop: screen (also without WHAT), window (the active one), or"
        " region=X,Y,WIDTH,HEIGHT in pixels",
    )
    add("--show-prompt", action="store_true", help="print what the model gets, and end")
    add("--json", action="store_true", help="print one JSON object for each event")
    _add_answering(parser)


def _add_chat(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--chat", metavar="NAME", help="the chat to begin with, or to go on with")
    add("--keep", action="store_true", help="keep the chats, together with those of the window")
    add("--json", action="store_true", help="read one JSON request a line, print events as JSON")
    _add_answering(parser)


def _add_summarise(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("files", nargs="+", type=Path, metavar="FILE", help="a document, a recording or a folder")
    add(
        "--length",
        choices=("short", "standard", "detailed"),
        default="standard",
        help="of the summary",
    )
    add("--pages", metavar="RANGES", help="only these pages, such as 3-9,12")
    add("--language", metavar="L", help="the language to write in, such as German")
    add("--json", action="store_true", help="print one JSON object for each event")
    add("--max-tokens", type=_natural, default=0, metavar="N", help="of each note and the summary")
    add("--temperature", type=_temperature, metavar="T", help="0 takes the likeliest words")
    add("--seed", type=_seed, metavar="N", help="makes the summary repeatable")
    _add_model(parser)


def _add_transcribe(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("file", nargs="?", type=Path, metavar="FILE", help="a sound, or a film")
    add("--record", type=_seconds, metavar="SECONDS", help="record from the microphone instead")
    add("--language", metavar="L", help="the language that is spoken, such as German")
    add("--translate-to", metavar="L", help="translate it into this language")
    add(
        "--format",
        choices=("txt", "srt", "vtt", "json"),
        default="txt",
        help="text with times, subtitles, or JSON",
    )
    _add_model(parser)


def _add_models(parser: argparse.ArgumentParser) -> None:
    json_option = argparse.ArgumentParser(add_help=False)
    # Without a default of its own: it may stand before the action, too.
    json_option.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print JSON"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    machine = argparse.ArgumentParser(add_help=False)
    machine.add_argument(
        "--hardware",
        type=Path,
        metavar="FILE",
        help='another machine, as JSON: what doctor --json prints under "hardware"',
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION")

    def action(
        name: str, words: str, *more: argparse.ArgumentParser
    ) -> Callable[..., argparse.Action]:
        return actions.add_parser(
            name, help=words, description=words, parents=[json_option, *more]
        ).add_argument

    action("list", "list the models that are here and those to be had")
    action("recommend", "say which model suits this machine, and why", machine)
    fit = action("fit", "show how each model would do on this machine", machine)
    fit("--context", type=_natural, default=0, metavar="N", help="context size in tokens")
    download = action("download", "fetch a model, or go on fetching it")
    download("id", metavar="ID", help="a model that list shows")
    add = action("add", "take up a GGUF file where it lies")
    add(
        "path", type=Path, metavar="PATH", help="the model's file, or another program's name for it"
    )
    add("--mmproj", type=Path, metavar="P", help="the projector that lets it see and hear")
    remove = action("remove", "delete a model; one that was added is only forgotten")
    remove("id", metavar="ID", help="a model that list shows")
    remove("--yes", action="store_true", help="don't ask first")


def _add_answering(parser: argparse.ArgumentParser) -> None:
    """Which model answers, and how."""
    _add_model(parser)
    add = parser.add_argument
    add("--system", metavar="T", help="a system prompt")
    add(
        "--thinking",
        choices=("on", "off", "auto"),
        help="let the model think first, or not; auto: if the question needs it",
    )
    add("--think-tokens", type=_natural, default=0, metavar="N", help="the longest thought")
    add("--budget", type=int, choices=BUDGETS, default=AUTOMATIC, help="tokens for each picture")
    add("--max-tokens", type=_natural, default=0, metavar="N", help="the longest answer")
    add("--temperature", type=_temperature, metavar="T", help="0 takes the likeliest words")
    add("--top-k", type=_natural, metavar="N", help="draw from the N likeliest words; 0: from all")
    add("--top-p", type=_share, metavar="P", help="draw from the likeliest words of this share")
    add("--min-p", type=_share, metavar="P", help="drop words this much less likely than the first")
    add("--seed", type=_seed, metavar="N", help="makes the answer repeatable")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--schema", metavar="FILE|JSON", help="a JSON schema for the answer")
    form.add_argument("--grammar", metavar="FILE", help="a GBNF grammar for the answer")
    add("--no-drafting", action="store_true", help="never guess words ahead")


def _add_model(parser: argparse.ArgumentParser) -> None:
    """Which model, and how it is loaded."""
    add = parser.add_argument
    add("--model", metavar="ID|PATH", help="an installed model, or a GGUF file")
    add("--mmproj", type=Path, metavar="PATH", help="the projector that lets it see and hear")
    add("--context", type=_natural, default=0, metavar="N", help="context size in tokens")
    add("--threads", type=_natural, default=0, metavar="N", help="processor threads")


def _spelt_out(argv: Sequence[str]) -> list[str]:
    """``argv`` with what may be left out: the command "open" before files, and the value of
    "--screenshot", for which argparse would take the question."""
    words = list(argv)
    first = _first_word(words)
    if first < len(words) and words[first] not in COMMANDS:
        words.insert(first, "open")
    for index, word in enumerate(words):
        if word == "--":
            break
        following = words[index + 1] if index + 1 < len(words) else ""
        if word == "--screenshot" and not names_something(following):
            words[index] = "--screenshot=screen"
    return words


def _first_word(words: Sequence[str]) -> int:
    """Where the first word stands that is no option of Facet itself; the end if there is none."""
    index = 0
    while index < len(words):
        word = words[index]
        if word == "--" or not word.startswith("-"):
            return index
        has_value = len(word) > 2 and "--data-dir".startswith(word)  # argparse takes it shortened
        index += 2 if has_value else 1
    return index


def _what(text: str) -> What:
    try:
        return what(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither screen, window nor region=X,Y,WIDTH,HEIGHT"
        ) from None


def _file(name: str) -> Path:
    path = Path(name).absolute()
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{name!r} is neither a file nor a command")
    return path


def _natural(text: str, limit: int = 2**31 - 1) -> int:
    value = int(text)
    if not 0 <= value <= limit:
        raise ValueError(text)
    return value


def _seed(text: str) -> int:
    return _natural(text, 2**32 - 1)


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 86_400:
        raise ValueError(text)
    return value


def _temperature(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 10:
        raise ValueError(text)
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value


def _print_json_error(error: AppError) -> None:
    print(
        json.dumps(
            {
                "event": "error",
                "code": error.code,
                "what": error.what,
                "next_step": error.next_step,
            },
            ensure_ascii=False,
        )
    )
