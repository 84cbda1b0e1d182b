"""What this machine has, for the window: found out behind its back, and kept up to date."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.hardware import Hardware
from app.models.hardware import probe
from app.session.engine_thread import EngineThread
from app.session.jobs import Jobs


class Machine(QObject):
    """Asks the operating system in the files lane; ``changed`` follows whenever ``hardware`` is
    another one."""

    changed = Signal()

    def __init__(
        self, engine: EngineThread, jobs: Jobs, models_dir: Path, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._models_dir = models_dir
        self._hardware: Hardware | None = None

    @property
    def hardware(self) -> Hardware | None:
        """None until ``probe`` has found out."""
        return self._hardware

    def probe(self) -> None:
        """Find out everything. It takes half a second, in the files lane."""
        self._jobs.run(partial(probe, self._models_dir), self._take)

    def refresh_memory(self) -> None:
        """Find out how much memory and disk is free by now. Cheap."""

    def _take(self, hardware: Hardware) -> None:
        if hardware != self._hardware:
            self._hardware = hardware
            self.changed.emit()
