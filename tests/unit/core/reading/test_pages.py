import pytest

from app.core.conversation import Document, Message, Role, Text
from app.core.document import Extract, Heading, Page, Unit
from app.core.prompt import build_prompt
from app.core.reading.excerpts import excerpt_text
from app.core.reading.numbers import document_numbers
from app.core.reading.pages import (
    extract_text,
    mark,
    marked,
    numbers_in_words,
    range_mark,
    single_page,
)
from app.core.reading.spans import Span, whole_pages


@pytest.mark.parametrize(
    ("unit", "page", "document", "written"),
    [
        ("page", Page(12), 1, "[p. 12]"),
        ("page", Page(4, label="iv"), 1, "[p. 4]"),
        ("page", Page(12), 2, "[2: p. 12]"),
        ("slide", Page(3), 1, "[slide 3]"),
        ("sheet", Page(2, label="Costs"), 3, "[3: sheet 2]"),
        ("section", Page(5), 1, "[section 5]"),
        ("file", Page(1, label="src/main.py"), 1, "[src/main.py]"),
        ("time", Page(9, label="12:30"), 2, "[2: 12:30]"),
    ],
)
def test_the_mark_of_a_page(unit: Unit, page: Page, document: int, written: str) -> None:
    assert mark(unit, page, document) == written


def test_the_mark_of_several_pages() -> None:
    pages = tuple(Page(number, label=f"0{number}:00") for number in range(1, 9))
    assert range_mark(Extract("r", "pdf", "page", pages, 8), 3, 5) == "[pp. 3-5]"
    assert range_mark(Extract("r", "pdf", "page", pages, 8), 3, 3, 2) == "[2: p. 3]"
    assert range_mark(Extract("r", "pptx", "slide", pages, 8), 3, 5) == "[slides 3-5]"
    assert range_mark(Extract("r", "recording", "time", pages, 8), 3, 5) == "[03:00]"


def test_a_document_stands_in_the_prompt_page_by_page_with_its_rules_behind_it() -> None:
    pages = (
        Page(1, "First.\n"),
        Page(2),
        Page(3, source="picture", read=False),
        Page(4, problem="It is damaged."),
    )
    extract = Extract("r.pdf", "pdf", "page", pages, 5, missing=("Page 5: too long.",))
    text = extract_text(extract)
    assert text.startswith(
        "Contents of the file r.pdf, 5 pages:\n---\n[p. 1]\nFirst.\n[p. 2]\n(Nothing is written "
        "here.)\n[p. 3]\n(This is a picture that has not been read.)\n[p. 4]\n(It is damaged.)\n"
        "---\n"
        "Not included: Page 5: too long.\n"
    )
    assert text.endswith("If something is not there, say that it is not.")
    assert "such as [p. 3]" in text
    assert "[2: p. 1]\nFirst." in extract_text(extract, 2)


def test_lines_of_files_are_numbered_every_ten_also_from_the_middle_on() -> None:
    text = "".join(f"line {number}\n" for number in range(1, 26))
    extract = Extract(
        "p", "folder", "file", (Page(1, text, label="a.py", first_line=1),), 1, tree="p/\n  a.py"
    )
    rows = marked(extract, whole_pages(extract, [1])).splitlines()
    assert rows[:2] == ["[a.py:1]", "line 1"]
    assert rows[rows.index("[a.py:11]") + 1] == "line 11"
    assert rows[rows.index("[a.py:21]") + 1] == "line 21"
    start = text.index("line 14")
    assert marked(extract, [Span(1, start, len(text))]).startswith("[a.py:14]\nline 14\n")
    assert "Its files:\np/\n  a.py\n---" in extract_text(extract)
    assert "such as [a.py:1-5]" in extract_text(extract)


def test_sheets_and_slides_have_their_names_behind_the_mark() -> None:
    page = Page(2, "| a |", label="Costs")
    extract = Extract("b.xlsx", "xlsx", "sheet", (page,), 1)
    assert marked(extract, [Span(2, 0, 5)]) == "[sheet 2] Costs\n| a |"


def test_numbers_in_words() -> None:
    assert numbers_in_words([]) == ""
    assert numbers_in_words([3, 1, 2, 8, 10, 11, 2]) == "1-3, 8, 10-11"


def test_excerpts_come_with_an_outline_that_leaves_them_room() -> None:
    pages = tuple(Page(number, f"Text {number}.") for number in range(1, 50))
    headings = tuple(
        Heading(
            f"Chapter {page}" if page % 7 == 1 else f"Section {page}", 1 + (page % 7 != 1), page
        )
        for page in range(1, 50)
    )
    extract = Extract("r.pdf", "pdf", "page", pages, 49, headings)
    wide = excerpt_text(extract, [Span(4, 0, 7)], 8000)
    assert "Chapter 1, 1\n  Section 2, 2\n" in wide
    assert "[p. 4]\nText 4." in wide
    assert "such as [p. 4]" in wide
    narrow = excerpt_text(extract, [Span(4, 0, 7)], 400)
    assert "Section" not in narrow
    assert "Chapter 43, 43" in narrow
    least = excerpt_text(extract, [Span(4, 0, 7)], 120)
    assert "more)" in least


# -- several documents in a chat ------------------------------------------------------------------


def question(*names: str, pages: int = 3) -> Message:
    documents = [
        Document(name, f"{name}.pdf", "application/pdf", pages=pages, how="whole") for name in names
    ]
    return Message(Role.USER, (*documents, Text("Why?")))


def extract_of(blob: str) -> Extract:
    return Extract(f"{blob}.pdf", "pdf", "page", (Page(1, f"Text of {blob}."),), 1)


def test_documents_are_numbered_in_the_order_in_which_they_came() -> None:
    short = Message(Role.USER, (Document("note", "note.txt", "text/plain", "Milk."),))
    chat = [question("a"), short, question("b", "a"), question("c")]
    assert document_numbers(chat) == {"a": 1, "b": 2, "c": 3}


def test_a_second_document_changes_nothing_of_the_prompt_before_it() -> None:
    first = [question("a")]
    answer = Message(Role.ASSISTANT, (Text("So [p. 1]."),))
    before = build_prompt(first, str, extract=extract_of)
    after = build_prompt([*first, answer, question("b")], str, extract=extract_of)
    assert after.turns[0] == before.turns[0]
    assert "[p. 1]\nText of a." in after.turns[0].text
    assert "[2: p. 1]\nText of b." in after.turns[2].text


def test_a_short_text_file_can_be_read_like_a_page() -> None:
    extract = single_page(Document("note", "note.txt", "text/plain", "Milk."))
    assert extract.pages == (Page(1, "Milk."),)
    assert extract.total == 1
