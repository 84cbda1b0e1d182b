"""What is typed and attached, but not yet sent."""

import itertools
from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from app.core.budget import asks_to_read, choose_detail
from app.core.conversation import Attached, Audio, Document, Image
from app.core.document import Extract
from app.core.errors import AppError
from app.core.settings import Settings
from app.session.attached import (
    DraftAttachment,
    Kind,
    detail_of,
    kind_by_name,
    kind_of,
    lacks,
    reading_detail,
    without_words,
)
from app.session.desk import Desk
from app.session.intake import Intake, Taken
from app.storage.conversations import DraftContent

__all__ = ["Draft", "DraftAttachment", "detail_of", "whole"]

_SAVE_AFTER_MS = 400


class Draft(QObject):
    """The next message of one chat. Saved shortly after each change, so that it outlives the
    app; attachments are read in the background."""

    text_changed = Signal()
    attachments_changed = Signal()  # also when only a warning is another, or a ``fraction``
    thinking_changed = Signal()
    costs_changed = Signal()  # what ``seconds`` says may be something else
    problem = Signal(AppError)

    def __init__(
        self, desk: Desk, chat: str, content: DraftContent, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._chat = chat
        self._keys = itertools.count(1)
        self._text = content.text
        self._thinking = content.thinking
        self._attachments: tuple[DraftAttachment, ...] = ()
        self._sources: dict[int, Path | bytes] = {}  # of what is being read, or locked
        self._lacking: dict[int, Extract] = {}  # documents, with what has not been read of them
        self._intake = Intake(desk, self)
        self._intake.told.connect(self._told)
        self._intake.taken.connect(self._taken)
        self._intake.failed.connect(self._failed)
        self._saves_fail = False
        self.reads = False  # what is written in the pictures is what counts, whatever is typed
        self._saver = QTimer(self)
        self._saver.setSingleShot(True)
        self._saver.setInterval(_SAVE_AFTER_MS)
        self._saver.timeout.connect(self.flush)
        self._add_parts(content.attachments)
        desk.shelf.state_changed.connect(self._warn)
        desk.preferences.changed.connect(self._follow_settings)
        desk.paces.changed.connect(self.costs_changed)

    @property
    def text(self) -> str:
        return self._text

    @text.setter
    def text(self, text: str) -> None:
        text = whole(text)
        if text != self._text:
            self._text = text
            self._saver.start()
            self.text_changed.emit()

    @property
    def thinking(self) -> bool | None:
        """Whether the model shall think first; None leaves it to the settings."""
        return self._thinking

    @thinking.setter
    def thinking(self, thinking: bool | None) -> None:
        if thinking != self._thinking:
            self._thinking = thinking
            self._saver.start()
            self.thinking_changed.emit()

    @property
    def attachments(self) -> tuple[DraftAttachment, ...]:
        """In the order they were added."""
        return self._attachments

    @property
    def sendable(self) -> bool:
        """Whether there is something to send, all of it has been read, the model takes it, and
        there is a model or will be soon."""
        if not self._desk.shelf.answers:
            return False
        if any(one.state != "ready" or one.warning for one in self._attachments):
            return False
        return bool(self._text.strip() or self._attachments)

    def seconds(self, tokens: int) -> float | None:
        """How long the loaded model takes to read a picture of so many tokens; None while that is
        unknown."""
        return self._desk.paces.seconds(tokens)

    def add_file(self, path: str) -> None:
        """Attach the file or folder at ``path``. It is read in the background."""
        source = Path(path)
        self._add(source, source.name, path, kind_by_name(source.name))

    def add_bytes(self, data: bytes, name: str) -> None:
        """Attach bytes that come from no file: a picture from the clipboard, as PNG."""
        self._add(data, name, "", kind_by_name(name))

    def add_spoken(self, wav: bytes, seconds: float) -> int:
        """Attach what somebody has said, a WAV file; its key. It is "ready" a moment later."""
        key = next(self._keys)
        name = QCoreApplication.translate("Draft", "Voice message")
        self._attachments += (DraftAttachment(key, name, "", "audio", "reading"),)
        self._intake.begin_spoken(key, wav, name, seconds)
        self.attachments_changed.emit()
        return key

    def replace_spoken(self, key: int, wav: bytes, seconds: float) -> None:
        """Put what is left of something said in its place."""
        one = self._find(key)
        if one is not None:
            self._replace(one, state="reading", part=None)
            self._intake.begin_spoken(key, wav, one.name, seconds)
            self.attachments_changed.emit()

    def set_transcript(self, key: int, words: str) -> None:
        """What a sound says in words, for models that don't hear."""
        one = self._find(key)
        if one is not None and isinstance(one.part, Audio):
            part = msgspec.structs.replace(one.part, transcript=whole(words))
            self._replace(one, part=part, warning=self._warning(one.kind, part))
            self._changed()

    def remove(self, key: int) -> None:
        """Take an attachment away. If it is being read, that ends at once."""
        kept = tuple(one for one in self._attachments if one.key != key)
        if len(kept) != len(self._attachments):
            self._intake.stop(key)
            self._sources.pop(key, None)
            self._lacking.pop(key, None)
            self._attachments = kept
            self._changed()

    def unlock(self, key: int, password: str) -> None:
        """Read a "locked" document with ``password``. It is "locked" again if that is wrong."""
        one = self._find(key)
        if one is not None and one.state == "locked":
            self._replace(one, state="reading", problem=None)
            self._intake.begin(key, self._sources[key], one.name, password)
            self.attachments_changed.emit()

    def set_budget(self, key: int, budget: int) -> None:
        """Let a picture cost ``budget`` image tokens, 0 for the usual choice."""
        for one in self._attachments:
            if one.key == key and isinstance(one.part, Image) and one.budget != budget:
                tokens = budget or self._usual_budget(one.part)
                part = msgspec.structs.replace(one.part, budget=tokens, chosen=budget > 0)
                self._replace(one, part=part, budget=budget)
                self._changed()

    def settle(self) -> None:
        """Give pictures more detail where the words ask for what is written in them and the person
        has left the choice to Facet. Never less: what has been read of them would be lost."""
        if not self._wants_writing or self._desk.preferences.settings.picture_budget:
            return
        before = self._attachments
        for one in before:
            if isinstance(one.part, Image) and not one.part.chosen:
                budget = self._usual_budget(one.part)
                if budget > one.part.budget:
                    self._replace(one, part=msgspec.structs.replace(one.part, budget=budget))
        if self._attachments is not before:
            self._changed()

    @property
    def content(self) -> DraftContent:
        """What would be sent now."""
        parts = tuple(one.part for one in self._attachments if one.part is not None)
        return DraftContent(self._text, parts, self._thinking)

    def take(self) -> DraftContent:
        """What is to be sent; the draft is empty afterwards. The caller sees to it that it is
        removed from the database."""
        content = self.content
        self._saver.stop()
        self._text, self._attachments = "", ()
        if self._thinking is not None:
            self._saver.start()  # it holds for the next message as well
        self.text_changed.emit()
        self.attachments_changed.emit()
        return content

    def give_back(self, content: DraftContent) -> None:
        """Put back what could not be sent, before anything that was added meanwhile."""
        self._text = "\n\n".join(text for text in (content.text, self._text) if text)
        added, self._attachments = self._attachments, ()
        self._add_parts(content.attachments)
        self._attachments += added
        self.text_changed.emit()
        self._changed()

    def flush(self) -> None:
        """Save now."""
        self._saver.stop()
        content = self.content
        store = self._desk.conversations
        self._desk.jobs.run(
            lambda: store.save_draft(self._chat, content),
            lambda _none: self._saved(None),
            self._saved,
            lane="database",
        )

    def move(self, desk: Desk) -> None:
        """Work at another ``desk`` from now on. Everything attached has been read."""
        self._desk = desk
        self._intake.move(desk)

    def close(self) -> None:
        """Save what was changed last; what is still being read is given up."""
        self._intake.stop_all()
        if self._saver.isActive():
            self.flush()

    # -- inside -------------------------------------------------------------------------------

    def _add(self, source: Path | bytes, name: str, path: str, kind: Kind) -> None:
        key = next(self._keys)
        self._sources[key] = source
        self._attachments += (DraftAttachment(key, whole(name), path, kind, "reading"),)
        self._intake.begin(key, source, name)
        self.attachments_changed.emit()

    def _add_parts(self, parts: tuple[Attached, ...]) -> None:
        for part in parts:
            one = DraftAttachment(next(self._keys), part.name, "", kind_of(part), "reading")
            self._attachments += (one,)
            self._fill(one, part, self._desk.thumbnails.path_of(part.blob))
            if isinstance(part, Document) and part.pages:
                self._look_up(one.key, part.blob)
            if isinstance(part, Image):
                self._desk.thumbnails.request(part, self._thumbnail_setter(one.key))

    def _thumbnail_setter(self, key: int) -> Callable[[str], None]:
        def ready(path: str) -> None:
            one = self._find(key)
            if one is not None and one.thumbnail_path != path:
                self._replace(one, thumbnail_path=path)
                self.attachments_changed.emit()

        return ready

    def _look_up(self, key: int, blob: str) -> None:
        """See what a document of a draft that was kept lacks."""
        documents = self._desk.documents

        def found(extract: Extract | None) -> None:
            if self._find(key) is not None and extract is not None:
                self._lacking[key] = without_words(extract)
                self._warn()

        self._desk.jobs.run(lambda: documents.extract_of(blob), found)

    def _told(self, key: int, done: int, total: int) -> None:
        one = self._find(key)
        if one is not None and one.state == "reading":
            detail = reading_detail(one.name, done, total)
            self._replace(one, fraction=done / total, detail=detail)
            self.attachments_changed.emit()

    def _taken(self, key: int, taken: Taken) -> None:
        one = self._find(key)
        if one is not None:
            self._sources.pop(key, None)
            if taken.extract is not None:
                self._lacking[key] = without_words(taken.extract)
            self._fill(one, taken.part, taken.thumbnail)
            self._changed()

    def _fill(self, one: DraftAttachment, part: Attached, thumbnail: str | None) -> None:
        kind = kind_of(part)
        if isinstance(part, Image) and not part.budget:
            part = msgspec.structs.replace(part, budget=self._usual_budget(part))
        self._replace(
            one,
            kind=kind,
            state="ready",
            part=part,
            thumbnail_path=thumbnail,
            detail=detail_of(part),
            warning=self._warning(kind, part),
            notes=self._notes(one.key),
            fraction=1.0,
            budget=part.budget if isinstance(part, Image) and part.chosen else 0,
        )

    @property
    def _wants_writing(self) -> bool:
        return self.reads or asks_to_read(self._text)

    def _usual_budget(self, part: Image) -> int:
        """What a picture may cost if the person says nothing about it. Settled once, so that the
        question reads the same whenever the chat goes on."""
        return self._desk.preferences.settings.picture_budget or choose_detail(
            part.width,
            part.height,
            part.text_height,
            reading=self._wants_writing,
            seconds=self._desk.paces.seconds,
        )

    def _follow_settings(self, before: Settings, after: Settings) -> None:
        if before.picture_budget == after.picture_budget or not self._attachments:
            return
        for one in self._attachments:
            if isinstance(one.part, Image) and not one.part.chosen:
                budget = self._usual_budget(one.part)
                self._replace(one, part=msgspec.structs.replace(one.part, budget=budget))
        self._changed()

    def _failed(self, key: int, error: Exception) -> None:
        one = self._find(key)
        if one is None:
            return
        if not isinstance(error, AppError):  # a bug, which is reported elsewhere
            error = AppError(f"{one.name} can't be read.", "Choose another file.", code="bug")
        locked = error.code == "document-password"
        if not locked:
            self._sources.pop(key, None)
        self._replace(one, state="locked" if locked else "failed", problem=error)
        self.attachments_changed.emit()

    def _find(self, key: int) -> DraftAttachment | None:
        return next((one for one in self._attachments if one.key == key), None)

    def _replace(self, one: DraftAttachment, **fields: object) -> None:
        new = msgspec.structs.replace(one, **fields)
        self._attachments = tuple(new if other is one else other for other in self._attachments)

    def _changed(self) -> None:
        self._saver.start()
        self.attachments_changed.emit()

    def _warn(self) -> None:
        """The model is another, or is known better: say again what it can't take."""
        before = self._attachments
        for one in before:
            if one.state != "ready":
                continue
            warning, notes = self._warning(one.kind, one.part), self._notes(one.key)
            if (warning, notes) != (one.warning, one.notes):
                self._replace(one, warning=warning, notes=notes)
        if self._attachments is not before:
            self.attachments_changed.emit()

    def _warning(self, kind: Kind, part: Attached | None) -> str:
        if self._desk.shelf.takes(kind) or (isinstance(part, Audio) and part.transcript):
            return ""
        if kind == "image":
            return QCoreApplication.translate("Draft", "This model can't see pictures")
        return QCoreApplication.translate("Draft", "This model can't hear sounds")

    def _notes(self, key: int) -> tuple[str, ...]:
        extract, shelf = self._lacking.get(key), self._desk.shelf
        if extract is None:
            return ()
        return lacks(extract, sees=shelf.takes("image"), hears=shelf.takes("audio"))

    def _saved(self, error: Exception | None) -> None:
        # Typing goes on while the disk is full: it is said once, not at every pause.
        if isinstance(error, AppError) and not self._saves_fail:
            self.problem.emit(error)
        self._saves_fail = error is not None


def whole(text: str) -> str:
    """``text`` without halves of characters, which Qt may hand over and no file can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
