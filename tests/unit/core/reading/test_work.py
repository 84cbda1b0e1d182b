import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.document import Extract, Page
from app.core.errors import AppError
from app.core.reading.coverage import readable
from app.core.reading.hits import Hit
from app.core.reading.steps import Step
from app.core.reading.tasks import DocumentTask
from app.core.reading.work import Work
from tests.unit.core.reading.documents import Model, document, page_text, scan

ASK = DocumentTask("ask", question="Which word?")
SUMMARISE = DocumentTask("summarise")
WORD = re.compile(r"\b[a-z]\d+[xyz]\d+\b")


def begin(*documents: object, task: DocumentTask = SUMMARISE, **more: object) -> Work:
    values = {"context": 4096, "sees": True, "hears": True, **more}
    return Work.begin(documents, task, **values)  # type: ignore[arg-type]


def really_given(extract: Extract, model: Model) -> set[int]:
    """The pages all of whose words were in prompts that the model has answered."""
    seen = set(WORD.findall("\n".join(model.given)))
    return {
        page.number
        for page in extract.pages
        if readable(page) and set(WORD.findall(page.text)) <= seen
    }


# -- a summary of everything ----------------------------------------------------------------------


def test_what_fits_is_asked_in_the_chat_itself() -> None:
    work = begin(document([3, 3]))
    model = Model()
    assert model.run(work) == "The answer. [p. 1]"
    assert model.kinds() == ["answer"]
    assert model.steps[0].turns == ()
    (coverage,) = work.coverage
    assert coverage.complete
    assert (coverage.read, coverage.how) == ((1, 2), "whole")
    assert work.done
    assert work.step() is None


def test_before_the_answer_nothing_counts_as_read() -> None:
    work = begin(document([3, 3]))
    assert work.coverage[0].read == ()
    work.step()
    assert work.coverage[0].read == ()


def test_what_does_not_fit_is_read_in_sections_and_every_page_is_given() -> None:
    work = begin(document([20] * 30))
    model = Model()
    model.run(work)
    kinds = model.kinds()
    assert kinds == ["notes"] * (len(kinds) - 1) + ["answer"]
    assert len(kinds) > 5
    (coverage,) = work.coverage
    assert coverage.complete
    assert coverage.how == "sections"
    assert really_given(work.extracts[0], model) == set(coverage.read) == set(range(1, 31))
    assert [step.number for step in model.steps[:-1]] == list(range(1, len(kinds)))
    assert model.steps[0].label.startswith(f"Section 1 of {len(kinds) - 1}, pages 1-")
    assert "A note on this part. [p. 1]" in model.given[-1]


def test_coverage_grows_with_the_sections_that_were_answered() -> None:
    work = begin(document([20] * 30))
    model = Model()
    model.run(work, 2)
    step = work.step()
    assert step is not None
    (coverage,) = work.coverage
    assert coverage.read
    assert not coverage.complete
    assert set(coverage.read) == really_given(work.extracts[0], model)
    assert "A note on this part" in work.notes
    assert work.notes.startswith("**[pp. 1-")


def test_notes_are_merged_until_they_fit() -> None:
    long = "\n".join(f"- Statement {line} has some words to it. [p. 1]" for line in range(14))

    def answers(step: Step) -> tuple[str, bool]:
        return (long, True) if step.kind in ("notes", "merge") else ("Done.", True)

    work = begin(document([20] * 60), context=2048)
    model = Model(context=2048, answers=answers)
    assert model.run(work) == "Done."
    assert model.kinds().count("merge") > 3
    assert work.coverage[0].complete


def test_a_section_that_was_too_long_is_cut_in_two() -> None:
    work = begin(document([20] * 30))
    model = Model(context=1500)  # less than was thought
    assert model.run(work)
    (coverage,) = work.coverage
    assert coverage.complete
    assert really_given(work.extracts[0], model) == set(coverage.read)


def test_a_section_that_failed_is_left_out_and_said_so() -> None:
    def answers(step: Step) -> tuple[str, bool] | None:
        return None if step.kind == "notes" and step.number == 2 else Model._usual(step)

    work = begin(document([20] * 30))
    model = Model(answers=answers)
    model.run(work)
    (coverage,) = work.coverage
    assert not coverage.complete
    assert set(coverage.read) == really_given(work.extracts[0], model)
    (left,) = coverage.left_out
    assert re.fullmatch(r"Pages \d+-\d+: The engine has failed\.", left)


@given(
    pages=st.lists(
        st.one_of(st.integers(0, 25), st.sampled_from(["scan", "sound", "broken"])),
        min_size=1,
        max_size=14,
    ),
    context=st.integers(900, 3000),
    truth=st.integers(900, 3000),
    failing=st.sets(st.integers(0, 30), max_size=4),
    stop=st.integers(0, 40),
    sees=st.booleans(),
    kind=st.sampled_from(["summarise", "points", "translate", "table", "questions"]),
)
@settings(max_examples=80, deadline=None)
def test_coverage_is_what_was_really_given(
    pages: list[int | str],
    context: int,
    truth: int,
    failing: set[int],
    stop: int,
    sees: bool,
    kind: str,
) -> None:
    """Whatever happens on the way, stopped anywhere, also when resumed."""
    made = [
        {
            "scan": scan(number),
            "sound": Page(number, source="sound", read=False, end=20.0),
            "broken": Page(number, problem="This page is damaged."),
        }[page]
        if isinstance(page, str)
        else Page(number, page_text(number, page))
        for number, page in enumerate(pages, start=1)
    ]
    asked = 0

    def answers(step: Step) -> tuple[str, bool] | None:
        nonlocal asked
        asked += 1
        if step.kind == "answer" and step.turns == ():
            return Model._usual(step)
        return None if asked in failing and step.kind != "answer" else Model._usual(step)

    task = DocumentTask(kind, language="German")  # type: ignore[arg-type]
    work = begin(document(made), task=task, context=context, sees=sees)
    model = Model(context=truth, answers=answers)
    try:
        model.run(work, stop)
        work = Work.resume(work.state, work.extracts, context, sees=sees, hears=True)
        model.run(work, 60)
    except AppError:
        pass  # nothing could be read, or the chat has no room
    (coverage,) = work.coverage
    (extract,) = work.extracts
    read = really_given(extract, model)
    if coverage.how == "whole" and not work.done:
        read = set()
    blank = {page.number for page in extract.pages if readable(page) and not page.text.strip()}
    assert set(coverage.read) - blank == read - blank
    assert list(coverage.read) == sorted(set(coverage.read))
    if work.done:
        named = {
            number
            for sentence in coverage.left_out
            for low, high in re.findall(r"(\d+)(?:-(\d+))?", sentence.split(":")[0])
            for number in range(int(low), int(high or low) + 1)
        }
        assert set(coverage.read) | named == set(range(1, len(pages) + 1))
        assert coverage.complete == (not coverage.left_out)


# -- scans and recordings -------------------------------------------------------------------------


def test_scans_are_looked_at_first_and_their_words_are_kept() -> None:
    work = begin(document([Page(1, page_text(1, 2)), scan(2), Page(3, page_text(3, 2)), scan(4)]))
    model = Model()
    model.run(work)
    assert model.kinds() == ["look", "look", "answer"]
    assert [(step.page, step.number, step.total) for step in model.steps[:2]] == [
        (2, 1, 2),
        (4, 2, 2),
    ]
    assert model.steps[0].label == "Looking at page 2, 1 of 2"
    (extract,) = work.extracts
    assert extract.pages[1].text == "Seen: s2y1."
    assert extract.unread == ()
    (coverage,) = work.coverage
    assert coverage.complete
    assert coverage.pictures == (2, 4)
    assert "s4y1" in model.given[-1]


def test_notes_on_a_scan_stay_beside_what_is_seen() -> None:
    noted = Page(1, "Note: paid on 3 May", source="picture", read=False)
    work = begin(document([noted]))
    assert (step := work.step()) is not None
    assert step.kind == "look"
    work.take("Invoice 17", True)
    assert work.extracts[0].pages[0].text == "Invoice 17\n\nNote: paid on 3 May"


def test_what_had_been_seen_before_is_not_looked_at_again() -> None:
    work = begin(document([scan(1), scan(2)]))
    Model().run(work)
    again = begin((work.documents[0], work.extracts[0]))
    model = Model()
    model.run(again)
    assert model.kinds() == ["answer"]
    assert again.coverage[0].pictures == (1, 2)


def test_a_model_that_sees_nothing_says_which_pages_it_can_not_read() -> None:
    work = begin(document([Page(1, page_text(1, 2)), scan(2), scan(3)]), sees=False)
    model = Model()
    model.run(work)
    assert model.kinds() == ["answer"]
    (coverage,) = work.coverage
    assert coverage.read == (1,)
    assert not coverage.complete
    assert coverage.left_out == ("Pages 2-3: a picture, which this model can't see.",)
    assert "(This is a picture that has not been read.)" in model.given[-1]


def test_a_document_of_scans_alone_needs_a_model_that_sees() -> None:
    work = begin(document([scan(1), scan(2)]), sees=False)
    with pytest.raises(AppError, match="nothing but pictures") as caught:
        work.step()
    assert caught.value.code == "modality"


def test_a_page_that_failed_is_left_out_and_stays_unread_for_another_time() -> None:
    work = begin(document([Page(1, page_text(1, 2)), scan(2)]))
    step = work.step()
    assert step is not None
    assert step.kind == "look"
    work.failed("The picture is too large.")
    Model().run(work)
    assert work.coverage[0].left_out == ("Page 2: The picture is too large.",)
    assert work.extracts[0].unread == (2,)


def test_an_empty_scan_is_an_empty_page_and_a_cut_one_says_so() -> None:
    work = begin(document([Page(1, page_text(1, 2)), scan(2), scan(3)]))
    work.take("(empty)")
    work.take("```\nLine one\nLine one\nLine one\nLine one\nLine one\n```", complete=False)
    (extract,) = work.extracts
    assert extract.pages[1] == Page(2, source="picture")
    assert extract.pages[2].text == "Line one\nLine one\nLine one"
    Model().run(work)
    assert work.coverage[0].read == (1, 2, 3)
    assert work.coverage[0].left_out == ("Page 3: The end was not written down.",)


def test_a_recording_is_written_down_piece_by_piece() -> None:
    pieces = [
        Page(1, source="sound", read=False, label="00:00", start=0, end=28),
        Page(2, source="sound", read=False, label="00:28", start=28, end=55),
    ]
    work = begin(document(pieces, "talk.mp3", "time"), task=DocumentTask("transcribe"))
    model = Model()
    model.run(work, 1)
    assert work.notes == "[00:00] Heard: h1z1."
    assert model.run(work) == "[00:00] Heard: h1z1.\n\n[00:28] Heard: h2z1."
    assert model.kinds() == ["hear", "hear", "answer"]
    assert "Transcribe the following speech segment" in model.steps[0].turns[0].text
    assert work.coverage[0].sounds == (1, 2)


# -- answers that are made of what comes of each section ------------------------------------------


def test_a_table_is_put_together_from_the_sections() -> None:
    def answers(step: Step) -> tuple[str, bool]:
        if step.number == 2:
            return "none", True
        head = "| Word | Source |\n|---|---|\n"
        return f"{head}| w{step.number} | [p. {step.first}] |", True

    work = begin(document([20] * 9), task=DocumentTask("table"), context=2048)
    model = Model(answers=answers)
    table = model.run(work).splitlines()
    assert table[:3] == ["| Word | Source |", "| --- | --- |", "| w1 | [p. 1] |"]
    assert len(table) == 2 + model.kinds().count("notes") - 1
    assert "Use exactly these columns:\n| Word | Source |" in model.given[2]
    assert work.coverage[0].complete


def test_a_translation_that_was_cut_is_done_again_in_two_pieces() -> None:
    def answers(step: Step) -> tuple[str, bool]:
        return f"Seite {step.first}.", step.first == step.last

    task = DocumentTask("translate", language="German")
    work = begin(document([12] * 8), task=task, context=4096)
    model = Model(answers=answers)
    answer = model.run(work)
    assert answer.startswith("Seite 1.\n\n[p. 1]\n\nSeite 2.\n\n[p. 2]")
    assert work.coverage[0].complete
    assert "into German" in model.given[0]
    assert "[p. " not in model.given[0]


# -- pointed questions ----------------------------------------------------------------------------


def test_a_pointed_question_gets_the_pages_that_were_found_and_their_neighbours() -> None:
    pair = document([8] * 100)
    text = pair[1].pages[49].text
    hits = [
        Hit("blob-report.pdf", 50, 0, 60, text[:60], 9.0),
        Hit("blob-report.pdf", 7, 0, 9, "", 1),
    ]
    work = begin(pair, task=ASK, context=8192)
    model = Model(hits=hits)
    model.run(work)
    assert model.kinds() == ["search", "answer"]
    assert model.steps[0].question == "Which word?"
    assert model.steps[0].blobs == ("blob-report.pdf",)
    (coverage,) = work.coverage
    assert coverage.how == "search"
    assert coverage.left_out == ()
    assert coverage.read == (6, 7, 8, 49, 50, 51)
    assert really_given(work.extracts[0], model) == set(coverage.read)
    assert work.excerpts.startswith("Excerpts from the file report.pdf, which has 100 pages:")


def test_excerpts_become_fewer_when_the_prompt_was_too_long() -> None:
    hits = [Hit("blob-report.pdf", page, 0, 60, "", 1.0) for page in range(10, 90, 5)]
    work = begin(document([8] * 100), task=ASK, context=8192)
    model = Model(hits=hits, context=1200)
    assert model.run(work)
    assert really_given(work.extracts[0], model) == set(work.coverage[0].read)
    assert 0 < len(work.coverage[0].read) < 8


def test_of_a_page_that_is_too_long_a_part_is_given_and_not_counted() -> None:
    pair = document([600, 600, 600, 600])
    at = pair[1].pages[2].text.index("a3x300")
    work = begin(pair, task=ASK, context=4096)
    model = Model(hits=[Hit("blob-report.pdf", 3, at, at + 6, "", 1.0)])
    model.run(work)
    assert "a3x300" in work.excerpts
    assert work.coverage[0].read == ()
    assert work.coverage[0].left_out == ("Page 3: only a part was given to the model.",)


def test_nothing_found_gives_the_beginning() -> None:
    work = begin(document([8] * 100), task=ASK, context=8192)
    Model().run(work)
    assert work.coverage[0].read[0] == 1


def test_a_prompt_that_was_longer_than_thought_is_planned_again() -> None:
    work = begin(document([20] * 8), context=8192)
    model = Model(context=1500)
    step = work.step()
    assert step is not None
    assert step.kind == "answer"
    model.run(work)
    assert work.coverage[0].how == "sections"
    assert work.coverage[0].complete
    assert really_given(work.extracts[0], model) == set(range(1, 9))


# -- several documents, and code ------------------------------------------------------------------


def test_two_documents_are_noted_apart_and_compared() -> None:
    task = DocumentTask("compare")
    pairs = (document([20] * 12), document([20] * 12, "other.pdf", letter="b"))
    work = begin(*pairs, task=task, numbers=(2, 5))
    model = Model()
    model.run(work)
    last = model.given[-1]
    assert "Notes on the whole file report.pdf" in last
    assert "Notes on the whole file other.pdf" in last
    assert "[5: p. " in "".join(model.given)
    assert [one.name for one in work.coverage] == ["report.pdf", "other.pdf"]
    assert all(one.complete for one in work.coverage)


def test_a_code_base_is_explained_from_its_files_map_and_what_tells_most() -> None:
    files = ["README.md", "src/main.py", "src/deep/er/util.py", "tests/test_main.py"]
    pages = [
        Page(number, f"# file {number}\n" + "value = 1\n" * 120, label=name, first_line=1)
        for number, name in enumerate([*files, *(f"src/{n}.py" for n in range(40))], start=1)
    ]
    pair = document(pages, "project", "file")
    pair = (pair[0], msgspec.structs.replace(pair[1], tree="\n".join(files)))
    work = begin(pair, task=DocumentTask("explain"), context=8192)
    model = Model()
    model.run(work)
    assert model.kinds() == ["answer"]
    assert "Its files:\nREADME.md\nsrc/main.py" in work.excerpts
    assert "[README.md:1]\n# file 1\n" in work.excerpts
    assert "\n[README.md:11]\n" in work.excerpts
    assert 1 in work.coverage[0].read
    assert "test_main.py:" not in work.excerpts


# -- stopping and going on ------------------------------------------------------------------------


def test_a_stopped_reading_goes_on_where_it_was() -> None:
    work = begin(document([20] * 30))
    first = Model()
    first.run(work, 3)
    notes, coverage = work.notes, work.coverage
    resumed = Work.resume(work.state, work.extracts, 4096)
    assert (resumed.notes, resumed.coverage) == (notes, coverage)
    second = Model()
    second.run(resumed)
    assert second.steps[0].number == 4
    assert resumed.coverage[0].complete
    both = Model()
    both.given = first.given + second.given
    assert really_given(resumed.extracts[0], both) == set(range(1, 31))


def test_a_reading_whose_file_is_read_otherwise_now_begins_anew() -> None:
    work = begin(document([20] * 30))
    Model().run(work, 3)
    other = document([21] * 30)[1]
    resumed = Work.resume(work.state, [other], 4096)
    step = resumed.step()
    assert step is not None
    assert step.number == 1
    assert resumed.coverage[0].read == ()


def test_a_blind_start_can_be_resumed_by_a_model_that_sees() -> None:
    work = begin(document([Page(1, page_text(1, 2)), scan(2)]), sees=False)
    step = work.step()
    assert step is not None
    assert step.kind == "answer"
    seeing = Work.resume(work.state, work.extracts, 4096, sees=True)
    model = Model()
    model.run(seeing)
    assert model.kinds() == ["look", "answer"]
    assert seeing.coverage[0].complete


@pytest.mark.parametrize("state", [b"", b"\x80", b"nonsense"])
def test_a_state_that_is_none_is_refused(state: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        Work.resume(state, [document([1])[1]], 4096)


def test_an_answer_that_failed_is_an_error() -> None:
    work = begin(document([3]))
    work.step()
    with pytest.raises(AppError, match="It broke"):
        work.failed("It broke.", "died")
