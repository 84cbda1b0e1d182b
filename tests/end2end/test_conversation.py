"""A conversation by keyboard and mouse: what is on the screen, in the database and at the next
start; and that nobody else takes part in it."""

import threading
from pathlib import Path

from tests.end2end.conftest import WINDOW
from tests.end2end.facet import Facet
from tests.end2end.models import MINIATURE, write_settings
from tests.end2end.processes import network_sockets
from tests.end2end.waiting import wait_for

GREETING = "Hello! How can I help you?"
NOTE = "Buy apples.\nCall the plumber.\nWater the plants.\n"


def test_typed_question_is_answered(miniature: Facet) -> None:
    miniature.picture("01-empty")
    miniature.screen.type("Hello")
    wait_for(lambda: "Hello" in miniature.words(), "the question is in the composer")
    miniature.screen.key("Return")
    answer = miniature.wait_for_answer("Hello")
    assert (answer.text, answer.outcome) == (GREETING, "done")
    assert answer.stats is not None
    assert answer.stats["decode_tps"] > 0
    miniature.wait_for_text("Hello", GREETING, "tok/s")
    miniature.picture("02-answer")
    assert miniature.title() == "Hello – Facet"


def test_text_file_reaches_the_model(miniature: Facet, tmp_path: Path) -> None:
    miniature.ask("Repeat: banana")
    without = miniature.wait_for_answer("Repeat: banana").stats
    miniature.new_chat()
    note = tmp_path / "note.txt"
    note.write_text(NOTE)
    miniature.drop(note)
    miniature.wait_for_text("note.txt", "3 lines")
    miniature.picture("10-text-file")
    miniature.ask("Repeat: banana")
    answer = miniature.wait_for_answer("Repeat: banana")
    (asked, _) = miniature.newest_messages()
    (document,) = asked.attachments
    assert (document["name"], document["text"]) == ("note.txt", NOTE)
    assert without is not None
    assert answer.stats is not None
    words = answer.stats["prompt_tokens"] - without["prompt_tokens"]
    assert words >= len(NOTE.split())


def test_everything_works_from_the_keyboard(facet: Facet) -> None:
    write_settings(facet.data_dir, model=MINIATURE, window=WINDOW)
    facet.start()
    key = facet.screen.key
    facet.ask("Hello")
    facet.wait_for_answer("Hello")
    key("ctrl+n")
    facet.ask("Repeat: banana")
    facet.wait_for_answer("Repeat: banana")

    # Rename.
    key("F2")
    facet.wait_for_text("Rename")
    facet.picture("30-rename")
    key("ctrl+a")
    facet.screen.type("Fruit")
    key("Return")
    wait_for(lambda: [chat.title for chat in facet.chats()] == ["Fruit", "Hello"], "renamed")

    # Switch to the other chat and back, in the list.
    key("F6")
    facet.screen.key("Down", "Return")
    wait_for(lambda: facet.title() == "Hello – Facet", "the other chat is open")
    facet.wait_for_text(GREETING)

    # Delete it, and take that back.
    key("F6")
    wait_for(lambda: any("focused" in node.states for node in facet.find("Hello")), "in the list")
    key("Delete")
    wait_for(lambda: [chat.title for chat in facet.chats()] == ["Fruit"], "deleted")
    facet.wait_for_text("was deleted", "Undo")
    facet.picture("31-deleted")
    key("ctrl+z")
    wait_for(lambda: len(facet.chats()) == 2, "taken back")

    # Settings open and close.
    key("ctrl+comma")
    facet.wait_for_text("Settings")
    facet.picture("32-settings")
    key("Escape")
    wait_for(lambda: len(facet.read()) == 1, "the settings are closed")

    key("ctrl+q")
    assert facet.wait_for_end() == 0
    assert facet.pids == []


def test_answer_is_copied_from_the_keyboard(miniature: Facet) -> None:
    miniature.ask("Hello")
    miniature.wait_for_answer("Hello")
    miniature.wait_for_text(GREETING)
    for _ in range(30):
        if any("focused" in node.states for node in miniature.find("Copy message")):
            break
        miniature.screen.key("shift+Tab")
    miniature.screen.key("space")
    wait_for(lambda: miniature.screen.clipboard() == GREETING, "the answer is in the clipboard")


def test_conversations_are_there_at_the_next_start(facet: Facet) -> None:
    write_settings(facet.data_dir, model=MINIATURE, window=WINDOW)
    facet.start()
    facet.ask("Hello")
    facet.wait_for_answer("Hello")
    facet.screen.type("not sent yet")
    wait_for(lambda: "not sent yet" in facet.words(), "the draft is on the screen")
    facet.screen.key("ctrl+q")
    assert facet.wait_for_end() == 0
    facet.start()
    facet.click("Hello", "list item")
    facet.wait_for_text(GREETING, "not sent yet")


def test_nothing_listens_or_connects(miniature: Facet) -> None:
    """Not at rest, and not while a picture is asked about."""
    found: set[str] = set()
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.01):
            found.update(network_sockets(miniature.pids))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for question in ("Hello", "Repeat: banana"):
            miniature.ask(question)
            miniature.wait_for_answer(question)
    finally:
        ended.set()
        watcher.join()
    assert miniature.engine_pid in miniature.pids
    assert found == set()
