"""`facet chat`: from a program by JSON lines, and by hand in a terminal."""

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from app.core.conversation import Outcome
from app.desktop.folder_lock import FolderLock
from app.storage.conversations import Conversations
from app.storage.database import Database
from tests.data import HEARD, MEDIA, SEEN
from tests.data.tiny_gemma4 import write_model
from tests.end2end.chatting import Script, Terminal
from tests.end2end.command import Command
from tests.end2end.models import MINIATURE
from tests.end2end.waiting import wait_for

USUAL = ("--model", MINIATURE, "--threads", "1", "--temperature", "0")
CIRCLE = MEDIA / "red-circle.png"
SEE = {"say": "What do you see?", "images": [str(CIRCLE)], "budget": 70}


@pytest.fixture
def facet(tmp_path: Path) -> Command:
    return Command(tmp_path / "data")


@pytest.fixture
def start(facet: Command) -> Iterator[Callable[..., Script]]:
    """Starts a program to talk to; what is left of it at the end is ended."""
    with ExitStack() as stack:

        def start(*arguments: str | Path, **environment: str) -> Script:
            return stack.enter_context(closing(Script(facet, *arguments, **environment)))

        yield start


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Script]:
    """One program for many tests."""
    with closing(Script(Command(tmp_path_factory.mktemp("chat") / "data"), *USUAL)) as script:
        yield script


@pytest.fixture
def script(running: Script, request: pytest.FixtureRequest) -> Script:
    """The program, in a chat of its own."""
    assert running(chat=request.node.name)["messages"] == 0
    return running


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose answers never end."""
    return write_model(tmp_path_factory.mktemp("endless") / "endless.gguf", "dense")


# -- from a program -------------------------------------------------------------------------------


def test_each_answer_follows_from_the_chat(script: Script) -> None:
    first = script(say="Repeat: banana")
    assert (first["event"], first["text"], first["outcome"]) == ("done", "banana", "done")
    second = script(say="Repeat: apple")
    assert second["text"] == "apple"
    assert first["cached_tokens"] < first["prompt_tokens"] <= second["cached_tokens"]
    assert (second["restored"], second["encode_ms"]) == ("none", 0)


@pytest.mark.parametrize("name", ["screenshot.png", "rotated.jpg"])
def test_it_sees(script: Script, name: str) -> None:
    done = script(say="What do you see?", images=[str(MEDIA / name)], budget=70)
    assert done["text"] == SEEN[name]
    assert done["encode_ms"] > 0


def test_it_hears_and_reads(script: Script, tmp_path: Path) -> None:
    done = script(say="What do you hear?", audio=[str(MEDIA / "seven.wav")])
    assert done["text"] == HEARD["seven.wav"]
    note = tmp_path / "note.txt"
    note.write_text("word " * 50)
    assert script(say="Hello", files=[str(note)])["prompt_tokens"] > done["prompt_tokens"] + 50


def test_the_pieces_of_an_answer_make_the_whole(script: Script) -> None:
    number = script.tell(**SEE, thinking=True)
    pieces: dict[str, str] = {"text": "", "thought": ""}
    while (event := script.event()) is not None and event["event"] != "done":
        assert event["id"] == number
        if event["event"] in pieces:
            pieces[event["event"]] += event["text"]
    assert event is not None
    assert event["text"] == pieces["text"] == SEEN[CIRCLE.name]
    assert event["thought"] == pieces["thought"]
    assert event["thought"].strip() == "The user asks about the picture."


def test_what_was_prepared_costs_nothing_any_more(script: Script) -> None:
    # A picture that no other test shows to this program: it encodes none twice.
    question = {**SEE, "images": [str(MEDIA / "transparent.png")]}
    ahead = script(prepare=question)
    assert (ahead["event"], ahead["complete"]) == ("prepared", True)
    assert ahead["encode_ms"] > 0
    done = script(**question)
    assert done["text"] == SEEN["transparent.png"]
    assert done["cached_tokens"] == done["prompt_tokens"]
    assert done["encode_ms"] == 0


def test_a_preparation_helps_as_far_as_it_agrees(script: Script) -> None:
    picture = {"images": [str(MEDIA / "cmyk.jpg")], "budget": 70}
    assert script(prepare=picture)["complete"]
    done = script(say="What do you see?", **picture)
    assert done["text"] == SEEN["cmyk.jpg"]
    assert done["encode_ms"] == 0
    assert 0 < done["prompt_tokens"] - done["cached_tokens"] < 20


def test_a_picture_costs_nothing_in_another_chat(script: Script) -> None:
    question = {**SEE, "images": [str(MEDIA / "16-bit.png")]}
    first = script(**question)
    script(chat="the same picture")
    second = script(**question)
    assert first["encode_ms"] > 0
    assert (second["text"], second["encode_ms"]) == (SEEN["16-bit.png"], 0)


def test_a_preparation_gives_way_and_still_ends(script: Script) -> None:
    ahead = script.tell(prepare={"say": "Repeat: " + "house " * 2000})
    question = script.tell(say="Repeat: banana")
    ends = {}
    while len(ends) < 2:
        event = script.event()
        assert event is not None
        if event["event"] in ("prepared", "done"):
            ends[event["id"]] = event
    assert ends[ahead]["event"] == "prepared"
    assert ends[question]["text"] == "banana"


def test_once_more_reads_nothing_again(script: Script) -> None:
    first = script(**SEE)
    again = script(regenerate=True)
    assert again["text"] == first["text"]
    assert again["prompt_tokens"] == first["prompt_tokens"]
    assert again["prompt_tokens"] - again["cached_tokens"] <= 4
    assert again["encode_ms"] == 0


def test_a_changed_question_keeps_what_comes_before_it(script: Script) -> None:
    before = script(say="Repeat: house")
    first = script(**{**SEE, "say": "Hello"})
    changed = script(edit_last="What do you see?")
    assert changed["text"] == SEEN[CIRCLE.name]
    assert changed["encode_ms"] == 0
    # The first turn and the picture stand before what has changed.
    assert changed["cached_tokens"] > before["context_used"] + 60
    assert first["prompt_tokens"] < changed["prompt_tokens"] + 10


def test_a_chat_comes_back_from_memory(script: Script, request: pytest.FixtureRequest) -> None:
    first = script(**SEE)
    other = script(chat="another one")
    assert (other["event"], other["name"], other["messages"]) == ("chat", "another one", 0)
    assert script(say="Repeat: " + "house " * 80)["restored"] == "none"
    assert script(chat=request.node.name)["messages"] == 2
    back = script(say="Repeat: apple")
    assert back["restored"] == "memory"
    assert back["encode_ms"] == 0
    assert back["cached_tokens"] >= first["context_used"] - 2


def test_options_go_with_one_question(script: Script) -> None:
    assert script(say="Repeat: banana", max_tokens=1)["outcome"] == "length"
    assert script(say="Repeat: banana")["outcome"] == "done"
    assert script(regenerate=True, max_tokens=1)["outcome"] == "length"


def test_an_answer_follows_a_schema_and_the_next_one_not(script: Script) -> None:
    assert script(say="Repeat: banana", schema={"enum": ["cat"]})["text"] == '"cat"'
    assert script(regenerate=True)["text"] == '"cat"'
    assert script(regenerate=True, grammar='root ::= "no"')["text"] == "no"
    assert script(say="Repeat: apple")["text"] == "apple"
    assert script(say="Hello", schema={"type": 3})["event"] == "error"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"say": 3}, "say"),
    ({"say": "Hello", "budget": 71}, "budget"),
    ({"say": "Hello", "images": ["missing.png"]}, "missing.png"),
    ({"say": "Hello", "images": [str(MEDIA / "seven.wav")]}, '"audio"'),
    ({"say": "Hello", "files": [str(CIRCLE)]}, '"images"'),
    ({"say": "Hello", "images": ["a\0b"]}, "zero"),
    ({"say": "Hello", "schema": {"type": "null"}, "grammar": "g"}, "schema"),
    ({"say": " "}, "question"),
    ({"prepare": {}}, "question"),
    ({"prepare": {"colour": "red"}}, "prepare.colour"),
    ({"edit_last": "Hello"}, "asked"),
    ({"regenerate": True}, "asked"),
    ({"chat": " "}, "name"),
    ({"shout": "Hello"}, "shout"),
]


def test_after_any_mistake_it_goes_on(script: Script) -> None:
    for request, named in WRONG:
        error = script(**request)
        assert error["event"] == "error", request
        assert named in error["what"] + error["next_step"], request
        assert error["code"]
        assert error["next_step"]
    for line in ("Hello\n", '{"say": "\udcff"}\n', "[" * 5000 + "\n", "null\n", '{"say": "a"\n'):
        script.process.stdin.flush()  # type: ignore[union-attr]
        script.process.stdin.buffer.write(line.encode("utf-8", "surrogateescape"))  # type: ignore[union-attr]
        script.process.stdin.flush()  # type: ignore[union-attr]
        assert script.next("error")["code"] == "request"
    assert not script(stop=True)["running"]
    assert script(say="Repeat: banana")["text"] == "banana"


def test_a_question_that_is_too_long_is_refused_and_can_be_changed(script: Script) -> None:
    refused = script(say="house " * 9000)
    assert (refused["event"], refused["code"]) == ("error", "too_long")
    assert script(edit_last="Repeat: banana")["text"] == "banana"


def test_stop_overtakes_and_the_others_keep_their_order(
    start: Callable[..., Script], endless: Path
) -> None:
    script = start("--model", endless, "--threads", "1", "--context", "100000")
    first = script.tell(say="Hello")
    script.next("text", first)
    second = script.tell(say="Hello", max_tokens=5)
    script.tell(stop=True)
    assert script.next("stopping")["running"]
    stopped = script.next("done")
    assert (stopped["id"], stopped["outcome"]) == (first, "stopped")
    assert stopped["text"]
    assert script.end_of(second)["outcome"] == "length"
    # What was stopped is part of the chat, and nothing of it is read again.
    assert script(say="Hello", max_tokens=5)["cached_tokens"] > stopped["context_used"]


def test_without_more_requests_all_is_finished_first(start: Callable[..., Script]) -> None:
    script = start(*USUAL)
    numbers = [script.tell(say=f"Repeat: {word}") for word in ("banana", "apple", "house")]
    numbers.append(script.tell(prepare={"say": "Repeat: apple"}))
    ends = [event for event in script.rest() if event["event"] in ("done", "prepared")]
    assert [event["id"] for event in ends] == numbers
    assert [event.get("text") for event in ends] == ["banana", "apple", "house", None]
    assert ends[-1]["complete"]
    assert script.process.wait(60) == 0
    assert script.process.stderr is not None
    assert script.process.stderr.read() == ""


def test_no_input_at_all_is_an_end(facet: Command) -> None:
    answer = facet("chat", "--json", *USUAL)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert json.loads(answer.stdout.splitlines()[-1])["event"] == "model"


def test_an_engine_that_dies_is_replaced(start: Callable[..., Script]) -> None:
    script = start(*USUAL)
    script.next("model")
    assert script(say="Repeat: banana")["text"] == "banana"
    os.kill(script.child(), signal.SIGKILL)
    script.next("model")
    again = script(say="Repeat: apple")
    assert (again["text"], again["cached_tokens"]) == ("apple", 0)


def test_an_answer_that_dies_with_the_engine_is_an_error(
    start: Callable[..., Script], endless: Path
) -> None:
    script = start("--model", endless, "--threads", "1", "--context", "100000")
    number = script.tell(say="Hello")
    script.next("text", number)
    os.kill(script.child(), signal.SIGKILL)
    error = script.end_of(number)
    assert (error["event"], error["code"]) == ("error", "died")
    assert script(regenerate=True, max_tokens=5)["outcome"] == "length"


def test_interrupt_stops_the_answer_and_then_the_program(
    start: Callable[..., Script], endless: Path
) -> None:
    script = start("--model", endless, "--threads", "1", "--context", "100000")
    script.next("text", script.tell(say="Hello"))
    script.process.send_signal(signal.SIGINT)
    assert script.next("done")["outcome"] == "stopped"
    script.process.send_signal(signal.SIGINT)
    assert script.process.wait(60) == 130


@pytest.mark.parametrize("politely", [False, True])
def test_nothing_of_it_is_left(
    start: Callable[..., Script], tmp_path: Path, politely: bool
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    script = start(*USUAL, TMPDIR=str(temporary))
    assert script(**SEE)["text"] == SEEN[CIRCLE.name]
    assert list(temporary.rglob("*"))
    if politely:
        script.process.send_signal(signal.SIGTERM)
        assert script.process.wait(60) == 128 + signal.SIGTERM
    else:
        assert script.rest() == []
        assert script.process.wait(60) == 0
    assert list(temporary.iterdir()) == []
    assert not (tmp_path / "data" / "facet.db").exists()


def test_a_picture_is_the_one_that_was_sent(start: Callable[..., Script], tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    shutil.copy(CIRCLE, picture)
    script = start(*USUAL)
    assert script(**{**SEE, "images": [str(picture)]})["text"] == SEEN[CIRCLE.name]
    shutil.copy(MEDIA / "screenshot.png", picture)
    again = script(regenerate=True)
    assert (again["text"], again["encode_ms"]) == (SEEN[CIRCLE.name], 0)


# -- kept -----------------------------------------------------------------------------------------


def test_a_kept_chat_comes_back_from_disk(start: Callable[..., Script], tmp_path: Path) -> None:
    script = start(*USUAL, "--keep")
    script(chat="work")
    first = script(**SEE)
    assert script.rest() == []
    assert script.process.wait(60) == 0

    later = start(*USUAL, "--keep", "--chat", "work")
    back = later(say="Repeat: apple")
    assert (back["restored"], back["encode_ms"]) == ("disk", 0)
    assert back["cached_tokens"] >= first["context_used"] - 2
    assert later(chat="work")["messages"] == 4
    assert later.rest() == []
    with closing(Database.open(tmp_path / "data" / "facet.db")) as database:
        store = Conversations(database)
        (summary,) = store.summaries()
        stored = store.load(summary.id)
    assert summary.title == "work"
    assert stored is not None
    assert [entry.message.text for entry in stored.messages] == [
        "What do you see?",
        SEEN[CIRCLE.name],
        "Repeat: apple",
        back["text"],
    ]
    assert [entry.message.outcome for entry in stored.messages] == [Outcome.DONE] * 4


def test_the_chats_of_an_open_window_are_left_alone(facet: Command, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with closing(FolderLock(tmp_path / "data")):
        refused = facet("chat", "--json", "--keep", *USUAL)
    assert refused.returncode == 1
    error = json.loads(refused.stdout)
    assert (error["event"], error["code"]) == ("error", "in-use")


def test_chats_in_a_terminal_are_left_alone(facet: Command, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with closing(FolderLock(tmp_path / "data", terminal=True)):
        other = facet("chat", "--json", "--keep", *USUAL)
        for screen in ("DISPLAY", "WAYLAND_DISPLAY"):  # on which it would be shown
            facet.environment.pop(screen, None)
        window = facet()
    assert other.returncode == window.returncode == 1
    assert json.loads(other.stdout)["code"] == "in-use"
    assert "Another facet chat --keep" in other.stderr
    assert "open already" not in window.stdout
    assert "facet chat --keep" in window.stderr
    assert "/quit" in window.stderr


# -- by hand --------------------------------------------------------------------------------------


@pytest.fixture
def terminal(facet: Command) -> Iterator[Callable[..., Terminal]]:
    """Opens a terminal with a chat in it, ready to be typed in."""
    with ExitStack() as stack:

        def open_terminal(*arguments: str | Path) -> Terminal:
            opened = stack.enter_context(closing(Terminal(facet, *arguments)))
            opened.expect("/help")
            opened.prompt()
            return opened

        yield open_terminal


def test_a_person_asks_and_sees_what_it_took(terminal: Callable[..., Terminal]) -> None:
    chat = terminal(*USUAL, "--budget", "70")
    chat.type("Repeat: banana\n")
    chat.expect("Repeat: banana", "banana\n", "tokens a second", "from the cache")
    chat.prompt()
    chat.type(f"/image {CIRCLE}\n")
    chat.expect("goes with the next question.")
    chat.prompt()
    chat.type("What do you see?\n")
    chat.expect(SEEN[CIRCLE.name])
    chat.prompt()
    chat.type("/again\n")
    chat.expect(SEEN[CIRCLE.name])
    chat.prompt()
    chat.type("\x04")
    assert chat.exit_code() == 0


def test_commands_say_what_there_is(terminal: Callable[..., Terminal]) -> None:
    chat = terminal(*USUAL, "--budget", "70")
    for typed, *answer in (
        ("/dance", "There is no command /dance. There are /image, /audio"),
        ("/image", "Which file?"),
        ("/image gone.png", "gone.png"),
        (f"/file {CIRCLE}", "Attach it with /image."),
        ("/again", "Nothing has been asked"),
        ("/think perhaps", "/think on"),
        ("/help", "answer the last question once more"),
        ("Repeat: banana", "banana\n", "banana\n"),  # what is typed, and the answer
        ("/edit Repeat: apple", "apple\n", "apple\n"),
        ("/new", "A new chat."),
        ("/chat other", "other: 0 messages."),
        ("Repeat: house", "house\n", "house\n"),
        ("/chats", "* other\n  Repeat: banana\n"),
        ("/chat Repeat: banana", "2 messages."),
    ):
        chat.type(typed + "\n")
        chat.expect(*answer)
        chat.prompt()
    chat.type("/quit\n")
    assert chat.exit_code() == 0


def test_ctrl_c_stops_the_answer_and_then_leaves(
    terminal: Callable[..., Terminal], endless: Path
) -> None:
    chat = terminal("--model", endless, "--threads", "1", "--context", "100000")
    chat.type("Hello\n")
    chat.expect("Hello\n")
    seen = len(chat.shown)
    wait_for(lambda: chat.more() and len(chat.shown) > seen + 40, "an answer")
    chat.type("\x03")
    chat.expect("stopped")
    chat.prompt()
    chat.type("half a question")
    chat.expect("half a question")
    chat.interrupt_typing()
    chat.prompt()
    chat.interrupt_typing()
    assert chat.exit_code() == 0


def test_many_lines_are_one_question(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    chat = terminal(*USUAL, "--keep", "--chat", "work")
    chat.type("Repeat:\\\n")
    chat.expect("... ")
    chat.type("banana\n")
    chat.expect("from the cache")
    chat.prompt()
    if "\x1b[?2004h" in chat.raw:  # it has asked the terminal to mark what is pasted
        chat.type("\x1b[200~one\ntwo\x1b[201~\n")
    else:
        chat.type("one\ntwo\n")
    chat.expect("from the cache")
    chat.prompt()
    chat.type("\x04")
    assert chat.exit_code() == 0
    with closing(Database.open(tmp_path / "data" / "facet.db")) as database:
        store = Conversations(database)
        stored = store.load(store.summaries()[0].id)
    assert stored is not None
    texts = [entry.message.text for entry in stored.messages]
    assert texts[0::2] == ["Repeat:\nbanana", "one\ntwo"]


def test_without_a_terminal_only_answers_are_written(facet: Command) -> None:
    typed = (
        f"Repeat: banana\n\n/edit Repeat: \\\napple\n/image {CIRCLE}\nWhat do you see?\n/quit\nno"
    )
    answer = facet("chat", "--budget", "70", *USUAL, question=typed)
    assert answer.returncode == 0
    assert answer.stdout.splitlines() == ["banana", "apple", SEEN[CIRCLE.name]]
    assert answer.stderr == "red-circle.png goes with the next question.\n"
