"""Colours of code: the same however it arrives, and never an error."""

import pytest

from app.ui.transcript.highlight import Coloring, find_lexer, runs, title

PYTHON = '''\
import os


class Thing(Base):
    """Several
    lines"""

    def go(self, x: int = 3) -> str:
        # a comment
        return f"{x!r}" + call(None)
'''


def colored(language: str, text: str) -> set[tuple[str, str]]:
    """Each coloured piece of ``text`` with its colour."""
    lexer = find_lexer(language)
    assert lexer is not None
    return {(text[run[0] : run[1]], run[2]) for run in runs(lexer, text) if run is not None}


def whole(language: str, text: str) -> list[tuple[int, int, str]]:
    coloring = Coloring(language)
    coloring.begin_whole(text)
    while (found := coloring.go_on(10)) is None:
        pass
    return found


def test_what_gets_which_colour() -> None:
    pieces = colored("python", PYTHON)
    assert {
        ("import", "c-kw"),
        ("Thing", "c-fn"),
        ("go", "c-fn"),
        ("call", "c-fn"),
        ("3", "c-num"),
        ("None", "c-num"),
        ("# a comment", "c-com"),
    } <= pieces
    assert not any(text in ("self", "Base", "x") for text, _ in pieces)


def test_a_comment_at_the_very_end_is_one() -> None:
    assert ("# x", "c-com") in colored("bash", "ls # x")


@pytest.mark.parametrize("size", [1, 5, 40])
def test_growing_code_has_the_colours_of_the_whole(size: int) -> None:
    coloring = Coloring("python")
    shown: list[tuple[int, int, str]] = []
    for end in range(size, len(PYTHON) + size, size):
        start, found = coloring.grow(PYTHON[:end])
        shown = [run for run in shown if run[1] <= start] + found
    assert shown == whole("python", PYTHON)


def test_growing_code_is_not_read_from_its_beginning_again() -> None:
    coloring = Coloring("json")
    text = ""
    starts = []
    for number in range(400):
        text += f'    "{number}": [1, 2, null],\n'
        starts.append(coloring.grow(text)[0])
    assert len(text) - starts[-1] < 3000


@pytest.mark.parametrize("language", ["", "text", "no-such-language", "🙂", "py"])
def test_any_language_will_do(language: str) -> None:
    coloring = Coloring(language)
    assert coloring.possible is (language == "py")
    coloring.grow("x = 1")
    coloring.begin_whole("x = 1")
    while coloring.go_on(10) is None:
        pass


def test_titles() -> None:
    assert title("python") == "Python"
    assert title("js") == "JavaScript"
    assert title("cpp") == "C++"
    assert title("no-such-language") == "no-such-language"
    assert title("") == ""
