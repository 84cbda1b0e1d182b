"""A device that computes rightly passes; one that does not is found, whatever is wrong with it."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from app.engine.devices import devices
from app.engine.messages import Device, Examined, Hello, SelfTest
from app.engine.native import NativeLog
from app.engine.runtime import Runtime
from app.engine.self_test import Verdicts, distance, examine, known_answers
from tests.unit.engine.talk import Talk, user

CPU = Device("CPU", "A processor", "cpu", 1, 1)


def test_the_cpu_computes_rightly(fresh: Talk) -> None:
    fresh.engine.send(SelfTest("CPU"))
    tested = fresh.until(lambda event: isinstance(event, Examined))[-1]
    assert isinstance(tested, Examined)
    assert (tested.device, tested.fit, tested.reason) == ("CPU", True, "")


def test_a_loaded_model_stays(fresh: Talk) -> None:
    fresh.load()
    fresh.engine.send(SelfTest("CPU"))
    fresh.until(lambda event: isinstance(event, Examined))
    assert fresh.ask(user("Hello")).text == "Hello! How can I help you?"


def test_a_device_that_is_not_there(fresh: Talk) -> None:
    fresh.engine.send(SelfTest("Vulkan7"))
    tested = fresh.until(lambda event: isinstance(event, Examined))[-1]
    assert isinstance(tested, Examined)
    assert (tested.fit, tested.reason) == (False, "There is no such device.")


def test_what_is_known_covers_all_senses() -> None:
    assert [known.kind for known in known_answers()] == ["text", "image", "audio"]
    assert all(
        len(known.logits) == len(known_answers()[0].logits) > 500 for known in known_answers()
    )


Wrong = Callable[[list[float]], list[float]]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda logits: [logit * 1.2 for logit in logits],
        lambda logits: [math.nan, *logits[1:]],
        lambda logits: [0.0] * len(logits),
        lambda logits: logits[1:] + logits[:1],
        lambda logits: logits[:-1],
    ],
)
def test_wrong_numbers_are_found(
    wrong: Wrong, monkeypatch: pytest.MonkeyPatch, native_log: NativeLog
) -> None:
    right = Runtime.logits
    monkeypatch.setattr(Runtime, "logits", lambda self: wrong(list(right(self))))
    tested = examine(CPU, native_log)
    assert not tested.fit
    assert tested.reason.startswith("It computes wrongly: a text")


def test_a_wrong_answer_is_found(monkeypatch: pytest.MonkeyPatch, native_log: NativeLog) -> None:
    other = [msgspec.structs.replace(one, answer="a blue square") for one in known_answers()[1:]]
    monkeypatch.setattr("app.engine.self_test.known_answers", lambda: other)
    reason = "should give “a blue square”, not “a red circle at the top left”."
    assert examine(CPU, native_log).reason.endswith(reason)


def test_a_device_that_fails_is_unfit(
    monkeypatch: pytest.MonkeyPatch, native_log: NativeLog
) -> None:
    def fail(self: Runtime, tokens: object) -> None:
        raise RuntimeError("llama_decode returned -3")

    monkeypatch.setattr(Runtime, "decode", fail)
    assert examine(CPU, native_log).reason == "It failed (llama_decode returned -3)."


def test_distance() -> None:
    assert distance([1, 2], [1, 2]) == 0
    assert distance([0, 0], [3, 3]) == 3
    assert distance([1], [1, 2]) == math.inf
    assert math.isnan(distance([math.nan], [1]))


# -- what is remembered -----------------------------------------------------------------------


class Examiner:
    """Counts how often a device is examined, and finds ``reason``."""

    def __init__(self, reason: str = "") -> None:
        self.reason = reason
        self.times = 0

    def __call__(self, device: Device) -> Examined:
        self.times += 1
        return Examined(device.name, device.description, not self.reason, self.reason, 0.1)


@pytest.mark.parametrize("reason", ["", "It computes wrongly."])
def test_a_device_is_examined_once(tmp_path: Path, reason: str) -> None:
    examiner = Examiner(reason)
    for _ in range(2):
        assert Verdicts(str(tmp_path / "new" / "verdicts.json"), examiner).fault(CPU) == reason
    assert examiner.times == 1


def test_another_driver_or_device_is_examined(tmp_path: Path) -> None:
    examiner = Examiner()
    verdicts = Verdicts(str(tmp_path / "verdicts.json"), examiner)
    for device in (
        CPU,
        msgspec.structs.replace(CPU, description="Driver 2"),
        msgspec.structs.replace(CPU, total=2),
        msgspec.structs.replace(CPU, name="Vulkan0"),
        msgspec.structs.replace(CPU, free=0),  # always another number, so it doesn't count
    ):
        assert verdicts.fault(device) == ""
    assert examiner.times == 4


def test_a_device_that_ended_the_engine_is_unfit(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.json"

    def die(device: Device) -> Examined:
        raise SystemExit

    with pytest.raises(SystemExit):
        Verdicts(str(path), die).fault(CPU)
    assert Verdicts(str(path), Examiner()).fault(CPU) == "It ended the engine."


@pytest.mark.parametrize("content", ["", "[1]", '{"a": 1}', "\0"])
def test_a_damaged_memory_is_begun_anew(tmp_path: Path, content: str) -> None:
    path = tmp_path / "verdicts.json"
    path.write_text(content)
    examiner = Examiner()
    assert Verdicts(str(path), examiner).fault(CPU) == ""
    assert examiner.times == 1
    assert len(json.loads(path.read_text())) == 1


def test_nothing_is_remembered_without_a_place(tmp_path: Path) -> None:
    examiner = Examiner()
    for _ in range(2):
        assert Verdicts("", examiner).fault(CPU) == ""
    assert examiner.times == 2


def test_this_machine_has_a_cpu(fresh: Talk) -> None:
    cpus = [device for device in devices() if device.kind == "cpu"]
    assert [device.name for device in cpus] == ["CPU"]
    assert cpus[0].total > 10**8
    hello = fresh.until(lambda event: isinstance(event, Hello))[-1]
    assert isinstance(hello, Hello)
    assert [device.name for device in hello.devices if device.kind == "cpu"] == ["CPU"]
