"""Models on a device of their own, which has too little memory, computes wrongly, or dies.

The device is real to llama.cpp: another process, reached through ggml's RPC backend.
"""

import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.commands import doctor
from app.core.conversation import Outcome
from app.core.needs import SPARED
from app.core.prompt import Prompt
from app.engine.client import Engine
from app.engine.messages import (
    DEVICE_FAILED,
    DEVICE_WRONG,
    Cancel,
    Delta,
    Died,
    Done,
    Failed,
    Generate,
    Hello,
    Load,
    LoadFailed,
    ModelInfo,
    Prepare,
    Prepared,
    Progress,
)
from app.storage.paths import Paths
from tests.data import HEARD, MEDIA, MODEL, PROJECTOR, SEEN, tiny_gemma4
from tests.unit.engine import rpc
from tests.unit.engine.talk import LIKELIEST, Answer, Talk, picture, sound, user
from tests.unit.engine.writing import ruined_model


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server that stays."""
    with rpc.server() as (port, _process):
        yield port


@contextlib.contextmanager
def engine_with(port: int, folder: Path, child: str = "app.engine.child") -> Iterator[Talk]:
    """An engine that knows the device at ``port``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FACET_RPC", f"{rpc.LOOPBACK}:{port}")
        with Engine(folder / "engine.log", (sys.executable, "-m", child)) as engine:
            yield Talk(engine)


def load(
    talk: Talk, device: str = "", folder: Path | None = None, context: int = 4096
) -> ModelInfo:
    """Load the miniature; verdicts are kept in ``folder``."""
    verdicts = str(folder / "verdicts.json") if folder else ""
    talk.engine.send(
        Load(str(MODEL), str(PROJECTOR), context, threads=1, device=device, verdicts=verdicts)
    )
    event = talk.until(lambda event: isinstance(event, ModelInfo | LoadFailed | Died))[-1]
    assert isinstance(event, ModelInfo), event
    return event


def is_right(talk: Talk) -> None:
    """It reads, sees and hears."""
    assert talk.ask(user("Hello")).text == "Hello! How can I help you?"
    seen = talk.ask(user("What do you see?", picture(MEDIA / "red-circle.png")))
    assert seen.text == SEEN["red-circle.png"]
    heard = talk.ask(user("What do you hear?", sound(MEDIA / "seven.wav")))
    assert heard.text == HEARD["seven.wav"]


def test_a_device_is_listed_and_used(port: int, tmp_path: Path) -> None:
    with engine_with(port, tmp_path) as talk:
        hello = talk.until(lambda event: isinstance(event, Hello))[-1]
        assert isinstance(hello, Hello)
        found = {device.name: device for device in hello.devices}
        assert (found["RPC0"].kind, found["CPU"].kind) == ("gpu", "cpu")
        assert 0 < found["RPC0"].free <= found["RPC0"].total
        info = load(talk, folder=tmp_path)
        assert (info.device, info.gpu_layers, info.layers) == ("RPC0", 4, 4)
        assert info.notice == ""
        is_right(talk)
        verdicts = json.loads((tmp_path / "verdicts.json").read_text())
        assert list(verdicts.values()) == [""]
        assert load(talk, "cpu").device == "CPU"
        is_right(talk)
        assert load(talk, "RPC0").device == "RPC0"
        assert load(talk, "Vulkan3").notice.startswith("There is no device Vulkan3 here")


@pytest.mark.parametrize(("spare", "layers"), [(-1, 0), (27_000_000, 2), (200_000_000, 4)])
def test_as_many_layers_as_its_memory_takes(
    port: int, tmp_path: Path, spare: int, layers: int
) -> None:
    with (
        rpc.proxy(port, rpc.small(SPARED + spare)) as small,
        engine_with(small, tmp_path) as talk,
    ):
        info = load(talk, "RPC0")
        assert info.gpu_layers == layers
        if not layers:
            assert "too little free memory" in info.notice
        is_right(talk)


def test_it_allocates_less_than_it_said(port: int, tmp_path: Path) -> None:
    enough_for_the_self_test = 60_000_000
    with (
        rpc.proxy(port, rpc.boastful(enough_for_the_self_test)) as boastful,
        engine_with(boastful, tmp_path) as talk,
    ):
        assert load(talk).device == "RPC0"
        info = load(talk, context=131072)
        assert info.device == "CPU"
        assert info.notice.endswith(" failed, so the model runs on the processor.")
        is_right(talk)


def test_fewer_layers_where_it_has_less_memory_than_it_said(port: int, tmp_path: Path) -> None:
    endless = tiny_gemma4.write_model(tmp_path / "endless.gguf", "dense")
    limited = rpc.Limited()
    question = user("the " * 20)
    with (
        rpc.proxy(port, limited.spoil, limited.note) as device,
        engine_with(device, tmp_path) as talk,
    ):
        said: dict[int, str] = {}
        for layers in (6, 3, 1, 0):
            talk.engine.send(Load(str(endless), None, 32768, threads=1))
            info = talk.until(is_loaded)[-1]
            assert isinstance(info, ModelInfo)
            assert info.gpu_layers == layers
            said[layers] = info.notice
            assert talk.ask(question, max_tokens=9).stats.answer_tokens == 9
            if layers:
                assert 0 < limited.used <= limited.limit
                limited.limit = limited.used - 1_000_000
    assert said[6] == ""
    assert said[3].endswith("has less memory than it said, so only 3 of 6 layers run there.")
    assert said[1].endswith("has less memory than it said, so only 1 of 6 layers run there.")
    assert said[0].endswith("failed, so the model runs on the processor.")
    assert limited.used == 0, "nothing stays there"


def test_a_projector_for_which_there_is_no_memory(port: int, tmp_path: Path) -> None:
    """libmtmd ends the process then; the next one does all that was ordered."""
    limited = rpc.Limited()
    with (
        rpc.proxy(port, limited.spoil, limited.note) as device,
        engine_with(device, tmp_path) as talk,
    ):
        assert load(talk, folder=tmp_path).device == "RPC0"
        limited.limit = limited.used - 3_000_000
        verdicts = str(tmp_path / "verdicts.json")
        talk.engine.send(Load(str(MODEL), str(PROJECTOR), 4096, threads=1, verdicts=verdicts))
        answer = talk.ask(user("What do you see?", picture(MEDIA / "red-circle.png")))
        assert any(isinstance(event, Hello) for event in answer.events), "a new process"
        assert moved(answer) == DEVICE_FAILED
        assert answer.text == SEEN["red-circle.png"]


def test_it_allocates_next_to_nothing(port: int, tmp_path: Path) -> None:
    with (
        rpc.proxy(port, rpc.boastful(1_000_000)) as boastful,
        engine_with(boastful, tmp_path) as talk,
    ):
        info = load(talk)
        assert info.device == "CPU"
        assert "is unfit" in info.notice
        is_right(talk)


def test_a_device_that_computes_wrongly_is_found(port: int, tmp_path: Path) -> None:
    with rpc.proxy(port, rpc.wrong) as wrong:
        for _ in range(2):  # remembered the second time
            with engine_with(wrong, tmp_path) as talk:
                info = load(talk, folder=tmp_path)
                assert info.device == "CPU"
                assert "is unfit, so the model runs on the processor." in info.notice
                assert "computes wrongly" in info.notice
                is_right(talk)


def test_the_doctor_finds_it(port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with rpc.proxy(port, rpc.wrong) as wrong:
        monkeypatch.setenv("FACET_RPC", f"{rpc.LOOPBACK}:{wrong}")
        report = doctor.examine(Paths.under(tmp_path), self_test=True)
    assert {test["device"]: test["fit"] for test in report["self_test"]} == {
        "CPU": True,
        "RPC0": False,
    }
    (gpu,) = report["hardware"]["gpus"]
    assert (gpu["name"], gpu["kind"], gpu["unified"]) == ("RPC0", "gpu", False)
    assert 0 < gpu["free"] <= gpu["total"]
    assert gpu["bandwidth"] is None  # nobody knows that of a machine elsewhere
    assert any("It computes wrongly" in problem for problem in report["problems"])
    assert "RPC0" in doctor.as_lines(report)


def test_a_device_dies_in_the_middle_of_an_answer(tmp_path: Path) -> None:
    endless = tiny_gemma4.write_model(tmp_path / "endless.gguf", "dense")
    with rpc.server() as (port, process), engine_with(port, tmp_path) as talk:
        talk.engine.send(Load(str(endless), None, 4096, threads=1))
        info = talk.until(lambda event: isinstance(event, ModelInfo | LoadFailed | Died))[-1]
        assert isinstance(info, ModelInfo)
        assert info.device == "RPC0"
        talk.engine.send(Generate(1, Prompt((user("the"),)), LIKELIEST))
        talk.until(lambda event: isinstance(event, Delta))
        process.kill()
        died = talk.until(lambda event: isinstance(event, Died | Done | Failed))[-1]
        assert isinstance(died, Died), died
        assert died.restarting
        info = talk.until(lambda event: isinstance(event, ModelInfo | LoadFailed | Died))[-1]
        assert isinstance(info, ModelInfo), info
        assert (info.device, info.notice) == ("CPU", DEVICE_FAILED)
        assert talk.ask(user("the"), max_tokens=3).stats.answer_tokens == 3


def test_a_device_dies_before_a_model_is_loaded(tmp_path: Path) -> None:
    with rpc.server() as (port, process), engine_with(port, tmp_path) as talk:
        talk.until(lambda event: isinstance(event, Hello))
        process.kill()
        talk.engine.send(Load(str(MODEL), str(PROJECTOR), 4096, threads=1))
        event = talk.until(lambda event: isinstance(event, ModelInfo | LoadFailed))[-1]
        assert isinstance(event, ModelInfo)
        assert (event.device, event.notice) == ("CPU", DEVICE_FAILED)
        is_right(talk)


def is_loaded(event: object) -> bool:
    """A model is there, or will not be."""
    return isinstance(event, ModelInfo | LoadFailed | Died)


def is_reading(event: object) -> bool:
    """A prompt has been read in part."""
    return isinstance(event, Progress) and 0 < event.done < event.total


def load_endless(talk: Talk, folder: Path) -> None:
    """Load a model that never ends an answer to the device."""
    endless = tiny_gemma4.write_model(folder / "endless.gguf", "dense")
    talk.engine.send(Load(str(endless), None, 8192, threads=1))
    info = talk.until(is_loaded)[-1]
    assert isinstance(info, ModelInfo)
    assert info.device == "RPC0"


def moved(answer: Answer) -> str:
    """That the model went to the CPU in the midst of ``answer``, and nothing was lost; what was
    said about it."""
    (info,) = (event for event in answer.events if isinstance(event, ModelInfo))
    assert (info.device, info.gpu_layers) == ("CPU", 0)
    assert not any(isinstance(event, Died | Failed) for event in answer.events)
    return info.notice


LONG = user("the " * 2000)


def test_a_device_dies_before_the_first_word(tmp_path: Path) -> None:
    with rpc.server() as (port, process), engine_with(port, tmp_path) as talk:
        load_endless(talk, tmp_path)
        turn = talk.begin(LONG, max_tokens=5)
        talk.until(is_reading)
        process.kill()
        answer = talk.finish(turn)
        assert moved(answer) == DEVICE_FAILED
        assert answer.stats.answer_tokens == 5
        assert answer.text == talk.ask(LONG, max_tokens=5).text
        os.kill(talk.engine.pid or 0, signal.SIGKILL)
        assert isinstance(talk.until(is_loaded)[-1], Died), "in main memory a death is told"
        info = talk.until(is_loaded)[-1]
        assert isinstance(info, ModelInfo)
        assert (info.device, info.notice) == ("CPU", DEVICE_FAILED)


def test_a_device_dies_and_all_that_was_ordered_is_done(tmp_path: Path) -> None:
    with rpc.server() as (port, process), engine_with(port, tmp_path) as talk:
        load_endless(talk, tmp_path)
        turns = [talk.begin(LONG, max_tokens=3) for _ in range(2)]
        talk.engine.send(Prepare(talk.next_turn(), Prompt((user("the " * 50),))))
        talk.until(is_reading)
        process.kill()
        events = talk.until(lambda event: isinstance(event, Prepared))
        assert [event.turn for event in events if isinstance(event, Done)] == turns
        assert isinstance(events[-1], Prepared)
        assert events[-1].complete


def test_an_answer_is_stopped_while_the_model_moves(tmp_path: Path) -> None:
    with rpc.server() as (port, process), engine_with(port, tmp_path) as talk:
        load_endless(talk, tmp_path)
        turn = talk.begin(LONG)
        talk.until(is_reading)
        process.kill()
        talk.until(lambda event: isinstance(event, Hello))
        talk.engine.send(Cancel(turn))
        assert talk.finish(turn).outcome is Outcome.STOPPED
        assert talk.ask(user("the"), max_tokens=3).stats.answer_tokens == 3


def test_a_device_dies_while_its_answer_is_being_stopped(tmp_path: Path) -> None:
    """Nobody wants it any more, and who stopped it waits for its end."""
    with rpc.server() as (port, process), engine_with(port, tmp_path) as talk:
        load_endless(talk, tmp_path)
        turn = talk.begin(LONG)
        talk.until(is_reading)
        process.send_signal(signal.SIGSTOP)  # so that it can't be stopped in an orderly way
        talk.engine.send(Cancel(turn))
        process.kill()
        events = talk.until(lambda event: isinstance(event, Died | Done))
        assert not any(isinstance(event, Delta) for event in events)
        assert talk.ask(user("the"), max_tokens=3).stats.answer_tokens == 3


def test_a_device_fails_before_the_first_word(port: int, tmp_path: Path) -> None:
    with engine_with(port, tmp_path, "tests.unit.engine.failing_device") as talk:
        assert load(talk).device == "RPC0"
        answer = talk.ask(user("Hello"))
        assert moved(answer) == DEVICE_FAILED
        assert answer.text == "Hello! How can I help you?"
        is_right(talk)


def test_a_device_fails_after_the_first_word(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DECODES", "1")
    with engine_with(port, tmp_path, "tests.unit.engine.failing_device") as talk:
        assert load(talk).device == "RPC0"
        answer = talk.ask(user("Hello"))
        assert answer.text == "Hello"
        assert answer.failure.code == "device"
        assert answer.failure.next_step == "Retry: the processor does the work now."
        info = talk.until(is_loaded)[-1]
        assert isinstance(info, ModelInfo)
        assert (info.device, info.notice) == ("CPU", DEVICE_FAILED)
        is_right(talk)


@pytest.mark.parametrize("seen", [False, True])
def test_a_device_computes_what_is_no_number(port: int, tmp_path: Path, seen: bool) -> None:
    begun = threading.Event()
    question = user("Hello")
    if seen:
        question = user("What do you see?", picture(MEDIA / "red-circle.png"))
    with (
        rpc.proxy(port, rpc.without_numbers(begun)) as spoiled,
        engine_with(spoiled, tmp_path) as talk,
    ):
        assert load(talk).device == "RPC0"
        begun.set()
        answer = talk.ask(question)
        assert moved(answer) == DEVICE_WRONG
        assert answer.text == (SEEN["red-circle.png"] if seen else "Hello! How can I help you?")
        is_right(talk)


def test_no_numbers_in_the_middle_of_an_answer(port: int, tmp_path: Path) -> None:
    begun = threading.Event()
    with (
        rpc.proxy(port, rpc.without_numbers(begun)) as spoiled,
        engine_with(spoiled, tmp_path) as talk,
    ):
        load_endless(talk, tmp_path)
        turn = talk.begin(user("the"))
        said = talk.until(lambda event: isinstance(event, Delta))
        begun.set()
        answer = talk.finish(turn)
        assert isinstance(said[-1], Delta)
        assert answer.failure.code == "device"
        assert "no numbers" in answer.failure.what
        info = talk.until(is_loaded)[-1]
        assert isinstance(info, ModelInfo)
        assert (info.device, info.notice) == ("CPU", DEVICE_WRONG)
        assert talk.ask(user("the"), max_tokens=3).stats.answer_tokens == 3


def test_a_file_without_numbers_is_told_on_the_processor(port: int, tmp_path: Path) -> None:
    """The device is suspected once; then it is said what is wrong."""
    path = str(ruined_model(tmp_path / "ruined.gguf"))
    with engine_with(port, tmp_path) as talk:
        talk.engine.send(Load(path, None, 4096, threads=1))
        info = talk.until(is_loaded)[-1]
        assert isinstance(info, ModelInfo)
        assert info.device == "RPC0"
        for moves in (1, 0):
            answer = talk.ask(user("the"), max_tokens=3)
            assert answer.failure.code == "nan"
            assert sum(isinstance(event, ModelInfo) for event in answer.events) == moves


def test_a_device_that_is_not_there_is_left_out(tmp_path: Path) -> None:
    with rpc.server() as (port, process):
        process.kill()
        process.wait()
        with engine_with(port, tmp_path) as talk:
            hello = talk.until(lambda event: isinstance(event, Hello))[-1]
            assert isinstance(hello, Hello)
            assert [device.name for device in hello.devices if device.kind == "gpu"] == []
