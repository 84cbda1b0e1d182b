"""A program for test_kill.py: an app whose answer never ends. Run with the folder for its data."""

import itertools
import sys
import threading
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QTimer

from app.documents.reader import READER_VERSION
from app.documents.reader.client import Reader
from app.documents.search import Index
from app.engine.messages import Delta
from app.models.catalogue import Catalogue
from app.models.library import Library
from app.session.chats import Chats
from app.session.desk import Desk
from app.session.documents import Documents
from app.session.engine_thread import EngineThread
from app.session.jobs import Jobs
from app.session.models import ModelShelf
from app.session.paces import Paces
from app.session.preferences import Preferences
from app.session.thumbnails import Thumbnails
from app.storage.blobs import BlobStore
from app.storage.conversations import Conversations
from app.storage.database import Database
from app.storage.extractions import ExtractionStore
from app.storage.pace_file import PaceFile
from app.storage.paths import Paths
from app.storage.readings import ReadingFiles
from app.storage.settings_file import SettingsFile
from app.storage.states import StateFiles
from tests.data import MINIATURE
from tests.gui.session.fake_engine import FakeEngine
from tests.gui.session.office import png


class EndlessEngine(FakeEngine):
    """Answers with one number after the other."""

    def send(self, command: object) -> None:
        super().send(command)  # type: ignore[arg-type]
        if self.loads and len(self.sent) == 1:
            self.finish_loading()
        if self.questions:
            threading.Thread(target=self.count, daemon=True).start()

    def count(self) -> None:
        pause = threading.Event()
        for number in itertools.count():
            self.say(Delta(self.questions[-1].turn, "text", f"{number} "))
            pause.wait(0.002)


def main(folder: Path) -> None:
    app = QCoreApplication([])
    paths = Paths.under(folder)
    paths.create()
    jobs = Jobs()
    preferences = Preferences(SettingsFile(paths.settings), jobs)
    database = Database.open(paths.database)
    blobs = BlobStore(paths.blobs)
    engine = EngineThread(EndlessEngine())  # type: ignore[arg-type]
    shelf = ModelShelf(engine, Library([MINIATURE], Catalogue()), preferences, jobs, paths.states)
    thumbnails = Thumbnails(paths.thumbnails, blobs, jobs)
    conversations = Conversations(database)
    paces, states = Paces(PaceFile(paths.paces), shelf, jobs), StateFiles(paths.states)
    store = ExtractionStore(paths.extracts, READER_VERSION)
    chats = Chats(
        Desk(
            conversations,
            blobs,
            thumbnails,
            jobs,
            engine,
            shelf,
            preferences,
            paces,
            states,
            Documents(Reader(), store, Index, blobs, paths.looks, jobs),
            ReadingFiles(paths.readings),
        )
    )
    draft = chats.current.draft
    draft.text = "Count"
    draft.add_bytes(png(), "shot.png")
    sender = QTimer(app)
    sender.setInterval(10)
    sender.timeout.connect(chats.current.send)  # does nothing until it can, and once it has
    engine.start()
    shelf.start()
    sender.start()
    app.exec()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
