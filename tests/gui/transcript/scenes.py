"""What the transcript can look like: conversations to draw, and a window to draw them in."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent, QPolygon, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.core.conversation import (
    Audio,
    Document,
    Image,
    Message,
    Outcome,
    Part,
    Reading,
    Role,
    Stats,
    Text,
)
from app.core.document import Coverage
from app.core.reading.citations import Verdict, find
from app.session.reading_run import ReadingStage
from app.ui.theme.theme import Theme
from app.ui.transcript.rows import Action
from app.ui.transcript.view import TranscriptView

CHART = Image("c" * 64, "chart.png", "image/png", 1200, 726)

OUTLIER = """\
## March is the outlier

Use falls from winter to summer as it did last year, with one exception:

- **March rose by 31 %** over February, although the days were longer.
- The dashed line for last year shows no such rise.

| Month | This year | Last year | Change |
|---|---|---|---|
| February | 402 kWh | 410 kWh | −2 % |
| March | 527 kWh | 398 kWh | **+32 %** |

```python
import pandas as pd
use = pd.read_csv("meter.csv", parse_dates=["day"])
monthly = use.resample("MS", on="day")["kwh"].sum()
monthly.plot.bar()  # one bar a month
```
"""
TARIFF = """\
## What the tariff sheet says about March

The winter rate of 0.41 per kWh applies until 31 March, so part of the rise is price. Consumption \
itself also went up: the two bills before March were estimates, and the reading on 4 March"""

EVERYTHING = """\
# A first heading

A paragraph with **bold**, *italic*, ~~struck~~, `inline code` and a [link](https://example.org). \
Its second sentence runs on so that the line has to break somewhere before it ends, as lines do.

1. One
2. Two, with a second paragraph

   that belongs to it
3. Three
   - nested, with `code`
     - and deeper
   - [x] done
   - [ ] open

> A quotation in *one* sentence.
>
> > And another in it.

### A third heading

| Left | Centre | Number |
|:--|:-:|--:|
| a | b | 1,204 |
| c | d | 12 |

---

- An item with code:

  ```sh
  make run && echo "done"  # comment
  ```

![A picture that is not fetched](https://example.org/cat.png)

```
plain text, and a line that is so long that it has to be scrolled sideways, since it does not \
end before the edge
```
"""

STATS = Stats(answer_tokens=246, decode_tps=22.4, ttft_ms=600, thought_ms=6000)


@dataclass(frozen=True)
class Entry:
    id: str
    message: Message


def question(text: str, *parts: Part) -> Message:
    """A message of the person."""
    words = (Text(text),) if text else ()
    return Message(Role.USER, (*parts, *words))


def reply(
    text: str,
    *,
    thought: str = "",
    outcome: Outcome = Outcome.DONE,
    stats: Stats | None = STATS,
    error: str = "",
) -> Message:
    """A message of the model."""
    parts = (Text(text),) if text else ()
    return Message(Role.ASSISTANT, parts, thought, outcome, error, "Gemma 4 E4B", stats)


def entries(*messages: Message) -> list[Entry]:
    """Messages with ids m0, m1, …"""
    return [Entry(f"m{number}", message) for number, message in enumerate(messages)]


def draw_chart(path: Path) -> None:
    """A picture to attach: a bar chart."""
    image = QImage(344, 208, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = QFont("Inter")
    font.setPixelSize(17)
    font.setBold(True)
    painter.setFont(font)
    painter.drawText(QRect(16, 10, 300, 30), 0, "Electricity use, kWh")
    heights = (96, 84, 110, 66, 58, 50, 48, 50, 56)
    tops = QPolygon()
    for number, height in enumerate(heights):
        x = 36 + number * 32
        color = QColor("#C4573F" if number == 2 else "#5B7FA9")
        painter.fillRect(x, 164 - height, 22, height, color)
        tops.append(QRect(x, 164 - min(height, 96), 22, 1).center())
    painter.setPen(Qt.PenStyle.DashLine)
    painter.drawPolyline(tops)
    painter.end()
    image.save(str(path))


class Stage(QWidget):
    """A window like the real one around a transcript: sidebar, header and dock as plain areas."""

    def __init__(self, theme: Theme, size: tuple[int, int], picture: Path | None = None) -> None:
        super().__init__()
        self._theme = theme

        def thumbnail(_picture: Image, ready: object) -> None:
            if picture is not None:
                ready(str(picture))  # type: ignore[operator]

        self.view = TranscriptView(theme, thumbnail, self)
        self.resize(*size)

    def resizeEvent(self, event: QResizeEvent) -> None:
        side = 260 if self.width() >= 800 else 0
        dock = 158 if self.height() >= 560 else 100
        self.view.setGeometry(side, 52, self.width() - side, self.height() - 52 - dock)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("canvas"))
        if self.width() >= 800:
            painter.fillRect(0, 0, 260, self.height(), self._theme.color("sidebar"))


def show_main(stage: Stage) -> None:
    stage.view.show_conversation(
        entries(
            question("What stands out in this chart? And give me the pandas to redraw it.", CHART),
            reply(OUTLIER, thought="The bars fall from left to right, but the third is higher."),
        )
    )


def show_error(stage: Stage) -> None:
    stage.view.show_conversation(
        entries(
            question("What stands out in this chart? And give me the pandas to redraw it.", CHART),
            reply(OUTLIER, thought="The bars fall from left to right."),
            question("Does the March tariff explain the jump?"),
            reply(TARIFF, thought="Tariffs.", stats=Stats(thought_ms=4000)),
        )
    )
    stage.view.fail(
        "m3",
        "The answer stopped because the engine ended unexpectedly.",
        "Facet restarted it and kept the 43 words above. Retry starts this answer again.",
        (
            Action("retry", "Retry", "primary", "retry"),
            Action("continue", "Continue from here"),
            Action("details", "Show details", "quiet"),
        ),
    )


def show_everything(stage: Stage) -> None:
    stage.view.show_conversation(entries(question("Show me everything"), reply(EVERYTHING)))


def show_attachments(stage: Stage) -> None:
    sound = Audio("a" * 64, "note-from-the-landlord.mp3", "audio/mpeg", 12.4)
    text = Document("d" * 64, "Tariff sheet 2026.txt", "text/plain", "line\n" * 319 + "end")
    stage.view.show_conversation(
        entries(
            question("What is said here, and does it fit the sheet?", sound, text),
            reply("Yes. It says *seven*.", outcome=Outcome.STOPPED),
            question("", CHART, CHART, CHART),
            reply("Three times the same chart.", stats=Stats(dropped_messages=4)),
        )
    )


def show_reading(stage: Stage) -> None:
    stage.view.show_conversation(entries(question("Summarise this for me.", CHART)))
    stage.view.add_entry(Entry("now", reply("", outcome=Outcome.WRITING, stats=None)))
    stage.view.set_progress("now", "prefill", 1240, 5300)


def show_writing(stage: Stage) -> None:
    show_reading(stage)
    stage.view.add_thought("now", "First look at the **picture**, then at the question.\n\n- one")
    stage.view.add_text("now", OUTLIER[:220])
    answer = stage.view.answer("now")
    assert answer is not None
    assert answer.thought_row is not None
    answer.thought_row.click()


LEASE = """\
## In short

A twelve-month tenancy from 1 December at 1,450 a month, with a break after six months on two \
months' notice. [p. 3] [p. 8]

## Your deposit

- You pay one month's rent; it goes to a protected scheme within 14 days. [p. 12]
- You get it back **within 21 days**. Only damage beyond fair wear may be taken off, each item \
with an invoice or two quotes. [p. 12]
- Cleaning is not damage unless the inventory shows a better state. [p. 12] [p. 29]
- A late return adds interest of 5 %. [p. 31]
"""


def show_cited(stage: Stage) -> None:
    lease = Document("d" * 64, "Tenancy agreement.pdf", "application/pdf", kind="pdf", pages=37)
    read = Coverage(lease.name, lease.blob, "page", 37, tuple(range(1, 38)), (5, 9, 31))
    parts = (Text(LEASE), Reading((read,)))
    answer = Message(Role.ASSISTANT, parts, stats=Stats(answer_tokens=188, decode_tps=21.8))
    stage.view.show_conversation(
        entries(question("Summarise this for a tenant. What happens to my deposit?", lease), answer)
    )
    bad = Verdict("not_found", "")
    found = Verdict("found", "")
    checked = [(one, bad if one.label == "p. 31" else found) for one in find(LEASE)]
    stage.view.set_checked("m1", checked)
    stage.view.set_opened("m1", 3)


def show_sections(stage: Stage) -> None:
    lease = Document("d" * 64, "Manual.pdf", "application/pdf", kind="pdf", pages=412)
    stage.view.show_conversation(entries(question("Summarise this for me.", lease)))
    stage.view.add_entry(Entry("now", reply("", outcome=Outcome.WRITING, stats=None)))
    label = "Section 7 of 31 · pages 84–96"
    stage.view.set_reading("now", ReadingStage("notes", 7, 31, label, 128.0))
    stage.view.add_thought("now", "### Pages 1–12\n\n- Hold the switch for three seconds. [p. 3]\n")
    answer = stage.view.answer("now")
    assert answer is not None
    assert answer.thought_row is not None
    answer.thought_row.click()


SCENES = {
    "main": show_main,
    "error": show_error,
    "everything": show_everything,
    "attachments": show_attachments,
    "reading": show_reading,
    "writing": show_writing,
    "cited": show_cited,
    "sections": show_sections,
}
