"""A model that nobody asks gives its memory back, and wakes for whoever begins to ask."""

from app.engine.messages import Died, Generate, Load, Prepare, Unload, Unloaded
from tests.gui.session.office import Office, png


def asleep(office: Office) -> None:
    office.shelf.sleep()
    office.until(lambda: office.engine.of_kind(Unload))
    office.engine.say(Unloaded())
    assert office.shelf.state == "asleep"


def kinds(office: Office) -> list[str]:
    return [type(command).__name__ for command in office.engine.sent]


def test_it_sleeps_after_the_time_that_is_set(office: Office) -> None:
    timer = office.shelf._quiet
    assert timer.isActive()
    assert timer.interval() == 30 * 60_000
    office.preferences.change(unload_after=0)
    assert not timer.isActive()
    office.preferences.change(unload_after=5)
    assert timer.interval() == 5 * 60_000
    office.exchange("Hello", "Hi.")
    timer.setInterval(1)
    office.until(lambda: office.shelf.state == "asleep")
    assert kinds(office)[-1] == "Unload"


def test_everything_that_happens_begins_the_time_anew(office: Office) -> None:
    timer = office.shelf._quiet
    timer.start(1_000_000)
    office.chat.draft.text = "x"
    assert timer.interval() == 30 * 60_000
    office.until(lambda: office.engine.preparations)
    timer.start(1_000_000)
    office.engine.prepared()
    office.until(lambda: timer.interval() == 30 * 60_000)
    office.send("Hello")
    timer.start(1_000_000)
    office.engine.end()
    office.until(lambda: timer.interval() == 30 * 60_000)


def test_it_never_sleeps_while_an_answer_is_written_or_waited_for(office: Office) -> None:
    office.send("One")
    office.shelf.sleep()
    assert office.shelf.state == "ready"
    assert office.shelf._quiet.isActive(), "it is tried again later"
    assert office.engine.of_kind(Unload) == []


def test_the_next_question_wakes_it_and_is_not_lost(office: Office) -> None:
    office.preferences.change(read_ahead=False)
    asleep(office)
    office.send("Hello", asked=False)
    assert office.shelf.state == "loading"
    assert office.shelf.can_see, "it is the same model"
    office.settle()
    assert kinds(office)[-2:] == ["Unload", "Load"]
    office.engine.finish_loading()
    office.until(lambda: office.engine.questions)
    assert kinds(office)[-2:] == ["Load", "Generate"]
    office.engine.write("Hi.")
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    assert office.chat.entries[-1].message.text == "Hi."


def test_a_question_right_after_it_fell_asleep(office: Office) -> None:
    office.preferences.change(read_ahead=False)
    office.shelf.sleep()
    office.send("Hello", asked=False)
    office.engine.say(Unloaded())
    office.settle()
    assert office.shelf.state == "loading"
    office.engine.finish_loading()
    office.until(lambda: office.engine.questions)
    wanted = (Load, Unload, Load, Generate)
    assert tuple(type(command) for command in office.engine.sent) == wanted


def test_typing_and_attaching_wake_it_already(office: Office) -> None:
    asleep(office)
    office.chat.draft.text = "H"
    assert office.shelf.state == "loading"
    office.engine.finish_loading()
    office.until(lambda: office.engine.preparations)
    office.engine.prepared()
    office.chat.draft.text = ""
    office.settle()
    office.until(lambda: office.thread._turns.idle)
    office.shelf.sleep()
    assert office.shelf.state == "asleep"
    office.chat.draft.add_bytes(png(), "shot.png")
    assert office.shelf.state == "loading"
    office.engine.finish_loading()
    office.until(lambda: len(office.engine.of_kind(Prepare)) == 2)


def test_looking_around_does_not_wake_it(office: Office) -> None:
    office.exchange("Old", "Yes.")
    old = office.chat.id
    asleep(office)
    office.chats.new_chat()
    office.chats.open(old)
    office.settle()
    assert office.shelf.state == "asleep"


def test_an_engine_that_ends_in_its_sleep(office: Office) -> None:
    asleep(office)
    office.engine.say(Died("signal SIGKILL", False))
    died: list[Died] = []
    office.thread.died.connect(died.append)
    office.until(lambda: died)
    assert office.shelf.state == "asleep"
    office.send("Hello", asked=False)
    office.engine.finish_loading()
    office.until(lambda: office.engine.questions)
