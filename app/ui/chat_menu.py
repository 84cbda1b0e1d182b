"""The menu behind "…" above a chat: what can be done with it, and where everything else is."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.ui.theme.controls import Menu
from app.ui.theme.theme import Theme


@dataclass(frozen=True)
class WindowActs:
    """What the menu does that has nothing to do with the chat."""

    settings: Callable[[], object]
    shortcuts: Callable[[], object]
    about: Callable[[], object]


def chat_menu(
    theme: Theme,
    parent: QWidget,
    acts: WindowActs,
    *,
    rename: Callable[[], object] | None,
    delete: Callable[[], object] | None,
    model_facts: Callable[[], object] | None,
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
    add(_say("Settings…"), acts.settings, icon="settings", shortcut="Ctrl+,")
    add(_say("Keyboard shortcuts"), acts.shortcuts, shortcut="Ctrl+/")
    add(_say("About this model"), model_facts, icon="gem")
    add(_say("About Facet"), acts.about, icon="info")
    return menu


def _say(text: str) -> str:
    return QCoreApplication.translate("ChatMenu", text)
