"""Starting with the system: an entry where each system looks for them.

A person may take the entry away by the system's own means, too; that is found at the next start.
"""

import importlib
import os
import re
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from app.core.errors import AppError
from app.desktop.second_start import HIDDEN

_NAME = "facet"
_RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"


class Launch(msgspec.Struct, frozen=True):
    """How to start Facet: the program with its arguments, and the folder to start it in, "" for
    any."""

    command: tuple[str, ...]
    folder: str = ""


def launch_here(data_dir: Path | None = None) -> Launch:
    """How the running program was started, for it to be started again without its window.
    ``data_dir`` is that of the command line, if it named one."""
    program, folder = _program(sys.argv[0], os.environ)
    data = () if data_dir is None else ("--data-dir", str(data_dir.absolute()))
    return Launch((*program, *data, HIDDEN), folder)


class Autostart(ABC):
    """The entry that starts Facet with the system."""

    def __init__(self, launch: Launch) -> None:
        self.launch = launch

    @property
    def on(self) -> bool:
        """Whether there is an entry that is in force, whatever it starts."""
        entry = self._read()
        return entry is not None and self._in_force(entry)

    def repair(self) -> bool:
        """Bring an entry that is in force up to date, in case Facet has moved. Returns whether
        there is one. AppError if the system refuses."""
        on = self.on
        if on:
            self.set(True)
        return on

    def set(self, on: bool) -> None:
        """Make the entry, anew if it starts something else, or remove it. AppError if the system
        refuses."""
        try:
            if not on:
                self._remove()
            elif self._read() != self._entry():
                self._write(self._entry())
        except OSError as error:
            raise AppError(
                f"The system's list of what starts with it can't be changed: {error.strerror}.",
                "Add Facet in the system's own settings.",
                code="autostart",
            ) from error

    @abstractmethod
    def _entry(self) -> Any:
        """What the entry has to be."""

    @abstractmethod
    def _read(self) -> Any:
        """What it is; None if there is none."""

    @abstractmethod
    def _write(self, entry: Any) -> None: ...

    @abstractmethod
    def _remove(self) -> None: ...

    def _in_force(self, _entry: Any) -> bool:
        return True


class _FileEntry(Autostart):
    """An entry that is a file of its own."""

    def __init__(self, launch: Launch, path: Path) -> None:
        super().__init__(launch)
        self.path = path

    def _read(self) -> bytes | None:
        try:
            return self.path.read_bytes()
        except OSError:
            return None

    def _write(self, entry: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        half = self.path.with_name(f".{self.path.name}.new")
        half.write_bytes(entry)
        half.replace(self.path)

    def _remove(self) -> None:
        self.path.unlink(missing_ok=True)


class DesktopEntry(_FileEntry):
    """Linux and its relatives: a .desktop file in the folder ``autostart``."""

    def __init__(self, launch: Launch, environment: Mapping[str, str] = os.environ) -> None:
        config = environment.get("XDG_CONFIG_HOME", "")
        # The specification has a path that isn't absolute count as none.
        folder = Path(config) if config.startswith("/") else Path.home() / ".config"
        super().__init__(launch, folder / "autostart" / f"{_NAME}.desktop")

    def _entry(self) -> bytes:
        lines = [
            "[Desktop Entry]",
            "Type=Application",
            "Name=Facet",
            f"Exec={_exec_line(self.launch.command)}",
            f"Icon={_NAME}",
            "Terminal=false",
        ]
        if self.launch.folder:
            lines.append(f"Path={_escaped(self.launch.folder)}")
        return "".join(f"{line}\n" for line in lines).encode()

    def _in_force(self, entry: bytes) -> bool:
        switched_off = rb"(?mi)^(Hidden *= *true|X-GNOME-Autostart-enabled *= *false) *$"
        return re.search(switched_off, entry) is None


class LaunchAgent(_FileEntry):
    """macOS: a property list in the folder of the person's launch agents."""

    def __init__(self, launch: Launch, home: Path | None = None) -> None:
        folder = (home or Path.home()) / "Library" / "LaunchAgents"
        super().__init__(launch, folder / f"{_NAME}.plist")

    def _entry(self) -> bytes:
        entry: dict[str, Any] = {
            "Label": _NAME,
            "ProgramArguments": list(self.launch.command),
            "RunAtLoad": True,
            "ProcessType": "Interactive",
        }
        if self.launch.folder:
            entry["WorkingDirectory"] = self.launch.folder
        plistlib = importlib.import_module("plistlib")  # no other system should wait for it
        return bytes(plistlib.dumps(entry))


class RunKey(Autostart):
    """Windows: a value among those that run at log-on. Not run on Windows so far."""

    def __init__(self, launch: Launch, registry: Any = None) -> None:
        """``registry`` is the module winreg unless given."""
        super().__init__(launch)
        self._registry = registry or importlib.import_module("winreg")

    def _entry(self) -> str:
        return subprocess.list2cmdline(self.launch.command)

    def _read(self) -> str | None:
        try:
            with self._registry.OpenKey(self._registry.HKEY_CURRENT_USER, _RUN) as key:
                return str(self._registry.QueryValueEx(key, _NAME)[0])
        except OSError:
            return None

    def _write(self, entry: str) -> None:
        with self._registry.CreateKey(self._registry.HKEY_CURRENT_USER, _RUN) as key:
            self._registry.SetValueEx(key, _NAME, 0, self._registry.REG_SZ, entry)

    def _remove(self) -> None:
        if self._read() is None:
            return
        user, rights = self._registry.HKEY_CURRENT_USER, self._registry.KEY_SET_VALUE
        with self._registry.OpenKey(user, _RUN, 0, rights) as key:
            self._registry.DeleteValue(key, _NAME)


def autostart_here(launch: Launch) -> Autostart:
    """The entry of the system that Facet runs on."""
    if sys.platform == "win32":
        return RunKey(launch)
    if sys.platform == "darwin":
        return LaunchAgent(launch)
    return DesktopEntry(launch)


def _program(started_as: str, environment: Mapping[str, str]) -> tuple[tuple[str, ...], str]:
    """The program and its first arguments, and the folder to start it in."""
    image = environment.get("APPIMAGE")
    if image:
        return (image,), ""  # what runs is a passing copy of what is in it
    if getattr(sys, "frozen", False):
        return (sys.executable,), ""
    script = Path(started_as).absolute()
    for program in (script, script.with_name(f"{script.name}.exe")):
        if program.suffix != ".py" and program.is_file() and os.access(program, os.X_OK):
            return (str(program),), ""
    # ``python -m app``, which finds us in the folder it is started in.
    return (sys.executable, "-m", "app"), str(Path(__file__).resolve().parents[2])


def _exec_line(command: tuple[str, ...]) -> str:
    """``command`` as the Desktop Entry Specification wants it."""
    return _escaped(" ".join(map(_quoted, command)))


def _quoted(argument: str) -> str:
    doubled = argument.replace("%", "%%")
    if re.fullmatch(r"[\w@%+=:,./-]+", doubled):
        return doubled
    escaped = re.sub(r'(["`$\\])', r"\\\1", doubled)
    return f'"{escaped}"'


def _escaped(text: str) -> str:
    """``text`` as a value of a .desktop file."""
    for plain, written in (("\\", "\\\\"), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        text = text.replace(plain, written)
    return text
