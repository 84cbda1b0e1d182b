"""The models on this machine: which there are, and orders to open, forget and remove them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import QCoreApplication, QFile, QObject, Signal

from app.core.errors import AppError
from app.core.settings import OpenedModel
from app.models.library import InstalledModel, Library
from app.models.removal import check_removable, delete, files_of, may_remove, tidy
from app.session.jobs import Jobs
from app.session.preferences import Preferences


class Holdings(QObject):
    """``models`` are those to choose from, ``found`` those in other programs' folders.

    ``scanned`` comes after each look at Facet's own folders, ``changed`` only if something is
    different now.
    """

    changed = Signal()
    scanned = Signal()
    opened = Signal(InstalledModel)  # it is in ``models`` by now
    problem = Signal(AppError)

    def __init__(
        self, library: Library, preferences: Preferences, jobs: Jobs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._preferences = preferences
        self._jobs = jobs
        self._looked_elsewhere = False
        self._change = 0  # what was looked for before the last change of ours is out of date
        self.models: tuple[InstalledModel, ...] = ()
        self.found: tuple[InstalledModel, ...] = ()

    def get(self, model_id: str) -> InstalledModel | None:
        """The model of that id among ``models``."""
        return next((model for model in self.models if model.id == model_id), None)

    def missing(self, model_id: str) -> AppError:
        """What became of a model that is not among ``models`` any more."""
        return self._library.missing(model_id)

    def may_remove(self, model: InstalledModel) -> bool:
        """Whether its files lie in Facet's own folder."""
        return may_remove(model, self._library.own)

    def scan(self) -> None:
        """Look into Facet's own folders and after the files that were opened."""
        change = self._change

        def done(models: tuple[InstalledModel, ...]) -> None:
            if change == self._change:
                self._show(models)
                self.scanned.emit()
            else:
                self.scan()

        self._jobs.run(self._library.scan, done, self._refused)

    def scan_elsewhere(self) -> None:
        """Look into the folders of other programs, which may be large: in a lane of its own."""
        self._looked_elsewhere = True

        def done(found: tuple[InstalledModel, ...]) -> None:
            here = {model.path for model in self.models}
            found = tuple(model for model in found if model.path not in here)
            if found != self.found:
                self.found = found
                self.changed.emit()

        self._jobs.run(self._library.scan_elsewhere, done, self._refused, lane="search")

    def open_file(self, path: Path, projector: Path | None) -> None:
        """Take up a GGUF file from anywhere; ``opened`` or ``problem`` follows."""
        self._jobs.run(lambda: self._library.describe(path, projector), self.take_up, self._refused)

    def take_up(self, model: InstalledModel, title: str = "") -> None:
        """Remember a model where it lies, and list it; ``opened`` follows at once. ``title`` is
        remembered for a file whose own name says nothing."""
        known = next((one for one in self.models if one.path == model.path), None)
        if known is not None and known.projector == model.projector:
            self.opened.emit(known)
            return
        model = msgspec.structs.replace(model, id=str(model.path), origin="opened")
        projector = str(model.projector) if model.projector else None
        remembered = OpenedModel(str(model.path), projector, title)
        self._library.remember(remembered)
        others = self._opened_without(model.path)
        self._preferences.change(opened_models=(*others, remembered))
        self._change += 1
        self.found = tuple(one for one in self.found if one.path != model.path)
        self._show((*(one for one in self.models if one.path != model.path), model), always=True)
        self.opened.emit(model)

    def forget(self, model: InstalledModel) -> None:
        """Take a file that was opened off the list."""
        self._library.forget(model.path)
        self._preferences.change(opened_models=self._opened_without(model.path))
        self._drop(model)
        if self._looked_elsewhere:  # another program may have it
            self.scan_elsewhere()

    def check_removable(self, model: InstalledModel) -> bool:
        """Whether ``model`` may be removed; else ``problem`` says why not."""
        try:
            check_removable(model, self._library.own)
        except AppError as error:
            self.problem.emit(error)
            return False
        return True

    def remove(self, model: InstalledModel, *, forever: bool) -> None:
        """Move the files of a model to the bin, or delete them ``forever``. Its memory has been
        given back, or Windows would not let go of them."""
        own, models = self._library.own, self.models
        away: Callable[[Sequence[Path]], None] = delete if forever else _bin

        def work() -> None:
            away(files_of(model, models))
            tidy(model, own)

        def done(_none: None) -> None:
            self._drop(model)
            self.scan()

        self._jobs.run(work, done, self._refused)

    # -- inside -------------------------------------------------------------------------------

    def _opened_without(self, path: Path) -> tuple[OpenedModel, ...]:
        opened = self._preferences.settings.opened_models
        return tuple(one for one in opened if one.path != str(path))

    def _drop(self, model: InstalledModel) -> None:
        if self._preferences.settings.model == model.id:
            self._preferences.change(model="")  # nobody need be told that it is gone
        self._change += 1
        self._show(tuple(one for one in self.models if one.path != model.path))

    def _show(self, models: tuple[InstalledModel, ...], *, always: bool = False) -> None:
        if always or models != self.models:
            self.models = models
            self.changed.emit()

    def _refused(self, error: Exception) -> None:
        if isinstance(error, AppError):
            self.problem.emit(error)


def _bin(files: Sequence[Path]) -> None:
    """Move files to the bin. AppError (code "no-bin") if there is none for them."""
    for path in files:
        if not QFile(str(path)).moveToTrash():
            say = QCoreApplication.translate
            raise AppError(
                say("Holdings", "There is no bin that takes {0}.").format(path.name),
                say("Holdings", "It can be deleted for good instead."),
                code="no-bin",
            )
