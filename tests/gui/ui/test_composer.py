"""The composer: text, keys, attachments, thinking, the meter, sending and stopping."""

import threading
import wave
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
)
from PySide6.QtWidgets import QApplication, QFileDialog

from app.core.conversation import Outcome, Stats
from app.core.pace import Pace
from app.main import RESOURCES
from app.ui.composer.chip import Chip
from app.ui.composer.composer import Composer
from app.ui.composer.detail_menu import about, explanation, level
from app.ui.composer.file_kinds import dialog_filters
from app.ui.composer.unlock_dialog import UnlockDialog
from tests.data.pdf_files import simple
from tests.gui.session.office import png
from tests.gui.ui.conftest import Desktop

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def composer(desktop: Desktop) -> Composer:
    return desktop.window.page.composer


def picture(folder: Path, name: str = "meter.png", size: tuple[int, int] = (960, 480)) -> Path:
    path = folder / name
    path.write_bytes(png(size))
    return path


def sound(folder: Path) -> Path:
    path = folder / "note.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 8000 * 12))
    return path


def urls(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def chips(desktop: Desktop, count: int) -> list[Chip]:
    """The chips, once there are ``count`` of them and all have been read."""
    strip = desktop.window.page.composer.chips

    def ready() -> bool:
        attachments = desktop.office.chat.draft.attachments
        return len(attachments) == count and all(one.state != "reading" for one in attachments)

    desktop.until(ready)
    QApplication.processEvents()
    assert len(strip.chips()) == count
    return strip.chips()


# -- text ------------------------------------------------------------------------------------


def test_enter_sends_and_empties_the_field(desktop: Desktop, composer: Composer) -> None:
    assert composer.send_button.state == "idle"
    desktop.type("Why two tides?")
    assert composer.send_button.state == "ready"
    desktop.key(Qt.Key.Key_Return)
    desktop.until(lambda: desktop.office.engine.questions)
    assert composer.edit.text() == ""
    assert desktop.office.engine.questions[-1].prompt.turns[-1].text == "Why two tides?"
    assert composer.send_button.state == "busy"


def test_shift_enter_breaks_the_line_and_the_field_grows(
    desktop: Desktop, composer: Composer
) -> None:
    desktop.type("one")
    before = composer.height()
    desktop.key(Qt.Key.Key_Return, SHIFT)
    desktop.type("two")
    assert composer.edit.text() == "one\ntwo"
    QApplication.processEvents()
    assert composer.height() == before + desktop.theme.line_height("reading")
    assert not desktop.office.chat.entries


def test_the_field_grows_to_a_share_of_the_window_then_scrolls(
    desktop: Desktop, composer: Composer
) -> None:
    composer.edit.set_text("\n".join("line" for _ in range(80)))
    desktop.until(lambda: composer.height() >= 0.35 * desktop.window.height())
    assert composer.height() <= 0.4 * desktop.window.height()
    bar = composer.edit.verticalScrollBar()
    assert bar.maximum() > 0
    assert bar.value() == bar.maximum(), "the caret, at the end, is in sight"
    composer.edit.set_text("short")
    QApplication.processEvents()
    assert composer.edit.height() == desktop.theme.line_height("reading")


def test_enter_with_nothing_written_does_nothing(desktop: Desktop, composer: Composer) -> None:
    desktop.type("   ")
    desktop.key(Qt.Key.Key_Return)
    desktop.settle()
    assert not desktop.office.chat.entries
    assert not desktop.window.page.notice.isVisible()


def test_enter_while_a_file_is_read_says_so(
    desktop: Desktop, composer: Composer, tmp_path: Path
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("Milk, eggs.")
    gate = threading.Event()
    desktop.office.jobs.run(gate.wait, lambda _done: None)
    desktop.office.chat.draft.add_file(str(notes))
    desktop.type("What is missing?")
    desktop.key(Qt.Key.Key_Return)
    assert "notes.txt is still being read." in desktop.window.page.notice.text
    assert composer.edit.text() == "What is missing?"
    gate.set()
    desktop.until(lambda: composer.send_button.state == "ready")
    desktop.key(Qt.Key.Key_Return)
    desktop.until(lambda: desktop.office.engine.questions)
    assert not desktop.window.page.notice.isVisible()


def test_a_document_that_was_unlocked_can_be_asked_about_at_once(
    desktop: Desktop, composer: Composer, tmp_path: Path
) -> None:
    path = tmp_path / "locked.pdf"
    path.write_bytes(simple(["A secret."]).written(password="open"))
    draft = desktop.office.chat.draft
    draft.add_file(str(path))
    desktop.until(lambda: draft.attachments[0].state == "locked")
    (chip,) = chips(desktop, 1)
    chip.setFocus()
    chip.unlock_wanted.emit(draft.attachments[0].key)
    (dialog,) = desktop.window.findChildren(UnlockDialog)
    dialog.field.setText("open")
    dialog.accept()
    desktop.until(lambda: draft.attachments[0].state == "ready")
    desktop.until(lambda: not desktop.window.findChildren(UnlockDialog))
    assert desktop.window.focusWidget() is composer.edit


def test_the_caret_is_painted_in_the_accent_and_stays(desktop: Desktop, composer: Composer) -> None:
    desktop.type("ab")
    place = composer.edit.cursorRect()
    accent = desktop.theme.color("accent")
    image = composer.edit.viewport().grab().toImage()
    assert image.pixelColor(place.left() + 1, place.center().y()).name() == accent.name()
    assert composer.edit.cursorWidth() == 0, "Qt's own caret, which blinks, is not there"


def test_each_chat_keeps_its_own_text(desktop: Desktop, composer: Composer) -> None:
    desktop.office.exchange("Tides", "Two.")
    first = desktop.office.chat.id
    desktop.type("half a thought")
    desktop.control(Qt.Key.Key_N)
    assert composer.edit.text() == ""
    desktop.type("another")
    desktop.office.chats.open(first)
    assert composer.edit.text() == "half a thought"
    desktop.control(Qt.Key.Key_N)
    assert composer.edit.text() == "another"


def test_typing_in_the_middle_leaves_the_caret_there(desktop: Desktop, composer: Composer) -> None:
    desktop.type("ac")
    desktop.key(Qt.Key.Key_Left)
    desktop.type("b")
    desktop.type("b")
    assert composer.edit.text() == "abbc"


def test_typing_anywhere_in_the_window_writes_here(desktop: Desktop, composer: Composer) -> None:
    desktop.window.sidebar.status._model.setFocus()
    desktop.type("h")
    assert desktop.focused is composer.edit
    assert composer.edit.text() == "h"


# -- attachments -----------------------------------------------------------------------------


def test_files_are_chosen_by_ctrl_o(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = picture(tmp_path)
    asked: list[str] = []

    def choose(*arguments: str) -> object:
        filters, first = arguments[3:5]
        asked.append(first)
        assert filters.startswith(first)
        return [str(path)], first

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", choose)
    desktop.control(Qt.Key.Key_O)
    (chip,) = chips(desktop, 1)
    assert asked[0].startswith("Documents, pictures, sounds and films (*.pdf ")
    assert chip.accessibleName() == "meter.png, Detail: medium · 253 tokens"


def test_a_row_of_the_empty_state_asks_for_its_kind(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def choose(*arguments: str) -> object:
        asked.append(arguments[4])
        return [], ""

    monkeypatch.setattr(QFileDialog, "getOpenFileNames", choose)
    for row in desktop.window.page.empty.rows():
        desktop.click(row)
    assert [first.partition(" (")[0] for first in asked] == ["Pictures", "Sounds", "Documents"]


def test_filters_put_the_wanted_kind_first() -> None:
    assert [name.partition(" (")[0] for name in dialog_filters("audio")] == [
        "Sounds",
        "Documents, pictures, sounds and films",
        "Documents",
        "Pictures",
        "Films",
        "All files",
    ]


def test_chips_of_each_kind_say_what_is_known(desktop: Desktop, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("a line\n" * 150)
    desktop.window.page.composer.add_files(
        [str(picture(tmp_path)), str(sound(tmp_path)), str(text)]
    )
    first, second, third = chips(desktop, 3)
    assert first.second_line() == "Detail: medium · 253 tokens"
    assert not first._thumbnail.isNull()
    assert second.second_line() == "0:12"
    assert third.second_line() == "1 KB, 150 lines"


def test_a_file_that_cannot_be_read_says_why_and_is_not_sent(
    desktop: Desktop, composer: Composer, tmp_path: Path
) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    composer.add_files([str(path)])
    (chip,) = chips(desktop, 1)
    assert chip.second_line() == "Can't be read as a picture; the file may be damaged."
    assert chip._attachment.state == "failed"
    desktop.type("What is it?")
    assert composer.send_button.state == "idle"
    desktop.key(Qt.Key.Key_Return)
    assert desktop.window.page.notice.isVisible()
    assert "broken.png" in desktop.window.page.notice.text
    desktop.click(chip._remove)
    assert composer.send_button.state == "ready"
    desktop.key(Qt.Key.Key_Return)
    desktop.until(lambda: desktop.office.engine.questions)
    assert not desktop.window.page.notice.isVisible()


def test_a_model_that_cannot_see_is_told_before_sending(bare: Desktop, tmp_path: Path) -> None:
    bare.office.load_model(vision=False, audio=True)
    bare.office.exchange("Tides", "Two.")
    composer = bare.window.page.composer
    composer.add_files([str(picture(tmp_path))])
    (chip,) = chips(bare, 1)
    assert chip.second_line() == "This model can't see pictures"
    assert not chip._detail.isVisibleTo(chip)
    bare.type("What is it?")
    bare.key(Qt.Key.Key_Return)
    bare.settle()
    assert len(bare.office.engine.questions) == 1
    assert bare.window.page.notice.text == (
        "This model can't see pictures. Remove meter.png, or choose another model."
    )
    composer.add_files([str(picture(tmp_path))])
    chips(bare, 2)
    assert not bare.window.page.notice.isVisible()
    bare.key(Qt.Key.Key_Return)
    assert bare.window.page.notice.text == (
        "This model can't see pictures. Remove meter.png and 1 more, or choose another model."
    )
    bare.window.new_chat()
    assert not bare.window.page.notice.isVisible(), "it was about the other chat"


def test_the_detail_of_a_picture_can_be_chosen(desktop: Desktop, tmp_path: Path) -> None:
    desktop.window.page.composer.add_files([str(picture(tmp_path))])
    (chip,) = chips(desktop, 1)
    desktop.click(chip._detail)
    assert len(desktop.entries()) == 6
    assert desktop.entries()[explanation(0)].isChecked()
    desktop.choose("High, 560 tokens: screenshots and charts")
    assert desktop.office.chat.draft.attachments[0].budget == 560
    assert chip.second_line() == "Detail: high · 528 tokens"


def test_the_usual_detail_is_that_of_the_settings(desktop: Desktop, tmp_path: Path) -> None:
    desktop.window.page.composer.add_files([str(picture(tmp_path))])
    (chip,) = chips(desktop, 1)
    desktop.office.preferences.change(picture_budget=70)
    assert chip.second_line() == "Detail: low · 55 tokens"
    desktop.click(chip._detail)
    assert desktop.entries()[f"As the settings say: {explanation(70)}"].isChecked()
    desktop.choose(explanation(560))
    assert chip.second_line() == "Detail: high · 528 tokens"


def known_pace(desktop: Desktop) -> None:
    """The model has read pictures before, at the speed of two cores."""
    info = desktop.office.shelf.info
    assert info is not None
    pace = Pace().with_picture(280, 9000).with_speed(280, 55)
    desktop.office.desk.paces._loaded({f"{Path(info.path).name}, {info.device}": pace})


def small_print(folder: Path) -> Path:
    """A picture of 1,920 x 1,080 pixels, full of letters 9 pixels high."""
    picture = Image.new("RGB", (1920, 1080), "white")
    pen = ImageDraw.Draw(picture)
    font = ImageFont.truetype(str(RESOURCES / "fonts" / "Inter-Regular.ttf"), 14)
    for top in range(20, 1050, 20):
        pen.text((20, top), "All that is written here is small, and goes on " * 6, "black", font)
    path = folder / "window.png"
    picture.save(path)
    return path


def test_what_a_picture_costs_is_told_once_it_is_known(desktop: Desktop, tmp_path: Path) -> None:
    desktop.office.preferences.change(read_ahead=False)
    desktop.office.chat.draft.add_file(str(picture(tmp_path)))
    (chip,) = chips(desktop, 1)
    known_pace(desktop)
    assert chip.second_line() == "Detail: medium · about 12 s"
    desktop.click(chip._detail)
    costs = [action.text().partition("\t")[2] for action in desktop.menu().actions()]
    assert costs == ["", "about 2 s", "about 6 s", "about 12 s", "about 30 s", "about 85 s"]
    desktop.menu().close()


def test_text_that_will_be_lost_is_told(desktop: Desktop, tmp_path: Path) -> None:
    desktop.office.preferences.change(read_ahead=False)
    known_pace(desktop)
    desktop.office.chat.draft.add_file(str(small_print(tmp_path)))
    (chip,) = chips(desktop, 1)
    assert chip.second_line() == "Detail: medium · about 13 s · small text may be lost"
    assert chip.accessibleName() == f"window.png, {chip.second_line()}"
    desktop.click(chip._detail)
    assert [name for name, action in desktop.entries().items() if action.isChecked()] == [
        "Automatic: by content and time"
    ]
    assert "Medium, 280 tokens: small text may be lost" in desktop.entries()
    desktop.choose("High, 1,120 tokens: small print, slowest")
    QApplication.processEvents()
    assert chip.second_line() == "Detail: high · about 90 s"


def test_a_chip_is_never_wider_than_the_composer(
    open_desktop: Callable[..., Desktop], tmp_path: Path
) -> None:
    desktop = open_desktop(text_percent=200, read_ahead=False)
    desktop.office.load_model()
    desktop.window.resize(720, 480)
    known_pace(desktop)
    desktop.office.chat.draft.add_file(str(small_print(tmp_path)))
    (chip,) = chips(desktop, 1)
    assert "small text may be lost" in chip.second_line()
    strip = desktop.window.page.composer.chips
    desktop.until(lambda: 0 < chip.width() <= strip.viewport().width())
    assert chip._remove.mapTo(strip, chip._remove.rect().topRight()).x() <= strip.width()


def test_a_chip_shows_how_far_it_has_been_read(desktop: Desktop, tmp_path: Path) -> None:
    desktop.office.chat.draft.add_file(str(picture(tmp_path)))
    desktop.office.chat.draft.add_file(str(sound(tmp_path)))
    first, second = chips(desktop, 2)
    engine = desktop.office.engine
    desktop.until(lambda: engine.preparations)
    edge = first.height() - 2
    accent = desktop.theme.color("accent").name()

    def line(chip: Chip) -> int:
        """How many pixels of the lower edge are in the accent."""
        image = chip.grab().toImage()
        return sum(image.pixelColor(x, edge).name() == accent for x in range(chip.width()))

    assert line(first) == 0
    wide = first.width()
    engine.read(0, 400)
    engine.read(200, 400)
    desktop.until(lambda: 0.4 * wide < line(first) < 0.6 * wide)
    assert line(second) > 0
    assert first.accessibleDescription() == "Being read by the model"
    engine.prepared()
    desktop.until(lambda: line(first) == 0)
    assert first.second_line() == "Detail: medium · read"
    assert second.second_line() == "0:12 · read"
    assert first.accessibleName() == "meter.png, Detail: medium · read"
    assert first.accessibleDescription() == ""
    QApplication.processEvents()
    assert first.width() == wide, "nothing moves"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "under 1 s"), (1, "about 1 s"), (19.4, "about 19 s"), (109, "about 2 min")],
)
def test_predictions_are_rounded(seconds: float, words: str) -> None:
    assert about(seconds) == words


def test_levels_have_words() -> None:
    assert [level(budget) for budget in (70, 140, 280, 560, 1120)] == [
        "low",
        "low",
        "medium",
        "high",
        "high",
    ]


def test_chips_are_removed_by_their_button_and_by_delete(desktop: Desktop, tmp_path: Path) -> None:
    composer = desktop.window.page.composer
    composer.add_files([str(picture(tmp_path, f"{name}.png")) for name in "abc"])
    first, second, third = chips(desktop, 3)
    desktop.click(second._remove)
    assert [chip.key for chip in composer.chips.chips()] == [first.key, third.key]
    first._detail.setFocus(Qt.FocusReason.TabFocusReason)
    desktop.key(Qt.Key.Key_Delete)
    assert [chip.key for chip in composer.chips.chips()] == [third.key]
    assert desktop.focused is composer.edit


def test_chips_wrap_to_a_second_row_then_scroll(
    desktop: Desktop, composer: Composer, tmp_path: Path
) -> None:
    strip = composer.chips
    assert not strip.isVisible()
    composer.add_files([str(picture(tmp_path, f"picture-{n}.png")) for n in range(2)])
    chips(desktop, 2)
    one_row = strip.height()
    composer.add_files([str(picture(tmp_path, f"more-{n}.png")) for n in range(8)])
    chips(desktop, 10)
    assert one_row < strip.height() < 2.5 * one_row
    assert strip.verticalScrollBar().maximum() > 0
    desktop.window.resize(1280, 540)
    QApplication.processEvents()
    assert strip.height() == one_row


def test_a_picture_is_pasted(desktop: Desktop) -> None:
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    QGuiApplication.clipboard().setImage(image)
    desktop.control(Qt.Key.Key_V)
    chips(desktop, 1)
    (attachment,) = desktop.office.chat.draft.attachments
    assert (attachment.kind, attachment.name) == ("image", "Pasted picture.png")
    assert attachment.detail == "64 × 48"
    assert desktop.window.page.composer.edit.text() == ""


def test_files_are_pasted(desktop: Desktop, tmp_path: Path) -> None:
    QGuiApplication.clipboard().setMimeData(urls(picture(tmp_path), sound(tmp_path)))
    desktop.control(Qt.Key.Key_V)
    chips(desktop, 2)
    assert [one.name for one in desktop.office.chat.draft.attachments] == ["meter.png", "note.wav"]


def test_text_is_pasted_as_text_even_with_a_picture_of_it(
    desktop: Desktop, composer: Composer
) -> None:
    data = QMimeData()
    data.setText("a cell\tanother")
    data.setHtml("<b>a cell</b>")
    data.setImageData(QImage(8, 8, QImage.Format.Format_RGB32))
    QGuiApplication.clipboard().setMimeData(data)
    desktop.control(Qt.Key.Key_V)
    assert composer.edit.text() == "a cell\tanother"
    assert desktop.office.chat.draft.attachments == ()


def drag(data: QMimeData, where: QPointF) -> tuple[QDragEnterEvent, QDropEvent]:
    copy, left, none = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(where.toPoint(), copy, data, left, none)
    return enter, QDropEvent(where, copy, data, left, none)


@pytest.mark.parametrize("over", ["transcript", "sidebar", "composer"])
def test_files_are_dropped_anywhere(desktop: Desktop, tmp_path: Path, over: str) -> None:
    window = desktop.window
    part = {
        "transcript": window.page.empty.viewport(),
        "sidebar": window.sidebar.list.viewport(),
        "composer": window.page.composer.edit.viewport(),
    }[over]
    data = urls(picture(tmp_path))
    enter, drop = drag(data, QPointF(20, 10))
    QApplication.sendEvent(part, enter)
    assert enter.isAccepted()
    assert window._drop.target.isVisible()
    QApplication.sendEvent(window, drop)
    assert not window._drop.target.isVisible()
    chips(desktop, 1)


def test_what_cannot_be_added_is_not_taken(desktop: Desktop) -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://example.com/picture.png")])
    enter, _ = drag(data, QPointF(700, 300))
    QApplication.sendEvent(desktop.window, enter)
    assert not desktop.window._drop.target.isVisible()


def test_the_drop_target_goes_when_the_files_leave(desktop: Desktop, tmp_path: Path) -> None:
    data = urls(picture(tmp_path))
    enter, _ = drag(data, QPointF(700, 300))
    QApplication.sendEvent(desktop.window, enter)
    QApplication.sendEvent(desktop.window, QDragLeaveEvent())
    assert not desktop.window._drop.target.isVisible()


def test_attachments_are_sent_with_the_words(desktop: Desktop, tmp_path: Path) -> None:
    desktop.window.page.composer.add_files([str(picture(tmp_path))])
    chips(desktop, 1)
    desktop.type("What is it?")
    desktop.key(Qt.Key.Key_Return)
    desktop.until(lambda: desktop.office.engine.questions)
    (turn,) = desktop.office.engine.questions[-1].prompt.turns
    assert [media.kind for media in turn.media] == ["image"]
    assert not desktop.window.page.composer.chips.isVisible()


# -- answering -------------------------------------------------------------------------------


def test_esc_and_the_button_stop_the_answer(desktop: Desktop, composer: Composer) -> None:
    for stop in (
        lambda: desktop.key(Qt.Key.Key_Escape),
        lambda: desktop.click(composer.send_button),
    ):
        desktop.type("Tell me")
        asked = len(desktop.office.engine.questions)
        desktop.key(Qt.Key.Key_Return)
        desktop.until(lambda asked=asked: len(desktop.office.engine.questions) > asked)
        assert composer.send_button.accessibleName() == "Stop"
        stop()
        turn = desktop.office.engine.questions[-1].turn
        desktop.until(lambda turn=turn: turn in desktop.office.engine.cancelled)
        desktop.office.engine.end(outcome=Outcome.STOPPED)
        desktop.until(lambda: not desktop.office.chat.busy)
        assert composer.send_button.accessibleName() == "Send"


def test_enter_while_answering_keeps_what_is_written(desktop: Desktop, composer: Composer) -> None:
    desktop.office.send("First")
    desktop.type("second")
    desktop.key(Qt.Key.Key_Return)
    desktop.settle()
    assert composer.edit.text() == "second"
    assert len(desktop.office.engine.questions) == 1


def test_the_meter_counts_the_context(desktop: Desktop, composer: Composer) -> None:
    assert composer.context.label.text() == "4K"
    desktop.office.send("Tides")
    desktop.office.engine.write("Two.")
    desktop.office.engine.end(stats=Stats(context_used=3900, context_size=4096))
    desktop.until(lambda: composer.context.label.text() == "3.9K of 4K")
    assert composer.context.meter.value() == 95
    assert composer.context.meter.toolTip() == "3,900 of 4,096 tokens of context are in use"
    desktop.control(Qt.Key.Key_N)
    assert composer.context.label.text() == "4K"


def test_thinking_is_chosen_for_the_chat(desktop: Desktop, composer: Composer) -> None:
    assert composer._thinking.text() == "Thinking: Auto"
    desktop.click(composer._thinking)
    desktop.choose("On: thinks before it answers")
    assert composer._thinking.text() == "Thinking: On"
    desktop.type("Hm?")
    desktop.key(Qt.Key.Key_Return)
    desktop.until(lambda: desktop.office.engine.questions)
    assert desktop.office.engine.questions[-1].prompt.thinking is True


def test_thinking_is_offered_only_by_models_that_can(bare: Desktop) -> None:
    assert not bare.window.page.composer._thinking.isVisible()
    bare.office.load_model()
    assert bare.window.page.composer._thinking.isVisible()
