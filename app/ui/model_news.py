"""What is told of models while one is elsewhere: that a download is complete, that the model which
was awaited has taken over, that it runs on another device, that a smaller model would do better."""

from PySide6.QtCore import QObject

from app.models.catalogue import ModelSpec
from app.models.library import InstalledModel
from app.session.downloads import Downloads
from app.session.models import ModelShelf
from app.session.preferences import Preferences
from app.ui.notice import Action
from app.ui.pages import Pages


class ModelNews(QObject):
    """Says it above the composer, with what can be done about it."""

    def __init__(
        self, pages: Pages, shelf: ModelShelf, downloads: Downloads, preferences: Preferences
    ) -> None:
        super().__init__(pages)
        self._preferences = preferences
        self._pages = pages
        self._shelf = shelf
        self._downloads = downloads
        self._arrived = ""
        self._moved: tuple[InstalledModel, str] | None = None
        self._told = ""  # of where the model runs
        downloads.finished.connect(self._await)
        shelf.models_changed.connect(self._look)
        shelf.state_changed.connect(self._follow_move)
        shelf.state_changed.connect(self._follow_device)

    def suggest(self, spec: ModelSpec | None, what: str, next_step: str) -> None:
        """The chosen model is too much for the machine; ``spec`` would suit it better."""
        actions: list[Action] = []
        if spec is not None:
            here = next((one for one in self._shelf.models if one.listed == spec.id), None)
            if here is not None:
                use = self.tr("Use {0}").format(spec.title)
                actions.append((use, lambda: self._take(here.id)))
            else:
                fetch = self.tr("Download {0}").format(spec.title)
                actions.append((fetch, lambda: self._fetch(spec)))
        actions.append((self.tr("Show models"), self._pages.show_models))
        self._tell(what, next_step, "warn", actions)

    def tell_move(self, model: InstalledModel, before_id: str) -> None:
        """A model that was awaited takes over, of which the one before may be chosen again. Told
        once it is loaded, or can't be."""
        self._moved = (model, before_id)

    def _follow_move(self) -> None:
        if self._moved is None or self._shelf.state not in ("ready", "failed"):
            return
        model, before_id = self._moved
        self._moved = None
        current = self._shelf.current
        if current is None or current.path != model.path:
            return  # another one has been chosen since
        ready = self._shelf.state == "ready"
        words = self.tr("{0} has arrived, but could not be loaded.")
        if ready:
            words = self.tr("{0} has arrived and answers from now on.")
        actions: list[Action] = []
        before = next((one for one in self._shelf.models if one.id == before_id), None)
        if before is not None:
            back = self.tr("Go back to {0}").format(before.title)
            actions.append((back, lambda: self._take(before.id)))
        self._tell(words.format(model.title), "", "info" if ready else "warn", actions)

    def _follow_device(self) -> None:
        """The model is not where it was meant to be: say why, once."""
        info = self._shelf.info
        if self._shelf.state != "ready" or info is None or info.notice == self._told:
            return
        self._told = info.notice
        if not info.notice:
            self._pages.chat.notice.dismiss("device")
            return
        again = (self.tr("Try again"), lambda: self._shelf.reload())
        self._pages.chat.notice.tell(info.notice, kind="warn", subject="device", actions=(again,))

    def tell_arrival(self, model: InstalledModel) -> None:
        """A model has been downloaded, and may be used."""
        words = self.tr("{0} has been downloaded.").format(model.title)
        use = self.tr("Use {0}").format(model.title)
        self._tell(words, "", "info", [(use, lambda: self._take(model.id))])

    def _await(self, model_id: str) -> None:
        """It is whole, but still has to be found in its folder. One that the first run awaits is
        told by Welcome."""
        if model_id != self._preferences.settings.awaited_model:
            self._arrived = model_id
        self._shelf.rescan()

    def _look(self) -> None:
        model = next((one for one in self._shelf.models if one.listed == self._arrived), None)
        if not self._arrived or model is None:
            return
        self._arrived = ""
        current = self._shelf.current
        if self._pages.at_models or (current is not None and current.path == model.path):
            return  # it is seen there
        self.tell_arrival(model)

    def _tell(self, what: str, next_step: str, kind: str, actions: list[Action]) -> None:
        notice = self._pages.chat.notice
        notice.tell(what, next_step, kind=kind, subject="models", actions=actions)

    def _take(self, model_id: str) -> None:
        self._pages.chat.notice.dismiss("models")
        self._shelf.select(model_id)

    def _fetch(self, spec: ModelSpec) -> None:
        self._pages.chat.notice.dismiss("models")
        self._downloads.start(spec)
        self._pages.show_models()
