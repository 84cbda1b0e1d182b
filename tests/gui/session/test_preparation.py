"""Reading ahead: when, what, and that what is sent then is the same to the last byte."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.conversation import Image, Outcome, Stats
from app.core.errors import AppError
from app.engine.messages import Generate, Prepare, Progress, frame
from app.session.paces import picture_tokens
from tests.data import MEDIA
from tests.gui.session.office import Office, png


def attach(office: Office, name: str = "shot.png", colour: str = "red") -> None:
    draft = office.chat.draft
    draft.add_bytes(png(colour=colour), name)
    office.until(lambda: all(one.state == "ready" for one in draft.attachments))


def prepared(office: Office, count: int) -> Prepare:
    """The newest preparation, once there have been ``count``."""
    office.until(lambda: len(office.engine.preparations) == count)
    newest: Prepare = office.engine.preparations[-1]
    return newest


def stage(office: Office) -> str:
    return office.chat.preparation.stage(office.chat.draft.attachments[0].part)


def nothing_more(office: Office, count: int) -> None:
    """There are ``count`` preparations and no reason for another."""
    office.until(lambda: not office.chat.preparation._pause.isActive())
    office.settle()
    assert len(office.engine.preparations) == count


def test_what_is_prepared_is_what_is_sent(office: Office, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("Milk, eggs.\n")
    office.preferences.change(system_prompt="Be brief.")
    office.exchange("Hello", "Hi.")
    draft = office.chat.draft
    draft.thinking = True
    draft.add_file(str(MEDIA / "red-circle.png"))
    draft.add_file(str(MEDIA / "seven.wav"))
    draft.add_file(str(notes))
    office.until(lambda: all(one.state == "ready" for one in draft.attachments))
    draft.text = "  What is all this?\n"
    office.until(
        lambda: (
            office.engine.preparations
            and office.engine.preparations[-1].prompt.turns[-1].text.endswith("What is all this?")
        )
    )
    order = office.engine.preparations[-1]
    office.chat.send()
    office.until(lambda: len(office.engine.questions) == 2)
    asked = office.engine.questions[-1]
    assert frame(Generate(0, order.prompt)) == frame(Generate(0, asked.prompt))
    assert order.chat == asked.chat == office.chat.id
    assert len(asked.prompt.turns[-1].media) == 2


def test_an_attachment_is_read_at_once_and_said_to_be_read(office: Office) -> None:
    attach(office)
    order = prepared(office, 1)
    assert [media.kind for media in order.prompt.turns[-1].media] == ["image"]
    assert stage(office) == ""
    office.engine.read(4, 104)
    office.until(lambda: stage(office) == "reading")
    office.engine.read(54, 104)
    office.until(lambda: office.chat.preparation.fraction == 0.5)
    office.engine.prepared()
    office.until(lambda: stage(office) == "read")
    assert office.chat.entries == ()
    nothing_more(office, 1)


def test_typing_extends_it_at_pauses_only(office: Office) -> None:
    attach(office)
    prepared(office, 1)
    for end in range(1, 12):
        office.chat.draft.text = "What is it?"[:end]
    assert prepared(office, 2).prompt.turns[-1].text == "What is it?"
    office.engine.prepared()
    office.until(lambda: stage(office) == "read")
    office.chat.draft.text = "What is it? "  # sent, it would be the same
    nothing_more(office, 2)
    assert stage(office) == "read"


def test_a_picture_stays_read_while_more_is_typed_or_attached(office: Office) -> None:
    attach(office)
    prepared(office, 1)
    office.engine.prepared()
    office.until(lambda: stage(office) == "read")
    attach(office, "other.png", "blue")
    prepared(office, 2)
    office.engine.read(100, 200)
    second = office.chat.draft.attachments[1]
    office.until(lambda: office.chat.preparation.stage(second.part) == "reading")
    assert stage(office) == "read"


def test_removing_and_emptying_cancel_it(office: Office) -> None:
    attach(office)
    turn = prepared(office, 1).turn
    office.chat.draft.remove(office.chat.draft.attachments[0].key)
    office.until(lambda: office.engine.cancelled == [turn])
    office.chat.draft.text = "x"
    turn = prepared(office, 2).turn
    office.chat.draft.text = ""
    office.until(lambda: office.engine.cancelled[-1] == turn)
    nothing_more(office, 2)


def test_another_budget_is_another_picture(office: Office) -> None:
    attach(office)
    prepared(office, 1)
    office.engine.prepared()
    office.until(lambda: stage(office) == "read")
    office.chat.draft.set_budget(office.chat.draft.attachments[0].key, 1120)
    assert prepared(office, 2).prompt.turns[-1].media[0].budget == 1120
    assert stage(office) == ""


def test_sending_does_not_stop_what_is_being_read(office: Office) -> None:
    attach(office)
    prepared(office, 1)
    office.send("What is it?")
    office.settle()
    assert office.engine.cancelled == []
    kinds = [type(command) for command in office.engine.sent[1:]]
    assert kinds == [Prepare, Generate]
    office.engine.prepared(complete=False)
    office.engine.write("A red picture.")
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    assert [entry.message.text for entry in office.chat.entries] == [
        "What is it?",
        "A red picture.",
    ]
    nothing_more(office, 1)


def test_what_is_drafted_while_an_answer_is_written_is_read_after_it(office: Office) -> None:
    office.send("First")
    attach(office)
    office.chat.draft.text = "And this?"
    nothing_more(office, 0)
    office.engine.write("Answer.")
    office.engine.end()
    texts = [turn.text for turn in prepared(office, 1).prompt.turns]
    assert texts == ["First", "Answer.", "And this?"]


def test_the_answer_of_another_chat_goes_first(office: Office) -> None:
    office.send("First")
    office.chats.new_chat()
    attach(office)
    office.settle()
    assert office.engine.preparations == []
    office.engine.end()
    prepared(office, 1)


def test_what_can_not_be_sent_is_not_read(reopen: Callable[[], Office]) -> None:
    office = reopen()
    office.load_model(vision=False)
    attach(office)
    office.chat.draft.text = "Look"
    nothing_more(office, 0)
    office.chat.draft.remove(office.chat.draft.attachments[0].key)
    prepared(office, 1)
    office.chat.draft.add_bytes(b"%PDF-1.7", "bill.pdf")
    office.until(lambda: office.chat.draft.attachments[0].state == "failed")
    nothing_more(office, 1)


def test_a_file_that_is_gone_is_not_read(office: Office) -> None:
    attach(office)
    prepared(office, 1)
    part = office.chat.draft.attachments[0].part
    assert part is not None
    office.chats.blob_path(part.blob).unlink()
    office.chat.draft.text = "Look"
    nothing_more(office, 1)
    assert office.problems == []
    office.chat.send()
    office.until(lambda: office.chat.entries[-1].message.outcome is Outcome.FAILED)


def test_it_can_be_switched_off(office: Office) -> None:
    office.preferences.change(read_ahead=False)
    attach(office)
    office.chat.draft.text = "Look"
    nothing_more(office, 0)
    office.preferences.change(read_ahead=True)
    turn = prepared(office, 1).turn
    office.preferences.change(read_ahead=False)
    office.until(lambda: office.engine.cancelled == [turn])


def test_looking_at_an_old_chat_reads_nothing_and_its_draft_does(office: Office) -> None:
    office.exchange("Old", "Yes.")
    old = office.chat.id
    attach(office)
    prepared(office, 1)
    office.engine.prepared()
    office.chats.new_chat()
    office.exchange("New", "Yes.")
    new = office.chat.id
    office.chats.open(old)
    prepared(office, 2)  # others may have been read since
    office.chats.open(new)
    nothing_more(office, 2)
    assert office.engine.cancelled == [], "what was begun is read to its end"


def test_a_draft_from_before_the_start_is_read_once_there_is_a_model(
    office: Office, reopen: Callable[[], Office]
) -> None:
    attach(office)
    office.until(lambda: office.count("drafts") == 1)
    office = reopen()
    office.load_model()
    prepared(office, 1)


def test_another_model_reads_it_again(office: Office) -> None:
    attach(office)
    prepared(office, 1)
    office.engine.prepared()
    office.until(lambda: stage(office) == "read")
    office.engine.die()
    office.until(lambda: office.shelf.state == "loading")
    assert stage(office) == ""
    office.engine.finish_loading()
    prepared(office, 2)


def test_a_question_that_could_not_be_saved_is_read_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    attach(office)
    prepared(office, 1)
    office.engine.prepared()

    def full(*_: object) -> None:
        raise AppError("The chat could not be saved. The disk is full.", "Free some space.")

    monkeypatch.setattr(office.desk.conversations, "add_turn", full)
    office.send("Look", asked=False)
    assert prepared(office, 2).prompt.turns[-1].text == "Look"
    assert "disk is full" in office.problems[0].what
    assert office.chat.entries == ()


# -- whether it thinks first ----------------------------------------------------------------------


def attach_text(office: Office, folder: Path) -> None:
    """About 5,000 tokens, for a model that reads 20 a second."""
    office.desk.paces.note((), 0.0, 0, 100, 20.0)
    notes = folder / "notes.txt"
    notes.write_text("word " * 4000)
    office.chat.draft.add_file(str(notes))
    office.until(lambda: office.chat.draft.attachments[0].state == "ready")


def test_what_has_been_read_is_not_read_anew_for_a_thought(office: Office, tmp_path: Path) -> None:
    attach_text(office, tmp_path)
    assert prepared(office, 1).prompt.thinking is False
    office.engine.read(3000, 5000)
    office.until(lambda: office.chat.preparation.tokens_read == 3000)
    office.chat.draft.text = "Why"
    assert prepared(office, 2).prompt.thinking is False
    office.engine.read(5000, 5003)
    office.engine.prepared()
    office.until(lambda: stage(office) == "read")
    office.send("Why is that so?")
    assert office.engine.questions[-1].prompt.thinking is False


def test_a_thought_is_settled_early_and_stays(office: Office, tmp_path: Path) -> None:
    attach_text(office, tmp_path)
    prepared(office, 1)
    office.engine.read(40, 5000)  # hardly anything
    office.until(lambda: office.chat.preparation.tokens_read == 40)
    office.chat.draft.text = "Why"
    assert prepared(office, 2).prompt.thinking is True
    office.engine.read(2000, 5003)
    office.until(lambda: office.chat.preparation.tokens_read == 2000)
    office.chat.draft.text = "Why not summarize this?"
    assert prepared(office, 3).prompt.thinking is True
    office.send("Why not summarize this?")
    assert office.engine.questions[-1].prompt.thinking is True


def test_what_the_person_says_of_thinking_goes_before_what_was_read(
    office: Office, tmp_path: Path
) -> None:
    attach_text(office, tmp_path)
    prepared(office, 1)
    office.engine.read(5000, 5000)
    office.engine.prepared()
    office.until(lambda: stage(office) == "read")
    office.chat.draft.thinking = True
    assert prepared(office, 2).prompt.thinking is True


# -- what it costs --------------------------------------------------------------------------------


def tokens_of(office: Office) -> int:
    part = office.chat.draft.attachments[0].part
    assert isinstance(part, Image)
    return picture_tokens(part)


def test_the_pace_is_learnt_and_kept(office: Office, reopen: Callable[[], Office]) -> None:
    attach(office)
    prepared(office, 1)
    assert office.desk.paces.seconds(70) is None
    office.engine.read(4, 104)
    office.until(lambda: office.chat.preparation._first == 4)
    tokens = tokens_of(office)
    office.engine.prepared(encode_ms=2000, encoded_tokens=tokens, prefill_tps=50)
    office.until(lambda: office.desk.paces.seconds(tokens))
    assert office.desk.paces.seconds(tokens) == pytest.approx(2 + tokens / 50)
    office.settle()
    office = reopen()
    office.load_model()
    office.settle()
    assert office.desk.paces.seconds(tokens) == pytest.approx(2 + tokens / 50)


def test_an_answer_teaches_the_pace_as_well(office: Office) -> None:
    office.preferences.change(read_ahead=False)
    attach(office)
    tokens = tokens_of(office)
    office.send("Look")
    stats = Stats(prompt_tokens=100, encode_ms=2000, encoded_tokens=tokens, prefill_tps=50)
    office.engine.end(stats=stats)
    office.until(lambda: office.desk.paces.seconds(tokens))
    assert office.desk.paces.seconds(tokens) == pytest.approx(2 + tokens / 50)


def test_two_pictures_at_once_teach_nothing(office: Office) -> None:
    office.preferences.change(read_ahead=False)
    attach(office)
    tokens = tokens_of(office)
    attach(office, "other.png", "blue")
    office.send("Look")
    stats = Stats(prompt_tokens=200, encode_ms=4000, encoded_tokens=2 * tokens, prefill_tps=50)
    office.engine.end(stats=stats)
    office.until(lambda: not office.chat.busy)
    assert office.desk.paces.seconds(tokens) is None


def test_a_known_picture_moves_its_line_by_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    attach(office)
    prepared(office, 1)
    monkeypatch.setattr(office.desk.paces, "seconds", lambda _tokens: 0.2)
    moves: list[float] = []
    preparation = office.chat.preparation
    preparation.changed.connect(lambda: moves.append(preparation.fraction))
    office.engine.say(Progress(office.engine.preparations[-1].turn, "image", 4, 104))
    office.until(lambda: moves and moves[-1] == 0.95)
    assert moves == sorted(moves)
