"""The harness itself: what it starts must not outlive it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.end2end.processes import marked
from tests.end2end.screen import ROOT
from tests.end2end.waiting import wait_for

KILLED = """
import sys
from tests.end2end.screen import virtual_screen
with virtual_screen(320, 240, bus=True) as screen:
    print(screen.environment["FACET_SCREEN"], screen.environment["HOME"], flush=True)
    sys.stdin.read()
"""


def test_a_killed_run_leaves_nothing() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout is not None
        mark, home = run.stdout.readline().split()
        assert len(marked(f"FACET_SCREEN={mark}")) >= 3
        run.kill()
    wait_for(lambda: not marked(f"FACET_SCREEN={mark}"), "everything has ended")
    wait_for(lambda: not Path(home).exists(), "the home folder is gone")
