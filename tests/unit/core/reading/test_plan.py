import pytest

from app.core.document import Extract, Page
from app.core.reading.plan import answer_room, choose, cost
from app.core.reading.tasks import DocumentTask

ASK = DocumentTask("ask", question="How long is the river?")
SUMMARISE = DocumentTask("summarise")
WORDS = "The river rises in the hills near the old mill and flows to the sea. "


def document(pages: int, unit: str = "page", words: str = WORDS * 20) -> Extract:
    return Extract(
        "r.pdf",
        "pdf",
        unit,  # type: ignore[arg-type]
        tuple(Page(number, words) for number in range(1, pages + 1)),
        pages,
    )


@pytest.mark.parametrize("task", [ASK, SUMMARISE, DocumentTask("compare")])
def test_what_fits_is_read_whole(task: DocumentTask) -> None:
    plan = choose([document(3), document(2)], 8192, task)
    assert plan.how == "whole"
    assert [share.how for share in plan.shares] == ["whole", "whole"]
    assert all(share.share == share.tokens > 0 for share in plan.shares)


def test_what_the_chat_takes_already_is_not_there() -> None:
    extract = document(12)
    assert choose([extract], 8192, SUMMARISE).how == "whole"
    assert choose([extract], 8192, SUMMARISE, earlier=4000).how == "sections"


def test_what_does_not_fit_is_read_in_sections_or_searched() -> None:
    extract = document(100)
    assert choose([extract], 8192, SUMMARISE).how == "sections"
    plan = choose([extract], 8192, ASK)
    assert plan.how == "search"
    (share,) = plan.shares
    assert 1000 < share.share <= 4000 < share.tokens


def test_a_question_about_a_long_and_a_short_document_has_the_short_one_whole() -> None:
    plan = choose([document(100), document(2)], 8192, ASK)
    assert [share.how for share in plan.shares] == ["search", "whole"]
    assert sum(share.share for share in plan.shares) + answer_room(8192) < 8192


def test_a_long_code_base_is_explained_from_its_map_and_some_files() -> None:
    assert choose([document(100, "file")], 8192, DocumentTask("explain")).how == "search"
    assert choose([document(100)], 8192, DocumentTask("explain")).how == "sections"


def test_a_long_text_is_translated_in_pieces_though_it_fits() -> None:
    task = DocumentTask("translate", language="German")
    assert choose([document(2)], 32768, task).how == "whole"
    assert choose([document(10)], 32768, task).how == "sections"


def test_scans_count_as_if_they_were_full_of_words() -> None:
    page = Page(1, source="picture", read=False)
    scans = Extract("s.pdf", "pdf", "page", (page,) * 20, 20)
    assert cost(scans) > 20 * 600
    assert choose([scans], 8192, SUMMARISE).how == "sections"
    piece = Page(1, source="sound", read=False, end=30.0)
    assert 100 < cost(Extract("s.wav", "recording", "time", (piece,), 1)) < 300


def test_a_full_chat_still_gets_something_of_the_document() -> None:
    (share,) = choose([document(100)], 4096, ASK, earlier=4000).shares
    assert share.share >= 300
