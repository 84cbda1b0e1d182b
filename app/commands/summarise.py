"""``facet summarise``: all of some documents, with what the summary rests on."""

import re
from argparse import Namespace
from collections.abc import Sequence
from contextlib import ExitStack, closing

from app.commands import INTERRUPTED
from app.commands.documents import Documents, Opened
from app.commands.engine_loop import load, load_order
from app.commands.model_choice import choose_model, open_library
from app.commands.options import Options
from app.commands.places import passing_folder
from app.commands.reading import Driver
from app.commands.reading_outputs import JsonReading, reading_output
from app.core.conversation import Outcome, Role
from app.core.document import Extract
from app.core.errors import AppError
from app.core.prompt import Prompt, Turn
from app.core.reading.pages import extract_text
from app.core.reading.sections import only
from app.core.reading.tasks import DocumentTask, words
from app.core.reading.work import Work
from app.documents.reader import READER_VERSION
from app.documents.reader.client import Reader
from app.engine.client import Engine
from app.storage.extractions import ExtractionStore
from app.storage.paths import Paths
from app.storage.settings_file import SettingsFile

_PART = re.compile(r"\s*(\d{1,6})\s*(?:-\s*(\d{1,6})?)?\s*")


def summarise(arguments: Namespace, paths: Paths) -> int:
    """Summarise ``arguments.files``. Returns the exit code; raises AppError."""
    options = Options(
        max_tokens=arguments.max_tokens or None,
        temperature=arguments.temperature,
        seed=arguments.seed,
    )
    wanted = None if arguments.pages is None else page_ranges(arguments.pages)
    settings = SettingsFile(paths.settings).load()
    library = open_library(paths, settings)
    model = choose_model(library, arguments.model, arguments.mmproj, settings.model)
    output = reading_output(json=arguments.json)
    status = output.status if not isinstance(output, JsonReading) else _silent
    task = DocumentTask("summarise", arguments.length, arguments.language or "")
    with ExitStack() as stack:
        reader = stack.enter_context(closing(Reader(log=paths.reader_log)))
        store = ExtractionStore(paths.extracts, READER_VERSION)
        documents = Documents(reader, store, status)
        opened = [documents.open(path, sounds=True) for path in arguments.files]
        pairs = [(one.document, _wanted(one, wanted)) for one in opened]
        if isinstance(output, JsonReading):
            output.documents([extract for _, extract in pairs])
        engine = stack.enter_context(Engine(paths.engine_log))
        info = load(engine, load_order(model, arguments, settings.device), output.show)
        work = Work.begin(pairs, task, info.context, sees=info.vision, hears=info.audio)
        driver = Driver(
            engine,
            documents,
            opened,
            passing_folder(stack),
            options,
            model.sampling,
            output,
            thinks=info.thinking,
        )
        ending = driver.run(work, lambda work: _prompt(work, thinks=info.thinking))
    return INTERRUPTED if ending.outcome is Outcome.STOPPED else 0


def page_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """What "3-9,12,20-" names: first and last page of each range, 0 for an open end. AppError for
    anything else."""
    ranges = []
    for part in text.split(","):
        found = _PART.fullmatch(part)
        first = int(found[1]) if found else 0
        last = first if found and "-" not in part else int(found[2] or 0) if found else 0
        if first < 1 or (last and last < first):
            raise AppError(
                f"{text} names no pages.", "Write for instance: --pages 3-9,12", code="usage"
            )
        ranges.append((first, last))
    return tuple(ranges)


def _wanted(opened: Opened, ranges: Sequence[tuple[int, int]] | None) -> Extract:
    extract = opened.extract
    if ranges is None:
        return extract
    numbers = frozenset(
        page.number
        for page in extract.pages
        if any(first <= page.number and (not last or page.number <= last) for first, last in ranges)
    )
    if not numbers:
        raise AppError(
            f"{extract.name} has none of these pages.",
            f"It has {extract.total}.",
            code="usage",
        )
    return only(extract, numbers)


def _prompt(work: Work, *, thinks: bool) -> Prompt:
    """The prompt of a summary of what fits as a whole."""
    texts = [
        extract_text(extract, number)
        for extract, number in zip(work.extracts, work.numbers, strict=True)
    ]
    asked = words(work.task, len(texts))
    return Prompt((Turn(Role.USER, "\n\n".join([*texts, asked])),), False if thinks else None)


def _silent(_text: str) -> None:
    """Progress of opening is nothing for a program."""
