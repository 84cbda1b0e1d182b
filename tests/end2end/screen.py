"""A screen of its own, with a window manager, a session bus, a mouse, a keyboard, a clipboard."""

import contextlib
import itertools
import os
import re
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from PIL import Image, ImageGrab

from tests.end2end.dragging import DragSource
from tests.end2end.monitors import Monitor, start_monitors
from tests.end2end.processes import end
from tests.end2end.waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]
_HELD_BACK = ("DISPLAY", "WAYLAND_DISPLAY", "QT_", "XDG_", "DBUS_", "FACET_", "AT_SPI_", "GTK_")


class Screen:
    """A screen that is running. ``environment`` is what a program needs to draw on it."""

    def __init__(self, environment: Mapping[str, str], size: tuple[int, int]) -> None:
        self.environment = dict(environment)
        self.size = size
        self._clipboard: subprocess.Popen[bytes] | None = None
        self._drag: DragSource | None = None

    @property
    def display(self) -> str:
        return self.environment["DISPLAY"]

    # -- keyboard and mouse ----------------------------------------------------------------------

    def xdotool(self, *arguments: str | int) -> str:
        """What xdotool answers; AssertionError if it refuses."""
        answer = self._xdotool(*arguments)
        assert answer.returncode == 0, f"xdotool {arguments}: {answer.stderr}"
        return answer.stdout.strip()

    def windows_of(self, pid: int) -> list[int]:
        """The visible windows of a process, open menus included."""
        answer = self._xdotool("search", "--all", "--onlyvisible", "--pid", pid)
        return [int(line) for line in answer.stdout.split()]

    def window_title(self, window: int) -> str:
        return self._xdotool("getwindowname", window).stdout.strip()

    def box_of(self, window: int) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of a window's inside, in pixels of the screen."""
        command = ["xwininfo", "-id", str(window)]
        said = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True
        ).stdout
        left, top, width, height = (
            int(re.search(rf"{name}:\s+(-?\d+)", said)[1])  # type: ignore[index]
            for name in ("Absolute upper-left X", "Absolute upper-left Y", "Width", "Height")
        )
        return left, top, left + width, top + height

    def focused_window(self) -> int:
        """The window that gets the keys; 0 for none."""
        return int(self._xdotool("getwindowfocus").stdout.strip() or 0)

    def key(self, *keys: str) -> None:
        """Press and release each of ``keys``, by X's names ("ctrl+n", "Return")."""
        self.xdotool("key", "--clearmodifiers", "--delay", 15, *keys)

    def type(self, text: str) -> None:
        """Type ``text``, in ASCII: for other characters xdotool changes the keyboard layout for a
        moment, and a busy program may read the keys after that moment."""
        self.xdotool("type", "--clearmodifiers", "--delay", 5, "--", text)

    def park_mouse(self) -> None:
        """Move the mouse to a corner, where nothing lights up below it."""
        self.xdotool("mousemove", 0, self.size[1] - 1)

    def click(self, x: int, y: int, button: int = 1) -> None:
        """Press and release a button of the mouse at a point of the screen."""
        self.xdotool("mousemove", x, y)
        self.xdotool("click", button)

    def wheel(self, x: int, y: int, notches: int) -> None:
        """Turn the wheel over a point of the screen: upwards for positive ``notches``."""
        self.xdotool("mousemove", x, y)
        self.xdotool("click", "--repeat", abs(notches), "--delay", 20, 4 if notches > 0 else 5)

    # -- drag and drop, clipboard -----------------------------------------------------------------

    def drop(self, x: int, y: int, *files: Path) -> None:
        """Drag ``files`` from another program's window and let them go over a point of the
        screen. AssertionError if nobody there takes them."""
        source = self._drag_source()
        source.offer(*files)
        corner_x, corner_y = self.size[0] - 20, self.size[1] - 20
        self.xdotool("mousemove", corner_x, corner_y)
        self.xdotool("mousedown", 1)
        for step in range(1, 5):  # far enough for Qt to see a drag, and never out of the source
            self.xdotool("mousemove", corner_x - 4 * step, corner_y - 4 * step)
        distance = itertools.cycle((6, 4, 2, 0))
        source.wait_until_welcome(lambda: self.xdotool("mousemove", x + next(distance), y))
        self.xdotool("mouseup", 1)
        end = source.finish()
        self.park_mouse()
        assert end == "CopyAction", f"the drop ended as {end}"

    def copy_to_clipboard(self, data: bytes, kind: str) -> None:
        """Own the clipboard with ``data`` of the target ``kind`` ("image/png", "UTF8_STRING")."""
        self._release_clipboard()
        command = ["xclip", "-quiet", "-selection", "clipboard", "-target", kind, "-in"]
        self._clipboard = subprocess.Popen(
            command, env=self.environment, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._clipboard.stdin is not None
        self._clipboard.stdin.write(data)
        self._clipboard.stdin.close()
        self._clipboard.stdin = None
        wait_for(lambda: kind in self.clipboard("TARGETS").split(), "the clipboard is owned")

    def copy_files_to_clipboard(self, *files: Path) -> None:
        lines = "".join(f"file://{quote(str(file.absolute()))}\r\n" for file in files)
        self.copy_to_clipboard(lines.encode(), "text/uri-list")

    def clipboard(self, kind: str = "UTF8_STRING") -> str:
        """What another program would paste now; "" for nothing."""
        command = ["xclip", "-selection", "clipboard", "-target", kind, "-out"]
        answer = subprocess.run(
            command, env=self.environment, capture_output=True, check=False, timeout=10
        )
        return answer.stdout.decode(errors="replace") if answer.returncode == 0 else ""

    # -- pictures ---------------------------------------------------------------------------------

    def picture(self) -> Image.Image:
        """What the screen shows, without the mouse pointer."""
        return ImageGrab.grab(xdisplay=self.display)

    # -- inside -----------------------------------------------------------------------------------

    def close(self) -> None:
        self._release_clipboard()
        if self._drag is not None:
            self._drag.close()

    def _xdotool(self, *arguments: str | int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["xdotool", *map(str, arguments)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def _release_clipboard(self) -> None:
        if self._clipboard is not None:
            end(self._clipboard)
            self._clipboard = None

    def _drag_source(self) -> DragSource:
        if self._drag is None or not self._drag.running:
            self._drag = DragSource(self.environment, self.size)
        return self._drag


@contextlib.contextmanager
def virtual_screen(
    width: int = 1280,
    height: int = 800,
    *,
    bus: bool = False,
    log: Path | None = None,
    monitors: Sequence[Monitor] = (),
    depth: int = 24,
) -> Iterator[Screen]:
    """A screen that nobody sees, with a home folder of its own and, where ``bus`` is wanted, a
    session bus (assistive technology needs one). With ``monitors`` it is made of these. ``depth``
    is in bits. At the end everything that was started on it is ended, also after a failure."""
    mark = f"FACET_SCREEN={uuid.uuid4().hex}"
    with contextlib.ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="facet-screen-"))
        stack.enter_context(_guardian(mark, home))
        output = stack.enter_context((log or home / "screen.log").open("ab"))
        environment = _environment(home, mark)
        if monitors:
            server, number = start_monitors(environment, monitors, output.fileno())
        else:
            server, number = _start_server(environment, (width, height, depth), output.fileno())
        stack.callback(end, server)
        environment["DISPLAY"] = f":{number}"
        if bus:
            daemon, address = _start_bus(environment, output.fileno())
            stack.callback(end, daemon)
            environment["DBUS_SESSION_BUS_ADDRESS"] = address
        manager = subprocess.Popen(
            ["openbox", "--sm-disable"], env=environment, stdout=output, stderr=output
        )
        stack.callback(end, manager)
        wait_for(lambda: _has_manager(environment), "the window manager is there")
        screen = Screen(environment, (width, height))
        stack.callback(screen.close)
        yield screen


@contextlib.contextmanager
def _guardian(mark: str, home: Path) -> Iterator[None]:
    """At the end, however it comes, all marked processes are ended and ``home`` is removed."""
    guardian = subprocess.Popen(
        [sys.executable, "-m", "tests.end2end.guardian", mark, str(home)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl+C is not for it
    )
    assert guardian.stdin is not None
    try:
        yield
    finally:
        guardian.stdin.close()
        guardian.wait()


def _environment(home: Path, mark: str) -> dict[str, str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(_HELD_BACK)
    }
    name, value = mark.split("=")
    environment |= {
        name: value,
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "QT_QPA_PLATFORM": "xcb",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
    }
    for folder in ("run", "config", "data", "state", "cache"):
        (home / folder).mkdir(mode=0o700)
    return environment


def _start_server(
    environment: Mapping[str, str], size: tuple[int, int, int], output: int
) -> tuple[subprocess.Popen[bytes], int]:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end) as numbers:
        command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "x".join(map(str, size))]
        command += ["-nolisten", "tcp", "-noreset"]
        server = subprocess.Popen(
            command, env=environment, pass_fds=[write_end], stdout=output, stderr=output
        )
        os.close(write_end)
        number = numbers.readline().strip()  # ends at once if Xvfb dies
    if not number:
        end(server)
        raise AssertionError("Xvfb did not start")
    return server, int(number)


def _start_bus(environment: Mapping[str, str], output: int) -> tuple[subprocess.Popen[bytes], str]:
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=output,
    )
    assert daemon.stdout is not None
    address = daemon.stdout.readline().decode().strip()
    if not address:
        end(daemon)
        raise AssertionError("the session bus did not start")
    return daemon, address


def _has_manager(environment: Mapping[str, str]) -> bool:
    answer = subprocess.run(
        ["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return "window id #" in answer.stdout
