"""The states of the hotkey, in words; the parts of the systems by what stands in for them."""

import ctypes
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.desktop.hotkey import Hotkey
from app.desktop.hotkey.keys import NAMED_KEYS, Chord
from app.desktop.hotkey.macos import MacOS
from app.desktop.hotkey.portal import trigger_of
from app.desktop.hotkey.windows import Windows
from app.desktop.hotkey.x11 import keysym_of
from tests.gui.desktop.hotkey.fake_backend import FakeBackend

SPACE = "Ctrl+Shift+Space"


def test_nothing_is_touched_before_there_is_a_chord() -> None:
    backend = FakeBackend()
    hotkey = Hotkey(backend)
    assert (hotkey.state, hotkey.chord, hotkey.shown, hotkey.detail) == ("off", "", "", "")
    assert not backend.bound


def test_a_press_arrives(qtbot: QtBot) -> None:
    backend = FakeBackend()
    hotkey = Hotkey(backend)
    with qtbot.waitSignal(hotkey.state_changed):
        hotkey.set_chord(SPACE)
    assert (hotkey.state, hotkey.chord, hotkey.detail) == ("active", SPACE, "")
    assert hotkey.shown == Chord.parse(SPACE).for_people()
    with qtbot.waitSignal(hotkey.pressed):
        backend.pressed.emit()


def test_a_taken_key_is_told_with_the_command() -> None:
    hotkey = Hotkey(FakeBackend(taken={SPACE}))
    hotkey.set_chord(SPACE)
    assert hotkey.state == "taken"
    assert hotkey.detail == (
        "Ctrl Shift Space is used by another program."
        " Choose another shortcut, or bind the command: facet shoot"
    )


def test_where_there_is_none_the_command_is_named() -> None:
    hotkey = Hotkey()  # offscreen is no desktop
    hotkey.load()
    hotkey.set_chord(SPACE)
    assert hotkey.state == "unavailable"
    assert hotkey.detail.endswith("facet shoot")
    assert hotkey.is_free(Chord.parse(SPACE))
    assert hotkey.key_at(65, 0) == ""
    hotkey.set_chord("")
    assert (hotkey.state, hotkey.detail) == ("off", "")
    hotkey.close()


def test_the_person_is_told_what_the_system_has_set() -> None:
    backend = FakeBackend()
    hotkey = Hotkey(backend)
    hotkey.set_chord(SPACE)
    backend.reported.emit("asking", "")
    assert hotkey.detail == "The system is asking whether Facet may have this shortcut."
    for told, shown in (
        ("Super+Q", "Super Q"),
        ("Press <Control>q", "Press <Control>q"),
        ("Meta+Q, Meta+W", "Meta+Q, Meta+W"),
    ):
        backend.reported.emit("active", told)
        assert (hotkey.shown, hotkey.detail) == (shown, f"Set by the system: {shown}")
    backend.reported.emit("active", "shift+ctrl+space")
    assert (hotkey.shown, hotkey.detail) == ("Ctrl Shift Space", "")


def test_a_setting_that_names_no_key_is_as_none() -> None:
    backend = FakeBackend()
    hotkey = Hotkey(backend)
    hotkey.set_chord("Ctrl+Nonsense")
    assert (hotkey.state, hotkey.chord, backend.bound) == ("off", "", [""])


def test_keys_are_let_through_for_a_while(qtbot: QtBot) -> None:
    backend = FakeBackend()
    hotkey = Hotkey(backend)
    hotkey.set_chord(SPACE)
    with qtbot.assertNotEmitted(hotkey.state_changed), qtbot.assertNotEmitted(hotkey.pressed):
        hotkey.suspend()
        backend.pressed.emit()
        hotkey.set_chord("Ctrl+Alt+J")
    assert backend.bound == [SPACE, "", ""]
    hotkey.resume()
    hotkey.resume()
    assert backend.bound[3:] == ["Ctrl+Alt+J"]
    assert hotkey.state == "active"


def test_a_system_that_asks_again_is_left_alone_meanwhile(qtbot: QtBot) -> None:
    backend = FakeBackend(lets_through=False)
    hotkey = Hotkey(backend)
    hotkey.set_chord(SPACE)
    hotkey.suspend()
    with qtbot.assertNotEmitted(hotkey.pressed):
        backend.pressed.emit()
    hotkey.resume()
    assert backend.bound == [SPACE, SPACE]  # the second time it is the same, and nothing happens
    hotkey.close()
    assert backend.closed


# -- X11 and the portal: names of keys ---------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "keysym"),
    [
        ("Space", 0x20),
        ("A", 0x61),
        ("1", 0x31),
        ("Ä", 0xE4),
        ("ß", 0xDF),
        ("F1", 0xFFBE),
        ("F24", 0xFFD5),
        ("Print", 0xFF61),
        ("Ж", 0x01000436),
    ],
)
def test_keysyms(key: str, keysym: int) -> None:
    assert keysym_of(key) == keysym


@pytest.mark.parametrize(
    ("chord", "trigger"),
    [
        (SPACE, "CTRL+SHIFT+space"),
        ("Meta+Alt+K", "ALT+LOGO+k"),
        ("F9", "F9"),
        ("Ctrl+,", "CTRL+comma"),
        ("Ctrl++", "CTRL+plus"),
        ("Ctrl+PgUp", "CTRL+Prior"),
        ("Ctrl+Ж", "CTRL+U0436"),
    ],
)
def test_triggers(chord: str, trigger: str) -> None:
    assert trigger_of(Chord.parse(chord)) == trigger


# -- Windows: a library in place of user32 -----------------------------------------------------


class FakeUser32:
    """Registers hotkeys by number; a chord that is ``taken`` belongs to another program."""

    def __init__(self, taken: tuple[int, int] | None = None) -> None:
        self.taken = taken
        self.registered: dict[int, tuple[int, int]] = {}
        self.error = 0

    def RegisterHotKey(self, window: None, number: int, held: int, code: int) -> bool:
        assert window is None
        if (held, code) == self.taken or (held, code) in self.registered.values():
            self.error = 1409
            return False
        self.registered[number] = held, code
        return True

    def UnregisterHotKey(self, window: None, number: int) -> bool:
        assert window is None
        return self.registered.pop(number, None) is not None

    def MapVirtualKeyW(self, code: int, kind: int) -> int:
        assert kind == 2
        return {0x41: ord("A"), 0xBC: ord(","), 0xBA: 0x80000000 | ord("^"), 0xDE: 0}.get(code, 0)

    def VkKeyScanW(self, character: int) -> int:
        return {ord(","): 0x00BC, ord("ä"): 0x00DE, ord("+"): 0x01BB}.get(character, -1)


CTRL_SHIFT = 0x4000 | 0x2 | 0x4  # without repeats


@pytest.mark.parametrize(
    ("chord", "registered"),
    [
        (SPACE, (CTRL_SHIFT, 0x20)),
        ("Meta+Alt+A", (0x4000 | 0x8 | 0x1, 0x41)),
        ("F24", (0x4000, 0x87)),
        ("Ctrl+,", (0x4000 | 0x2, 0xBC)),
        ("Ctrl+Ä", (0x4000 | 0x2, 0xDE)),
        ("Ctrl++", (0x4000 | 0x2, 0xBB)),
    ],
)
def test_windows_registers_the_chord(qtbot: QtBot, chord: str, registered: tuple[int, int]) -> None:
    user32 = FakeUser32()
    windows = Windows(user32, lambda: user32.error)
    with qtbot.waitSignal(windows.reported) as told:
        windows.bind(Chord.parse(chord))
    assert told.args == ["active", ""]
    assert list(user32.registered.values()) == [registered]
    windows.close()
    windows.close()
    assert not user32.registered


def test_windows_tells_what_is_taken(qtbot: QtBot) -> None:
    user32 = FakeUser32(taken=(CTRL_SHIFT, 0x20))
    windows = Windows(user32, lambda: user32.error)
    with qtbot.waitSignal(windows.reported) as told:
        windows.bind(Chord.parse(SPACE))
    assert told.args == ["taken", ""]
    assert not windows.is_free(Chord.parse(SPACE))
    assert windows.is_free(Chord.parse("Ctrl+Alt+J"))
    with qtbot.waitSignal(windows.reported) as told:
        windows.bind(Chord.parse("Ctrl+€"))  # no key has it
    assert told.args == ["unavailable", ""]
    with qtbot.waitSignal(windows.reported) as told:
        windows.bind(None)
    assert told.args == ["off", ""]
    assert not user32.registered
    windows.close()


def test_windows_hears_its_own_message_only(qtbot: QtBot) -> None:
    class Message(ctypes.Structure):
        _fields_ = (
            ("window", ctypes.c_void_p),
            ("message", ctypes.c_uint),
            ("wparam", ctypes.c_size_t),
            ("lparam", ctypes.c_size_t),
        )

    user32 = FakeUser32()
    windows = Windows(user32, lambda: user32.error)
    windows.bind(Chord.parse(SPACE))
    (number,) = user32.registered
    listen = windows.filter.nativeEventFilter
    for kind, message, wparam in (
        (b"windows_generic_MSG", 0x0100, number),
        (b"windows_generic_MSG", 0x0312, number + 1),
        (b"xcb_generic_event_t", 0x0312, number),
    ):
        other = Message(None, message, wparam, 0)
        with qtbot.assertNotEmitted(windows.pressed):
            assert listen(kind, ctypes.addressof(other)) == (False, 0)
    ours = Message(None, 0x0312, number, 0)
    with qtbot.waitSignal(windows.pressed):
        assert listen(b"windows_generic_MSG", ctypes.addressof(ours)) == (True, 0)
    windows.close()


def test_windows_names_keys_by_the_layout() -> None:
    windows = Windows(FakeUser32(), lambda: 0)
    named = [windows.key_at(0, code) for code in (0x20, 0x41, 0xBC, 0xBA, 0xDE, 0x7C)]
    assert named == ["Space", "A", ",", "^", "", "F13"]
    windows.close()


# -- macOS: a library in place of Carbon -------------------------------------------------------


class FakeCarbon:
    """Keeps what is registered; with ``status`` it refuses."""

    def __init__(self) -> None:
        self.status = 0
        self.registered: dict[int, tuple[int, int]] = {}
        self.handler: Any = None
        self.events: tuple[int, int] = (0, 0)
        self._made = 0

    def GetEventDispatcherTarget(self) -> int:
        return 7

    def InstallEventHandler(
        self, target: int, handler: Any, count: int, kinds: Any, data: None, out: Any
    ) -> int:
        assert (target, count, data) == (7, 1, None)
        self.handler = handler
        self.events = kinds._obj.event_class, kinds._obj.kind
        out._obj.value = 1
        return 0

    def RegisterEventHotKey(
        self, code: int, held: int, number: Any, target: int, options: int, out: Any
    ) -> int:
        assert (target, options) == (7, 1)
        assert ctypes.sizeof(number) == 8
        if self.status:
            return self.status
        self._made += 1
        out._obj.value = self._made
        self.registered[self._made] = code, held
        return 0

    def UnregisterEventHotKey(self, hotkey: Any) -> int:
        del self.registered[hotkey.value]
        return 0

    def RemoveEventHandler(self, handler: Any) -> int:
        assert handler.value == 1
        self.handler = None
        return 0


def test_macos_registers_the_chord(qtbot: QtBot) -> None:
    carbon = FakeCarbon()
    macos = MacOS(carbon)
    with qtbot.waitSignal(macos.reported) as told:
        macos.bind(Chord.parse(SPACE))
    assert told.args == ["active", ""]
    assert list(carbon.registered.values()) == [(0x31, 0x0100 | 0x0200)]
    assert carbon.events == (0x6B657962, 5)
    with qtbot.waitSignal(macos.pressed):
        assert carbon.handler(None, None, None) == 0
    macos.bind(Chord.parse("Meta+Alt+P"))
    assert list(carbon.registered.values()) == [(0x23, 0x1000 | 0x0800)]
    macos.close()
    macos.close()
    assert not carbon.registered
    assert carbon.handler is None


@pytest.mark.parametrize(("status", "state"), [(-9878, "taken"), (-50, "unavailable")])
def test_macos_tells_why_it_has_none(qtbot: QtBot, status: int, state: str) -> None:
    carbon = FakeCarbon()
    carbon.status = status
    macos = MacOS(carbon)
    with qtbot.waitSignal(macos.reported) as told:
        macos.bind(Chord.parse(SPACE))
    assert told.args == [state, ""]
    assert not macos.is_free(Chord.parse("Ctrl+Alt+J"))
    carbon.status = 0
    assert macos.is_free(Chord.parse("Ctrl+Alt+J"))
    assert not carbon.registered
    with qtbot.waitSignal(macos.reported) as told:
        macos.bind(Chord.parse("Ctrl+Print"))  # no such key on a Mac
    assert told.args == ["unavailable", ""]
    macos.close()


def test_the_key_tables_agree() -> None:
    windows, macos = Windows(FakeUser32(), lambda: 0), MacOS(FakeCarbon())
    on_windows = {windows.key_at(0, code) for code in range(0x100)}
    on_a_mac = [macos.key_at(0, code) for code in range(0x80)]
    assert set(NAMED_KEYS) <= on_windows
    assert set(NAMED_KEYS) - set(on_a_mac) == {"Print", "Pause", "ScrollLock"} | {
        f"F{number}" for number in range(21, 25)
    }
    assert set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,./;'[]\\-=`") <= set(on_a_mac)
    known = [name for name in on_a_mac if name]
    assert len(known) == len(set(known))
    windows.close()
    macos.close()
