"""``python -m app`` is ``facet``; with ``--child NAME`` it is one of Facet's own processes."""

import importlib
import sys

from app.core.own_process import ARGUMENT, MODULES


def run() -> int:
    """Be what the arguments say."""
    if sys.argv[1:2] == [ARGUMENT] and len(sys.argv) == 3 and sys.argv[2] in MODULES:
        # Nothing else is imported: a reader knows no window, and llama.cpp is for the engine alone.
        importlib.import_module(MODULES[sys.argv[2]]).main()
        return 0
    from app.cli import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
