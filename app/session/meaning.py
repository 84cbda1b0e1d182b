"""Search in documents by meaning, where a model for that is installed."""

import threading
from collections import deque
from collections.abc import Callable, Sequence, Set
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.core.document import Extract
from app.core.reading.work import Hit
from app.documents.meaning import (
    Passage,
    Vectors,
    as_document,
    as_question,
    fuse,
    passages,
)
from app.engine.messages import Embed, Embedded, Failed
from app.session.engine_thread import EngineThread
from app.session.jobs import Jobs
from app.session.models import ModelShelf

_AT_ONCE = 16  # passages; some seconds on a slow machine, and given up when anything else comes
_AGAIN_MS = 2000  # after it gave way
_QUESTION_MS = 3000  # a question waits no longer for its vector


class Meaning(QObject):
    """Learns long documents while nothing else is at work, and finds in them what says the same as
    a question in other words. Without an embedding model it does nothing."""

    _wanted = Signal(object)  # a function to call on the main thread

    def __init__(
        self,
        engine: EngineThread,
        shelf: ModelShelf,
        jobs: Jobs,
        find_model: Callable[[], Path | None],
        open_vectors: Callable[[], Vectors],
        parent: QObject | None = None,
    ) -> None:
        """``find_model`` looks for the model's file, ``open_vectors`` for what has been learnt;
        both are called in a job, when they are first needed."""
        super().__init__(parent)
        self._engine = engine
        self._shelf = shelf
        self._jobs = jobs
        self._find_model = find_model
        self._open_vectors = open_vectors
        self._model: Path | None = None
        self._vectors: Vectors | None = None
        self._looked = False
        self._broken = False  # the model can't be used
        self._waiting: deque[tuple[str, Extract]] = deque()
        self._left: deque[Passage] = deque()  # of the first that waits
        self._at_work: tuple[int, Sequence[Passage]] | None = None
        self._asked: tuple[int, list[np.ndarray], threading.Event] | None = None
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._go_on)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self._give_up)
        self._wanted.connect(lambda call: call(), Qt.ConnectionType.QueuedConnection)
        engine.embedded.connect(self._take)
        engine.failed.connect(self._fail)
        shelf.state_changed.connect(self._follow)

    def learn(self, blob: str, extract: Extract) -> None:
        """Make vectors of a document, some time. Cheap for one that is known."""
        if self._broken or any(blob == one for one, _extract in self._waiting):
            return
        self._waiting.append((blob, extract))
        if len(self._waiting) == 1:
            self._next_document()

    def refine(
        self,
        question: str,
        extracts: dict[str, Extract],
        by_words: Sequence[Hit],
        limit: int = 12,
    ) -> tuple[Hit, ...]:
        """The places of documents, by their blobs, that say most about ``question``: those that a
        search for its words has found, and those that mean it. What is not known yet of these
        documents is learnt for the next time; where nothing is known the words decide.

        To be called in a lane of jobs, which waits for it.
        """
        asked: list[np.ndarray] = []
        there = threading.Event()

        def begin() -> None:
            self._ask(question, asked, there)
            for blob, extract in extracts.items():
                self.learn(blob, extract)

        self._wanted.emit(begin)
        there.wait(2 * _QUESTION_MS / 1000)
        vectors, model = self._vectors, self._model
        if not asked or vectors is None or model is None:
            return tuple(by_words[:limit])
        return fuse(by_words, vectors.search(asked[0], extracts, model.name, limit), limit)

    def keep(self, blobs: Set[str]) -> None:
        """Forget all documents but these. To be called in a lane of jobs."""
        if self._vectors is None:
            self._vectors = self._open_vectors()
        self._vectors.keep(blobs)

    def close(self) -> None:
        """The program ends."""
        self._again.stop()
        self._give_up()
        if self._vectors is not None:
            self._vectors.close()
            self._vectors = None

    # -- inside -----------------------------------------------------------------------------------

    def _next_document(self) -> None:
        """Find out what is left to be learnt of the first document that waits."""
        if not self._waiting:
            return
        blob, extract = self._waiting[0]

        def work() -> tuple[Path | None, Vectors | None, list[Passage]]:
            if not self._looked:
                self._model = self._find_model()
                self._looked = True
            if self._model is None:
                return None, None, []
            vectors = self._vectors or self._open_vectors()
            every = passages(extract)
            return self._model, vectors, list(every[vectors.count(blob, self._model.name) :])

        def done(found: tuple[Path | None, Vectors | None, list[Passage]]) -> None:
            self._model, self._vectors, left = found
            self._left = deque(left)
            self._go_on()

        def failed(_error: Exception) -> None:
            self._broken = True  # no place to keep them

        self._jobs.run(work, done, failed)

    def _go_on(self) -> None:
        if self._model is None or self._broken or self._at_work is not None:
            if self._model is None:
                self._waiting.clear()
            return
        if not self._left:
            if self._waiting:
                self._waiting.popleft()
                self._next_document()
            return
        some = [self._left[i] for i in range(min(_AT_ONCE, len(self._left)))]
        title = self._waiting[0][1].title
        turn = self._engine.next_turn()
        self._at_work = (turn, some)
        texts = tuple(as_document(title, one.text) for one in some)
        self._engine.embed(Embed(turn, str(self._model), texts))

    def _take(self, event: Embedded) -> None:
        if self._asked is not None and event.turn == self._asked[0]:
            self._answer(event)
        elif self._at_work is not None and event.turn == self._at_work[0]:
            self._keep(event)

    def _keep(self, event: Embedded) -> None:
        assert self._at_work is not None
        some, self._at_work = self._at_work[1], None
        if not event.complete:
            self._follow()
            return
        vectors, model = self._vectors, self._model
        assert vectors is not None
        assert model is not None
        blob = self._waiting[0][0]
        made = np.frombuffer(event.vectors, "<f4").reshape(-1, event.length)

        def kept(_none: None) -> None:
            for _one in some:
                self._left.popleft()
            self._go_on()

        def failed(_error: Exception) -> None:
            self._broken = True

        self._jobs.run(partial(vectors.add, blob, model.name, some, made), kept, failed)

    def _ask(self, question: str, asked: list[np.ndarray], there: threading.Event) -> None:
        """Have ``there`` set, as soon as ``asked`` has the vector of a question, or can't have
        it."""
        if self._model is None or self._vectors is None or self._broken:
            there.set()
            return
        self._give_up()
        turn = self._engine.next_turn()
        self._asked = (turn, asked, there)
        self._patience.start(_QUESTION_MS)
        order = Embed(turn, str(self._model), (as_question(question),))
        self._engine.embed(order, now=True)

    def _answer(self, event: Embedded) -> None:
        assert self._asked is not None
        if event.complete:
            self._asked[1].append(np.frombuffer(event.vectors, "<f4"))
        self._give_up()

    def _give_up(self) -> None:
        """Nobody waits for the vector of a question any more."""
        if self._asked is not None:
            self._asked[2].set()
            self._asked = None
            self._patience.stop()

    def _fail(self, event: Failed) -> None:
        if self._at_work is not None and event.turn == self._at_work[0]:
            self._at_work, self._broken = None, True
            self._waiting.clear()
        elif self._asked is not None and event.turn == self._asked[0]:
            self._broken = True
            self._give_up()

    def _follow(self) -> None:
        """Go on in a moment, as long as the model that answers is there: it comes first."""
        waits = self._left and self._at_work is None and not self._again.isActive()
        if waits and self._shelf.state == "ready":
            self._again.start(_AGAIN_MS)
