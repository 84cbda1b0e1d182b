"""What has been asked about one picture of the screen, as the chat tells it."""

from PySide6.QtCore import QObject, QRect, Signal

from app.core.conversation import Message, Role
from app.core.screen_tasks import Task
from app.session.chat import ChatSession, Entry
from app.session.exchange import Asked, Exchange, with_answer


class Exchanges(QObject):
    """Follows one chat after the other and keeps its ``exchanges``, oldest first. ``expect`` says
    before each question what is asked; one that nobody has announced came from the window."""

    added = Signal()  # an answer is about to be written
    progress = Signal(str, int, int)  # as in ``engine.messages.Progress``, without the turn
    words_added = Signal(str)  # at the end of the last exchange's words
    words_replaced = Signal()
    boxes_changed = Signal()
    table_changed = Signal()
    thought_changed = Signal()
    finished = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.exchanges: tuple[Exchange, ...] = ()
        self._session: ChatSession | None = None
        self._region = QRect()
        self._asked: Asked | None = None
        self._connections: list[object] = []

    def follow(self, session: ChatSession, region: QRect) -> None:
        """Begin with another chat, about ``region``."""
        self.leave()
        self._session, self._region = session, region
        self._connections = [
            session.entry_added.connect(self._entry_added),
            session.entry_removed.connect(self._entry_removed),
            session.progress.connect(self._progressed),
            session.text_added.connect(self._written),
            session.thought_added.connect(self._written),
            session.answer_finished.connect(self._answered),
            session.busy_changed.connect(self._settled),
        ]

    def leave(self) -> None:
        """Follow no chat any more."""
        for connection in self._connections:
            QObject.disconnect(connection)  # type: ignore[call-overload]
        self._connections = []
        self._session = self._asked = None
        self.exchanges = ()

    def expect(self, asked: Asked) -> None:
        """What the next answer will be about."""
        self._asked = asked

    # -- inside -----------------------------------------------------------------------------------

    def _entry_added(self, entry: Entry) -> None:
        if entry.message.role is not Role.ASSISTANT or self._session is None:
            return
        asked = self._asked
        if asked is None:
            text = self._session.entries[-2].message.text
            asked = Asked(text, Task("free", text), self._region)
        new = Exchange(entry.id, asked.question, asked.task, asked.region, asked.closer)
        self.exchanges = (*self.exchanges, with_answer(new, entry.message))
        self.added.emit()

    def _entry_removed(self, entry_id: str) -> None:
        self.exchanges = tuple(one for one in self.exchanges if one.id != entry_id)

    def _progressed(self, _entry: str, stage: str, done: int, total: int) -> None:
        self.progress.emit(stage, done, total)

    def _written(self, entry_id: str, _text: str) -> None:
        if self._session is not None:
            self._update(entry_id, self._session.entries[-1].message)

    def _answered(self, entry_id: str, message: Message) -> None:
        self._update(entry_id, message)
        self.finished.emit()

    def _settled(self, busy: bool) -> None:
        if not busy:
            self._asked = None

    def _update(self, entry_id: str, message: Message) -> None:
        if not self.exchanges or self.exchanges[-1].id != entry_id:
            return
        old = self.exchanges[-1]
        new = with_answer(old, message)
        self.exchanges = (*self.exchanges[:-1], new)
        if new.words != old.words:
            if new.words.startswith(old.words):
                self.words_added.emit(new.words[len(old.words) :])
            else:
                self.words_replaced.emit()
        if new.boxes != old.boxes:
            self.boxes_changed.emit()
        if new.table != old.table:
            self.table_changed.emit()
        if new.thought != old.thought:
            self.thought_changed.emit()
