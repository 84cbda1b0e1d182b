"""The shortcut on X11, pressed by xdotool while another program fills the screen."""

import gc
import os
import select
import subprocess
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
import xcffib
import xcffib.xkb
from PySide6.QtCore import QCoreApplication, QSocketNotifier

from app.desktop.hotkey import Hotkey
from app.desktop.hotkey.keys import Chord
from app.desktop.hotkey.x11 import X11
from tests.end2end.facet import Facet
from tests.end2end.models import MINIATURE, write_settings
from tests.end2end.processes import end
from tests.end2end.screen import Screen
from tests.end2end.typing_window import TypingWindow
from tests.end2end.waiting import wait_for

SPACE, KEYS = "Ctrl+Shift+Space", "ctrl+shift+space"


@pytest.fixture(scope="module")
def app() -> QCoreApplication:
    """Runs what the socket of the X server brings."""
    return QCoreApplication.instance() or QCoreApplication([])


@pytest.fixture(scope="module")
def other(screen: Screen) -> Iterator[TypingWindow]:
    with closing(TypingWindow(screen.environment)) as window:
        yield window


@pytest.fixture(autouse=True)
def keyboard(screen: Screen) -> Iterator[None]:
    """An American keyboard, before and after."""
    yield
    set_layout(screen, "us")


def set_layout(screen: Screen, *arguments: str) -> None:
    subprocess.run(["setxkbmap", *arguments], env=screen.environment, check=True)


class Held:
    """A hotkey on a screen, and how often it was pressed."""

    def __init__(self, app: QCoreApplication, display: str, chord: str = SPACE) -> None:
        self.backend = X11(display)
        self.hotkey = Hotkey(self.backend)
        self.presses = 0
        self._app = app
        self.hotkey.pressed.connect(self._count)
        self.hotkey.set_chord(chord)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        def look() -> bool:
            self._app.processEvents()
            return condition()

        wait_for(look, what)

    def settled(self) -> int:
        """How often it was pressed, once the server has sent all that it had to send."""
        self.backend.is_free(Chord.parse("Ctrl+Alt+F12"))  # a round trip
        self._app.processEvents()
        return self.presses

    @property
    def socket(self) -> int:
        notifier = self.backend.findChild(QSocketNotifier)
        return int(notifier.socket())

    def close(self) -> None:
        self.hotkey.close()

    def _count(self) -> None:
        self.presses += 1


@pytest.fixture
def held(app: QCoreApplication, screen: Screen, other: TypingWindow) -> Iterator[Held]:
    with closing(Held(app, screen.display)) as held:
        assert held.hotkey.state == "active"
        other.keys.clear()
        yield held


def test_every_press_arrives_while_another_program_fills_the_screen(
    screen: Screen, held: Held, other: TypingWindow
) -> None:
    screen.xdotool("key", "--delay", 12, *[KEYS] * 40)
    held.until(lambda: held.presses >= 40, "40 presses arrive")
    screen.xdotool("key", "x")
    held.until(lambda: "X" in other.keys, "the other program gets its own key")
    assert held.settled() == 40
    assert "Space" not in other.keys


def test_locks_do_not_matter(screen: Screen, held: Held) -> None:
    # Caps Lock, then both, then Num Lock, then none again.
    for presses, lock in enumerate(("Caps_Lock", "Num_Lock", "Caps_Lock", "Num_Lock"), 1):
        screen.xdotool("key", lock)
        screen.xdotool("key", KEYS)
        held.until(lambda wanted=presses: held.presses == wanted, f"a press after {lock}")


def test_no_other_key_reaches_it(screen: Screen, held: Held, other: TypingWindow) -> None:
    screen.xdotool("key", "space", "a", "ctrl+space", "shift+space", "ctrl+shift+a", "Return", "z")
    held.until(lambda: "Z" in other.keys, "the other program gets all keys")
    assert [key for key in other.keys if key in ("Space", "A", "Return", "Z")] == (
        ["Space", "A", "Space", "Space", "A", "Return", "Z"]
    )
    readable, _, _ = select.select([held.socket], [], [], 0)
    assert not readable, "the server has sent something about other keys"
    assert held.settled() == 0


def test_a_key_that_is_held_counts_once(screen: Screen, held: Held) -> None:
    screen.xdotool("keydown", "ctrl", "keydown", "shift", "keydown", "space")
    held.until(lambda: held.presses == 1, "a press")
    for _ in range(20):  # the key repeats: it is let go and pressed
        readable, _, _ = select.select([held.socket], [], [], 5.0)
        assert readable, "the key repeats"
        held.settled()
    screen.xdotool("keyup", "space", "keyup", "shift", "keyup", "ctrl")
    assert held.settled() == 1
    screen.xdotool("key", KEYS)
    held.until(lambda: held.presses == 2, "the next press")


def test_a_second_facet_is_told_that_the_key_is_taken(
    app: QCoreApplication, screen: Screen, held: Held
) -> None:
    with closing(Held(app, screen.display)) as second:
        assert second.hotkey.state == "taken"
        assert second.hotkey.detail.startswith("Ctrl Shift Space is used by another program.")
        assert not second.hotkey.is_free(Chord.parse(SPACE))
        assert held.hotkey.is_free(Chord.parse(SPACE))  # it is its own
        screen.xdotool("key", KEYS)
        held.until(lambda: held.presses == 1, "the first has it")
        assert second.settled() == 0
        held.close()
        second.hotkey.set_chord(SPACE)
        assert second.hotkey.state == "active"
        screen.xdotool("key", KEYS)
        second.until(lambda: second.presses == 1, "now the second has it")


def test_to_try_a_key_is_not_to_take_it(screen: Screen, held: Held, other: TypingWindow) -> None:
    assert held.hotkey.is_free(Chord.parse("Ctrl+Alt+J"))
    screen.xdotool("key", "ctrl+alt+j")
    held.until(lambda: "J" in other.keys, "the other program gets it")
    assert held.settled() == 0


def test_keys_are_let_through_while_another_shortcut_is_chosen(
    screen: Screen, held: Held, other: TypingWindow
) -> None:
    held.hotkey.suspend()
    screen.xdotool("key", KEYS)
    held.until(lambda: "Space" in other.keys, "the other program gets it")
    held.hotkey.resume()
    screen.xdotool("key", KEYS)
    held.until(lambda: held.presses == 1, "the hotkey has it again")
    assert other.keys.count("Space") == 1


@pytest.mark.parametrize(
    ("layout", "place"),
    [
        (("fr",), 38),  # Q stands where an American keyboard has A
        (("us,fr",), 24),
        (("ru",), 24),  # has no Q; its place is taken
    ],
)
def test_another_layout_of_the_keyboard(
    app: QCoreApplication, screen: Screen, layout: tuple[str, ...], place: int
) -> None:
    with closing(Held(app, screen.display, "Ctrl+Shift+Q")) as held:
        set_layout(screen, *layout)
        held.until(lambda: held.backend.key_at(24, 0) != "" and laid_out(held, layout), "news")
        screen.xdotool("key", f"ctrl+shift+{place}")
        held.until(lambda: held.presses == 1, f"a press at {place}")
        set_layout(screen, "us")
        held.until(lambda: laid_out(held, ("us",)), "news")
        screen.xdotool("key", "ctrl+shift+24")
        held.until(lambda: held.presses == 2, "a press on the American keyboard")
        assert held.hotkey.state == "active"


def test_the_second_layout_of_the_keyboard(
    app: QCoreApplication, screen: Screen, other: TypingWindow
) -> None:
    with closing(Held(app, screen.display, "Ctrl+Shift+Q")) as held:
        set_layout(screen, "us,ru")
        server = xcffib.connect(screen.display)
        try:
            switch = server(xcffib.xkb.key)
            switch.UseExtension(1, 0).reply()
            lock = (0x100, 0, 0, True, 1, 0, False, 0)  # of the keyboard: the second group
            switch.LatchLockState(*lock, is_checked=True).check()
            assert switch.GetState(0x100).reply().group == 1
        finally:
            server.disconnect()
        screen.xdotool("key", "ctrl+shift+24")
        held.until(lambda: held.presses == 1, "a press on the Russian keyboard")


def test_a_press_while_the_keyboard_changes(
    screen: Screen, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = held.backend._look_at_keyboard

    def press_and_look() -> None:
        monkeypatch.setattr(held.backend, "_look_at_keyboard", look)
        screen.xdotool("key", KEYS)  # comes in beside the answers to what is asked now
        look()

    monkeypatch.setattr(held.backend, "_look_at_keyboard", press_and_look)
    set_layout(screen, "de")
    held.until(lambda: held.presses == 1, "the press")


def laid_out(held: Held, layout: tuple[str, ...]) -> bool:
    """Whether the hotkey knows of the layout."""
    return held.backend.key_at(24, 0) == ("A" if layout[0] == "fr" else "Q")


def test_two_hundred_presses_leave_nothing_behind(
    screen: Screen, held: Held, other: TypingWindow
) -> None:
    def press(times: int) -> None:
        wanted = held.presses + times
        screen.xdotool("key", "--delay", 4, *[KEYS] * times)
        held.until(lambda: held.presses >= wanted, f"{times} presses arrive")
        assert held.settled() == wanted
        other.keys.clear()
        gc.collect()

    press(20)
    files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    tracemalloc.start()
    try:
        press(20)
        before, _ = tracemalloc.get_traced_memory()
        press(200)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(os.listdir("/proc/self/fd")) == files  # noqa: PTH208
    assert after - before < 20_000, f"{after - before} bytes more"


def test_a_server_that_goes_takes_the_hotkey_and_nothing_else(app: QCoreApplication) -> None:
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), "-nolisten", "tcp", "-noreset"],
        pass_fds=[write_end],
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    with os.fdopen(read_end) as numbers:
        display = f":{numbers.readline().strip()}"
    with closing(Held(app, display)) as held:
        assert held.hotkey.state == "active"
        end(server)
        held.until(lambda: held.hotkey.state == "unavailable", "it notices")
        held.hotkey.set_chord("Ctrl+Alt+J")
        assert held.hotkey.state == "unavailable"
        assert held.hotkey.is_free(Chord.parse(SPACE))
        held.hotkey.set_chord("")
        assert held.hotkey.state == "off"


def test_without_a_server_there_is_none() -> None:
    with pytest.raises(OSError, match="no X display"):
        X11(":4095")


# -- in the settings ----------------------------------------------------------------------------


def test_another_shortcut_is_chosen_in_the_settings(
    app: QCoreApplication, screen: Screen, facet: Facet
) -> None:
    write_settings(facet.data_dir, model=MINIATURE)
    facet.start()
    with closing(Held(app, screen.display, "Ctrl+Alt+K")) as held:

        def has(chord: str) -> bool:
            return not held.hotkey.is_free(Chord.parse(chord))

        wait_for(lambda: has(SPACE), "Facet has its shortcut")
        facet.focus()
        screen.key("ctrl+comma")
        facet.click("Shortcut: Ctrl Shift Space")
        facet.wait_for_node("Shortcut: Press the keys")
        wait_for(lambda: not has(SPACE), "Facet lets it through")
        screen.key("ctrl+alt+k")
        facet.wait_for_text("Ctrl Alt K is used by another program.", "facet shoot")
        facet.picture("50-shortcut-taken")
        assert held.settled() == 0
        screen.key(KEYS)
        facet.wait_for_node("Shortcut: Ctrl Shift Space")
        assert has(SPACE)
        facet.click("Shortcut: Ctrl Shift Space")
        facet.wait_for_node("Shortcut: Press the keys")
        screen.xdotool("keydown", "ctrl", "keydown", "alt")
        facet.wait_for_node("Shortcut: Ctrl Alt …")
        screen.xdotool("key", "j", "keyup", "alt", "keyup", "ctrl")
        facet.wait_for_node("Shortcut: Ctrl Alt J")
        facet.picture("51-shortcut-chosen")
        assert has("Ctrl+Alt+J")
        assert not has(SPACE)
        wait_for(lambda: facet.settings().get("hotkey") == "Ctrl+Alt+J", "it is kept")
        facet.close()
        wait_for(lambda: not has("Ctrl+Alt+J"), "it is given back")
