"""What the first run stands on, at the edge where the machine, the hub and other programs would
be: the test says what was found, and how a download goes."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from app.core.errors import AppError
from app.core.hardware import Gpu, Hardware
from app.core.needs import Needs
from app.core.settings import Settings
from app.models.advice import Advice, Choice
from app.models.catalogue import HuggingFace, ModelFile, ModelSpec
from app.models.download import Transfer
from app.models.fit import Fit, Verdict
from app.models.library import InstalledModel, Origin
from app.session.downloads import Download
from app.session.offers import Offer
from app.session.welcome import Welcome

LAPTOP = Hardware(
    system="linux",
    processor="Intel Core Ultra 7 155H",
    cores=16,
    threads=22,
    memory=16_000_000_000,
    available=11_200_000_000,
    bandwidth=80e9,
    disk_free=184_000_000_000,
    gpus=(Gpu("Vulkan0", "Intel Arc graphics", "integrated", 8 * 10**9, 8 * 10**9, unified=True),),
)


def spec(variant: str, size: int, *, starter: bool = False) -> ModelSpec:
    """A model of the catalogue; without a variant it is no Gemma 4."""
    name = f"gemma-4-{variant.lower().replace(' ', '-')}" if variant else "tiny"
    return ModelSpec(
        id=name,
        title=f"Gemma 4 {variant}" if variant else "Tiny 1M",
        variant=variant,  # type: ignore[arg-type]
        architecture="gemma4" if variant else "llama",
        modalities=("text", "image", "audio") if variant else ("text",),
        context=131072,
        quantisation="Q4_0",
        licence="Apache-2.0",
        starter=starter,
        source=HuggingFace(f"nobody/{name}"),
        files=(ModelFile("model", f"{name}.gguf", size),),
    )


E2B = spec("E2B", 4_300_000_000)
E4B = spec("E4B", 6_140_000_000)
TWELVE = spec("12B", 7_200_000_000)
STARTER = spec("", 98_000_000, starter=True)


def fitting(total: int, decode: float, verdict: Verdict = "comfortable", share: float = 0.6) -> Fit:
    """How a model would do that takes ``total`` bytes, with Facet's window."""
    return Fit(
        context=16384,
        memory=Needs(weights=total - 200_000_000),
        device=None,
        device_memory=Needs(),
        layers=0,
        all_layers=35,
        largest_context=32768,
        prefill=200.0,
        decode=decode,
        measured=False,
        verdict=verdict,
        share=share,
        reason="It fits.",
    )


ADVICE = Advice(
    best=Choice(
        E4B,
        fitting(7_000_000_000, 22.0),
        "Exact enough for documents and small print, and it leaves 4 GB free.",
    ),
    faster=Choice(E2B, fitting(4_900_000_000, 38.0, share=0.4), "Faster, a little less exact."),
    better=Choice(
        TWELVE,
        fitting(9_400_000_000, 9.0, "tight", 0.9),
        "Sharper answers, slower, with little memory to spare.",
    ),
    why="It is the most capable variant that answers at reading speed here.",
)
NOTHING_FITS = Advice(None, None, None, "The smallest Gemma 4 needs 3.4 GB; 1.1 GB are free.")


def on_disk(model: ModelSpec, origin: Origin = "facet", folder: str = "/models") -> InstalledModel:
    """The model as a file on this machine."""
    return InstalledModel(
        id=model.id,
        title=model.title,
        path=Path(folder) / model.model_file.name,
        projector=None,
        modalities=model.modalities,
        bytes=model.download_bytes,
        architecture=model.architecture,
        context=model.context,
        starter=model.starter,
        origin=origin,
        listed=model.id,
    )


def offered(model: InstalledModel, computed: Fit | None, variant: ModelSpec | None) -> Offer:
    """What the offers say of a model on this machine."""
    return Offer(
        id=model.id,
        title=model.title,
        note="",
        modalities=model.modalities,
        disk=model.bytes,
        fit=computed,
        state="installed" if model.origin == "facet" else "found",
        model=model,
        spec=variant,
    )


class Examined(QObject):
    """Stands in for ``Machine``."""

    changed = Signal()

    def __init__(self, hardware: Hardware | None) -> None:
        super().__init__()
        self.hardware = hardware

    def become(self, hardware: Hardware) -> None:
        self.hardware = hardware
        self.changed.emit()


class Offered(QObject):
    """Stands in for ``Offers``."""

    changed = Signal()

    def __init__(self, advice: Advice | None) -> None:
        super().__init__()
        self.started = False
        self.advice = advice
        self.installed: tuple[Offer, ...] = ()
        self.available: tuple[Offer, ...] = ()
        self.found: tuple[Offer, ...] = ()

    def start(self) -> None:
        self.started = True

    def become(self, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(self, name, value)
        self.changed.emit()


class Fetched(QObject):
    """Stands in for ``Downloads``: what was ordered is done at once, the rest the test says."""

    changed = Signal()
    finished = Signal(str)
    problem = Signal(AppError)

    def __init__(self) -> None:
        super().__init__()
        self.queue: dict[str, Download] = {}
        self.cancelled: list[str] = []

    @property
    def jobs(self) -> tuple[Download, ...]:
        running = [job for job in self.queue.values() if job.state == "running"]
        return (*running, *(job for job in self.queue.values() if job.state != "running"))

    def start(self, model: ModelSpec) -> None:
        old = self.queue.get(model.id, Download(model))
        self._put(msgspec.structs.replace(old, state="running", problem=None))

    def pause(self, model: str) -> None:
        self._put(msgspec.structs.replace(self.queue[model], state="paused"))

    def cancel(self, model: str) -> None:
        self.cancelled.append(model)
        del self.queue[model]
        self.changed.emit()

    # -- the test's side ----------------------------------------------------------------------

    def come(self, model: str, done: int, **fields: Any) -> None:
        """So many bytes have come."""
        job = self.queue[model]
        values = {"stage": "fetching", "rate": 18_400_000.0, "seconds_left": 212.0, **fields}
        transfer = Transfer(done, job.spec.download_bytes, **values)
        self._put(msgspec.structs.replace(job, transfer=transfer))

    def fail(self, model: str, what: str, next_step: str) -> None:
        problem = AppError(what, next_step)
        self._put(msgspec.structs.replace(self.queue[model], state="failed", problem=problem))

    def finish(self, model: str) -> None:
        del self.queue[model]
        self.finished.emit(model)
        self.changed.emit()

    def _put(self, job: Download) -> None:
        self.queue[job.spec.id] = job
        self.changed.emit()


class Shelved(QObject):
    """Stands in for ``ModelShelf``."""

    models_changed = Signal()
    state_changed = Signal()
    problem = Signal(AppError)

    def __init__(self, *models: InstalledModel) -> None:
        super().__init__()
        self.models = models
        self.found: tuple[InstalledModel, ...] = ()
        self.current: InstalledModel | None = None
        self.state = "none"
        self.fraction = 0.0
        self.failure: Any = None

    @property
    def is_starter(self) -> bool:
        return self.current is not None and self.current.starter

    def takes(self, kind: str) -> bool:
        return self.current is not None and kind in self.current.modalities

    def rescan(self) -> None:
        """A model that was downloaded is seen once the test puts it there."""
        self.models_changed.emit()

    def select(self, model: str) -> None:
        self.use(next(one for one in self.models if one.id == model))

    def use(self, model: InstalledModel) -> None:
        self.current = model
        self.become("loading")

    def become(self, state: str, **fields: Any) -> None:
        self.state = state
        for name, value in fields.items():
            setattr(self, name, value)
        self.state_changed.emit()


class Kept:
    """Stands in for ``Preferences``."""

    def __init__(self, **fields: Any) -> None:
        self.settings = Settings(**fields)

    def change(self, **fields: Any) -> None:
        self.settings = msgspec.structs.replace(self.settings, **fields)


class Talked(QObject):
    """Stands in for ``Chats``."""

    busy_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.summaries: tuple[str, ...] = ()
        self.busy = False

    def become(self, *, busy: bool) -> None:
        self.busy = busy
        self.busy_changed.emit()


@dataclass
class Newcomer:
    """Everything that somebody new meets before the first run is made."""

    machine: Examined = field(default_factory=lambda: Examined(LAPTOP))
    offers: Offered = field(default_factory=lambda: Offered(ADVICE))
    downloads: Fetched = field(default_factory=Fetched)
    shelf: Shelved = field(default_factory=lambda: Shelved(on_disk(STARTER)))
    preferences: Kept = field(default_factory=Kept)
    chats: Talked = field(default_factory=Talked)

    def welcome(self) -> Welcome:
        """The real thing, made of all these."""
        parts: Any = (self.preferences, self.chats, self.shelf, self.downloads)
        return Welcome(*parts)
