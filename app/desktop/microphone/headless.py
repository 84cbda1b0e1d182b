"""Recording for the command line. No Qt."""

import threading
from collections.abc import Callable

from app.desktop.microphone import trouble
from app.desktop.microphone.ports import Ports
from app.desktop.microphone.take import CutOff, Take

_STEP = 0.05  # seconds between two looks at what has come


def record(
    seconds: float,
    device: str = "",
    told: Callable[[float, float], None] = lambda seconds, level: None,
    stop: threading.Event | None = None,
    ports: Ports | None = None,
) -> Take:
    """Record for ``seconds`` with the microphone of this id, "" for the system's default, or until
    ``stop`` is set. ``told`` gets the seconds so far and the level (RMS, 0..1), 20 times a second.

    Raises AppError: as for ``Microphone``, and "mic-silent" if nothing but silence came. A device
    that goes away ends the take (``cut_off``); one that never gave anything is an error.
    """
    stop = stop or threading.Event()
    ports = ports or Ports()
    port = ports.open(device)
    ports.identify(port)  # while it records already
    listener = port.listener
    cut_off: CutOff = ""
    try:
        while not stop.wait(_STEP):
            level = listener.drain()
            told(listener.seconds, level)
            if listener.seconds >= seconds:
                break
            if listener.lost:
                cut_off = "device lost"
                break
        port.stop()
    finally:
        port.close()
    take = listener.take(cut_off, seconds)
    if cut_off and not take.samples.size:
        raise trouble.broken(listener.device.name)
    if listener.silent:
        raise trouble.silent(listener.device.name)
    return take
