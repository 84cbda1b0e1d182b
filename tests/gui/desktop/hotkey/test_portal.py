"""The shortcut on Wayland, with a portal that grants, refuses, is silent, absent or goes away."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from pytestqt.qtbot import QtBot

from app.desktop.hotkey import Hotkey
from app.desktop.hotkey.portal import Portal
from tests.gui.desktop.hotkey.mock_portal import Behaviour, MockPortal, no_bus, session_bus

SPACE = "Ctrl+Shift+Space"


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with session_bus() as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        yield address


@pytest.fixture
def start(bus: str) -> Iterator[Callable[..., MockPortal]]:
    """Starts a portal on the bus."""
    started: list[MockPortal] = []

    def make(behaviour: Behaviour = "grant", trigger: str = SPACE) -> MockPortal:
        started.append(MockPortal(bus, behaviour, trigger))
        return started[-1]

    yield make
    for portal in started:
        portal.close()


@pytest.fixture
def hotkey(qtbot: QtBot) -> Iterator[Hotkey]:
    portal = Portal("facet", "Ask about the screen", reply_seconds=0.5, ask_seconds=0.3)
    with closing(Hotkey(portal)) as hotkey:
        yield hotkey
    assert not [each for each in threading.enumerate() if each.name.startswith("hotkey")]


def until(qtbot: QtBot, hotkey: Hotkey, state: str) -> None:
    qtbot.waitUntil(lambda: hotkey.state == state)


@pytest.mark.parametrize("behaviour", ["grant", "old"])
def test_granted(
    qtbot: QtBot, start: Callable[..., MockPortal], hotkey: Hotkey, behaviour: Behaviour
) -> None:
    portal = start(behaviour)
    hotkey.set_chord(SPACE)
    assert hotkey.state == "asking"
    until(qtbot, hotkey, "active")
    assert [name for name, _ in portal.calls] == ["Register", "CreateSession", "BindShortcuts"]
    assert portal.called("Register") == [("facet", {})]
    ((session, shortcuts, window, _options),) = portal.called("BindShortcuts")
    assert (session, window) == (portal.session, "")
    assert shortcuts == [
        (
            "shoot",
            {
                "description": ("s", "Ask about the screen"),
                "preferred_trigger": ("s", "CTRL+SHIFT+space"),
            },
        )
    ]
    for _ in range(3):
        with qtbot.waitSignal(hotkey.pressed):
            portal.press()


def test_a_press_of_others_is_not_ours(
    qtbot: QtBot, start: Callable[..., MockPortal], hotkey: Hotkey
) -> None:
    portal = start()
    hotkey.set_chord(SPACE)
    until(qtbot, hotkey, "active")
    presses = []
    hotkey.pressed.connect(lambda: presses.append(1))
    portal.press(session="/org/freedesktop/portal/desktop/session/1_1/other")
    portal.press(shortcut="other")
    portal.press()
    qtbot.waitUntil(lambda: bool(presses))
    assert presses == [1]


def test_the_person_chooses_other_keys(
    qtbot: QtBot, start: Callable[..., MockPortal], hotkey: Hotkey
) -> None:
    portal = start(trigger="Super+Q")
    hotkey.set_chord(SPACE)
    until(qtbot, hotkey, "active")
    assert (hotkey.shown, hotkey.detail) == ("Super Q", "Set by the system: Super Q")
    with qtbot.waitSignal(hotkey.state_changed):
        portal.change("Super+W")
    assert (hotkey.state, hotkey.shown) == ("active", "Super W")
    with qtbot.waitSignal(hotkey.state_changed):
        portal.change("")
    assert hotkey.state == "unavailable"
    assert hotkey.chord == SPACE


def test_a_grant_without_keys_is_none(
    qtbot: QtBot, start: Callable[..., MockPortal], hotkey: Hotkey
) -> None:
    portal = start("unset")
    hotkey.set_chord(SPACE)
    until(qtbot, hotkey, "unavailable")
    with qtbot.waitSignals([hotkey.pressed, hotkey.state_changed]):
        portal.press()  # it has some all the same, and did not tell
    assert hotkey.state == "active"


@pytest.mark.parametrize("behaviour", ["refuse", "mute"])
def test_refused(
    qtbot: QtBot, start: Callable[..., MockPortal], hotkey: Hotkey, behaviour: Behaviour
) -> None:
    start(behaviour)
    hotkey.set_chord(SPACE)
    until(qtbot, hotkey, "unavailable")
    assert hotkey.detail.endswith("facet shoot")


def test_silence_is_told_and_an_answer_still_counts(
    qtbot: QtBot, start: Callable[..., MockPortal], hotkey: Hotkey
) -> None:
    portal = start("silent")
    hotkey.set_chord(SPACE)
    until(qtbot, hotkey, "unavailable")
    portal.answer()
    until(qtbot, hotkey, "active")
    with qtbot.waitSignal(hotkey.pressed):
        portal.press()


def test_absent_and_there_later(
    qtbot: QtBot, start: Callable[..., MockPortal], bus: str, hotkey: Hotkey
) -> None:
    hotkey.set_chord(SPACE)
    until(qtbot, hotkey, "unavailable")
    first = start()
    until(qtbot, hotkey, "active")
    first.close()
    until(qtbot, hotkey, "unavailable")
    second = start(trigger="Super+Q")
    until(qtbot, hotkey, "active")
    assert hotkey.shown == "Super Q"
    with qtbot.waitSignal(hotkey.pressed):
        second.press()


def test_a_session_that_ends_is_told(
    qtbot: QtBot, start: Callable[..., MockPortal], hotkey: Hotkey
) -> None:
    portal = start()
    hotkey.set_chord(SPACE)
    until(qtbot, hotkey, "active")
    portal.end_session()
    until(qtbot, hotkey, "unavailable")


def test_without_a_bus(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, hotkey: Hotkey) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", no_bus())
    hotkey.set_chord(SPACE)
    until(qtbot, hotkey, "unavailable")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    hotkey.set_chord("Ctrl+Alt+J")
    until(qtbot, hotkey, "unavailable")


def test_a_bus_that_goes(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, hotkey: Hotkey) -> None:
    with session_bus() as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        with closing(MockPortal(address)):
            hotkey.set_chord(SPACE)
            until(qtbot, hotkey, "active")
    until(qtbot, hotkey, "unavailable")


def test_another_chord_is_asked_for_and_none_is_given_back(
    qtbot: QtBot, start: Callable[..., MockPortal], hotkey: Hotkey
) -> None:
    portal = start()
    hotkey.set_chord(SPACE)
    until(qtbot, hotkey, "active")
    before = portal.session
    hotkey.set_chord("Meta+J")
    until(qtbot, hotkey, "active")
    assert portal.session != before
    with qtbot.assertNotEmitted(hotkey.pressed, wait=50):
        portal.press(session=before)
    hotkey.suspend()
    hotkey.resume()
    assert hotkey.state == "active"
    assert len(portal.called("BindShortcuts")) == 2
    hotkey.set_chord("")
    assert hotkey.state == "off"
