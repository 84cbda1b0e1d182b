"""A picture of the desktop from the portal, the one way to it on Wayland. No Qt.

The portal asks the person once whether this program may take screenshots, keeps the answer, and
gives one picture of all screens in a file, which is ours to delete.
"""

import secrets
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import unquote, urlsplit

from jeepney import DBusAddress, HeaderFields, MatchRule, Message, new_method_call
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import DBusErrorResponse, unwrap_msg

from app.core.errors import AppError
from app.desktop.capture.what import NotWanted

_BUS, _PATH = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop"
_SCREENSHOT = DBusAddress(_PATH, _BUS, "org.freedesktop.portal.Screenshot")
_REGISTRY = DBusAddress(_PATH, _BUS, "org.freedesktop.host.portal.Registry")
_REQUEST = "org.freedesktop.portal.Request"
_STORE_NAME = "org.freedesktop.impl.portal.PermissionStore"
_STORE = DBusAddress("/org/freedesktop/impl/portal/PermissionStore", _STORE_NAME, _STORE_NAME)
_ERROR = "org.freedesktop.DBus.Error."
_NOT_THERE = ("ServiceUnknown", "NameHasNoOwner", "UnknownInterface", "UnknownMethod", "Spawn")
_GIVEN, _CANCELLED = 0, 1

# Seconds to wait: for the answer to a call, for the picture where the person has said yes before,
# for it where they may be asked first.
ANSWER, PICTURE, PERSON = 5.0, 10.0, 60.0
_LOOK = 0.1  # seconds between two looks at whether the picture is still wanted


def is_wayland(environment: Mapping[str, str]) -> bool:
    """Whether the desktop of a program with this ``environment`` shows its screens to the portal
    only, whatever the program itself draws with."""
    session = environment.get("XDG_SESSION_TYPE")
    return bool(environment.get("WAYLAND_DISPLAY")) or session == "wayland"


def damaged() -> AppError:
    """The picture that the portal gave can't be read."""
    return AppError(
        "The desktop's picture of the screen is damaged or missing.",
        "Try again. If it stays so, end the session and log in again.",
        code="capture-damaged",
    )


class ScreenshotPortal:
    """Gets pictures for the program whose desktop file is called ``app_id``."""

    def __init__(
        self,
        app_id: str,
        *,
        answer: float = ANSWER,
        picture: float = PICTURE,
        person: float = PERSON,
    ) -> None:
        self._app_id = app_id
        self._answer, self._picture, self._person = answer, picture, person

    def take(self, given_up: Event) -> bytes:
        """The file, a PNG mostly, of a picture of all screens. Takes as long as the person needs
        to allow it. Raises AppError; NotWanted once ``given_up`` is set."""
        try:
            connection = open_dbus_connection()
        except (KeyError, ValueError, RuntimeError, OSError) as error:  # whatever is wrong with it
            raise AppError(
                "Facet does not reach the session bus, over which the desktop gives pictures of"
                " the screen.",
                "Start Facet inside the desktop's session.",
                code="capture-no-bus",
            ) from error
        with connection:
            try:
                uri = self._ask(connection, given_up)
            except DBusErrorResponse as error:
                raise _absent() if _not_there(error) else _failed(f" ({error.name})") from error
            except OSError as error:  # the bus or the portal went away, or is silent
                raise _silent(self._answer) from error
        return _fetch(uri)

    def _ask(self, connection: DBusConnection, given_up: Event) -> str:
        """Where the picture is."""
        registered = self._register(connection)
        allowed = self._permissions(connection).get(self._app_id) == "yes"
        seconds = self._picture if registered and allowed else self._person
        rule = MatchRule(type="signal", interface=_REQUEST, member="Response")
        self._call(connection, message_bus.AddMatch(rule))
        answers: deque[Message] = deque()
        with connection.filter(rule, queue=answers):
            # Nobody else on the bus can guess it, and so answer in the portal's place.
            options: dict[str, tuple[str, str | bool]] = {
                "handle_token": ("s", f"facet{secrets.token_hex(16)}")
            }
            options |= {"interactive": ("b", False), "modal": ("b", False)}
            ask = new_method_call(_SCREENSHOT, "Screenshot", "sa{sv}", ("", options))
            (request,) = self._call(connection, ask)
            response, results = _await(connection, answers, request, given_up, seconds)
        if response == _GIVEN and "uri" in results:
            return str(results["uri"][1])
        if response == _CANCELLED:
            raise AppError(
                "The screenshot was cancelled.", "Take it again when you like.", code="cancelled"
            )
        # The portal says the same whether it was forbidden or something broke.
        permissions = self._permissions(connection)
        # Who could not say who they are may be nobody in particular to the desktop.
        names = (self._app_id,) if registered else (self._app_id, "")
        raise _forbidden() if "no" in map(permissions.get, names) else _failed()

    def _register(self, connection: DBusConnection) -> bool:
        """Say who we are, before anything else on this connection. False where the portal does
        not ask, or does not know our desktop file."""
        call = new_method_call(_REGISTRY, "Register", "sa{sv}", (self._app_id, {}))
        try:
            self._call(connection, call)
        except DBusErrorResponse:
            return False  # if there is no portal at all, the next call tells
        return True

    def _permissions(self, connection: DBusConnection) -> dict[str, str]:
        """What the person has said of programs before: "yes", "no" or "ask"."""
        call = new_method_call(_STORE, "Lookup", "ss", ("screenshot", "screenshot"))
        try:
            said = self._call(connection, call)[0]
        except (DBusErrorResponse, TimeoutError):
            return {}
        return {name: words[0] for name, words in said.items() if words}

    def _call(self, connection: DBusConnection, message: Message) -> Any:
        reply = connection.send_and_get_reply(message, timeout=self._answer)
        return unwrap_msg(reply)


def _await(
    connection: DBusConnection,
    answers: deque[Message],
    request: str,
    given_up: Event,
    seconds: float,
) -> tuple[int, dict[str, tuple[str, Any]]]:
    """What the portal answers to ``request``."""
    end = time.monotonic() + seconds
    while not given_up.is_set():
        try:
            answer = connection.recv_until_filtered(answers, timeout=_LOOK)
        except TimeoutError:
            if time.monotonic() < end:
                continue
            _close(connection, request)
            raise _silent(seconds) from None
        if answer.header.fields.get(HeaderFields.path) == request:
            response, results = answer.body
            return response, results
    _close(connection, request)
    raise NotWanted


def _close(connection: DBusConnection, request: str) -> None:
    """Take the question off the person's screen."""
    connection.send(new_method_call(DBusAddress(request, _BUS, _REQUEST), "Close"))


def _fetch(uri: str) -> bytes:
    """The content of the portal's file, which is deleted."""
    parts = urlsplit(uri)
    path = Path(unquote(parts.path))
    if parts.scheme != "file" or not path.is_absolute():
        raise damaged()
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise damaged() from error
    finally:
        try:
            path.unlink(missing_ok=True)
        except (OSError, ValueError):
            pass  # not ours to delete after all
    if not data:
        raise damaged()
    return data


def _not_there(error: DBusErrorResponse) -> bool:
    """Whether there is no such portal, or it can't be started."""
    return str(error.name).startswith(tuple(_ERROR + name for name in _NOT_THERE))


def _absent() -> AppError:
    return AppError(
        "This desktop has no portal that gives pictures of the screen.",
        "Install xdg-desktop-portal and the part of it for your desktop (such as"
        " xdg-desktop-portal-gnome, -kde or -wlr), then log in again.",
        code="capture-no-portal",
    )


def _forbidden() -> AppError:
    return AppError(
        "The desktop does not let Facet take screenshots.",
        "Allow it in the system's settings, under the permissions of apps, then try again.",
        code="capture-refused",
    )


def _failed(reason: str = "") -> AppError:
    return AppError(
        f"The desktop gave no picture of the screen{reason}.",
        "Try again, and allow it if the desktop asks.",
        code="capture-refused",
    )


def _silent(seconds: float) -> AppError:
    return AppError(
        f"The desktop gave no answer for {seconds:g} seconds.",
        "Try again, and look for its question behind the windows. If none comes, log in again.",
        code="capture-silent",
    )
