"""The queue of answers and preparations, which is pure: orders in, commands and reports out."""

from app.core.conversation import Outcome, Stats
from app.core.prompt import Prompt
from app.engine.messages import (
    Cancel,
    Died,
    Done,
    Embed,
    Embedded,
    Failed,
    Generate,
    Load,
    LoadFailed,
    Loading,
    Prepare,
    Prepared,
    Unload,
    Unloaded,
)
from app.session.turns import Turns
from tests.gui.session.fake_engine import info


def question(turn: int) -> Generate:
    return Generate(turn, Prompt(()))


def test_answers_are_asked_for_one_by_one() -> None:
    turns = Turns()
    turns.load(Load("m"))
    turns.happened(info("m"))
    assert turns.generate(question(1))[0] == [question(1)]
    assert turns.generate(question(2))[0] == []
    assert turns.generate(question(3))[0] == []
    assert turns.happened(Done(2, Outcome.DONE, Stats()))[0] == [], "not the one that runs"
    assert turns.happened(Done(1, Outcome.DONE, Stats()))[0] == [question(2)]
    assert turns.happened(Failed(2, "x", "y"))[0] == [question(3)]
    assert turns.happened(Done(3, Outcome.DONE, Stats()))[0] == []
    assert turns.cancel(3) == ([], []), "it has ended"


def test_a_new_model_waits_for_the_answer_and_the_next_question_for_the_model() -> None:
    turns = Turns()
    turns.load(Load("m"))
    turns.happened(info("m"))
    turns.generate(question(1))
    assert turns.load(Load("n")) == [Load("n")]
    turns.generate(question(2))
    assert turns.happened(Done(1, Outcome.DONE, Stats()))[0] == []
    assert turns.happened(info("n"))[0] == [question(2)]


def test_the_outcome_of_a_model_that_was_replaced_is_not_told() -> None:
    turns = Turns()
    turns.load(Load("m"))
    turns.load(Load("n"))
    turns.generate(question(1))
    assert turns.happened(LoadFailed("m is broken.", "")) == ([], [])
    assert turns.happened(Loading(0.5)) == ([], [Loading(0.5)])
    assert turns.happened(info("n")) == ([question(1)], [info("n")])


def test_a_load_that_has_begun_is_broken_off_for_another() -> None:
    turns = Turns()
    turns.load(Load("m"))
    turns.generate(question(1))
    turns.happened(Loading(0.1))
    assert not turns.take_kill()
    assert turns.load(Load("n")) == [Unload()]
    assert turns.take_kill()
    assert not turns.take_kill(), "once is enough"
    assert turns.load(Load("o")) == [], "the next child gets it"
    for late in (Loading(0.9), info("m"), LoadFailed("", ""), Unloaded()):
        assert turns.happened(late) == ([], [])
    assert turns.happened(Died("x", False)) == ([Load("o")], []), "nobody need know"
    assert turns.happened(Loading(0.5)) == ([], [Loading(0.5)])
    assert turns.happened(info("o")) == ([question(1)], [info("o")])
    assert not turns.take_kill()


def test_a_load_that_another_has_overtaken_is_broken_off_when_it_begins() -> None:
    turns = Turns()
    turns.load(Load("m"))
    turns.happened(info("m"))
    turns.generate(question(1))
    turns.load(Load("n"))
    turns.load(Load("o"))
    assert not turns.take_kill(), "the answer is still being written"
    turns.happened(Done(1, Outcome.DONE, Stats()))
    assert turns.happened(Loading(0.0)) == ([], [])
    assert not turns.take_kill(), "it may be trying a device"
    assert turns.happened(Loading(0.01)) == ([Unload()], [])
    assert turns.take_kill()
    assert turns.happened(Died("x", False)) == ([Load("o")], [])


def test_a_model_can_be_dropped_whatever_is_at_work() -> None:
    turns = Turns()
    turns.load(Load("m"))
    turns.happened(info("m"))
    turns.generate(question(1))
    turns.generate(question(2))
    commands, reports = turns.drop()
    assert commands == [Cancel(1), Unload()]
    assert reports == [Done(2, Outcome.STOPPED, Stats())]
    done = Done(1, Outcome.STOPPED, Stats())
    assert turns.happened(done) == ([], [done])
    assert turns.happened(Unloaded()) == ([], [Unloaded()])
    assert isinstance(turns.generate(question(3))[1][0], Failed)


def test_a_load_is_dropped_before_and_after_it_has_begun() -> None:
    for begun in (False, True):
        turns = Turns()
        turns.load(Load("m"))
        if begun:
            turns.happened(Loading(0.1))
            assert turns.drop()[0] == [Unload()]
        else:
            assert turns.drop()[0] == [Unload()]
            assert turns.happened(Loading(0.0)) == ([], [])
            assert not turns.take_kill()
            assert turns.happened(Loading(0.1)) == ([Unload()], [])
        assert turns.take_kill()
        assert turns.happened(Died("x", False)) == ([], [Unloaded()])
        assert turns.model == "none"


def test_who_waits_for_the_memory_is_told_though_another_model_is_loaded() -> None:
    turns = Turns()
    turns.load(Load("m"))
    turns.happened(info("m"))
    turns.drop()
    assert turns.load(Load("n")) == [Load("n")]
    assert turns.happened(Unloaded()) == ([], [Unloaded()])
    assert turns.happened(info("n")) == ([], [info("n")])
    turns.load(Load("m"))
    turns.happened(Loading(0.2))
    turns.drop()
    turns.load(Load("n"))
    assert turns.happened(Died("x", False)) == ([Load("n")], [Unloaded()])


def test_a_crash_while_a_model_is_dropped() -> None:
    turns = Turns()
    turns.load(Load("m"))
    turns.happened(info("m"))
    turns.drop()
    assert turns.happened(Died("x", False))[1] == [Died("x", False), Unloaded()]


def test_after_a_crash_without_restart_everybody_is_told() -> None:
    turns = Turns()
    turns.load(Load("m"))
    turns.generate(question(1))
    turns.generate(question(2))
    commands, reports = turns.happened(Died("x", False))
    assert commands == []
    assert turns.running is None
    assert [type(report) for report in reports] == [Died, Failed, Failed]
    commands, reports = turns.generate(question(3))
    assert (commands, type(reports[0])) == ([], Failed)


def test_an_order_that_reached_the_next_child_is_cancelled() -> None:
    turns = Turns()
    turns.load(Load("m"))
    turns.happened(info("m"))
    turns.generate(question(1))
    commands, reports = turns.happened(Died("x", True))
    assert commands == [Cancel(1)]
    assert [type(report) for report in reports] == [Died, Failed]
    assert turns.generate(question(2))[0] == []
    assert turns.happened(Done(1, Outcome.STOPPED, Stats()))[0] == []
    assert turns.happened(info("m"))[0] == [question(2)]


# -- preparations ---------------------------------------------------------------------------------


def ahead(turn: int) -> Prepare:
    return Prepare(turn, Prompt(()))


def ready() -> Turns:
    turns = Turns()
    turns.load(Load("m"))
    turns.happened(info("m"))
    return turns


def test_a_preparation_runs_when_nothing_else_does_and_an_answer_does_not_wait_for_it() -> None:
    turns = ready()
    assert turns.prepare(ahead(1)) == ([ahead(1)], [])
    assert turns.prepare(ahead(2)) == ([ahead(2)], []), "the engine ends the one before"
    assert turns.generate(question(3)) == ([question(3)], [])
    assert turns.happened(Prepared(1, False)) == ([], [Prepared(1, False)])
    assert turns.happened(Prepared(2, False))[0] == []
    assert turns.running == 3


def test_a_preparation_waits_for_all_answers_and_only_the_newest_does() -> None:
    turns = ready()
    turns.generate(question(1))
    assert turns.prepare(ahead(2)) == ([], [])
    assert turns.prepare(ahead(3)) == ([], [Prepared(2, False)])
    turns.generate(question(4))
    assert turns.happened(Done(1, Outcome.DONE, Stats()))[0] == [question(4)]
    assert turns.happened(Done(4, Outcome.DONE, Stats()))[0] == [ahead(3)]
    assert turns.happened(Prepared(3, True)) == ([], [Prepared(3, True)])


def test_a_preparation_that_is_cancelled() -> None:
    turns = ready()
    turns.prepare(ahead(1))
    assert turns.cancel(1) == ([Cancel(1)], [])
    turns.happened(Prepared(1, False))
    assert turns.cancel(1) == ([], []), "it has ended"
    turns.generate(question(2))
    turns.prepare(ahead(3))
    assert turns.cancel(3) == ([], [Prepared(3, False)])
    assert turns.happened(Done(2, Outcome.DONE, Stats()))[0] == []


def test_without_a_model_nothing_is_prepared() -> None:
    turns = Turns()
    assert turns.prepare(ahead(1)) == ([], [Prepared(1, False)])
    turns.load(Load("m"))
    assert turns.prepare(ahead(2)) == ([], [Prepared(2, False)])
    assert turns.happened(info("m"))[0] == []


def test_a_crash_and_a_failed_load_end_preparations() -> None:
    turns = ready()
    turns.prepare(ahead(1))
    assert turns.happened(Died("x", True))[1][1:] == [Prepared(1, False)]
    turns = ready()
    turns.generate(question(1))
    turns.prepare(ahead(2))
    assert Prepared(2, False) in turns.happened(Died("x", True))[1]
    turns = ready()
    turns.generate(question(1))
    turns.prepare(ahead(2))
    turns.load(Load("n"))
    assert turns.happened(Done(1, Outcome.DONE, Stats()))[0] == [], "the model is another soon"
    assert Prepared(2, False) in turns.happened(LoadFailed("n is broken.", ""))[1]
    assert turns.happened(Done(9, Outcome.DONE, Stats()))[0] == []


# -- sleep ----------------------------------------------------------------------------------------


def test_a_model_sleeps_when_nothing_is_at_work_and_questions_wait_for_it_to_wake() -> None:
    turns = ready()
    turns.generate(question(1))
    assert turns.unload() == [], "it answers"
    turns.happened(Done(1, Outcome.DONE, Stats()))
    turns.prepare(ahead(2))
    assert turns.unload() == [], "it prepares"
    turns.happened(Prepared(2, True))
    assert turns.unload() == [Unload()]
    assert turns.unload() == []
    assert turns.happened(Unloaded()) == ([], [Unloaded()])
    assert turns.generate(question(3))[0] == []
    assert turns.prepare(ahead(4))[1] == [Prepared(4, False)]
    assert turns.load(Load("m")) == [Load("m")]
    assert turns.happened(info("m"))[0] == [question(3)]


def test_a_model_that_is_woken_before_it_slept() -> None:
    turns = ready()
    turns.unload()
    turns.load(Load("m"))
    turns.generate(question(1))
    assert turns.happened(Unloaded()) == ([], []), "it is loading by now"
    assert turns.happened(info("m"))[0] == [question(1)]


def test_a_sleeping_engine_that_dies_sleeps_on() -> None:
    turns = ready()
    turns.unload()
    turns.happened(Unloaded())
    turns.generate(question(1))
    assert turns.happened(Died("x", False)) == ([], [Died("x", False)])
    turns.load(Load("m"))
    assert turns.happened(info("m"))[0] == [question(1)]


def vectors(turn: int) -> Embed:
    return Embed(turn, "e", ("words",))


def test_vectors_wait_for_everything_else() -> None:
    turns = ready()
    turns.generate(question(1))
    turns.prepare(ahead(2))
    assert turns.embed(vectors(3), now=False) == ([], [])
    assert turns.happened(Done(1, Outcome.DONE, Stats()))[0] == [ahead(2)]
    assert turns.happened(Prepared(2, True))[0] == [vectors(3)]
    assert not turns.idle
    assert turns.generate(question(4))[0] == [question(4)], "which makes them give way"
    turns.happened(Embedded(3, False))
    turns.happened(Done(4, Outcome.DONE, Stats()))
    assert turns.idle


def test_vectors_that_an_answer_needs_wait_for_nothing_but_an_answer() -> None:
    turns = ready()
    turns.prepare(ahead(1))
    turns.embed(vectors(2), now=False)
    assert turns.embed(vectors(3), now=True) == ([vectors(3)], [Embedded(2, False)])
    turns.happened(Embedded(3, True))
    turns.generate(question(4))
    assert turns.embed(vectors(5), now=True) == ([], [Embedded(5, False)])


def test_vectors_end_with_the_engine_or_the_model() -> None:
    turns = ready()
    turns.embed(vectors(1), now=False)
    turns.embed(vectors(2), now=False)
    reports = turns.happened(Died("killed", True))[1]
    assert reports[1:] == [Embedded(1, False), Embedded(2, False)]
    assert Turns().embed(vectors(3), now=False) == ([], [Embedded(3, False)])


def test_vectors_can_be_cancelled_before_and_after_they_have_begun() -> None:
    turns = ready()
    turns.embed(vectors(1), now=False)
    turns.embed(vectors(2), now=False)
    assert turns.cancel(2) == ([], [Embedded(2, False)])
    assert turns.cancel(1) == ([Cancel(1)], [])
    turns.happened(Failed(1, "It can't be read.", ""))
    assert turns.idle
