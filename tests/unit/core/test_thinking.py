"""What is thought about before it is answered, and what is not."""

from typing import Literal

import pytest

from app.core.conversation import (
    Audio,
    Document,
    Frame,
    Image,
    Message,
    Part,
    Reading,
    Role,
    Stats,
    Text,
    Video,
)
from app.core.document import Coverage
from app.core.thinking import ThoughtSwitch, wants_thought

PLAIN = [
    "",
    "Hello",
    "Hallo, wie geht's?",
    "Thanks!",
    "What is the capital of Peru?",
    "Who wrote Faust?",
    "Wann wurde Goethe geboren?",
    "Quelle est la capitale du Pérou ?",
    "¿Quién pintó el Guernica?",
    "How old is the universe?",
    "What is 42 in Roman numerals?",
    "The meeting is on 12/05/2026, 10-11. Is that a Tuesday?",
    "Translate into German: Why is the sky blue?",
    "Please translate this to French: prove it, step by step",
    "Übersetze ins Englische: Warum ist der Himmel blau?",
    "Traduis en anglais : pourquoi le ciel est-il bleu ?",
    "Traduce al inglés: ¿por qué el cielo es azul?",
    "Summarize this article: Why 3 + 4 = 7 is hard to prove …",
    "Can you summarise the debugging session below?",
    "TL;DR of the comparison below",
    "Fasse den Text zusammen: Warum Rätsel Spaß machen",
    "Résume ce texte : pourquoi …",
    "Resume este texto: por qué …",
    "Transcribe the following speech segment in English into English text.",
    "Transkribiere die Aufnahme.",
    "Transcris cet enregistrement.",
    "Transcribe la grabación.",
    "Read the text in this picture",
    "What does the sign say?",
    "Was steht auf dem Schild?",
    "Que dit le panneau ?",
    "¿Qué dice el cartel?",
    "Lies vor, was hier steht",
    "Extract the text",
    "Rewrite this more politely: I can't figure out why it fails",
    "Fix the grammar: he solve the equation",
    "Formuliere das höflicher: Das funktioniert nicht",
    "Corrige les fautes : je résoud l'équation",
    "Reescribe esto: no funciona",
    "Write a poem about the sea",
    "Schreib eine Geschichte über einen Hund",
    "Write a short thank-you note to my landlord",
    "List five Italian dishes",
]
REASONING = [
    "Why is the sky blue?",
    "Warum ist der Himmel blau?",
    "Pourquoi le ciel est-il bleu ?",
    "¿Por qué el cielo es azul?",
    "Prove that the square root of 2 is irrational.",
    "Beweise, dass es unendlich viele Primzahlen gibt.",
    "Démontre que racine de 2 est irrationnelle.",
    "Demuestra que hay infinitos números primos.",
    "What is 17 * 23 + 4?",
    "Solve x^2 - 5x + 6 = 0",
    "Was ist 17 × 23?",
    "A train leaves at 9 and travels 80 km at 40 km/h. How long does it take?",
    "Anna hat 3 Äpfel und kauft 4 dazu. Wie viele hat sie?",
    "Paul a 12 billes et en perd 5. Combien en reste-t-il ?",
    "Ana tiene 3 manzanas y compra 4. ¿Cuántas tiene?",
    "Compare heat pumps and gas boilers for an old house",
    "Vergleiche Python und Rust für ein kleines Werkzeug",
    "Compare ces deux contrats",
    "What are the pros and cons of renting?",
    "Plan a three-day trip to Rome for two",
    "Planifie un voyage de trois jours",
    "Think carefully: which door hides the car?",
    "Here is my function, it doesn't work:\n```\ndef f(x): return y\n```",
    "What happens here?\n```python\nprint([1,2,3][::-1])\n```",
    "I get a KeyError in this line. Any idea?\nTraceback (most recent call last): …",
    "Der Code funktioniert nicht, wo liegt der Fehler?",
    "Seat five guests: Ann must sit without Bob beside her, Carl at least two seats from Dora.",
    "Erkläre Schritt für Schritt, wie man eine Matrix invertiert",
    "Solve this riddle: what has keys but no locks?",
    "Optimise this query for a large table",
    "What is the time complexity of heap sort?",
]


@pytest.mark.parametrize("text", PLAIN)
def test_without_a_thought(text: str) -> None:
    assert not wants_thought(text)


@pytest.mark.parametrize("text", REASONING)
def test_with_a_thought(text: str) -> None:
    assert wants_thought(text)


@pytest.mark.parametrize("kind", ["image", "audio", "document"])
def test_what_comes_with_a_question_is_mostly_looked_at(kind: str) -> None:
    assert not wants_thought("", [kind])
    assert not wants_thought("What do you see?", [kind])
    assert not wants_thought("How many people are in 1 of the 2 pictures?", [kind])
    assert wants_thought("Why is this wrong?", [kind])


def test_case_and_apostrophes_make_no_difference() -> None:
    assert wants_thought("WHY?")
    assert wants_thought("It doesn’t work")


def test_what_is_wanted_with_a_long_text_stands_at_its_ends() -> None:
    long = "lorem ipsum " * 100_000
    assert not wants_thought(f"{long} why, he asked {long}")
    assert wants_thought(f"Why is this wrong? {long}")
    assert wants_thought(f"{long} Why is this wrong?")


# -- where the switch stands ----------------------------------------------------------------------

QUICK, SLOW = 1000.0, 20.0  # tokens read in a second


def said(text: str, *parts: Part) -> Message:
    return Message(Role.USER, (*parts, Text(text)) if text else parts)


def answered(thought: str = "", used: int = 2000) -> Message:
    stats = Stats(context_used=used, context_size=8192)
    return Message(Role.ASSISTANT, (Text("So it is."),), thought, stats=stats)


PICTURE = Image("b", "a.png", "image/png", 480, 480, 100)
WHY = "Why does this happen?"
PLAIN_ONE = "Describe this."


def test_a_new_chat_thinks_where_the_question_is_worth_it() -> None:
    assert ThoughtSwitch().settle([said(WHY)]) is True
    assert ThoughtSwitch().settle([said(PLAIN_ONE)]) is False
    assert ThoughtSwitch().settle([said("", PICTURE)]) is False
    assert ThoughtSwitch().settle([said("How many times 3 is 12?", PICTURE)]) is False


def test_what_the_person_has_chosen_holds() -> None:
    switch = ThoughtSwitch()
    assert switch.settle([said(PLAIN_ONE)], True) is True
    assert switch.settle([said(WHY)], False, speed=SLOW) is False
    chat = [said(WHY), answered(), said(WHY)]
    assert switch.settle(chat, speed=SLOW) is False, "this is how it has been read"


@pytest.mark.parametrize(("speed", "thinks"), [(QUICK, True), (SLOW, False)])
def test_a_long_chat_is_read_anew_only_if_that_is_quick(speed: float, thinks: bool) -> None:
    path = [said(PLAIN_ONE), answered(), said(WHY)]
    assert ThoughtSwitch().settle(path, speed=speed) is thinks
    path = [said(WHY), answered("Hm."), said(PLAIN_ONE)]
    assert ThoughtSwitch().settle(path, speed=speed) is not thinks


def test_what_is_read_ahead_stays_while_more_is_typed() -> None:
    switch = ThoughtSwitch()
    document = Document("b", "a.txt", "text/plain", "word " * 4000)
    assert switch.settle([said("", document)], speed=SLOW) is False
    assert switch.settle([said("Why", document)], read=3000, speed=SLOW) is False
    assert switch.settle([said(WHY, document)], read=5000, speed=SLOW, sending=True) is False


def test_it_may_turn_as_long_as_hardly_anything_has_been_read() -> None:
    switch = ThoughtSwitch()
    document = Document("b", "a.txt", "text/plain", "word " * 4000)
    assert switch.settle([said("", document)], speed=SLOW) is False
    assert switch.settle([said("Why", document)], read=100, speed=SLOW) is True


def test_at_sending_it_is_turned_only_for_less() -> None:
    five_seconds = round(5 * SLOW)
    ahead = ThoughtSwitch()
    ahead.settle([said("", PICTURE)], speed=SLOW)
    asked = [said(WHY, PICTURE)]
    assert ahead.settle(asked, read=five_seconds, speed=SLOW, sending=True) is False
    ahead.settle([said("", PICTURE)], speed=SLOW)
    assert ahead.settle(asked, read=five_seconds, speed=SLOW) is True
    not_ahead = ThoughtSwitch()
    not_ahead.settle([said(PLAIN_ONE, PICTURE)], speed=SLOW, sending=True)
    assert not_ahead.settle(asked, read=five_seconds, speed=SLOW, sending=True) is True


def test_the_tokens_of_what_was_never_counted_are_guessed() -> None:
    switch = ThoughtSwitch()
    sound = Audio("b", "a.wav", "audio/wav", 30.0)
    earlier = [said("Look", PICTURE, sound), Message(Role.ASSISTANT, (Text("word " * 800),))]
    assert switch.settle([*earlier, said(WHY)], speed=SLOW) is False
    assert ThoughtSwitch().settle([*earlier, said(WHY)], speed=QUICK) is True


def test_notes_on_documents_are_no_thought() -> None:
    document = Document("b", "a.pdf", "application/pdf", pages=90, tokens=50_000, how="search")
    notes = Reading((Coverage("a.pdf", "b", "page", 90, how="sections"),))
    path = [said(WHY, document), Message(Role.ASSISTANT, (Text("So."), notes), thought="- Noted.")]
    assert ThoughtSwitch().settle([*path, said(PLAIN_ONE)], speed=SLOW) is False


@pytest.mark.parametrize(("how", "thinks"), [("whole", False), ("search", True)])
def test_pages_count_where_they_stand_in_the_chat(
    how: Literal["whole", "search"], thinks: bool
) -> None:
    document = Document("b", "a.pdf", "application/pdf", pages=90, tokens=50_000, how=how)
    path = [said(PLAIN_ONE, document), answered(used=0), said(WHY)]
    assert ThoughtSwitch().settle(path, speed=QUICK) is thinks


def test_a_film_is_long() -> None:
    film = Video("b", "a.mp4", "video/mp4", 60, tuple(Frame("f", n, 64, 64) for n in range(60)))
    path = [said(PLAIN_ONE, film), answered(used=0), said(WHY)]
    assert ThoughtSwitch().settle(path, speed=SLOW) is False
