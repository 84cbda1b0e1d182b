"""The speeds that were measured here, and the advice to take a smaller model where the chosen one
is too much for the machine."""

from PySide6.QtCore import QObject, Signal

from app.core.settings import Settings
from app.core.speed import Measured
from app.models.catalogue import Catalogue
from app.session.machine import Machine
from app.session.models import ModelShelf
from app.session.paces import Paces
from app.session.preferences import Preferences

SLOW = 4.0  # tokens a second, about as fast as people read
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
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._paces = paces
        self._shelf = shelf
        self._machine = machine
        self._catalogue = catalogue
        self._preferences = preferences
        self._tight_looks = 0
        paces.changed.connect(self._learnt)
        shelf.memory_changed.connect(self._look_at_memory)
        preferences.changed.connect(self._follow_settings)

    @property
    def measured(self) -> Measured:
        """By file name of the model, on the device that is chosen in the settings."""
        return self._paces.measured(self._preferences.settings.device)

    # -- inside -------------------------------------------------------------------------------

    def _learnt(self) -> None:
        self.changed.emit()

    def _look_at_memory(self) -> None: ...

    def _follow_settings(self, before: Settings, after: Settings) -> None:
        if before.device != after.device:
            self.changed.emit()
