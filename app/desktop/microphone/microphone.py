"""The microphone of the window: opened while something is held or the light is on, and else not."""

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.core.errors import AppError
from app.desktop.microphone import trouble
from app.desktop.microphone.listener import Listener
from app.desktop.microphone.ports import Port, Ports
from app.desktop.microphone.take import CLIP, LONGEST, CutOff, InputDevice

_TICK = 33  # milliseconds between two levels
_IDLE = 1.0  # seconds after which there is time to look for other devices


@dataclass
class _Session:
    """One recording, from the order to begin it until the device is closed."""

    limit: float
    listener: Listener | None = None
    port: Port | None = None  # the thread's alone
    ending: Literal["", "stop", "cancel"] = ""
    cut_off: CutOff = ""
    warned: bool = False


class Microphone(QObject):
    """Records one take at a time. Everything here is for the main thread and returns at once; what
    takes the sound system its time is done in a thread, and the signals follow.

    ``start`` is followed by ``started`` or by ``failed`` (codes "mic-none", "mic-refused",
    "mic-busy", "mic-failed"), and after ``started`` comes ``stopped`` with a ``Take``, unless
    ``cancel`` was called. ``light_changed(True)`` comes before the device is opened and
    ``light_changed(False)`` once it is closed.
    """

    level = Signal(float)  # RMS of the last moment, 0..1, 30 times a second while recording
    started = Signal()
    stopped = Signal(object)  # Take
    failed = Signal(AppError)
    warned = Signal(AppError)  # "mic-silent": no sound arrives; the recording goes on
    light_changed = Signal(bool)
    devices_changed = Signal()
    _told = Signal(object)  # a function to call on the main thread

    def __init__(self, ports: Ports | None = None, parent: QObject | None = None) -> None:
        """Touches nothing of the sound system."""
        super().__init__(parent)
        self._told.connect(self._do, Qt.ConnectionType.QueuedConnection)
        self._ports = ports or Ports()
        self._orders: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._stale = False  # there may be other devices; the thread looks when it is idle
        self._ported = False  # a device is open; for the thread only
        self._devices: tuple[InputDevice, ...] = ()
        self._session: _Session | None = None  # what is recorded, or is to be
        self._open: list[_Session] = []  # those whose device isn't closed yet
        self._last: Listener | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    # -- devices ----------------------------------------------------------------------------------

    def warm_up(self) -> None:
        """Load the sound system in the background, so that the first recording need not wait for
        it. Opens no device. ``devices_changed`` follows."""
        self._stale = True
        self._order(self._look)

    @property
    def device(self) -> InputDevice | None:
        """What is recorded with, or the system's default; None if that isn't known."""
        if self._session is not None and self._session.listener is not None:
            return self._session.listener.device
        return next((one for one in self._devices if one.is_default), None)

    def devices(self) -> tuple[InputDevice, ...]:
        """The microphones, as last looked for; empty before the first time."""
        return self._devices

    def refresh(self) -> None:
        """Look for microphones anew, once nothing is being recorded. ``devices_changed`` follows if
        there are others or another is the default."""
        self.warm_up()

    # -- recording --------------------------------------------------------------------------------

    @property
    def light(self) -> bool:
        """Whether the microphone is open, or being opened or closed."""
        return bool(self._open)

    @property
    def recording(self) -> bool:
        """From ``start`` until ``stop``, ``cancel`` or a failure."""
        return self._session is not None and not self._session.ending

    @property
    def seconds(self) -> float:
        """How much has been recorded so far."""
        return self._last.seconds if self._last is not None else 0.0

    def start(self, device: str = "", limit: float | None = CLIP) -> None:
        """Begin to record with the device of this id, "" for the system's default (as it is now).
        One that isn't there any more is replaced by the default. After ``limit`` seconds the take
        ends by itself; None records on (``LONGEST``). Without effect while ``recording``."""
        if self.recording or self._closed:
            return
        session = _Session(LONGEST if limit is None else limit)
        self._session, self._last = session, None
        self._open.append(session)
        if len(self._open) == 1:
            self.light_changed.emit(True)
        self._order(partial(self._begin, session, device))

    def stop(self) -> None:
        """End the take: ``stopped`` follows with everything that was heard until now."""
        self._end("stop")

    def cancel(self) -> None:
        """Close the microphone and forget what was heard. No ``stopped`` follows."""
        self._end("cancel")

    def levels(self) -> Sequence[float]:
        """The RMS of the take so far, 0..1, one value for each 50 ms; for the waveform."""
        return self._last.levels() if self._last is not None else ()

    def samples(self, start: int = 0) -> np.ndarray:
        """What has been recorded so far from sample ``start`` on: int16, for who listens while it
        goes on (pauses, pieces of a long take)."""
        return np.zeros(0, np.int16) if self._last is None else self._last.samples(start)

    def close(self) -> None:
        """Cancel, and let go of the sound system. Safe to call twice."""
        self.cancel()
        self._closed = True
        if self._thread is not None:
            self._orders.put(None)
            self._thread.join(2.0)
            self._thread = None

    # -- in the main thread -----------------------------------------------------------------------

    def _end(self, how: Literal["stop", "cancel"], cut_off: CutOff = "") -> None:
        session = self._session
        if session is None or session.ending:
            return
        session.ending, session.cut_off = how, cut_off
        self._timer.stop()
        if session.listener is not None:  # else it is closed once it has been opened
            self._order(partial(self._finish, session))

    def _opened(self, session: _Session, listener: Listener) -> None:
        session.listener = self._last = listener
        if session.ending:
            self._order(partial(self._finish, session))
        else:
            self._timer.start()
        if session.ending != "cancel":
            self.started.emit()

    def _refused(self, session: _Session, error: AppError) -> None:
        self._gone(session)
        if session.ending != "cancel":
            self.failed.emit(error)

    def _tick(self) -> None:
        session = self._session
        if session is None or session.listener is None:
            return
        listener = session.listener
        level = listener.drain()
        if listener.seconds >= session.limit:
            self._end("stop", "limit")
        elif listener.lost:
            self._end("stop", "device lost")
        elif listener.silent and not session.warned:
            session.warned = True
            self.warned.emit(trouble.silent(listener.device.name))
        self.level.emit(level)

    def _heard(self, session: _Session, listener: Listener) -> None:
        """Nothing more is heard; the device is still being closed."""
        if self._session is session:
            self._session = None
        if session.ending == "cancel":
            if self._last is listener:
                self._last = None
            return
        take = listener.take(session.cut_off, session.limit)
        if session.cut_off == "device lost" and not take.samples.size:
            self.failed.emit(trouble.broken(listener.device.name))
        else:
            self.stopped.emit(take)

    def _gone(self, session: _Session) -> None:
        """The device is closed, or was never open."""
        if self._session is session:
            self._session = None
        self._open.remove(session)
        if not self._open:
            self.light_changed.emit(False)

    def _looked(self, devices: tuple[InputDevice, ...]) -> None:
        if devices != self._devices:
            self._devices = devices
            self.devices_changed.emit()

    def _do(self, report: Callable[[], None]) -> None:
        if not self._closed:
            report()

    def _order(self, order: Callable[[], None]) -> None:
        if self._closed:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="microphone", daemon=True)
            self._thread.start()
        self._orders.put(order)

    # -- in the thread ----------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            try:
                waits = self._stale and not self._ported
                order = self._orders.get(timeout=_IDLE if waits else None)
            except queue.Empty:
                order = self._look
            if order is None:
                return
            order()

    def _tell(self, report: Callable[[], None]) -> None:
        if not self._closed:
            self._told.emit(report)

    def _look(self) -> None:
        if self._ported or not self._stale:
            return  # PortAudio can't look while a device is open
        self._stale = False
        try:
            devices = self._ports.look()
        except AppError:
            devices = ()
        self._tell(partial(self._looked, devices))

    def _begin(self, session: _Session, device: str) -> None:
        try:
            session.port = self._ports.open(device)
        except AppError as error:
            self._stale = True
            self._tell(partial(self._refused, session, error))
            return
        self._ported = True
        if self._closed:
            self._finish(session)
            return
        self._tell(partial(self._opened, session, session.port.listener))
        self._ports.identify(session.port)  # while it records already
        self._tell(partial(self._looked, self._ports.devices))

    def _finish(self, session: _Session) -> None:
        port = session.port
        assert port is not None
        port.stop()
        self._tell(partial(self._heard, session, port.listener))
        port.close()
        self._ported = False
        self._stale = True
        self._tell(partial(self._gone, session))
