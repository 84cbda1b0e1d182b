"""Asking about the screen while things go otherwise, with an engine whose moves the test makes."""

from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import QRect

from app.core.boxes import GRAMMAR, Box
from app.core.conversation import Outcome
from app.core.errors import AppError
from app.core.screen_tasks import EXPLAIN, EXTRACT, READ, Task
from app.core.tables import SCHEMA, Table
from app.engine.messages import Generate
from app.session.chat import ChatSession
from tests.gui.session.asker import Asker
from tests.gui.session.office import Office
from tests.gui.session.screens import frame_of, place

CAT = '{"box_2d": [100, 200, 300, 400], "label": "cat"}'
DOG = '{"box_2d": [500, 600, 700, 800], "label": "dog"}'


@pytest.fixture
def asker(office: Office) -> Asker:
    return Asker(office)


def begin(asker: Asker, text: str, task: Task | None = None) -> Generate:
    """Ask about what is marked; the order that the engine gets."""
    engine = asker.office.engine
    before = len(engine.questions)
    asker.quick.ask(text, task)
    asker.office.until(lambda: len(engine.questions) > before)
    order: Generate = engine.questions[-1]
    return order


def until_prepared(asker: Asker) -> None:
    engine = asker.office.engine
    asker.office.until(lambda: engine.preparations)
    engine.prepared()
    asker.until_read()


def test_a_place_is_asked_for_with_the_grammar_and_without_a_thought(asker: Asker) -> None:
    asker.mark()
    order = begin(asker, "Where is the cat?")
    assert (order.grammar, order.schema) == (GRAMMAR, "")
    assert order.prompt.thinking is False
    assert '"the cat"' in order.prompt.turns[-1].text
    assert len(order.prompt.turns[-1].media) == 1


def test_a_table_is_asked_for_with_its_schema_and_so_is_its_retry(asker: Asker) -> None:
    asker.mark()
    order = begin(asker, "", EXTRACT)
    assert (order.grammar, order.schema) == ("", SCHEMA)
    asker.office.engine.write('{"columns": ["A"], "rows": [["1"], ["2')
    asker.office.until(lambda: asker.quick.exchanges[-1].table)
    assert asker.quick.exchanges[-1].table == Table(("A",), (("1",),))
    asker.office.engine.end()
    asker.answered()
    asker.quick.retry()
    asker.office.until(lambda: len(asker.office.engine.questions) == 2)
    assert asker.office.engine.questions[-1].schema == SCHEMA
    assert [one.task for one in asker.quick.exchanges] == [EXTRACT]


def test_the_title_tells_suggestions_apart(asker: Asker) -> None:
    asker.mark()
    begin(asker, "Explain", EXPLAIN)
    assert asker.office.chats.summaries[0].title == "Explain"
    asker.office.engine.write("A red circle on a light ground.")
    asker.office.engine.end()
    asker.answered()
    assert asker.office.chats.summaries[0].title == "Explain: A red circle on a light ground."
    asker.office.chats.rename(asker.office.chats.summaries[0].id, "Mine")
    asker.quick.retry()
    asker.office.until(lambda: len(asker.office.engine.questions) == 2)
    asker.office.engine.write("Something else")
    asker.office.engine.end()
    asker.answered()
    assert asker.office.chats.summaries[0].title == "Mine"


def test_the_question_finds_what_was_prepared(asker: Asker) -> None:
    """Same picture, same switch, and no other chat's name: the engine goes on where it is."""
    asker.mark()
    asker.office.until(lambda: asker.office.engine.preparations)
    ahead = asker.office.engine.preparations[-1]
    order = begin(asker, "", READ)
    assert ahead.chat == ""
    assert ahead.prompt.thinking == order.prompt.thinking
    assert ahead.prompt.turns[-1].media == order.prompt.turns[-1].media


def test_boxes_come_one_by_one_and_lie_in_the_frame(asker: Asker) -> None:
    asker.frame = frame_of(*asker.pictures, ratio=2.0)
    asker.quick.mark(asker.frame, place(1, 2.0))
    begin(asker, "mark all animals")
    seen: list[tuple[Box, ...]] = []
    asker.quick.boxes_changed.connect(lambda: seen.append(asker.quick.exchanges[-1].boxes))
    asker.office.engine.write(f"[{CAT}, ")
    asker.office.until(lambda: len(seen) == 1)
    asker.office.engine.write(f"{DOG}]")
    asker.office.engine.end()
    exchange = asker.answered()
    assert [len(boxes) for boxes in seen] == [1, 2]
    assert [box.label for box in exchange.boxes] == ["cat", "dog"]
    assert asker.words == []
    marked = place(1, 2.0)
    cat = asker.quick.place_of(exchange, exchange.boxes[0])
    assert cat.x() == pytest.approx(marked.x() + 0.2 * marked.width(), abs=0.5)
    assert cat.y() == pytest.approx(marked.y() + 0.1 * marked.height(), abs=0.5)
    assert cat.width() == pytest.approx(0.2 * marked.width(), abs=0.5)


def test_a_free_answer_may_hold_boxes_too(asker: Asker) -> None:
    asker.mark()
    begin(asker, "What animals are there?")
    asker.office.engine.write("Two:\n\n[")
    asker.office.until(lambda: asker.words)
    asker.office.engine.write(f"{CAT}, {DOG}]\n\nThat is all.")
    asker.office.engine.end()
    exchange = asker.answered()
    assert len(exchange.boxes) == 2
    assert exchange.words == "Two:\n\nThat is all."
    assert "".join(asker.words) == exchange.words, "nothing else was ever shown"


def test_what_is_read_off_the_screen_is_text_whatever_it_looks_like(asker: Asker) -> None:
    asker.mark()
    begin(asker, "", READ)
    asker.office.engine.write(f"[{CAT}]")
    asker.office.engine.end()
    exchange = asker.answered()
    assert exchange.words == f"[{CAT}]"
    assert exchange.boxes == ()


def test_an_engine_that_dies_leaves_the_words_and_can_be_asked_again(asker: Asker) -> None:
    asker.mark()
    begin(asker, "Describe it")
    asker.office.engine.write("A red circle")
    asker.office.until(lambda: asker.words)
    asker.office.engine.die()
    exchange = asker.answered()
    assert asker.quick.state == "failed"
    assert exchange.outcome is Outcome.FAILED
    assert exchange.words == "A red circle"
    assert "3 words" in exchange.error
    asker.quick.retry()
    asker.office.engine.finish_loading()
    asker.office.until(lambda: len(asker.office.engine.questions) == 2)
    asker.office.engine.write("Fine")
    asker.office.engine.end()
    assert asker.answered().words == "Fine"
    assert asker.quick.state == "answered"


def test_stopping_before_anything_was_sent_takes_the_question_back(asker: Asker) -> None:
    asker.mark()
    asker.quick.ask("Where is the cat?")
    assert asker.quick.state == "answering"
    asker.quick.stop()
    assert asker.quick.state == "ready"
    until_prepared(asker)
    assert asker.office.engine.questions == []
    assert asker.office.chats.summaries == ()
    assert begin(asker, "What is it?").grammar == ""


def test_stopping_a_closer_look_that_has_not_been_sent(asker: Asker) -> None:
    asker.mark()
    begin(asker, "Where is the cat?")
    asker.office.engine.write(f"[{CAT}]")
    asker.office.engine.end()
    box = asker.answered().boxes[0]
    asker.quick.look_closer(box)
    asker.quick.stop()
    assert asker.quick.state == "answered"
    asker.quick.look_closer(box)
    asker.office.until(lambda: len(asker.office.engine.questions) == 2)
    order = asker.office.engine.questions[-1]
    assert [media.budget for media in order.prompt.turns[-1].media] == [1120]
    assert order.grammar == GRAMMAR
    asker.office.engine.write(f"[{DOG}]")
    asker.office.engine.end()
    exchange = asker.answered()
    assert exchange.closer
    assert exchange.region.width() >= 64
    dog = asker.quick.place_of(exchange, exchange.boxes[0])
    assert asker.quick.region_of(exchange).contains(dog)
    assert begin(asker, "And now?").prompt.turns[-1].media == (), "the pictures are there"


def test_no_question_while_one_is_answered(asker: Asker) -> None:
    asker.mark()
    begin(asker, "One")
    asker.quick.ask("Two")
    asker.quick.retry()
    asker.quick.look_closer(Box(0, 0, 500, 500))
    asker.office.engine.end()
    asker.answered()
    assert len(asker.office.engine.questions) == 1


def test_marking_another_region_gives_the_preparation_up(asker: Asker) -> None:
    engine = asker.office.engine
    asker.mark(0)
    asker.office.until(lambda: engine.preparations)
    first = engine.preparations[-1]
    asker.mark(1)
    asker.office.until(lambda: first.turn in engine.cancelled)
    asker.office.until(lambda: engine.preparations[-1] is not first)
    asker.office.settle()
    (media,) = engine.preparations[-1].prompt.turns[-1].media
    assert [str(path) for path in asker.files if path.suffix != ".png"] == [media.path]


def test_the_same_region_again_changes_nothing(asker: Asker) -> None:
    asker.mark()
    until_prepared(asker)
    asker.mark()
    assert asker.quick.picture_ready
    asker.quick.mark(asker.frame, QRect(-50, -50, 20, 20))
    assert asker.quick.picture_ready, "nothing is marked there"


def test_no_model_is_said_before_anything_is_asked(reopen: Callable[[], Office]) -> None:
    asker = Asker(reopen())
    asker.mark()
    asker.quick.ask("What is it?")
    assert [one.code for one in asker.problems] == ["no_model", "no_model"]
    assert all(one.next_step for one in asker.problems)
    assert asker.quick.state == "ready"
    assert asker.quick.exchanges == ()
    asker.office.load_model()
    assert asker.quick.obstacle is None
    begin(asker, "What is it?")


def test_a_model_without_eyes_is_said_before_anything_is_asked(
    reopen: Callable[[], Office],
) -> None:
    office = reopen()
    office.load_model(vision=False)
    asker = Asker(office)
    asker.mark()
    assert [one.what for one in asker.problems] == ["Mini Gemma can't see pictures."]
    asker.quick.ask("What is it?")
    office.settle()
    assert office.engine.questions == []


def test_small_writing_gets_the_highest_budget(asker: Asker) -> None:
    """On a machine that is known to be quick enough for it."""
    page = Image.new("RGB", (1400, 1000), "white")
    pen = ImageDraw.Draw(page)
    for line in range(60):
        pen.text((20, 10 + line * 16), "The quick brown fox jumps over it, line by line. " * 4, 0)
    asker.mark()
    asker.office.until(lambda: asker.office.engine.preparations)
    asker.office.engine.read(0, 300)
    asker.office.engine.prepared(encode_ms=50.0, encoded_tokens=64, prefill_tps=1000.0)
    asker.until_read()
    assert asker.quick.seconds is not None
    assert asker.quick.detail == "Detail: low"
    asker.quick.mark(frame_of(page, side=(1400, 1000)), QRect(0, 0, 1480, 1080))
    asker.office.until(lambda: asker.quick.budget)
    assert asker.quick.budget == 1120
    assert asker.quick.detail == "Detail: high"
    asker.quick.set_budget(140)
    assert asker.quick.detail == "Detail: low"
    asker.office.until(
        lambda: asker.office.engine.preparations[-1].prompt.turns[-1].media[0].budget == 140
    )


def test_reading_raises_the_budget_of_the_picture_it_is_asked_about(asker: Asker) -> None:
    photo = Image.effect_noise((1200, 900), 12).convert("RGB")
    asker.quick.mark(frame_of(photo, side=(1200, 900)), QRect(40, 40, 1200, 900))
    until_prepared(asker)
    assert asker.quick.budget == 280
    assert begin(asker, "", READ).prompt.turns[-1].media[0].budget == 560


def test_a_deleted_chat_is_put_away(asker: Asker) -> None:
    asker.mark()
    begin(asker, "What is it?")
    asker.office.chats.delete(asker.office.chats.summaries[0].id)
    asker.office.engine.end(outcome=Outcome.STOPPED)
    assert asker.quick.state == "marking"
    assert asker.quick.exchanges == ()
    asker.office.settle()
    assert asker.files == []
    asker.mark()
    begin(asker, "What is it?")


def test_the_next_start_deletes_what_a_crash_left(reopen: Callable[[], Office]) -> None:
    asker = Asker(reopen())
    left = asker.office.paths.captures / "0123"
    left.mkdir()
    (left / "picture").write_bytes(b"secret")
    Asker(reopen()).office.settle()
    assert list(asker.office.paths.captures.iterdir()) == []


def test_a_folder_that_can_not_be_written_is_said_and_tried_again(asker: Asker) -> None:
    folder = asker.office.paths.captures
    asker.office.settle()
    folder.rmdir()
    folder.write_bytes(b"")  # in its place
    asker.mark()
    asker.office.until(lambda: asker.problems)
    assert asker.problems[-1].code == "capture-folder"
    folder.unlink()
    begin(asker, "What is it?")


def test_the_folder_is_private(asker: Asker) -> None:
    asker.mark()
    asker.office.until(lambda: asker.files)
    for folder in (asker.office.paths.captures, *asker.office.paths.captures.iterdir()):
        assert folder.stat().st_mode & 0o077 == 0


def test_a_chat_that_is_kept_says_so_in_the_window_as_it_is_written(asker: Asker) -> None:
    office = asker.office
    asker.mark()
    begin(asker, "What is it?")
    office.engine.write("A circle")
    office.engine.end()
    asker.answered()
    office.chats.open(office.chats.summaries[0].id)
    assert [entry.message.text for entry in office.chat.entries] == ["What is it?", "A circle"]
    office.send("And what colour?")
    office.engine.write("Red")
    office.engine.end()
    assert asker.answered().words == "Red"
    assert [one.question for one in asker.quick.exchanges] == ["What is it?", "And what colour?"]


def test_a_full_disk_asks_nothing_and_gives_the_question_back(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise AppError("The disk is full.", "Make room.", code="disk-full")

    asker.mark()
    asker.office.until(lambda: asker.quick.budget)
    monkeypatch.setattr(asker.office.desk.conversations, "add_turn", refuse)
    asker.quick.ask("What is it?")
    asker.office.until(lambda: asker.problems)
    assert asker.problems[-1].code == "disk-full"
    assert asker.quick.state == "ready"
    assert asker.quick.exchanges == ()
    assert asker.office.engine.questions == []
    monkeypatch.undo()
    begin(asker, "What is it?")
    assert [one.question for one in asker.quick.exchanges] == ["What is it?"]


def test_marking_again_and_again_leaves_nothing_behind(asker: Asker) -> None:
    for number in range(40):
        asker.quick.mark(asker.frame, QRect(number, 40, 200, 200))
    asker.office.settle()
    asker.office.until(lambda: len(asker.quick.findChildren(ChatSession)) == 1)
    asker.office.settle()
    assert len(list(asker.office.paths.captures.iterdir())) == 1
    asker.quick.discard()
    asker.office.settle()
    asker.office.until(lambda: not asker.quick.findChildren(ChatSession))
    assert list(asker.office.paths.captures.iterdir()) == []
