"""Documents whose every word is on one page only, and a model that notes down what it was given."""

from collections.abc import Callable, Sequence

import msgspec

from app.core.conversation import Document
from app.core.document import Extract, Heading, Page, Unit
from app.core.reading.hits import Hit
from app.core.reading.steps import Step
from app.core.reading.tokens import estimate
from app.core.reading.work import Work


def page_text(number: int, sentences: int, document: str = "a") -> str:
    """``sentences`` sentences whose words stand nowhere else."""
    names = [f"{document}{number}{letter}" for letter in "xyz"]
    return " ".join(
        f"On {names[0]}{index} there was {names[1]}{index} and none of {names[2]}{index}."
        for index in range(1, sentences + 1)
    )


def document(
    pages: Sequence[Page | int],
    name: str = "report.pdf",
    unit: Unit = "page",
    headings: Sequence[Heading] = (),
    letter: str = "a",
) -> tuple[Document, Extract]:
    """A document of pages, or of so many sentences a page."""
    made = tuple(
        page if isinstance(page, Page) else Page(number, page_text(number, page, letter))
        for number, page in enumerate(pages, start=1)
    )
    extract = Extract(name, "pdf", unit, made, len(made), tuple(headings))
    return (
        Document(f"blob-{name}", name, "application/pdf", kind="pdf", unit=unit, pages=len(made)),
        extract,
    )


def scan(number: int) -> Page:
    return Page(number, source="picture", read=False)


class Model:
    """Stands where the engine does. ``context`` is what it really takes, in estimated tokens;
    ``answers`` says what it writes, by the step, None for a failure."""

    def __init__(
        self,
        context: int = 1_000_000,
        answers: Callable[[Step], tuple[str, bool] | None] | None = None,
        hits: Sequence[Hit] = (),
    ) -> None:
        self.context = context
        self.steps: list[Step] = []
        self.given: list[str] = []  # the words of every prompt that was answered
        self._answers = answers or self._usual
        self._hits = hits

    def run(self, work: Work, steps: int = 10_000) -> str:
        """Do so many steps of it, at most; the answer, "" before the end."""
        for _ in range(steps):
            step = work.step()
            if step is None:
                break
            self.steps.append(step)
            if step.kind == "search":
                work.found(self._hits)
                continue
            if step.ready:
                work.take(step.ready)
                return step.ready
            prompt = "\n".join(turn.text for turn in step.turns) or self.chat_prompt(work)
            if estimate(prompt) + step.max_tokens > self.context:
                work.failed("The question is too long.", "too_long")
                continue
            answer = self._answers(step)
            if answer is None:
                work.failed("The engine has failed.")
                continue
            self.given.append(prompt)
            work.take(*answer)
            if step.kind == "answer":
                return answer[0]
        return ""

    def chat_prompt(self, work: Work) -> str:
        from app.core.reading.pages import extract_text

        whole = [
            extract_text(extract, number)
            for extract, number, share in zip(
                work.extracts, work.numbers, work.plan.shares, strict=True
            )
            if share.how == "whole"
        ]
        return "\n".join([*whole, work.excerpts, work.task.question])

    def kinds(self) -> list[str]:
        return [step.kind for step in self.steps]

    @staticmethod
    def _usual(step: Step) -> tuple[str, bool]:
        match step.kind:
            case "look":
                return f"Seen: s{step.page}y1.", True
            case "hear":
                return f"Heard: h{step.page}z1.", True
            case "notes":
                return f"- A note on this part. [p. {step.first}]", True
            case "merge":
                return "- Notes put together. [p. 1]", True
        return "The answer. [p. 1]", True


def with_text(extract: Extract, number: int, text: str) -> Extract:
    """The extract after page ``number`` was written down."""
    pages = tuple(
        msgspec.structs.replace(page, text=text, read=True) if page.number == number else page
        for page in extract.pages
    )
    return msgspec.structs.replace(extract, pages=pages)
