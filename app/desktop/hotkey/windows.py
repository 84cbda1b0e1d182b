"""The hotkey on Windows: RegisterHotKey. Only this chord reaches us.

Written from the documentation; its tables and its dealing with errors are tested with a library
that stands in for user32, and it has not been run on Windows.
"""

import ctypes
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QCoreApplication, QObject

from app.desktop.hotkey.backend import Backend
from app.desktop.hotkey.keys import Chord, Modifier

_MODIFIERS: dict[Modifier, int] = {"Alt": 0x1, "Ctrl": 0x2, "Shift": 0x4, "Meta": 0x8}
_NO_REPEAT = 0x4000
_WM_HOTKEY = 0x0312
_ALREADY_REGISTERED = 1409
_TO_CHARACTER = 2  # MAPVK_VK_TO_CHAR
_ID, _TRIAL_ID = 1, 2  # of our hotkeys, among those of this thread

# Virtual-key codes by the names of our keys; a letter's or digit's is its ASCII code.
_KEYS = {
    "Space": 0x20,
    "Tab": 0x09,
    "Return": 0x0D,
    "Esc": 0x1B,
    "Backspace": 0x08,
    "Ins": 0x2D,
    "Del": 0x2E,
    "Home": 0x24,
    "End": 0x23,
    "PgUp": 0x21,
    "PgDown": 0x22,
    "Left": 0x25,
    "Up": 0x26,
    "Right": 0x27,
    "Down": 0x28,
    "Print": 0x2C,
    "Pause": 0x13,
    "ScrollLock": 0x91,
    "Menu": 0x5D,
    **{f"F{number}": 0x6F + number for number in range(1, 25)},
}
_NAMES = {code: name for name, code in _KEYS.items()}


class _Message(ctypes.Structure):
    """The MSG of Windows, as far as it is read here."""

    _fields_ = (
        ("hwnd", ctypes.c_void_p),
        ("message", ctypes.c_uint),
        ("wparam", ctypes.c_size_t),
    )


class _Filter(QAbstractNativeEventFilter):
    def __init__(self, windows: "Windows") -> None:
        super().__init__()
        self._windows = windows

    def nativeEventFilter(
        self, kind: QByteArray | bytes | bytearray | memoryview, address: int
    ) -> tuple[bool, int]:
        if bytes(kind) == b"windows_generic_MSG":  # type: ignore[arg-type]
            message = _Message.from_address(int(address))
            if message.message == _WM_HOTKEY and message.wparam == _ID:
                self._windows.pressed.emit()
                return True, 0
        return False, 0


class Windows(Backend):
    """A hotkey of the thread that it is made in, which has to be the one with the event loop."""

    def __init__(
        self,
        user32: Any = None,
        last_error: Callable[[], int] | None = None,
        parent: QObject | None = None,
    ) -> None:
        """``user32`` is the system's own unless given, and ``last_error`` tells of its last call.
        OSError where there is none."""
        super().__init__(parent)
        self._user32 = user32 or _user32()
        self._last_error = last_error or _last_error
        self._chord: Chord | None = None
        self.filter = _Filter(self)
        app = QCoreApplication.instance()
        if app is not None:
            app.installNativeEventFilter(self.filter)

    def bind(self, chord: Chord | None) -> None:
        self._release()
        if chord is None:
            self.reported.emit("off", "")
            return
        error = self._register(_ID, chord)
        if error == 0:
            self._chord = chord
            self.reported.emit("active", "")
        else:
            self.reported.emit("taken" if error == _ALREADY_REGISTERED else "unavailable", "")

    def is_free(self, chord: Chord) -> bool:
        if chord == self._chord:
            return True
        if self._register(_TRIAL_ID, chord) != 0:
            return False
        self._user32.UnregisterHotKey(None, _TRIAL_ID)
        return True

    def key_at(self, scan_code: int, virtual_key: int) -> str:
        name = _NAMES.get(virtual_key)
        if name is not None:
            return name
        # A dead key has the highest bit set.
        point = self._user32.MapVirtualKeyW(virtual_key, _TO_CHARACTER) & 0x7FFFFFFF
        if not 0x20 < point < 0x10000 or not chr(point).isprintable():
            return ""
        return chr(point).upper() if len(chr(point).upper()) == 1 else chr(point)

    def close(self) -> None:
        self._release()
        app = QCoreApplication.instance()
        if app is not None:
            app.removeNativeEventFilter(self.filter)

    # -- inside -----------------------------------------------------------------------------

    def _release(self) -> None:
        if self._chord is not None:
            self._chord = None
            self._user32.UnregisterHotKey(None, _ID)

    def _register(self, number: int, chord: Chord) -> int:
        """0, or what Windows calls the error."""
        code = self._code_of(chord.key)
        if code is None:
            return -1
        held = _NO_REPEAT
        for modifier in chord.modifiers:
            held |= _MODIFIERS[modifier]
        if self._user32.RegisterHotKey(None, number, held, code):
            return 0
        return self._last_error() or -1

    def _code_of(self, key: str) -> int | None:
        if key in _KEYS:
            return _KEYS[key]
        if key.isascii() and key.isalnum():
            return ord(key)
        # Of what is on a key twice, the keyboard tells the code in the low byte; -1 is none.
        found = self._user32.VkKeyScanW(ord(key.lower()) if len(key.lower()) == 1 else ord(key))
        return None if found & 0xFFFF == 0xFFFF else found & 0xFF


def _user32() -> Any:
    if not hasattr(ctypes, "WinDLL"):
        raise OSError("user32 is not on this system")
    return ctypes.WinDLL("user32", use_last_error=True)


def _last_error() -> int:
    return int(ctypes.get_last_error())  # type: ignore[attr-defined]
