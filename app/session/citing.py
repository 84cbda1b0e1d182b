"""The citations of a chat's answers, looked up in its documents."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QObject, Signal

from app.core import reading
from app.core.conversation import Document, Message, Outcome, Role
from app.core.document import Extract
from app.core.reading.pages import single_page
from app.session.desk import Desk
from app.session.planning import named, numbers_of
from app.storage.conversations import Entry

if TYPE_CHECKING:
    from app.core.reading.citations import Citation, Verdict

Checked: TypeAlias = "tuple[tuple[Citation, Verdict], ...]"


class Citing(QObject):
    """Looks up the citations of one answer after the other, each once, in the background."""

    checked = Signal(str)  # entry id

    def __init__(
        self,
        desk: Desk,
        entries: Callable[[], tuple[Entry, ...]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._entries = entries
        self._found: dict[str, Checked] = {}  # by entry
        self._asked: set[str] = set()

    def check(self, entry_id: str) -> Checked:
        """What is known of an answer's citations; () while they have not been looked up. That is
        begun then, once the answer has been written."""
        if entry_id not in self._asked:
            self._begin(entry_id)
        return self._found.get(entry_id, ())

    # -- inside -----------------------------------------------------------------------------------

    def _begin(self, entry_id: str) -> None:
        path: list[Message] = []
        for entry in self._entries():
            path.append(entry.message)
            if entry.id == entry_id:
                break
        numbers = numbers_of(path)
        answer = path[-1] if path else None
        if not numbers or answer is None or answer.role is not Role.ASSISTANT:
            return
        text = answer.text
        if not text or answer.outcome is Outcome.WRITING:
            return
        self._asked.add(entry_id)
        parts = _documents(path)
        look_up = partial(self._look_up, entry_id, text, parts, numbers)
        self._desk.documents.fetch(parts, look_up, lambda _error: None)

    def _look_up(
        self, entry_id: str, text: str, parts: Sequence[Document], numbers: dict[str, int]
    ) -> None:
        documents = self._desk.documents

        def work() -> Checked:
            extracts: dict[int, Extract] = {}
            for part in parts:
                extract = documents.extract_of(part.blob) if part.pages else single_page(part)
                if extract is not None:
                    extracts[numbers[part.blob]] = named(extract, part)
            return tuple((one, reading.check(text, one, extracts)) for one in reading.find(text))

        self._desk.jobs.run(work, partial(self._done, entry_id))

    def _done(self, entry_id: str, found: Checked) -> None:
        self._found[entry_id] = found
        if found:
            self.checked.emit(entry_id)


def _documents(path: Sequence[Message]) -> tuple[Document, ...]:
    """All documents, also those that have been removed meanwhile, each once."""
    found: dict[str, Document] = {}
    for message in path:
        for part in message.attachments:
            if isinstance(part, Document):
                found.setdefault(part.blob, part)
    return tuple(found.values())
