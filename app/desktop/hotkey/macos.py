"""The hotkey on macOS: Carbon's RegisterEventHotKey. It needs no permission, and only this chord
reaches us.

Written from the documentation; its tables and its dealing with errors are tested with a library
that stands in for Carbon, and it has not been run on macOS.
"""

import ctypes
from typing import Any

from PySide6.QtCore import QObject

from app.desktop.hotkey.backend import Backend
from app.desktop.hotkey.keys import Chord, Modifier

_CARBON = "/System/Library/Frameworks/Carbon.framework/Carbon"
# "Ctrl" is Command and "Meta" is Control, as Qt has it.
_MODIFIERS: dict[Modifier, int] = {"Ctrl": 0x0100, "Shift": 0x0200, "Alt": 0x0800, "Meta": 0x1000}
_SIGNATURE = int.from_bytes(b"Fact", "big")
_KEYBOARD_EVENTS, _HOTKEY_PRESSED = int.from_bytes(b"keyb", "big"), 5
_EXCLUSIVE = 1
_EXISTS = -9878  # eventHotKeyExistsErr
_HANDLED = 0

# Virtual key codes. They name places; those of characters are the places on a US keyboard.
_KEYS = {
    "Space": 0x31,
    "Tab": 0x30,
    "Return": 0x24,
    "Esc": 0x35,
    "Backspace": 0x33,
    "Ins": 0x72,
    "Del": 0x75,
    "Home": 0x73,
    "End": 0x77,
    "PgUp": 0x74,
    "PgDown": 0x79,
    "Left": 0x7B,
    "Right": 0x7C,
    "Down": 0x7D,
    "Up": 0x7E,
    "Menu": 0x6E,
    **dict(
        zip(
            (f"F{number}" for number in range(1, 21)),
            (0x7A, 0x78, 0x63, 0x76, 0x60, 0x61, 0x62, 0x64, 0x65, 0x6D)
            + (0x67, 0x6F, 0x69, 0x6B, 0x71, 0x6A, 0x40, 0x4F, 0x50, 0x5A),
            strict=True,
        )
    ),
    **dict(zip("ASDFHGZXCV", range(0x0A), strict=True)),
    **dict(zip("BQWERYT123465=97-80]OU[IP", range(0x0B, 0x24), strict=True)),
    **dict(zip("LJ'K;\\,/NM.", range(0x25, 0x30), strict=True)),
    "`": 0x32,
}
_NAMES = {code: name for name, code in _KEYS.items()}


class _EventType(ctypes.Structure):
    _fields_ = (("event_class", ctypes.c_uint32), ("kind", ctypes.c_uint32))


class _HotKeyId(ctypes.Structure):
    _fields_ = (("signature", ctypes.c_uint32), ("number", ctypes.c_uint32))


_Handler = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


class MacOS(Backend):
    """Events arrive in the application's own loop."""

    def __init__(self, carbon: Any = None, parent: QObject | None = None) -> None:
        """``carbon`` is the system's own unless given. OSError where there is none."""
        super().__init__(parent)
        self._carbon = carbon or _declared(ctypes.CDLL(_CARBON))
        self._hotkey: ctypes.c_void_p | None = None
        self._chord: Chord | None = None
        self._handler = _Handler(self._handle)  # kept alive as long as Carbon may call it
        self._installed = ctypes.c_void_p()
        kind = _EventType(_KEYBOARD_EVENTS, _HOTKEY_PRESSED)
        self._target = self._carbon.GetEventDispatcherTarget()
        status = self._carbon.InstallEventHandler(
            self._target, self._handler, 1, ctypes.byref(kind), None, ctypes.byref(self._installed)
        )
        if status != 0:
            raise OSError(f"no event handler: {status}")

    def bind(self, chord: Chord | None) -> None:
        self._release()
        if chord is None:
            self.reported.emit("off", "")
            return
        self._hotkey, status = self._register(chord)
        if self._hotkey is not None:
            self._chord = chord
            self.reported.emit("active", "")
        else:
            self.reported.emit("taken" if status == _EXISTS else "unavailable", "")

    def is_free(self, chord: Chord) -> bool:
        if chord == self._chord:
            return True
        hotkey, _status = self._register(chord)
        if hotkey is None:
            return False
        self._carbon.UnregisterEventHotKey(hotkey)
        return True

    def key_at(self, scan_code: int, virtual_key: int) -> str:
        return _NAMES.get(virtual_key, "")

    def close(self) -> None:
        self._release()
        if self._installed:
            self._carbon.RemoveEventHandler(self._installed)
            self._installed = ctypes.c_void_p()

    # -- inside -----------------------------------------------------------------------------

    def _register(self, chord: Chord) -> tuple[ctypes.c_void_p | None, int]:
        code = _KEYS.get(chord.key)
        if code is None:
            return None, -1
        held = 0
        for modifier in chord.modifiers:
            held |= _MODIFIERS[modifier]
        hotkey = ctypes.c_void_p()
        status = self._carbon.RegisterEventHotKey(
            code, held, _HotKeyId(_SIGNATURE, 1), self._target, _EXCLUSIVE, ctypes.byref(hotkey)
        )
        return (hotkey, 0) if status == 0 else (None, int(status))

    def _release(self) -> None:
        if self._hotkey is not None:
            self._carbon.UnregisterEventHotKey(self._hotkey)
            self._hotkey = None
            self._chord = None

    def _handle(self, _next: int | None, _event: int | None, _data: int | None) -> int:
        # The one hotkey that this program has: Carbon sends no other's here.
        self.pressed.emit()
        return _HANDLED


def _declared(carbon: Any) -> Any:
    """``carbon`` with its signatures: pointers have 64 bits, which ctypes would cut."""
    pointer, unsigned = ctypes.c_void_p, ctypes.c_uint32
    carbon.GetEventDispatcherTarget.restype = pointer
    carbon.InstallEventHandler.argtypes = (
        (pointer, _Handler, ctypes.c_ulong)
        + (ctypes.POINTER(_EventType), pointer, ctypes.POINTER(pointer))
    )  # fmt: skip
    carbon.RegisterEventHotKey.argtypes = (
        (unsigned, unsigned, _HotKeyId, pointer, unsigned) + (ctypes.POINTER(pointer),)
    )  # fmt: skip
    carbon.UnregisterEventHotKey.argtypes = (pointer,)
    carbon.RemoveEventHandler.argtypes = (pointer,)
    for name in ("InstallEventHandler", "RegisterEventHotKey", "UnregisterEventHotKey"):
        getattr(carbon, name).restype = ctypes.c_int32
    return carbon
