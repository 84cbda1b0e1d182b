"""How long the start took, for the benchmark: JSON lines on stderr, only when asked for."""

import json
import os
import sys
import time
from pathlib import Path

_imported = time.monotonic()


class StartTrace:
    """Writes each milestone once, in ms since the process started, if FACET_TRACE_START=1."""

    def __init__(self) -> None:
        self._wanted = os.environ.get("FACET_TRACE_START") == "1"
        self._written: set[str] = set()

    def reached(self, milestone: str) -> None:
        """The start has come to ``milestone``; every later call with it is ignored."""
        if not self._wanted or milestone in self._written:
            return
        self._written.add(milestone)
        print(json.dumps({milestone: round(_age_ms(), 1)}), file=sys.stderr, flush=True)


def _age_ms() -> float:
    """Milliseconds since this process started; where the system does not tell (all but Linux),
    since this module was imported."""
    try:
        stat = Path("/proc/self/stat").read_text()
        ticks = int(stat.rpartition(")")[2].split()[19])
        began = ticks / os.sysconf("SC_CLK_TCK")
        return (time.clock_gettime(time.CLOCK_BOOTTIME) - began) * 1000
    except (OSError, AttributeError, ValueError, IndexError):
        return (time.monotonic() - _imported) * 1000
