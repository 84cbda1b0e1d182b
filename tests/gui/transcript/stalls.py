"""How long the event loop is kept waiting while an answer streams into the transcript.

``measure`` feeds a Markdown answer in batches into a view that is on the screen, as the session
does, and looks at the loop in two ways: ``batches`` is the time that each batch takes from its
signal until its words are painted; ``late`` is how late a heartbeat of 4 ms comes.
"""

import random
import time
from dataclasses import dataclass

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.core.conversation import Message, Outcome, Role, Stats, Text
from app.ui.transcript.view import TranscriptView

HEARTBEAT_MS = 4

_PROSE = (
    "the model reads what is there and says so in plain words while a window shows them as they "
    "come and nothing waits for anything else because each part has one thing to do and does it "
    "well enough that nobody needs to look at how it is done unless they want to change it"
)
_CODE = (
    "import json\n\n\ndef read(path: str) -> dict[str, int]:\n"
    '    """Read the counts."""\n    with open(path) as file:\n        data = json.load(file)\n'
    "    # only what is positive\n"
    "    return {name: count for name, count in data.items() if count > 0}\n\n\n"
    "class Counter:\n    total = 0\n\n    def add(self, amount: int = 1) -> None:\n"
    '        self.total += amount\n        print(f"now {self.total}")\n'
)


@dataclass(frozen=True)
class Stalls:
    """Milliseconds, sorted."""

    batches: tuple[float, ...]
    late: tuple[float, ...]
    finish: float  # the end of the answer, until it is painted


def percentile(values: tuple[float, ...], share: float) -> float:
    """The value below which ``share`` (0 to 1) of the sorted ``values`` lie."""
    return values[min(len(values) - 1, int(len(values) * share))]


def long_answer(characters: int = 40_000) -> str:
    """A Markdown answer with everything in it, always the same; 40,000 characters are about
    10,000 tokens."""
    chance = random.Random(7)
    prose = _PROSE.split()

    def sentence(length: int) -> str:
        words = [chance.choice(prose) for _ in range(length)]
        if length > 8:
            words[3] = f"**{words[3]}**"
            words[6] = f"`{words[6]}`"
        return " ".join(words).capitalize() + "."

    parts: list[str] = []
    size = section = 0
    while size < characters:
        section += 1
        piece = f"## Section {section}\n\n{sentence(30)} {sentence(25)}\n\n{sentence(60)}\n\n"
        kind = section % 5
        if kind == 0:
            piece += "| Name | Count | Share |\n|---|--:|--:|\n"
            piece += "".join(f"| row {row} | {row * 37} | {row} % |\n" for row in range(20))
        elif kind == 1:
            piece += "".join(f"- {sentence(12)}\n" for _ in range(8))
        elif kind == 2:
            piece += f"```python\n{_CODE * 3}```\n"
        elif kind == 3:
            piece += "".join(
                f"{number}. {sentence(14)}\n\n   {sentence(20)}\n\n   - {sentence(6)}\n"
                for number in range(1, 7)
            )
        else:
            piece += f"> {sentence(20)}\n\nSee [the page](https://example.org/{section}).\n"
        parts.append(piece + "\n")
        size += len(parts[-1])
    return "".join(parts)[:characters]


@dataclass(frozen=True)
class _Entry:
    id: str
    message: Message


def measure(
    view: TranscriptView, text: str, *, per_batch: int = 40, batches_per_second: float = 30.0
) -> Stalls:
    """Stream ``text`` into ``view``, ``per_batch`` characters at a time. The view's window must be
    shown. Takes len(text) / per_batch / batches_per_second seconds."""
    application = QApplication.instance()
    assert application is not None
    view.add_entry(_Entry("bench", Message(Role.ASSISTANT, outcome=Outcome.WRITING)))
    late: list[float] = []
    batches: list[float] = []
    beat = time.perf_counter()

    def heart() -> None:
        nonlocal beat
        now = time.perf_counter()
        late.append(max(0.0, (now - beat) * 1000 - HEARTBEAT_MS))
        beat = now

    heartbeat = QTimer()
    heartbeat.setTimerType(Qt.TimerType.PreciseTimer)
    heartbeat.setInterval(HEARTBEAT_MS)
    heartbeat.timeout.connect(heart)
    loop = QEventLoop()
    position = 0

    def feed() -> None:
        nonlocal position
        if position >= len(text):
            feeder.stop()
            loop.quit()
            return
        start = time.perf_counter()
        view.add_text("bench", text[position : position + per_batch])
        position += per_batch
        QApplication.sendPostedEvents()  # what is to be painted is painted
        batches.append((time.perf_counter() - start) * 1000)

    feeder = QTimer()
    feeder.setTimerType(Qt.TimerType.PreciseTimer)
    feeder.setInterval(round(1000 / batches_per_second))
    feeder.timeout.connect(feed)
    heartbeat.start()
    feeder.start()
    loop.exec()
    heartbeat.stop()
    start = time.perf_counter()
    message = Message(Role.ASSISTANT, (Text(text),), stats=Stats(answer_tokens=10_000))
    view.finish("bench", message)
    QApplication.sendPostedEvents()
    finish = (time.perf_counter() - start) * 1000
    return Stalls(tuple(sorted(batches)), tuple(sorted(late)), finish)
