"""Reading documents for a command, with the engine replaced at its outermost edge: what goes down
the pipe is what counts as read."""

import io
import json
import os
import re
import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.commands.coverage_words import citations_sentence, coverage_sentences
from app.commands.documents import Documents, Opened
from app.commands.options import Options
from app.commands.reading import Driver
from app.commands.reading_outputs import JsonReading, PlainReading
from app.commands.summarise import page_ranges
from app.core.conversation import Outcome, Role, Stats
from app.core.document import Coverage
from app.core.errors import AppError
from app.core.prompt import Prompt, Sampling, Turn
from app.core.reading.pages import extract_text
from app.core.reading.tasks import DocumentTask
from app.core.reading.work import Work
from app.documents.reader.client import Reader
from app.engine.messages import Cancel, Delta, Died, Done, Failed, Generate
from app.storage.extractions import ExtractionStore
from tests.data import pdf_files

WORD = re.compile(r"word\d+")


class FakeEngine:
    """Takes orders and answers them by ``answers``: words, or the event that ends it."""

    def __init__(self, answers: Callable[[Generate], str | Failed | Died]) -> None:
        self.orders: list[Generate] = []
        self._answers = answers
        self._events: deque[Any] = deque()

    def send(self, order: object) -> None:
        if isinstance(order, Cancel):
            self._events = deque([Done(order.turn, Outcome.STOPPED, Stats())])
        if not isinstance(order, Generate):
            return
        answer = self._answers(order)
        if isinstance(answer, str):
            self.orders.append(order)
            words = [Delta(order.turn, "text", word) for word in re.findall(r"\S+\s*", answer)]
            self._events += [*words, Done(order.turn, Outcome.DONE, Stats(answer_tokens=1))]
        else:
            self._events.append(answer)

    def receive(self, timeout: float) -> object:
        assert self._events, "the command waits for something that never comes"
        return self._events.popleft()

    @property
    def sent(self) -> str:
        """All words that the model was given and has answered."""
        return "\n".join(turn.text for order in self.orders for turn in order.prompt.turns)


def usual(order: Generate) -> str:
    text = order.prompt.turns[-1].text
    if order.prompt.turns[-1].media:
        return "word777 stands on this scan."
    found = WORD.findall(text)
    return f"- {found[0]} is there. [p. {int(found[0][4:])}]" if found else "- Nothing."


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with closing(Reader()) as reader:
        yield reader


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 pages, each with a word that stands on it alone; page 7 is a scan."""
    pdf = pdf_files.Pdf()
    for number in range(1, 41):
        if number == 7:
            picture = pdf.picture(200, 280, bytes(range(200)) * 280)
            name = picture.split()[0]
            pdf.page(b"q 595 0 0 842 0 0 cm %s Do Q" % name, images=picture)
        else:
            rows = [f"Here is word{number}."] + [
                f"Line {row} tells of boats that came into the harbour in the evening."
                for row in range(12)
            ]
            pdf.page(pdf_files.lines(rows))
    path = tmp_path_factory.mktemp("report") / "report.pdf"
    path.write_bytes(pdf.written())
    return path


class Run:
    """One question about the report, asked as a command asks it."""

    def __init__(
        self,
        reader: Reader,
        report: Path,
        folder: Path,
        task: DocumentTask,
        answers: Callable[[Generate], str | Failed | Died] = usual,
        context: int = 4096,
        *,
        plain: bool = False,
    ) -> None:
        self.engine = FakeEngine(answers)
        self.out, self.err = io.StringIO(), io.StringIO()
        output = PlainReading(self.out, self.err) if plain else JsonReading(self.out)
        self.store = ExtractionStore(folder / "extracts", 1)
        self.documents = Documents(reader, self.store, lambda _text: None)
        self.opened: Opened = self.documents.open(report)
        self.work = Work.begin(
            [(self.opened.document, self.opened.extract)], task, context, sees=True
        )
        self.driver = Driver(
            self.engine,  # type: ignore[arg-type]
            self.documents,
            [self.opened],
            folder,
            Options(),
            Sampling(),
            output,
            thinks=True,
        )

    def __call__(self) -> dict[str, Any]:
        self.driver.run(self.work, self._chat)
        return self.last

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]

    @property
    def last(self) -> dict[str, Any]:
        return self.events[-1]

    def given(self) -> list[int]:
        """The pages whose word went down the pipe in a prompt that was answered."""
        words = {int(word[4:]) for word in WORD.findall(self.engine.sent)}
        return sorted(7 if word == 777 else word for word in words)

    @staticmethod
    def _chat(work: Work) -> Prompt:
        texts = [
            extract_text(extract)
            for extract, share in zip(work.extracts, work.plan.shares, strict=True)
            if share.how == "whole"
        ]
        question = work.task.question
        return Prompt((Turn(Role.USER, "\n\n".join([*texts, work.excerpts, question])),))


def test_a_summary_claims_the_pages_that_went_down_the_pipe_and_no_others(
    reader: Reader, report: Path, tmp_path: Path
) -> None:
    run = Run(reader, report, tmp_path, DocumentTask("summarise"))
    done = run()
    (coverage,) = done["coverage"]
    assert coverage["read"] == run.given() == list(range(1, 41))
    assert coverage["complete"]
    assert coverage["pictures"] == [7]
    assert done["outcome"] == "done"
    assert done["text"] == "- word1 is there. [p. 1]"
    (citation,) = done["citations"]
    assert (citation["state"], citation["page"]) == ("found", 1)
    assert citation["passage"] == "Here is word1."
    kinds = [event["kind"] for event in run.events if event["event"] == "step"]
    assert kinds == ["look", *["notes"] * (len(kinds) - 2), "answer"]
    # The scan was looked at as a picture, large enough for small print; never again.
    (look,) = [order for order in run.engine.orders if order.prompt.turns[-1].media]
    assert (look.prompt.turns[-1].media[0].budget, look.sampling.temperature) == (1120, 0.0)
    assert look.prompt.thinking is False
    assert not list(tmp_path.glob("page.*"))
    again = Run(reader, report, tmp_path, DocumentTask("summarise"))
    again()
    assert not any(order.prompt.turns[-1].media for order in again.engine.orders)


def test_a_section_that_fails_is_claimed_by_nobody(
    reader: Reader, report: Path, tmp_path: Path
) -> None:
    def answers(order: Generate) -> str | Failed:
        if "word20." in order.prompt.turns[-1].text:
            return Failed(order.turn, "The model computed nonsense.", "Try again.", "nan")
        return usual(order)

    run = Run(reader, report, tmp_path, DocumentTask("summarise"), answers)
    (coverage,) = run()["coverage"]
    assert coverage["read"] == run.given()
    assert 20 not in coverage["read"]
    assert re.fullmatch(
        r"Pages \d+-\d+: The model computed nonsense\. Try again\.", coverage["left_out"][0]
    )


def test_a_prompt_that_is_too_long_is_cut(reader: Reader, report: Path, tmp_path: Path) -> None:
    def answers(order: Generate) -> str | Failed:
        if len(order.prompt.turns[-1].text) > 3000:
            return Failed(order.turn, "The question is too long.", "Shorten it.", "too_long")
        return usual(order)

    run = Run(reader, report, tmp_path, DocumentTask("summarise"), answers)
    (coverage,) = run()["coverage"]
    assert coverage["read"] == run.given() == list(range(1, 41))


def test_a_pointed_question_claims_the_pages_it_was_given(
    reader: Reader, report: Path, tmp_path: Path
) -> None:
    task = DocumentTask("ask", question="Where is word33?")
    run = Run(reader, report, tmp_path, task, context=2048)
    done = run()
    (coverage,) = done["coverage"]
    chat = WORD.findall(run.engine.orders[-1].prompt.turns[-1].text)
    assert coverage["how"] == "search"
    assert {32, 33, 34} <= set(coverage["read"])
    assert set(coverage["read"]) == {7 if word == "word777" else int(word[4:]) for word in chat}
    assert len(coverage["read"]) < 40


@pytest.mark.parametrize("at", [1, 3])
def test_ctrl_c_keeps_the_notes_so_far_and_claims_no_more(
    reader: Reader, report: Path, tmp_path: Path, at: int
) -> None:
    orders = 0

    def answers(order: Generate) -> str:
        nonlocal orders
        orders += 1
        if orders == at:
            os.kill(os.getpid(), signal.SIGINT)
        return usual(order)

    before = signal.getsignal(signal.SIGINT)
    run = Run(reader, report, tmp_path, DocumentTask("summarise"), answers, plain=True)
    ending = run.driver.run(run.work, run._chat)
    assert signal.getsignal(signal.SIGINT) is before
    assert ending.outcome is Outcome.STOPPED
    (coverage,) = ending.coverage
    stopped = run.engine.orders[:-1]  # the last one was cut off
    words = WORD.findall("\n".join(order.prompt.turns[-1].text for order in stopped))
    assert {f"word{777 if page == 7 else page}" for page in coverage.read} == set(words)
    assert run.out.getvalue().strip() == ending.notes.strip()
    assert f"report.pdf: Read {len(coverage.read)} of 40 pages" in run.err.getvalue()


def test_the_end_of_the_engine_keeps_the_notes_so_far(
    reader: Reader, report: Path, tmp_path: Path
) -> None:
    def answers(order: Generate) -> str | Died:
        if "word30." in order.prompt.turns[-1].text:
            return Died("signal 9", True)
        return usual(order)

    run = Run(reader, report, tmp_path, DocumentTask("summarise"), answers)
    with pytest.raises(AppError) as caught:
        run()
    assert caught.value.code == "died"
    assert "[p. 1]" in run.last["notes"]
    assert run.last["outcome"] == "failed"
    assert run.last["coverage"][0]["read"] == run.given()


def test_an_encrypted_file_is_refused_where_nobody_can_be_asked(
    reader: Reader, tmp_path: Path
) -> None:
    path = tmp_path / "locked.pdf"
    path.write_bytes(pdf_files.simple(["secret"]).written(password="x"))
    documents = Documents(reader, ExtractionStore(tmp_path, 1), lambda _text: None)
    with pytest.raises(AppError) as caught:
        documents.open(path)
    assert caught.value.code == "document-password"


def test_what_is_no_document_is_refused(reader: Reader, tmp_path: Path) -> None:
    documents = Documents(reader, ExtractionStore(tmp_path, 1), lambda _text: None)
    with pytest.raises(AppError, match=r"red-circle\.png is not a document"):
        documents.open(Path("tests/data/media/red-circle.png"))


# -- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coverage", "sentences"),
    [
        (
            Coverage("r", "b", "page", 3, (1, 2, 3), (2,)),
            ["Read all 3 pages (1 from pictures)."],
        ),
        (Coverage("r", "b", "page", 1, (1,)), ["Read all of it."]),
        (Coverage("r", "b", "slide", 5, (1, 2)), ["Read 2 of 5 slides."]),
        (
            Coverage("r", "b", "page", 400, (3, 4, 9), how="search"),
            ["Read 3 of 400 pages: 3-4, 9."],
        ),
        (
            Coverage("r", "b", "time", 2, (1,), (), (1,), ("00:30: noise.",)),
            ["Read 1 of 2 pieces (1 heard).", "00:30: noise."],
        ),
    ],
)
def test_coverage_in_words(coverage: Coverage, sentences: list[str]) -> None:
    assert coverage_sentences(coverage) == sentences


def test_citations_in_words() -> None:
    good, bad = {"state": "found"}, {"state": "no_page"}
    assert citations_sentence([]) == ""
    assert citations_sentence([good]) == "The citation was found on its page."
    assert citations_sentence([good, bad]) == "1 of 2 citations were found on their pages."


def test_ranges_of_pages() -> None:
    assert page_ranges("3-9,12, 20-") == ((3, 9), (12, 12), (20, 0))


@pytest.mark.parametrize("text", ["", "x", "0", "5-3", "3,,4", "-3", "1-2-3"])
def test_what_names_no_pages_is_refused(text: str) -> None:
    with pytest.raises(AppError, match="names no pages"):
        page_ranges(text)
