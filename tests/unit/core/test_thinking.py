"""What is thought about before it is answered, and what is not."""

import pytest

from app.core.thinking import wants_thought

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
