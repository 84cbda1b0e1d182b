"""The hotkey on X11: a passive grab of one key. No other key reaches us."""

import contextlib
from collections.abc import Iterator
from typing import Any

import xcffib
import xcffib.xproto as xproto
from PySide6.QtCore import QObject, QSocketNotifier

from app.desktop.hotkey.backend import Backend, State
from app.desktop.hotkey.keys import Chord, Modifier

# Names of keys → their X keysyms. What is missing here is a character, see `keysym_of`.
_KEYSYMS = {
    "Space": 0x20,
    "Tab": 0xFF09,
    "Return": 0xFF0D,
    "Esc": 0xFF1B,
    "Backspace": 0xFF08,
    "Ins": 0xFF63,
    "Del": 0xFFFF,
    "Home": 0xFF50,
    "End": 0xFF57,
    "PgUp": 0xFF55,
    "PgDown": 0xFF56,
    "Left": 0xFF51,
    "Up": 0xFF52,
    "Right": 0xFF53,
    "Down": 0xFF54,
    "Print": 0xFF61,
    "Pause": 0xFF13,
    "ScrollLock": 0xFF14,
    "Menu": 0xFF67,
    **{f"F{number}": 0xFFBD + number for number in range(1, 25)},
}
_NAMES = {keysym: name for name, keysym in _KEYSYMS.items()}
# Where a US keyboard has them, by X keycode (evdev's and 8). For layouts that lack a character:
# on a Russian keyboard Ctrl+Shift+A is taken where the A is printed.
_ROWS = ((10, "1234567890-="), (24, "QWERTYUIOP[]"), (38, "ASDFGHJKL;'`"), (51, "\\ZXCVBNM,./"))
_PLACES = {key: first + index for first, row in _ROWS for index, key in enumerate(row)}
_KEYS_AT = {place: key for key, place in _PLACES.items()}

_NUM_LOCK, _ALTS, _METAS = 0xFF7F, (0xFFE9, 0xFFEA, 0xFFE7, 0xFFE8), (0xFFEB, 0xFFEC)
_LOCK = xproto.ModMask.Lock
_Grabs = frozenset[tuple[int, int]]  # (keycode, modifiers)


def keysym_of(key: str) -> int:
    """The X keysym of a key of a chord: the one it has without Shift."""
    known = _KEYSYMS.get(key)
    if known is not None:
        return known
    point = ord(key.lower()) if len(key.lower()) == 1 else ord(key)
    return point if point < 0x100 else 0x01000000 + point


class X11(Backend):
    """Grabs on a connection of its own, so that Qt's never sees these keys."""

    def __init__(self, display: str | None = None, parent: QObject | None = None) -> None:
        """``display`` as in DISPLAY, None for that. OSError if there is none."""
        super().__init__(parent)
        try:
            # The library's own types do not reach its requests.
            self._server: Any = xcffib.connect(display)  # type: ignore[no-untyped-call]
            setup = self._server.get_setup()
        except xcffib.ConnectionException as error:
            raise OSError("no X display") from error
        self._roots = [screen.root for screen in setup.roots]
        self._first, self._last = setup.min_keycode, setup.max_keycode
        self._chord: Chord | None = None
        self._grabs: _Grabs = frozenset()
        self._released_at = -1
        self._notifier = QSocketNotifier(
            self._server.get_file_descriptor(), QSocketNotifier.Type.Read, self
        )
        self._notifier.activated.connect(self._read)
        self._open = True
        with self._alive():
            self._look_at_keyboard()

    def bind(self, chord: Chord | None) -> None:
        self._chord = chord
        self._take()

    def is_free(self, chord: Chord) -> bool:
        if not self._open:
            return True
        free = True
        with self._alive():
            grabs = self._grabs_of(chord)
            free = bool(grabs) and self._grab(grabs - self._grabs)
            self._ungrab(grabs - self._grabs)
        self._read()
        return free

    def key_at(self, scan_code: int, virtual_key: int) -> str:
        columns = self._keysyms.get(scan_code)
        if columns is None:
            return ""
        keysym = columns[0]
        if keysym in _NAMES:
            return _NAMES[keysym]
        if 0x20 < keysym < 0x7F or 0xA0 < keysym < 0x100:
            character = chr(keysym).upper()
            return character if len(character) == 1 else chr(keysym)
        return _KEYS_AT.get(scan_code, "")  # another script than Latin

    def close(self) -> None:
        if self._open:
            with self._alive():
                self._ungrab(self._grabs)
                self._server.core.GetInputFocus().reply()  # whoever comes next may have it now
        self._end()

    # -- inside -----------------------------------------------------------------------------

    def _take(self) -> None:
        """Grab the chord as the keyboard is now, and tell how that went."""
        if not self._open:
            self.reported.emit("off" if self._chord is None else "unavailable", "")
            return
        with self._alive():
            self._ungrab(self._grabs)
            self._grabs = frozenset()
            self.reported.emit(self._state_of_taking(), "")
        self._read()

    def _state_of_taking(self) -> State:
        if self._chord is None:
            return "off"
        grabs = self._grabs_of(self._chord)
        if not grabs:  # no key of this keyboard writes it; another layout may come
            return "unavailable"
        if self._grab(grabs):
            self._grabs = grabs
            return "active"
        self._ungrab(grabs)
        return "taken"

    def _grabs_of(self, chord: Chord) -> _Grabs:
        masks: dict[Modifier, int] = {
            "Ctrl": xproto.ModMask.Control,
            "Shift": xproto.ModMask.Shift,
            "Alt": self._alt,
            "Meta": self._meta,
        }
        held = 0
        for modifier in chord.modifiers:
            held |= masks[modifier]
        locks = {held, held | _LOCK, held | self._num_lock, held | _LOCK | self._num_lock}
        return frozenset((code, mask) for code in self._codes_of(chord.key) for mask in locks)

    def _codes_of(self, key: str) -> list[int]:
        """The keycodes that write ``key``, on the first level where any does."""
        keysym = keysym_of(key)
        width = max(map(len, self._keysyms.values()), default=0)
        for column in range(width):
            found = [
                code
                for code, keysyms in self._keysyms.items()
                if column < len(keysyms) and keysyms[column] == keysym
            ]
            if found:
                return found
        return [_PLACES[key]] if key in _PLACES else []

    def _grab(self, grabs: _Grabs) -> bool:
        """False if another program has one of them; some may have been grabbed then."""
        how = xproto.GrabMode.Async
        cookies = [
            self._server.core.GrabKey(False, root, mask, code, how, how, is_checked=True)
            for root in self._roots
            for code, mask in grabs
        ]
        refused = False
        for cookie in cookies:
            try:
                cookie.check()
            except (xproto.AccessError, xproto.BadAccess):
                refused = True
        return not refused

    def _ungrab(self, grabs: _Grabs) -> None:
        for root in self._roots:
            for code, mask in grabs:
                self._server.core.UngrabKey(code, root, mask)
        self._server.flush()

    def _look_at_keyboard(self) -> None:
        count = self._last - self._first + 1
        mapping = self._server.core.GetKeyboardMapping(self._first, count).reply()
        width, keysyms = mapping.keysyms_per_keycode, list(mapping.keysyms)
        self._keysyms = {
            self._first + index: keysyms[index * width : (index + 1) * width]
            for index in range(count)
        }
        modifiers = self._server.core.GetModifierMapping().reply()
        width, codes = modifiers.keycodes_per_modifier, list(modifiers.keycodes)

        def mask_of(*wanted: int) -> int:
            for number in range(3, 8):  # Mod1 … Mod5
                for code in codes[number * width : (number + 1) * width]:
                    if not set(wanted).isdisjoint(self._keysyms.get(code, ())):
                        return 1 << number
            return 0

        self._num_lock = mask_of(_NUM_LOCK) or xproto.ModMask._2
        self._alt = mask_of(*_ALTS) or xproto.ModMask._1
        self._meta = mask_of(*_METAS) or xproto.ModMask._4

    def _read(self) -> None:
        """Take up what the server has sent, until there is nothing left: whatever came in beside
        an answer waits inside the library, and does not wake the notifier."""
        changed = True
        while changed and self._open:
            presses, changed = self._events()
            for _ in range(presses):
                self.pressed.emit()
            if changed:
                self._follow_keyboard()

    def _events(self) -> tuple[int, bool]:
        """How often the chord was pressed, and whether the keyboard has changed."""
        presses, changed = 0, False
        with self._alive():
            while self._open and (event := self._server.poll_for_event()) is not None:
                if isinstance(event, xproto.KeyPressEvent):
                    # A key that repeats is let go and pressed again within the same millisecond.
                    presses += event.time != self._released_at
                elif isinstance(event, xproto.KeyReleaseEvent):
                    self._released_at = event.time
                elif isinstance(event, xproto.MappingNotifyEvent):
                    changed = changed or event.request != xproto.Mapping.Pointer
        return presses, changed

    def _follow_keyboard(self) -> None:
        with self._alive():
            self._look_at_keyboard()
            if self._chord is not None and self._grabs_of(self._chord) != self._grabs:
                self._take()

    @contextlib.contextmanager
    def _alive(self) -> Iterator[None]:
        """A server that is gone ends the hotkey, and nothing else."""
        try:
            yield
        except xcffib.ConnectionException:
            self._end()
            self.reported.emit("off" if self._chord is None else "unavailable", "")

    def _end(self) -> None:
        if self._open:
            self._open = False
            self._grabs = frozenset()
            self._notifier.setEnabled(False)
            self._server.disconnect()
