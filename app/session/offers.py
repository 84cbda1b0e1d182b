"""What can be had: installed models, those to download, those of other programs; and how each
would do on this machine."""

import math
from typing import Literal

import msgspec
from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.core.hardware import Hardware
from app.core.settings import Settings
from app.models.advice import Advice, advise
from app.models.catalogue import Catalogue, Modality, ModelSpec
from app.models.fit import Fit, fit
from app.models.library import InstalledModel
from app.session.downloads import Download, Downloads
from app.session.jobs import Jobs
from app.session.machine import Machine
from app.session.models import ModelShelf
from app.session.preferences import Preferences
from app.session.speeds import Speeds

_NOTICEABLE = 0.03  # of all memory: a change of what is free that makes fits worth another look
# What machines come with, in GB, and how much of it one model may ask for.
_MACHINES = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
_FOR_A_MODEL = 0.8

State = Literal["loaded", "loading", "installed", "available", "downloading", "found"]


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One model in one of its versions.

    ``id`` is unique in all lists: the catalogue's, or that of the installed model. ``note`` is a
    second line of few words. ``disk`` counts all its files in bytes. ``fit`` is None while it is
    being computed and where nothing is known of the model; ``speed`` in tokens a second is None
    then too, and ``measured`` tells whether it was measured here. An offer "downloading" has its
    ``download``, also one that waits, is paused or failed. ``model`` is set for what is on this
    machine, ``spec`` for what the catalogue knows.
    """

    id: str
    title: str
    note: str
    modalities: tuple[Modality, ...]
    disk: int
    fit: Fit | None
    state: State
    speed: float | None = None
    measured: bool = False
    download: Download | None = None
    model: InstalledModel | None = None
    spec: ModelSpec | None = None

    @property
    def variant(self) -> str:
        """The size of Gemma 4 that it is a version of; "" for other models."""
        return self.spec.variant if self.spec is not None else ""


class Offers(QObject):
    """Three lists of offers, kept up to date: ``installed``, ``available`` to download (the best
    version of each size that isn't there, and whatever is being downloaded), ``found`` with other
    programs. ``advice`` is None until the machine is known. Nothing is computed before ``start``.
    """

    changed = Signal()

    def __init__(
        self,
        shelf: ModelShelf,
        machine: Machine,
        downloads: Downloads,
        speeds: Speeds,
        catalogue: Catalogue,
        preferences: Preferences,
        jobs: Jobs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._shelf = shelf
        self._machine = machine
        self._downloads = downloads
        self._speeds = speeds
        self._catalogue = catalogue
        self._preferences = preferences
        self._jobs = jobs
        self.installed: tuple[Offer, ...] = ()
        self.available: tuple[Offer, ...] = ()
        self.found: tuple[Offer, ...] = ()
        self.advice: Advice | None = None
        self._started = False
        self._round = 0  # a computation that a newer one has overtaken counts no more
        self._fits: dict[str, Fit | None] = {}
        self._hardware: Hardware | None = None
        shelf.models_changed.connect(self._refit)
        shelf.state_changed.connect(self._compose)
        shelf.memory_changed.connect(self._look_at_memory)
        downloads.changed.connect(self._compose)
        machine.changed.connect(self._follow_machine)
        speeds.changed.connect(self._refit)
        preferences.changed.connect(self._follow_settings)

    # -- what is so ---------------------------------------------------------------------------

    @property
    def context(self) -> int:
        """The context that fits are made for, in tokens; 0: each model's own, as Facet loads it."""
        return self._preferences.settings.context

    @property
    def all(self) -> tuple[Offer, ...]:
        """Those of the three lists."""
        return self.installed + self.available + self.found

    def get(self, offer_id: str) -> Offer | None:
        """The offer of that id; None if there is none in the lists."""
        return next((offer for offer in self.all if offer.id == offer_id), None)

    @property
    def recommended(self) -> str:
        """The id of what is ``available`` in the size that is best for this machine; "" where
        that is installed already, or nothing suits."""
        if self.advice is None or self.advice.best is None:
            return ""
        best = self.advice.best.spec
        offers = [offer for offer in self.available if offer.variant == best.variant]
        return next((one.id for one in offers if one.id == best.id), offers[0].id if offers else "")

    def versions(self, offer: Offer) -> tuple[Offer, ...]:
        """Further versions of the same model that could be downloaded instead, in the order of
        the catalogue."""
        if not offer.variant:
            return ()
        return tuple(
            self._of_spec(spec)
            for spec in self._specs()
            if spec.variant == offer.variant and spec.id != offer.id
        )

    @property
    def hardware(self) -> Hardware | None:
        """The machine as the fits are made for it; None until it is known. What the loaded model
        holds counts as free."""
        return self._hardware

    def fit_at(self, offer: Offer, context: int) -> Fit | None:
        """How an offer would do with another ``context``, in tokens; takes less than a
        millisecond. None while the machine or the model is unknown."""
        target = offer.model or offer.spec
        if self._hardware is None or target is None or offer.id not in self._fits:
            return None
        measured = self._speeds.measured
        return fit(target, self._hardware, context=context, measured=measured)

    def start(self) -> None:
        """Compute the fits from now on; ``changed`` follows soon, and after each change."""
        if not self._started:
            self._started = True
            self._refit()

    # -- inside -------------------------------------------------------------------------------

    def _refit(self) -> None:
        """Compute all fits anew, in a thread, since files may have to be read for it."""
        self._compose()
        hardware = self._hardware = self._machine.hardware
        if not self._started or hardware is None:
            return
        self._round += 1
        number, context = self._round, self.context
        models = self._shelf.models + self._shelf.found
        specs, measured = self._specs(), dict(self._speeds.measured)
        catalogue = self._catalogue

        def compute() -> tuple[dict[str, Fit | None], Advice]:
            targets: tuple[ModelSpec | InstalledModel, ...] = (*specs, *models)
            fits = {
                target.id: fit(target, hardware, context=context, measured=measured)
                for target in targets
            }
            return fits, advise(hardware, catalogue, measured)

        def done(result: tuple[dict[str, Fit | None], Advice]) -> None:
            if number == self._round:
                self._fits, self.advice = result
                self._compose()

        self._jobs.run(compute, done)

    def _compose(self) -> None:
        """Put the lists together from what is known by now."""
        shelf = self._shelf
        installed = tuple(self._of_model(model, "installed") for model in shelf.models)
        paths = {model.path for model in shelf.models}
        found = tuple(
            self._of_model(model, "found") for model in shelf.found if model.path not in paths
        )
        available = tuple(self._of_spec(spec) for spec in self._offered())
        if (installed, available, found) != (self.installed, self.available, self.found):
            self.installed, self.available, self.found = installed, available, found
            self.changed.emit()

    def _specs(self) -> tuple[ModelSpec, ...]:
        """What the catalogue has to chat with, less what is installed."""
        here = self._listed()
        return tuple(
            spec for spec in self._catalogue.models if spec.kind == "chat" and spec.id not in here
        )

    def _listed(self) -> set[str]:
        """What of the catalogue is installed, by id."""
        return {model.listed for model in self._shelf.models if model.listed}

    def _offered(self) -> tuple[ModelSpec, ...]:
        """Of each size the version that stands first, unless another is there already; and all
        that are being downloaded."""
        specs = self._specs()
        fetched = {job.spec.id for job in self._downloads.jobs}
        here = self._listed()
        sizes = {
            spec.variant for spec in self._catalogue.models if spec.id in here and spec.variant
        }
        sizes |= {spec.variant for spec in specs if spec.id in fetched and spec.variant}
        offered = []
        for spec in specs:
            if spec.id in fetched or (spec.variant not in sizes and not spec.starter):
                offered.append(spec)
                if spec.variant:
                    sizes.add(spec.variant)
        return tuple(offered)

    def _of_model(self, model: InstalledModel, state: State) -> Offer:
        shelf, spec = self._shelf, self._catalogue.get(model.listed)
        if shelf.current is not None and model.path == shelf.current.path:
            if shelf.state == "loading":
                state = "loading"
            elif shelf.state in ("ready", "asleep"):
                state = "loaded"
        computed = self._fits.get(model.id)
        return Offer(
            id=model.id,
            title=model.title,
            note=_note(model, spec),
            modalities=model.modalities,
            disk=model.bytes,
            fit=computed,
            state=state,
            speed=computed.decode if computed else None,
            measured=bool(computed and computed.measured),
            model=model,
            spec=spec,
        )

    def _of_spec(self, spec: ModelSpec) -> Offer:
        computed = self._fits.get(spec.id)
        download = next((job for job in self._downloads.jobs if job.spec.id == spec.id), None)
        return Offer(
            id=spec.id,
            title=spec.title,
            note=_needs(_version(spec), computed, self._hardware),
            modalities=spec.modalities,
            disk=spec.download_bytes,
            fit=computed,
            state="downloading" if download else "available",
            speed=computed.decode if computed else None,
            measured=bool(computed and computed.measured),
            download=download,
            spec=spec,
        )

    def _look_at_memory(self) -> None:
        if self._started:
            self._machine.refresh_memory()

    def _follow_machine(self) -> None:
        before, after = self._hardware, self._machine.hardware
        if before is None or after is None or not _alike(before, after):
            self._refit()

    def _follow_settings(self, before: Settings, after: Settings) -> None:
        if before.context != after.context:
            self._refit()


def _alike(one: Hardware, other: Hardware) -> bool:
    """Whether two looks at a machine differ in nothing that a fit would notice."""
    same = msgspec.structs.replace(other, available=one.available, disk_free=one.disk_free)
    change = abs((one.available or 0) - (other.available or 0))
    return one == same and change <= _NOTICEABLE * (one.memory or 0)


def _version(spec: ModelSpec) -> str:
    """Which version of a model it is; QAT was trained to lose little by being made smaller."""
    return f"QAT {spec.quantisation}" if "-qat-" in spec.id else spec.quantisation


def _note(model: InstalledModel, spec: ModelSpec | None) -> str:
    """The second line of a model that is on this machine."""
    say = QCoreApplication.translate
    if model.starter:
        return say("Offers", "text only")
    version = _version(spec) if spec is not None else model.quantisation
    words = [version] if version else []
    if len(model.modalities) == 1:
        words.append(say("Offers", "text only"))
    program = PROGRAMS.get(model.origin)
    if program:
        words.append(say("Offers", "in {0}").format(program))
    return ", ".join(words)


def _needs(quantisation: str, computed: Fit | None, hardware: Hardware | None) -> str:
    """The second line of a model to download; of one that is too large it says for how large a
    machine it is, or how much has to be free on this one."""
    if computed is None or computed.verdict != "no":
        return quantisation
    memory = hardware.memory if hardware and hardware.memory else 0
    if computed.total <= _FOR_A_MODEL * memory:  # it is other programs that are in its way
        free = QCoreApplication.translate("Offers", "needs {0} GB free")
        return f"{quantisation}, {free.format(math.ceil(computed.total / 10**9))}"
    for size in _MACHINES:
        if computed.total <= _FOR_A_MODEL * size * 10**9 and size * 10**9 > memory:
            words = QCoreApplication.translate("Offers", "needs {0} GB").format(size)
            return f"{quantisation}, {words}"
    return quantisation


# Names of programs, the same in every language.
PROGRAMS = {
    "lm-studio": "LM Studio",
    "huggingface": "Hugging Face",
    "ollama": "Ollama",
    "jan": "Jan",
    "gpt4all": "GPT4All",
    "llama.cpp": "llama.cpp",
}
