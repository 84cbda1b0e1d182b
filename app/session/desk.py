"""What every chat works with, built once and handed to each."""

from dataclasses import dataclass

from app.session.documents import Documents
from app.session.engine_thread import EngineThread
from app.session.jobs import Jobs
from app.session.models import ModelShelf
from app.session.paces import Paces
from app.session.preferences import Preferences
from app.session.thumbnails import Thumbnails
from app.storage.blobs import BlobStore
from app.storage.conversations import Conversations
from app.storage.readings import ReadingFiles
from app.storage.states import StateFiles


@dataclass(frozen=True)
class Desk:
    """Parts of the session that a chat and its draft need. ``conversations`` may be touched in
    the database lane of ``jobs`` only."""

    conversations: Conversations
    blobs: BlobStore
    thumbnails: Thumbnails
    jobs: Jobs
    engine: EngineThread
    shelf: ModelShelf
    preferences: Preferences
    paces: Paces
    states: StateFiles
    documents: Documents
    readings: ReadingFiles
