"""The engine's child on a machine that has as much free memory as the file AVAILABLE says, in
bytes, and that looks often."""

import os
from pathlib import Path

from app.core.machine import Memory
from app.engine import child


def _memory() -> Memory:
    return Memory(16 * 10**9, int(Path(os.environ["AVAILABLE"]).read_text()))


if __name__ == "__main__":
    child.memory = _memory  # type: ignore[attr-defined]
    child._LOOK_EVERY = 0.02
    child.main()
