"""Speech for models that don't hear: another one that is installed writes it down first."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.core.errors import AppError
from app.models.catalogue import Catalogue
from app.models.library import InstalledModel
from app.session.dictation import Dictation, Writing
from app.session.models import ModelShelf
from app.session.senses import hears_first

Way = Literal["heard", "written", "lent", "none"]
_EARLY = 300  # tokens before a sound that a model that hears only early ones still understands


class Hearing(QObject):
    """How the chosen model comes to know what somebody says, and what has to be known before
    anything is recorded.

    ``way`` is "heard" for a model that hears, "written" for one that understands sounds only near
    the beginning of what it reads, and writes this one down itself before it answers; "lent" has
    another model write it down once the person has agreed (``agree``); "none" is no way at all.
    """

    changed = Signal()  # what ``busy`` says

    def __init__(
        self,
        shelf: ModelShelf,
        dictation: Dictation,
        catalogue: Catalogue,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._dictation = dictation
        self._catalogue = catalogue
        self._agreed = ""  # the id of the model for which another one may listen
        self._turn: int | None = None
        self._former: InstalledModel | None = None  # in whose place another one is loaded
        self._lent: InstalledModel | None = None
        self._then: Callable[[], None] | None = None
        self._refused: Callable[[AppError], None] | None = None
        shelf.state_changed.connect(self._follow)

    # -- what is so -------------------------------------------------------------------------------

    @property
    def listener(self) -> InstalledModel | None:
        """The smallest installed model that hears; None if there is none."""
        hears = [model for model in self._shelf.models if "audio" in model.modalities]
        return min(hears, key=lambda model: model.bytes, default=None)

    @property
    def busy(self) -> bool:
        """Whether something is being written down, or the former model comes back after it."""
        return self._turn is not None or self._former is not None

    def way(self, tokens_before: int = 0) -> Way:
        """How a sound that comes after so many tokens would get to the chosen model."""
        if self._shelf.takes("audio"):
            late = hears_first(self._shelf) and tokens_before > _EARLY
            return "written" if late else "heard"
        return "lent" if self.listener is not None else "none"

    def obstacle(self, *, agreed: bool = True) -> AppError | None:
        """Why nobody should speak yet: the chosen model doesn't hear, and that another one may
        write it down has not been agreed to. None if one may speak. Code "deaf"; "deaf-alone" if
        there is no other. Unless ``agreed`` counts, it is said all the same."""
        current = self._shelf.current
        if self._shelf.takes("audio") or current is None:
            return None
        if agreed and self._agreed == current.id and self.listener is not None:
            return None
        say = QCoreApplication.translate
        what = say("Hearing", "{0} can't hear speech.").format(current.title)
        if (listener := self.listener) is not None:
            step = say("Hearing", "{0} can write it down first; then {1} answers.")
            return AppError(what, step.format(listener.title, current.title), code="deaf")
        step = say("Hearing", "{0} can. It is on the page of models.").format(self._fetchable)
        return AppError(what, step, code="deaf-alone")

    def agree(self) -> None:
        """Another model may write down what is said, as long as this one is chosen."""
        if self._shelf.current is not None:
            self._agreed = self._shelf.current.id

    # -- orders -----------------------------------------------------------------------------------

    def write_down(
        self,
        sound: Path,
        done: Callable[[str], None],
        failed: Callable[[AppError], None],
        grown: Callable[[str], None] = lambda _words: None,
    ) -> None:
        """Have a sound written down, by the chosen model if it hears, else by the ``listener``,
        which is unloaded again. ``done`` is called with the words once the chosen model is the
        one that would answer. Nothing happens while ``busy``."""
        if self.busy:
            return
        if not self._shelf.takes("audio"):
            listener = self.listener
            if listener is None:
                failed(AppError(*self._alone()))
                return
            self._former, self._lent = self._shelf.current, listener
            self._refused = failed
            self._shelf.lend(listener)

        def written(words: str) -> None:
            self._turn = None
            self._come_back(lambda: done(words))

        def refused(error: AppError) -> None:
            self._turn = None
            self._come_back(lambda: failed(error))

        self._turn = self._dictation.write_down(sound, Writing(written, refused, grown))
        self.changed.emit()

    def cancel(self) -> None:
        """Give it up; the former model comes back."""
        if self._turn is not None:
            turn, self._turn = self._turn, None
            self._dictation.cancel(turn)
            self._come_back(lambda: None)

    # -- inside -----------------------------------------------------------------------------------

    @property
    def _fetchable(self) -> str:
        """The smallest model of the catalogue that hears."""
        hears = [spec for spec in self._catalogue.models if "audio" in spec.modalities]
        smallest = min(hears, key=lambda spec: spec.bytes, default=None)
        return smallest.title if smallest is not None else "Gemma 4 E2B"

    def _alone(self) -> tuple[str, str]:
        error = self.obstacle()
        return (error.what, error.next_step) if error is not None else ("", "")

    def _come_back(self, then: Callable[[], None]) -> None:
        former, self._former, self._refused = self._former, None, None
        shelf = self._shelf
        if former is not None and shelf.lent and shelf.current == self._lent:  # nobody chose one
            shelf.lend(former)  # a question waits until it is loaded
        self.changed.emit()
        then()

    def _follow(self) -> None:
        """The listener can't be loaded: nobody would ever write."""
        failure = self._shelf.failure
        if self._former is None or self._turn is None or failure is None:
            return
        refused, turn = self._refused, self._turn
        self._turn = None
        self._dictation.cancel(turn)
        error = AppError(failure.what, failure.next_step, code=failure.code)
        self._come_back(lambda: refused(error) if refused is not None else None)
