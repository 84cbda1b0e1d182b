"""Chords are read, written and shown alike everywhere."""

import pytest
from PySide6.QtGui import QKeySequence

from app.core.settings import Settings
from app.desktop.hotkey.keys import NAMED_KEYS, Chord


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Ctrl+Shift+Space", "Ctrl+Shift+Space"),
        ("shift + CONTROL + space", "Ctrl+Shift+Space"),
        ("Super+a", "Meta+A"),
        ("Win+PageUp", "Meta+PgUp"),
        ("Ctrl++", "Ctrl++"),
        ("Ctrl+Plus", "Ctrl++"),
        ("Alt+Option+Enter", "Alt+Return"),
        ("print", "Print"),
        ("f13", "F13"),
        ("Ctrl+ä", "Ctrl+Ä"),
        ("Ctrl+ß", "Ctrl+ß"),
        ("Ctrl+ж", "Ctrl+Ж"),
        ("Ctrl+,", "Ctrl+,"),
    ],
)
def test_a_chord_is_read_and_written(text: str, canonical: str) -> None:
    chord = Chord.parse(text)
    assert str(chord) == canonical
    assert Chord.parse(str(chord)) == chord


@pytest.mark.parametrize("text", ["", "Ctrl+", "Ctrl+Nonsense", "Hyper+A", "Ctrl+Shift", "+A", " "])
def test_what_names_no_chord_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        Chord.parse(text)


@pytest.mark.parametrize("key", [*NAMED_KEYS, *"AZ09,./;'[]\\-=`+"])
def test_qt_knows_every_key_by_the_same_name(key: str) -> None:
    chord = Chord.parse(f"Ctrl+Shift+{key}")
    assert str(Chord.parse(QKeySequence(str(chord)).toString())) == str(chord)


def test_modifiers_stand_in_the_order_of_qt() -> None:
    chord = Chord.parse("Shift+Alt+Ctrl+Meta+F5")
    assert QKeySequence(str(chord)).toString() == str(chord) == "Meta+Ctrl+Alt+Shift+F5"


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("Ctrl+A", True),
        ("Alt+Shift+A", True),
        ("Meta+Space", True),
        ("F9", True),
        ("Shift+F9", True),
        ("Print", True),
        ("A", False),
        ("Shift+A", False),
        ("Space", False),
        ("Return", False),
    ],
)
def test_what_writes_something_needs_a_modifier(text: str, usable: bool) -> None:
    assert Chord.parse(text).usable == usable


@pytest.mark.parametrize(
    ("system", "shown"),
    [("linux", "Super Ctrl Shift K"), ("win32", "Win Ctrl Shift K"), ("darwin", "⌃⇧⌘K")],
)
def test_people_read_what_is_printed_on_their_keys(system: str, shown: str) -> None:
    assert Chord.parse("Ctrl+Shift+Meta+K").for_people(system) == shown


def test_the_default_is_a_good_one() -> None:
    default = Chord.parse(Settings().hotkey)
    assert default.usable
    assert default.for_people("linux") == "Ctrl Shift Space"
