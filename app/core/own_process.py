"""How Facet starts the processes that are its own: the engine, the readers of documents and films,
and what plays a sound.

From source they are modules of the same Python. An installed Facet has no Python to be seen: there
the same executable is started with another argument.
"""

import sys

ARGUMENT = "--child"
MODULES = {
    "engine": "app.engine.child",
    "reader": "app.documents.reader.child",
    "film": "app.documents.film_child",
    "player": "app.desktop.player.child",
}


def own_command(name: str) -> tuple[str, ...]:
    """What starts the process of this name among ``MODULES``."""
    if getattr(sys, "frozen", False):
        return (sys.executable, ARGUMENT, name)
    return (sys.executable, "-m", MODULES[name])
