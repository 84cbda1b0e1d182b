"""The queue of downloads of the window: one at a time, in a thread of its own."""

import logging
import os
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec
from PySide6.QtCore import QObject, Qt, Signal

from app.core.errors import AppError
from app.models.catalogue import Catalogue, ModelSpec
from app.models.download import Paused, Transfer, discard, download, kept, unfinished
from app.models.hub import Hub, Patience, chosen_hub
from app.session.jobs import Jobs
from app.session.preferences import Preferences
from app.storage.download_file import DownloadFile, Entry

_CLOSE_WITHIN = 1.5  # seconds
# The window has time: a network that comes back after an hour finds it still trying.
_PATIENCE = Patience(give_up=6 * 3600.0, first=6 * 3600.0, longest_pause=60.0)

_log = logging.getLogger("log.downloads")


class Download(msgspec.Struct, frozen=True):
    """One download in the queue. ``transfer`` is how far it is, as far as that is known;
    ``problem`` is set while it is "failed"."""

    spec: ModelSpec
    state: Literal["queued", "running", "paused", "failed"] = "queued"
    transfer: Transfer | None = None
    problem: AppError | None = None


class Downloads(QObject):
    """Fetches models one after another. The queue outlives the program: what ran or waited goes
    on by itself after the next start, what was paused or has failed is listed as paused."""

    changed = Signal()  # the list, a state, or how far one is: at most ten times a second
    finished = Signal(str)  # the id of a model that is whole and in its folder now
    problem = Signal(AppError)  # why one has failed; it stays in the list
    _told = Signal(object)  # a function to call on the main thread

    def __init__(
        self,
        catalogue: Catalogue,
        models_dir: Path,
        file: DownloadFile,
        preferences: Preferences,
        jobs: Jobs,
        environ: Mapping[str, str] = os.environ,
        patience: Patience = _PATIENCE,
        parent: QObject | None = None,
    ) -> None:
        """Touches nothing yet: ``begin`` does."""
        super().__init__(parent)
        self._catalogue = catalogue
        self._folder = models_dir
        self._file = file
        self._preferences = preferences
        self._jobs = jobs
        self._environ = environ
        self._patience = patience
        self._queue: dict[str, Download] = {}  # by model id, in the order they were asked for
        self._leaving: set[str] = set()  # cancelled ones whose files are being removed
        self._running: tuple[str, threading.Event, threading.Thread] | None = None
        self._taken = False  # whether the kept queue is in ours
        self._closed = False
        self._told.connect(self._hear, Qt.ConnectionType.QueuedConnection)

    @property
    def jobs(self) -> tuple[Download, ...]:
        """The running one first, then the others in the order they were asked for."""
        everything = self._queue.values()
        running = [job for job in everything if job.state == "running"]
        return (*running, *(job for job in everything if job.state != "running"))

    def of(self, model_id: str) -> Download | None:
        """The download of a model; None if there is none."""
        return self._queue.get(model_id)

    # -- orders -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Take up the queue where the last window left it. Call it once, when there is time."""
        self._jobs.run(self._look, self._taken_up)

    def start(self, spec: ModelSpec) -> None:
        """Fetch a model once its turn comes. One that is paused or has failed goes on."""
        if spec.id in self._queue:
            self.resume(spec.id)
            return
        self._queue[spec.id] = Download(spec)
        self._go_on()

    def pause(self, model_id: str) -> None:
        """Stop fetching it, and keep what has arrived."""
        if self._is(model_id, "queued", "running"):
            self._rest(model_id, state="paused")
            self._stop(model_id)
            self._go_on()

    def resume(self, model_id: str) -> None:
        """Go on with one that is paused or has failed, once its turn comes."""
        if self._is(model_id, "paused", "failed"):
            self._become(model_id, state="queued", problem=None)
            self._go_on()

    def cancel(self, model_id: str) -> None:
        """Take it off the list, and remove what has arrived."""
        job = self._queue.pop(model_id, None)
        if job is None:
            return
        self._leaving.add(model_id)
        if not self._stop(model_id):
            self._remove(job.spec)
        self._go_on()

    def close(self) -> None:
        """Stop within two seconds. What ran goes on after the next start."""
        if self._closed:
            return
        self._closed = True
        if self._running is not None:
            _, stop, thread = self._running
            stop.set()
            thread.join(_CLOSE_WITHIN)

    # -- inside -------------------------------------------------------------------------------

    def _look(self) -> tuple[tuple[ModelSpec, bool, Transfer], ...]:
        """The queue as it was kept, then what else was begun: (spec, paused, how far)."""
        entries = self._file.load()
        known = {spec.id: spec for spec in self._catalogue.models}
        listed = [(known[entry.id], entry.paused) for entry in entries if entry.id in known]
        ids = {spec.id for spec, _ in listed}
        listed += [(s, True) for s in unfinished(self._catalogue, self._folder) if s.id not in ids]
        return tuple((spec, paused, kept(spec, self._folder)) for spec, paused in listed)

    def _taken_up(self, found: tuple[tuple[ModelSpec, bool, Transfer], ...]) -> None:
        asked = self._queue  # meanwhile
        self._queue = {
            spec.id: Download(spec, "paused" if paused else "queued", transfer)
            for spec, paused, transfer in found
        } | asked
        self._taken = True
        if self._queue:
            self._go_on()

    def _is(self, model_id: str, *states: str) -> bool:
        job = self._queue.get(model_id)
        return job is not None and job.state in states

    def _become(self, model_id: str, **fields: object) -> None:
        self._queue[model_id] = msgspec.structs.replace(self._queue[model_id], **fields)

    def _rest(self, model_id: str, **fields: object) -> None:
        """It becomes one that doesn't move: how far it is remains, how fast it was doesn't."""
        transfer = self._queue[model_id].transfer
        if transfer is not None:
            transfer = Transfer(transfer.done, transfer.total)
        self._become(model_id, transfer=transfer, **fields)

    def _stop(self, model_id: str) -> bool:
        """Whether it was at work; its end is told later."""
        if self._running is None or self._running[0] != model_id:
            return False
        self._running[1].set()
        return True

    def _go_on(self) -> None:
        """Start the next one if there is room, keep the queue, and tell."""
        if self._closed:
            return
        if self._running is None:
            for model_id, job in self._queue.items():
                if job.state == "queued" and model_id not in self._leaving:
                    self._run(job.spec)
                    break
        if self._taken:  # or it would be lost what the last window left
            entries = tuple(
                Entry(job.spec.id, job.state in ("paused", "failed")) for job in self.jobs
            )
            self._jobs.run(lambda: self._file.save(entries), failed=_not_kept)
        self.changed.emit()

    def _run(self, spec: ModelSpec) -> None:
        settings = self._preferences.settings
        stop = threading.Event()
        try:
            hub = chosen_hub(
                settings.hub_endpoint, settings.hub_token, self._environ, self._patience
            )
        except AppError as error:
            self._ended(spec, None, error)
            return
        # A daemon, for a folder on a network share that is gone may hold it for minutes.
        thread = threading.Thread(
            target=self._fetch, args=(spec, hub, stop), name="download", daemon=True
        )
        self._running = (spec.id, stop, thread)
        self._become(spec.id, state="running")
        thread.start()

    def _fetch(self, spec: ModelSpec, hub: Hub, stop: threading.Event) -> None:
        error: Exception | None = None
        try:
            download(
                spec,
                self._folder,
                hub,
                on_progress=lambda transfer: self._tell(self._progressed, spec.id, stop, transfer),
                stopped=stop.is_set,
            )
        except Exception as problem:
            error = problem
        self._tell(self._ended, spec, stop, error)

    def _tell(self, function: Callable[..., None], *arguments: object) -> None:
        try:
            self._told.emit(partial(function, *arguments))
        except RuntimeError:
            pass  # the window is gone

    def _hear(self, function: Callable[[], None]) -> None:
        if not self._closed:
            function()

    def _progressed(self, model_id: str, stop: threading.Event, transfer: Transfer) -> None:
        if not stop.is_set() and self._is(model_id, "running"):
            self._become(model_id, transfer=transfer)
            self.changed.emit()

    def _ended(
        self, spec: ModelSpec, stop: threading.Event | None, error: Exception | None
    ) -> None:
        stopped = stop is not None and stop.is_set()
        if self._running is not None and self._running[1] is stop:
            self._running[2].join()
            self._running = None
        if error is None:  # it may have been faster than whoever wanted to stop it
            self._leaving.discard(spec.id)
            self._queue.pop(spec.id, None)
            self.finished.emit(spec.id)
        elif spec.id in self._leaving:
            self._remove(spec)
        elif not stopped and isinstance(error, AppError):
            self._rest(spec.id, state="failed", problem=error)
            self.problem.emit(error)
        elif not stopped:
            self._rest(spec.id, state="paused")
        self._go_on()
        if error is not None and not isinstance(error, (AppError, Paused)):
            raise error

    def _remove(self, spec: ModelSpec) -> None:
        def removed(error: Exception | None = None) -> None:
            self._leaving.discard(spec.id)
            if isinstance(error, AppError):
                self.problem.emit(error)
            self._go_on()

        self._jobs.run(lambda: discard(spec, self._folder), removed, removed)


def _not_kept(error: Exception) -> None:
    _log.warning("not kept: %s", error)
