"""Every main state of the window as a picture in build/screens/, light and dark, for a person to
look at; and that none of them is empty or the same as another."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from PIL import Image, ImageDraw
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from app.core.conversation import Message, Role, Stats, Text
from app.engine.messages import Device, Hello, LoadFailed, Loading, Progress, Trimmed
from app.main import RESOURCES
from app.storage.conversations import Entry
from tests.gui.ui.conftest import Desktop

SCREENS = RESOURCES.parent / "build" / "screens"
TITLES = (
    (0, "Tenancy agreement, deposit rules"),
    (0, "Why the TV drops off Wi-Fi"),
    (1, "Receipt to table, hardware shop"),
    (1, "Rename photos by date in Python"),
    (1, "Note from the landlord, in German"),
    (4, "Sourdough, halved for a small tin"),
    (5, "Reading list on tides"),
    (6, "Bike gear ratios"),
)
ANSWER = """## March is the outlier

Use falls from winter to summer as it did last year, with one exception:

- **March rose by 31 %** over February, although the days were longer.
- The dashed line for last year shows no such rise.

| Month | This year | Last year | Change |
|---|--:|--:|--:|
| February | 402 kWh | 410 kWh | −2 % |
| March | 527 kWh | 398 kWh | **+32 %** |

```python
import pandas as pd
use = pd.read_csv("meter.csv", parse_dates=["day"])
monthly = use.resample("MS", on="day")["kwh"].sum()
monthly.plot.bar()  # one bar a month
```
"""
BROKEN_OFF = """## What the tariff sheet says about March

The winter rate of 0.41 per kWh applies until 31 March, so part of the rise is price. \
Consumption itself also went up: the two bills before March were estimates, and the reading \
on 4 March"""


class Album:
    """Takes the pictures of one theme."""

    def __init__(self, desktop: Desktop, mode: str) -> None:
        self._desktop = desktop
        self._mode = mode
        self._seen: dict[bytes, str] = {}

    def take(self, name: str, widget: QWidget | None = None) -> None:
        self._desktop.settle()
        for _ in range(3):  # a layout may ask for another
            QApplication.processEvents()
        image = (widget or self._desktop.window).grab().toImage()
        assert _colours(image) > 8, f"{name} is empty"
        bits = bytes(image.constBits())
        assert bits not in self._seen, f"{name} looks as {self._seen.get(bits)}"
        self._seen[bits] = name
        SCREENS.mkdir(parents=True, exist_ok=True)
        image.save(str(SCREENS / f"window-{name}-{self._mode}.png"))


def _colours(image: QImage) -> int:
    return len(
        {image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    )


def fill_the_list(desktop: Desktop) -> None:
    """Chats of the last week, as the database would have them."""
    now = datetime.now(timezone.utc)
    store, database = desktop.office.desk.conversations, desktop.office.database

    def write() -> None:
        for place, (days, title) in enumerate(TITLES):
            question = Entry(f"q{place}", Message(Role.USER, (Text(title),)))
            answer = Entry(f"a{place}", Message(Role.ASSISTANT, (Text("Yes."),)))
            store.add_turn(f"c{place}", title, None, question, answer)
            moment = now - timedelta(days=days, minutes=place)
            with database.transaction() as change:
                change.execute(
                    "UPDATE conversations SET updated = ? WHERE id = ?",
                    (int(moment.timestamp() * 1000), f"c{place}"),
                )

    desktop.office.jobs.run(write, lane="database")
    desktop.settle()
    found: list[object] = []
    desktop.office.jobs.run(store.summaries, found.append, lane="database")
    desktop.until(lambda: found)
    desktop.office.chats._set_summaries(found[0])  # type: ignore[arg-type]


def chart(folder: Path) -> str:
    picture = Image.new("RGB", (640, 400), "white")
    draw = ImageDraw.Draw(picture)
    for place, height in enumerate((200, 180, 240, 170, 160, 140, 130, 135, 140)):
        colour = (190, 90, 70) if place == 2 else (90, 120, 170)
        draw.rectangle((60 + place * 60, 330 - height, 95 + place * 60, 330), colour)
    path = folder / "chart.png"
    picture.save(path)
    return str(path)


def text(folder: Path) -> str:
    path = folder / "Tariff sheet 2026.txt"
    path.write_text("line\n" * 320)
    return str(path)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_pictures_of_the_window(
    open_desktop: Callable[..., Desktop], tmp_path: Path, mode: str
) -> None:
    desktop = open_desktop()
    desktop.theme.set_mode(mode)
    office, window, engine = desktop.office, desktop.window, desktop.office.engine
    page, draft = window.page, office.chat.draft
    album = Album(desktop, mode)
    fill_the_list(desktop)
    album.take("no-model")

    office.shelf.start()
    desktop.until(lambda: engine.loads)
    engine.say(Loading(0.43))
    desktop.until(lambda: office.shelf.fraction == 0.43)
    album.take("loading")
    engine.say(Hello("llama.cpp b4321", "x86", (Device("CPU", "A processor", "cpu"),)))
    engine.finish_loading()
    desktop.until(lambda: office.shelf.state == "ready")
    assert office.shelf.info is not None
    office.shelf.info = msgspec.structs.replace(office.shelf.info, context=32768)
    office.shelf.speed = 22.4
    office.shelf.state_changed.emit()
    album.take("empty")

    # A question with a picture, its answer, the next question in the making.
    page.composer.add_files([chart(tmp_path)])
    desktop.until(lambda: draft.sendable)
    page.composer.edit.set_text(
        "What stands out in this chart? And give me the pandas to redraw it."
    )
    page.composer.submit()
    desktop.until(lambda: engine.questions)
    turn = engine.questions[-1].turn
    engine.say(Progress(turn, "prefill", 420, 1200))
    desktop.settle()
    album.take("reading")
    engine.write("The red bar is higher.", kind="thought")
    engine.write(ANSWER[:290])
    desktop.until(lambda: "exception" in office.chat.entries[-1].message.text)
    album.take("answering")
    engine.write(ANSWER[290:])
    stats = Stats(
        answer_tokens=246,
        decode_tps=22.4,
        ttft_ms=600,
        thought_ms=6000,
        context_used=22_400,
        context_size=32_768,
    )
    engine.end(stats=stats)
    desktop.until(lambda: not office.chat.busy)
    office.chat.rename("Electricity bill chart")
    page.composer.add_files([chart(tmp_path), text(tmp_path)])
    desktop.until(lambda: draft.sendable)
    page.composer.edit.set_text("Does the March tariff explain the jump?")
    album.take("chat")
    window.resize(720, 480)
    album.take("compact")
    window.toggle_sidebar()
    album.take("drawer")
    window.toggle_sidebar()
    window.resize(1280, 800)

    # What goes wrong.
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    page.composer.add_files([str(broken)])
    desktop.until(lambda: draft.attachments[-1].state == "failed")
    page.composer.submit()
    album.take("refused")
    for attachment in draft.attachments:
        draft.remove(attachment.key)
    page.composer.submit()
    desktop.until(lambda: len(engine.questions) == 2)
    engine.write(BROKEN_OFF)
    engine.die()
    desktop.until(lambda: not office.chat.busy)
    engine.finish_loading()
    desktop.until(lambda: office.shelf.state == "ready")
    album.take("error")
    office.send("And the tariff?")
    engine.say(Trimmed(engine.questions[-1].turn, 3, 35_200, 32_768))
    engine.write("It changed.")
    engine.end()
    desktop.until(lambda: not office.chat.busy)
    album.take("trimmed")
    page.open_find()
    page.find_bar.field.setText("march")
    album.take("find")
    page.find_bar.close_bar()
    office.chats.delete("c0")
    album.take("undo")
    page.undo.dismiss()
    window.sidebar.search.setText("walrus")
    desktop.until(lambda: window.sidebar.list.model().rowCount() == 0)
    album.take("nothing-found")
    window.sidebar.search.clear()
    desktop.dialogs.model_facts(window)
    album.take("model-facts", desktop.dialog())
    desktop.dialog().close()
    office.shelf.reload(None)
    engine.say(LoadFailed("gemma-4-E4B.gguf is cut short: 3.1 of 5.2 GB.", "Fetch it again."))
    desktop.until(lambda: office.shelf.state == "failed")
    album.take("model-failed")
    window.new_chat()
    album.take("model-failed-empty")

    # Menus and dialogs.
    window._drop.target.show_target()
    album.take("drop")
    window._drop.target.hide()
    desktop.click(page.header.more)
    album.take("menu", desktop.menu())
    desktop.menu().close()
    desktop.click(window.sidebar.status._model)
    album.take("menu-models", desktop.menu())
    desktop.menu().close()
    for name, open_it in (
        ("settings", window.open_settings),
        ("about", window.open_about),
        ("shortcuts", window.open_shortcuts),
        ("fault", lambda: desktop.dialogs.crash(window, "Traceback (most recent call last):")),
        ("rename", lambda: desktop.dialogs.rename(window, "Electricity bill chart", print)),
    ):
        open_it()
        album.take(name, desktop.dialog())
        desktop.dialog().close()
        QApplication.processEvents()
    desktop.dialogs.picture(window, chart(tmp_path), "chart.png")
    desktop.settle()
    album.take("picture", desktop.dialog())
