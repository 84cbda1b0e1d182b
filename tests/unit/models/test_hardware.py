"""Finding out what a machine has, also where it doesn't want to tell."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.hardware import Gpu, Hardware
from app.models import hardware
from app.models.processor import LinuxProcessor, Processor

GB = 10**9
AMPLE = 60.0  # seconds; this machine may be busy
CARD = Gpu("CUDA0", "NVIDIA GeForce RTX 4060", "gpu", 8 * GB, 7 * GB)


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """What a hanging probe waits for; comes when the test is over."""
    event = threading.Event()
    yield event
    event.set()


class Odd:
    """A processor whose answers are not as they should be."""

    def __init__(self, never: threading.Event) -> None:
        self._never = never

    def name(self) -> str:
        self._never.wait()
        return ""

    def cores(self) -> int:
        raise RuntimeError("nobody expects this")

    def threads(self) -> int:
        return 1

    def instructions(self) -> tuple[str, ...]:
        raise PermissionError(13, "Permission denied")

    def cache(self) -> int:
        raise LookupError


def test_this_machine(tmp_path: Path) -> None:
    found = hardware.probe(tmp_path / "models" / "not there yet", [CARD], patience=AMPLE)
    assert found.unknown == {}
    assert found.system in ("linux", "windows", "macos")
    assert found.processor
    assert found.instructions
    assert found.cores is not None
    assert found.threads is not None
    assert 1 <= found.cores <= found.threads
    assert found.memory is not None
    assert found.available is not None
    assert 10**8 < found.available <= found.memory
    assert found.bandwidth is not None
    assert 10**8 < found.bandwidth < 10**13
    assert found.disk_free is not None
    assert found.disk_free > 0
    assert found.gpus == (
        Gpu("CUDA0", "NVIDIA GeForce RTX 4060", "gpu", 8 * GB, 7 * GB, False, 272e9),
    )


def test_what_hangs_or_fails_is_unknown_and_the_rest_is_found(
    tmp_path: Path, never: threading.Event
) -> None:
    def processor() -> Processor:
        return Odd(never)

    found = hardware.probe(tmp_path, patience=1.0, processor=processor)
    assert (found.processor, found.cores, found.instructions) == ("", None, ())
    found.unknown.pop("bandwidth", None)  # a second may be too little, on a machine that is busy
    assert found.unknown == {
        "processor": "There was no answer within 1 seconds.",
        "cores": "The system doesn't say.",
        "instructions": "The system doesn't let this program know.",
    }
    assert found.threads == 1
    assert found.memory


def test_a_system_without_proc(tmp_path: Path) -> None:
    found = hardware.probe(
        tmp_path, patience=AMPLE, processor=lambda: LinuxProcessor(tmp_path, {0, 1})
    )
    assert found.threads == 2
    assert found.cores is None
    assert found.unknown["cores"] == "The system can't say: No such file or directory."
    assert set(found.unknown) == {"processor", "cores", "instructions"}


def test_files_that_nobody_may_read(tmp_path: Path) -> None:
    (tmp_path / "proc" / "cpuinfo").mkdir(parents=True)  # root may read every file, but no folder
    found = hardware.probe(tmp_path, processor=lambda: LinuxProcessor(tmp_path, {0}))
    assert found.processor == ""
    assert found.unknown["processor"] == "The system can't say: Is a directory."


def test_a_system_that_allows_no_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    findings = hardware.ask({"memory": lambda: 1}, patience=AMPLE)
    assert findings == hardware.Findings({}, {"memory": "The system doesn't say."})


def test_nothing_that_is_found_twice_stays_unknown() -> None:
    before = Hardware("linux", available=3, unknown={"disk_free": "It hung.", "cores": "No idea."})
    findings = hardware.Findings({"disk_free": 5}, {"available": "It hangs."})
    after = findings.onto(before)
    assert (after.disk_free, after.available) == (5, None)
    assert after.unknown == {"cores": "No idea.", "available": "It hangs."}


def test_looking_again(tmp_path: Path) -> None:
    findings = hardware.look_again(tmp_path)
    assert findings.unknown == {}
    assert set(findings.found) == {"available", "disk_free"}


def test_a_disk_that_hangs(
    tmp_path: Path, never: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A share of a server that is gone."""
    monkeypatch.setattr("shutil.disk_usage", lambda _path: never.wait())
    findings = hardware.look_again(tmp_path, patience=0.2)
    assert findings.unknown == {"disk_free": "There was no answer within 0.2 seconds."}
    assert findings.found["available"] > 0
