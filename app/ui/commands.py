"""What the keyboard can do, as a list: the shortcuts of the window and the page that shows them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.desktop.hotkey import Hotkey

TEXT_SIZES = (80, 90, 100, 110, 125, 150, 175, 200)  # percent


@dataclass(frozen=True)
class Command:
    """Something the keyboard can do anywhere in the window. ``keys`` are in Qt's portable form.
    Without ``act`` it is only told about, since a widget of its own takes care of it; without
    ``words`` it is not told about. One that works ``anywhere`` does so also while something stands
    in place of the whole window, as the first run does."""

    group: str
    words: str
    keys: str
    act: Callable[[], object] | None = None
    anywhere: bool = False


def install(commands: Sequence[Command], window: QWidget) -> tuple[QShortcut, ...]:
    """Make the commands with an ``act`` work in ``window``. Returns the shortcuts of those that do
    not work anywhere, for them to be turned off meanwhile."""
    shortcuts = []
    for command in commands:
        if command.act is None:
            continue
        shortcut = QShortcut(QKeySequence(command.keys), window)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(command.act)
        if not command.anywhere:
            shortcuts.append(shortcut)
    return tuple(shortcuts)


def writes(event: QKeyEvent) -> bool:
    """Whether a key writes something, rather than commanding it."""
    commands = (
        Qt.KeyboardModifier.ControlModifier
        | Qt.KeyboardModifier.AltModifier
        | Qt.KeyboardModifier.MetaModifier
    )
    text = event.text()
    return bool(text) and text.isprintable() and text != " " and not event.modifiers() & commands


def shown_hotkey(hotkey: Hotkey, wanted: str) -> str:
    """The key that asks about the screen, for people; "" where it does not work. ``wanted`` is the
    one that is set: until it is taken, a moment after the start, it counts as working."""
    if not wanted or hotkey.state in ("taken", "unavailable"):
        return ""
    return hotkey.shown or shown_keys(wanted)


def shown_keys(keys: str) -> str:
    """``keys`` as this system writes them: "Ctrl K", on a Mac "⌘K"."""
    native = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
    native = native.replace("Return", QCoreApplication.translate("Commands", "Enter"))
    return re.sub(r"\+(?!$)", " ", native)  # a plus at the end is the key itself
