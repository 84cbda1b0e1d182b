"""Runs one of two windows in this process while an answer streams into it, and prints how long its
event loop was not there for the person. Needs a screen. Prints one JSON object.

usage: stall_probe.py window|naive DATA_DIR TOKENS TOKENS_A_SECOND
"""

import json
import sys
import time
from argparse import Namespace
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QTextBrowser

import app.main
from app.desktop.second_start import Request
from app.engine.client import Engine
from app.storage.paths import Paths
from app.ui.application import Application
from app.ui.window import MainWindow
from tests.bench.figures import tail
from tests.bench.long_answer import long_answer

BATCHES_A_SECOND = 30
BEAT_MS = 1


class Heart(QObject):
    """Beats every millisecond, if the event loop lets it: a beat that comes late tells how long
    the loop was busy."""

    def __init__(self) -> None:
        super().__init__()
        self._late: list[tuple[float, float]] = []  # when, and by how many ms
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self._last = time.perf_counter()
        self._timer.start()

    def stop(self) -> dict[str, object]:
        """The figures: of all beats, and of the worst beat in each thirtieth of a second."""
        self._timer.stop()
        worst: dict[int, float] = {}
        for when, late in self._late:
            batch = int(when * BATCHES_A_SECOND)
            worst[batch] = max(worst.get(batch, 0.0), late)
        beats = [late for _, late in self._late]
        return {
            "stall_ms": tail(beats),
            "worst_stall_in_each_batch_ms": tail(list(worst.values())),
            "stalls_over_16_ms": sum(late > 16 for late in beats),
            "seconds": round(self._late[-1][0] - self._late[0][0], 1),
        }

    def _beat(self) -> None:
        now = time.perf_counter()
        self._late.append((now, max(0.0, (now - self._last) * 1000 - BEAT_MS)))
        self._last = now


class Visitor(QObject):
    """Asks one question in the window as soon as there is one, and closes it after the answer."""

    def __init__(self, heart: Heart, length: int) -> None:
        super().__init__()
        self.found: dict[str, object] = {}
        self._heart = heart
        self._length = length  # of the answer, in characters
        self._timer = QTimer(self)
        self._timer.setInterval(20)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        windows = [one for one in QApplication.topLevelWidgets() if isinstance(one, MainWindow)]
        if not windows or not windows[0].isVisible() or windows[0].page.chat_view is None:
            return
        page = windows[0].page
        session = page._session
        assert session is not None
        if not session.entries:
            page.composer.edit.set_text("Write as much as you can.")
            page.composer.submit()
            self._heart.start()
        elif not session.busy:
            self._timer.stop()
            answer = session.entries[-1].message
            assert len(answer.text) == self._length, f"{answer.outcome}: {answer.error}"
            # What is drawn once more at the end belongs to it.
            QTimer.singleShot(500, self._leave)

    def _leave(self) -> None:
        self.found = self._heart.stop()
        QApplication.quit()


def measure_window(data_dir: Path, tokens: int, pace: float) -> dict[str, object]:
    """The real window with everything behind it but the model."""
    command = [sys.executable, "-m", "tests.bench.replay_engine", str(tokens), str(pace)]
    app.main.Engine = lambda log: Engine(log, command)  # type: ignore[attr-defined,misc,assignment]
    visitor = Visitor(Heart(), len("".join(long_answer(tokens))))
    paths = Paths.under(data_dir)
    paths.create()
    code = app.main.run_window(Namespace(data_dir=data_dir), paths, Request())
    assert code == 0
    return visitor.found


def measure_naive(tokens: int, pace: float) -> dict[str, object]:
    """A text view that is given the whole text so far again at each batch."""
    browser = QTextBrowser()
    browser.resize(1020, 640)
    browser.show()
    heart = Heart()
    pieces = long_answer(tokens)
    begin = time.perf_counter()
    found: dict[str, object] = {}
    batch = QTimer()
    batch.setInterval(1000 // BATCHES_A_SECOND)

    def show() -> None:
        count = min(len(pieces), int((time.perf_counter() - begin) * pace) + 1)
        browser.setMarkdown("".join(pieces[:count]))
        bar = browser.verticalScrollBar()
        bar.setValue(bar.maximum())
        if count == len(pieces):
            batch.stop()
            QTimer.singleShot(500, finish)

    def finish() -> None:
        found.update(heart.stop())
        QApplication.quit()

    batch.timeout.connect(show)
    heart.start()
    batch.start()
    QApplication.exec()
    return found


def main() -> int:
    qt = Application(sys.argv[:1])
    which, data_dir, tokens, pace = sys.argv[1:]
    if which == "window":
        result = measure_window(Path(data_dir), int(tokens), float(pace))
    else:
        result = measure_naive(int(tokens), float(pace))
    print(json.dumps(result))
    del qt
    return 0


if __name__ == "__main__":
    sys.exit(main())
