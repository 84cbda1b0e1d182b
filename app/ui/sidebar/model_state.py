"""What the window says about the model, in one place for footer, header and empty state."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from app.session.models import ModelShelf


@dataclass(frozen=True)
class ModelState:
    """``color`` is that of the dot, ``name`` the model, ``words`` how it is with it (""  while all
    is well); ``progress`` 0 to 1 while it loads, else None."""

    color: str
    name: str
    words: str
    progress: float | None = None


def model_state(shelf: ModelShelf) -> ModelState:
    """How it is with the model of ``shelf`` now."""
    say = QCoreApplication.translate
    name = shelf.current.title if shelf.current else say("ModelState", "No model")
    match shelf.state:
        case "loading":
            words = say("ModelState", "Loading, {0} %").format(round(100 * shelf.fraction))
            return ModelState("accent", name, words, shelf.fraction)
        case "failed":
            return ModelState("danger", name, say("ModelState", "Could not be loaded"))
        case "ready":
            return ModelState("ok", name, "")
        case "asleep":
            return ModelState("track-2", name, say("ModelState", "Asleep until you ask"))
        case "none" if shelf.paused:
            return ModelState("track-2", name, say("ModelState", "Paused until you ask"))
        case "none" if shelf.current is not None:
            return ModelState("track-2", name, say("ModelState", "Unloaded until you ask"))
        case _:
            return ModelState("track-2", name, say("ModelState", "Get a model to begin"))
