"""A desktop's portal for screenshots, on a bus of its own; it does what a test wants of it."""

import contextlib
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.end2end.processes import end

Way = Literal["give", "refuse", "cancel", "fail", "keep silent", "say nothing at all"]

_PORTAL = "org.freedesktop.portal.Desktop"
_STORE = "org.freedesktop.impl.portal.PermissionStore"
_BUS = """<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
_STEP = 0.02  # seconds between two looks at whether the test is over


class MockPortal:
    """``way`` is what it does when it is asked for a picture, of which ``picture`` are the bytes;
    they are put into ``folder``. ``permission`` is what it remembers of the person's answer, "" for
    nothing. ``has_registry`` is whether programs can say who they are (from portal 1.20 on).

    Afterwards ``registered`` has who called, ``asked`` the options of each request, ``closed`` the
    requests that were taken back, ``files`` what was given."""

    def __init__(self, address: str, folder: Path, picture: bytes) -> None:
        self.way: Way = "give"
        self.picture: bytes | None = picture
        self.name = "screen shot.png"  # with a blank, as those of desktops are
        self.permission = "yes"
        self.has_registry = True
        self.has_screenshots = True
        self.answer_after = 0.0
        self.strays = 0  # answers to other requests that come first
        self.registered: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.closed: list[str] = []
        self.files: list[Path] = []
        self._folder = folder
        self._bus: DBusConnection = open_dbus_connection(address)
        for name in (_PORTAL, _STORE):
            self._bus.send_and_get_reply(message_bus.RequestName(name))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="mock portal")
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._bus.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                message = self._bus.receive(timeout=_STEP)
            except TimeoutError:
                continue
            if message.header.message_type is MessageType.method_call:
                self._answer(message)

    def _answer(self, call: Message) -> None:
        fields = call.header.fields
        interface, member = fields[HeaderFields.interface], fields[HeaderFields.member]
        if self.way == "say nothing at all":
            return
        if member == "Register" and self.has_registry:
            self.registered.append(call.body[0])
            self._bus.send(new_method_return(call))
        elif member == "Lookup":
            name = self.registered[-1] if self.registered else ""
            known = {name: [self.permission]} if self.permission else {}
            self._bus.send(new_method_return(call, "a{sas}v", (known, ("s", ""))))
        elif member == "Screenshot" and self.has_screenshots:
            self._screenshot(call)
        elif interface == "org.freedesktop.portal.Request" and member == "Close":
            self.closed.append(fields[HeaderFields.path])
            self._bus.send(new_method_return(call))
        else:
            name = "org.freedesktop.DBus.Error.UnknownMethod"
            self._bus.send(new_error(call, name, "s", (f"No {member} here",)))

    def _screenshot(self, call: Message) -> None:
        options = call.body[1]
        self.asked.append({name: value for name, (_kind, value) in options.items()})
        sender = call.header.fields[HeaderFields.sender]
        path = "/org/freedesktop/portal/desktop/request/{}/{}".format(
            sender[1:].replace(".", "_"), options["handle_token"][1]
        )
        self._bus.send(new_method_return(call, "o", (path,)))
        if self.way == "keep silent":
            return
        time.sleep(self.answer_after)
        results: dict[str, tuple[str, Any]] = {}
        if self.way == "give":
            results["uri"] = ("s", self._write().as_uri())
        elif self.way == "refuse":
            self.permission = "no"
        for number in range(self.strays):
            self._respond(sender, f"{path}{number}", 1, {})
        self._respond(sender, path, {"give": 0, "cancel": 1}.get(self.way, 2), results)

    def _respond(self, to: str, path: str, response: int, results: dict[str, Any]) -> None:
        emitter = DBusAddress(path, interface="org.freedesktop.portal.Request")
        signal = new_signal(emitter, "Response", "ua{sv}", (response, results))
        signal.header.fields[HeaderFields.destination] = to
        self._bus.send(signal)

    def _write(self) -> Path:
        path = self._folder / self.name
        if self.picture is not None:
            path.write_bytes(self.picture)
        self.files.append(path)
        return path


@contextlib.contextmanager
def session_bus(folder: Path) -> Iterator[str]:
    """The address of a bus that has nobody else on it, and starts nobody by itself."""
    config = folder / "bus.conf"
    config.write_text(_BUS)
    daemon = subprocess.Popen(
        ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert daemon.stdout is not None
        yield daemon.stdout.readline().decode().strip()
    finally:
        end(daemon)
