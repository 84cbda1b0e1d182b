"""A microphone without hardware: a PulseAudio server of one's own, into which tests play sounds.

Programs that get ``environment`` find one microphone in it, through ALSA, as on a desktop.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

from tests.end2end.processes import end
from tests.end2end.waiting import wait_for

RATE = 16000
_SPEAKER = "vspk"
MICROPHONE = "Virtual_microphone"


class VirtualMicrophone:
    """What is played is what the microphone hears; else it hears silence."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: subprocess.Popen[bytes] | None = None
        self._awake: subprocess.Popen[bytes] | None = None
        socket = folder / "pulse.sock"
        self.environment: Mapping[str, str] = {
            "HOME": str(folder),
            "PULSE_SERVER": f"unix:{socket}",
            "PULSE_RUNTIME_PATH": str(folder),
            "PULSE_STATE_PATH": str(folder),
            "PULSE_COOKIE": str(folder / "cookie"),
            "ALSA_CONFIG_PATH": str(folder / "alsa.conf"),
        }

    def start(self) -> None:
        """Start the server, with the microphone as its default."""
        # Only PulseAudio: the names of other systems would each cost a message on stderr.
        (self._folder / "alsa.conf").write_text(
            "pcm.!default { type pulse }\nctl.!default { type pulse }\n"
            "pcm.pulse { type pulse }\nctl.pulse { type pulse }\n"
        )
        modules = [
            f"module-native-protocol-unix auth-anonymous=1 socket={self._folder / 'pulse.sock'}",
            f"module-null-sink sink_name={_SPEAKER} rate={RATE} channels=1",
        ]
        words = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        for module in modules:
            words += ["-L", module]
        self._server = self._run(words)
        wait_for(lambda: self._try("pactl", "info"), "PulseAudio answers")
        self.plug_in()

    def plug_in(self) -> None:
        """The microphone is there, and the system's default."""
        self.control(
            "load-module",
            "module-remap-source",
            f"master={_SPEAKER}.monitor",
            f"source_name={MICROPHONE}",
            f"source_properties=device.description={MICROPHONE}",
        )
        self.control("set-default-source", MICROPHONE)
        # A source that nobody listens to falls asleep, and loses the beginning when it wakes.
        listen = ["parec", "--latency-msec=20", f"--device={MICROPHONE}"]
        self._awake = self._run(listen)
        with subprocess.Popen(listen, env=self._all(), stdout=subprocess.PIPE) as first:
            assert first.stdout is not None
            first.stdout.read(RATE // 10)
            end(first)

    def unplug(self) -> None:
        """The microphone is gone, as when its cable is pulled."""
        if self._awake is not None:
            end(self._awake)
            self._awake = None
        self.control("unload-module", "module-remap-source")

    @contextmanager
    def another(self, name: str) -> Iterator[str]:
        """Meanwhile there is a second microphone, which hears nothing. Its id."""
        sink = self.control("load-module", "module-null-sink", f"sink_name={name}_sink").strip()
        properties = f"source_properties=device.description={name}"
        words = (f"master={name}_sink.monitor", f"source_name={name}", properties)
        source = self.control("load-module", "module-remap-source", *words).strip()
        try:
            yield name
        finally:
            self.control("set-default-source", MICROPHONE)
            self.control("unload-module", source)
            self.control("unload-module", sink)

    def control(self, *words: str) -> str:
        """What ``pactl`` answers."""
        answer = subprocess.run(
            ["pactl", *words], env=self._all(), check=True, capture_output=True, text=True
        )
        return answer.stdout

    @contextmanager
    def playing(self, samples: np.ndarray, rate: int = RATE) -> Iterator[None]:
        """Meanwhile ``samples`` (float32 or int16, mono) are played; at the end it waits until
        they have been."""
        with tempfile.NamedTemporaryFile(suffix=".wav", dir=self._folder) as file:
            soundfile.write(file.name, samples, rate, format="WAV", subtype="PCM_16")
            words = ["paplay", "--latency-msec=100", f"--device={_SPEAKER}", file.name]
            process = self._run(words)
            try:
                yield
                process.wait(60)
            finally:
                end(process)

    def play(self, samples: np.ndarray, rate: int = RATE) -> None:
        """Play ``samples`` to their end."""
        with self.playing(samples, rate):
            pass

    def listeners(self) -> int:
        """How many programs have the microphone open."""
        mine = 1 if self._awake is not None else 0
        outputs = [
            line.split() for line in self.control("list", "short", "source-outputs").splitlines()
        ]
        # The microphone itself listens to what plays, but it is no program.
        return len([fields for fields in outputs if fields[2] != "-"]) - mine

    def stop_server(self) -> None:
        """The sound system ends, and with it the microphone. ``start`` begins it anew."""
        for process in (self._awake, self._server):
            if process is not None:
                end(process)
        self._awake = self._server = None

    def _run(self, words: list[str]) -> "subprocess.Popen[bytes]":
        silent = subprocess.DEVNULL
        return subprocess.Popen(words, env=self._all(), stdin=silent, stdout=silent, stderr=silent)

    def _try(self, *words: str) -> bool:
        done = subprocess.run(words, env=self._all(), capture_output=True, check=False)
        return done.returncode == 0

    def _all(self) -> dict[str, str]:
        return {**os.environ, **self.environment}


@contextmanager
def virtual_microphone() -> Iterator[VirtualMicrophone]:
    """One that lives as long as the block."""
    # Not pytest's folder: the path of a socket has to be short.
    folder = Path(tempfile.mkdtemp(prefix="facet-mic-"))
    microphone = VirtualMicrophone(folder)
    try:
        microphone.start()
        yield microphone
    finally:
        microphone.stop_server()
        shutil.rmtree(folder, ignore_errors=True)
