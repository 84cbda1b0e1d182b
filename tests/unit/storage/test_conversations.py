"""Conversations: turns, retries, drafts, deletion, recovery, search."""

import sqlite3
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.conversation import (
    Audio,
    Document,
    Frame,
    Image,
    Message,
    Outcome,
    Part,
    Role,
    Stats,
    Text,
    Video,
)
from app.storage.conversations import Conversations, DraftContent, Entry
from app.storage.database import Database
from tests.unit.storage.test_database import AGES

PICTURE = Image("a" * 64, "chart.png", "image/png", 40, 30, 280)
SOUND = Audio("b" * 64, "memo.wav", "audio/wav", 2.5)
FILE = Document("c" * 64, "notes.txt", "text/plain", "Buy milk.")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database.open(tmp_path / "facet.db")
    yield database
    database.close()


@pytest.fixture
def store(database: Database) -> Conversations:
    return Conversations(database)


def asked(identity: str, words: str, *attachments: Image | Audio | Document) -> Entry:
    return Entry(identity, Message(Role.USER, (*attachments, Text(words))))


def writing(identity: str, words: str = "") -> Entry:
    parts = (Text(words),) if words else ()
    return Entry(identity, Message(Role.ASSISTANT, parts, outcome=Outcome.WRITING))


def answered(identity: str, words: str) -> Entry:
    return Entry(
        identity, Message(Role.ASSISTANT, (Text(words),), model="mini", stats=Stats(12, 3, 4, 5.5))
    )


def add(
    store: Conversations, chat: str, title: str, *turns: tuple[str, str], first: int = 0
) -> str | None:
    parent: str | None = None
    for number, (question, answer) in enumerate(turns, first):
        one, two = f"{chat}-q{number}", f"{chat}-a{number}"
        store.add_turn(chat, title, parent, asked(one, question), writing(two))
        store.write_answer(answered(two, answer))
        parent = two
    return parent


def ids(store: Conversations, chat: str) -> list[str]:
    found = store.load(chat)
    assert found is not None
    return [stored.id for stored in found.messages]


def test_messages_come_back_as_they_were(store: Conversations) -> None:
    question = asked("q", "What is this?", PICTURE, SOUND, FILE)
    answer = Entry(
        "a",
        Message(
            Role.ASSISTANT,
            (Text("A **chart** 📈 – «ça»."),),
            thought="Let me look.",
            outcome=Outcome.LENGTH,
            model="gemma-4-e4b",
            stats=Stats(300, 200, 40, 612.5, 55.25, 14.5, 6000.0, 340, 8192, 2),
        ),
    )
    store.add_turn("c", "What is this?", None, question, writing("a"))
    store.write_answer(answer)
    found = store.load("c")
    assert found is not None
    assert found.title == "What is this?"
    assert found.messages == (question, answer)
    assert store.load("other") is None


def test_a_conversation_that_was_kept_nowhere_is_added_as_it_is(
    store: Conversations, database: Database
) -> None:
    said = (
        asked("q0", "What is this?", PICTURE),
        answered("a0", "A chart."),
        asked("q1", "And that?"),
        writing("a1", "Another"),
    )
    store.add_conversation("c", "What is this?", said)
    found = store.load("c")
    assert found is not None
    assert (found.title, found.messages) == ("What is this?", said)
    assert store.blobs_in_use() == {PICTURE.blob}
    store.write_answer(answered("a1", "Another one."))
    store.add_turn("c", "ignored", "a1", asked("q2", "Fine"), writing("a2"))
    assert ids(store, "c") == ["q0", "a0", "q1", "a1", "q2", "a2"]
    assert [one.id for one in store.search("another")] == ["c"]
    with pytest.raises(sqlite3.IntegrityError):
        store.add_conversation("c", "Again", said)
    assert database.query("SELECT count(*) FROM conversations")[0][0] == 1


def test_the_list_is_newest_first(store: Conversations, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10**9, 10**9 + 100))
    monkeypatch.setattr(time, "time_ns", lambda: next(clock) * 1_000_000_000)
    add(store, "one", "One", ("a", "b"))
    add(store, "two", "Two", ("a", "b"))
    assert [summary.id for summary in store.summaries()] == ["two", "one"]
    store.add_turn("one", "ignored", "one-a0", asked("q", "more"), writing("a"))
    assert [summary.title for summary in store.summaries()] == ["One", "Two"]
    store.rename("two", "Deux")
    assert [summary.title for summary in store.summaries()] == ["One", "Deux"]
    assert store.summaries()[0].updated.timestamp() > store.summaries()[1].updated.timestamp()
    assert store.summaries()[0].updated.utcoffset() is not None


def test_a_retried_answer_is_a_sibling(store: Conversations, database: Database) -> None:
    add(store, "c", "C", ("one", "first"), ("two", "second"), ("three", "third"))
    store.add_retry("c", "c-a1", writing("again"))
    assert ids(store, "c") == ["c-q0", "c-a0", "c-q1", "again"]
    store.add_retry("c", "again", writing("and again"))
    assert ids(store, "c") == ["c-q0", "c-a0", "c-q1", "and again"]
    siblings = database.query("SELECT id FROM messages WHERE parent = 'c-q1' ORDER BY id")
    assert [row["id"] for row in siblings] == ["again", "and again", "c-a1"]
    assert database.query("SELECT count(*) FROM messages")[0][0] == 8


def test_deleting_can_be_undone_until_it_is_final(store: Conversations, database: Database) -> None:
    add(store, "c", "C", ("one", "first"))
    add(store, "d", "D", ("one", "first"))
    store.save_draft("c", DraftContent("more"))
    store.delete("c")
    assert [summary.id for summary in store.summaries()] == ["d"]
    assert store.load("c") is None
    assert store.search("first")[0].id == "d"
    store.restore("c")
    assert ids(store, "c") == ["c-q0", "c-a0"]
    assert store.load_draft("c").text == "more"

    store.purge("c")
    assert store.load("c") is not None, "what is not deleted is never purged"
    store.delete("c")
    store.purge("c")
    store.restore("c")
    assert store.load("c") is None
    assert database.query("SELECT id FROM messages WHERE conversation = 'c'") == []
    assert database.query("SELECT * FROM drafts") == []

    store.delete("d")
    store.purge_deleted()
    assert database.query("SELECT id FROM messages") == []


def test_a_very_long_conversation(store: Conversations) -> None:
    turns = [(f"question {number}", f"answer {number}") for number in range(1500)]
    store_many(store, "c", turns)
    found = store.load("c")
    assert found is not None
    assert [stored.message.text for stored in found.messages[-2:]] == [
        "question 1499",
        "answer 1499",
    ]
    assert len(found.messages) == 3000
    store.delete("c")
    store.purge("c")
    assert store.load("c") is None


def store_many(store: Conversations, chat: str, turns: list[tuple[str, str]]) -> None:
    parent = None
    for number, (question, answer) in enumerate(turns):
        answer_id = f"{chat}-a{number}"
        store.add_turn(
            chat, chat, parent, asked(f"{chat}-q{number}", question), answered(answer_id, answer)
        )
        parent = answer_id


def test_writing_to_a_purged_conversation_does_nothing(store: Conversations) -> None:
    add(store, "c", "C", ("one", "first"))
    store.delete("c")
    store.purge("c")
    store.write_answer(answered("c-a0", "late"))
    assert store.load("c") is None


def test_an_answer_that_was_cut_off_by_a_crash(store: Conversations) -> None:
    store.add_turn("c", "C", None, asked("q", "Count."), writing("a"))
    store.write_answer(writing("a", "one two three"))
    store.add_turn("d", "D", None, asked("q2", "Hello"), writing("a2"))
    add(store, "e", "E", ("one", "first"))

    assert set(store.recover()) == {"c", "d"}
    found = store.load("c")
    assert found is not None
    message = found.messages[-1].message
    assert message.outcome is Outcome.FAILED
    assert message.text == "one two three"
    assert "The 3 words above were kept." in message.error
    assert "Retry" in message.error
    empty = store.load("d")
    assert empty is not None
    assert "kept" not in empty.messages[-1].message.error
    assert store.recover() == ()


def test_drafts(store: Conversations) -> None:
    draft = DraftContent("half a thou", (PICTURE, FILE), True)
    store.save_draft("new", draft)
    assert store.load_draft("new") == draft
    assert store.load_draft("other") == DraftContent()
    assert store.unsent_chat() == "new"
    store.save_draft("new", DraftContent())
    assert store.unsent_chat() is None
    store.save_draft("new", draft)
    store.add_turn("new", "N", None, asked("q", "thought"), writing("a"))
    assert store.load_draft("new") == DraftContent(), "sent is no draft any more"


def test_only_the_newest_unsent_chat_is_kept(store: Conversations, database: Database) -> None:
    add(store, "c", "C", ("one", "first"))
    for name in ("x", "y", "c", "z"):
        store.save_draft(name, DraftContent(name))
    assert store.unsent_chat() == "z"
    assert {row[0] for row in database.query("SELECT conversation FROM drafts")} == {"c", "z"}


def test_blobs_in_use(store: Conversations) -> None:
    store.add_turn("c", "C", None, asked("q", "Look", PICTURE, PICTURE), writing("a"))
    store.save_draft("c", DraftContent("", (SOUND,)))
    assert store.blobs_in_use() == {PICTURE.blob, SOUND.blob}
    store.delete("c")
    assert PICTURE.blob in store.blobs_in_use(), "it can still come back"
    store.purge("c")
    assert store.blobs_in_use() == frozenset()


def test_a_film_needs_its_pictures_and_its_sound(store: Conversations) -> None:
    frames = tuple(Frame(sign * 64, float(i), 320, 240) for i, sign in enumerate("cde"))
    film = Video("f" * 64, "film.mp4", "video/mp4", 3.0, frames, SOUND)
    wanted = {film.blob, SOUND.blob, *(frame.blob for frame in frames)}
    store.save_draft("d", DraftContent("", (film,)))
    assert store.blobs_in_use() == wanted
    store.add_turn("d", "D", None, asked("q", "What happens?", film), writing("a"))
    store.save_draft("d", DraftContent())
    assert store.blobs_in_use() == wanted
    loaded = store.load("d")
    assert loaded is not None
    assert loaded.messages[0].message.attachments == (film,)


def test_search(store: Conversations) -> None:
    add(store, "tides", "Why two tides", ("Why two a day?", "The Moon pulls at both sides."))
    add(store, "bread", "Sourdough", ("Half of it, for a GROSSE Form", "Use 250 g flour."))
    store.add_turn("pic", "Chart", None, asked("q", "Größe?", PICTURE), answered("a", "Ещё раз"))

    def found(text: str) -> set[str]:
        return {summary.id for summary in store.search(text)}

    assert found("tides") == {"tides"}
    assert found("MOON both") == {"tides"}
    assert found("moon flour") == set()
    assert found("sourdough 250") == {"bread"}, "title and words together"
    assert found("GRÖSSE") == {"pic"}, "case folds as in German"
    assert found("gro\u0308ße") == {"pic"}, "accents may be coded apart"
    assert found("ЕЩЁ") == {"pic"}
    assert found("chart.png") == {"pic"}
    assert found("100%") == set()
    assert found("_") == set()
    assert found("") == {"tides", "bread", "pic"}


def test_search_looks_at_what_is_shown(store: Conversations) -> None:
    add(store, "c", "C", ("one", "walnut"), ("two", "hazelnut"))
    store.add_retry("c", "c-a0", answered("again", "almond"))
    assert [len(store.search(word)) for word in ("walnut", "hazelnut", "almond")] == [0, 0, 1]


def test_reads_what_an_older_version_wrote(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "old.db")
    connection.executescript(AGES["0001-conversations"])
    connection.close()
    database = Database.open(tmp_path / "old.db")
    store = Conversations(database)
    found = store.load("c1")
    assert found is not None
    question, answer = (stored.message for stored in found.messages)
    assert question.attachments[0].name == "a.png"
    assert question.text == "Why two tides?"
    assert (answer.text, answer.thought, answer.model) == ("The Moon pulls.", "hm", "mini")
    assert answer.stats == Stats(prompt_tokens=12, answer_tokens=4)
    assert store.load_draft("c1").text == "And the Sun?"
    assert [summary.id for summary in store.search("moon")] == ["c1"]
    database.close()


texts = st.text(st.characters(exclude_categories=("Cs",)))
parts = st.one_of(
    st.builds(Text, texts),
    st.builds(Image, texts, texts, texts, st.integers(1, 9999), st.integers(1, 9999)),
    st.builds(Audio, texts, texts, texts, st.floats(0, 1e6)),
    st.builds(Document, texts, texts, texts, texts),
)


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conversations]:
    database = Database.open(tmp_path_factory.mktemp("shared") / "facet.db")
    yield Conversations(database)
    database.close()


@given(content=st.lists(parts, max_size=5), title=texts, thought=texts, query=texts)
@settings(deadline=None, max_examples=60)
def test_any_message_comes_back(
    shared_store: Conversations, content: list[Part], title: str, thought: str, query: str
) -> None:
    chat, first, second = (uuid.uuid4().hex for _ in range(3))
    question = Entry(first, Message(Role.USER, tuple(content)))
    answer = Entry(second, Message(Role.ASSISTANT, tuple(content), thought=thought))
    shared_store.add_turn(chat, title, None, question, answer)
    found = shared_store.load(chat)
    assert found is not None
    assert (found.title, found.messages) == (title, (question, answer))
    shared_store.search(query)
    words = {word for part in content if isinstance(part, Text) for word in part.text.split()}
    for word in sorted(words)[:3]:
        assert chat in {summary.id for summary in shared_store.search(word)}


def test_going_back_hides_a_question_and_what_followed(store: Conversations) -> None:
    add(store, "c", "Fruit", ("apple", "red"), ("pear", "green"))
    store.go_back("c", "c-q1")
    assert ids(store, "c") == ["c-q0", "c-a0"]
    assert store.search("pear") == ()
    store.go_back("c", "c-q0")
    assert ids(store, "c") == []
    assert [chat.title for chat in store.summaries()] == ["Fruit"]
    assert [chat.title for chat in store.search("fruit")] == ["Fruit"]
    store.add_turn("c", "Fruit", None, asked("q", "plum"), answered("a", "blue"))
    assert ids(store, "c") == ["q", "a"]
