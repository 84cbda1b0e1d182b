"""How long Facet takes from the start of its process to its first paint, to being ready for
typing, and to a loaded starter model; beside the least window that Qt can show, in turns with it.

"warm" finds its files in the page cache, "cold" after the caches were dropped (needs root; left
out where that is refused). Milliseconds. Prints one JSON object.
"""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from tests.bench.figures import spread
from tests.end2end.models import MODELS_ENVIRONMENT, STARTER, write_settings
from tests.end2end.processes import end
from tests.end2end.program import Program
from tests.end2end.screen import ROOT, Screen, virtual_screen
from tests.end2end.waiting import wait_for

WARM_RUNS = 15
COLD_RUNS = 3
MILESTONES = ("first_paint", "ready", "model_ready")
CACHES = Path("/proc/sys/vm/drop_caches")


def main() -> int:
    with virtual_screen(1440, 900) as screen, tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder) / "data"
        write_settings(data_dir, model=STARTER, window=[60, 40, 1280, 800])
        result = {"unit": "ms", "warm": measure(screen, data_dir, WARM_RUNS, cold=False)}
        if drop_caches():
            result["cold"] = measure(screen, data_dir, COLD_RUNS, cold=True)
    print(json.dumps(result))
    return 0


def measure(screen: Screen, data_dir: Path, runs: int, *, cold: bool) -> dict[str, object]:
    """The figures of ``runs`` starts of each, after one that does not count."""
    facet: dict[str, list[float]] = {name: [] for name in MILESTONES}
    hello: list[float] = []
    for run in range(-1, runs):
        for program in (start_facet, start_hello):
            if cold:
                drop_caches()
            times = program(screen, data_dir)
            if run < 0:
                continue
            if program is start_hello:
                hello.append(times["first_paint"])
            else:
                for name in MILESTONES:
                    facet[name].append(times[name])
    return {
        "facet": {name: spread(values) for name, values in facet.items()},
        "hello_window": {"first_paint": spread(hello)},
    }


def start_facet(screen: Screen, data_dir: Path) -> dict[str, float]:
    with closing(Program(screen, data_dir, MODELS_ENVIRONMENT)) as program:
        program.start()
        wait_for(lambda: "model_ready" in program.milestones(), "the model is loaded", 60)
        times = program.milestones()
        screen.key("ctrl+q")
        program.wait_for_end()
    return times


def start_hello(screen: Screen, data_dir: Path) -> dict[str, float]:
    log = data_dir / "hello.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.hello_window"],
            env={**screen.environment, "FACET_TRACE_START": "1"},
            cwd=ROOT,
            stderr=output,
        )
        try:
            wait_for(lambda: "first_paint" in log.read_text(), "the window is painted", 60)
        finally:
            end(process)
    times: dict[str, float] = json.loads(log.read_text().splitlines()[0])
    return times


def drop_caches() -> bool:
    """Forget what was read from disk; False where that is not allowed."""
    os.sync()
    try:
        CACHES.write_text("3\n")
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
