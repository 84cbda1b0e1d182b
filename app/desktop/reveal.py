"""Showing a file in the system's file manager."""

import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QProcess

_SECONDS = 5.0  # for a file manager that has to be started first
_MANAGER = "org.freedesktop.FileManager1"


def reveal(path: Path) -> bool:
    """Show ``path`` in its folder, selected where the system can do that. False if there is no
    file manager. May take some seconds: not for the thread that paints."""
    if sys.platform == "win32":
        return _run("explorer", f"/select,{path}") is not None  # tells of failures that are none
    if sys.platform == "darwin":
        return _run("open", "-R", str(path)) == 0
    if _run(*_show_item(path)) == 0:
        return True
    started, _pid = QProcess.startDetached("xdg-open", [str(path.parent)])
    return started


def _show_item(path: Path) -> tuple[str, ...]:
    """Asks the file manager of the desktop over its bus, which most of them answer."""
    return (
        "dbus-send",
        "--session",
        "--print-reply",
        f"--dest={_MANAGER}",
        "--type=method_call",
        f"/{_MANAGER.replace('.', '/')}",
        f"{_MANAGER}.ShowItems",
        f"array:string:{path.as_uri()}",
        "string:",
    )


def _run(*command: str) -> int | None:
    """The exit status, 0 for a program that takes its time; None if there is no such program."""
    try:
        return subprocess.run(
            command, capture_output=True, timeout=_SECONDS, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return 0
    except OSError:
        return None
