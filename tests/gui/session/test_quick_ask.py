"""Asking about the screen, with the real engine and the miniature model."""

import json

import pytest

from app.core.boxes import Box, read_boxes
from app.core.conversation import Outcome
from app.core.screen_tasks import EXTRACT
from app.core.state_names import state_pattern
from app.engine.messages import Prepared
from tests.gui.session.asker import Asker, files_in
from tests.gui.session.office import Office
from tests.gui.session.screens import frame_of, place

SEE = "What do you see?"
RED = "a red circle at the top left"
BLUE = "a blue square at the bottom right"
PICTURE = 64  # tokens of a square picture at a budget of 70


@pytest.fixture
def asker(real_office: Office) -> Asker:
    return Asker(real_office)


def test_it_names_what_is_marked(asker: Asker) -> None:
    assert asker.quick.state == "marking"
    asker.mark()
    assert asker.quick.state == "ready"
    asker.until_read()
    exchange = asker.ask(SEE)
    assert exchange.words == RED
    assert "".join(asker.words) == RED
    assert exchange.stats is not None
    assert exchange.stats.encoded_tokens == 0, "it was read as soon as it was marked"
    assert exchange.stats.cached_tokens >= PICTURE
    assert asker.quick.state == "answered"
    assert not asker.problems


def test_follow_ups_read_the_picture_no_more(asker: Asker) -> None:
    asker.mark(1)
    asker.until_read()
    assert asker.ask(SEE).words == BLUE
    for follow_up in ("What colour is it?", SEE):
        exchange = asker.ask(follow_up)
        assert exchange.outcome is Outcome.DONE
        assert exchange.stats is not None
        assert exchange.stats.encode_ms == 0
        assert exchange.stats.encoded_tokens == 0
        assert exchange.stats.cached_tokens >= PICTURE
    assert [one.question for one in asker.quick.exchanges] == [SEE, "What colour is it?", SEE]


def test_asked_before_the_picture_is_there(asker: Asker) -> None:
    asker.mark()
    assert asker.ask(SEE).words == RED


def test_what_is_typed_has_been_read_when_it_is_asked(asker: Asker) -> None:
    asker.mark()
    asker.until_read()
    preparations: list[Prepared] = []
    asker.office.thread.prepared.connect(preparations.append)
    asker.quick.type(f" {SEE}")
    asker.office.until(lambda: any(one.complete for one in preparations))
    exchange = asker.ask(SEE)
    assert exchange.words == RED
    assert exchange.stats is not None
    assert exchange.stats.prompt_tokens - exchange.stats.cached_tokens <= 1


def test_another_region_while_the_first_is_being_prepared(asker: Asker) -> None:
    asker.mark(0)
    asker.mark(1)
    asker.until_read()
    assert asker.ask(SEE).words == BLUE
    assert len(asker.files) == 2, "the picture that is asked about, and its thumbnail"


def test_another_region_after_asking_begins_anew(asker: Asker) -> None:
    asker.mark(0)
    assert asker.ask(SEE).words == RED
    asker.mark(1)
    assert asker.quick.exchanges == ()
    assert asker.quick.state == "ready"
    exchange = asker.ask(SEE)
    assert exchange.words == BLUE
    assert exchange.region == asker.frame.physical(place(1))
    assert len(asker.office.chats.summaries) == 2


def test_boxes_always_parse(asker: Asker) -> None:
    """The miniature knows no boxes: the grammar makes it write some, one after the other, and all
    that are drawn lie where they can."""
    asker.mark()
    asker.quick.ask("Where is the circle?")
    asker.office.until(lambda: asker.answer.count("}") >= 4)
    asker.quick.stop()
    exchange = asker.answered()
    assert exchange.task.kind == "find"
    assert exchange.words == ""
    assert asker.words == []
    complete = exchange.answer[: exchange.answer.rindex("}") + 1] + "]"
    written = json.loads(complete)
    assert all(set(one) == {"box_2d", "label"} for one in written)
    assert exchange.boxes == read_boxes(complete).boxes
    assert asker.drawn == (exchange.boxes[-1:] != ())
    seen = asker.quick.region_of(exchange)
    for box in exchange.boxes:
        assert seen.contains(asker.quick.place_of(exchange, box))


def test_a_stopped_answer_keeps_what_it_has_and_can_be_tried_again(asker: Asker) -> None:
    asker.mark()
    asker.quick.ask("", EXTRACT)
    asker.office.until(lambda: len(asker.answer) > 40)
    asker.quick.stop()
    exchange = asker.answered()
    assert exchange.outcome is Outcome.STOPPED
    assert exchange.question == "Extract as table"
    assert exchange.answer.startswith('{ "columns"'), "it follows its schema"
    asker.quick.retry()
    assert len(asker.quick.exchanges) == 1
    asker.office.until(lambda: len(asker.answer) > 40)
    asker.quick.stop()
    assert asker.answered().answer.startswith('{ "columns"')
    assert asker.ask(SEE).words, "and something else can be asked"


def test_looking_closer_asks_about_the_pixels_of_the_box(asker: Asker) -> None:
    """The box is the left picture of a region with both, on a screen of double density."""
    asker.frame = frame_of(*(asker.pictures), ratio=2.0)
    asker.quick.mark(asker.frame, asker.frame.rect)
    asker.ask(SEE)
    whole = asker.frame.image.rect()
    left = asker.frame.physical(place(0, 2.0))
    box = Box(
        left.x() * 1000 / whole.width(),
        left.y() * 1000 / whole.height(),
        (left.x() + left.width()) * 1000 / whole.width(),
        (left.y() + left.height()) * 1000 / whole.height(),
        "circle",
    )
    asker.quick.look_closer(box)
    asker.office.until(lambda: len(asker.quick.exchanges) == 2)
    asker.office.until(lambda: asker.answer)
    asker.quick.stop()  # the miniature knows no such sizes, and would not end
    exchange = asker.answered()
    assert exchange.question == SEE
    assert exchange.closer
    assert exchange.region.contains(left)
    assert whole.contains(exchange.region)
    assert exchange.stats is not None
    assert exchange.stats.encoded_tokens > 1000, "the highest budget"
    seen = asker.quick.region_of(exchange)
    assert seen.width() == exchange.region.width() / 2
    assert seen.x() == exchange.region.x() / 2


def test_a_kept_chat_goes_on_in_the_window_without_reading_again(asker: Asker) -> None:
    office = asker.office
    asker.mark()
    assert asker.ask(SEE).words == RED
    assert [one.title for one in office.chats.summaries] == [SEE]
    chat = asker.quick.continue_in_chat()
    assert asker.quick.state == "marking"
    assert office.chat.id == chat
    assert [entry.message.text for entry in office.chat.entries] == [SEE, RED]
    office.chat.draft.text = SEE
    office.chat.send()
    office.until(lambda: not office.chat.busy)
    message = office.chat.entries[-1].message
    assert message.stats is not None
    assert message.stats.encoded_tokens == 0
    assert message.stats.cached_tokens >= PICTURE
    assert [one.text for one in office.saved(chat)] == [SEE, RED, SEE, message.text]
    assert len(asker.kept) == 1
    assert asker.files == []


def test_a_kept_chat_outlives_the_overlay(asker: Asker) -> None:
    asker.mark()
    asker.ask(SEE)
    chat = asker.office.chats.summaries[0].id
    asker.quick.discard()
    assert asker.quick.state == "marking"
    assert [one.text for one in asker.office.saved(chat)] == [SEE, RED]
    assert len(asker.kept) == 1
    assert asker.files == []


def test_nothing_is_left_of_what_was_not_asked(asker: Asker) -> None:
    asker.mark()
    asker.until_read()
    asker.quick.discard()
    assert_nothing_is_left(asker)


def test_nothing_is_left_of_captures_that_are_not_kept(asker: Asker) -> None:
    asker.office.preferences.change(keep_captures=False)
    asker.mark()
    assert asker.ask(SEE).words == RED
    assert asker.ask(SEE).outcome is Outcome.DONE, "follow-ups work all the same"
    assert asker.kept == []
    assert asker.office.chats.summaries == ()
    asker.quick.discard()
    assert_nothing_is_left(asker)


def assert_nothing_is_left(asker: Asker) -> None:
    office = asker.office
    office.settle()
    assert asker.files == []
    assert list(office.paths.captures.iterdir()) == []
    assert asker.kept == []
    assert files_in(office.paths.thumbnails) == []
    assert files_in(office.paths.states) == []
    assert office.count("conversations") == office.count("messages") == office.count("drafts") == 0
    assert office.chats.summaries == ()
    # Neither when another chat takes the engine over, nor when it falls asleep.
    office.chat.draft.text = "Hello"
    office.chat.send()
    office.until(lambda: not office.chat.busy)
    office.shelf.sleep()
    unloaded = list[bool]()
    office.thread.unloaded.connect(lambda: unloaded.append(True))
    office.until(lambda: unloaded)
    own = state_pattern(office.chat.id).partition(".")[0]
    assert all(path.name.startswith(own) for path in files_in(office.paths.states))


def test_what_was_not_to_be_kept_is_kept_once_it_is_continued(asker: Asker) -> None:
    office = asker.office
    office.preferences.change(keep_captures=False)
    asker.mark()
    assert asker.ask(SEE).words == RED
    asker.ask("What colour is it?")
    chat = asker.quick.continue_in_chat()
    assert office.chat.id == chat
    assert [one.text for one in office.saved(chat)][:3] == [SEE, RED, "What colour is it?"]
    assert len(asker.kept) == 1
    assert asker.files == []
    assert [one.id for one in office.chats.summaries] == [chat]


def test_an_answer_that_is_being_written_goes_on_in_the_window(asker: Asker) -> None:
    office = asker.office
    office.preferences.change(keep_captures=False)
    asker.mark()
    asker.quick.ask("", EXTRACT)
    office.until(lambda: len(asker.answer) > 40)
    chat = asker.quick.continue_in_chat()
    before = len(office.chat.entries[-1].message.text)
    office.until(lambda: len(office.chat.entries[-1].message.text) > before)
    assert office.chat.busy
    office.chat.stop()
    office.until(lambda: not office.chat.busy)
    assert office.saved(chat) == [entry.message for entry in office.chat.entries]
    assert asker.files == []


def test_a_sleeping_model_wakes_for_what_is_marked(asker: Asker) -> None:
    asker.office.shelf.sleep()
    asker.office.until(lambda: asker.office.shelf.state == "asleep")
    asker.mark()
    asker.until_read()
    assert asker.ask(SEE).words == RED
    assert not asker.problems
