"""The field in which a person presses the shortcut that they want."""

import sys
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.core.settings import Settings
from app.desktop.hotkey import Chord, Hotkey
from app.ui.announce import announce
from app.ui.commands import Command
from app.ui.theme.controls import Button, IconButton, Label
from app.ui.theme.theme import Theme

_DEFAULT = Settings().hotkey
_WIDTH = 180
_HELD = {
    Qt.KeyboardModifier.MetaModifier: "Meta",
    Qt.KeyboardModifier.ControlModifier: "Ctrl",
    Qt.KeyboardModifier.AltModifier: "Alt",
    Qt.KeyboardModifier.ShiftModifier: "Shift",
}
_MODIFIER_KEYS = frozenset(
    {
        Qt.Key.Key_Meta,
        Qt.Key.Key_Control,
        Qt.Key.Key_Alt,
        Qt.Key.Key_AltGr,
        Qt.Key.Key_Shift,
        Qt.Key.Key_Super_L,
        Qt.Key.Key_Super_R,
        Qt.Key.Key_CapsLock,
        Qt.Key.Key_NumLock,
    }
)
# What Shift makes of a key on a US keyboard, where the system does not tell which key it was.
_SHIFTED = dict(zip('!@#$%^&*()_+{}|:"<>?~', "1234567890-=[]\\;',./`", strict=True))


class HotkeyField(QWidget):
    """Shows the shortcut; pressed, it listens for another one and takes it if it is free. ``note``
    is a line that says what stands in the way, or what the system says of the shortcut; whoever
    makes the field places it."""

    chosen = Signal(str)  # the chord, as ``Settings.hotkey`` has it; "" for none

    def __init__(
        self,
        theme: Theme,
        hotkey: Hotkey,
        chord: str,
        commands: Sequence[Command],
        parent: QWidget | None = None,
    ) -> None:
        """``commands`` are those of the window, whose keys are not to be taken."""
        super().__init__(parent)
        self._hotkey = hotkey
        self._chord = chord
        self._commands = commands
        self._problem = ""
        self.recorder = _Recorder(theme)
        self.undo = IconButton(
            theme, "retry", self.tr("Back to {0}").format(Chord.parse(_DEFAULT).for_people())
        )
        self.note = Label(theme, role="caption", color="text-3", wrap=True)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self.undo)
        line.addWidget(self.recorder)
        self.undo.clicked.connect(lambda: self._choose(_DEFAULT))
        self.recorder.clicked.connect(self._toggle)
        self.recorder.pressed_keys.connect(self._judge)
        self.recorder.cleared.connect(lambda: self._choose(""))
        self.recorder.left.connect(self._leave)
        hotkey.state_changed.connect(self._show)
        self._show()

    @property
    def chord(self) -> str:
        """The chord that is shown; "" for none."""
        return self._chord

    # -- inside -----------------------------------------------------------------------------

    def _toggle(self) -> None:
        if self.recorder.listening:
            self._leave()
            return
        self._problem = ""
        self._hotkey.suspend()  # it would swallow its own keys
        self.recorder.listen()
        announce(self.recorder, self.recorder.text())

    def _leave(self) -> None:
        self.recorder.stop()
        self._hotkey.resume()
        self._show()

    def _judge(self, event: QKeyEvent) -> None:
        chord = self._chord_of(event)
        self._problem = self._problem_with(chord)
        if chord is None or self._problem:
            self._show()
            announce(self.recorder, self._problem)
        else:
            self._choose(str(chord))

    def _choose(self, chord: str) -> None:
        self._problem = ""
        if chord != self._chord:
            self._chord = chord
            self.chosen.emit(chord)
        self._leave()
        announce(self.recorder, self.recorder.accessibleName())

    def _chord_of(self, event: QKeyEvent) -> Chord | None:
        """The chord that was pressed; None for a key that can't be one."""
        key = self._hotkey.key_at(event.nativeScanCode(), event.nativeVirtualKey())
        if not key:
            key = QKeySequence(event.key()).toString(QKeySequence.SequenceFormat.PortableText)
            key = "Tab" if event.key() == Qt.Key.Key_Backtab else _SHIFTED.get(key, key)
        try:
            return Chord.parse("+".join([*_held(event), key]))
        except ValueError:
            return None

    def _problem_with(self, chord: Chord | None) -> str:
        if chord is None:
            return self.tr("This key can't be a shortcut.")
        if not chord.usable:
            meta = {"win32": "Win", "darwin": "⌃"}.get(sys.platform, "Super")
            return self.tr("Hold Ctrl, Alt or {0} as well, or use an F key.").format(meta)
        keys = chord.for_people()
        for command in self._commands:
            if command.words and Chord.parse(command.keys) == chord:
                return self.tr("{0} is taken in Facet: {1}. Choose another shortcut.").format(
                    keys, command.words
                )
        if not self._hotkey.is_free(chord):
            return self.tr(
                "{0} is used by another program. Choose another shortcut, or bind the command: {1}"
            ).format(keys, self._hotkey.command)
        return ""

    def _show(self) -> None:
        if not self.recorder.listening:
            keys = Chord.parse(self._chord).for_people() if self._chord else self.tr("None")
            self.recorder.setText(keys)
            self.recorder.setAccessibleName(self.tr("Shortcut: {0}").format(keys))
            self.recorder.refresh()
        self.undo.setVisible(self._chord != _DEFAULT)
        words = self._problem or (self._hotkey.detail if self._chord else "")
        wrong = bool(self._problem) or self._hotkey.state in ("taken", "unavailable")
        self.note.setText(words)
        self.note.set_color("danger" if wrong else "text-3")
        self.note.setVisible(bool(words))


class _Recorder(Button):
    """Listens for keys from ``listen`` to ``stop``; says what was pressed and decides nothing."""

    listening = False  # Qt sends events before `__init__` is through

    pressed_keys = Signal(object)  # a QKeyEvent, of a key that is no modifier
    cleared = Signal()
    left = Signal()  # without a choice

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "")
        self.setAccessibleDescription(
            self.tr("Listens for other keys. Backspace takes the shortcut away, Esc keeps it.")
        )

    def listen(self) -> None:
        """From now on keys are what is asked for, not orders."""
        self.listening = True
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.theme.focus_ring.show_around(self, self.radius)
        # Else a key that another program has would go there, and nobody would learn why.
        self.grabKeyboard()
        self._show_held(Qt.KeyboardModifier.NoModifier)

    def stop(self) -> None:
        """Keys are orders again."""
        if self.listening:
            self.listening = False
            self.releaseKeyboard()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(max(hint.width(), self.theme.px(_WIDTH)), hint.height())

    def event(self, event: QEvent) -> bool:
        if self.listening and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()  # no shortcut of the window runs now
                return True
            # Qt would move the focus before `keyPressEvent` sees it.
            tab = event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
            if tab and event.type() == QEvent.Type.KeyPress and _writes_nothing(event):
                self.keyPressEvent(event)
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.listening:
            super().keyPressEvent(event)
            return
        event.accept()
        alone = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if event.isAutoRepeat():
            return
        if event.key() in _MODIFIER_KEYS:
            self._show_held(event.modifiers())
        elif alone and event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif alone and event.key() == Qt.Key.Key_Backspace:
            self.cleared.emit()
        else:
            self.pressed_keys.emit(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self.listening:
            super().keyReleaseEvent(event)
            return
        event.accept()
        if event.key() in _MODIFIER_KEYS:
            self._show_held(event.modifiers())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.listening:
            self.left.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self.listening:
            self.left.emit()

    def _show_held(self, modifiers: Qt.KeyboardModifier) -> None:
        held = [name for modifier, name in _HELD.items() if modifiers & modifier]
        if held:
            # A letter stands for the key that is still to come.
            keys = Chord.parse("+".join([*held, "A"])).for_people()
            self.setText(f"{keys[:-1].rstrip()} …")
        else:
            self.setText(self.tr("Press the keys"))
        self.setAccessibleName(self.tr("Shortcut: {0}").format(self.text()))
        self.refresh()


def _held(event: QKeyEvent) -> list[str]:
    return [name for modifier, name in _HELD.items() if event.modifiers() & modifier]


def _writes_nothing(event: QKeyEvent) -> bool:
    """Whether Ctrl, Alt or Meta is held."""
    return bool(set(_held(event)) - {"Shift"})
