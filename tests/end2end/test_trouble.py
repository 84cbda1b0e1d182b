"""What goes wrong costs as little as it can: stopped answers, killed engines, killed windows,
models that can't."""

import os
import signal
from pathlib import Path

from tests.data import MEDIA, MODEL
from tests.end2end.conftest import WINDOW
from tests.end2end.facet import Facet
from tests.end2end.models import MINIATURE, STARTER, write_settings
from tests.end2end.waiting import wait_for

LONG = "Write a long story about a lighthouse."


def start_with(facet: Facet, model: str) -> None:
    write_settings(facet.data_dir, model=model, picture_budget=70, window=WINDOW)
    facet.start()


def test_stop_keeps_the_words_and_retry_writes_anew(facet: Facet) -> None:
    start_with(facet, STARTER)
    facet.ask(LONG)
    partial = facet.wait_for_partial(10)
    facet.picture("40-answering")
    facet.screen.key("Escape")
    stopped = facet.wait_for_answer(LONG)
    assert stopped.outcome == "stopped"
    assert stopped.text.startswith(partial.text)
    facet.wait_for_text(partial.text.split(".")[0], "Stopped")
    facet.picture("41-stopped")

    facet.click("Retry")
    again = facet.wait_for_partial(10)
    assert again.id != stopped.id
    facet.screen.key("Escape")
    assert facet.wait_for_answer(LONG).id == again.id
    (asked, answer) = facet.newest_messages()
    assert (asked.text, answer.id) == (LONG, again.id)


def test_killed_engine_costs_the_answer_only(facet: Facet) -> None:
    start_with(facet, STARTER)
    facet.ask(LONG)
    partial = facet.wait_for_partial(10)
    old = facet.engine_pid
    facet.kill_engine()
    failed = facet.wait_for_answer(LONG)
    assert failed.outcome == "failed"
    assert failed.error
    assert failed.text.startswith(partial.text)
    facet.wait_for_text(partial.text.split(".")[0], failed.error.split(".")[0], "Retry")
    facet.picture("42-engine-killed")
    wait_for(lambda: facet.engine_pid not in (0, old), "there is a new engine")

    facet.click("Retry")
    again = facet.wait_for_partial(5)
    assert again.id != failed.id
    facet.screen.key("Escape")
    assert facet.wait_for_answer(LONG).outcome == "stopped"


def test_killed_window_costs_a_second_at_most(facet: Facet) -> None:
    start_with(facet, STARTER)
    facet.ask(LONG)
    partial = facet.wait_for_partial(10)
    facet.kill()
    facet.start()
    (chat,) = facet.chats()
    (asked, answer) = chat.messages
    assert asked.text == LONG
    assert answer.outcome == "failed"
    assert answer.text.startswith(partial.text)
    facet.click(chat.title, "list item")
    facet.wait_for_text(LONG, partial.text.split(".")[0], answer.error.split(".")[0], "Retry")
    facet.picture("43-window-killed")

    facet.click("Retry")
    assert facet.wait_for_partial(5).id != answer.id


def test_model_that_cannot_see_says_so_before_sending(facet: Facet) -> None:
    start_with(facet, STARTER)
    facet.drop(MEDIA / "red-circle.png", MEDIA / "seven.wav")
    assert facet.wait_for_chip("red-circle.png") == "This model can't see pictures"
    assert facet.wait_for_chip("seven.wav") == "This model can't hear sounds"
    facet.picture("44-cannot-see")
    facet.ask("What do you see?")
    facet.wait_for_text("Remove red-circle.png and 1 more, or choose another model.")
    facet.picture("45-cannot-see-refused")
    assert facet.chats() == []


def test_damaged_model_is_named_and_the_old_one_goes_on(facet: Facet, tmp_path: Path) -> None:
    start_with(facet, MINIATURE)
    text = tmp_path / "text.gguf"
    text.write_text("This is a text.")
    open_model(facet, text)
    facet.wait_for_text("text.gguf is")
    facet.picture("46-no-model")
    facet.ask("Hello")
    assert facet.wait_for_answer("Hello").outcome == "done"

    # This one looks well from outside, and turns out to be cut short when it is loaded.
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(MODEL.read_bytes()[:1_500_000])
    open_model(facet, cut)
    facet.wait_for_text("cut.gguf is cut short")
    facet.picture("47-model-cut-short")


def test_other_model_is_chosen_in_the_window(facet: Facet) -> None:
    start_with(facet, MINIATURE)
    facet.wait_for_node(f"Model: {MINIATURE}")
    windows = len(facet.screen.windows_of(facet.pid))
    facet.open_menu(f"Model: {MINIATURE}")
    facet.picture("48-models")
    facet.screen.key("Down", "Return")
    wait_for(lambda: STARTER in facet.settings()["model"], "the starter model is chosen")
    wait_for(lambda: len(facet.screen.windows_of(facet.pid)) == windows, "the menu is closed")
    facet.ask("What is the opposite of hot?")
    answer = facet.wait_for_any_answer("What is the opposite of hot?")
    assert answer.outcome in ("done", "stopped")
    assert "SmolLM2" in answer.model


def test_quit_while_answering_leaves_no_process(facet: Facet) -> None:
    start_with(facet, STARTER)
    facet.ask(LONG)
    facet.wait_for_partial(5)
    pids = facet.pids
    facet.screen.key("ctrl+q")
    assert facet.wait_for_end() == 0
    assert [pid for pid in pids if Path(f"/proc/{pid}/fd").exists() and pid != os.getpid()] == []


def test_terminating_it_ends_it_properly(facet: Facet) -> None:
    """As at the end of a session, or by Ctrl+C in the terminal it was started from."""
    start_with(facet, STARTER)
    facet.ask(LONG)
    facet.wait_for_partial(5)
    os.kill(facet.pid, signal.SIGTERM)
    assert facet.wait_for_end() == 0
    assert facet.pids == []
    assert facet.wait_for_answer(LONG).outcome == "stopped"


def open_model(facet: Facet, path: Path) -> None:
    """Through the menu of models and the file dialog."""
    facet.wait_for_node(f"Model: {MINIATURE}")
    facet.open_menu(f"Model: {MINIATURE}")
    facet.screen.key("Up", "Return")
    facet.wait_for_text("File name:")
    facet.screen.type(str(path))
    facet.screen.key("Return")
