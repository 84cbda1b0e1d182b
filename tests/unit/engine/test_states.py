"""Conversations come back from memory and from disk as if they had never been left."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.core.machine import Memory
from app.core.prompt import Turn
from app.engine.client import Engine
from app.engine.messages import Forget, Keeping, Unload, Unloaded
from app.engine.states import Snapshot, States
from tests.data import MEDIA, SEEN, tiny_gemma4
from tests.unit.engine.talk import Answer, Talk, model, picture, user

SEE = "What do you see?"
LONG = "the window shows a list of files and the button opens a new page " * 60
PATIENCE = 30.0


WORDS = ("apple", "house", "river", "green", "seven", "north", "paper", "light", "stone", "cloud")


def chat_about(number: int) -> list[Turn]:
    """A conversation of its own, its last question still to be answered."""
    word = WORDS[number]
    return [
        user(f"Repeat: {word}"),
        model(word),
        user(SEE, picture(MEDIA / "red-circle.png")),
    ]


def saved_files(folder: Path) -> list[Path]:
    """Finished files of states."""
    return sorted(path for path in folder.iterdir() if not path.name.endswith(".tmp"))


def wait_for_files(folder: Path, count: int) -> None:
    """Wait until so many conversations are on disk."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if folder.exists() and len(saved_files(folder)) >= count:
            return
        time.sleep(0.05)
    raise AssertionError(f"{list(folder.iterdir())}")


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    """An engine that keeps nothing and is told of no chats: what is right."""
    with Engine(tmp_path_factory.mktemp("forgetful") / "engine.log") as engine:
        talk = Talk(engine)
        talk.load(keeping=Keeping(memory=0))
        yield talk


@pytest.fixture
def keeping(tmp_path: Path) -> Keeping:
    """Both kinds of keeping."""
    return Keeping(memory=200 * 2**20, folder=str(tmp_path / "states"), disk=400 * 2**20, pause=0.1)


def right(answer: Answer) -> bool:
    return SEEN["red-circle.png"] in answer.text


def test_going_back_to_a_chat_restores_it_from_memory(talk: Talk, forgetful: Talk) -> None:
    first = talk.ask(*chat_about(1), chat="one")
    assert (first.stats.restored, first.stats.cached_tokens < 10) == ("none", True)
    assert right(first)
    talk.ask(*chat_about(2), chat="two")
    again = [*chat_about(1), model(first.text), user(SEE)]
    answer = talk.ask(*again, chat="one")
    assert answer.stats.restored == "memory"
    assert answer.text == forgetful.ask(*again).text
    assert answer.stats.prompt_tokens - answer.stats.cached_tokens < 30
    assert talk.ask(*again, chat="one").stats.restored == "none", "it is still there"


def test_an_earlier_question_can_be_asked_again_after_coming_back(
    talk: Talk, forgetful: Talk
) -> None:
    """The checkpoints come back, too."""
    past = [user(f"Three. {LONG}"), model("Noted."), user(f"More. {LONG * 2}"), model("Noted.")]
    talk.ask(*past, user("Repeat: apple"), chat="three")
    talk.ask(*chat_about(4), chat="four")
    answer = talk.ask(*past[:2], user(SEE), chat="three")
    assert answer.stats.restored == "memory"
    assert answer.text == forgetful.ask(*past[:2], user(SEE)).text
    assert answer.stats.cached_tokens > 700


def test_a_chat_comes_back_to_the_end_of_its_last_prompt(talk: Talk, forgetful: Talk) -> None:
    """The answer may read otherwise than it was written: a thought is gone, or words are cut
    into other tokens."""
    past = chat_about(9)
    first = talk.ask(*past, chat="nine")
    talk.ask(*chat_about(4), chat="four")
    otherwise = [*past, model("A square."), user(SEE)]
    answer = talk.ask(*otherwise, chat="nine")
    assert answer.stats.restored == "memory"
    assert answer.stats.cached_tokens >= first.stats.prompt_tokens - 4
    assert answer.text == forgetful.ask(*otherwise).text


def test_a_chat_without_a_name_is_not_kept(talk: Talk) -> None:
    talk.ask(*chat_about(5))
    talk.ask(*chat_about(6), chat="six")
    assert talk.ask(*chat_about(5)).stats.restored == "none"


def test_a_forgotten_chat_does_not_come_back(talk: Talk) -> None:
    talk.ask(*chat_about(7), chat="seven")
    talk.ask(*chat_about(8), chat="eight")
    talk.engine.send(Forget("seven"))
    answer = talk.ask(*chat_about(7), chat="seven")
    assert (answer.stats.restored, answer.stats.cached_tokens < 10) == ("none", True)
    talk.engine.send(Forget("seven"))
    again = talk.ask(*chat_about(7), chat="seven")
    assert again.stats.cached_tokens < 10, "that which is in use is forgotten as well"


def test_another_chat_with_the_same_beginning_uses_it(talk: Talk, forgetful: Talk) -> None:
    past = [user(f"Nine. {LONG}"), model("Noted.")]
    talk.ask(*past, user("Repeat: apple"), chat="nine")
    talk.ask(*chat_about(0), chat="zero")
    turns = [*past, user(SEE, picture(MEDIA / "red-circle.png"))]
    branch = talk.ask(*turns, chat="branch of nine")
    assert branch.text == forgetful.ask(*turns).text
    assert branch.stats.restored == "memory"


def test_memory_is_bounded(fresh: Talk) -> None:
    fresh.load(keeping=Keeping(memory=300_000))  # room for one
    for number in range(3):
        fresh.ask(*chat_about(number), chat=f"chat {number}")
    answers = [fresh.ask(*chat_about(number), chat=f"chat {number}") for number in (1, 0)]
    assert all(map(right, answers))
    assert [answer.stats.restored for answer in answers] == ["memory", "none"]


MACHINE = 16 * 10**9


def snapshot(chat: str, size: int) -> Snapshot:
    """A conversation of one token that takes ``size`` bytes."""
    return Snapshot(chat, (1,), 1, np.zeros(size, np.uint8), ())


def test_a_quarter_of_the_free_memory_is_taken_at_most() -> None:
    free = Memory(MACHINE, 4 * 10**6)
    states = States(10**9, machine=lambda: free)
    assert states.has_room(10**6)
    assert not states.has_room(10**6 + 1)
    assert not States(10**5, machine=lambda: free).has_room(10**5 + 1)
    assert States(10**9, machine=lambda: Memory(None, None)).has_room(10**9), "nobody knows"


@pytest.mark.parametrize(
    ("total", "available", "left"),
    [
        (MACHINE, 512 * 10**6, "abc"),
        (MACHINE, 512 * 10**6 - 1, "bc"),
        (MACHINE, 511 * 10**6, "bc"),
        (MACHINE, 511 * 10**6 - 1, "c"),
        (MACHINE, 0, ""),
        (2 * 10**9, 100 * 10**6, "abc"),
        (2 * 10**9, 99 * 10**6, "bc"),
        (None, 1, "abc"),
    ],
)
def test_what_was_used_longest_ago_goes_when_memory_runs_short(
    total: int | None, available: int, left: str
) -> None:
    machine = Memory(total, MACHINE)
    states = States(10**9, machine=lambda: machine)
    for chat in "bac":
        states.keep(snapshot(chat, 10**6))
    assert states.find((1,), 0) is not None  # it is "b" that is found, and that counts as used
    states.keep(snapshot("c", 10**6))
    machine = Memory(total, available)
    states.relieve()
    assert "".join(sorted(states._kept)) == left
    assert states.in_memory == bool(left)


def test_memory_that_runs_short_ends_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    available = tmp_path / "available"
    available.write_text(str(8 * 10**9))
    monkeypatch.setenv("AVAILABLE", str(available))
    child = (sys.executable, "-m", "tests.unit.engine.tight_machine")
    with Engine(tmp_path / "engine.log", child) as engine:
        talk = Talk(engine)
        talk.load()
        for number in range(3):
            talk.ask(*chat_about(number), chat=f"chat {number}")
        assert talk.ask(*chat_about(0), chat="chat 0").stats.restored == "memory"
        available.write_text("0")
        restored = [
            talk.ask(*chat_about(number), chat=f"chat {number}").stats.restored
            for number in (1, 2, 0, 1)
        ]
        assert restored[1:] == ["none"] * 3  # the first may have been found before it was dropped
        available.write_text(str(8 * 10**9))
        talk.ask(*chat_about(2), chat="chat 2")
        answer = talk.ask(*chat_about(1), chat="chat 1")
        assert (answer.stats.restored, right(answer)) == ("memory", True)


def test_a_chat_comes_back_from_disk_after_a_restart(
    tmp_path: Path, keeping: Keeping, forgetful: Talk
) -> None:
    with Engine(tmp_path / "engine.log") as engine:
        talk = Talk(engine)
        talk.load(keeping=keeping)
        first = talk.ask(*chat_about(1), chat="one")
        wait_for_files(Path(keeping.folder), 1)
    with Engine(tmp_path / "engine.log") as engine:
        talk = Talk(engine)
        talk.load(keeping=keeping)
        again = [*chat_about(1), model(first.text), user(SEE)]
        answer = talk.ask(*again, chat="one")
        assert answer.stats.restored == "disk"
        assert answer.text == forgetful.ask(*again).text
        assert answer.stats.prompt_tokens - answer.stats.cached_tokens < 30
        assert answer.stats.encode_ms == 0, "the picture is in it"
        regenerated = talk.ask(*chat_about(1), chat="one")
        assert regenerated.text == first.text


def test_a_chat_that_was_left_is_saved_as_well(tmp_path: Path, keeping: Keeping) -> None:
    with Engine(tmp_path / "engine.log") as engine:
        talk = Talk(engine)
        talk.load(keeping=keeping)
        for number in range(3):
            talk.ask(*chat_about(number), chat=f"chat {number}")
        wait_for_files(Path(keeping.folder), 3)


def test_unloading_saves_first_and_frees_the_memory(tmp_path: Path, keeping: Keeping) -> None:
    with Engine(tmp_path / "engine.log") as engine:
        talk = Talk(engine)
        talk.load(keeping=keeping)
        first = talk.ask(*chat_about(1), chat="one")
        engine.send(Unload())
        talk.until(lambda event: isinstance(event, Unloaded))
        assert len(saved_files(Path(keeping.folder))) == 1
        assert talk.ask(user("Hello")).failure.code == "no_model"
        talk.load(keeping=keeping)
        again = talk.ask(*chat_about(1), chat="one")
        assert (again.stats.restored, again.text) == ("disk", first.text)


def test_a_forgotten_chat_leaves_no_file(tmp_path: Path, keeping: Keeping) -> None:
    folder = Path(keeping.folder)
    with Engine(tmp_path / "engine.log") as engine:
        talk = Talk(engine)
        talk.load(keeping=keeping)
        talk.ask(*chat_about(1), chat="one")
        wait_for_files(folder, 1)
        engine.send(Forget("one"))
        talk.ask(*chat_about(2), chat="two")
        wait_for_files(folder, 1)
        talk.ask(*chat_about(2), chat="two")  # Forget has been carried out by now
        assert len(saved_files(folder)) == 1
        assert talk.ask(*chat_about(1), chat="one").stats.restored == "none"


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "other context"])
def test_a_file_that_can_not_be_trusted_is_not_loaded(
    tmp_path: Path, keeping: Keeping, damage: str
) -> None:
    with Engine(tmp_path / "engine.log") as engine:
        talk = Talk(engine)
        talk.load(keeping=keeping)
        talk.ask(*chat_about(1), chat="one")
        wait_for_files(Path(keeping.folder), 1)
    (path,) = saved_files(Path(keeping.folder))
    data = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "flipped":
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    elif damage == "empty":
        path.write_bytes(b"")
    with Engine(tmp_path / "engine.log") as engine:
        talk = Talk(engine)
        talk.load(keeping=keeping, context=2048 if damage == "other context" else 4096)
        answer = talk.ask(*chat_about(1), chat="one")
        assert (answer.stats.restored, right(answer)) == ("none", True)


@pytest.fixture(scope="module", params=["edge", "dense", "moe"])
def shape(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model of each kind."""
    path = tmp_path_factory.mktemp("shapes") / "model.gguf"
    tiny_gemma4.write_model(path, request.param)
    return path


@pytest.fixture
def shaped(shape: Path, tmp_path: Path) -> Iterator[Talk]:
    """Each kind of Gemma 4 at work."""
    with Engine(tmp_path / "engine.log") as engine:
        talk = Talk(engine)
        talk.load(shape, None)
        yield talk


def test_every_kind_of_model_goes_on_as_if_nothing_had_been(shaped: Talk) -> None:
    ask = [user(LONG[:1500])]
    first = shaped.ask(*ask, chat="one", max_tokens=20)
    more = [*ask, model("Yes."), user("And?")]
    expected = shaped.ask(*more, chat="one", max_tokens=20)
    shaped.ask(user(f"Other. {LONG[:900]}"), chat="two", max_tokens=2)
    again = shaped.ask(*more, chat="one", max_tokens=20)
    assert again.stats.restored == "memory"
    assert again.text == expected.text
    assert shaped.ask(*ask, chat="one", max_tokens=20).text == first.text
