"""Where a command keeps what nobody needs after it."""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path


def passing_folder(stack: ExitStack) -> Path:
    """A folder that only this person can read, gone when ``stack`` is closed; in memory where the
    system has a place for that."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    place = runtime if runtime and Path(runtime).is_dir() else None
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="facet-", dir=place)))
