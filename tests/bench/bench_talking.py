"""Talking to the window: from the key to the microphone, and from letting go of it to the question.

A real key is held on a screen of its own, a real sound system plays speech meanwhile, and the
miniature answers. Prints one JSON object; times in milliseconds, from when the field gets the key.

usage: bench_talking.py [TURNS]
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import soundfile

from tests.bench.figures import spread
from tests.data import MEDIA
from tests.end2end.models import MINIATURE, TEST_ENVIRONMENT, write_settings
from tests.end2end.program import Program
from tests.end2end.screen import ROOT, virtual_screen
from tests.end2end.virtual_microphone import RATE, VirtualMicrophone, virtual_microphone
from tests.end2end.waiting import wait_for

TURNS = 20
_HELD = 0.25  # seconds longer than a short press


class Probe(Program):
    """Facet that tells what happens when."""

    def _begin(self, arguments: Sequence[str]) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.bench.talking_probe"),
                    *("--data-dir", str(self.data_dir), *arguments),
                ],
                env=self._environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def told(self, name: str) -> list[float]:
        """When it happened, each time."""
        lines = [json.loads(line) for line in self.said().splitlines() if line.startswith("{")]
        return [line["ms"] for line in lines if line.get("event") == name]


def worked(pid: int) -> float:
    """Seconds that a process has had a core for itself."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def turn(program: Probe, microphone: VirtualMicrophone, word: np.ndarray) -> dict[str, float]:
    """One question, spoken."""
    opened, asked = len(program.told("recording")), len(program.told("asked"))
    downs = len(program.told("down"))
    program.screen.xdotool("keydown", "space")
    wait_for(lambda: len(program.told("recording")) > opened, "the microphone is open")
    used, began = worked(program.pid), time.monotonic()
    microphone.play(word)
    share = (worked(program.pid) - used) / (time.monotonic() - began)
    time.sleep(_HELD)
    program.screen.xdotool("keyup", "space")
    wait_for(lambda: len(program.told("asked")) > asked, "it has been asked")
    wait_for(lambda: program.newest_messages()[-1].outcome == "done", "it is answered")
    return {
        "key_to_recording": program.told("recording")[opened] - program.told("down")[downs],
        "release_to_asked": program.told("asked")[asked] - program.told("up")[-1],
        "cpu_percent": 100 * share,
    }


def main() -> int:
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else TURNS
    word, rate = soundfile.read(MEDIA / "seven.wav", dtype="float32")
    assert rate == RATE
    with (
        tempfile.TemporaryDirectory() as folder,
        virtual_screen(1440, 900) as screen,
        virtual_microphone() as microphone,
    ):
        data = Path(folder) / "data"
        write_settings(data, model=MINIATURE, window=(60, 40, 1280, 800), thinking="off")
        environment = {**TEST_ENVIRONMENT, **microphone.environment}
        with closing(Probe(screen, data, environment)) as program:
            program.start()
            wait_for(lambda: "model_ready" in program.milestones(), "the model is loaded", 60)
            found = [turn(program, microphone, word) for _ in range(turns + 1)]
    first, rest = found[0], found[1:]
    print(
        json.dumps(
            {
                "first": {name: round(value, 1) for name, value in first.items()},
                **{name: spread([one[name] for one in rest]) for name in first},
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
