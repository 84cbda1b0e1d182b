"""Text that has no pages -> pieces of lines: nothing is lost, and cuts are where a reader's are."""

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from app.documents import text_files
from app.documents.lines import csv_pages, is_short, line_pages, text_extract

LINES = st.lists(
    st.text(st.characters(exclude_characters="\n\r\f\v\x1c\x1d\x1e\x85\u2028\u2029"), max_size=80),
    max_size=600,
)


@given(LINES)
@settings(deadline=None, max_examples=60)
def test_every_line_is_in_one_piece_and_in_order(lines: list[str]) -> None:
    text = "\n".join(lines)
    pages = list(line_pages(text))
    assert "\n".join(page.text for page in pages) == text.rstrip("\n")
    expected = 1
    for number, page in enumerate(pages, start=1):
        assert page.number == number
        assert page.first_line == expected
        expected += page.text.count("\n") + 1


def test_pieces_end_where_something_ends() -> None:
    functions = "\n".join(f"def f{n}():\n" + f"    return {n}\n" * 30 for n in range(40))
    pages = list(line_pages(functions))
    assert len(pages) > 5
    assert all(page.text.startswith("def ") for page in pages)
    chapters = "\n".join(f"## Part {n}\n" + "words and words\n" * 45 for n in range(12))
    assert all(page.text.startswith("## Part") for page in line_pages(chapters))


def test_a_line_without_end_is_cut_and_keeps_its_number() -> None:
    text = "first\n" + "a,b, " * 20_000 + "\nlast"
    pages = list(line_pages(text))
    assert {page.first_line for page in pages} <= {1, 2, 3}
    assert all(len(page.text) <= 8100 for page in pages)
    assert "".join(page.text for page in pages).replace("\n", "") == text.replace("\n", "")
    assert pages[3].label == "line 2"


@given(
    st.sampled_from([",", ";", "\t"]),
    st.lists(st.lists(st.text("ab 1|\"'\n", max_size=9), min_size=3, max_size=3), max_size=400),
)
@settings(deadline=None, max_examples=40)
def test_rows_of_a_table(delimiter: str, rows: list[list[str]]) -> None:
    rows = [["one", "two", "three"], *rows, ["x", "y", "z"]]
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator="\n").writerows(rows)
    pages = list(csv_pages(buffer.getvalue()))
    found = []
    for page in pages:
        head, line, *body = page.text.split("\n")
        assert head == "| one | two | three |"
        assert line == "| --- | --- | --- |"
        found += body
    kept = [row for row in rows[1:] if any(map(str.strip, row))]
    cells = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in kept]
    assert found == [f"| {' | '.join(row)} |" for row in cells]


def test_lines_of_a_table_are_those_of_the_file() -> None:
    text = "n;m\n" + "".join(f'{n};"a\nb"\n' for n in range(500))
    pages = list(csv_pages(text))
    assert len(pages) > 2
    for page in pages:
        number = int(page.text.split("\n")[2].split("|")[1])
        assert page.first_line == 2 + 2 * number


def test_what_is_no_table_stays_as_it_is() -> None:
    text = "Dear all\nhow are you\n"
    assert [page.text for page in csv_pages(text)] == ["Dear all\nhow are you"]
    open_end = 'a,b\n1,2\n3,"open\n' + "x" * 200_000
    assert "x" * 1000 in "".join(page.text for page in csv_pages(open_end))


def test_kinds_of_text() -> None:
    code = text_extract("x = 1\n" * 500, "a.py")
    assert (code.kind, code.unit, code.total) == ("code", "file", 1)
    assert (code.pages[0].label, code.pages[0].first_line) == ("a.py", 1)
    notes = text_extract("# One\n" + "a\n" * 200 + "```\n# no\n```\n## Two\n" + "b\n" * 200, "n.md")
    assert [(one.title, one.level) for one in notes.headings] == [("One", 1), ("Two", 2)]
    assert notes.unit == "section"
    assert text_extract("a,b\n1,2\n", "t.csv").kind == "csv"
    assert is_short("a\n" * 200)
    assert not is_short("a\n" * 201)
    assert not is_short("a" * 20_001)


SAMPLES = {
    "cp1251": "Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "koi8_r": "Москва, столица России, самый крупный по численности населения город.",
    "cp932": "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。",
    "gb18030": "天地玄黄。宇宙洪荒。日月盈昃。辰宿列张。寒来暑往。秋收冬藏。",
    "big5": "天地玄黃。宇宙洪荒。日月盈昃。辰宿列張。寒來暑往。秋收冬藏。",
    "cp949": "나라의 말이 중국과 달라 문자와 서로 통하지 아니하므로",
    "cp1253": "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία και άλλα πολλά.",
    "cp1255": "דג סקרן שט בים מאוכזב ולפתע מצא חברה. ירושלים היא עיר הבירה",
    "cp1256": "نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر",
    "cp1252": "Die Größe der Übung über Straßen: Österreich, Käse, müde, schön.",
    "utf_16_le": "Plain words in two bytes each.",
    "utf_16": "Ελληνικά with a mark",
    "utf_8": "日本語 and all others",
}


def test_text_in_any_encoding() -> None:
    for encoding, words in SAMPLES.items():
        for text in (words, f"{words}\n" * 2000):
            assert text_files.decode(text.encode(encoding)) == text, encoding
