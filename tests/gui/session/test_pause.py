"""A model that is paused stays out of memory until somebody asks, or has it go on."""

from collections.abc import Callable

from app.engine.messages import Load, Prepare, Unloaded
from tests.gui.session.office import Office


def paused(office: Office) -> int:
    """Pause the model; the number of loads until then."""
    office.shelf.pause()
    office.settle()
    office.engine.say(Unloaded())
    assert office.shelf.paused
    assert office.shelf.state == "none"
    assert office.shelf.current is not None
    return len(office.engine.of_kind(Load))


def test_what_is_written_does_not_wake_it(office: Office) -> None:
    told: list[bool] = []
    office.shelf.state_changed.connect(lambda: told.append(office.shelf.paused))
    loads = paused(office)
    assert told[-1]
    office.chat.draft.text = "A question"
    office.settle()
    assert len(office.engine.of_kind(Load)) == loads
    assert office.engine.of_kind(Prepare) == []


def test_a_question_does(office: Office) -> None:
    loads = paused(office)
    office.send("Hello", asked=False)
    assert not office.shelf.paused
    assert office.shelf.state == "loading"
    office.settle()
    assert len(office.engine.of_kind(Load)) == loads + 1
    office.engine.finish_loading()
    office.until(lambda: office.engine.questions)


def test_going_on_reads_what_was_written_meanwhile(office: Office) -> None:
    paused(office)
    office.chat.draft.text = "A question"
    office.shelf.wake()
    office.settle()
    assert not office.shelf.paused
    office.engine.finish_loading()
    office.until(lambda: office.engine.of_kind(Prepare))


def test_a_model_that_is_chosen_ends_it(office: Office) -> None:
    paused(office)
    assert office.shelf.current is not None
    office.shelf.select(office.shelf.current.id)
    assert not office.shelf.paused
    assert office.shelf.state == "loading"


def test_one_that_sleeps_can_be_paused(office: Office) -> None:
    office.shelf.sleep()
    office.settle()
    office.engine.say(Unloaded())
    loads = len(office.engine.of_kind(Load))
    office.shelf.pause()
    assert office.shelf.state == "none"
    office.chat.draft.text = "A question"
    office.settle()
    assert len(office.engine.of_kind(Load)) == loads


def test_a_start_without_a_window_loads_nothing_until_it_is_asked(
    reopen: Callable[[], Office],
) -> None:
    office = reopen()
    office.shelf.start(load=False)
    office.settle()
    assert office.shelf.current is not None
    assert office.shelf.state == "none"
    assert not office.shelf.paused
    assert office.engine.of_kind(Load) == []
    office.chat.draft.text = "A question"
    office.settle()
    assert len(office.engine.of_kind(Load)) == 1
