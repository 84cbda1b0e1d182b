"""The windows of an X11 desktop, as its window manager lists them. No Qt."""

import struct
from collections.abc import Iterator, Sequence
from typing import Any

import xcffib
import xcffib.xproto as xproto

from app.desktop.capture.what import Region

_EVERY_DESKTOP = 0xFFFFFFFF
_LONGEST = 2**16  # of a property, in units of four bytes
_HIDDEN, _BACKGROUND = "_NET_WM_STATE_HIDDEN", "_NET_WM_WINDOW_TYPE_DESKTOP"


class X11Windows:
    """Asks the X server over a connection of its own, which stays open."""

    def __init__(self) -> None:
        self._connection: Any = None
        self._atoms: dict[str, int] = {}

    def shown(self) -> tuple[tuple[str, Region], ...]:
        """Title and place, with its frame, of each window that can be seen, topmost first. None
        where no window manager lists them."""
        try:
            desk = self._desk()
            listed = desk.numbers(desk.property(desk.root, "_NET_CLIENT_LIST_STACKING"))
            current = desk.numbers(desk.property(desk.root, "_NET_CURRENT_DESKTOP"))
            # All are asked for before the first answer is waited for.
            asked = [_Asked(desk, window) for window in reversed(listed)]
            return tuple(_visible(asked, current[0] if current else _EVERY_DESKTOP))
        except xcffib.ConnectionException:
            self.close()
            return ()

    def active(self) -> Region | None:
        """Where the window lies that has the keyboard; None if no window manager tells."""
        try:
            desk = self._desk()
            active = desk.numbers(desk.property(desk.root, "_NET_ACTIVE_WINDOW"))
            return _Asked(desk, active[0]).place() if active and active[0] else None
        except xcffib.ConnectionException:
            self.close()
            return None

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.disconnect()
            self._connection = None

    def _desk(self) -> "_Desk":
        if self._connection is None:
            self._connection = xcffib.Connection()  # type: ignore[no-untyped-call]
            self._atoms = {}
        return _Desk(self._connection, self._atoms)


class _Desk:
    """One round of questions. ``atoms`` are those known from earlier ones."""

    def __init__(self, connection: Any, atoms: dict[str, int]) -> None:
        self.core = connection.core
        self.root: int = connection.get_setup().roots[connection.pref_screen].root
        self._atoms = atoms

    def atom(self, name: str) -> int:
        if name not in self._atoms:
            self._atoms[name] = self.core.InternAtom(False, len(name), name).reply().atom
        return self._atoms[name]

    def property(self, window: int, name: str) -> Any:
        """What to read a property from."""
        kind = xproto.GetPropertyType.Any
        return self.core.GetProperty(False, window, self.atom(name), kind, 0, _LONGEST)

    def numbers(self, cookie: Any) -> tuple[int, ...]:
        """A property of 32-bit numbers; none if there is none, or its window is gone."""
        reply = _reply(cookie)
        if reply is None or reply.format != 32:
            return ()
        return struct.unpack(f"={reply.value_len}I", reply.value.buf())

    def text(self, *cookies: Any) -> str:
        """The first of these properties that says something."""
        for cookie in cookies:
            reply = _reply(cookie)
            if reply is not None and reply.format == 8 and reply.value_len:
                return bytes(reply.value.buf()).decode("utf-8", "replace").strip("\0")
        return ""


class _Asked:
    """A window of which everything has been asked, and nothing answered yet."""

    def __init__(self, desk: _Desk, window: int) -> None:
        self._desk = desk
        self._geometry = desk.core.GetGeometry(window)
        self._corner = desk.core.TranslateCoordinates(window, desk.root, 0, 0)
        self._attributes = desk.core.GetWindowAttributes(window)
        self._names = [desk.property(window, name) for name in ("_NET_WM_NAME", "WM_NAME")]
        self._state = desk.property(window, "_NET_WM_STATE")
        self._kind = desk.property(window, "_NET_WM_WINDOW_TYPE")
        self._on = desk.property(window, "_NET_WM_DESKTOP")
        self._frame = desk.property(window, "_NET_FRAME_EXTENTS")
        self._shadow = desk.property(window, "_GTK_FRAME_EXTENTS")

    def title(self) -> str:
        return self._desk.text(*self._names)

    def place(self) -> Region | None:
        """With the frame that the window manager draws, and without the shadow that the program
        does. None if the window is gone."""
        geometry, corner = _reply(self._geometry), _reply(self._corner)
        if geometry is None or corner is None:
            return None
        left, right, top, bottom = _edges(self._desk.numbers(self._frame))
        in_left, in_right, in_top, in_bottom = _edges(self._desk.numbers(self._shadow))
        return Region(
            corner.dst_x - left + in_left,
            corner.dst_y - top + in_top,
            geometry.width + left + right - in_left - in_right,
            geometry.height + top + bottom - in_top - in_bottom,
        )

    def is_visible(self, desktop: int) -> bool:
        """Whether it is drawn on ``desktop``, and is not what lies under all others."""
        attributes, desk = _reply(self._attributes), self._desk
        if attributes is None or attributes.override_redirect:
            return False
        if attributes.map_state != xproto.MapState.Viewable:
            return False
        if desk.atom(_HIDDEN) in desk.numbers(self._state):
            return False
        if desk.atom(_BACKGROUND) in desk.numbers(self._kind):
            return False
        on = desk.numbers(self._on)
        return not on or desktop == _EVERY_DESKTOP or on[0] in (desktop, _EVERY_DESKTOP)


def _visible(asked: Sequence[_Asked], desktop: int) -> Iterator[tuple[str, Region]]:
    for window in asked:
        place = window.place()
        if window.is_visible(desktop) and place and place.width > 0 and place.height > 0:
            yield window.title(), place


def _edges(numbers: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Left, right, top and bottom."""
    return (0, 0, 0, 0) if len(numbers) < 4 else (numbers[0], numbers[1], numbers[2], numbers[3])


def _reply(cookie: Any) -> Any:
    """The answer; None if what was asked about is gone."""
    try:
        return cookie.reply()
    except xcffib.Error:
        return None
