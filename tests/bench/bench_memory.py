"""What the window and its engine occupy: with an empty window before and after the starter model
is loaded, after a chat with it, and the same with the miniature and a picture. MB. Prints one JSON
object."""

import json
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from tests.bench.figures import memory
from tests.data import MEDIA
from tests.end2end.models import MINIATURE, STARTER, TEST_ENVIRONMENT, write_settings
from tests.end2end.program import Program
from tests.end2end.screen import Screen, virtual_screen
from tests.end2end.waiting import wait_for

QUESTIONS = (
    "Write a long story about a lighthouse.",
    "Write a long story about a river.",
    "Write a long story about the sea.",
)
WORDS = 200  # of each answer, before it is stopped


def main() -> int:
    with virtual_screen(1440, 900) as screen, tempfile.TemporaryDirectory() as folder:
        result = {
            "unit": "MB",
            "starter": starter(screen, Path(folder) / "starter"),
            "miniature": miniature(screen, Path(folder) / "miniature"),
        }
    print(json.dumps(result))
    return 0


def starter(screen: Screen, data_dir: Path) -> dict[str, object]:
    write_settings(data_dir, model=STARTER, window=[60, 40, 1280, 800])
    with closing(Program(screen, data_dir, TEST_ENVIRONMENT)) as program:
        program.start()
        wait_for_model(program)
        idle = processes(program)
        for question in QUESTIONS:
            program.ask(question)
            program.wait_for_partial(WORDS, 300)
            screen.key("Escape")  # the starter model is in no hurry to end a story
            program.wait_for_answer(question)
        return {"loaded": idle, "after_chat": processes(program)}


def miniature(screen: Screen, data_dir: Path) -> dict[str, object]:
    write_settings(data_dir, model=MINIATURE, picture_budget=70, window=[60, 40, 1280, 800])
    with closing(Program(screen, data_dir, TEST_ENVIRONMENT)) as program:
        program.start()
        wait_for_model(program)
        idle = processes(program)
        program.attach(MEDIA / "screenshot.png")
        program.ask("What do you see?")
        program.wait_for_answer("What do you see?")
        return {"loaded": idle, "after_picture": processes(program)}


def wait_for_model(program: Program) -> None:
    wait_for(lambda: "model_ready" in program.milestones(), "the model is loaded", 60)


def processes(program: Program) -> dict[str, object]:
    return {"window": memory(program.pid), "engine": memory(program.engine_pid)}


if __name__ == "__main__":
    sys.exit(main())
