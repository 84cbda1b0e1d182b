"""Answers about documents that take more than one question to the engine."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy
import pytest
import soundfile

from app.core.conversation import Document, Message, Outcome, Stats
from app.core.document import Extract, Page
from app.core.reading.tasks import DocumentTask
from app.engine.messages import Generate, Trimmed
from app.session.chats import ChatSession
from app.session.planning import documents_of
from tests.data.pdf_files import Pdf, lines
from tests.gui.session.office import Office
from tests.gui.session.reading import FACTS, Stages, attach, extract

LONG = extract(24, 90)  # several times the fake model's context


def step(office: Office, count: int) -> Generate:
    """The question number ``count`` to the engine, once it is asked."""
    office.until(lambda: len(office.engine.questions) >= count)
    assert len(office.engine.questions) == count
    return office.engine.questions[-1]


def answer(office: Office, words: str, stats: Stats | None = None) -> None:
    office.engine.write(words)
    office.engine.end(stats=stats)


def read_all(office: Office, asked: int = 0) -> int:
    """Let all sections be noted, from question ``asked`` + 1 on; how many questions it took."""
    while True:
        asked += 1
        order = step(office, asked)
        if office.chat._writer._run is None:
            return asked
        if office.chat._writer._run.work.step().kind == "answer":  # type: ignore[union-attr]
            return asked
        assert order.chat == ""
        answer(office, f"- Noted {asked}.")
        office.until(lambda asked=asked: len(office.engine.questions) > asked)


def last(office: Office) -> Message:
    return office.chat.entries[-1].message


def test_a_long_document_is_read_section_by_section(office: Office, tmp_path: Path) -> None:
    stages = Stages(office)
    attach(office, tmp_path, LONG)
    thoughts: list[str] = []
    office.chat.thought_added.connect(lambda _entry, text: thoughts.append(text))
    office.chat.send(task=DocumentTask("summarise"))
    asked = read_all(office)
    assert asked > 3
    notes = last(office).thought
    assert notes.index("Noted 1.") < notes.index("Noted 2.")
    assert "Section 1 of" in notes
    assert stages.labels()[0].startswith("Section 1 of ")
    assert "pages 1–" in stages.labels()[0]
    reading = last(office).reading
    assert reading is not None
    assert reading.paused, "it could be gone on with if Facet ended now"
    answer(office, "All in all a bridge [p. 1].", Stats(context_used=9, context_size=10))
    office.until(lambda: not office.chat.busy)
    message = last(office)
    assert message.text == "All in all a bridge [p. 1]."
    assert "Noted 1." in message.thought
    assert office.chat.context == (0, 0), "the chat itself has not been asked"
    assert message.reading is not None
    assert not message.reading.paused
    (coverage,) = message.reading.coverage
    assert coverage.complete
    assert coverage.how == "sections"
    assert len(coverage.read) == 24
    seen = "".join(order.prompt.turns[-1].text for order in office.engine.questions)
    for page in LONG.pages:
        assert page.text.split()[-1] in seen
    assert list(office.paths.readings.iterdir()) == []
    (question, saved) = office.saved()
    assert saved == message
    (part,) = documents_of([question])
    assert part.how == "search"


def test_what_is_said_afterwards_names_the_document_only(office: Office, tmp_path: Path) -> None:
    attach(office, tmp_path, LONG)
    office.chat.send(task=DocumentTask("summarise"))
    asked = read_all(office)
    answer(office, "A bridge.")
    office.until(lambda: not office.chat.busy)
    office.send("How long is its longest span?")
    order = step(office, asked + 1)
    assert order.chat == office.chat.id
    first, summary, question = order.prompt.turns
    assert first.text.startswith("(The file bridge.pdf is attached.")
    assert summary.text == "A bridge."
    assert FACTS[3] in question.text
    assert question.text.endswith("How long is its longest span?")
    answer(office, "62 metres [p. 3].")
    office.until(lambda: not office.chat.busy)
    assert FACTS[3] in office.chat.entries[-2].message.excerpts
    reading = last(office).reading
    assert reading is not None
    (coverage,) = reading.coverage
    assert coverage.how == "search"
    assert 3 in coverage.read
    assert len(coverage.read) < 24


def test_a_question_about_a_long_document_is_searched_and_read_ahead(
    office: Office, tmp_path: Path
) -> None:
    attach(office, tmp_path, LONG)
    office.chat.draft.text = "How long is its longest span?"
    office.until(lambda: office.engine.preparations)
    assert FACTS[3] in office.engine.preparations[-1].prompt.turns[-1].text
    ahead = office.engine.preparations[-1].prompt
    office.chat.send()
    assert step(office, 1).prompt == ahead


def test_stop_keeps_the_notes_and_resume_goes_on(
    office: Office, tmp_path: Path, reopen: Callable[[], Office]
) -> None:
    attach(office, tmp_path, LONG)
    office.chat.send(task=DocumentTask("summarise"))
    step(office, 1)
    answer(office, "- Noted first.")
    second = step(office, 2)
    office.engine.write("- Half of")
    office.until(lambda: "Half of" in last(office).thought)
    office.chat.stop()
    office.until(lambda: office.engine.cancelled == [second.turn])
    office.engine.end(outcome=Outcome.STOPPED)
    office.until(lambda: not office.chat.busy)
    message = last(office)
    assert message.outcome is Outcome.STOPPED
    assert "Noted first." in message.text
    assert "Half of" not in message.text
    assert message.reading is not None
    assert message.reading.paused
    (coverage,) = message.reading.coverage
    assert 0 < len(coverage.read) < 24
    assert office.saved()[-1] == message
    chat, entry = office.chat.id, office.chat.entries[-1].id

    office = reopen()
    office.load_model()
    office.chats.open(chat)
    office.until(lambda: office.chat.id == chat)
    office.chat.resume(entry)
    again = step(office, 1)
    assert again.prompt == second.prompt, "the section that was stopped is read anew"
    assert "Noted first." in last(office).thought
    answer(office, "- Noted second.")
    read_all(office, 1)
    answer(office, "The whole.")
    office.until(lambda: not office.chat.busy)
    assert last(office).text == "The whole."
    assert "Noted first." in last(office).thought
    reading = last(office).reading
    assert reading is not None
    assert len(reading.coverage[0].read) == 24
    assert len(office.chat.entries) == 2
    office.until(lambda: not list(office.paths.readings.iterdir()))


def test_a_section_that_ends_as_it_is_stopped_is_the_last(office: Office, tmp_path: Path) -> None:
    attach(office, tmp_path, LONG)
    office.chat.send(task=DocumentTask("summarise"))
    order = step(office, 1)
    office.chat.stop()
    office.until(lambda: order.turn in office.engine.cancelled)
    answer(office, "- Noted first.")
    office.until(lambda: not office.chat.busy)
    assert last(office).outcome is Outcome.STOPPED
    assert "Noted first." in last(office).text
    assert len(office.engine.questions) == 1


def test_a_reading_that_a_crash_ended_can_be_resumed(
    office: Office, tmp_path: Path, reopen: Callable[[], Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    attach(office, tmp_path, LONG)
    office.chat.send(task=DocumentTask("summarise"))
    step(office, 1)
    answer(office, "- Noted first.")
    second = step(office, 2)
    office.chat._writer.checkpoint()
    office.settle()
    with monkeypatch.context() as killed:
        killed.setattr(ChatSession, "close", lambda self: None)
        office = reopen()
    office.load_model()
    message = last(office)
    assert message.outcome is Outcome.FAILED
    assert message.reading is not None
    assert message.reading.paused
    office.chat.resume(office.chat.entries[-1].id)
    assert step(office, 1).prompt == second.prompt


def test_without_what_was_kept_resume_begins_anew(office: Office, tmp_path: Path) -> None:
    attach(office, tmp_path, LONG)
    office.chat.send(task=DocumentTask("summarise"))
    first = step(office, 1)
    answer(office, "- Noted first.")
    step(office, 2)
    office.chat.stop()
    office.engine.end(outcome=Outcome.STOPPED)
    office.until(lambda: not office.chat.busy)
    office.settle()
    (kept,) = office.paths.readings.iterdir()
    kept.write_bytes(b"{")
    office.chat.resume(office.chat.entries[-1].id)
    assert step(office, 3).prompt == first.prompt


def test_a_dead_engine_reads_the_section_again_and_gives_up_the_second_time(
    office: Office, tmp_path: Path
) -> None:
    attach(office, tmp_path, LONG)
    office.chat.send(task=DocumentTask("summarise"))
    step(office, 1)
    answer(office, "- Noted first.")
    second = step(office, 2)
    office.engine.write("- Half")
    office.engine.die()
    office.until(lambda: len(office.engine.cancelled) == 1)
    office.engine.finish_loading()
    third = step(office, 3)
    assert third.prompt == second.prompt
    assert third.turn != second.turn
    office.engine.die()
    office.until(lambda: not office.chat.busy)
    message = last(office)
    assert message.outcome is Outcome.FAILED
    assert "engine ended unexpectedly" in message.error
    assert office.chat.failure_code(office.chat.entries[-1].id) == "died"
    assert "Noted first." in message.thought
    assert "Half" not in message.thought
    assert message.reading is not None
    assert message.reading.paused
    office.engine.finish_loading()
    office.until(lambda: office.shelf.state == "ready")
    office.chat.resume(office.chat.entries[-1].id)
    assert step(office, 4).prompt == second.prompt


def test_what_is_kept_of_a_reading_goes_with_its_chat(office: Office, tmp_path: Path) -> None:
    one = attach(office, tmp_path, LONG)
    office.chat.send(task=DocumentTask("summarise"))
    step(office, 1)
    answer(office, "- Noted first.")
    step(office, 2)
    office.chat.stop()
    office.engine.end(outcome=Outcome.STOPPED)
    office.until(lambda: not office.chat.busy)
    office.settle()
    office.chats.tidy()
    office.settle()
    assert len(list(office.paths.readings.iterdir())) == 1
    assert one.part is not None
    assert office.desk.documents.extract_of(one.part.blob) is not None
    chat = office.chat.id
    office.chats.delete(chat)
    _summary, timer = office.chats._doomed[chat]
    timer.setInterval(0)
    office.until(lambda: chat not in office.chats._doomed)
    (kept,) = office.paths.extracts.iterdir()
    os.utime(kept, (0, 0))  # not touched for long
    office.chats.tidy()
    office.until(lambda: not list(office.paths.readings.iterdir()))
    office.until(lambda: not kept.exists())


def test_what_is_abandoned_says_nothing_more(office: Office, tmp_path: Path) -> None:
    attach(office, tmp_path, LONG)
    office.chat.send(task=DocumentTask("summarise"))
    order = step(office, 1)
    office.chat.abandon()
    assert not office.chat.busy
    office.until(lambda: office.engine.cancelled == [order.turn])
    office.engine.write("late", turn=order.turn)
    office.engine.end(turn=order.turn, outcome=Outcome.STOPPED)
    office.settle()
    office.send("Hello", asked=True)
    assert "late" not in str(office.chat.entries)


def test_a_prompt_that_was_too_long_is_asked_with_less(office: Office, tmp_path: Path) -> None:
    attach(office, tmp_path, extract(6, 60))
    office.send("How long is its longest span?")
    assert step(office, 1).prompt.turns[-1].text.startswith("Contents of the file")
    office.engine.fail("It is too long.", "Ask less.", code="too_long")
    second = step(office, 2)
    assert second.prompt.turns[-1].text.startswith("(The file bridge.pdf is attached.")
    assert FACTS[3] in second.prompt.turns[-1].text
    answer(office, "62 metres [p. 3].")
    office.until(lambda: not office.chat.busy)
    reading = last(office).reading
    assert reading is not None
    assert reading.coverage[0].how == "search"


def test_a_document_is_searched_before_it_is_left_out(office: Office, tmp_path: Path) -> None:
    attach(office, tmp_path, extract(6, 60))
    office.exchange("What is it?", "A bridge.")
    office.send("How long is its longest span?")
    first = step(office, 2)
    trims: list[int] = []
    office.chat.trimmed.connect(lambda _entry, dropped, _needed, _context: trims.append(dropped))
    office.engine.say(Trimmed(first.turn, 2, 5000, 4096))
    office.until(lambda: first.turn in office.engine.cancelled)
    office.engine.end(turn=first.turn, outcome=Outcome.STOPPED)
    second = step(office, 3)
    assert trims == []
    assert second.prompt.turns[0].text.startswith("(The file bridge.pdf is attached.")
    assert FACTS[3] in second.prompt.turns[-1].text
    office.engine.say(Trimmed(second.turn, 1, 5000, 4096))
    answer(office, "62 metres [p. 3].")
    office.until(lambda: not office.chat.busy)
    assert trims == [1]
    assert last(office).outcome is Outcome.DONE
    reading = last(office).reading
    assert reading is not None
    assert reading.coverage[0].how == "search"


def test_pages_without_words_are_looked_at_once(office: Office, tmp_path: Path) -> None:
    pdf = Pdf()
    pdf.page(lines(["The first page has words."] * 20))
    picture = pdf.picture(40, 40, bytes(range(0, 240, 6)) * 40)
    name = picture.split()[0]
    pdf.page(b"q 500 0 0 700 40 60 cm %s Do Q" % name, images=picture)
    path = tmp_path / "scan.pdf"
    path.write_bytes(pdf.written())
    stages = Stages(office)
    office.chat.draft.add_file(str(path))
    office.until(lambda: office.chat.draft.attachments[0].state == "ready")
    office.chat.draft.text = "What is on page 2?"
    office.chat.send()
    look = step(office, 1)
    (media,) = look.prompt.turns[-1].media
    assert (media.kind, media.budget) == ("image", 1120)
    assert Path(media.path).read_bytes().startswith(b"\x89PNG")
    assert Path(media.path).parent == office.paths.looks
    assert look.prompt.thinking is False
    assert look.sampling.temperature == 0.0
    answer(office, "A stripe of 40 lines.")
    asked = step(office, 2)
    assert not Path(media.path).exists()
    assert "A stripe of 40 lines." in asked.prompt.turns[-1].text
    assert asked.chat == office.chat.id
    answer(office, "A stripe [p. 2].")
    office.until(lambda: not office.chat.busy)
    reading = last(office).reading
    assert reading is not None
    assert (reading.coverage[0].read, reading.coverage[0].pictures) == ((1, 2), (2,))
    assert stages.labels()[0] == "Looking at page 2, 1 of 1"
    assert last(office).thought == "**p. 2** A stripe of 40 lines.", "it is read as it comes"

    office.chats.new_chat()
    office.chat.draft.add_file(str(path))
    office.until(lambda: office.chat.draft.attachments[0].state == "ready")
    office.send("What is on page 2?")
    assert "A stripe of 40 lines." in step(office, 3).prompt.turns[-1].text


def test_a_model_that_sees_nothing_says_which_pages_it_left_out(
    office: Office, tmp_path: Path
) -> None:
    office.shelf.reload()
    office.until(lambda: len(office.engine.loads) == 2)
    office.engine.finish_loading(vision=False, audio=False)
    office.until(lambda: office.shelf.state == "ready" and not office.shelf.can_see)
    read = extract(3)
    scan = Page(3, source="picture", read=False)
    attach(office, tmp_path, msgspec.structs.replace(read, pages=(*read.pages[:2], scan)))
    office.send("What is it?")
    answer(office, "A bridge.")
    office.until(lambda: not office.chat.busy)
    reading = last(office).reading
    assert reading is not None
    (coverage,) = reading.coverage
    assert coverage.read == (1, 2)
    (left,) = coverage.left_out
    assert "3" in left


def test_a_chat_goes_on_reading_the_same_while_it_grows(office: Office, tmp_path: Path) -> None:
    attach(office, tmp_path, extract(8, 45))
    office.exchange("What is it?", "A bridge. " * 60)
    before = office.engine.questions[-1].prompt.turns
    assert before[0].text.startswith("Contents of the file")
    office.exchange("Tell me more.", "It is long. " * 60)
    assert office.engine.questions[-1].prompt.turns[:1] == before
    for number in range(40):
        office.exchange(f"More, {number}", "It is long. " * 60)
        if not office.engine.questions[-1].prompt.turns[0].text.startswith("Contents"):
            break
    else:
        pytest.fail("the document should make room before it is what is left out")
    (part,) = documents_of([entry.message for entry in office.chat.entries])
    assert isinstance(part, Document)
    assert part.how == "search"
    reading = last(office).reading
    assert reading is not None
    assert reading.coverage[0].how == "search"


def test_a_recording_is_heard_piece_by_piece(office: Office, tmp_path: Path) -> None:
    rate = 8000
    path = tmp_path / "talk.wav"
    soundfile.write(path, numpy.zeros(rate * 400), rate)
    pieces = (
        Page(1, source="sound", read=False, label="00:00", start=0, end=20),
        Page(2, source="sound", read=True, label="00:20", start=20, end=380),
        Page(3, source="sound", read=False, label="06:20", start=380, end=400),
    )
    read = Extract("talk.wav", "recording", "time", pieces, 3)
    blob = hashlib.sha256(path.read_bytes()).hexdigest()
    office.desk.documents.keep(blob, read)
    stages = Stages(office)
    office.chat.draft.add_file(str(path))
    office.until(lambda: office.chat.draft.attachments[0].state == "ready")
    assert office.chat.tasks[0].kind == "transcribe"
    office.chat.send(task=DocumentTask("transcribe"))
    first = step(office, 1)
    (media,) = first.prompt.turns[-1].media
    assert media.kind == "audio"
    assert soundfile.info(media.path).duration == pytest.approx(20, abs=0.5)
    answer(office, "Good morning.")
    step(office, 2)
    answer(office, "Good bye.")
    office.until(lambda: not office.chat.busy)
    assert last(office).text == "[00:00] Good morning.\n\n[06:20] Good bye."
    assert stages.labels()[0] == "Listening, 1 of 2 pieces"
    reading = last(office).reading
    assert reading is not None
    assert reading.coverage[0].complete
    kept = office.desk.documents.extract_of(blob)
    assert kept is not None
    assert kept.unread == ()
