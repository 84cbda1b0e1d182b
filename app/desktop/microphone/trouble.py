"""What goes wrong with microphones, and what can be done about it on each system."""

import errno
import sys

from app.core.errors import AppError

# Codes of PortAudio, and of the systems below it, that say that another program has the device or
# that the person has not allowed it.
_UNAVAILABLE, _INVALID = -9985, -9996
_BUSY = {-errno.EBUSY, 4, -2004287478}  # ALSA, MME, WASAPI (AUDCLNT_E_DEVICE_IN_USE)
_REFUSED = {-errno.EACCES, -errno.EPERM, -2147024891}  # ALSA, WASAPI (E_ACCESSDENIED)
_GONE = {-errno.ENODEV, -errno.ENOENT, 2, 6, -2004287484}  # WASAPI: AUDCLNT_E_DEVICE_INVALIDATED

_ALLOW = {
    "win32": "Open Settings, Privacy & security, Microphone, and let desktop apps use it.",
    "darwin": "Open System Settings, Privacy & Security, Microphone, and switch Facet on.",
}
_ALLOW_HERE = _ALLOW.get(
    sys.platform, "Let this account use sound devices: it may have to be in the group audio."
)
_LIBRARY = {
    "win32": "Install Facet again.",
    "darwin": "Install Facet again.",
}
_CHOOSE = "Choose another microphone in the settings of Facet."


def none() -> AppError:
    """There is no microphone."""
    return AppError(
        "No microphone was found.",
        "Connect one, or switch it on in the sound settings of the system.",
        code="mic-none",
    )


def refused(name: str) -> AppError:
    """The system does not let Facet hear."""
    return AppError(
        f"The system doesn't let Facet use {name or 'the microphone'}.",
        _ALLOW_HERE,
        code="mic-refused",
    )


def busy(name: str) -> AppError:
    """Another program has the device for itself."""
    return AppError(
        f"{name or 'The microphone'} is in use by another program.",
        "Close that program, or choose another microphone in the settings of Facet.",
        code="mic-busy",
    )


def silent(name: str) -> AppError:
    """The device is open, but nothing at all is heard."""
    allow = f" {_ALLOW['darwin']}" if sys.platform == "darwin" else ""
    return AppError(
        f"No sound arrives from {name or 'the microphone'}.",
        f"Choose another input or check its switch.{allow}",
        code="mic-silent",
    )


def broken(name: str, reason: str = "") -> AppError:
    """It can't be opened, or gives nothing, for a reason that only the system knows."""
    said = f" The system says: {reason.rstrip('.')}." if reason else ""
    return AppError(
        f"{name or 'The microphone'} doesn't work.{said}",
        f"Connect it again and try once more. {_CHOOSE}",
        code="mic-failed",
    )


def no_library(reason: str) -> AppError:
    """PortAudio can't be loaded."""
    return AppError(
        f"Facet can't record: {reason.rstrip('.')}.",
        _LIBRARY.get(
            sys.platform,
            "Install PortAudio, which Debian calls libportaudio2, then start Facet anew.",
        ),
        code="mic-failed",
    )


def from_portaudio(name: str, error: Exception) -> AppError:
    """What PortAudio says, in words. Its errors have a text, its own code, and what the system
    said: a number of the system's library, and a text."""
    text, code, host = [*error.args, "", 0, None][:3] if len(error.args) >= 3 else _padded(error)
    system_code, reason = (host[1], host[2]) if isinstance(host, tuple) else (0, "")
    said = f"{text} {reason}".lower()
    if system_code in _REFUSED or "permission denied" in said or "access is denied" in said:
        return refused(name)
    if system_code in _BUSY or "busy" in said or "in use" in said:
        return busy(name)
    if code == _INVALID or system_code in _GONE:
        return none()
    if code == _UNAVAILABLE:
        return busy(name)
    return broken(name, str(reason or text))


def _padded(error: Exception) -> tuple[str, int, None]:
    text = str(error.args[0]) if error.args else ""
    code = error.args[1] if len(error.args) > 1 else 0
    return text, int(code), None
