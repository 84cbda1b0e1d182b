import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.document import Extract, Page, Unit
from app.core.reading.citations import Citation, check, find


def document(*texts: str, unit: Unit = "page") -> Extract:
    pages = tuple(Page(number, text) for number, text in enumerate(texts, start=1))
    return Extract("r.pdf", "pdf", unit, pages, len(pages))


REPORT = document(
    "Annual report of the Harbour Trust.",
    "Revenue rose to 1,450,000 euros in 2023, from 1.2 million the year before. The trust employs "
    "37 people.\n\nThe board met on 12 March 2024 and decided to repair the lighthouse.",
    "The repair of the light-\nhouse will cost \u201cno more than a quarter of the reserves\u201d, "
    "the treasurer said. Three boats were sold.",
)


def verdict(text: str, *documents: Extract, index: int = 0) -> tuple[str, str]:
    extracts = dict(enumerate(documents or (REPORT,), start=1))
    found = check(text, find(text)[index], extracts)
    return found.state, found.passage


# -- finding --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "document", "pages"),
    [
        ("It is so [p. 12].", 1, (12,)),
        ("It is so [p.12].", 1, (12,)),
        ("It is so [page 12].", 1, (12,)),
        ("So ist es [S. 12].", 1, (12,)),
        ("It is so [pp. 3-5].", 1, (3, 4, 5)),
        ("It is so [p. 3, 8].", 1, (3, 8)),
        ("It is so [p. 3, p. 8, 10\u201311].", 1, (3, 8, 10, 11)),
        ("It is so [pp. 3 and 4].", 1, (3, 4)),
        ("It is so [2: p. 12].", 2, (12,)),
        ("It is so [2: pp. 1-2, 4].", 2, (1, 2, 4)),
        ("It is so [slide 3].", 1, (3,)),
        ("It is so [sheets 1-2].", 1, (1, 2)),
        ("It is so [section 4].", 1, (4,)),
        ("It is so [p. 900-3].", 1, (900, 3)),
        ("It is so [pp. 1-99999].", 1, (1, 99999)),
        ("\u898b [\u7b2c 3 \u9875]", 1, (3,)),
    ],
)
def test_pages_are_found_however_they_are_cited(
    text: str, document: int, pages: tuple[int, ...]
) -> None:
    (citation,) = find(text)
    assert (citation.document, citation.pages) == (document, pages)
    assert text[citation.start] == "["
    assert text[citation.end - 1] == "]"
    assert citation.label == " ".join(text[citation.start + 1 : citation.end - 1].split())


@pytest.mark.parametrize(
    ("text", "path", "lines"),
    [
        ("See [src/app.py:10-20].", "src/app.py", (10, 20)),
        ("See [src/app.py:10].", "src/app.py", (10, 10)),
        ("See [app.py].", "app.py", (0, 0)),
        ("See [src/app.py, lines 3-4].", "src/app.py", (3, 4)),
        ("See [Makefile:7].", "Makefile", (7, 7)),
        ("See [a folder/read me.txt:2].", "a folder/read me.txt", (2, 2)),
        ("See [.github/workflows/test.yml:2].", ".github/workflows/test.yml", (2, 2)),
    ],
)
def test_files_are_found_with_their_lines(text: str, path: str, lines: tuple[int, int]) -> None:
    (citation,) = find(text)
    assert (citation.path, citation.lines, citation.pages) == (path, lines, ())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("She says so [12:30].", (750.0,)),
        ("She says so [1:02:03].", (3723.0,)),
        ("She says so [00:10-00:20].", (10.0, 20.0)),
        ("She says so [2: 12:30].", (750.0,)),
    ],
)
def test_times_are_found(text: str, seconds: tuple[float, ...]) -> None:
    (citation,) = find(text)
    assert citation.seconds == seconds
    assert citation.document == (2 if "[2:" in text else 1)


@pytest.mark.parametrize(
    "text",
    [
        "A list [1], a box [x], a note [see above], [e.g.] and [sic].",
        "A link [p. 3](https://example.org) and [src/app.py](src/app.py).",
        "Code: `[p. 3]` and ``a ` [p. 4]``.",
        "```\n[p. 3]\n```",
        "~~~python\nx = [p. 3]\n~~~",
        "```\nnever closed [p. 3]",
        "[p. x] [p.] [pp. -3] [Note: 10 of them]",
    ],
)
def test_what_is_no_citation_is_none(text: str) -> None:
    assert find(text) == ()


def test_citations_after_code_are_found_where_they_are() -> None:
    text = "```\n[p. 1]\n```\nText `[p. 2]` and [p. 3][p. 4].\n\n| a | [p. 5] |"
    assert [text[one.start : one.end] for one in find(text)] == ["[p. 3]", "[p. 4]", "[p. 5]"]


@given(st.text(alphabet="[]p. 1234:-,;/ab`~\n|*()", max_size=200))
def test_any_text_can_be_searched(text: str) -> None:
    end = 0
    for citation in find(text):
        assert end <= citation.start < citation.end
        assert text[citation.start] == "["
        end = citation.end
        check(text, citation, {1: REPORT})


# -- checking -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Revenue rose to 1,450,000 euros [p. 2].",
        "Revenue rose to 1.450.000 euros [p. 2].",
        "Revenue rose to 1 450 000 euros [p. 2].",
        "Revenue rose to 1\u202f450\u202f000 euros [p. 2].",
        "Revenue rose to 1450000 euros [p. 2].",
        "Revenue rose to 1.45 million euros [p. 2].",
        "Der Umsatz stieg auf 1,45 Mio. Euro [p. 2].",
        "The year before it had been 1.2 million [p. 2].",
        "The trust employs 37 people [p. 2].",
        "The board decided on 12.03.2024 to repair the lighthouse [p. 2].",
        "Revenue was about 1.5 million euros [p. 2].",
        "Repairing the lighthouse will cost at most a quarter of reserves [p. 3].",
        "It will cost \u201cno more than a quarter of the reserves\u201d [p. 3].",
        "3 boats were sold [p. 3].",
        "THE TRUST EMPLOYS 37 PEOPLE [p. 2].",
        "The trust employs 37 people and is repairing the lighthouse [p. 1, 2].",
        "The trust employs 37 people. [p. 2]",
        "[p. 2]: The trust employs 37 people.",
        "- **37 people** are employed by the trust [p. 2]",
        "1. The trust employs 37 people [p. 2]",
        "| Employees | 37 | [p. 2] |",
        "Revenue rose to 1,450,000 euros [p. 2], and 99 whales came [p. 3].",
    ],
)
def test_what_is_on_the_page_is_found(text: str) -> None:
    state, _ = verdict(text)
    assert state == "found"


@pytest.mark.parametrize(
    "text",
    [
        "Revenue rose to 1,540,000 euros [p. 2].",
        "Revenue rose to 145,000 euros [p. 2].",
        "The trust employs 38 people [p. 2].",
        "The trust employs 37 people [p. 3].",
        "The treasurer spoke of \u201call of the reserves at once\u201d [p. 3].",
        "Whales were seen in the northern bay and counted by volunteers [p. 3].",
        "Revenue was about 2 million euros [p. 2].",
    ],
)
def test_what_is_not_on_the_page_is_not_found(text: str) -> None:
    assert verdict(text) == ("not_found", "")


@pytest.mark.parametrize("text", ["So it is [p. 9].", "So it is [2: p. 1].", "So [src/a.py:3]."])
def test_what_is_nowhere_has_no_page(text: str) -> None:
    assert verdict(text) == ("no_page", "")


def test_a_false_part_of_a_sentence_does_not_spoil_the_true_one() -> None:
    text = "Revenue rose to 1,450,000 euros [p. 2], and 99 people work there [p. 2]."
    assert verdict(text)[0] == "found"
    assert verdict(text, index=1)[0] == "not_found"


def test_two_citations_side_by_side_are_of_the_same_claim() -> None:
    text = "The trust employs 37 people [p. 2][p. 3]."
    assert verdict(text)[0] == "found"
    assert verdict(text, index=1)[0] == "not_found"


def test_citations_side_by_side_hold_a_claim_together() -> None:
    text = "The trust employs 37 people and has sold three boats [p. 2] [p. 3]."
    assert verdict(text)[0] == "found"
    state, passage = verdict(text, index=1)
    assert (state, passage) == ("found", "Three boats were sold.")
    # One that gives nothing, and one that is false for all, stay what they are.
    assert verdict("The trust employs 37 people [p. 2] [p. 1].", index=1)[0] == "not_found"
    wrong = "The trust employs 38 people and has sold three boats [p. 2] [p. 3]."
    assert [verdict(wrong, index=index)[0] for index in (0, 1)] == ["not_found"] * 2
    apart = "The trust employs 37 people [p. 2], and has sold 99 boats [p. 3]."
    assert [verdict(apart, index=index)[0] for index in (0, 1)] == ["found", "not_found"]


def test_the_passage_is_the_sentence_that_says_it_exactly_as_it_stands() -> None:
    text = "The board decided on 12 March 2024 to repair the lighthouse [p. 2]."
    assert verdict(text)[1] == (
        "The board met on 12 March 2024 and decided to repair the lighthouse."
    )
    text = "The lighthouse repair is said to cost a quarter of the reserves at most [p. 3]."
    passage = verdict(text)[1]
    assert passage.startswith("The repair of the light-\nhouse")
    assert passage in REPORT.pages[2].text


def test_the_page_of_several_that_says_it_is_named() -> None:
    text = "The trust employs 37 people [pp. 1-3]."
    found = check(text, find(text)[0], {1: REPORT})
    assert (found.page, found.words) == (2, "The trust employs 37 people")


def test_the_second_document_is_looked_up_in_the_second_document() -> None:
    other = document("The dam holds 99 litres.")
    assert verdict("The dam holds 99 litres [2: p. 1].", REPORT, other)[0] == "found"
    assert verdict("The dam holds 99 litres [p. 1].", REPORT, other)[0] == "not_found"


def test_chinese_is_compared_by_its_characters() -> None:
    page = document(
        "\u672c\u5408\u540c\u81ea\u53cc\u65b9\u7b7e\u5b57\u4e4b\u65e5\u8d77\u751f\u6548\u3002"
        "\u6709\u6548\u671f\u4e3a3\u5e74\u3002"
    )
    state, passage = verdict("\u5408\u540c\u6709\u6548\u671f\u4e3a3\u5e74 [p. 1]", page)
    assert state == "found"
    assert passage.endswith("\u6709\u6548\u671f\u4e3a3\u5e74\u3002")
    assert verdict("\u5408\u540c\u6709\u6548\u671f\u4e3a5\u5e74 [p. 1]", page)[0] == "not_found"
    assert (
        verdict("\u9be8\u9c7c\u5728\u6d77\u6d0b\u91cc\u6e38\u6cf3 [p. 1]", page)[0] == "not_found"
    )


def test_in_another_language_numbers_and_names_are_what_can_be_checked() -> None:
    text = "Die Stiftung besch\u00e4ftigt 37 Menschen, und das ist so [p. 2]."
    assert verdict(text)[0] == "found"
    assert verdict(text.replace("37", "39"))[0] == "not_found"


def test_ligatures_case_and_full_width_figures_make_no_difference() -> None:
    page = document("The e\ufb03cient o\ufb03ce has \uff13\uff17 rooms.")
    assert verdict("The EFFICIENT office has 37 rooms [p. 1].", page)[0] == "found"


def test_code_is_looked_up_around_the_lines_that_are_named() -> None:
    rows = "".join(f"value_{line} = {line}\n" for line in range(1, 101))
    page = Page(
        1, rows + "def open_document(path):\n    return path\n", label="src/a.py", first_line=1
    )
    folder = Extract("project", "folder", "file", (page,), 1)
    state, passage = verdict("`open_document` returns the path [src/a.py:101-102].", folder)
    assert state == "found"
    assert "open_document" in passage
    assert verdict("`open_document` returns the path [a.py:101].", folder)[0] == "found"
    assert verdict("`open_document` returns the path [src/a.py:3-4].", folder)[0] == "not_found"
    assert verdict("It returns the path [src/a.py:300].", folder)[0] == "no_page"
    assert verdict("It returns the path [src/b.py:3].", folder)[0] == "no_page"


@pytest.mark.parametrize(
    ("mark", "heard"),
    [
        ("12:00", 1),
        ("12:10", 1),
        ("12:30", 2),  # the mark of the second piece, which begins within that second
        ("12:30-13:00", 2),
        ("13:00", 3),
        ("13:20", 3),  # the very end
        ("13:30", 0),
    ],
)
def test_a_time_is_that_of_the_piece_with_this_mark(mark: str, heard: int) -> None:
    said = ("The rent is paid.", "The roof is mended in May.", "Goodbye to all of you.")
    times = (720.2, 750.4, 780.0, 800.0)
    pages = tuple(
        Page(number, words, "sound", start=times[number - 1], end=times[number])
        for number, words in enumerate(said, 1)
    )
    talk = Extract("talk.mp3", "recording", "time", pages, 3)
    text = f"{said[heard - 1]} [{mark}]"
    found = check(text, find(text)[0], {1: talk})
    assert (found.state, found.page) == (("found", heard) if heard else ("no_page", 0))


def test_a_recording_is_looked_up_around_the_time() -> None:
    pages = tuple(
        Page(number, text, "sound", label=f"00:{start}", start=start, end=start + 20)
        for number, (start, text) in enumerate([(10, "We begin."), (30, "The boat cost 900.")], 1)
    )
    talk = Extract("talk.mp3", "recording", "time", pages, 2)
    assert verdict("The boat cost 900 [00:35].", talk)[0] == "found"
    assert verdict("The boat cost 900 [00:10].", talk)[0] == "not_found"
    assert verdict("The boat cost 900 [10:00].", talk)[0] == "no_page"
    assert verdict("The boat cost 900 [p. 2].", talk)[0] == "no_page"


def test_a_scan_that_was_not_read_supports_nothing() -> None:
    scan = Extract("s.pdf", "pdf", "page", (Page(1, source="picture", read=False),), 1)
    assert verdict("The trust employs people [p. 1].", scan)[0] == "not_found"


def test_what_can_not_be_wrong_is_not_called_wrong() -> None:
    assert verdict("Yes [p. 2].") == ("found", "")


def test_a_citation_alone_on_its_line_is_of_the_paragraph_before() -> None:
    assert verdict("The trust employs 37 people.\n\n[p. 2]")[0] == "found"
    assert verdict("The trust employs 38 people.\n\n[p. 2]")[0] == "not_found"


def test_notes_are_checked_against_the_pages_in_their_heading_and_not_in_the_next() -> None:
    text = "**[p. 2]**\n\nThe trust employs 37 people.\n\n**[p. 1]**\n\n{0}"
    first, second = find(text.format("The trust employs 38 people."))
    extracts = {1: REPORT}
    assert check(text.format("Nothing."), first, extracts).words == "The trust employs 37 people."
    assert check(text.format("Nothing."), first, extracts).state == "found"
    assert check(text.format("It has 999 boats."), second, extracts).words == "It has 999 boats."
    assert check(text.format("It has 999 boats."), second, extracts).state == "not_found"


def test_a_label_has_no_brackets() -> None:
    text = "So [pp.  3 -  5]."
    assert find(text) == (Citation(3, 16, 1, "pp. 3 - 5", (3, 4, 5)),)
