import pytest

from app.core.reading.tasks import DocumentTask, task_for, words


@pytest.mark.parametrize(
    ("typed", "task"),
    [
        ("Summarise this", DocumentTask("summarise")),
        ("summarize the attached document briefly", DocumentTask("summarise", "short")),
        ("Please give me a detailed summary of the report.", DocumentTask("summarise", "detailed")),
        ("TL;DR", DocumentTask("summarise", "short")),
        ("What is this about?", DocumentTask("summarise")),
        ("Fasse das Dokument zusammen", DocumentTask("summarise")),
        ("Fass mir diesen Bericht bitte kurz zusammen.", DocumentTask("summarise", "short")),
        ("Zusammenfassung", DocumentTask("summarise")),
        ("Worum geht es hier?", DocumentTask("summarise")),
        ("Summarise this in German", DocumentTask("summarise", language="German")),
        ("key points", DocumentTask("points")),
        ("What are the main points of this paper?", DocumentTask("points")),
        ("Nenne mir die wichtigsten Punkte", DocumentTask("points")),
        ("Questions and answers", DocumentTask("questions")),
        ("Compare these documents", DocumentTask("compare")),
        ("Explain this code base", DocumentTask("explain")),
        ("translate this into French", DocumentTask("translate", language="French")),
        ("Übersetze das Dokument ins Englische", DocumentTask("translate", language="English")),
        ("Transcribe the recording", DocumentTask("transcribe")),
    ],
)
def test_what_means_a_preset_is_one(typed: str, task: DocumentTask) -> None:
    assert task_for(typed) == task
    assert task_for(typed).needs_all


@pytest.mark.parametrize(
    "typed",
    [
        "What does chapter 3 say about taxes?",
        "Summarise what the author thinks of whales",
        "How long is the river in the report?",
        "Fasse zusammen, was auf Seite 3 steht",
        "Translate the second paragraph into French",
        "Translate this",  # into what?
        "Is this true?",
        "",
    ],
)
def test_what_asks_for_something_is_a_question(typed: str) -> None:
    assert task_for(typed) == DocumentTask("ask", question=typed)
    assert not task_for(typed).needs_all


def test_the_model_is_asked_for_the_length_the_marks_and_the_language() -> None:
    asked = words(DocumentTask("summarise", "short", "German", "Leave out the appendix."))
    assert asked.startswith("Summarise this document in 3 to 5 sentences")
    assert "mark of its page" in asked
    assert "Leave out the appendix." in asked
    assert asked.endswith("Write in German.")
    assert "these documents" in words(DocumentTask("points"), documents=2)
    assert words(DocumentTask("points")).endswith("Write in the language of the document.")
    assert words(DocumentTask("translate", language="Polish")).startswith("Translate this document")
    assert words(DocumentTask("ask", question=" Why? ")) == "Why?"
