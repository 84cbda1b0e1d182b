"""The models one can choose from, and the one that is loaded."""

from pathlib import Path
from typing import Literal

import msgspec
from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from app.core.errors import AppError
from app.core.prompt import Sampling
from app.core.settings import OpenedModel, Settings
from app.engine.messages import Died, Done, Keeping, Load, LoadFailed, ModelInfo
from app.models.library import InstalledModel, Library
from app.session.engine_thread import EngineThread
from app.session.jobs import Jobs
from app.session.memory import MemoryUse, measure
from app.session.preferences import Preferences

_MEMORY_EVERY_MS = 2000


class ModelShelf(QObject):
    """What is installed (``models``), what lies in other programs' folders (``found``), what was
    chosen (``current``), and how loading it goes.

    ``state`` is "none" without a choice; "asleep" is a model whose memory was given back since
    nobody asked it anything for a while (see ``Settings.unload_after``). ``info`` is set while it
    is "ready" or "asleep" and while it wakes, ``failure`` while "failed"; ``fraction`` (0 to 1)
    counts while "loading". ``speed`` is that of the last answer in tokens a second.
    """

    models_changed = Signal()
    state_changed = Signal()
    memory_changed = Signal()
    problem = Signal(AppError)

    def __init__(
        self,
        engine: EngineThread,
        library: Library,
        preferences: Preferences,
        jobs: Jobs,
        states: Path,
        parent: QObject | None = None,
    ) -> None:
        """``states`` is the folder for what the engine keeps of conversations."""
        super().__init__(parent)
        self._engine = engine
        self._library = library
        self._preferences = preferences
        self._jobs = jobs
        self._states = states
        self._opened: dict[Path, InstalledModel] = {}  # by hand, since the app started
        self.models: tuple[InstalledModel, ...] = ()
        self.found: tuple[InstalledModel, ...] = ()
        self.current: InstalledModel | None = None
        self.info: ModelInfo | None = None
        self.state: Literal["none", "loading", "ready", "asleep", "failed"] = "none"
        self.fraction = 0.0
        self.failure: LoadFailed | None = None
        self.memory: MemoryUse | None = None
        self.speed: float | None = None
        engine.loading.connect(self._loading)
        engine.loaded.connect(self._loaded)
        engine.load_failed.connect(self._load_failed)
        engine.died.connect(self._died)
        engine.done.connect(self._answered)
        engine.unloaded.connect(self._unloaded)
        for sign_of_life in (engine.done, engine.failed, engine.prepared):
            sign_of_life.connect(self._stay_awake)
        preferences.changed.connect(self._follow_settings)
        self._memory_timer = QTimer(self)
        self._memory_timer.setInterval(_MEMORY_EVERY_MS)
        self._memory_timer.timeout.connect(self._measure)
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.timeout.connect(self.sleep)

    # -- what is so ---------------------------------------------------------------------------

    @property
    def can_see(self) -> bool:
        """Whether the loaded model takes pictures; False while none is loaded."""
        return self.info is not None and self.info.vision

    @property
    def can_hear(self) -> bool:
        """Whether the loaded model takes sounds; False while none is loaded."""
        return self.info is not None and self.info.audio

    def takes(self, kind: Literal["image", "audio", "document"]) -> bool:
        """Whether an attachment of this kind can be sent to the chosen model. While it loads its
        files' own word is taken; without a model nothing is refused yet."""
        if kind == "document":
            return True
        if self.info is not None:
            return self.can_see if kind == "image" else self.can_hear
        return self.current is None or kind in self.current.modalities

    @property
    def is_starter(self) -> bool:
        """Whether the chosen model is the small one that comes with the set-up."""
        return self.current is not None and self.current.starter

    @property
    def sampling(self) -> Sampling:
        """How the chosen model's words are drawn, as its publisher recommends."""
        return self.current.sampling if self.current is not None else Sampling()

    # -- orders -------------------------------------------------------------------------------

    def start(self) -> None:
        """Look for models, and load the one that was chosen last, else the first there is."""
        self._jobs.run(self._library.scan, self._scanned_at_start)

    def rescan(self) -> None:
        """Look for models again; ``models_changed`` follows if there are others now."""
        self._jobs.run(self._library.scan, self._scanned)

    def select(self, model_id: str) -> None:
        """Load an installed model, unless it is the one that is loaded already."""
        model = next((model for model in self.models if model.id == model_id), None)
        if model is None or (model == self.current and self.state in ("loading", "ready")):
            return
        self._preferences.change(model=model.id)
        self._load(model)

    def open_file(self, path: str, projector: str | None = None) -> None:
        """Load a GGUF file from anywhere, with its projector, else one found beside it. The file
        joins the list. ``problem`` follows if it is no model."""
        beside = Path(projector) if projector else None
        self._jobs.run(
            lambda: self._library.describe(Path(path), beside), self._file_opened, self._refused
        )

    def use(self, model: InstalledModel) -> None:
        """Load a model that was ``found``: it is remembered like a file that was opened by hand,
        and stays where it is."""
        self._file_opened(msgspec.structs.replace(model, origin="opened"))

    def unload(self) -> None:
        """Give the memory back now, whatever is at work: an answer is stopped, a load is broken
        off. The choice stays (``current``); ``state`` is "none" until the model is chosen again or
        asked something."""
        self.sleep()

    def remove(self, model_id: str, *, forever: bool = False) -> None:
        """Move the files of an installed model to the bin: the model's and, if no other model
        uses it, its projector's. It is unloaded first. Where there is no bin ``problem`` says so
        with the code "no-bin"; ``forever`` deletes them, which the person has confirmed. Only
        files in Facet's own folder can be removed; others ``problem`` refuses."""

    def forget(self, model_id: str) -> None:
        """Take a file that was opened by hand off the list. The file stays where it is."""
        model = next((one for one in self.models if one.id == model_id), None)
        if model is None or model.path not in self._opened:
            return
        del self._opened[model.path]
        opened = self._preferences.settings.opened_models
        left = tuple(one for one in opened if one.path != str(model.path))
        self._preferences.change(opened_models=left)
        self.models = tuple(one for one in self.models if one.path != model.path)
        self.models_changed.emit()

    def can_remove(self, model: InstalledModel) -> bool:
        """Whether ``remove`` may be offered: its file lies in Facet's own models folder."""
        return model.origin == "facet"

    def reload(self, context: int | None = None) -> None:
        """Load the chosen model again, with another ``context`` size in tokens if one is given
        (0: the model's own)."""
        if context is not None:
            self._preferences.change(context=context)
        if self.current is not None:
            self._load(self.current)

    def wake(self) -> None:
        """Somebody is about to ask: load the model again if it is asleep, else let it stay awake
        for the usual time from now on."""
        if self.state != "asleep" or self.current is None:
            self._stay_awake()
            return
        info = self.info
        self._load(self.current)
        self.info = info  # it is the same model; what it can do is known
        self.state_changed.emit()

    def sleep(self) -> None:
        """Give the memory of the model back, unless it is at work."""
        if self.state != "ready":
            return
        if not self._engine.unload():
            self._stay_awake()
            return
        self.state = "asleep"
        self.state_changed.emit()

    def watch_memory(self, on: bool) -> None:
        """Keep ``memory`` up to date, or stop: nobody looks at a hidden window."""
        if on == self._memory_timer.isActive():
            return
        if on:
            self._memory_timer.start()
            self._measure()
        else:
            self._memory_timer.stop()

    # -- inside -------------------------------------------------------------------------------

    def _scanned_at_start(self, models: tuple[InstalledModel, ...]) -> None:
        self._scanned(models)
        if self.current is not None:
            return
        wanted = self._preferences.settings.model
        chosen = next((model for model in self.models if model.id == wanted), None)
        if chosen is None and self.models:
            chosen = self.models[0]
        if chosen is not None:
            self._load(chosen)
        else:
            self.state_changed.emit()

    def _scanned(self, models: tuple[InstalledModel, ...]) -> None:
        found = {model.path for model in models}
        models += tuple(model for path, model in self._opened.items() if path not in found)
        if models != self.models:
            self.models = models
            self.models_changed.emit()

    def _file_opened(self, model: InstalledModel) -> None:
        known = next((one for one in self.models if one.path == model.path), None)
        if known is not None and known.projector == model.projector:
            self.select(known.id)
            return
        self._opened[model.path] = model
        self.models = (*(one for one in self.models if one.path != model.path), model)
        projector = str(model.projector) if model.projector else None
        opened = self._preferences.settings.opened_models
        others = tuple(one for one in opened if one.path != str(model.path))
        self._preferences.change(
            opened_models=(*others, OpenedModel(str(model.path), projector)), model=model.id
        )
        self.models_changed.emit()
        self._load(model)

    def _refused(self, error: Exception) -> None:
        if isinstance(error, AppError):
            self.problem.emit(error)

    def _load(self, model: InstalledModel) -> None:
        if self.current is None or model.path != self.current.path:
            self.speed = None  # it was the other model's
        self.current = model
        projector = str(model.projector) if model.projector else None
        settings = self._preferences.settings
        folder = str(self._states) if settings.kept_disk else ""
        keeping = Keeping(settings.kept_memory, folder, settings.kept_disk)
        self._engine.load(
            Load(
                str(model.path),
                projector,
                settings.context,
                device=settings.device,
                keeping=keeping,
            )
        )
        self._become_loading()

    def _become_loading(self) -> None:
        self.state, self.fraction, self.info, self.failure = "loading", 0.0, None, None
        self.state_changed.emit()

    def _loading(self, fraction: float) -> None:
        if self.state == "loading":
            self.fraction = fraction
            self.state_changed.emit()

    def _loaded(self, info: ModelInfo) -> None:
        # The word of a model that was replaced before it was loaded counts no more.
        if self.current is None or info.path != str(self.current.path):
            return
        self.state, self.fraction, self.info, self.failure = "ready", 1.0, info, None
        self._stay_awake()
        self.state_changed.emit()
        if self._memory_timer.isActive():
            self._measure()

    def _load_failed(self, failure: LoadFailed) -> None:
        self.state, self.info, self.failure = "failed", None, failure
        self.state_changed.emit()

    def _died(self, event: Died) -> None:
        if self.current is None or self.state == "failed":
            return
        if self.state == "asleep" and not event.restarting:
            return  # a new process wakes as well as the old one
        if event.restarting:
            self._become_loading()
            return
        say = QCoreApplication.translate
        self._load_failed(
            LoadFailed(
                say("ModelShelf", "The engine ended while it loaded {0} ({1}).").format(
                    self.current.title, event.detail
                ),
                say("ModelShelf", "Choose a smaller model or a smaller context, or load it again."),
                "died",
            )
        )

    def _stay_awake(self) -> None:
        minutes = self._preferences.settings.unload_after
        if minutes and self.state == "ready":
            self._quiet.start(minutes * 60_000)
        else:
            self._quiet.stop()

    def _unloaded(self) -> None:
        if self._memory_timer.isActive():
            self._measure()

    def _follow_settings(self, before: Settings, after: Settings) -> None:
        if before.unload_after != after.unload_after:
            self._stay_awake()

        def order(settings: Settings) -> tuple[object, ...]:
            return settings.device, settings.kept_memory, settings.kept_disk

        if order(before) != order(after) and self.state in ("loading", "ready", "failed"):
            self.reload()

    def _answered(self, event: Done) -> None:
        if event.stats.decode_tps > 0:
            self.speed = event.stats.decode_tps
            self.memory_changed.emit()

    def _measure(self) -> None:
        self.memory = measure(self._engine.pid)
        self.memory_changed.emit()
