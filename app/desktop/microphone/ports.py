"""PortAudio: which microphones there are, and opening one. No Qt.

PortAudio makes its list once, when it begins, so that ``look`` ends and begins it again. All of it
is for one thread at a time.
"""

import ctypes
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from app.core.errors import AppError
from app.desktop.microphone import pulse, trouble
from app.desktop.microphone.listener import Listener
from app.desktop.microphone.take import RATE, InputDevice

_BLOCK = 320  # samples: 20 ms
_QUICK = 0.02  # seconds that a look may take to be worth it before each recording
_ALIASES = {"default", "pulse", "pipewire", "sysdefault", "jack"}  # other names of what is listed
_WASAPI = "Windows WASAPI"


class Port:
    """An open microphone."""

    def __init__(self, listener: Listener, stream: Any) -> None:
        self.listener = listener
        self._stream = stream

    def stop(self) -> None:
        """Hear no more. What was heard until now has reached the listener when this returns."""
        _forgiving(self._stream.stop)

    def close(self) -> None:
        """Let go of the device."""
        _forgiving(self._stream.close)


class Ports:
    """The sound system. Nothing of it is loaded before the first ``look`` or ``open``."""

    def __init__(self) -> None:
        self._sounddevice: Any = None
        self._looked_in = 0.0  # seconds that the last look at PortAudio's own list took
        self._of_pulse = False
        self._devices: tuple[InputDevice, ...] = ()

    @property
    def devices(self) -> tuple[InputDevice, ...]:
        """The microphones, as last looked for."""
        return self._devices

    def look(self) -> tuple[InputDevice, ...]:
        """The microphones there are now. Only while none is open. AppError where there is no
        PortAudio."""
        self._begin_anew()
        sources = pulse.sources() if self._pulse_device() is not None else None
        self._of_pulse = sources is not None
        self._devices = self._listed() if sources is None else sources
        return self._devices

    def open(self, device: str = "") -> Port:
        """Open the microphone with the id ``device``, "" for the system's default, and begin to
        listen. One that isn't there is replaced by the default. AppError if that can't be.
        Only while none is open."""
        fresh = not self._devices
        if fresh:
            self.look()
        elif self._looked_in < _QUICK:
            self._begin_anew()
        try:
            return self._try(device)
        except AppError as error:
            if fresh or error.code in ("mic-busy", "mic-refused"):
                raise
        self.look()  # there are others now, or none
        return self._try(device)

    def identify(self, port: Port) -> None:
        """Find out which device ``port`` really listens to: a server takes its default for one that
        has gone since the last look, and the default may be another by now. Takes a moment."""
        if not self._of_pulse:
            return
        self._devices = pulse.sources() or self._devices
        supposed = port.listener.device
        default = next((one for one in self._devices if one.is_default), supposed)
        chosen = [one for one in self._devices if one.id == supposed.id]
        port.listener.device = chosen[0] if chosen and not supposed.is_default else default

    def _try(self, device: str) -> Port:
        chosen = next((one for one in self._devices if one.id == device and device), None)
        if chosen is not None and not chosen.is_default:
            try:
                return self._open(chosen, self._index(chosen), chosen.id)
            except AppError as error:
                if error.code in ("mic-busy", "mic-refused"):
                    raise
        return self._open_default()

    def _open_default(self) -> Port:
        default = next((one for one in self._devices if one.is_default), None)
        device = default or InputDevice("", "")
        if self._of_pulse and not self._devices:
            raise trouble.none()
        return self._open(device, self._default_index(), "")

    def _open(self, device: InputDevice, index: int | None, source: str) -> Port:
        if index is None:
            raise trouble.none()
        sound = self._sounddevice
        problem = trouble.broken(device.name)
        for rate, channels in self._ways(index):
            listener = Listener(device, rate, channels)
            try:
                with self._choosing(source):
                    stream = sound.RawInputStream(
                        samplerate=rate,
                        blocksize=_BLOCK * rate // RATE,
                        device=index,
                        channels=channels,
                        dtype="int16",
                        latency="low",
                        extra_settings=self._settings(index),
                        callback=listener.hear,
                        finished_callback=listener.finish,
                    )
            except (sound.PortAudioError, ValueError) as error:
                problem = trouble.from_portaudio(device.name, error)
                if problem.code != "mic-failed":
                    raise problem from error
                continue
            try:
                stream.start()
            except sound.PortAudioError as error:
                _forgiving(stream.close)
                raise trouble.from_portaudio(device.name, error) from error
            return Port(listener, stream)
        raise problem

    def _ways(self, index: int) -> list[tuple[int, int]]:
        """Rates and channels to try: what the model hears, else what the device does."""
        info = self._sounddevice.query_devices(index)
        own = round(info["default_samplerate"]), max(1, min(2, info["max_input_channels"]))
        return [(RATE, 1), *([own] if own != (RATE, 1) else [])]

    def _choosing(self, source: str) -> AbstractContextManager[None]:
        return pulse.listening_to(source) if self._of_pulse else nullcontext()

    def _settings(self, index: int) -> Any:
        """WASAPI converts rates only if it is told to."""
        sound = self._sounddevice
        api = sound.query_hostapis(sound.query_devices(index)["hostapi"])["name"]
        return sound.WasapiSettings(auto_convert=True) if api == _WASAPI else None

    # -- PortAudio's list -------------------------------------------------------------------------

    def _begin_anew(self) -> None:
        began = time.perf_counter()
        if self._sounddevice is None:
            self._sounddevice = _load()
        else:
            sound = self._sounddevice
            try:
                sound._terminate()
                sound._initialize()
            except sound.PortAudioError as error:
                raise trouble.from_portaudio("", error) from error
        self._looked_in = time.perf_counter() - began

    def _inputs(self) -> list[tuple[int, str]]:
        """The number and name of each input of the system's part of PortAudio that we use."""
        sound = self._sounddevice
        if (api := self._api()) is None:
            return []
        return [
            (index, str(sound.query_devices(index)["name"]))
            for index in api["devices"]
            if sound.query_devices(index)["max_input_channels"] > 0
        ]

    def _api(self) -> Any:
        apis = [api for api in self._sounddevice.query_hostapis() if api["devices"]]
        preferred = [api for api in apis if api["name"] == _WASAPI]
        return next(iter([*preferred, *apis]), None)

    def _default_index(self) -> int | None:
        inputs = [index for index, _ in self._inputs()]
        if not inputs:
            return None
        default = int(self._api()["default_input_device"])
        return default if default in inputs else inputs[0]

    def _pulse_device(self) -> int | None:
        if not sys.platform.startswith("linux"):
            return None
        return next((index for index, name in self._inputs() if name == "pulse"), None)

    def _listed(self) -> tuple[InputDevice, ...]:
        default = self._default_index()
        found: dict[str, InputDevice] = {}
        for index, name in self._inputs():
            if index == default or name not in _ALIASES:
                shown = "System default" if name in _ALIASES else name
                found.setdefault(name, InputDevice(name, shown, index == default))
        return tuple(found.values())

    def _index(self, device: InputDevice) -> int | None:
        if self._of_pulse:
            return self._pulse_device()
        return next((index for index, name in self._inputs() if name == device.id), None)


def _load() -> Any:
    if sys.platform.startswith("linux"):
        _hush_alsa()
    try:
        # Imported here: it begins PortAudio, which takes its time and isn't everywhere.
        import sounddevice
    except OSError as error:
        raise trouble.no_library(str(error)) from error
    except Exception as error:  # PortAudio can't begin
        raise trouble.from_portaudio("", error) from error
    return sounddevice


def _forgiving(close: Callable[[], None]) -> None:
    """Call ``close`` on a stream whose device may be gone."""
    try:
        close()
    except Exception:  # PortAudioError, of a module that isn't imported up here
        pass


# ALSA tells stderr about each device that it tries in vain. This keeps it quiet.
_say_nothing = ctypes.CFUNCTYPE(
    None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p
)(lambda *_: None)


def _hush_alsa() -> None:
    try:
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(_say_nothing)
    except (OSError, AttributeError):
        pass
