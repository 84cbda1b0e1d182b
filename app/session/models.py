"""The models one can choose from, and the one that is loaded."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from app.core.errors import AppError
from app.core.prompt import Sampling
from app.core.settings import Settings
from app.engine.messages import Died, Done, Keeping, Load, LoadFailed, ModelInfo
from app.models.library import InstalledModel, Library
from app.session.engine_thread import EngineThread
from app.session.holdings import Holdings
from app.session.jobs import Jobs
from app.session.memory import MemoryUse, measure
from app.session.preferences import Preferences

_MEMORY_EVERY_MS = 2000


class ModelShelf(QObject):
    """What is installed (``models``), what lies in other programs' folders (``found``), what was
    chosen (``current``), and how loading it goes.

    ``state`` is "none" without a choice, and while the chosen model is unloaded; "asleep" is a
    model whose memory was given back since nobody asked it anything for a while (see
    ``Settings.unload_after``). ``info`` is set while it is "ready" or "asleep" and while it wakes,
    ``failure`` while "failed"; ``fraction`` (0 to 1) counts while "loading". ``paused`` says that
    nothing is to be loaded nor read ahead until somebody asks. ``speed`` is that of the last answer
    in tokens a second.
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
        self._preferences = preferences
        self._states = states
        self._holdings = Holdings(library, preferences, jobs, self)
        self._holdings.changed.connect(self.models_changed)
        self._holdings.scanned.connect(self._scanned)
        self._holdings.opened.connect(self._opened)
        self._holdings.problem.connect(self.problem)
        self._choosing = False  # at the start, until it is known what there is
        self._load_first = True
        self._told_missing: Path | None = None
        self._worked: Path | None = None  # the model that was loaded last
        self._unloading = False
        self._once_free: list[Callable[[], None]] = []
        self.current: InstalledModel | None = None
        self.info: ModelInfo | None = None
        self.state: Literal["none", "loading", "ready", "asleep", "failed"] = "none"
        self.paused = False
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
    def models(self) -> tuple[InstalledModel, ...]:
        """The models to choose from."""
        return self._holdings.models

    @property
    def found(self) -> tuple[InstalledModel, ...]:
        """Models in other programs' folders, as of the last ``rescan``."""
        return self._holdings.found

    @property
    def answers(self) -> bool:
        """Whether a question would be answered: a model is loaded, or will be for it."""
        return self.state != "failed" and self.current is not None

    @property
    def can_see(self) -> bool:
        """Whether the loaded model takes pictures; False while none is loaded."""
        return self.info is not None and self.info.vision

    @property
    def can_hear(self) -> bool:
        """Whether the loaded model takes sounds; False while none is loaded."""
        return self.info is not None and self.info.audio

    def takes(self, kind: Literal["image", "audio", "document", "video"]) -> bool:
        """Whether an attachment of this kind can be sent to the chosen model. While it loads its
        files' own word is taken; without a model nothing is refused yet."""
        if kind == "document":
            return True
        if self.info is not None:
            return self.can_hear if kind == "audio" else self.can_see
        wanted = "audio" if kind == "audio" else "image"  # films are pictures first of all
        return self.current is None or wanted in self.current.modalities

    @property
    def lent(self) -> bool:
        """Whether another model than the one that was chosen is loaded (``lend``)."""
        return self.current is not None and self.current.id != self._preferences.settings.model

    @property
    def is_starter(self) -> bool:
        """Whether the chosen model is the small one that comes with the set-up."""
        return self.current is not None and self.current.starter

    @property
    def sampling(self) -> Sampling:
        """How the chosen model's words are drawn, as its publisher recommends."""
        return self.current.sampling if self.current is not None else Sampling()

    # -- orders -------------------------------------------------------------------------------

    def start(self, *, load: bool = True) -> None:
        """Look for models, and load the one that was chosen last, else the first there is. Without
        ``load`` it is only chosen, until somebody asks."""
        self._choosing, self._load_first = True, load
        self._holdings.scan()

    def rescan(self) -> None:
        """Look for models again, also in other programs' folders; ``models_changed`` follows if
        there are others now."""
        self._holdings.scan()
        self._holdings.scan_elsewhere()

    def select(self, model_id: str) -> None:
        """Load an installed model, unless it is the one that is loaded already."""
        model = self._holdings.get(model_id)
        if model is None:
            return
        self._preferences.change(model=model.id)
        if model != self.current or self.state not in ("loading", "ready"):
            self._load(model)

    def lend(self, model: InstalledModel) -> None:
        """Load an installed model for a moment: what the settings say is chosen stays so."""
        if model != self.current or self.state not in ("loading", "ready"):
            self._load(model)

    def open_file(self, path: str, projector: str | None = None) -> None:
        """Load a GGUF file from anywhere, with its projector, else one found beside it. The file
        joins the list. ``problem`` follows if it is no model."""
        self._holdings.open_file(Path(path), Path(projector) if projector else None)

    def use(self, model: InstalledModel) -> None:
        """Load a model that was ``found``: it is remembered like a file that was opened by hand,
        and stays where it is."""
        self._holdings.take_up(model, model.title)

    def unload(self) -> None:
        """Give the memory back now, whatever is at work: an answer is stopped, a load is broken
        off. The choice stays (``current``); ``state`` is "none" until the model is chosen again or
        somebody is about to ask."""
        if self.state not in ("loading", "ready", "asleep"):
            return
        self._unloading = True
        self._engine.drop()
        self._quiet.stop()
        self.state, self.fraction, self.info = "none", 0.0, None
        self.state_changed.emit()

    def pause(self) -> None:
        """Unload, and stay so until a question is asked, a model is chosen, or ``wake``."""
        self.paused = True
        self.unload()
        self.state_changed.emit()

    def remove(self, model_id: str, *, forever: bool = False) -> None:
        """Move the files of an installed model to the bin: the model's and, if no other model
        uses it, its projector's. It is unloaded first. Where there is no bin ``problem`` says so
        with the code "no-bin"; ``forever`` deletes them, which the person has confirmed. Only
        files in Facet's own folder can be removed; others ``problem`` refuses."""
        model = self._holdings.get(model_id)
        if model is None or not self._holdings.check_removable(model):
            return
        self._let_go(model, partial(self._holdings.remove, model, forever=forever))

    def forget(self, model_id: str) -> None:
        """Take a file that was opened by hand off the list, and unload it. The file stays where it
        is."""
        model = self._holdings.get(model_id)
        if model is not None and model.origin == "opened":
            self._let_go(model, partial(self._holdings.forget, model))

    def can_remove(self, model: InstalledModel) -> bool:
        """Whether ``remove`` may be offered: its file lies in Facet's own models folder."""
        return self._holdings.may_remove(model)

    def reload(self, context: int | None = None) -> None:
        """Load the chosen model again, with another ``context`` size in tokens if one is given
        (0: the model's own)."""
        if context is not None:
            self._preferences.change(context=context)
        if self.current is not None:
            self._load(self.current)

    def wake(self) -> None:
        """Somebody is about to ask: load the model again if it is asleep or unloaded, else let it
        stay awake for the usual time from now on."""
        self.paused = False
        if self.state not in ("asleep", "none") or self.current is None:
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

    def _scanned(self) -> None:
        if not self._choosing:
            self._look_after_current()
            return
        self._choosing = False
        if self.current is not None:
            return  # somebody was quicker
        wanted = self._preferences.settings.model
        chosen = self._holdings.get(wanted)
        if chosen is None and wanted:
            self._fall_back(self._holdings.missing(wanted))
        elif (chosen is not None or self.models) and self._load_first:
            self._load(chosen or self.models[0])
        else:
            self.current = chosen or next(iter(self.models), None)
            self.state_changed.emit()

    def _look_after_current(self) -> None:
        """Its file may have been moved, deleted or broken meanwhile."""
        model = self.current
        if model is None or any(one.path == model.path for one in self.models):
            return
        if self.state not in ("loading", "ready"):
            self._fall_back(self._holdings.missing(model.id))
        elif self._told_missing != model.path:
            self._told_missing = model.path
            error = self._holdings.missing(model.id)
            stays = QCoreApplication.translate(
                "ModelShelf", "It goes on answering until it is unloaded."
            )
            self.problem.emit(AppError(error.what, f"{stays} {error.next_step}", code=error.code))

    def _fall_back(self, error: AppError) -> None:
        """Load another model than the one that was wanted, the last one that worked if it is
        there, and say why."""
        next_step = error.next_step
        first = self.models[0] if self.models else None
        instead = next((one for one in self.models if one.path == self._worked), first)
        self._preferences.change(model=instead.id if instead else "")
        if instead is not None:
            answers = QCoreApplication.translate("ModelShelf", "{0} answers instead.")
            next_step = f"{answers.format(instead.title)} {next_step}"
            self._load(instead)
        else:
            self._become_nothing()
        self.problem.emit(AppError(error.what, next_step, code=error.code))

    def _opened(self, model: InstalledModel) -> None:
        if model == self.current and self.state in ("loading", "ready"):
            return
        self._preferences.change(model=model.id)
        self._load(model)

    def _let_go(self, model: InstalledModel, then: Callable[[], None]) -> None:
        """Call ``then`` once nothing has ``model`` loaded."""
        if self.current is None or model.path != self.current.path:
            then()
            return
        self.unload()
        self._become_nothing()
        if self._unloading:
            self._once_free.append(then)
        else:
            then()

    def _become_nothing(self) -> None:
        self.current, self.info, self.failure, self.speed = None, None, None, None
        self.state = "none"
        self.state_changed.emit()

    def _load(self, model: InstalledModel) -> None:
        if self.current is None or model.path != self.current.path:
            self.speed = None  # it was the other model's
        self.current, self.paused = model, False
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
        self._worked = self.current.path
        self._stay_awake()
        self.state_changed.emit()
        if self._memory_timer.isActive():
            self._measure()

    def _load_failed(self, failure: LoadFailed) -> None:
        self.state, self.info, self.failure = "failed", None, failure
        self.state_changed.emit()
        self._holdings.scan()  # its file may be gone

    def _died(self, event: Died) -> None:
        if self.current is None or self.state in ("failed", "none"):
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
        self._unloading = False
        waiting, self._once_free = self._once_free, []
        for then in waiting:
            then()
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
