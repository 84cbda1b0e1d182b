"""The windows of a Windows desktop. No Qt. Not run on Windows so far."""

import ctypes
from ctypes import byref, c_bool, c_int, c_long, c_void_p, create_unicode_buffer, sizeof
from typing import Any

from app.desktop.capture.what import Region

# DwmGetWindowAttribute
_EXTENDED_FRAME_BOUNDS, _CLOAKED = 9, 14
_GWL_EXSTYLE, _TOOL_WINDOW = -20, 0x80
_SHELL = ("Progman", "WorkerW")  # the desktop itself


class _Rect(ctypes.Structure):
    _fields_ = (("left", c_long), ("top", c_long), ("right", c_long), ("bottom", c_long))


class Win32Windows:
    """Asks the window manager. Places are in pixels of the screen, if the program is aware of
    each monitor's scale, as Qt and mss both see to."""

    def __init__(self) -> None:
        self._user: Any = ctypes.windll.user32  # type: ignore[attr-defined]
        self._dwm: Any = ctypes.windll.dwmapi  # type: ignore[attr-defined]
        self._user.GetForegroundWindow.restype = c_void_p

    def shown(self) -> tuple[tuple[str, Region], ...]:
        """Title and place of each window that can be seen, topmost first."""
        handles: list[int] = []
        kind: Any = ctypes.WINFUNCTYPE(c_bool, c_void_p, c_void_p)  # type: ignore[attr-defined]

        def see(handle: int, _: int) -> bool:
            handles.append(handle)
            return True

        self._user.EnumWindows(kind(see), None)  # from the topmost one down
        return tuple(
            (self._text(handle, "GetWindowTextW"), place)
            for handle in handles
            if self._is_seen(handle) and (place := self._place(handle)) is not None
        )

    def active(self) -> Region | None:
        """Where the window lies that has the keyboard."""
        handle = self._user.GetForegroundWindow()
        return self._place(handle) if handle else None

    def close(self) -> None:
        """There is nothing to let go of."""

    def _is_seen(self, handle: int) -> bool:
        pointer = c_void_p(handle)
        if not self._user.IsWindowVisible(pointer) or self._user.IsIconic(pointer):
            return False
        # Store programs keep windows that are visible in all but name.
        cloaked = c_int(0)
        self._dwm.DwmGetWindowAttribute(pointer, _CLOAKED, byref(cloaked), sizeof(cloaked))
        if cloaked.value or self._user.GetWindowLongW(pointer, _GWL_EXSTYLE) & _TOOL_WINDOW:
            return False
        return self._text(handle, "GetClassNameW") not in _SHELL

    def _place(self, handle: int) -> Region | None:
        rect = _Rect()
        # Without the shadow, which GetWindowRect counts in.
        failed = self._dwm.DwmGetWindowAttribute(
            c_void_p(handle), _EXTENDED_FRAME_BOUNDS, byref(rect), sizeof(rect)
        )
        if failed and not self._user.GetWindowRect(c_void_p(handle), byref(rect)):
            return None
        width, height = rect.right - rect.left, rect.bottom - rect.top
        return Region(rect.left, rect.top, width, height) if width > 0 and height > 0 else None

    def _text(self, handle: int, function: str) -> str:
        buffer = create_unicode_buffer(512)
        getattr(self._user, function)(c_void_p(handle), buffer, len(buffer))
        return buffer.value
