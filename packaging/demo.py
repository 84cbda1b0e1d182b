"""The main job on a screen that nobody sees: what `make run` does where there is no display.

Opens the real window, asks the starter model about a text file that is dropped on it, then drops a
picture and a sound on a miniature Gemma 4, as a person would, and prints what was answered. Every
state is kept as a picture, and the conversations stay in a data folder that can be opened later.
"""

import shutil
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.end2end.models import (  # noqa: E402
    MINIATURE,
    MODELS_ENVIRONMENT,
    STARTER,
    write_settings,
)
from tests.end2end.program import Program  # noqa: E402
from tests.end2end.screen import virtual_screen  # noqa: E402
from tests.end2end.waiting import wait_for  # noqa: E402

SAMPLE = ROOT / "packaging" / "sample"
FOLDER = ROOT / "build" / "demo"
DATA = FOLDER / "data"
SCREEN = (1360, 860)
WINDOW = (40, 30, 1280, 800)


def main() -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    try:
        with virtual_screen(*SCREEN) as screen:
            with closing(Program(screen, DATA, MODELS_ENVIRONMENT)) as facet:
                show(facet)
    except AssertionError as error:
        print(f"\nThe demonstration failed: {error}\nSee {FOLDER}.", file=sys.stderr)
        return 1
    print(f"\nThe conversations are in {DATA}; on a machine with a display, open them with")
    print(f"  {sys.executable} -m app --data-dir {DATA}")
    return 0


def show(facet: Program) -> None:
    """All three questions, with a start of the program for each of the two models."""
    open_with(facet, STARTER)
    ask(facet, SAMPLE / "library.txt", "What does a library card cost?", bool)
    leave(facet)
    open_with(facet, MINIATURE)
    picture = "a yellow circle at the top right"
    ask(facet, SAMPLE / "moon.png", "What do you see?", lambda answer: answer == picture)
    facet.screen.key("ctrl+n")
    wait_for(lambda: facet.title().startswith("New chat"), "a new chat is open")
    sound = "the word seven"
    ask(facet, SAMPLE / "word.ogg", "What do you hear?", lambda answer: answer == sound)
    leave(facet)


def open_with(facet: Program, model: str) -> None:
    write_settings(DATA, model=model, picture_budget=70, window=WINDOW)
    facet.start()
    wait_for(lambda: "model_ready" in facet.milestones(), f"{model} is loaded", 60)
    times = facet.milestones()
    print(f"\n{model}: window ready after {times['ready'] / 1000:.2f} s")


def ask(facet: Program, file: Path, question: str, is_right: Callable[[str], bool]) -> None:
    """Drop a file, type a question, wait for its answer and keep a picture of it."""
    facet.attach(file)
    facet.screen.type(question)
    facet.save_picture(FOLDER / f"{file.stem}-question.png")
    facet.screen.key("Return")
    answer = facet.wait_for_answer(question, timeout=180)
    picture = facet.save_picture(FOLDER / f"{file.stem}-answer.png")
    print(f"  {file.name}: {question}\n    {answer.text}\n    {picture}")
    assert answer.outcome == "done", f"the answer ended as {answer.outcome}: {answer.error}"
    assert is_right(answer.text), f"{answer.text!r} is not the right answer to {file.name}"


def leave(facet: Program) -> None:
    facet.screen.key("ctrl+q")
    code = facet.wait_for_end()
    assert code == 0, f"Facet ended with exit code {code}:\n{facet.said()}"
    assert not facet.complaints(), "Facet complained:\n" + "\n".join(facet.complaints())


if __name__ == "__main__":
    sys.exit(main())
