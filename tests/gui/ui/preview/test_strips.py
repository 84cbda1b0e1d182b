"""How the text of a page is cut, and how places in it are found again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.document import Page
from app.ui.preview.strips import (
    MOST_LINES,
    MOST_ROWS,
    Line,
    Strip,
    find_passage,
    language_of,
    line_range,
    strips_of,
)


def lines_of(strips: tuple[Strip, ...]) -> list[Line]:
    return [line for strip in strips for line in strip.lines]


def shown_of(strips: tuple[Strip, ...]) -> list[Line]:
    """Everything that is shown, cells of tables too."""
    return [
        line
        for strip in strips
        for line in (*strip.lines, *(cell for row in strip.rows for cell in row))
    ]


TEXT = st.text(
    alphabet=st.sampled_from([*"ab|#-: \n\t", "é", "漢", "\U0001f600"]), max_size=400
) | st.text(max_size=200)


@settings(max_examples=150, deadline=None)
@given(TEXT, st.booleans())
def test_what_is_shown_stands_where_it_says(text: str, code: bool) -> None:
    strips = strips_of(Page(1, text, first_line=1), code=code, unit="page")
    end = 0
    for strip in strips:
        assert strip.start >= end
        assert strip.end > strip.start or not text[strip.start : strip.end].strip()
        end = strip.end
    last = 0
    for line in shown_of(strips):
        assert line.start >= last
        last = line.start
        if "\u200b" not in line.text:
            assert text.startswith(line.text, line.start)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab \n", max_size=300))
def test_no_words_are_lost(text: str) -> None:
    for code in (False, True):
        strips = strips_of(Page(1, text), code=code, unit="page")
        assert " ".join(line.text for line in shown_of(strips)).split() == text.split()


def test_lines_of_code_have_their_numbers() -> None:
    page = Page(2, "\n".join(f"line {number}" for number in range(101, 201)), first_line=101)
    strips = strips_of(page, code=True, unit="file")
    assert [len(strip.lines) for strip in strips] == [MOST_LINES, MOST_LINES, 20]
    lines = lines_of(strips)
    assert [line.mark for line in lines] == [str(number) for number in range(101, 201)]
    assert all(line.text == f"line {line.mark}" for line in lines)


def test_a_very_long_line_is_cut_without_numbers_of_its_own() -> None:
    lines = lines_of(strips_of(Page(1, "x" * 4500 + "\nshort"), code=True, unit="file"))
    assert [(len(line.text), line.mark) for line in lines] == [
        (2000, "1"),
        (2000, ""),
        (500, ""),
        (5, "2"),
    ]


def test_headings_and_tables() -> None:
    text = "# Ships\nWords.\n\n| Day | Boxes |\n| --- | ---: |\n| 1 \\| 2 | 30<br>31 |\n\nMore"
    ship, table, more = strips_of(Page(1, text), code=False, unit="page")
    assert [(line.text, line.level) for line in ship.lines] == [
        ("Ships", 1),
        ("Words.", 0),
        ("", 0),
    ]
    assert table.kind == "table"
    assert table.head
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["Day", "Boxes"],
        ["1 \u200b| 2", "30\u2028\u200b\u200b\u200b31"],
    ]
    assert [line.text for line in more.lines] == ["", "More"]


def test_a_long_table_goes_on_with_the_same_columns() -> None:
    rows = ["| a | b |", "|---|---|", *(f"| {row} | {'w' * (row % 9)} |" for row in range(100))]
    strips = strips_of(Page(1, "\n".join(rows)), code=False, unit="sheet")
    assert sum(len(strip.rows) for strip in strips) == 101
    assert max(len(strip.rows) for strip in strips) == MOST_ROWS
    assert [strip.head for strip in strips] == [True] + [False] * (len(strips) - 1)
    assert len({(strip.shares, strip.least) for strip in strips}) == 1


def test_a_piece_of_a_recording_has_its_time() -> None:
    page = Page(3, " And then\nwe left. ", source="sound", label="12:30", start=750.0)
    (strip,) = strips_of(page, code=False, unit="time")
    assert strip.lines == (Line(1, "And then we left.", mark="12:30"),)


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("src/app.py", "python"),
        ("Makefile", "make"),
        ("a\\b\\main.RS", "rust"),
        ("notes.md", ""),
        ("notes.txt", ""),
        ("LICENSE", ""),
        ("x.unheard-of", ""),
    ],
)
def test_languages_go_by_the_name(name: str, language: str) -> None:
    assert language_of(name) == language


def test_lines_are_found_by_their_numbers() -> None:
    page = Page(1, "ten\neleven\ntwelve\nthirteen", first_line=10)
    for (first, last), words in (
        ((10, 10), "ten\n"),
        ((11, 12), "eleven\ntwelve\n"),
        ((13, 99), "thirteen"),
        ((40, 41), ""),
    ):
        start, end = line_range(page, first, last)
        assert page.text[start:end] == words


def test_a_passage_is_found_whatever_the_white_space() -> None:
    text = "Before. The Landlord\nreturns  the deposit. After."
    start, end = find_passage(text, "the landlord returns the deposit.")
    assert text[start:end] == "The Landlord\nreturns  the deposit."
    assert find_passage(text, "nothing of the kind") == (0, 0)
    assert find_passage(text, "") == (0, 0)
