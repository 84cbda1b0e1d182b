"""Pictures of the screen that nobody has asked about yet, or that are not to be kept."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QCoreApplication, QIODevice, QRect, Qt

from app.core.conversation import blobs_of
from app.core.errors import AppError
from app.desktop.capture.frame import Frame
from app.session.chat import ChatSession
from app.session.desk import Desk
from app.session.thumbnails import Thumbnails
from app.storage.blobs import BlobStore
from app.storage.unkept import Unkept


class Captures:
    """A private folder with one folder for each chat that is not kept. The engine reads pictures
    from files, so they lie there as long as their chat is asked; what a crash left is deleted at
    the next start."""

    def __init__(self, folder: Path, desk: Desk) -> None:
        self._folder = folder
        self._desk = desk
        desk.jobs.run(partial(_empty, folder))

    def desk(self, chat: str) -> Desk:
        """A desk where ``chat`` leaves nothing but files in its folder here."""
        blobs = BlobStore(self._folder / chat)
        thumbnails = Thumbnails(blobs.folder, blobs, self._desk.jobs)
        return replace(self._desk, conversations=Unkept(), blobs=blobs, thumbnails=thumbnails)

    def take(
        self,
        chat: str,
        frame: Frame,
        place: QRect,
        *,
        wanted: Callable[[], bool],
        done: Callable[[bytes], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Make a PNG file for ``chat`` of what is at ``place``, in pixels of the frame's image, and
        its folder; then call ``done`` with it, or ``failed``. If it isn't ``wanted`` any more when
        its turn comes, neither is called."""

        def encode() -> bytes | None:
            if not wanted():
                return None
            self._make_room(chat)
            return png_of(frame, place)

        def tell(png: bytes | None) -> None:
            if png is not None:
                done(png)

        self._desk.jobs.run(encode, tell, failed)

    def keep(self, session: ChatSession) -> None:
        """Have a chat kept: what has been said in it is stored, and what is said from now on will
        be. Its pictures stay here as well until ``let_go``: a question names the file that was
        read ahead for it."""
        here = self.desk(session.id)
        there = self._desk
        chat, title, entries = session.id, session.title, session.entries
        self.keep_pictures(session)
        if entries:
            there.jobs.run(
                lambda: there.conversations.add_conversation(chat, title, entries),
                failed=partial(_tell, session),
                lane="database",
            )
        session.keep(replace(there, blobs=here.blobs, thumbnails=here.thumbnails))

    def keep_pictures(self, session: ChatSession) -> None:
        """Copy the pictures of a chat to where those of kept chats are."""
        here, there = BlobStore(self._folder / session.id), self._desk.blobs
        said = [part for entry in session.entries for part in entry.message.attachments]
        parts = (*said, *session.draft.content.attachments)

        def copy() -> None:
            for part in parts:
                for blob in blobs_of(part):
                    if not there.path_of(blob).is_file():
                        there.put(here.require(blob, part.name).read_bytes())

        self._desk.jobs.run(copy, failed=partial(_tell, session), lane="database")

    def let_go(self, session: ChatSession) -> None:
        """A kept chat goes on without its files here, once its answer has been written."""
        if session.busy:
            session.answer_finished.connect(
                lambda *_answer: self.let_go(session), Qt.ConnectionType.SingleShotConnection
            )
            return
        session.keep(self._desk)
        # After what copies them.
        self._desk.jobs.run(partial(self._remove, session.id), lane="database")

    def give_up(self, session: ChatSession) -> None:
        """Nothing is kept of a chat that has been closed."""
        jobs = self._desk.jobs

        def delete(_none: None) -> None:
            # Nothing that it has begun in either lane calls it any more.
            jobs.run(lambda: None, lambda _none: session.deleteLater(), lane="database")

        jobs.run(partial(self._remove, session.id), delete)

    def _make_room(self, chat: str) -> None:
        try:
            (self._folder / chat).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            say = QCoreApplication.translate
            raise AppError(
                say("Captures", "Facet can't write to {0}.").format(self._folder),
                say("Captures", "Check the permissions of the folder and the room on its disk."),
                code="capture-folder",
            ) from error

    def _remove(self, chat: str) -> None:
        shutil.rmtree(self._folder / chat, ignore_errors=True)


def png_of(frame: Frame, place: QRect) -> bytes:
    """What is at ``place``, in pixels of the frame's image, as a PNG file. From any thread."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    frame.image.copy(place).save(buffer, "PNG")  # type: ignore[call-overload]  # bytes it says
    return bytes(buffer.data().data())


def _tell(session: ChatSession, error: Exception) -> None:
    if isinstance(error, AppError):
        session.problem.emit(error)


def _empty(folder: Path) -> None:
    for path in folder.glob("*"):
        shutil.rmtree(path, ignore_errors=True)
