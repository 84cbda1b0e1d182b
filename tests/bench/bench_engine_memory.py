"""What the engine's process occupies, in MB: without a model, with each of both models, after use,
and after use again, which shows whether it grows. Prints one JSON object."""

import json
import sys
import tempfile
from pathlib import Path

from app.core.conversation import Role
from app.core.prompt import Media, Prompt, Sampling, Turn
from app.engine.client import Engine
from app.engine.messages import Done, Event, Generate, Hello, Load, ModelInfo
from tests.bench.figures import memory
from tests.data import HEARD, MEDIA, MODEL, PROJECTOR, SEEN, STARTER

ROUNDS = 20


def main() -> int:
    """Measure one child for each model."""
    result: dict[str, object] = {"unit": "MB", "rounds": ROUNDS}
    result["starter"] = measure(
        Load(str(STARTER)),
        [Turn(Role.USER, f"Write a story about {thing}.") for thing in ("the sea", "a dog")],
    )
    pictures = [Media("image", str(MEDIA / name), 70) for name in SEEN]
    sounds = [Media("audio", str(MEDIA / name)) for name in HEARD]
    result["miniature"] = measure(
        Load(str(MODEL), str(PROJECTOR), threads=1),
        [Turn(Role.USER, "What is this?", (medium,)) for medium in (*pictures, *sounds)],
    )
    print(json.dumps(result))
    return 0


def measure(load: Load, questions: list[Turn]) -> dict[str, dict[str, float]]:
    """Memory at each stage of one child's life."""
    found = {}
    with tempfile.TemporaryDirectory() as folder, Engine(Path(folder) / "engine.log") as engine:

        def ask(rounds: int) -> None:
            for number in range(rounds):
                for question in questions:
                    prompt = Prompt((question,))
                    engine.send(Generate(number, prompt, Sampling(temperature=0), 50))
                    wait_for(engine, Done)

        def note(stage: str) -> None:
            assert engine.pid
            found[stage] = memory(engine.pid)

        wait_for(engine, Hello)
        note("started")
        engine.send(load)
        wait_for(engine, ModelInfo)
        note("loaded")
        ask(1)
        note("used")
        ask(ROUNDS)
        note("used_again")
        engine.send(load)
        wait_for(engine, ModelInfo)
        note("loaded_again")
    return found


def wait_for(engine: Engine, kind: type[Event]) -> None:
    """Take events until one of ``kind``."""
    while not isinstance(event := engine.receive(60), kind):
        assert event is not None, "the engine is silent"


if __name__ == "__main__":
    sys.exit(main())
