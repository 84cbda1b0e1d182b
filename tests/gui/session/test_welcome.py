"""Who is new here, and the move to the model that was fetched in the first run."""

from typing import Any

import pytest

from app.core.settings import OpenedModel
from app.models.library import InstalledModel
from app.session.welcome import Welcome
from tests.gui.ui.newcomer import (
    E2B,
    E4B,
    STARTER,
    Fetched,
    Kept,
    Newcomer,
    Shelved,
    Talked,
    on_disk,
)


@pytest.fixture
def newcomer(qapp: object) -> Newcomer:
    newcomer = Newcomer()
    newcomer.shelf.select(STARTER.id)
    newcomer.shelf.become("ready")
    return newcomer


def listen(welcome: Welcome) -> list[tuple[Any, ...]]:
    """What it tells."""
    told: list[tuple[Any, ...]] = []
    welcome.moved.connect(lambda model, before: told.append(("moved", model.id, before)))
    welcome.arrived.connect(lambda model: told.append(("arrived", model.id)))
    return told


def arrive(newcomer: Newcomer, model: InstalledModel) -> None:
    newcomer.shelf.models = (model, *newcomer.shelf.models)
    newcomer.downloads.finish(model.id)


def test_a_fresh_folder_is_greeted_until_that_has_ended(newcomer: Newcomer) -> None:
    welcome = newcomer.welcome()
    assert welcome.needed
    welcome.end()
    assert not welcome.needed
    assert newcomer.preferences.settings.welcomed


@pytest.mark.parametrize(
    "settings",
    [{"model": "gemma"}, {"opened_models": (OpenedModel("/model.gguf"),)}],
)
def test_who_has_chosen_a_model_before_is_not_bothered(
    newcomer: Newcomer, settings: dict[str, Any]
) -> None:
    newcomer.preferences = Kept(**settings)
    assert not newcomer.welcome().needed
    assert newcomer.preferences.settings.welcomed


def test_who_has_chats_is_not_bothered(newcomer: Newcomer) -> None:
    newcomer.chats.summaries = ("Tides",)
    assert not newcomer.welcome().needed


def test_facet_moves_when_the_model_has_arrived(newcomer: Newcomer) -> None:
    welcome = newcomer.welcome()
    told = listen(welcome)
    welcome.fetch(E4B)
    assert (welcome.awaited, told) == (E4B.id, [])
    arrive(newcomer, on_disk(E4B))
    assert told == [("moved", E4B.id, STARTER.id)]
    assert newcomer.shelf.current == on_disk(E4B)
    assert welcome.awaited == ""


def test_it_waits_for_the_answer_to_end(newcomer: Newcomer) -> None:
    welcome = newcomer.welcome()
    told = listen(welcome)
    welcome.fetch(E4B)
    newcomer.chats.become(busy=True)
    arrive(newcomer, on_disk(E4B))
    assert told == []
    assert newcomer.shelf.is_starter
    newcomer.chats.become(busy=False)
    assert told == [("moved", E4B.id, STARTER.id)]


def test_it_moves_after_another_start_as_well(newcomer: Newcomer) -> None:
    before = newcomer.welcome()
    before.fetch(E4B)
    newcomer.chats, newcomer.downloads = Talked(), Fetched()
    newcomer.shelf = Shelved(on_disk(STARTER))
    newcomer.shelf.select(STARTER.id)
    welcome = newcomer.welcome()
    told = listen(welcome)
    newcomer.shelf.models = (on_disk(E4B), *newcomer.shelf.models)
    newcomer.shelf.models_changed.emit()
    assert told == [("moved", E4B.id, STARTER.id)]


def test_a_model_chosen_meanwhile_is_not_taken_away(newcomer: Newcomer) -> None:
    welcome = newcomer.welcome()
    told = listen(welcome)
    welcome.fetch(E4B)
    newcomer.shelf.use(on_disk(E2B, "lm-studio"))
    newcomer.shelf.become("ready")
    arrive(newcomer, on_disk(E4B))
    assert told == [("arrived", E4B.id)]
    assert newcomer.shelf.current == on_disk(E2B, "lm-studio")


def test_one_that_failed_is_replaced(newcomer: Newcomer) -> None:
    welcome = newcomer.welcome()
    told = listen(welcome)
    welcome.fetch(E4B)
    newcomer.shelf.use(on_disk(E2B, "opened"))
    newcomer.shelf.become("failed")
    arrive(newcomer, on_disk(E4B))
    assert told == [("moved", E4B.id, E2B.id)]


def test_one_that_was_loaded_by_hand_needs_no_move(newcomer: Newcomer) -> None:
    welcome = newcomer.welcome()
    told = listen(welcome)
    welcome.fetch(E4B)
    newcomer.shelf.use(on_disk(E4B))
    arrive(newcomer, on_disk(E4B))
    assert told == []
    assert welcome.awaited == ""


def test_another_choice_pauses_the_first(newcomer: Newcomer) -> None:
    welcome = newcomer.welcome()
    welcome.fetch(E4B)
    welcome.fetch(E2B)
    states = {job.spec.id: job.state for job in newcomer.downloads.jobs}
    assert states == {E2B.id: "running", E4B.id: "paused"}
    assert welcome.awaited == E2B.id


def test_what_is_given_up_is_awaited_no_more(newcomer: Newcomer) -> None:
    welcome = newcomer.welcome()
    welcome.fetch(E4B)
    welcome.give_up(E4B.id)
    assert newcomer.downloads.cancelled == [E4B.id]
    assert welcome.awaited == ""


def test_a_download_from_elsewhere_moves_nothing(newcomer: Newcomer) -> None:
    welcome = newcomer.welcome()
    told = listen(welcome)
    newcomer.downloads.start(E4B)
    arrive(newcomer, on_disk(E4B))
    assert told == []
    assert newcomer.shelf.is_starter
