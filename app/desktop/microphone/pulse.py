"""The microphones of PulseAudio and PipeWire, which PortAudio reaches through ALSA as one device.

``pactl`` lists them; which one a program hears is said by an environment variable when it opens
that device.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from app.desktop.microphone.take import InputDevice

_VARIABLE = "PULSE_SOURCE"
_SECONDS = 2.0  # for pactl to answer


def sources() -> tuple[InputDevice, ...] | None:
    """The microphones, without what plays on loudspeakers. None where there is no such server, or
    no ``pactl`` to ask it."""
    if shutil.which("pactl") is None:
        return None
    listed, info = _ask("list", "sources"), _ask("info")
    if listed is None or info is None:
        return None
    default = _value(info, "Default Source")
    found = []
    for block in listed.split("\n\n"):
        name = _value(block, "Name")
        if not name or _value(block, "Monitor of Sink") not in ("", "n/a"):
            continue
        found.append(InputDevice(name, _value(block, "Description") or name, name == default))
    return tuple(found)


@contextmanager
def listening_to(source: str) -> Iterator[None]:
    """Meanwhile the device of PulseAudio is opened for ``source``, "" for the default."""
    before = os.environ.get(_VARIABLE)
    if source:
        os.environ[_VARIABLE] = source
    try:
        yield
    finally:
        if source and before is None:
            del os.environ[_VARIABLE]
        elif source and before is not None:
            os.environ[_VARIABLE] = before


def _ask(*words: str) -> str | None:
    try:
        answer = subprocess.run(
            ["pactl", *words],
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout


def _value(text: str, name: str) -> str:
    """What stands after ``name`` and a colon in the first line that has it."""
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon and key.strip() == name:
            return value.strip()
    return ""
