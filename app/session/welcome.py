"""The first run, as far as it outlives its pages: whether it is still to come, and the move to the
model that was fetched in it."""

from PySide6.QtCore import QObject, Signal

from app.models.catalogue import ModelSpec
from app.models.library import InstalledModel
from app.session.chats import Chats
from app.session.downloads import Downloads
from app.session.models import ModelShelf
from app.session.preferences import Preferences


class Welcome(QObject):
    """Knows whether somebody is new here, and awaits the model that they have chosen.

    An awaited model is loaded as soon as it has arrived and nothing is being answered, also after
    another start; ``moved`` tells. Where another model than the starter has been chosen in the
    meantime, it is not taken away: ``arrived`` tells that the awaited one could be used.
    """

    moved = Signal(InstalledModel, str)  # the model from now on; the id of the one before, or ""
    arrived = Signal(InstalledModel)

    def __init__(
        self,
        preferences: Preferences,
        chats: Chats,
        shelf: ModelShelf,
        downloads: Downloads,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._chats = chats
        self._shelf = shelf
        self._downloads = downloads
        settings = preferences.settings
        if not settings.welcomed and (chats.summaries or settings.model or settings.opened_models):
            self.end()  # they know Facet from before it had a first run
        shelf.models_changed.connect(self._look)
        chats.busy_changed.connect(self._look)
        downloads.finished.connect(self._finished)

    @property
    def needed(self) -> bool:
        """Whether the first run is still to come."""
        return not self._preferences.settings.welcomed

    @property
    def awaited(self) -> str:
        """The id of the model that is on its way; "" for none."""
        return self._preferences.settings.awaited_model

    def end(self) -> None:
        """The first run has been passed, or skipped."""
        self._preferences.change(welcomed=True)

    def fetch(self, spec: ModelSpec) -> None:
        """Download a model and use it once it is there. One that is already being downloaded
        pauses; it can be taken up again."""
        for job in self._downloads.jobs:
            if job.spec.id != spec.id and job.state in ("queued", "running"):
                self._downloads.pause(job.spec.id)
        self._preferences.change(awaited_model=spec.id)
        self._downloads.start(spec)

    def give_up(self, model_id: str) -> None:
        """Stop downloading a model and delete what has come of it."""
        self._downloads.cancel(model_id)
        if model_id == self.awaited:
            self._preferences.change(awaited_model="")

    # -- inside -------------------------------------------------------------------------------

    def _finished(self, model_id: str) -> None:
        if model_id == self.awaited:
            self._shelf.rescan()  # ``_look`` follows

    def _look(self) -> None:
        """See whether what is awaited is there, and whether it may take over now."""
        shelf = self._shelf
        awaited = self.awaited
        if not awaited or self._chats.busy:
            return
        model = next((one for one in shelf.models if one.listed == awaited), None)
        if model is None:
            return
        before = shelf.current
        self._preferences.change(awaited_model="")
        if before is not None and before.id == model.id:
            return
        if before is None or before.starter or shelf.state == "failed":
            shelf.select(model.id)
            self.moved.emit(model, before.id if before is not None else "")
        else:
            self.arrived.emit(model)
