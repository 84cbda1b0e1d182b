"""What of its documents an answer rests on: only what the model was really given counts."""

from collections.abc import Collection, Iterable, Mapping

from app.core.document import Coverage, Extract, Page
from app.core.reading.pages import numbers_in_words
from app.core.reading.plan import How
from app.core.reading.spans import Span

_NAMED = 4  # files or places that are named, where more are counted only


def cover(
    extract: Extract, blob: str, how: How, given: Collection[int], left: Mapping[str, Iterable[int]]
) -> Coverage:
    """``given`` are the numbers of the pages that were handed to the model from beginning to end;
    ``left`` says of others why they were not, by the reason."""
    pages = [page for page in extract.pages if page.number in given and readable(page)]
    return Coverage(
        extract.name,
        blob,
        extract.unit,
        extract.total,
        tuple(page.number for page in pages),
        tuple(page.number for page in pages if page.source == "picture"),
        tuple(page.number for page in pages if page.source == "sound"),
        (*extract.missing, *_problems(extract, pages), *_reasons(extract, left)),
        how,
    )


def readable(page: Page) -> bool:
    """Whether there is anything of the page that could be handed to a model."""
    return page.read and (bool(page.text.strip()) or not page.problem)


def fully_given(extract: Extract, spans: Iterable[Span]) -> tuple[set[int], set[int]]:
    """The pages that ``spans`` hold from beginning to end, and those that they hold parts of."""
    held: dict[int, list[Span]] = {}
    for span in spans:
        held.setdefault(span.page, []).append(span)
    whole: set[int] = set()
    parts: set[int] = set()
    for page in extract.pages:
        if page.number not in held:
            continue
        end = len(page.text.rstrip())
        place = len(page.text) - len(page.text.lstrip()) if page.text.strip() else 0
        for span in sorted(held[page.number], key=lambda one: one.start):
            if page.text[place : span.start].strip():
                break  # something between two pieces is missing
            place = max(place, span.end)
        (whole if place >= end else parts).add(page.number)
    return whole, parts


def named_pages(extract: Extract, numbers: Iterable[int]) -> str:
    """Pages as a sentence begins with them: "Pages 3-5, 8", "src/main.py and 3 more"."""
    wanted = sorted(set(numbers))
    if extract.unit in ("file", "time"):
        labels = {page.number: page.label or str(page.number) for page in extract.pages}
        names = [labels.get(number, str(number)) for number in wanted]
        more = len(names) - _NAMED
        shown = ", ".join(names[:_NAMED])
        return f"{shown} and {more} more" if more > 0 else shown
    noun = extract.unit.capitalize() + ("s" if len(wanted) > 1 else "")
    return f"{noun} {numbers_in_words(wanted)}"


def in_sentence(extract: Extract, numbers: Iterable[int]) -> str:
    """Pages as they are named within a sentence: "pages 3-5, 8"."""
    named = named_pages(extract, numbers)
    return named if extract.unit in ("file", "time") else named[:1].lower() + named[1:]


def _problems(extract: Extract, given: Collection[Page]) -> list[str]:
    """What the reader said of pages, also of those that can't be read at all; of pages that were
    not to be given nothing."""
    shown = {page.number for page in given}
    by_problem: dict[str, list[int]] = {}
    for page in extract.pages:
        if page.problem and (page.number in shown or not readable(page)):
            by_problem.setdefault(page.problem, []).append(page.number)
    return _reasons(extract, by_problem)


def _reasons(extract: Extract, left: Mapping[str, Iterable[int]]) -> list[str]:
    return [
        f"{named_pages(extract, numbers)}: {reason}"
        for reason, numbers in ((reason, list(pages)) for reason, pages in left.items())
        if numbers
    ]
