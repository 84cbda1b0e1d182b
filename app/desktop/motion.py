"""Whether the person has asked the system for less motion."""

import subprocess
import sys

_ASK_GNOME = ("gsettings", "get", "org.gnome.desktop.interface", "enable-animations")
_ASK_MAC = ("defaults", "read", "com.apple.universalaccess", "reduceMotion")
_SECONDS = 2.0


def wants_reduced_motion() -> bool:
    """What the system says; False where it says nothing. May take a moment: not for the thread
    that paints."""
    if sys.platform == "win32":
        return _windows()
    if sys.platform == "darwin":
        return _output(_ASK_MAC) == "1"
    return _output(_ASK_GNOME) == "false"


def _output(command: tuple[str, ...]) -> str:
    try:
        asked = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""  # no such desktop
    return asked.stdout.strip() if asked.returncode == 0 else ""


def _windows() -> bool:
    import ctypes

    animated = ctypes.c_int(1)
    get_client_area_animation = 0x1042
    known = ctypes.windll.user32.SystemParametersInfoW(  # type: ignore[attr-defined]
        get_client_area_animation, 0, ctypes.byref(animated), 0
    )
    return bool(known) and not animated.value
