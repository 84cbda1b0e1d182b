"""Stop acts at once, wherever the work is, and leaves an engine that answers rightly."""

import ctypes
import os
import signal

import llama_cpp.llama_cpp as llama
import pytest

from app.core.conversation import Outcome
from app.core.prompt import Media
from app.engine.messages import Cancel, Delta, Died, Done, Hello, ModelInfo, Progress
from app.engine.native import NativeLog, StopFlag
from app.engine.projector import Projector
from app.engine.runtime import Runtime, Stopped
from tests.data import MEDIA, PROJECTOR, SEEN
from tests.unit.engine.talk import Answer, Talk, picture, user

LONG = user("the " * 7000)


def reading(event: object) -> bool:
    """The prompt is being read and far from its end."""
    return isinstance(event, Progress) and 0 < event.done < event.total // 2


def reads_nothing_yet(event: object) -> bool:
    """The first word of the engine about a turn."""
    return isinstance(event, Progress)


def says(event: object) -> bool:
    """The answer has begun."""
    return isinstance(event, Delta)


def check_stopped(answer: Answer) -> None:
    """It ended as stopped, and nothing was said after that."""
    assert answer.outcome is Outcome.STOPPED
    assert [type(event) for event in answer.events].count(Done) == 1


def test_while_answering(endless: Talk) -> None:
    turn = endless.begin(user("the"))
    answer = endless.cancel_at(turn, says)
    check_stopped(answer)
    assert 0 < answer.stats.answer_tokens < 7000, "the context would hold 8,192"
    assert len(answer.text) > 0
    assert endless.ask(user("the"), max_tokens=5).stats.cached_tokens > 0


def test_while_reading(endless: Talk) -> None:
    turn = endless.begin(LONG, max_tokens=5)
    answer = endless.cancel_at(turn, reading)
    check_stopped(answer)
    assert answer.progress[-1].done < answer.progress[-1].total
    assert answer.text == ""
    assert answer.stats.ttft_ms == answer.stats.decode_tps == 0


def test_what_was_read_before_a_stop_counts(endless: Talk) -> None:
    stopped = endless.cancel_at(endless.begin(LONG, max_tokens=5), reading)
    again = endless.ask(LONG, max_tokens=5)
    assert again.stats.cached_tokens >= stopped.progress[-1].done > 0
    assert again.outcome is Outcome.LENGTH


def test_while_a_picture_is_encoded(endless: Talk) -> None:
    question = user("the", picture(MEDIA / "screenshot.png", 1120))
    turn = endless.begin(question, max_tokens=5)
    answer = endless.cancel_at(turn, lambda e: isinstance(e, Progress) and e.stage == "image")
    check_stopped(answer)
    assert answer.progress[-1].stage == "image", "the picture was never finished"
    assert answer.progress[-1].done < 100


def test_the_engine_answers_rightly_after_stops(talk: Talk) -> None:
    moments = {
        "rotated.jpg": reads_nothing_yet,
        "cmyk.jpg": lambda event: isinstance(event, Progress) and event.stage == "image",
        "16-bit.png": lambda event: isinstance(event, Progress) and event.done == event.total,
        "animated.gif": says,
    }
    for name, moment in moments.items():
        question = user("What do you see?", picture(MEDIA / name))
        # The miniature may be done before the Cancel arrives; then that is the late case.
        talk.cancel_at(talk.begin(question), moment)
        assert talk.ask(question).text == SEEN[name]


def test_a_waiting_turn_is_stopped_at_once(endless: Talk) -> None:
    running = endless.begin(user("the"))
    waiting, last = endless.begin(user("the")), endless.begin(user("the"), max_tokens=2)
    endless.engine.send(Cancel(waiting))
    events = endless.until(lambda event: isinstance(event, Done))
    assert isinstance(events[-1], Done)
    assert (events[-1].turn, events[-1].outcome) == (waiting, Outcome.STOPPED)
    check_stopped(endless.cancel_at(running, says))
    assert endless.finish(last).outcome is Outcome.LENGTH


def test_a_late_stop_is_nothing(fresh: Talk) -> None:
    fresh.load()
    answer = fresh.ask(user("Hello"))
    fresh.engine.send(Cancel(1))
    assert answer.outcome is Outcome.DONE
    pid = fresh.engine.pid
    assert fresh.engine.receive(timeout=1.0) is None, "longer than a deadline would last"
    assert fresh.ask(user("Hello")).text == answer.text
    assert fresh.engine.pid == pid


def test_a_stop_twice_is_a_stop_once(endless: Talk) -> None:
    turn = endless.begin(user("the"))
    endless.until(says)
    endless.engine.send(Cancel(turn))
    endless.engine.send(Cancel(turn))
    check_stopped(endless.finish(turn))
    assert endless.ask(user("the"), max_tokens=2).outcome is Outcome.LENGTH


def test_a_child_that_hangs_is_killed(fresh: Talk) -> None:
    fresh.load()
    pid = fresh.engine.pid
    assert pid
    os.kill(pid, signal.SIGSTOP)
    turn = fresh.begin(user("Hello"))
    fresh.engine.send(Cancel(turn))
    died = fresh.until(lambda event: isinstance(event, Died))[-1]
    assert isinstance(died, Died)
    assert died.restarting
    assert died.detail == "signal SIGKILL"
    assert [type(e) for e in fresh.until(lambda e: isinstance(e, Hello | ModelInfo))] == [Hello]
    fresh.until(lambda event: isinstance(event, ModelInfo))
    assert fresh.ask(user("Repeat: tea")).text == "tea"


# -- inside one process ------------------------------------------------------------------------


def prompt(runtime: Runtime, words: int) -> list[int]:
    """Tokens of a question with ``words`` words."""
    return runtime.vocabulary.tokenize([(f"<bos><|turn>user\n{'the ' * words}", True)])


def test_the_flag_is_read_by_llama_cpp_itself() -> None:
    flag = StopFlag()
    assert (bool(flag), flag.callback(flag.data)) == (False, False)
    flag.set()
    assert (bool(flag), flag.callback(flag.data)) == (True, True)
    flag.clear()
    assert (bool(flag), flag.callback(flag.data)) == (False, False)


def test_the_flag_stops_a_batch_by_itself(runtime: Runtime) -> None:
    runtime.clear()
    tokens = (llama.llama_token * 3)(*prompt(runtime, 1)[:3])
    runtime.stop.set()
    try:
        batch = llama.llama_batch_get_one(tokens, 3)
        assert llama.llama_decode(runtime.context_handle, batch) == 2
    finally:
        runtime.stop.clear()
        runtime.clear()


def test_a_stop_in_the_middle_of_a_batch(runtime: Runtime) -> None:
    """llama.cpp stops between two operations of one batch; what was before it stays exact."""
    tokens = prompt(runtime, 600)
    asked = 0

    def at_the_50th(_data: object) -> bool:
        nonlocal asked
        asked += 1
        return asked >= 50

    callback = llama.ggml_abort_callback(at_the_50th)
    try:
        runtime.clear()
        runtime.decode(tokens[:300])
        llama.llama_set_abort_callback(runtime.context_handle, callback, None)
        with pytest.raises(Stopped):
            runtime.decode(tokens[300:600])
        assert asked >= 50
        assert runtime.length == 300
    finally:
        llama.llama_set_abort_callback(
            runtime.context_handle, runtime.stop.callback, runtime.stop.data
        )
    runtime.decode(tokens[300:600])
    resumed = runtime.logits()
    runtime.clear()
    runtime.decode(tokens[:300])
    runtime.decode(tokens[300:600])
    assert runtime.logits() == resumed


def test_a_stop_where_llama_cpp_does_not_ask(runtime: Runtime) -> None:
    """As on a GPU: between two batches the flag is looked at, too."""
    llama.llama_set_abort_callback(
        runtime.context_handle, ctypes.cast(None, llama.ggml_abort_callback), None
    )
    try:
        runtime.clear()
        runtime.decode(prompt(runtime, 10))
        length = runtime.length
        runtime.stop.set()
        with pytest.raises(Stopped):
            runtime.decode([5])
        assert runtime.length == length
    finally:
        runtime.stop.clear()
        llama.llama_set_abort_callback(
            runtime.context_handle, runtime.stop.callback, runtime.stop.data
        )


def test_encoding_ends_where_it_is_stopped(
    runtime: Runtime, native_log: NativeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    class At(StopFlag):
        """A flag that is set by the time it has been looked at ``limit`` times."""

        def __init__(self, limit: int) -> None:
            super().__init__()
            self.limit, self.looks = limit, 0

        def __bool__(self) -> bool:
            self.looks += 1
            return self.looks > self.limit

    projector = Projector(str(PROJECTOR), runtime, native_log)
    try:
        (block,) = projector.blocks(Media("image", str(MEDIA / "red-circle.png"), 70))
        runtime.clear()
        runtime.decode(prompt(runtime, 1))
        length = runtime.length

        never = At(10**9)
        monkeypatch.setattr(runtime, "stop", never)
        projector.evaluate(block)
        assert runtime.length == length + block.tokens

        runtime.rewind(length)
        (other,) = projector.blocks(Media("image", str(MEDIA / "transparent.png"), 70))
        early = At(1)
        monkeypatch.setattr(runtime, "stop", early)
        with pytest.raises(Stopped):
            projector.evaluate(other)
        assert runtime.length == length
        assert not projector.is_encoded(other), "what the encoder made then is garbage"
        assert early.looks < never.looks / 2, "the rest of the picture was not computed"
    finally:
        projector.close()
