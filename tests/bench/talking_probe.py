"""Facet, telling on stderr when keys come and what follows: run by bench_talking.

The names of what is told: "down" and "up" as the field gets the key, "recording" as the microphone
hears, "asked" as the engine is asked. Times are those of one clock, in milliseconds.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

from app.cli import main
from app.desktop.microphone.microphone import Microphone
from app.engine.messages import Generate
from app.session.engine_thread import EngineThread
from app.ui.voice.talk import Talk


def tell(name: str) -> None:
    print(json.dumps({"event": name, "ms": time.monotonic() * 1000}), file=sys.stderr, flush=True)


def watch() -> None:
    """Have everything told before it is done."""
    opened: Callable[..., None] = Microphone._opened
    generate: Callable[..., None] = EngineThread.generate
    seen: Callable[..., bool] = Talk.eventFilter
    names = {QEvent.Type.KeyPress: "down", QEvent.Type.KeyRelease: "up"}

    def tell_opened(self: Microphone, *arguments: Any) -> None:
        tell("recording")
        opened(self, *arguments)

    def tell_generate(self: EngineThread, order: Generate) -> None:
        generate(self, order)
        tell("asked")

    def tell_key(self: Talk, watched: QObject, event: QEvent) -> bool:
        key = event if isinstance(event, QKeyEvent) and event.type() in names else None
        if key is not None and key.key() == Qt.Key.Key_Space and not key.isAutoRepeat():
            tell(names[key.type()])
        return seen(self, watched, event)

    setattr(Microphone, "_opened", tell_opened)  # noqa: B010 (which mypy would not allow)
    setattr(EngineThread, "generate", tell_generate)  # noqa: B010
    setattr(Talk, "eventFilter", tell_key)  # noqa: B010


if __name__ == "__main__":
    watch()
    sys.exit(main(sys.argv[1:]))
