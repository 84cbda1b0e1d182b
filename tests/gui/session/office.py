"""The whole session of an app without a window, on a real database in a folder of the test's."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from pytestqt.qtbot import QtBot

from app.core.conversation import Message
from app.core.prompt import Sampling
from app.documents.reader import READER_VERSION
from app.documents.reader.client import Reader
from app.documents.search import Index
from app.models.catalogue import Catalogue, HuggingFace, ModelFile, ModelSpec
from app.models.library import Library
from app.models.places import Place
from app.session.chat import ChatSession
from app.session.chats import Chats
from app.session.desk import Desk
from app.session.documents import Documents
from app.session.downloads import Downloads
from app.session.engine_thread import EngineThread
from app.session.jobs import LANES, Jobs
from app.session.machine import Machine
from app.session.models import ModelShelf
from app.session.offers import Offers
from app.session.paces import Paces
from app.session.preferences import Preferences
from app.session.speeds import Speeds
from app.session.thumbnails import Thumbnails
from app.storage.blobs import BlobStore
from app.storage.conversations import Conversations
from app.storage.database import Database
from app.storage.download_file import DownloadFile
from app.storage.extractions import ExtractionStore
from app.storage.pace_file import PaceFile
from app.storage.paths import Paths
from app.storage.readings import ReadingFiles
from app.storage.settings_file import SettingsFile
from app.storage.states import StateFiles
from tests.data import MINIATURE, MODEL, PROJECTOR

DEADLINE_MS = 20_000

# The miniature under a name of ours, so that it answers without chance.
MINI = ModelSpec(
    id="mini",
    title="Mini Gemma",
    architecture="gemma4",
    modalities=("text", "image", "audio"),
    context=4096,
    quantisation="F32",
    licence="Apache-2.0",
    source=HuggingFace("nobody/mini"),
    sampling=Sampling(temperature=0.0),
    files=(
        ModelFile("model", MODEL.name, MODEL.stat().st_size),
        ModelFile("projector", PROJECTOR.name, PROJECTOR.stat().st_size),
    ),
)

ONLY_MINI = Catalogue((MINI,))


@dataclass
class Office:
    """Everything main.py builds, less the window. ``engine`` may be a fake."""

    qtbot: QtBot
    paths: Paths
    engine: Any
    jobs: Jobs
    preferences: Preferences
    database: Database
    thread: EngineThread
    shelf: ModelShelf
    desk: Desk
    chats: Chats
    problems: list[Any]
    machine: Machine
    speeds: Speeds
    downloads: Downloads
    offers: Offers

    @classmethod
    def open(
        cls,
        folder: Path,
        engine: Any,
        qtbot: QtBot,
        models: Path = MINIATURE,
        elsewhere: Callable[[], Iterable[Place]] = tuple,
        catalogue: Catalogue = ONLY_MINI,
    ) -> "Office":
        paths = Paths.under(folder)
        paths.create()
        jobs = Jobs()
        preferences = Preferences(SettingsFile(paths.settings), jobs)
        database = Database.open(paths.database)
        blobs = BlobStore(paths.blobs)
        thread = EngineThread(engine)
        opened = preferences.settings.opened_models
        library = Library([models], catalogue, opened, elsewhere=elsewhere)
        shelf = ModelShelf(thread, library, preferences, jobs, paths.states)
        paces = Paces(PaceFile(paths.paces), shelf, jobs)
        machine = Machine(thread, jobs, paths.models_dir)
        speeds = Speeds(paces, shelf, machine, catalogue, preferences, jobs)
        queue = DownloadFile(paths.downloads)
        downloads = Downloads(catalogue, paths.models_dir, queue, preferences, jobs, {})
        offers = Offers(shelf, machine, downloads, speeds, catalogue, preferences, jobs)
        documents = Documents(
            Reader(log=paths.reader_log),
            ExtractionStore(paths.extracts, READER_VERSION),
            Index,
            blobs,
            paths.looks,
            jobs,
        )
        desk = Desk(
            Conversations(database),
            blobs,
            Thumbnails(paths.thumbnails, blobs, jobs),
            jobs,
            thread,
            shelf,
            preferences,
            paces,
            StateFiles(paths.states),
            documents,
            ReadingFiles(paths.readings),
        )
        chats = Chats(desk)
        problems: list[Any] = []
        for source in (chats, shelf, preferences):
            source.problem.connect(problems.append)
        thread.start()
        return cls(
            qtbot,
            paths,
            engine,
            jobs,
            preferences,
            database,
            thread,
            shelf,
            desk,
            chats,
            problems,
            machine,
            speeds,
            downloads,
            offers,
        )

    def close(self) -> None:
        self.downloads.close()
        self.chats.close()
        self.desk.documents.close()
        self.preferences.close()
        self.jobs.close(seconds=20)
        self.thread.shut_down()
        self.database.close()

    @property
    def chat(self) -> ChatSession:
        return self.chats.current

    def until(self, condition: Any) -> None:
        """Wait for a condition; the deadline is far beyond what it can take."""
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=DEADLINE_MS)

    def settle(self) -> None:
        """Wait until all lanes have done what they were given so far, and it was reported."""
        for lane in LANES:
            reached: list[bool] = []
            self.jobs.run(lambda: True, reached.append, lane=lane)
            self.until(lambda reached=reached: reached)

    def load_model(self, *, vision: bool = True, audio: bool = True) -> None:
        """Start the shelf and let the fake engine have the model loaded."""
        self.shelf.start()
        self.until(lambda: self.engine.loads)
        self.engine.finish_loading(vision=vision, audio=audio)
        self.until(lambda: self.shelf.state == "ready")

    def send(self, text: str, *, asked: bool = True) -> None:
        """Send a question in the open chat; with ``asked`` wait until the engine has it."""
        before = len(self.engine.questions)
        self.chat.draft.text = text
        self.chat.send()
        if asked:
            self.until(lambda: len(self.engine.questions) > before)

    def exchange(self, question: str, answer: str) -> None:
        """A question and its whole answer."""
        self.send(question)
        self.engine.write(answer)
        self.engine.end()
        self.until(lambda: not self.chat.busy)

    def saved(self, chat: str | None = None) -> list[Message]:
        """What the database has of a chat, by default the open one."""
        self.settle()
        found: list[Any] = []
        wanted = chat or self.chat.id
        store = self.desk.conversations
        self.jobs.run(lambda: store.load(wanted), found.append, lane="database")
        self.until(lambda: found)
        return [entry.message for entry in found[0].messages] if found[0] else []

    def count(self, table: str) -> int:
        """The rows of a table."""
        found: list[int] = []
        self.jobs.run(
            lambda: int(self.database.query(f"SELECT count(*) FROM {table}")[0][0]),
            found.append,
            lane="database",
        )
        self.until(lambda: found)
        return found[0]


def png(size: tuple[int, int] = (60, 40), colour: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()
