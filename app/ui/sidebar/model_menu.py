"""The menu behind the model's name."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.models.library import InstalledModel
from app.session.models import ModelShelf
from app.ui import figures
from app.ui.theme.controls import Menu
from app.ui.theme.theme import Theme


def model_menu(
    theme: Theme,
    shelf: ModelShelf,
    open_file: Callable[[], None],
    open_models: Callable[[], None],
    parent: QWidget,
) -> Menu:
    """A menu of the installed models, with what can be done when the current one failed."""

    def say(text: str) -> str:
        return QCoreApplication.translate("ModelMenu", text)

    menu = Menu(theme, parent)
    menu.setAccessibleName(say("Models"))
    for model in shelf.models:
        menu.add(
            f"{model.title.replace('&', '&&')}\t{_facts(model)}",
            partial(shelf.select, model.id),
            checked=shelf.current is not None and model.id == shelf.current.id,
        )
    if not shelf.models:
        menu.add(say("No model is installed"), lambda: None, enabled=False)
    menu.addSeparator()
    if shelf.state == "failed" and shelf.failure is not None:
        menu.add(say("Load it again"), lambda: shelf.reload(None), icon="retry")
    menu.add(say("All models"), open_models, icon="gem", shortcut="Ctrl+M")
    menu.add(say("Open a GGUF file…"), open_file, icon="folder")
    return menu


def _facts(model: InstalledModel) -> str:
    """What the model takes and how large it is: "sees, hears · 6.1 GB"."""
    say = QCoreApplication.translate
    senses = [
        word
        for modality, word in (
            ("image", say("ModelMenu", "sees")),
            ("audio", say("ModelMenu", "hears")),
        )
        if modality in model.modalities
    ]
    taken = ", ".join(senses) or say("ModelMenu", "text only")
    return f"{taken} · {figures.size(model.bytes)}"
