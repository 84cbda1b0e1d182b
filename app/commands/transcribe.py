"""``facet transcribe``: a recording becomes text with times."""

import hashlib
import json
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec

from app.commands import INTERRUPTED
from app.commands.engine_loop import cancelling, death, events, failure, load, load_order
from app.commands.model_choice import choose_model, open_library, require_hearing
from app.commands.outputs import PlainOutput
from app.commands.places import passing_folder
from app.commands.recording import record_long
from app.core.conversation import Outcome, Role
from app.core.document import Extract, Page
from app.core.errors import AppError
from app.core.prompt import Media, Prompt, Sampling, Turn, clock
from app.core.speech import prompts
from app.core.speech.transcript import Line, as_srt, as_text, as_vtt
from app.documents.reader import READER_VERSION
from app.documents.recordings import piece, read_recording
from app.engine.client import Engine
from app.engine.messages import Delta, Died, Done, Failed, Generate
from app.models.library import InstalledModel
from app.storage.extractions import ExtractionStore
from app.storage.paths import Paths
from app.storage.settings_file import SettingsFile

_MOST_TOKENS = 512  # 30 s of the fastest speech come to half of that
_AT_ONCE = 2**20  # bytes
_FORMS: Mapping[str, Callable[[Sequence[Line]], str]] = {
    "txt": as_text,
    "srt": as_srt,
    "vtt": as_vtt,
}


def transcribe(arguments: Namespace, paths: Paths) -> int:
    """Write down what is said in ``arguments.file``, or in a recording that is made now. Returns
    the exit code; raises AppError."""
    if (arguments.file is None) == (arguments.record is None):
        raise AppError("There is no recording.", "Name a file, or use --record.", code="usage")
    settings = SettingsFile(paths.settings).load()
    library = open_library(paths, settings)
    model = choose_model(library, arguments.model, arguments.mmproj, settings.model)
    require_hearing(model, library)
    with ExitStack() as stack:
        folder = passing_folder(stack)
        path = arguments.file or record_long(arguments.record, settings.microphone, folder)
        work = _Transcription(path, arguments, model, paths, folder)
        work.cut()
        if work.left:
            with Engine(paths.engine_log) as engine:
                load(engine, load_order(model, arguments, settings.device), work.output.show)
                work.hear(engine)
        return work.finish()


class _Transcription:
    """One file, piece by piece. What has been heard is kept, so that the same command goes on where
    it was stopped."""

    def __init__(
        self, path: Path, arguments: Namespace, model: InstalledModel, paths: Paths, folder: Path
    ) -> None:
        self.output = PlainOutput(sys.stdout, sys.stderr)
        self._path = path
        self._model = model
        self._language: str = arguments.language or ""
        self._target: str = arguments.translate_to or ""
        self._form: str = arguments.format
        self._recorded: bool = arguments.file is None
        self._store = ExtractionStore(paths.extracts, READER_VERSION)
        self._wav = folder / "piece.wav"

    def cut(self) -> None:
        """Find the pieces, or what is left of them from an earlier run."""
        self._key = _key(self._path, self._model.id, self._language, self._target)

        def told(done: int, total: int) -> None:
            self.output.status(f"Looking for pauses: {clock(done)} of {clock(total)}")

        kept = self._store.get(self._key)
        self._extract = kept or read_recording(self._path, self._path.name, told)
        self._tell(self._extract.pages)

    @property
    def left(self) -> list[Page]:
        """The pieces that have not been heard yet."""
        return [page for page in self._extract.pages if not page.read]

    def hear(self, engine: Engine) -> None:
        """Have the model write down what is left, until Ctrl+C."""
        began, heard = time.monotonic(), 0.0
        left = self.left
        seconds = sum(page.end - page.start for page in left)
        try:
            for turn, page in enumerate(left, start=1):
                self._progress(page, heard, seconds, time.monotonic() - began)
                words = self._ask(engine, turn, page)
                if words is None:
                    break
                self._keep(msgspec.structs.replace(page, text=words, read=True))
                heard += page.end - page.start
        except KeyboardInterrupt:  # while no answer was being written
            pass
        self.output.status("")

    def finish(self) -> int:
        """Write what there is, and say what of it is missing."""
        left = self.left
        self._write()
        for sentence in self._extract.missing:
            print(f"facet: {sentence}", file=sys.stderr)
        if left:
            done, whole = clock(left[0].start), clock(self._extract.pages[-1].end)
            on = "" if self._recorded else " The same command goes on from there."
            print(f"facet: Stopped at {done} of {whole}.{on}", file=sys.stderr)
            return INTERRUPTED
        if not any(page.text for page in self._extract.pages):
            print(f"facet: No speech was found in {self._path.name}.", file=sys.stderr)
        return 0

    # -- inside -----------------------------------------------------------------------------------

    def _ask(self, engine: Engine, turn: int, page: Page) -> str | None:
        """The words of one piece; None if Ctrl+C came before its end."""
        self._wav.write_bytes(piece(self._path, page.start, page.end))
        engine.send(self._order(turn))
        words: list[str] = []
        with cancelling(engine, turn):
            for event in events(engine):
                match event:
                    case Delta(kind="text"):
                        words.append(event.text)
                    case Done():
                        if event.outcome is Outcome.STOPPED:
                            return None
                        return "".join(words).strip()
                    case Failed():
                        raise failure(event)
                    case Died():
                        raise death(event)
        raise AssertionError("events end with the engine")

    def _order(self, turn: int) -> Generate:
        question = (
            prompts.translate(self._target, self._language)
            if self._target
            else prompts.transcribe(self._language)
        )
        prompt = Prompt(
            (Turn(Role.USER, question, (Media("audio", str(self._wav)),)),), thinking=False
        )
        sampling: Sampling = msgspec.structs.replace(self._model.sampling, temperature=0.0)
        tokens = _MOST_TOKENS * (2 if self._target else 1)
        return Generate(turn, prompt, sampling, tokens)

    def _keep(self, page: Page) -> None:
        pages = [page if one.number == page.number else one for one in self._extract.pages]
        self._extract = msgspec.structs.replace(self._extract, pages=tuple(pages))
        if not self._recorded:
            self._store.put(self._key, self._extract)
        self._tell([page])

    def _tell(self, pages: Sequence[Page]) -> None:
        """Write what has been heard of ``pages``, where that can be done piece by piece."""
        self.output.status("")
        if self._form == "txt":
            self._say(as_text([self._line(page) for page in pages if page.read]))

    def _write(self) -> None:
        lines = [self._line(page) for page in self._extract.pages if page.read]
        if self._form == "json":
            self._say(json.dumps(_json(self._extract, lines), ensure_ascii=False, indent=1) + "\n")
        elif self._form != "txt":
            self._say(_FORMS[self._form](lines))

    def _line(self, page: Page) -> Line:
        text, translation = " ".join(page.text.split()), ""
        if self._target and page.text:
            words, meaning = prompts.translation_in(page.text, self._target)
            text, translation = " ".join(words.split()), " ".join(meaning.split())
        return Line(page.start, page.end, text, translation)

    def _say(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    def _progress(self, page: Page, heard: float, seconds: float, took: float) -> None:
        words = f"Listening: {clock(page.start)} of {clock(self._extract.pages[-1].end)}"
        if heard:
            minutes = (seconds - heard) * took / heard / 60
            left = f"about {minutes:.0f} min" if minutes >= 1 else "less than a minute"
            words += f" · {left} left"
        self.output.status(words)


def _json(extract: Extract, lines: Sequence[Line]) -> dict[str, object]:
    return {
        "file": extract.name,
        "seconds": extract.pages[-1].end,
        "complete": not extract.unread,
        "pieces": [msgspec.to_builtins(line) for line in lines],
    }


def _key(path: Path, *options: str) -> str:
    """By what a transcript is kept: the file's content, and how it was asked for."""
    digest = hashlib.sha256()
    for part in _parts_of(path):
        digest.update(part)
    return hashlib.sha256("\n".join([digest.hexdigest(), *options]).encode()).hexdigest()


def _parts_of(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while part := file.read(_AT_ONCE):
                yield part
    except OSError as error:
        raise AppError(
            f"{path.name} can't be read: {error.strerror or error}.",
            "Check its name and try again.",
            code="attachment-refused",
        ) from error
