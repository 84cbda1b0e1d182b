"""The speeds that were measured here, and the advice to take a smaller model where the chosen one
is too much for the machine."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.core.speed import Measured
from app.models.catalogue import Catalogue, ModelSpec
from app.models.library import InstalledModel
from app.models.smaller import faster_than, leaner_than
from app.session.jobs import Jobs
from app.session.machine import Machine
from app.session.memory import MemoryUse
from app.session.models import ModelShelf
from app.session.paces import Paces
from app.session.preferences import Preferences

SLOW = 4.0  # tokens a second; people read faster than that
TIGHT = 0.06  # of all memory
_LOOKS = 3  # at the memory, one after the other: a short need of another program is no reason


class Speeds(QObject):
    """What ``Paces`` has learnt, in the form that predictions take; see ``Measured``.

    ``slow`` is emitted once in the life of each model, when it writes too slowly or leaves the
    machine too little memory: the ModelSpec to take instead (None if there is no smaller one),
    what is so, and what to do about it.
    """

    changed = Signal()
    slow = Signal(object, str, str)

    def __init__(
        self,
        paces: Paces,
        shelf: ModelShelf,
        machine: Machine,
        catalogue: Catalogue,
        preferences: Preferences,
        jobs: Jobs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._paces = paces
        self._shelf = shelf
        self._machine = machine
        self._catalogue = catalogue
        self._preferences = preferences
        self._jobs = jobs
        self._memory: MemoryUse | None = None  # as looked at last
        self._told: Measured = {}
        self._tight_looks = 0
        self._looking = False
        paces.changed.connect(self._learnt)
        machine.changed.connect(self._look_at_speed)
        shelf.memory_changed.connect(self._look_at_memory)
        preferences.changed.connect(self._tell)

    @property
    def measured(self) -> Measured:
        """By file name of the model, on the device that is chosen in the settings."""
        return self._paces.measured(self._preferences.settings.device)

    # -- inside -------------------------------------------------------------------------------

    def _learnt(self) -> None:
        self._tell()
        self._look_at_speed()

    def _tell(self) -> None:
        measured = self.measured
        if measured != self._told:
            self._told = measured
            self.changed.emit()

    def _look_at_speed(self) -> None:
        model, hardware = self._shelf.current, self._machine.hardware
        writing = self._paces.current.writing
        if writing is None or writing >= SLOW or model is None or hardware is None:
            return
        catalogue, measured = self._catalogue, self.measured
        here, context = self._installed(), self._preferences.settings.context
        what = self.tr("{0} writes {1} tokens a second here, slower than people read.")
        what = what.format(model.title, f"{writing:.1f}")

        def find() -> ModelSpec | None:
            return faster_than(
                model, writing, hardware, catalogue, measured, here=here, context=context
            )

        def found(spec: ModelSpec | None) -> None:
            if spec is not None:
                next_step = self.tr("{0} is faster, though its answers are not as good.")
                self._advise(model, spec, what, next_step.format(spec.title))

        self._look(model, find, found)

    def _look_at_memory(self) -> None:
        model, hardware, memory = self._shelf.current, self._machine.hardware, self._shelf.memory
        if memory is self._memory:  # it is the speed that has changed
            return
        self._memory = memory
        total = hardware.memory if hardware is not None else None
        free = memory.available if memory is not None and self._shelf.state == "ready" else None
        if not total or free is None or free >= TIGHT * total:
            self._tight_looks = 0
            return
        self._tight_looks += 1
        if self._tight_looks < _LOOKS or model is None or hardware is None:
            return
        catalogue = self._catalogue
        here, context = self._installed(), self._preferences.settings.context
        what = self.tr("Memory is nearly full: {0} of {1} GB are free.")
        what = what.format(f"{free / 1e9:.1f}", f"{total / 1e9:.0f}")

        def find() -> ModelSpec | None:
            return leaner_than(model, hardware, catalogue, here=here, context=context)

        def found(spec: ModelSpec | None) -> None:
            next_step = self.tr(
                "Close other programs, or choose a smaller context in the settings."
            )
            if spec is not None:
                next_step = self.tr("{0} takes less than {1}.").format(spec.title, model.title)
            self._advise(model, spec, what, next_step)

        self._look(model, find, found)

    def _look(
        self,
        model: InstalledModel,
        find: Callable[[], ModelSpec | None],
        found: Callable[[ModelSpec | None], None],
    ) -> None:
        """Look for a smaller model in a thread, since files may have to be read for it; not again
        for a model that was the reason once."""
        if self._looking or model.starter:
            return
        if model.path.name in self._preferences.settings.advised:
            return
        self._looking = True

        def done(spec: ModelSpec | None) -> None:
            self._looking = False
            if self._shelf.current == model:
                found(spec)

        self._jobs.run(find, done)

    def _installed(self) -> set[str]:
        """The catalogue's ids of what is on this machine."""
        return {model.listed for model in self._shelf.models if model.listed}

    def _advise(
        self, model: InstalledModel, spec: ModelSpec | None, what: str, next_step: str
    ) -> None:
        advised = self._preferences.settings.advised
        self._preferences.change(advised=(*advised, model.path.name))
        self.slow.emit(spec, what, next_step)
