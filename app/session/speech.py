"""From a take to a question: what was said is attached, and written down where the model needs it
in words."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.conversation import Audio, Document
from app.core.errors import AppError
from app.session.chat import ChatSession
from app.session.desk import Desk
from app.session.draft import Draft, DraftAttachment
from app.session.hearing import Hearing
from app.session.recorder import Spoken

_LETTERS = 4  # in a token


class Speech(QObject):
    """Brings what somebody has said into drafts. One take at a time; ``changed`` tells when one is
    on its way (``pending``) and when it has arrived."""

    changed = Signal()
    grown = Signal(str)  # all words so far of what is being written down

    def __init__(self, desk: Desk, hearing: Hearing, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.hearing = hearing
        self._draft: Draft | None = None
        self._key = 0
        self._order: object | None = None  # of the newest dictation
        self._let_go: Callable[[], None] = _nothing
        hearing.changed.connect(self.changed)

    @property
    def pending(self) -> bool:
        """Whether a take is on its way into a question."""
        return self._draft is not None

    @property
    def writing(self) -> bool:
        """Whether what was said is being written down."""
        return self.hearing.busy

    def tokens_before(self, session: ChatSession) -> int:
        """About how much the model of a chat reads before what is said next."""
        used, _size = session.context
        system = len(self._desk.preferences.settings.system_prompt) // _LETTERS
        parts = session.draft.content.attachments
        documents = sum(
            part.tokens + len(part.text) // _LETTERS for part in parts if isinstance(part, Document)
        )
        return (used or system) + documents

    def attach(
        self,
        draft: Draft,
        path_of: Callable[[str], Path],
        spoken: Spoken,
        tokens_before: int,
        ready: Callable[[], None],
        failed: Callable[[AppError], None],
    ) -> None:
        """Put what was said into ``draft``, with its words where the model needs them, and call
        ``ready``; or ``failed``: it stays attached then. ``path_of`` finds the file of a blob."""
        self._draft, self._key = draft, draft.add_spoken(spoken.wav, spoken.seconds)
        way = self.hearing.way(tokens_before)

        def look() -> None:
            one = self._attached(draft)
            if one is None:  # it has been removed
                self._let_go()
            elif one.state == "failed" and one.problem is not None:
                self._let_go()
                failed(one.problem)
            elif isinstance(one.part, Audio):
                self._let_go()
                if way == "heard":
                    ready()
                else:
                    sound = (self._key, path_of(one.part.blob))
                    self.write_down(draft, [sound], ready, failed)

        draft.attachments_changed.connect(look)
        self._let_go = partial(self._forget, draft, look)
        self.changed.emit()

    def dictate(
        self, spoken: Spoken, done: Callable[[str], None], failed: Callable[[AppError], None]
    ) -> None:
        """Only write down what was said. ``grown`` tells of the words as they come."""
        blobs = self._desk.blobs

        def keep() -> Path:
            return blobs.path_of(blobs.put(spoken.wav))  # collected later, since nothing names it

        order = self._order = object()

        def begin(path: Path) -> None:
            if order is self._order:
                self.hearing.write_down(path, done, failed, self.grown.emit)

        def refused(error: Exception) -> None:
            if order is self._order and isinstance(error, AppError):
                failed(error)

        self._desk.jobs.run(keep, begin, refused)

    def write_down(
        self,
        draft: Draft,
        sounds: Sequence[tuple[int, Path]],
        ready: Callable[[], None],
        failed: Callable[[AppError], None],
    ) -> None:
        """Have sounds written down that are attached to ``draft``: their keys and files. ``ready``
        is called once all have been."""
        if not sounds:
            ready()
            return
        (key, path), *others = sounds

        def done(words: str) -> None:
            draft.set_transcript(key, words)
            self.write_down(draft, others, ready, failed)

        self.hearing.write_down(path, done, failed, self.grown.emit)

    def cancel(self) -> None:
        """What is on its way stays attached, and is not written down."""
        self._let_go()
        self._order = None
        self.hearing.cancel()

    # -- inside -----------------------------------------------------------------------------------

    def _attached(self, draft: Draft) -> DraftAttachment | None:
        return next((one for one in draft.attachments if one.key == self._key), None)

    def _forget(self, draft: Draft, look: Callable[[], None]) -> None:
        draft.attachments_changed.disconnect(look)
        self._draft = None
        self._let_go = _nothing
        self.changed.emit()


def _nothing() -> None:
    pass
