import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.document import Extract, Heading, Page
from app.core.reading.pages import marked
from app.core.reading.sections import Section, halves, only, split
from app.core.reading.sentences import sentences
from app.core.reading.spans import Span, whole_pages
from app.core.reading.tokens import estimate

SENTENCE = "The river rises in the hills near the old mill and flows to the sea. "
PIECES = st.sampled_from(
    [
        SENTENCE,
        "Dr. Smith paid 1,450.75 on p. 3. ",
        "| 2019 | 12,000 |\n| 2020 | 13,500 |\n",
        "\n\n",
        "def run(self) -> None:\n    return None\n",
        "\u672c\u5951\u7d04\u306f\u3001\u6709\u52b9\u3067\u3042\u308b\u3002",
        "\u0413\u043b\u0430\u0432\u0430 1. ",
        "x" * 300,
        " ",
        "\U0001f600",
    ]
)
TEXTS = st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=200)


def document(
    texts: list[str], headings: tuple[Heading, ...] = (), unit: str = "page", first_line: int = 0
) -> Extract:
    pages = tuple(
        Page(number, text, label=f"src/{number}.py" if first_line else "", first_line=first_line)
        for number, text in enumerate(texts, start=1)
    )
    return Extract("r.pdf", "pdf", unit, pages, len(pages), headings)  # type: ignore[arg-type]


def covered(extract: Extract, sections: tuple[Section, ...]) -> None:
    """Every page, and every character, in exactly one section, in order."""
    place = 0
    spans: list[Span] = []
    for number, section in enumerate(sections, start=1):
        assert section.number == number
        assert section.start == place
        assert (section.first, section.last) == (section.spans[0].page, section.spans[-1].page)
        texts = {page.number: page.text for page in extract.pages}
        pieces = [texts[span.page][span.start : span.end] for span in section.spans]
        assert "".join(pieces) == section.text
        place += len(section.text)
        assert section.end == place
        spans += section.spans
    assert "".join(one.text for one in sections) == "".join(page.text for page in extract.pages)
    assert [span.page for span in spans] == sorted(span.page for span in spans)
    assert {span.page for span in spans} == {page.number for page in extract.pages}
    for page in extract.pages:
        mine = [span for span in spans if span.page == page.number]
        assert [span.start for span in mine] == [0, *(span.end for span in mine[:-1])]
        assert mine[-1].end == len(page.text)


@given(
    texts=st.lists(TEXTS, max_size=12),
    limit=st.integers(40, 600),
    levels=st.lists(st.tuples(st.integers(1, 12), st.integers(1, 4)), max_size=8),
    code=st.booleans(),
)
@settings(max_examples=120, deadline=None)
def test_every_character_is_in_exactly_one_section(
    texts: list[str], limit: int, levels: list[tuple[int, int]], code: bool
) -> None:
    headings = tuple(
        Heading("The river", level, page) for page, level in levels if page <= len(texts)
    )
    extract = document(texts, headings, "file" if code else "page", int(code))
    sections = split(extract, limit)
    covered(extract, sections)
    for section in sections:
        words = section.text.split()
        tokens = estimate(marked(extract, section.spans))
        assert tokens <= limit or len(words) <= 1


@given(texts=st.lists(TEXTS, min_size=1, max_size=5))
@settings(max_examples=50, deadline=None)
def test_halves_are_all_of_it(texts: list[str]) -> None:
    extract = document(texts)
    spans = whole_pages(extract, range(1, len(texts) + 1))
    pieces = [span for half in halves(extract, spans) for span in half]
    texts_of = {page.number: page.text for page in extract.pages}
    joined = "".join(texts_of[span.page][span.start : span.end] for span in pieces)
    assert joined == "".join(texts)


@given(pages=st.lists(st.integers(0, 40), min_size=1, max_size=12), limit=st.integers(110, 700))
@settings(max_examples=80, deadline=None)
def test_no_sentence_is_cut_where_one_ends_near(pages: list[int], limit: int) -> None:
    """Pages of whole sentences, empty ones among them."""
    for section in split(document([SENTENCE * count for count in pages]), limit):
        words = section.text.strip()
        assert not words or (words.startswith("The river") and words.endswith("the sea."))


def test_prose_is_cut_between_sentences_only() -> None:
    extract = document([SENTENCE * 40, SENTENCE * 40, SENTENCE * 3, SENTENCE * 50])
    sections = split(extract, 300)
    assert len(sections) > 5
    for section in sections:
        assert section.text.rstrip().endswith("the sea.")
        assert section.text.startswith("The river")


def test_a_sentence_that_goes_on_behind_the_page_is_not_cut() -> None:
    half = SENTENCE[:35]
    extract = document([SENTENCE * 8 + half, SENTENCE[35:] + SENTENCE * 8])
    first, second = split(extract, 240)
    assert first.text.endswith("the sea. ")
    assert second.text.startswith(half)
    assert first.last == second.first


def test_a_section_begins_with_a_chapter_where_one_is_near() -> None:
    headings = tuple(Heading(f"Chapter {page}", 1, page) for page in (1, 4, 7, 10))
    texts = [
        (f"Chapter {page}\n\n" if page in (1, 4, 7, 10) else "") + SENTENCE * 6
        for page in range(1, 13)
    ]
    sections = split(document(texts, headings), 420)
    assert [(one.first, one.last) for one in sections] == [(1, 3), (4, 6), (7, 9), (10, 12)]
    assert [one.title for one in sections] == [f"Chapter {page}" for page in (1, 4, 7, 10)]


def test_a_chapter_that_begins_in_the_middle_of_a_page_is_found_there() -> None:
    text = SENTENCE * 10 + "\n\n3  The  Mill\n" + SENTENCE * 10
    first, second = split(document([text], (Heading("The Mill", 1, 1),)), 260)
    assert second.text.startswith("3  The  Mill")
    assert second.title == "The Mill"
    assert first.title == "The Mill" or first.title == ""


def test_sections_are_of_about_the_same_length() -> None:
    sections = split(document([SENTENCE * 6] * 11), 900)
    lengths = [len(section.text) for section in sections]
    assert max(lengths) < 1.6 * min(lengths)


def test_a_long_manual_is_split_in_bounded_work() -> None:
    sections = split(document([SENTENCE * 20] * 1000), 3000)
    assert 100 < len(sections) < 250


@pytest.mark.parametrize("texts", [[], [""], ["", "", ""]])
def test_nothing_is_not_lost_either(texts: list[str]) -> None:
    extract = document(texts)
    covered(extract, split(extract, 100))


def test_pages_that_were_not_asked_for_are_named() -> None:
    extract = only(document(["a"] * 9), {3, 4, 7})
    assert [page.number for page in extract.pages] == [3, 4, 7]
    assert extract.total == 9
    assert extract.missing == ("Pages 1-2, 5-6, 8-9: not asked for.",)


def test_sentences_know_abbreviations_lists_and_other_scripts() -> None:
    english = "Dr. A. Smith left. He paid 5. Then:\n- one\n- two e.g. three\n"
    text = english + "\u5951\u7d04\u3002\u6709\u52b9\u3002"
    assert [text[start:end] for start, end in sentences(text)] == [
        "Dr. A. Smith left.",
        "He paid 5.",
        "Then:",
        "- one",
        "- two e.g. three\n\u5951\u7d04\u3002",
        "\u6709\u52b9\u3002",
    ]
