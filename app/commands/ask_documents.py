"""``facet ask --file``: a question about documents, however long they are."""

from argparse import Namespace
from contextlib import ExitStack, closing

import msgspec

from app.commands import INTERRUPTED
from app.commands.documents import Documents
from app.commands.engine_loop import death, events, failure, load, load_order
from app.commands.options import Options
from app.commands.places import passing_folder
from app.commands.reading import Driver, next_asking
from app.commands.reading_outputs import JsonReading, PlainReading, reading_output
from app.core.conversation import Outcome
from app.core.prompt import Prompt, document_text
from app.core.reading.pages import extract_text
from app.core.reading.tasks import task_for
from app.core.reading.tokens import estimate
from app.core.reading.work import Work
from app.documents.reader import READER_VERSION
from app.documents.reader.client import Reader
from app.engine.client import Engine
from app.engine.messages import Died, Failed, Render, Rendered
from app.models.library import InstalledModel
from app.storage.extractions import ExtractionStore
from app.storage.paths import Paths

_MEDIUM = 400  # tokens of a picture or sound that is asked about besides


def ask_documents(
    arguments: Namespace,
    paths: Paths,
    options: Options,
    asked: Prompt,
    model: InstalledModel,
    device: str,
    stack: ExitStack,
) -> int:
    """Answer what ``asked`` says about ``arguments.file``. Returns the exit code; raises
    AppError."""
    output = reading_output(json=arguments.json)
    reader = stack.enter_context(closing(Reader(log=paths.reader_log)))
    documents = Documents(
        reader,
        ExtractionStore(paths.extracts, READER_VERSION),
        output.status if not isinstance(output, JsonReading) else lambda _text: None,
    )
    opened = [documents.open(path) for path in arguments.file]
    if isinstance(output, JsonReading):
        output.documents([one.extract for one in opened])
    engine = stack.enter_context(Engine(paths.engine_log))
    info = load(engine, load_order(model, arguments, device), output.show)
    question = asked.turns[-1]
    system = asked.turns[0].text if len(asked.turns) > 1 else ""
    work = Work.begin(
        [(one.document, one.extract) for one in opened],
        task_for(question.text),
        info.context,
        sees=info.vision,
        hears=info.audio,
        earlier=estimate(system) + _MEDIUM * len(question.media),
        system=system,
    )
    if arguments.show_prompt:
        return _show_prompt(engine, work, asked, output)
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
    ending = driver.run(work, lambda work: _prompt(work, asked))
    return INTERRUPTED if ending.outcome is Outcome.STOPPED else 0


def _prompt(work: Work, asked: Prompt) -> Prompt:
    """The question after the documents, or after what was found in them."""
    texts = [
        document_text(document.name, extract.pages[0].text)
        if document.pages == 0
        else extract_text(extract, number)
        for document, extract, number, share in zip(
            work.documents, work.extracts, work.numbers, work.plan.shares, strict=True
        )
        if share.how == "whole"
    ]
    *before, question = asked.turns
    words = [*texts, work.excerpts, question.text]
    text = "\n\n".join(one for one in words if one)
    return msgspec.structs.replace(
        asked, turns=(*before, msgspec.structs.replace(question, text=text))
    )


def _show_prompt(
    engine: Engine, work: Work, asked: Prompt, output: PlainReading | JsonReading
) -> int:
    """Print the prompt of the first step that asks the model."""
    step = next_asking(work)
    prompt = Prompt(step.turns, asked.thinking) if step.turns else _prompt(work, asked)
    engine.send(Render(1, prompt))
    for event in events(engine):
        output.show(event)
        match event:
            case Rendered():
                return 0
            case Failed():
                raise failure(event)
            case Died():
                raise death(event)
    raise AssertionError("events end with the engine")
