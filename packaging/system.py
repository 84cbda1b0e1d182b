"""What Facet needs from the operating system around it: libraries, programs, a screen.

A library is looked for by its soname and a program by its name, never in a package database, so
the answer is right on every Linux. Debian's packages are named, and installed where that is
possible and allowed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from report import CommandFailed, Report, SetupError

# Debian package -> soname. Qt's own message blames xcb-cursor for any of them.
WINDOW_LIBRARIES = {
    "libglib2.0-0": "libglib-2.0.so.0",
    "libgl1": "libGL.so.1",
    "libegl1": "libEGL.so.1",
    "libdbus-1-3": "libdbus-1.so.3",
    "libfontconfig1": "libfontconfig.so.1",
    "libxkbcommon-x11-0": "libxkbcommon-x11.so.0",
    "libxcb-cursor0": "libxcb-cursor.so.0",
    "libxcb-icccm4": "libxcb-icccm.so.4",
    "libxcb-keysyms1": "libxcb-keysyms.so.1",
    "libxcb-randr0": "libxcb-randr.so.0",
    "libxcb-shape0": "libxcb-shape.so.0",
    "libxcb-sync1": "libxcb-sync.so.1",
    "libxcb-xfixes0": "libxcb-xfixes.so.0",
    "libxcb-xkb1": "libxcb-xkb.so.1",
    "libx11-xcb1": "libX11-xcb.so.1",
    "libbrotli1": "libbrotlidec.so.1",
    "libportaudio2": "libportaudio.so.2",
}

# Debian package -> program, by its name, or by the path of a file that stands for it.
SCREEN_PROGRAMS = {
    "xvfb": "Xvfb",
    "openbox": "openbox",
    "xdotool": "xdotool",
    "x11-utils": "xprop",
}
TEST_PROGRAMS = {
    **SCREEN_PROGRAMS,
    "trayer": "trayer",
    "xclip": "xclip",
    "xserver-xorg-core": "/usr/lib/xorg/Xorg",
    "xserver-xorg-video-dummy": "/usr/lib/xorg/modules/drivers/dummy_drv.so",
    "x11-xserver-utils": "xrandr",
    "espeak-ng": "espeak-ng",
    "pulseaudio": "pulseaudio",
    "pulseaudio-utils": "paplay",
    "libasound2-plugins": "/usr/share/alsa/alsa.conf.d/10-speexrate.conf",
    "asterisk-core-sounds-en-wav": "/usr/share/asterisk/sounds/en_US_f_Allison/hello-world.wav",
    "dbus-daemon": "dbus-daemon",
    "at-spi2-core": "/usr/share/dbus-1/services/org.a11y.Bus.service",
    "libreoffice-writer-nogui": "/usr/lib/libreoffice/program/libswlo.so",
    "libreoffice-calc-nogui": "/usr/lib/libreoffice/program/libsclo.so",
    "libreoffice-impress-nogui": "/usr/lib/libreoffice/program/libsdlo.so",
}


def missing(libraries: Mapping[str, str], programs: Mapping[str, str]) -> list[str]:
    """The Debian packages whose library or program is not here; none elsewhere than on Linux."""
    if not sys.platform.startswith("linux"):
        return []
    return [package for package, soname in libraries.items() if not _loads(soname)] + [
        package for package, program in programs.items() if not _is_there(program)
    ]


def require(packages: Sequence[str], purpose: str, report: Report) -> None:
    """Install Debian packages, or say which are missing.

    Raises SetupError where there is no apt-get, no right to use it, or it fails.
    """
    if not packages:
        return
    names = " ".join(packages)
    by_hand = f"apt-get install {names}"
    if shutil.which("apt-get") is None:
        raise SetupError(
            f"{purpose} needs what Debian calls {names}.",
            "Install these with the package manager of this system, then run this again.",
        )
    prefix = _as_root()
    if prefix is None:
        raise SetupError(
            f"{purpose} needs packages that are not installed: {names}.",
            f"Run `sudo {by_hand}`, then run this again.",
        )
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    with report.step(f"System packages ({names})"):
        try:
            # An old list names versions that are gone: refresh it, but a broken extra source
            # must not stand in the way of what the old list can still give.
            with contextlib.suppress(CommandFailed):
                report.run([*prefix, "apt-get", "update"], env=quiet)
            report.run(
                [*prefix, "apt-get", "install", "-y", "--no-install-recommends", *packages],
                env=quiet,
            )
        except CommandFailed as error:
            raise SetupError(
                f"apt-get could not install {names}: {error.reason()}",
                f"Run `sudo {by_hand}` and see what it says, then run this again.",
            ) from error


def has_display() -> bool:
    """Whether a window could be shown."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def _is_there(program: str) -> bool:
    if program.startswith("/"):
        return Path(program).exists()
    return shutil.which(program) is not None


def _as_root() -> list[str] | None:
    """The words before a command that make it run as root: none, sudo, or None if not allowed."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    answer = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    # env: sudo drops the variables that keep apt from asking.
    return (
        ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"] if answer.returncode == 0 else None
    )
