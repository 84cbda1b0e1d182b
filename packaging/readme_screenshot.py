"""Makes the README's pictures of the real window: docs/screenshot.png, screenshot-dark.png and
first-run.png.

What is to be seen in them was really asked and really answered: the starter model wrote the
code, the miniature Gemma 4 of the tests looked at the picture, and the first run shows the machine
that the pictures were made on. Twice the size, for dense screens.
"""

import sys
import tempfile
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.models.library import FOLDERS_VARIABLE  # noqa: E402
from tests.end2end.accessible import ScreenReader  # noqa: E402
from tests.end2end.facet import Facet  # noqa: E402
from tests.end2end.models import (  # noqa: E402
    MINIATURE,
    MODELS_ENVIRONMENT,
    STARTER,
    STARTER_FILE,
    write_settings,
)
from tests.end2end.program import Program  # noqa: E402
from tests.end2end.screen import virtual_screen  # noqa: E402
from tests.end2end.waiting import wait_for  # noqa: E402

SAMPLE = ROOT / "packaging" / "sample"
PICTURES = {"light": "screenshot.png", "dark": "screenshot-dark.png"}
SCALE = 2
SIZE = (1280, 800)
CODE = "Write a Python function that returns the sum of a list of numbers, and show how to use it."


def main() -> int:
    width, height = (SCALE * (side + 40) for side in SIZE)
    environment = {**MODELS_ENVIRONMENT, "QT_SCALE_FACTOR": str(SCALE)}
    with virtual_screen(width, height, bus=True) as screen, tempfile.TemporaryDirectory() as folder:
        with closing(Program(screen, Path(folder) / "data", environment)) as facet:
            converse(facet)
            for theme, name in PICTURES.items():
                picture(facet, theme, ROOT / "docs" / name)
        bus = screen.environment["DBUS_SESSION_BUS_ADDRESS"]
        environment[FOLDERS_VARIABLE] = str(STARTER_FILE.parent)
        with closing(ScreenReader(bus)) as reader:
            with closing(Facet(screen, reader, Path(folder) / "new", environment)) as facet:
                greet(facet, ROOT / "docs" / "first-run.png")
    return 0


def greet(facet: Facet, path: Path) -> None:
    """Save the second page of the first run, as this machine gets to see it."""
    write_settings(facet.data_dir, welcomed=False, theme="light", window=(20, 28, *SIZE))
    facet.start()
    facet.wait_for_text("Welcome to Facet")
    facet.screen.key("Return")
    facet.wait_for_text("Recommended")
    save(facet, path)
    leave(facet)


def converse(facet: Program) -> None:
    """Four conversations, the last of which will be shown."""
    start(facet, STARTER)
    ask(facet, "What does a library card cost?", SAMPLE / "library.txt")
    restart(facet, MINIATURE)
    ask(facet, "What do you hear?", SAMPLE / "word.ogg")
    restart(facet, MINIATURE)
    ask(facet, "What do you see?", SAMPLE / "moon.png")
    restart(facet, STARTER)
    ask(facet, CODE)
    leave(facet)


def picture(facet: Program, theme: str, path: Path) -> None:
    """Save the inside of the window, with the newest conversation open in it."""
    start(facet, STARTER, theme)
    open_newest(facet)
    save(facet, path)
    leave(facet)


def save(facet: Program, path: Path) -> None:
    """Save the inside of the window."""
    whole = facet.still_picture()
    path.parent.mkdir(exist_ok=True)
    whole.crop(facet.screen.box_of(facet.window)).save(path, optimize=True)
    print(path)


def start(facet: Program, model: str, theme: str = "light") -> None:
    write_settings(
        facet.data_dir, model=model, theme=theme, picture_budget=70, window=(20, 28, *SIZE)
    )
    facet.start()
    wait_for(lambda: "model_ready" in facet.milestones(), f"{model} is loaded", 60)


def restart(facet: Program, model: str) -> None:
    leave(facet)
    start(facet, model)


def leave(facet: Program) -> None:
    facet.screen.key("ctrl+q")
    assert facet.wait_for_end() == 0, facet.said()


def open_newest(facet: Program) -> None:
    """Open the conversation on top of the list, by keys."""
    newest = facet.newest()
    assert newest is not None
    facet.screen.key("F6")
    facet.screen.key("Return")
    wait_for(lambda: facet.title().startswith(newest.title), "the conversation is open")


def ask(facet: Program, question: str, *files: Path) -> None:
    if files:
        facet.attach(*files)
    facet.ask(question)
    answer = facet.wait_for_answer(question, 180)
    assert answer.outcome == "done", answer.error
    print(f"{question}\n{answer.text}\n")


if __name__ == "__main__":
    sys.exit(main())
