"""The first run in the real window, from the first start to the first answer of the model that was
downloaded in it; with a hub that is slow, or breaks off."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.models.download import wanted_files
from tests.data import MODEL, PROJECTOR
from tests.end2end.accessible import ScreenReader
from tests.end2end.conftest import WINDOW
from tests.end2end.facet import Facet
from tests.end2end.models import STARTER, write_settings
from tests.end2end.newcomer import E4B, SIZE, local_hub, surroundings, write_catalogue
from tests.end2end.screen import Screen
from tests.end2end.waiting import wait_for
from tests.hub import LocalHub

GREETING = "Hello! How can I help you?"
LONG = "Write a long story about a lighthouse."
SMALL = (60, 40, 720, 480)


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    with local_hub() as hub:
        yield hub


@pytest.fixture
def newcomer(
    screen: Screen, reader: ScreenReader, tmp_path: Path, hub: LocalHub
) -> Iterator[Callable[..., Facet]]:
    """Prepares a program that has never been started, and that may have the starter model."""
    made: list[Facet] = []

    def prepare(*, starter: bool, **settings: object) -> Facet:
        facet = Facet(screen, reader, tmp_path / "data", surroundings(hub, starter=starter))
        write_settings(facet.data_dir, welcomed=False, picture_budget=70, **settings)
        write_catalogue(facet.data_dir)
        made.append(facet)
        return facet

    yield prepare
    for facet in made:
        if facet.running:
            picture = facet.picture("failed-first-run")
            picture.with_suffix(".txt").write_text(f"{facet.outline()}\n\n{facet.said()}")
        facet.close()
        complaints = "\n".join(facet.complaints())
        assert not complaints, f"Facet complained:\n{complaints}"


def leave(facet: Facet) -> None:
    facet.screen.key("ctrl+q")
    assert facet.wait_for_end() == 0


def focused(facet: Facet) -> str:
    """The name of what has the keyboard."""
    for window in facet.read():
        for node in window.walk():
            if "focused" in node.states:
                return node.name
    return ""


def press(facet: Facet, name: str) -> None:
    """Press Enter once the keyboard is on the button of this name."""
    wait_for(lambda: focused(facet) == name, f"the keyboard is on {name!r}")
    facet.screen.key("Return")


def test_from_the_first_start_to_the_first_answer(
    newcomer: Callable[..., Facet], hub: LocalHub
) -> None:
    """By keyboard alone; the starter answers until the download is complete."""
    facet = newcomer(starter=True, window=WINDOW, theme="light")
    hub.misbehave(times=-1, rate=SIZE / 4)
    facet.start()
    facet.wait_for_text("Welcome to Facet", "Nothing leaves this machine")
    facet.picture("50-welcome")
    press(facet, "Choose a model")
    facet.wait_for_text("Gemma 4 E4B suits this machine", "Recommended")
    facet.picture("51-choose")
    assert hub.requests == [], "nothing is fetched before it is asked for"
    press(facet, "Download Gemma 4 E4B")
    facet.wait_for_text("Downloading Gemma 4 E4B", " of 7 MB")
    facet.picture("52-downloading")
    press(facet, "Start chatting with the starter model meanwhile")
    wait_for(lambda: facet.settings().get("welcomed"), "the first run has been passed")

    # The starter may end its answer although Gemma has arrived, which takes over after that.
    facet.ask(LONG)
    model = facet.data_dir / "models" / E4B.id / E4B.model_file.name
    wait_for(model.exists, "the model has been downloaded")
    facet.screen.key("Escape")
    answer = facet.wait_for_answer(LONG)
    assert answer.outcome in ("stopped", "done")
    assert answer.text
    facet.wait_for_text("Gemma 4 E4B has arrived and answers from now on.")
    facet.wait_for_text("Go back to SmolLM2 135M (starter)")
    facet.picture("53-arrived")
    wait_for(lambda: facet.settings()["model"] == E4B.id, "Gemma is the chosen model")
    facet.focus()
    facet.screen.key("ctrl+n")
    facet.ask("Repeat: banana")
    assert facet.wait_for_answer("Repeat: banana").text == "banana"
    facet.picture("54-first-answer")
    facet.click("Go back to SmolLM2 135M (starter)")
    wait_for(lambda: facet.settings()["model"] == STARTER, "the starter is back")

    # Once passed, it isn't shown again.
    leave(facet)
    facet.start()
    facet.wait_for_text("Repeat: banana")
    assert "Welcome to Facet" not in facet.words()
    leave(facet)


def test_a_network_that_breaks_costs_nothing(newcomer: Callable[..., Facet], hub: LocalHub) -> None:
    """In the smallest window, in the dark, without the starter model."""
    facet = newcomer(starter=False, window=SMALL, theme="dark")
    (first, last) = wanted_files(E4B)
    hub.misbehave(file=first.name, rate=SIZE / 2)
    hub.misbehave(file=last.name, cut_after=last.bytes // 2, rate=SIZE / 2)
    hub.misbehave(where="hub", file=last.name, refuse=True)
    facet.start()
    press(facet, "Choose a model")
    facet.wait_for_text("Gemma 4 E4B suits this machine")
    facet.picture("55-small-choose")
    press(facet, "Download Gemma 4 E4B")
    facet.wait_for_text("The download stopped at", "It goes on by itself")
    assert focused(facet) == "Go on while it downloads"
    facet.picture("56-small-retrying")
    facet.wait_for_text("Gemma 4 E4B is ready", timeout=30)
    facet.picture("57-small-ready")
    assert sum(r.sent for r in hub.requests if r.file == last.name) < 1.2 * last.bytes
    press(facet, "Start chatting")
    facet.ask("Hello")
    assert facet.wait_for_answer("Hello").text == GREETING
    facet.picture("58-small-answer")
    leave(facet)


def test_a_download_goes_on_after_the_window_was_closed(
    newcomer: Callable[..., Facet], hub: LocalHub
) -> None:
    facet = newcomer(starter=False, window=WINDOW)
    hub.misbehave(times=2, rate=SIZE / 2)
    facet.start()
    press(facet, "Choose a model")
    press(facet, "Download Gemma 4 E4B")
    wait_for(lambda: hub.sent() > SIZE / 10, "something has arrived")
    facet.screen.key("Escape")
    wait_for(lambda: facet.settings().get("welcomed"), "the first run was skipped")
    leave(facet)
    facet.start()
    wait_for(lambda: facet.settings()["model"] == E4B.id, "the model is there and chosen", 30)
    assert "Skip for now" not in facet.words()
    facet.ask("Hello")
    assert facet.wait_for_answer("Hello").text == GREETING
    assert hub.sent() < 1.5 * SIZE
    leave(facet)


def test_the_model_of_another_program_is_used_where_it_is(
    newcomer: Callable[..., Facet], screen: Screen, hub: LocalHub
) -> None:
    folder = Path(screen.environment["HOME"]) / ".lmstudio" / "models" / "google" / "gemma-4-E4B"
    folder.mkdir(parents=True)
    try:
        for file in (MODEL, PROJECTOR):
            shutil.copy(file, folder / file.name)
        facet = newcomer(starter=False, window=WINDOW)
        facet.start()
        press(facet, "Choose a model")
        facet.wait_for_text("is on this machine already")
        facet.picture("60-found")
        press(facet, "Use the one from LM Studio")
        facet.wait_for_text("is ready")
        press(facet, "Start chatting")
        facet.ask("Hello")
        assert facet.wait_for_answer("Hello").text == GREETING
        assert hub.requests == []
        leave(facet)
    finally:
        shutil.rmtree(folder.parents[2])
