"""The menu behind "…" above a chat: what can be done with it, and where everything else is."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.ui.theme.controls import Menu
from app.ui.theme.theme import Theme


def chat_menu(
    theme: Theme,
    parent: QWidget,
    *,
    rename: Callable[[], object] | None,
    delete: Callable[[], object] | None,
    settings: Callable[[], object],
    shortcuts: Callable[[], object],
    model_facts: Callable[[], object] | None,
    about: Callable[[], object],
) -> Menu:
    """The menu; an entry that is None can't be chosen now."""
    menu = Menu(theme, parent)

    def add(words: str, act: Callable[[], object] | None, **look: str) -> None:
        danger = act is not None and look.get("icon") == "trash"
        menu.add(
            words,
            act or (lambda: None),
            icon=look.get("icon"),
            shortcut=look.get("shortcut", ""),
            enabled=act is not None,
            danger=danger,
        )

    add(_say("Rename…"), rename, icon="text", shortcut="F2")
    add(_say("Delete chat"), delete, icon="trash")
    menu.addSeparator()
    add(_say("Settings…"), settings, icon="settings", shortcut="Ctrl+,")
    add(_say("Keyboard shortcuts"), shortcuts, shortcut="Ctrl+/")
    add(_say("About this model"), model_facts, icon="gem")
    add(_say("About Facet"), about, icon="info")
    return menu


def _say(text: str) -> str:
    return QCoreApplication.translate("ChatMenu", text)
