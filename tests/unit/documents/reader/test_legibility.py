"""Telling text from what only has the form of text."""

import base64
import random

import pytest

from app.documents.reader.legibility import legible, solid_characters

ENGLISH = (
    "The harbour master writes down each tide, and the lighthouse keeper reads it out to whoever "
    "comes by. Nobody knows since when it has been done, but there are books full of numbers in "
    "the cellar of the town hall."
)
GERMAN = (
    "Der Hafenmeister schreibt jede Flut auf, und der Wärter des Leuchtturms liest sie allen vor, "
    "die vorbeikommen. Niemand weiß, seit wann das so geschieht, aber es gibt Bücher voller Zahlen "
    "im Keller des Rathauses."
)
FRENCH = (
    "Le capitaine du port note chaque marée, et le gardien du phare la lit à haute voix à qui "
    "passe. Personne ne sait depuis quand cela se fait, mais des registres entiers de chiffres "
    "dorment à la cave de la mairie."
)
POLISH = (
    "Kapitan portu zapisuje każdy przypływ, a latarnik odczytuje go na głos każdemu, kto "
    "przechodzi. Nikt nie wie, od kiedy tak jest, ale w piwnicy ratusza leżą księgi pełne liczb."
)
FINNISH = (
    "Satamapäällikkö kirjaa jokaisen nousuveden, ja majakanvartija lukee sen ääneen jokaiselle "
    "ohikulkijalle. Kukaan ei tiedä, mistä lähtien niin on tehty, mutta kaupungintalon kellarissa "
    "on kirjoja täynnä lukuja."
)
CODE = "\n".join(
    f"    def read_{n}(self, path: Path) -> bytes:\n        return self._files[path.name][{n}:]"
    for n in range(8)
)
TABLE = "\n".join(f"{n:04d}  {n * 37.5:10.2f}  {n * 12:6d}  A-{n}" for n in range(40))
CONTENTS = "\n".join(f"Chapter {n} {'.' * 90} {n * 17}" for n in range(1, 20))
KEY = "\n".join(base64.b64encode(random.Random(n).randbytes(48)).decode("ascii") for n in range(20))
RUSSIAN = "Капитан порта записывает прилив, а смотритель маяка читает эти записи вслух." * 3
CHINESE = "港务长记下每一次潮汐。灯塔看守人把它读给每一个路过的人听。" * 5
ARABIC = "يسجل مدير الميناء كل مد، ويقرؤه حارس المنارة بصوت عال لكل من يمر." * 3


@pytest.mark.parametrize("text", [ENGLISH, GERMAN, FRENCH, POLISH, FINNISH, CODE])
def test_letters_that_make_words_are_surely_text(text: str) -> None:
    assert legible(text) is True
    assert legible(text.upper()) is True


@pytest.mark.parametrize(
    "text", [RUSSIAN, CHINESE, ARABIC, TABLE, CONTENTS, KEY, "", "A", "Figure 7"]
)
def test_what_can_not_be_told_is_not_called_garbage(text: str) -> None:
    assert legible(text) is not False


def shifted(text: str) -> str:
    """What is left where a font numbers its letters from 3."""
    return "".join(chr(ord(one) - 29) if one.isalpha() else one for one in text)


def mixed_up(text: str) -> str:
    """Every letter stands for another one."""
    letters = list("abcdefghijklmnopqrstuvwxyz")
    others = random.Random(7).sample(letters, 26)
    return text.lower().translate(str.maketrans("".join(letters), "".join(others)))


@pytest.mark.parametrize(
    "text",
    [
        shifted(ENGLISH),
        mixed_up(ENGLISH),
        mixed_up(GERMAN),
        RUSSIAN.encode("cp1251").decode("latin-1"),
        "\ue001\ue002\ue003 \ue004\ue005" * 9,
        "\ufffd\ufffd\ufffd a \ufffd\ufffd" * 9,
        "!\"#$%&'()*+,/:;<>?@" * 6,
        "\x01\x02\x03\x04\x05\x06" * 9,
    ],
)
def test_garbage_is_known(text: str) -> None:
    assert legible(text) is False


def test_leaders_and_spaces_are_not_solid() -> None:
    assert solid_characters("  Index ....... 12 \n\n") == 7
