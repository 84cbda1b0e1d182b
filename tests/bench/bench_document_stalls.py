"""How long the window's thread is away while a manual of 2,415 pages is dropped, read ahead, asked
about, checked and summarised.

The session is the app's own, with its real reader, index and plan; only the engine is a fake, so
that nothing else waits. Prints JSON: the longest gap of a timer that is due each millisecond, by
phase, in ms. What else runs on the machine shows here, too: "idle" says how much.
"""

import importlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.core.reading.tasks import DocumentTask
from tests.bench.bench_documents import manual
from tests.gui.session.fake_engine import FakeEngine
from tests.gui.session.office import Office

# What the window loads in the background right after its start.
_LOADED = ("app.documents.search", "app.session.meaning")


class Bot:
    """Waits as pytest-qt does."""

    def waitUntil(self, condition: Callable[[], bool], timeout: int = 60_000) -> None:
        end = time.monotonic() + timeout / 1000
        while not condition():
            QApplication.processEvents()
            assert time.monotonic() < end, "it did not come"


class Gaps:
    """The longest time in which nothing else could happen."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self._worst = 0.0
        self._timer = QTimer()
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def take(self) -> float:
        """The worst since the last call, in ms."""
        worst, self._worst, self._last = self._worst, 0.0, time.perf_counter()
        return round(worst * 1000, 1)

    def _tick(self) -> None:
        now = time.perf_counter()
        self._worst = max(self._worst, now - self._last - 0.001)
        self._last = now


def main() -> None:
    app = QApplication([])
    for module in _LOADED:
        importlib.import_module(module)
    gaps, result = Gaps(), {}
    bot: Any = Bot()
    with tempfile.TemporaryDirectory() as folder:
        office = Office.open(Path(folder) / "data", FakeEngine(), bot)
        office.load_model()
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            app.processEvents()
        chat, draft, engine = office.chat, office.chat.draft, office.engine
        result["idle"] = gaps.take()
        draft.add_file(str(manual()))
        office.until(lambda: draft.attachments and draft.attachments[0].state == "ready")
        result["drop_to_ready"] = gaps.take()
        draft.text = "How is a linear model fitted?"
        office.until(lambda: engine.preparations)
        result["read_ahead"] = gaps.take()
        chat.send()
        office.until(lambda: engine.questions)
        result["send_to_asked"] = gaps.take()
        engine.write("By lm [p. 5].")
        engine.end()
        office.until(lambda: not chat.busy)
        office.until(lambda: chat.check(chat.entries[-1].id))
        result["answer_to_checked"] = gaps.take()
        draft.text = "Summarise it"
        chat.send(task=DocumentTask("summarise"))
        office.until(lambda: len(engine.questions) > 1)
        result["summary_to_first_section"] = gaps.take()
        for _section in range(4):
            before = len(engine.questions)
            engine.write("A note [p. 3].")
            engine.end()
            office.until(lambda before=before: len(engine.questions) > before)
        result["four_sections"] = gaps.take()
        office.close()
    print(json.dumps({"unit": "ms", "longest_gap": result}))


if __name__ == "__main__":
    main()
