"""A portal GlobalShortcuts that grants, refuses or is silent, on a session bus of its own."""

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    message_bus,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import open_dbus_connection

_NAME, _PATH = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop"
_SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"

Behaviour = Literal["grant", "refuse", "silent", "mute", "old", "unset"]


# Without folders of services: a portal that is installed here must not be started.
_CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


@contextmanager
def session_bus() -> Iterator[str]:
    """The address of a bus that lasts as long as the context."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write(_CONFIGURATION)
        file.flush()
        daemon = subprocess.Popen(
            ["dbus-daemon", f"--config-file={file.name}", "--nofork", "--print-address"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert daemon.stdout is not None
        with daemon, daemon.stdout:
            try:
                yield daemon.stdout.readline().strip()
            finally:
                daemon.terminate()


class MockPortal:
    """Owns the portal's name from its making to ``close``. ``behaviour``: "grant" with the keys of
    ``trigger``; "refuse"; "silent" answers when ``answer`` is called; "mute" answers no call at
    all; "old" has no registry; "unset" grants it without any keys. ``calls`` are the methods that
    were called, with their arguments."""

    def __init__(
        self, address: str, behaviour: Behaviour = "grant", trigger: str = "Ctrl+Shift+Space"
    ) -> None:
        self.behaviour = behaviour
        self.trigger = trigger
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.session = ""
        self._bus = open_dbus_connection(address)
        self._waiting: list[str] = []
        reply = self._bus.send_and_get_reply(message_bus.RequestName(_NAME))
        assert reply.body == (1,), "the name is taken"
        self._thread = threading.Thread(target=self._serve, name="mock portal")
        self._thread.start()

    def called(self, method: str) -> list[tuple[Any, ...]]:
        """The arguments of each call of ``method``."""
        return [arguments for name, arguments in self.calls if name == method]

    def press(self, session: str = "", shortcut: str = "shoot") -> None:
        """Tell that the keys were pressed and let go."""
        for name in ("Activated", "Deactivated"):
            self._tell(_SHORTCUTS, name, "osta{sv}", (session or self.session, shortcut, 1, {}))

    def change(self, trigger: str) -> None:
        """Tell that the person has chosen other keys; "" for none."""
        self.trigger = trigger
        self._tell(_SHORTCUTS, "ShortcutsChanged", "oa(sa{sv})", (self.session, self._shortcuts()))

    def end_session(self) -> None:
        """Tell that the session is over."""
        self._tell("org.freedesktop.portal.Session", "Closed", "", (), self.session)

    def answer(self) -> None:
        """Grant now what was passed over in silence."""
        for path in self._waiting:
            self._respond(path, 0, {"shortcuts": ("a(sa{sv})", self._shortcuts())})
        self._waiting.clear()

    def close(self) -> None:
        """Go off the bus, as a portal that has crashed does."""
        try:
            self._bus.sock.shutdown(2)
        except OSError:
            pass  # the bus has gone before
        self._thread.join()
        self._bus.close()

    # -- inside -----------------------------------------------------------------------------

    def _serve(self) -> None:
        while True:
            try:
                message = self._bus.receive()
            except OSError:
                return
            if message.header.message_type == MessageType.method_call:
                self._take(message)

    def _take(self, message: Message) -> None:
        fields = message.header.fields
        method, body = str(fields[HeaderFields.member]), tuple(message.body)
        self.calls.append((method, body))
        registered = bool(self.called("Register")) or self.behaviour == "old"
        if self.behaviour == "mute":
            return
        if method == "Register" and self.behaviour != "old":
            self._bus.send(new_method_return(message))
        elif method == "CreateSession" and registered:
            caller = self._caller(message)
            self.session = f"{_PATH}/session/{caller}/{body[0]['session_handle_token'][1]}"
            path = self._accept(message, body[0])
            self._respond(path, 0, {"session_handle": ("s", self.session)})
        elif method == "BindShortcuts" and body[0] == self.session:
            path = self._accept(message, body[3])
            if self.behaviour == "silent":
                self._waiting.append(path)
            elif self.behaviour == "refuse":
                self._respond(path, 1, {})
            else:
                self._respond(path, 0, {"shortcuts": ("a(sa{sv})", self._shortcuts())})
        else:
            self._bus.send(new_error(message, "org.freedesktop.portal.Error.NotAllowed"))

    def _shortcuts(self) -> list[tuple[str, dict[str, Any]]]:
        keys = "" if self.behaviour == "unset" else self.trigger
        return [("shoot", {"description": ("s", "…"), "trigger_description": ("s", keys)})]

    def _caller(self, message: Message) -> str:
        return str(message.header.fields[HeaderFields.sender])[1:].replace(".", "_")

    def _accept(self, message: Message, options: dict[str, Any]) -> str:
        path = f"{_PATH}/request/{self._caller(message)}/{options['handle_token'][1]}"
        self._bus.send(new_method_return(message, "o", (path,)))
        return path

    def _respond(self, path: str, code: int, results: dict[str, Any]) -> None:
        self._tell("org.freedesktop.portal.Request", "Response", "ua{sv}", (code, results), path)

    def _tell(
        self, interface: str, name: str, signature: str, body: tuple[Any, ...], path: str = _PATH
    ) -> None:
        emitter = DBusAddress(path, interface=interface)
        self._bus.send(new_signal(emitter, name, signature or None, body))


def no_bus() -> str:
    """An address where no bus listens."""
    return f"unix:path=/nowhere/bus-{os.getpid()}"
