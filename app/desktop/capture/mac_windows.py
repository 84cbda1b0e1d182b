"""The windows of a macOS desktop. No Qt. Not run on macOS so far."""

import ctypes
from ctypes import byref, c_bool, c_char_p, c_double, c_int, c_long, c_uint32, c_void_p
from ctypes.util import find_library
from typing import Any

from app.desktop.capture.what import Region

_ON_SCREEN_ONLY, _NO_DESKTOP = 1, 16
_UTF8, _INT = 0x08000100, 9


class _Rect(ctypes.Structure):
    _fields_ = (("x", c_double), ("y", c_double), ("width", c_double), ("height", c_double))


class MacWindows:
    """Asks the window server. Places are in points, as Qt's are. It tells titles only to programs
    that may record the screen."""

    def __init__(self) -> None:
        self._core: Any = ctypes.CDLL(find_library("CoreFoundation") or "")
        self._graphics: Any = ctypes.CDLL(find_library("CoreGraphics") or "")
        core, graphics = self._core, self._graphics
        graphics.CGWindowListCopyWindowInfo.restype = c_void_p
        graphics.CGWindowListCopyWindowInfo.argtypes = (c_uint32, c_uint32)
        graphics.CGRectMakeWithDictionaryRepresentation.restype = c_bool
        graphics.CGRectMakeWithDictionaryRepresentation.argtypes = (c_void_p, c_void_p)
        core.CFArrayGetCount.restype = c_long
        core.CFArrayGetCount.argtypes = (c_void_p,)
        core.CFArrayGetValueAtIndex.restype = c_void_p
        core.CFArrayGetValueAtIndex.argtypes = (c_void_p, c_long)
        core.CFDictionaryGetValue.restype = c_void_p
        core.CFDictionaryGetValue.argtypes = (c_void_p, c_void_p)
        core.CFNumberGetValue.restype = c_bool
        core.CFNumberGetValue.argtypes = (c_void_p, c_int, c_void_p)
        core.CFStringGetCString.restype = c_bool
        core.CFStringGetCString.argtypes = (c_void_p, c_char_p, c_long, c_uint32)
        core.CFRelease.argtypes = (c_void_p,)

    def shown(self) -> tuple[tuple[str, Region], ...]:
        """Title and place of each window that can be seen, topmost first."""
        core = self._core
        windows = self._graphics.CGWindowListCopyWindowInfo(_ON_SCREEN_ONLY | _NO_DESKTOP, 0)
        if not windows:
            return ()
        try:
            listed = [
                core.CFArrayGetValueAtIndex(windows, index)
                for index in range(core.CFArrayGetCount(windows))
            ]
            return tuple(
                (self._text(one, "kCGWindowName") or self._text(one, "kCGWindowOwnerName"), place)
                for one in listed
                # Layer 0 has the windows of programs, the others menus, the dock, the pointer.
                if self._layer(one) == 0 and (place := self._place(one)) is not None
            )
        finally:
            core.CFRelease(windows)

    def active(self) -> Region | None:
        """Where the topmost window lies."""
        windows = self.shown()
        return windows[0][1] if windows else None

    def close(self) -> None:
        """There is nothing to let go of."""

    def _value(self, window: int, key: str) -> int | None:
        name = c_void_p.in_dll(self._graphics, key)
        value: int | None = self._core.CFDictionaryGetValue(window, name)
        return value

    def _layer(self, window: int) -> int:
        number, value = c_int(-1), self._value(window, "kCGWindowLayer")
        if value:
            self._core.CFNumberGetValue(value, _INT, byref(number))
        return number.value

    def _place(self, window: int) -> Region | None:
        rect, value = _Rect(), self._value(window, "kCGWindowBounds")
        if not value or not self._graphics.CGRectMakeWithDictionaryRepresentation(
            value, byref(rect)
        ):
            return None
        place = Region(*(round(edge) for edge in (rect.x, rect.y, rect.width, rect.height)))
        return place if place.width > 0 and place.height > 0 else None

    def _text(self, window: int, key: str) -> str:
        value = self._value(window, key)
        buffer = ctypes.create_string_buffer(2048)
        if not value or not self._core.CFStringGetCString(value, buffer, len(buffer), _UTF8):
            return ""
        return buffer.value.decode("utf-8", "replace")
