"""Tasks about sounds: what is offered, how they read in the chat, what the model gets."""

import pytest

from app.core.conversation import Audio, Document, Image, Message, Part, Role, Text
from app.core.reading.tasks import DocumentTask, Length
from app.core.speech import prompts
from app.session.asking import question_of
from app.session.document_tasks import in_full, presets
from app.storage.conversations import DraftContent

SOUND = Audio("a" * 64, "note.wav", "audio/wav", 4.0)
PICTURE = Image("b" * 64, "p.png", "image/png", 40, 30)
PAPER = Document("c" * 64, "p.pdf", "application/pdf", pages=3)


def asked(task: DocumentTask, typed: str = "") -> Message:
    return question_of(DraftContent(typed, (SOUND,)), task)


def got(message: Message) -> str:
    """What the model reads."""
    return in_full((message,))[0].text


@pytest.mark.parametrize(
    ("parts", "kinds"),
    [
        ((SOUND,), ["transcribe", "translate", "summarise", "ask"]),
        ((SOUND, SOUND), ["transcribe", "translate", "summarise", "ask"]),
        ((SOUND, PICTURE), []),
        ((), []),
    ],
)
def test_what_is_offered(parts: tuple[Part, ...], kinds: list[str]) -> None:
    assert [task.kind for task in presets(parts)] == kinds


def test_documents_are_asked_about_as_documents() -> None:
    assert "points" in [task.kind for task in presets((SOUND, PAPER))]


def test_each_stands_as_its_title_and_is_read_as_its_prompt() -> None:
    question = asked(DocumentTask("transcribe"))
    assert question.text == "Write down the recording"
    assert got(question) == prompts.transcribe()
    question = asked(DocumentTask("translate", language="German"))
    assert question.text == "Translate the recording into German"
    assert got(question) == prompts.translate("German")
    question = asked(DocumentTask("summarise"), "Two sentences.")
    assert question.text == "Summarise the recording\n\nTwo sentences."
    assert got(question).startswith("Summarise what is said")
    assert got(question).endswith("\n\nTwo sentences.")


@pytest.mark.parametrize("length", ["short", "standard", "detailed"])
def test_summaries_of_every_length(length: Length) -> None:
    how = {
        "short": "one sentence",
        "standard": "a few sentences",
        "detailed": "detail and in order",
    }
    prompt = got(asked(DocumentTask("summarise", length)))
    assert prompt.startswith(f"Summarise what is said in the recording in {how[length]}")


def test_what_is_only_to_be_answered_has_no_words() -> None:
    assert asked(DocumentTask("ask")).text == ""
    assert asked(DocumentTask("ask"), "Who speaks?").text == "Who speaks?"


def test_other_words_stay_as_they_were_typed() -> None:
    typed = Message(Role.USER, (SOUND, Text("Write down the recording of March")))
    assert got(typed) == "Write down the recording of March"
    bare = Message(Role.USER, (Text("Write down the recording"),))
    assert got(bare) == "Write down the recording"
