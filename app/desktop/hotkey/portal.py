"""The hotkey on Wayland: the portal GlobalShortcuts. The person may choose other keys."""

import contextlib
import itertools
import socket
import threading
import time
from typing import Any

from jeepney import (
    DBusAddress,
    HeaderFields,
    MatchRule,
    Message,
    MessageType,
    message_bus,
    new_method_call,
)
from jeepney.io.blocking import open_dbus_connection
from PySide6.QtCore import QObject, Signal

from app.desktop.hotkey.backend import Backend, State
from app.desktop.hotkey.keys import Chord

_BUS_NAME = "org.freedesktop.portal.Desktop"
_PATH = "/org/freedesktop/portal/desktop"
_SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
_REQUEST = "org.freedesktop.portal.Request"
_SESSION = "org.freedesktop.portal.Session"
_REGISTRY = "org.freedesktop.host.portal.Registry"
_OWNERS = MatchRule(
    type="signal",
    sender="org.freedesktop.DBus",
    interface="org.freedesktop.DBus",
    member="NameOwnerChanged",
)
_OWNERS.add_arg_condition(0, _BUS_NAME)
_ID = "shoot"  # systems remember the keys that were chosen for it

_REPLY_SECONDS = 5.0  # a portal that is there answers in milliseconds
_ASK_SECONDS = 60.0  # somebody reads a question and answers it

_MODIFIERS = {"Ctrl": "CTRL", "Alt": "ALT", "Shift": "SHIFT", "Meta": "LOGO"}
# Names of keys as xkbcommon has them, where they differ from ours.
_KEYS = {
    "Space": "space",
    "Esc": "Escape",
    "Backspace": "BackSpace",
    "Ins": "Insert",
    "Del": "Delete",
    "PgUp": "Prior",
    "PgDown": "Next",
    "ScrollLock": "Scroll_Lock",
    "-": "minus",
    "=": "equal",
    "+": "plus",
    "[": "bracketleft",
    "]": "bracketright",
    "\\": "backslash",
    ";": "semicolon",
    "'": "apostrophe",
    ",": "comma",
    ".": "period",
    "/": "slash",
    "`": "grave",
    "#": "numbersign",
    "<": "less",
}


def trigger_of(chord: Chord) -> str:
    """``chord`` as the portal takes it: "CTRL+SHIFT+space"."""
    key = _KEYS.get(chord.key)
    if key is None and len(chord.key) == 1:
        letter = chord.key.lower()
        key = letter if letter.isascii() and letter.isalnum() else f"U{ord(letter):04X}"
    held = [name for modifier, name in _MODIFIERS.items() if modifier in chord.modifiers]
    return "+".join([*held, key or chord.key])


class Portal(Backend):
    """Talks to the portal in a thread, on a connection that lasts as long as the shortcut."""

    lets_through = False  # to ask for it again might have the system ask the person again

    _told = Signal(object, str, str)  # the talk, and what is reported
    _fired = Signal(object)

    def __init__(
        self,
        app_id: str,
        words: str,
        parent: QObject | None = None,
        *,
        reply_seconds: float = _REPLY_SECONDS,
        ask_seconds: float = _ASK_SECONDS,
    ) -> None:
        """``app_id`` is the name of our .desktop file, without the ending; ``words`` say in the
        system's dialogs what the shortcut does."""
        super().__init__(parent)
        self._app_id, self._words = app_id, words
        self._seconds = (reply_seconds, ask_seconds)
        self._chord: Chord | None = None
        self._talk: _Talk | None = None
        self._told.connect(self._tell)
        self._fired.connect(self._fire)

    def bind(self, chord: Chord | None) -> None:
        if chord is not None and chord == self._chord:
            return  # what is known of it has been reported
        self._hang_up()
        self._chord = chord
        if chord is None:
            self.reported.emit("off", "")
            return
        self.reported.emit("asking", "")
        self._talk = _Talk(self, self._app_id, self._words, trigger_of(chord), self._seconds)
        self._talk.start()

    def is_free(self, chord: Chord) -> bool:
        return True  # the system asks the person

    def key_at(self, scan_code: int, virtual_key: int) -> str:
        return ""

    def close(self) -> None:
        self._chord = None
        self._hang_up()

    def tell(self, talk: "_Talk", state: State, trigger: str) -> None:
        """For the thread: report what has become of the shortcut."""
        self._told.emit(talk, state, trigger)

    def fire(self, talk: "_Talk") -> None:
        """For the thread: the shortcut was pressed."""
        self._fired.emit(talk)

    def _tell(self, talk: "_Talk", state: str, trigger: str) -> None:
        if talk is self._talk:  # no news of one that was given back meanwhile
            self.reported.emit(state, trigger)

    def _fire(self, talk: "_Talk") -> None:
        if talk is self._talk:
            self.pressed.emit()

    def _hang_up(self) -> None:
        talk, self._talk = self._talk, None
        if talk is not None:
            talk.end()


class _RefusedError(Exception):
    """The portal is not there or has gone, says no, or says nothing."""


class _Talk(threading.Thread):
    """One shortcut, from asking for it until it is given back. Only ``end`` is for others."""

    def __init__(
        self,
        portal: Portal,
        app_id: str,
        words: str,
        trigger: str,
        seconds: tuple[float, float],
    ) -> None:
        super().__init__(name="hotkey: portal", daemon=True)
        self._portal = portal
        self._app_id, self._words, self._trigger = app_id, words, trigger
        self._reply_seconds, self._ask_seconds = seconds
        self._lock = threading.Lock()  # over the two that `end` touches
        self._socket: socket.socket | None = None
        self._ended = False
        self._tokens = itertools.count(1)
        self._session = ""
        self._active = False  # as far as has been told
        self._lost = False  # the session is over
        self._come = False  # another portal is there
        self._responses: dict[str, tuple[int, dict[str, Any]]] = {}  # by the path of the request

    def run(self) -> None:
        try:
            with open_dbus_connection("SESSION") as self._bus:
                with self._lock:
                    self._socket = None if self._ended else self._bus.sock
                if self._socket is None:
                    return
                try:
                    self._converse()
                finally:
                    with self._lock:
                        self._socket = None
        except (OSError, KeyError, ValueError, RuntimeError, _RefusedError):
            # There is no bus, or it has gone.
            self._tell("unavailable")

    def end(self) -> None:
        """Give the shortcut back: with the connection, all that is bound to it ends."""
        with self._lock:
            self._ended = True
            if self._socket is not None:
                with contextlib.suppress(OSError):  # the bus has gone before
                    self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread
        self.join(2.0)

    # -- inside -----------------------------------------------------------------------------

    def _converse(self) -> None:
        """Have the shortcut, also from a portal that comes later or comes again. Never ends by
        itself: OSError once the connection is shut."""
        for rule in (
            MatchRule(type="signal", sender=_BUS_NAME, interface=_SHORTCUTS),
            MatchRule(type="signal", sender=_BUS_NAME, interface=_REQUEST),
            MatchRule(type="signal", sender=_BUS_NAME, interface=_SESSION),
            _OWNERS,
        ):
            self._call(message_bus.AddMatch(rule))
        while True:
            self._come = self._lost = False
            try:
                self._ask()
                while True:
                    self._next(None)
                    self._expect_session()
            except (_RefusedError, TimeoutError):
                self._session = ""
                self._tell("unavailable")
            while not self._come:
                self._next(None)

    def _ask(self) -> None:
        """Ask for the shortcut and tell what comes of it. _RefusedError if nothing does."""
        try:
            self._call(message_bus.StartServiceByName(_BUS_NAME))
        except _RefusedError:
            pass  # the bus can't start it, but it may run
        self._call(message_bus.GetNameOwner(_BUS_NAME))
        self._come = self._lost = False  # that was this one
        try:
            self._call(_method(_REGISTRY, "Register", "sa{sv}", (self._app_id, {})))
        except _RefusedError:
            pass  # an older portal, which knows us by other means or not at all
        session = {"session_handle_token": ("s", f"facet{next(self._tokens)}")}
        asked = self._request("CreateSession", "", (), session)
        made = self._answer(asked, self._reply_seconds)
        self._session = str(made.get("session_handle", ("s", ""))[1])
        wanted = {"description": ("s", self._words), "preferred_trigger": ("s", self._trigger)}
        asked = self._request(
            "BindShortcuts", "oa(sa{sv})s", (self._session, [(_ID, wanted)], ""), {}
        )
        try:
            bound = self._answer(asked, self._ask_seconds)
        except TimeoutError:
            self._tell("unavailable")
            bound = self._answer(asked, None)  # it may come all the same
        self._tell_of(bound.get("shortcuts", ("", []))[1])

    def _tell_of(self, shortcuts: list[tuple[str, dict[str, Any]]]) -> None:
        """Tell of the keys that the person has chosen. Without any, nothing can be pressed."""
        ours = dict(shortcuts).get(_ID, {})
        trigger = str(ours.get("trigger_description", ("s", ""))[1]).strip()
        self._tell("active" if trigger else "unavailable", trigger)

    def _tell(self, state: State, trigger: str = "") -> None:
        self._active = state == "active"
        self._portal.tell(self, state, trigger)

    def _request(
        self, method: str, signature: str, body: tuple[Any, ...], options: dict[str, Any]
    ) -> str:
        """Call a method of the portal that is answered later. Returns where."""
        token = f"facet{next(self._tokens)}"
        options = {"handle_token": ("s", token), **options}
        call = _method(_SHORTCUTS, method, f"{signature}a{{sv}}", (*body, options))
        return str(self._call(call)[0])

    def _answer(self, path: str, seconds: float | None) -> dict[str, Any]:
        """What a request brought. _RefusedError if that is nothing, TimeoutError if it takes too
        long."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while path not in self._responses:
            self._next(deadline)
            self._expect_session()
        code, results = self._responses.pop(path)
        if code != 0:
            raise _RefusedError
        return results

    def _call(self, message: Message) -> tuple[Any, ...]:
        """The answer to a method call. _RefusedError if it is an error or there is none."""
        serial = next(self._bus.outgoing_serial)
        self._bus.send(message, serial=serial)
        deadline = time.monotonic() + self._reply_seconds
        while True:
            try:
                reply = self._next(deadline)
            except TimeoutError:
                raise _RefusedError from None
            if reply.header.fields.get(HeaderFields.reply_serial) == serial:
                break
        if reply.header.message_type != MessageType.method_return:
            raise _RefusedError
        return tuple(reply.body)

    def _expect_session(self) -> None:
        if self._lost:
            raise _RefusedError

    def _next(self, deadline: float | None) -> Message:
        """The next message, once what it tells has been taken up. TimeoutError after
        ``deadline``."""
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        message = self._bus.receive(timeout=left)
        if message.header.message_type == MessageType.signal:
            self._hear(message)
        return message

    def _hear(self, message: Message) -> None:
        fields, body = message.header.fields, message.body
        path, member = fields.get(HeaderFields.path), fields.get(HeaderFields.member)
        if member == "NameOwnerChanged" and body[0] == _BUS_NAME:
            self._come = bool(body[2])
            self._lost = True
        elif member == "Response":
            self._responses[str(path)] = (body[0], body[1])
        elif member == "Closed" and path == self._session:
            self._lost = True
        elif member == "Activated" and body[:2] == (self._session, _ID):
            if not self._active:  # keys that the portal doesn't tell of, as Hyprland's
                self._tell("active")
            self._portal.fire(self)
        elif member == "ShortcutsChanged" and body[0] == self._session:
            self._tell_of(body[1])


def _method(interface: str, name: str, signature: str, body: tuple[Any, ...]) -> Message:
    address = DBusAddress(_PATH, bus_name=_BUS_NAME, interface=interface)
    return new_method_call(address, name, signature, body)
