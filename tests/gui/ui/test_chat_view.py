"""The open chat: what the session tells appears, what is pressed is done."""

import shutil
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication

from app.core.conversation import Audio, Document, Outcome, Stats
from app.engine.messages import Progress, Trimmed
from app.ui.chat_view import ChatView
from app.ui.dialogs.picture import PictureDialog
from app.ui.preview.sheets import TextSheet
from app.ui.theme.controls import Button
from app.ui.transcript.answer_message import AnswerMessage
from app.ui.transcript.user_message import UserMessage
from tests.data import MODEL
from tests.gui.session.fake_engine import info
from tests.gui.session.office import png
from tests.gui.ui.conftest import Desktop


def view(desktop: Desktop) -> ChatView:
    found = desktop.window.page.chat_view
    assert found is not None
    return found


def answer(desktop: Desktop) -> AnswerMessage:
    """The newest answer as it is shown."""
    transcript = view(desktop).transcript
    found = transcript.answer(transcript.keys[-1])
    assert found is not None
    return found


def button(where: object, text: str) -> Button:
    (found,) = [
        one
        for one in where.findChildren(Button)  # type: ignore[attr-defined]
        if one.text() == text and one.isVisible()
    ]
    return found


def ask(desktop: Desktop, words: str = "Why two tides?") -> int:
    """Ask by the keyboard; the number of the turn."""
    before = len(desktop.office.engine.questions)
    desktop.type(words)
    desktop.key(Qt.Key.Key_Return)
    desktop.until(lambda: len(desktop.office.engine.questions) > before)
    return desktop.office.engine.questions[-1].turn


def test_an_answer_arrives_piece_by_piece(desktop: Desktop) -> None:
    turn = ask(desktop)
    assert desktop.window.page.header.title == "Why two tides?"
    engine = desktop.office.engine
    engine.say(Progress(turn, "prefill", 40, 90))
    desktop.until(lambda: answer(desktop).progress is not None)
    desktop.until(lambda: "40 of 90" in answer(desktop).progress.text)  # type: ignore[union-attr]
    engine.write("Hm, the Moon.", kind="thought")
    desktop.until(lambda: answer(desktop).thought == "Hm, the Moon.")
    engine.write("The **Moon**")
    engine.write(" pulls.")
    desktop.until(lambda: answer(desktop).text == "The **Moon** pulls.")
    assert answer(desktop).writing
    engine.end(stats=Stats(answer_tokens=7, decode_tps=22.4, ttft_ms=600, thought_ms=3000))
    desktop.until(lambda: not answer(desktop).writing)
    stats = answer(desktop).stats
    assert stats is not None
    assert "22.4 tok/s" in stats.label.text()


def test_an_answer_goes_on_while_another_chat_is_open(desktop: Desktop) -> None:
    ask(desktop)
    first = desktop.office.chat.id
    desktop.office.engine.write("The Moon")
    desktop.control(Qt.Key.Key_N)
    desktop.office.engine.write(" pulls.")
    desktop.settle()
    desktop.office.chats.open(first)
    desktop.until(lambda: answer(desktop).text == "The Moon pulls.")
    assert answer(desktop).writing
    desktop.office.engine.write(" Twice.")
    desktop.until(lambda: answer(desktop).text == "The Moon pulls. Twice.")


def test_the_words_of_another_chat_do_not_appear(desktop: Desktop) -> None:
    desktop.office.exchange("Tides", "Two.")
    desktop.office.chats.new_chat()
    desktop.office.exchange("Gears", "Three.")
    transcript = view(desktop).transcript
    texts = [
        widget.text if isinstance(widget, AnswerMessage) else ""
        for widget in map(transcript.widget_of, transcript.keys)
    ]
    assert texts == ["", "Three."]


def test_retry_writes_the_answer_again(desktop: Desktop) -> None:
    ask(desktop)
    desktop.office.engine.write("One.")
    desktop.office.engine.end()
    desktop.until(lambda: not desktop.office.chat.busy)
    stats = answer(desktop).stats
    assert stats is not None
    desktop.click(stats.retry_button)
    desktop.until(lambda: len(desktop.office.engine.questions) == 2)
    desktop.office.engine.write("Two.")
    desktop.until(lambda: answer(desktop).text == "Two.")
    assert len(view(desktop).transcript.keys) == 2


def test_a_failure_stands_below_the_words_with_retry_and_details(desktop: Desktop) -> None:
    ask(desktop)
    desktop.office.engine.write("The Moon pulls")
    desktop.until(lambda: answer(desktop).text)
    desktop.office.engine.die()
    desktop.until(lambda: answer(desktop).error is not None)
    assert answer(desktop).text == "The Moon pulls"
    QApplication.processEvents()
    panel = answer(desktop).error
    desktop.click(button(panel, "Show details"))
    desktop.until(lambda: "Mini Gemma" in panel.details.text())  # type: ignore[union-attr]
    desktop.office.engine.finish_loading()
    desktop.click(button(panel, "Retry"))
    desktop.until(lambda: len(desktop.office.engine.questions) == 2)
    assert answer(desktop).error is None


def test_trimming_is_told_and_a_larger_context_offered(bare: Desktop) -> None:
    bare.office.preferences.change(context=2048)
    bare.office.load_model()
    turn = ask(bare)
    bare.office.engine.say(Trimmed(turn, 3, 5000, 4096))
    bare.until(lambda: answer(bare).notice is not None)
    assert "oldest 3 messages" in answer(bare).notice.label.text()  # type: ignore[union-attr]
    QApplication.processEvents()
    words = [one.text() for one in answer(bare).notice.buttons]  # type: ignore[union-attr]
    assert words == ["Start a new chat"], "the miniature has no larger context"
    bare.click(button(answer(bare).notice, "Start a new chat"))
    assert bare.office.chat.entries == ()


def test_an_answer_says_what_its_model_could_not_see(bare: Desktop, tmp_path: Path) -> None:
    office = bare.office
    office.load_model()
    office.chat.draft.add_bytes(png(), "shot.png")
    office.until(lambda: office.chat.draft.sendable)
    ask(bare)
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    shutil.copy(MODEL, tmp_path / "blind.gguf")
    office.shelf.open_file(str(tmp_path / "blind.gguf"))
    office.until(lambda: len(office.engine.loads) == 2)
    office.engine.finish_loading(vision=False, audio=False)
    office.until(lambda: office.shelf.state == "ready")
    ask(bare)
    notice = answer(bare).notice
    assert notice is not None
    assert notice.label.text() == "mini-gemma4 can't see the picture of this chat."


def test_a_larger_context_loads_the_model_again(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = ask(desktop)
    chat = view(desktop)
    monkeypatch.setattr(chat, "_larger_context", lambda: 8192)
    desktop.office.engine.say(Trimmed(turn, 1, 5000, 4096))
    desktop.until(lambda: answer(desktop).notice is not None)
    QApplication.processEvents()
    desktop.click(button(answer(desktop).notice, "Use 8K of context"))
    desktop.until(lambda: desktop.office.engine.loads[-1].context == 8192)


def test_a_picture_of_a_message_opens_large(desktop: Desktop, tmp_path: Path) -> None:
    path = tmp_path / "meter.png"
    path.write_bytes(png((640, 480)))
    desktop.window.page.composer.add_files([str(path)])
    desktop.until(lambda: desktop.office.chat.draft.sendable)
    ask(desktop)
    question = view(desktop).transcript.widget_of(view(desktop).transcript.keys[0])
    assert isinstance(question, UserMessage)
    question.picture_opened.emit(desktop.office.chat.entries[0].message.attachments[0])
    dialog = desktop.dialog()
    assert isinstance(dialog, PictureDialog)
    desktop.until(lambda: dialog._note.text() == "640 × 480")
    assert dialog.windowTitle() == "meter.png"


def test_a_document_of_a_message_can_be_read(desktop: Desktop) -> None:
    ask(desktop)
    document = Document("0" * 64, "notes.txt", "text/plain", "one\ntwo")
    view(desktop).transcript.attachment_opened.emit(document)
    pane = desktop.window.documents.pane
    assert pane is not None
    assert pane.isVisible()
    assert pane.head.title.text() == "notes.txt"
    sheet = pane.view.sheet_of(1)
    assert isinstance(sheet, TextSheet)
    assert sheet.page.text == "one\ntwo"


def test_a_sound_of_a_message_is_played_by_the_system(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    blob = desktop.office.desk.blobs.put(b"RIFF and so on")
    ask(desktop)
    view(desktop).transcript.attachment_opened.emit(Audio(blob, "note.wav", "audio/x-wav", 1.0))
    desktop.until(lambda: opened)
    assert opened[0].endswith(".wav")
    assert Path(opened[0]).read_bytes() == b"RIFF and so on"


def test_links_are_opened_by_the_system(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    ask(desktop)
    view(desktop).transcript.link_clicked.emit("https://example.com/a?b=c")
    assert opened == ["https://example.com/a?b=c"]


def long_chat(desktop: Desktop, question: str) -> str:
    desktop.office.exchange(
        question, "\n\n".join(f"Paragraph {n} of {question}." for n in range(60))
    )
    desktop.until(lambda: view(desktop).transcript.complete)
    return desktop.office.chat.id


def test_each_chat_is_where_it_was_left(desktop: Desktop) -> None:
    first = long_chat(desktop, "Tides")
    bar = view(desktop).transcript.verticalScrollBar()
    bar.setValue(300)
    desktop.control(Qt.Key.Key_N)
    long_chat(desktop, "Gears")
    assert view(desktop).transcript.following
    desktop.office.chats.open(first)
    desktop.until(lambda: bar.value() == 300)
    assert not view(desktop).transcript.following


def test_the_header_has_a_line_while_something_is_above(desktop: Desktop) -> None:
    long_chat(desktop, "Tides")
    header = desktop.window.page.header
    assert header._lined
    view(desktop).transcript.verticalScrollBar().setValue(0)
    desktop.until(lambda: not header._lined)


def test_words_are_found_in_the_chat(desktop: Desktop) -> None:
    long_chat(desktop, "Tides")
    desktop.control(Qt.Key.Key_F)
    bar = desktop.window.page.find_bar
    assert bar.isVisible()
    desktop.type("paragraph 5")
    desktop.until(lambda: bar._count.text().endswith("of 11"))  # 5, 50 ... 59
    first = bar._count.text()
    desktop.key(Qt.Key.Key_Return)
    assert bar._count.text() != first
    desktop.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert bar._count.text() == first
    desktop.control(Qt.Key.Key_A)
    desktop.type("walrus")
    assert bar._count.text() == "Not found"
    desktop.key(Qt.Key.Key_Escape)
    desktop.key(Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert desktop.focused is desktop.window.page.composer.edit


def test_there_is_nothing_to_find_in_an_empty_chat(desktop: Desktop) -> None:
    assert not desktop.window.page.header.search.isEnabled()
    desktop.control(Qt.Key.Key_F)
    assert not desktop.window.page.find_bar.isVisible()


def test_a_stopped_answer_keeps_its_words(desktop: Desktop) -> None:
    ask(desktop)
    desktop.office.engine.write("The Moon")
    desktop.until(lambda: answer(desktop).text)
    desktop.key(Qt.Key.Key_Escape)
    desktop.until(lambda: desktop.office.engine.cancelled)
    desktop.office.engine.end(outcome=Outcome.STOPPED)
    desktop.until(lambda: not answer(desktop).writing)
    assert answer(desktop).text == "The Moon"
    stats = answer(desktop).stats
    assert stats is not None
    assert stats.label.text().startswith("Stopped")


def test_a_message_that_does_not_fit_can_be_edited(desktop: Desktop) -> None:
    ask(desktop, "Far too long")
    desktop.office.engine.fail(
        "This message does not fit: 618 of 512 tokens.", "Shorten it.", code="too_long"
    )
    desktop.until(lambda: answer(desktop).error is not None)
    button(answer(desktop), "Retry")
    desktop.click(button(answer(desktop), "Edit the message"))
    composer = desktop.window.page.composer
    assert composer.edit.text() == "Far too long"
    assert composer.edit.hasFocus()
    assert not desktop.office.chat.entries
    assert [chat.title for chat in desktop.office.chats.summaries] == ["Far too long"]
    ask(desktop, " now shorter")
    assert desktop.office.chat.entries[0].message.text == "Far too long now shorter"


def test_a_full_context_is_told_below_the_words_with_what_helps(bare: Desktop) -> None:
    bare.office.preferences.change(context=2048)
    bare.office.shelf.start()
    bare.until(lambda: bare.office.engine.loads)
    path = bare.office.engine.loads[-1].model
    bare.office.engine.say(msgspec.structs.replace(info(path), context=2048))
    bare.until(lambda: bare.office.shelf.state == "ready")
    ask(bare)
    bare.office.engine.write("The Moon and")
    bare.office.engine.end(outcome=Outcome.CONTEXT)
    bare.until(lambda: answer(bare).error is not None)
    assert answer(bare).text == "The Moon and"
    button(answer(bare), "Retry")
    button(answer(bare), "Start a new chat")
    bare.click(button(answer(bare), "Use 4K of context"))
    bare.until(lambda: bare.office.engine.loads[-1].context == 4096)
