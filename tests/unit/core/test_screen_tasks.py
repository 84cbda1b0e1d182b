"""What a question about the screen is taken for."""

import pytest

from app.core import screen_tasks
from app.core.boxes import GRAMMAR
from app.core.screen_tasks import EXTRACT, READ, find, mark, task_for, translate
from app.engine.grammar import grammar_of


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("Where is the save button?", "the save button"),
        ("where are my downloads", "my downloads"),
        ("Find the price", "the price"),
        ("Find this button!", "this button"),
        ("Where is the way to the exit", "the way to the exit"),
        ("Wo ist der Knopf?", "der Knopf"),
        ("Où est le bouton ?", "le bouton"),
        ("¿Dónde está el botón?", "el botón"),
    ],
)
def test_a_question_for_a_place_is_answered_with_boxes(question: str, thing: str) -> None:
    assert task_for(question) == find(thing)
    assert thing in find(thing).prompt


@pytest.mark.parametrize(
    "question", ["Mark all links", "highlight every error.", "Markiere alle Daten"]
)
def test_all_of_a_kind_are_marked(question: str) -> None:
    task = task_for(question)
    assert task.kind == "mark"
    assert task.points


@pytest.mark.parametrize(
    "question",
    [
        "What is this?",
        "Why is it where it is?",
        "Mark my words",
        "finding",
        "",
        "Is there a way out?",
        "Where is this?",
        "Where was this taken?",
        "Where is this photo from?",
        "Where are we?",
        "Find out why it fails",
        "Find the sum of the prices",
        "Where is the error and how do I mend it?",
        "Where is the error? Explain it.",
        "Wo ist das?",
        "Zeige mir, wie das geht",
        "Mark all errors and tell me what they mean",
        "Find the price\nof the shoes",
    ],
)
def test_other_questions_stay_as_they_are(question: str) -> None:
    task = task_for(question)
    assert (task.kind, task.prompt, task.points) == ("free", question, False)


def test_quotes_can_not_end_what_is_looked_for() -> None:
    assert find('a "b" \n c').prompt.count('"') == 2
    assert mark('a "b"').prompt.count('"') == 2


def test_reading_wants_detail() -> None:
    assert all(task.reads for task in (READ, EXTRACT, translate("German")))
    assert "German" in translate("German").prompt
    assert not screen_tasks.EXPLAIN.reads


def test_the_engine_takes_the_grammar() -> None:
    assert grammar_of("", GRAMMAR) == GRAMMAR
