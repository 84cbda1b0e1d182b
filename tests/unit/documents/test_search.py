from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.core.document import Extract, Heading, Page
from app.documents.search import Index

FILLER = "Nothing of note happened on the coast that day, and the harbour was calm. " * 12


def document(
    *texts: str, headings: tuple[Heading, ...] = (), labels: tuple[str, ...] = ()
) -> Extract:
    pages = tuple(
        Page(number, text, label=labels[number - 1] if labels else "")
        for number, text in enumerate(texts, start=1)
    )
    return Extract("r.pdf", "pdf", "page", pages, len(pages), headings)


@pytest.fixture
def index() -> Iterator[Index]:
    index = Index()
    yield index
    index.close()


def pages(index: Index, question: str, *blobs: str) -> list[int]:
    return [hit.page for hit in index.search(question, blobs or ("a",))]


def test_the_page_that_says_it_comes_first(index: Index) -> None:
    texts = [FILLER] * 40
    texts[16] = FILLER + "The lighthouse keeper was called Agnes Thorn. " + FILLER
    texts[20] = "A lighthouse. " + FILLER
    index.add("a", document(*texts))
    hits = index.search("Who was the keeper of the lighthouse?", ["a"])
    assert hits[0].page == 17
    assert "keeper was called Agnes Thorn" in hits[0].snippet
    assert "Agnes Thorn" in texts[16][hits[0].start : hits[0].end]
    assert [hit.page for hit in hits[:2]] == [17, 21]
    assert hits[0].score > hits[1].score


def test_other_forms_of_a_word_are_found(index: Index) -> None:
    index.add("a", document(FILLER, "Repairing boats costs money.", "Die Lieferungen kamen an."))
    assert pages(index, "repair of a boat") == [2]
    assert pages(index, "Wann kam die Lieferung?") == [3]
    assert pages(index, "REPAIRED") == [2]


def test_accents_do_not_matter(index: Index) -> None:
    index.add("a", document("La r\u00e9union aura lieu \u00e0 Orl\u00e9ans.", FILLER))
    assert pages(index, "reunion Orleans") == [1]


def test_scripts_without_spaces_are_found_by_any_part(index: Index) -> None:
    chinese = "\u672c\u5408\u540c\u81ea\u53cc\u65b9\u7b7e\u5b57\u4e4b\u65e5\u8d77\u751f\u6548\u3002"
    thai = "\u0e2a\u0e31\u0e0d\u0e0d\u0e32\u0e19\u0e35\u0e49\u0e21\u0e35"
    thai += "\u0e1c\u0e25\u0e1a\u0e31\u0e07\u0e04\u0e31\u0e1a"
    index.add("a", document(FILLER, chinese, thai))
    assert pages(index, "\u5408\u540c\u4f55\u65f6\u751f\u6548?") == [2]
    assert pages(index, "\u7b7e\u5b57") == [2]
    assert pages(index, "\u7b7e") == [2]
    assert pages(index, "\u0e1c\u0e25\u0e1a\u0e31\u0e07\u0e04\u0e31\u0e1a") == [3]
    assert chinese in index.search("\u7b7e\u5b57", ["a"])[0].snippet


def test_headings_and_names_of_files_count(index: Index) -> None:
    headings = (Heading("Safety of the crew", 1, 2), Heading("Ropes", 2, 3))
    index.add("a", document(FILLER, FILLER, FILLER + "x", headings=headings))
    assert set(pages(index, "crew safety")) == {2, 3}
    assert pages(index, "ropes") == [3]
    index.add("b", document("a = 1", "b = 2", labels=("src/reader.py", "src/writer.py")))
    assert pages(index, "What is in writer.py?", "b") == [2]


def test_names_in_code_are_found_as_they_are_written(index: Index) -> None:
    index.add("a", document("def open_document(path): ...", "open the document", FILLER))
    assert pages(index, "Where is open_document?")[0] == 1


def test_only_the_documents_that_are_asked_for_are_searched(index: Index) -> None:
    index.add("a", document("The keeper was Agnes."))
    index.add("b", document("The keeper was Bert."))
    assert [hit.blob for hit in index.search("keeper", ["b"])] == ["b"]
    assert {hit.blob for hit in index.search("keeper", ["a", "b", "b", "c"])} == {"a", "b"}
    assert index.search("keeper", ["c"]) == ()
    index.forget(["b", "c"])
    assert index.search("keeper", ["a", "b"]) != ()
    assert index.search("keeper", ["b"]) == ()


def test_what_has_been_seen_meanwhile_is_found(index: Index) -> None:
    before = document(FILLER, "")
    index.add("a", before)
    assert pages(index, "anchor") == []
    seen = (before.pages[0], Page(2, "A photograph of an anchor.", "picture"))
    index.add("a", msgspec.structs.replace(before, pages=seen))
    assert pages(index, "anchor") == [2]
    assert len(pages(index, "calm harbour")) == 1  # nothing stays of what was there before


@pytest.mark.parametrize(
    "question", ["", "?!", '"', "AND OR NOT", "a* NEAR(b)", "title:", "(", "\u2014", "the of and"]
)
def test_any_question_can_be_asked(index: Index, question: str) -> None:
    index.add("a", document("The keeper and the sea of love."))
    index.search(question, ["a"])


def test_a_long_page_is_pointed_into(index: Index) -> None:
    text = FILLER * 20 + "The anchor weighs 900 kilograms. " + FILLER * 20
    index.add("a", document(text))
    (hit,) = index.search("How heavy is the anchor?", ["a"])
    assert "anchor weighs" in text[hit.start : hit.end]
    assert hit.end - hit.start < 1500


def test_it_is_kept_in_a_file_and_can_be_deleted(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "passages.db"
    index = Index(path)
    index.add("a", document("The keeper was Agnes."))
    index.close()
    index = Index(path)
    assert pages(index, "keeper") == [1]
    index.close()
    for file in path.parent.iterdir():
        file.unlink()
    index = Index(path)
    assert pages(index, "keeper") == []
    index.close()


@pytest.mark.parametrize("damage", ["nonsense", "other", "middle"])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "passages.db"
    index = Index(path)
    index.add("a", document(*[FILLER] * 50))
    index.close()
    data = path.read_bytes()
    if damage == "nonsense":
        path.write_bytes(b"not a database" * 100)
    elif damage == "other":
        path.write_bytes(data[:60] + b"\x00\x00\x00\x63" + data[64:])  # another version
    else:
        path.write_bytes(data[:4096] + bytes(len(data) - 4096))
    index = Index(path)
    index.search("harbour", ["a"])
    index.add("a", document("The keeper was Agnes."))
    assert pages(index, "keeper") == [1]
    index.close()
