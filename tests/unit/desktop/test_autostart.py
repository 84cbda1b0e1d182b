"""Starting with the system: the entry is made, mended and removed as each system wants it."""

import plistlib
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.core.errors import AppError
from app.desktop import autostart
from app.desktop.autostart import DesktopEntry, Launch, LaunchAgent, RunKey, launch_here

LAUNCH = Launch(("/opt/facet/bin/facet", "--hidden"))


def desktop_entry(folder: Path, launch: Launch = LAUNCH) -> DesktopEntry:
    return DesktopEntry(launch, {"XDG_CONFIG_HOME": str(folder)})


def values(entry: DesktopEntry) -> dict[str, str]:
    """The values of a .desktop file, unescaped."""
    head, *lines = entry.path.read_text().splitlines()
    assert head == "[Desktop Entry]"
    signs = {"\\": "\\", "n": "\n", "t": "\t", "r": "\r", "s": " "}
    return {
        key: re.sub(r"\\(.)", lambda found: signs[found[1]], value)
        for key, value in (line.split("=", 1) for line in lines)
    }


def test_it_is_off_until_it_is_wanted(tmp_path: Path) -> None:
    entry = desktop_entry(tmp_path)
    assert not entry.on
    assert not entry.repair()
    entry.set(False)
    assert not list(tmp_path.iterdir())


def test_a_desktop_file_is_made_and_removed(tmp_path: Path) -> None:
    entry = desktop_entry(tmp_path)
    entry.set(True)
    assert entry.on
    assert entry.path == tmp_path / "autostart" / "facet.desktop"
    said = values(entry)
    assert (said["Type"], said["Name"]) == ("Application", "Facet")
    assert said["Exec"] == "/opt/facet/bin/facet --hidden"
    assert "Path" not in said
    entry.set(False)
    assert not entry.on
    assert not list((tmp_path / "autostart").iterdir())
    entry.set(False)


@pytest.mark.parametrize(
    "command",
    [
        ("/opt/my programs/facet", "--data-dir", "/home/a b/c"),
        ("/opt/100%/facet", 'a"b', "c`d", "e$HOME", "f\\g", "h\\\\", ";|&<>", "", "~", "tab\there"),
    ],
)
def test_every_argument_arrives_as_it_was(tmp_path: Path, command: tuple[str, ...]) -> None:
    entry = desktop_entry(tmp_path, Launch(command))
    entry.set(True)
    line = values(entry)["Exec"]
    assert re.search(r"(?<!%)(%%)*%(?!%)", line) is None, "a field code"
    # Inside double quotes the specification escapes what a shell escapes, too.
    heard = subprocess.run(
        ["sh", "-c", f'for each in {line.replace("%%", "%")}; do printf "%s\\0" "$each"; done'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert tuple(heard.stdout.split("\0")[:-1]) == command


def test_a_folder_to_start_in_is_named(tmp_path: Path) -> None:
    entry = desktop_entry(tmp_path, Launch((sys.executable, "-m", "app"), "/home/a b/facet\\x"))
    entry.set(True)
    assert values(entry)["Path"] == "/home/a b/facet\\x"


def test_an_entry_that_starts_something_else_is_mended(tmp_path: Path) -> None:
    before = desktop_entry(tmp_path, Launch(("/gone/facet", "--hidden")))
    before.set(True)
    entry = desktop_entry(tmp_path)
    assert entry.repair()
    assert values(entry)["Exec"] == "/opt/facet/bin/facet --hidden"
    unchanged = entry.path.stat().st_mtime_ns, entry.path.stat().st_ino
    assert entry.repair()
    assert (entry.path.stat().st_mtime_ns, entry.path.stat().st_ino) == unchanged


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_an_entry_that_was_switched_off_stays_off(tmp_path: Path, line: str) -> None:
    entry = desktop_entry(tmp_path)
    entry.set(True)
    with entry.path.open("a") as file:
        file.write(f"{line}\n")
    assert not entry.on
    assert not entry.repair()
    assert line in entry.path.read_text()
    entry.set(True)  # wanted again, in Facet
    assert entry.on


def test_a_configuration_folder_that_is_not_absolute_counts_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for environment in ({}, {"XDG_CONFIG_HOME": ""}, {"XDG_CONFIG_HOME": "config"}):
        entry = DesktopEntry(LAUNCH, environment)
        assert entry.path == tmp_path / ".config" / "autostart" / "facet.desktop"


def test_a_system_that_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / "autostart").write_text("not a folder")
    with pytest.raises(AppError) as told:
        desktop_entry(tmp_path).set(True)
    assert told.value.code == "autostart"


def test_a_launch_agent_is_made_and_removed(tmp_path: Path) -> None:
    agent = LaunchAgent(Launch(("/Applications/Facet.app/x y", "--hidden"), "/tmp"), tmp_path)
    agent.set(True)
    with (tmp_path / "Library" / "LaunchAgents" / "facet.plist").open("rb") as file:
        said = plistlib.load(file)
    assert said["ProgramArguments"] == ["/Applications/Facet.app/x y", "--hidden"]
    assert said["RunAtLoad"] is True
    assert said["WorkingDirectory"] == "/tmp"
    assert agent.on
    agent.set(False)
    assert not agent.on


class Registry:
    """In place of winreg: one key of the registry, which is there or not."""

    HKEY_CURRENT_USER, REG_SZ, KEY_SET_VALUE = "HKCU", 1, 2

    def __init__(self, there: bool = True, locked: bool = False) -> None:
        self.there, self.locked = there, locked
        self.values: dict[str, str] = {"Other": "other.exe"}

    @contextmanager
    def OpenKey(self, root: str, name: str, _reserved: int = 0, rights: int = 0) -> Iterator[str]:
        assert (root, name) == ("HKCU", r"Software\Microsoft\Windows\CurrentVersion\Run")
        if not self.there:
            raise FileNotFoundError(2, "no such key")
        yield "writable" if rights == self.KEY_SET_VALUE else "readable"

    @contextmanager
    def CreateKey(self, root: str, name: str) -> Iterator[str]:
        if self.locked:
            raise PermissionError(5, "access is denied")
        self.there = True
        yield "writable"

    def QueryValueEx(self, _key: str, name: str) -> tuple[str, int]:
        if name not in self.values:
            raise FileNotFoundError(2, "no such value")
        return self.values[name], self.REG_SZ

    def SetValueEx(self, key: str, name: str, _reserved: int, kind: int, value: str) -> None:
        assert (key, kind) == ("writable", self.REG_SZ)
        self.values[name] = value

    def DeleteValue(self, key: str, name: str) -> None:
        assert key == "writable"
        del self.values[name]


@pytest.mark.parametrize("there", [True, False])
def test_a_value_of_the_registry_is_made_and_removed(there: bool) -> None:
    registry = Registry(there)
    key = RunKey(Launch((r"C:\Program Files\Facet\facet.exe", "--hidden")), registry)
    key.set(False)
    assert not key.on
    key.set(True)
    assert key.on
    assert registry.values["facet"] == r'"C:\Program Files\Facet\facet.exe" --hidden'
    registry.values["facet"] = "old.exe"
    assert key.repair()
    assert registry.values["facet"].endswith("--hidden")
    key.set(False)
    assert registry.values == {"Other": "other.exe"}


def test_a_registry_that_is_locked_is_told() -> None:
    with pytest.raises(AppError, match="access is denied"):
        RunKey(LAUNCH, Registry(locked=True)).set(True)


# -- how it was started -------------------------------------------------------------------------


def test_a_script_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "bin" / "facet"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["bin/facet"])
    monkeypatch.delenv("APPIMAGE", raising=False)
    assert launch_here() == Launch((str(script), "--hidden"))
    assert launch_here(Path("data")) == Launch(
        (str(script), "--data-dir", str(tmp_path / "data"), "--hidden")
    )


def test_a_script_of_windows_is_found_by_its_whole_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "facet.exe"
    script.touch(mode=0o755)
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "facet")])
    monkeypatch.delenv("APPIMAGE", raising=False)
    assert launch_here().command == (str(script), "--hidden")


def test_a_module_is_started_where_it_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(autostart.__file__).parents[2]
    monkeypatch.setattr(sys, "argv", [str(root / "app" / "__main__.py")])
    monkeypatch.delenv("APPIMAGE", raising=False)
    assert launch_here() == Launch((sys.executable, "-m", "app", "--hidden"), str(root))


def test_packed_programs_start_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPIMAGE", "/home/someone/Facet.AppImage")
    assert launch_here() == Launch(("/home/someone/Facet.AppImage", "--hidden"))
    monkeypatch.delenv("APPIMAGE")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/facet/facet")
    assert launch_here() == Launch(("/opt/facet/facet", "--hidden"))
