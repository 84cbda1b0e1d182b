"""What this machine has, for the window: found out behind its back, and kept up to date."""

from functools import partial
from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from app.core.hardware import Gpu, Hardware
from app.engine.gpus import gpus
from app.engine.messages import Hello
from app.models.hardware import Findings, described_all, look_again, measure, probe
from app.session.engine_thread import EngineThread
from app.session.jobs import Jobs
from app.session.memory import returnable


class Machine(QObject):
    """Asks the operating system in the files lane, and the engine for its devices. ``changed``
    follows whenever ``hardware`` is another one.

    What the engine holds counts as available, in main memory as on graphics processors: a model
    that takes the place of the loaded one has that, too.
    """

    changed = Signal()

    def __init__(
        self, engine: EngineThread, jobs: Jobs, models_dir: Path, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._jobs = jobs
        self._models_dir = models_dir
        self._hardware: Hardware | None = None
        self._gpus: tuple[Gpu, ...] = ()
        self._looking = False
        self._settled = False
        engine.hello.connect(self._meet)
        engine.loaded.connect(self._settle)

    @property
    def hardware(self) -> Hardware | None:
        """None until ``probe`` has found out."""
        return self._hardware

    def probe(self) -> None:
        """Find out everything. It takes less than half a second, in the files lane."""
        self._jobs.run(partial(_probe, self._models_dir, self._engine.pid), self._take)

    def refresh_memory(self) -> None:
        """Find out how much memory and disk is free by now: a millisecond, in the files lane."""
        if self._hardware is not None and not self._looking:
            self._looking = True
            self._jobs.run(partial(_look_again, self._models_dir, self._engine.pid), self._seen)

    def _take(self, hardware: Hardware) -> None:
        hardware = replace(hardware, gpus=described_all(self._gpus, hardware.memory))
        if hardware != self._hardware:
            self._hardware = hardware
            self.changed.emit()

    def _seen(self, findings: Findings) -> None:
        self._looking = False
        if self._hardware is not None:
            self._take(findings.onto(self._hardware))

    def _meet(self, hello: Hello) -> None:
        self._gpus = gpus(hello.devices)
        if self._hardware is not None:
            self._take(self._hardware)

    def _settle(self) -> None:
        """The first model is loaded. While it was, the memory may have been too busy to measure."""
        if self._hardware is not None and not self._settled:
            self._settled = True
            cores = self._hardware.cores or 1
            self._jobs.run(partial(measure, cores), self._measured)

    def _measured(self, findings: Findings) -> None:
        """Of two measurements the faster one was less disturbed."""
        before = self._hardware.bandwidth if self._hardware is not None else None
        if findings.found.get("bandwidth", 0.0) > (before or 0.0):
            self._seen(findings)


def _probe(models_dir: Path, engine: int | None) -> Hardware:
    hardware = probe(models_dir)
    if hardware.available is None:
        return hardware
    return replace(hardware, available=hardware.available + returnable(engine))


def _look_again(models_dir: Path, engine: int | None) -> Findings:
    findings = look_again(models_dir)
    if "available" in findings.found:
        findings.found["available"] += returnable(engine)
    return findings
