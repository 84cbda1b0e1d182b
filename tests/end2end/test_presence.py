"""Facet with and without its window: started twice, closed to the place beside the clock, killed,
brought back, and gone without a trace."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from tests.data import MEDIA
from tests.end2end.accessible import ScreenReader
from tests.end2end.facet import Facet
from tests.end2end.models import MINIATURE, write_settings
from tests.end2end.newcomer import E4B, SIZE, local_hub, surroundings, write_catalogue
from tests.end2end.processes import end
from tests.end2end.screen import Screen
from tests.end2end.typing_window import TypingWindow
from tests.end2end.waiting import wait_for

CIRCLE = MEDIA / "red-circle.png"
WINDOW = (60, 60, 1180, 760)
HOTKEY = "ctrl+shift+space"


class Panel:
    """The place beside the clock: in the upper right corner, as wide as the icons in it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [
                *("trayer", "--edge", "top", "--align", "right", "--widthtype", "request"),
                *("--height", "24"),
            ],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._environment = environment
        wait_for(lambda: self._tree("trayer"), "the panel is there")

    def close(self) -> None:
        end(self._process)

    def wait_for_icon(self) -> None:
        """Until Facet stands there. The panel says how many windows it has taken in."""
        wait_for(lambda: "facet" in self._tree("trayer").casefold(), "the icon is there")

    def _tree(self, name: str) -> str:
        """The panel's window and what is in it; "" while there is none."""
        found = subprocess.run(
            ["xwininfo", "-name", "panel", "-tree"],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return found.stdout


@pytest.fixture
def panel(screen: Screen) -> Iterator[Panel]:
    with closing(Panel(screen.environment)) as panel:
        yield panel


def overlay_of(facet: Facet) -> bool:
    """Whether the frozen screen is shown."""
    whole = (0, 0, *facet.screen.size)
    with contextlib.suppress(TypeError, subprocess.CalledProcessError):  # a window that has gone
        return any(
            facet.screen.box_of(window) == whole for window in facet.screen.windows_of(facet.pid)
        )
    return False


def has_window(facet: Facet) -> bool:
    """Whether the window of before is shown."""
    return facet.window in facet.screen.windows_of(facet.pid)


def close_window(facet: Facet) -> None:
    """As by the button of its title bar."""
    facet.focus()
    facet.screen.key("alt+F4")


def test_a_second_start_hands_over_and_ends(facet: Facet, tmp_path: Path) -> None:
    write_settings(facet.data_dir, model=MINIATURE, window=WINDOW)
    notes = tmp_path / "notes.txt"
    notes.write_text("Apples are red.")
    facet.start()

    # The window comes to the front, from behind another program's and from the task bar.
    with closing(TypingWindow(facet.screen.environment)) as other:
        code, said = facet.start_again(python=("-X", "importtime"))
        assert code == 0
        assert "its window comes to the front" in said
        assert "PySide6" not in said, "nobody should wait for Qt"
        wait_for(lambda: facet.screen.focused_window() == facet.window, "the window has the keys")
        assert "Space" not in other.keys
    facet.screen.xdotool("windowminimize", facet.window)
    wait_for(lambda: not has_window(facet), "it is in the task bar")
    assert facet.start_again()[0] == 0
    wait_for(lambda: has_window(facet), "it has come back")

    # Files join what is being written, also from the models.
    facet.focus()
    facet.screen.key("ctrl+m")
    wait_for(lambda: facet.title().startswith("Models"), "the models are shown")
    assert facet.start_again("open", str(notes)) == (0, "")
    assert facet.start_again(str(CIRCLE)) == (0, "")
    facet.wait_for_chip(notes.name)
    facet.wait_for_chip(CIRCLE.name)
    facet.wait_for_attached(notes, CIRCLE)
    assert facet.title().startswith("New chat")
    assert facet.start_again(str(tmp_path / "gone.txt"))[0] == 2

    # The screen.
    assert facet.start_again("shoot") == (0, "")
    wait_for(lambda: overlay_of(facet), "the screen is frozen")
    assert facet.start_again("shoot") == (0, ""), "a second time, nothing happens"
    facet.screen.key("Escape")
    wait_for(lambda: not overlay_of(facet), "it is let go")

    # The sidebar's own way puts the window away meanwhile, and back where it was.
    place = facet.screen.box_of(facet.window)
    facet.focus()
    facet.click("Ask about screen", "push button")
    wait_for(lambda: overlay_of(facet), "the screen is frozen")
    assert not has_window(facet)
    facet.screen.key("Escape")
    wait_for(lambda: has_window(facet) and not overlay_of(facet), "the window is back")
    wait_for(lambda: facet.screen.focused_window() == facet.window, "with the keys")
    assert facet.screen.box_of(facet.window) == place

    # Killed, it is in nobody's way.
    facet.kill()
    facet.start()
    assert facet.start_again()[0] == 0
    facet.screen.key("ctrl+q")
    assert facet.wait_for_end() == 0
    assert not list(facet.data_dir.glob("*.socket"))


def test_closed_it_stays_beside_the_clock(facet: Facet, panel: Panel) -> None:
    write_settings(facet.data_dir, model=MINIATURE, window=WINDOW, picture_budget=70)
    screen = facet.screen
    facet.start()
    panel.wait_for_icon()

    # Asked once; Esc changes nothing.
    close_window(facet)
    facet.wait_for_text("Keep Facet ready for Ctrl Shift Space?", "beside the clock")
    facet.picture("70-keep-ready")
    screen.key("Escape")
    wait_for(lambda: len(facet.read()) == 1, "the question is gone")
    assert has_window(facet)
    close_window(facet)
    facet.click("Keep ready", "push button")
    wait_for(lambda: not has_window(facet), "the window is closed")
    wait_for(lambda: facet.settings().get("tray") == "stay", "it is remembered")
    assert facet.running
    place = screen.size[0] - 12, 12

    # The key works, also while another program fills the screen, and gives its keys back.
    with closing(TypingWindow(screen.environment)) as other:
        screen.key(HOTKEY)
        wait_for(lambda: overlay_of(facet), "the screen is frozen")
        screen.key("Escape")
        wait_for(lambda: not overlay_of(facet), "it is let go")
        screen.key("x")
        wait_for(lambda: "X" in other.keys, "the other program has its keys again")
        assert not has_window(facet)

    # A click brings the window back to where it was; closing asks nothing any more.
    before = facet.settings()["window"]
    screen.click(*place)
    wait_for(lambda: has_window(facet), "the window is back")
    facet.focus()
    close_window(facet)
    wait_for(lambda: not has_window(facet), "the window is closed")
    assert facet.settings()["window"] == before
    assert facet.start_again()[0] == 0
    wait_for(lambda: has_window(facet), "a second start shows it")
    close_window(facet)
    wait_for(lambda: not has_window(facet), "the window is closed")

    # Pause gives the memory back; Quit leaves nothing.
    engine = wait_for(lambda: facet.engine_pid, "there is an engine")
    loaded = resident(engine)
    choose(facet, place, ups=2)
    wait_for(lambda: resident(facet.engine_pid) < loaded - 2_000_000, "the model is unloaded")
    choose(facet, (place[0] + 7, place[1] + 7), ups=1)  # at the same place it'd be a double click
    assert facet.wait_for_end() == 0
    assert facet.pids == []


def choose(facet: Facet, place: tuple[int, int], ups: int) -> None:
    """Choose an entry of the icon's menu, counted from its end."""
    shown = facet.screen.windows_of
    wait_for(lambda: len(shown(facet.pid)) == 1, "only the icon is there")
    facet.screen.click(*place, button=3)
    wait_for(lambda: len(shown(facet.pid)) == 2, "the menu is open")
    facet.picture("71-beside-the-clock")
    facet.screen.key(*["Up"] * ups, "Return")


def resident(pid: int) -> int:
    """Bytes of memory that are the process's own."""
    fields = Path(f"/proc/{pid}/statm").read_text().split() if pid else ["0"] * 3
    return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE")


def test_without_a_place_beside_the_clock_it_asks_too(facet: Facet) -> None:
    write_settings(facet.data_dir, model=MINIATURE, window=WINDOW)
    facet.start()
    close_window(facet)
    facet.wait_for_text("Keep Facet ready", "Start Facet again to see it.")
    facet.click("Quit", "push button")
    assert facet.wait_for_end() == 0
    assert facet.settings()["tray"] == "quit"
    assert facet.pids == []


def test_a_download_goes_on_without_the_window(
    screen: Screen, reader: ScreenReader, tmp_path: Path
) -> None:
    with local_hub() as hub:
        hub.misbehave(times=-1, rate=SIZE / 3)
        data = tmp_path / "data"
        write_settings(data, welcomed=False, window=WINDOW)
        write_catalogue(data)
        with closing(Facet(screen, reader, data, surroundings(hub, starter=False))) as facet:
            facet.start()
            facet.click("Choose a model", "push button")
            facet.click("Download Gemma 4 E4B", "push button")
            facet.wait_for_text("Downloading Gemma 4 E4B")
            close_window(facet)
            facet.click("Keep ready", "push button")
            wait_for(lambda: not has_window(facet), "the window is closed")
            model = data / "models" / E4B.id / E4B.model_file.name
            assert not model.exists()
            wait_for(model.exists, "the model has been downloaded")
            assert facet.start_again()[0] == 0
            wait_for(lambda: has_window(facet), "the window is there")
            facet.wait_for_text("Gemma 4 E4B is ready")
            facet.screen.key("ctrl+q")
            assert facet.wait_for_end() == 0
            assert facet.complaints() == []


def test_it_starts_for_the_screen_alone(facet: Facet) -> None:
    write_settings(facet.data_dir, model=MINIATURE, window=WINDOW)
    facet.start_without_window("shoot")
    wait_for(lambda: overlay_of(facet), "the screen is frozen")
    facet.screen.key("Escape")
    wait_for(lambda: not facet.screen.windows_of(facet.pid), "nothing is shown")
    assert facet.start_again()[0] == 0
    wait_for(lambda: facet.screen.windows_of(facet.pid), "the window is there")
    facet.wait_for_text("Ask about screen")
    os.kill(facet.pid, signal.SIGTERM)
    assert facet.wait_for_end() == 0
    assert facet.pids == []


def test_it_starts_with_the_system(facet: Facet) -> None:
    """Without a window, and without a model in memory until somebody asks."""
    write_settings(facet.data_dir, model=MINIATURE, window=WINDOW)
    facet.start_without_window("--hidden")
    assert facet.start_again("--hidden") == (0, "")
    wait_for(lambda: (facet.data_dir / "window.socket").exists(), "it listens")
    assert not facet.screen.windows_of(facet.pid)
    assert "model_ready" not in facet.milestones()

    def shoots() -> bool:
        facet.screen.key(HOTKEY)  # which is taken a moment after the start
        return overlay_of(facet)

    wait_for(shoots, "the screen is frozen")
    facet.screen.key("Return")  # all of it
    facet.screen.type("What do you see?")
    facet.screen.key("Return")
    facet.wait_for_answer("What do you see?")
    facet.screen.key("Escape", "Escape")
    wait_for(lambda: not overlay_of(facet), "it is let go")
    assert facet.start_again()[0] == 0
    wait_for(lambda: facet.screen.windows_of(facet.pid), "the window is there")
    facet.window = facet.screen.windows_of(facet.pid)[0]
    facet.focus()
    facet.ask("Hello")
    facet.wait_for_answer("Hello")
    os.kill(facet.pid, signal.SIGTERM)
    assert facet.wait_for_end() == 0
