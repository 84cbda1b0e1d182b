"""Does a device compute rightly? The miniature knows three answers, and how sure it is of them.

Drivers that compute wrongly are common, and a large model only babbles then, or is subtly worse.
"""

import contextlib
import json
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import llama_cpp
import msgspec

from app.core.conversation import Role
from app.core.errors import AppError
from app.core.prompt import Media, Prompt, Sampling, Turn
from app.engine.answer import Answerer
from app.engine.devices import IN_MEMORY, Placement, devices, pointer_to
from app.engine.messages import Delta, Device, Event, Examined, Generate, Load
from app.engine.native import NativeLog
from app.engine.opening import Opened, open_at

MINIATURE = Path(__file__).parents[2] / "resources" / "miniature"
ANSWERS = MINIATURE / "answers.json"
CONTEXT = 2048  # tokens
# Root of the mean squared difference of logits up to which it is rounding. The same processor
# gives 0.0003, another picture altogether 0.7, a word instead of another 3.
TOLERANCE = 0.3
_ALL_LAYERS = 1000


class Known(msgspec.Struct, frozen=True):
    """A question about a file in the miniature's folder ("" for none), its answer, and the logits
    from which the first token of the answer was chosen."""

    question: str
    kind: str
    file: str
    answer: str
    logits: tuple[float, ...]


def known_answers(path: Path = ANSWERS) -> list[Known]:
    """What a device that computes rightly says."""
    return msgspec.json.decode(path.read_bytes(), type=list[Known])


def answer(opened: Opened, known: Known) -> tuple[str, list[float]]:
    """What the miniature says now, and the logits of its first token."""
    media: tuple[Media, ...] = ()
    if known.kind in ("image", "audio"):
        kind = "image" if known.kind == "image" else "audio"
        media = (Media(kind, str(MINIATURE / known.file), 70),)  # type: ignore[arg-type]
    prompt = Prompt((Turn(Role.USER, known.question, media),))
    said: list[Event] = []
    answerer = Answerer(opened.runtime, opened.projector, opened.template, said.append)
    answerer.answer(Generate(0, prompt, Sampling(temperature=0), max_tokens=1))
    logits = opened.runtime.logits()
    said.clear()
    answerer.answer(Generate(0, prompt, Sampling(temperature=0), max_tokens=32, drafting=False))
    opened.runtime.clear()
    return "".join(event.text for event in said if isinstance(event, Delta)), logits


def examine(device: Device, log: NativeLog) -> Examined:
    """Let ``device`` answer what is known. Takes about a second."""
    began = time.perf_counter()
    reason = ""
    try:
        opened = open_at(_order(), _placement(device), "", log, lambda _: None)
        try:
            reason = next(filter(None, (_fault(opened, known) for known in known_answers())), "")
        finally:
            opened.close()
    except AppError as error:
        reason = error.what
    except RuntimeError as error:
        reason = f"It failed ({error})."
    seconds = round(time.perf_counter() - began, 2)
    return Examined(device.name, device.description, not reason, reason, seconds)


def self_test(name: str, log: NativeLog) -> Examined:
    """Examine the device of this name."""
    for device in devices():
        if device.name == name:
            return examine(device, log)
    return Examined(name, name, False, "There is no such device.", 0.0)


def _order() -> Load:
    model, projector = MINIATURE / "mini-gemma4.gguf", MINIATURE / "mmproj-mini-gemma4.gguf"
    return Load(str(model), str(projector), CONTEXT, threads=1)


def _placement(device: Device) -> Placement:
    if device.kind not in ("gpu", "integrated"):
        return IN_MEMORY
    return Placement(pointer_to(device.name), device.name, _ALL_LAYERS, projector=True)


def _fault(opened: Opened, known: Known) -> str:
    """What is wrong with an answer, in a sentence; "" if nothing is."""
    said, logits = answer(opened, known)
    difference = distance(logits, known.logits)
    what = {"image": "a picture", "audio": "a sound"}.get(known.kind, "a text")
    if not difference <= TOLERANCE:  # not a number: so, too
        return f"It computes wrongly: {what} came out {difference:.1f} beside the right numbers."
    if said != known.answer:
        return f"It answers wrongly: {what} should give “{known.answer}”, not “{said}”."
    return ""


def distance(some: Sequence[float], others: Sequence[float]) -> float:
    """Root of the mean squared difference; infinite if the lengths differ."""
    if len(some) != len(others):
        return math.inf
    return math.sqrt(sum((a - b) ** 2 for a, b in zip(some, others, strict=True)) / len(some))


class Verdicts:
    """Remembers in the file ``path`` which devices compute rightly; "" remembers nothing.

    A device is examined again when its driver (it tells in the description or the size of its
    memory) or the engine has changed. One that brought the process down is unfit, too.
    """

    def __init__(self, path: str, examine: Callable[[Device], Examined]) -> None:
        self._path = Path(path) if path else None
        self._examine = examine

    def fault(self, device: Device) -> str:
        """Why ``device`` can't be used, in a sentence; "" if it can."""
        verdicts = self._load()
        key = f"{device.name} | {device.description} | {device.total} | {llama_cpp.__version__}"
        if key not in verdicts:
            self._save({**verdicts, key: "It ended the engine."})  # unless we get past this:
            verdicts[key] = self._examine(device).reason
            self._save(verdicts)
        return verdicts[key]

    def _load(self) -> dict[str, str]:
        if self._path is not None:
            with contextlib.suppress(OSError, ValueError, msgspec.ValidationError):
                return msgspec.json.decode(self._path.read_bytes(), type=dict[str, str])
        return {}

    def _save(self, verdicts: dict[str, str]) -> None:
        if self._path is not None:
            part = self._path.with_name(f"{self._path.name}.part")
            with contextlib.suppress(OSError):  # then it is examined again
                self._path.parent.mkdir(parents=True, exist_ok=True)
                part.write_text(json.dumps(verdicts, indent=1), "utf-8")
                part.replace(self._path)
