"""Showing a file in the system's file manager."""

import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

_SECONDS = 2.0


def reveal(path: Path) -> bool:
    """Show ``path`` in its folder, selected where the system can do that. False if there is no
    file manager. May take a moment: not for the thread that paints."""
    command = _command(path)
    if command and _runs(command):
        return True
    folder = path if path.is_dir() else path.parent
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def _command(path: Path) -> tuple[str, ...]:
    """What selects a file in its folder on this system."""
    if sys.platform == "win32":
        return ("explorer", f"/select,{path}")
    if sys.platform == "darwin":
        return ("open", "-R", str(path))
    name = "org.freedesktop.FileManager1"
    return (
        "dbus-send",
        "--session",
        "--print-reply",
        f"--dest={name}",
        "--type=method_call",
        f"/{name.replace('.', '/')}",
        f"{name}.ShowItems",
        f"array:string:{path.as_uri()}",
        "string:",
    )


def _runs(command: tuple[str, ...]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    # Windows' file manager tells of a failure where there was none.
    return done.returncode == 0 or sys.platform == "win32"
