"""What the model is asked on the way to an answer, in plain words that a small model follows."""

from collections.abc import Sequence

from app.core.document import Extract
from app.core.reading.pages import count, mark, marked, range_mark
from app.core.reading.sections import Section
from app.core.reading.spans import Span
from app.core.reading.tasks import DocumentTask, Length, tongue, words

LOOK = (
    "Write down everything that is written on this page, exactly as it stands and in reading"
    " order. Write tables as Markdown tables. Say in one short line in round brackets what a"
    " picture or a diagram shows. Only output that. If the page is empty, write: (empty)"
)
LOOK_TOKENS = 1500  # of an answer; a full page has about 700
EMPTY = "(empty)"
HEAR_TOKENS = 400  # half a minute of fast speech has about 120
NOTHING = "none"  # the answer for a section without anything for the table

_LINE = 36  # tokens of a line of notes, its mark included
_DENSITY: dict[Length, float] = {"short": 0.7, "standard": 1.0, "detailed": 1.6}
_LEAST_LINES, _MOST_LINES = 4, 20


def note_lines(tokens: int, task: DocumentTask) -> int:
    """How many lines of notes a section of ``tokens`` is worth."""
    lines = (3 + tokens / 500) * _DENSITY[task.length]
    return int(min(max(lines, _LEAST_LINES), _MOST_LINES))


def note_tokens(lines: int) -> int:
    """The limit for so many lines of notes."""
    return lines * _LINE + 40


def notes(
    extract: Extract, section: Section, total: int, document: int, task: DocumentTask, lines: int
) -> str:
    """Ask for notes on a section."""
    body = marked(extract, section.spans, document)
    place = f"part {section.number} of {total} of the file {extract.name}"
    title = f", {section.title}" if section.title else ""
    wanted = f" The reader wants to know: {task.question.strip()}" if task.question.strip() else ""
    return (
        f"This is {place} ({count(extract)}){title}:\n---\n{body}\n---\n"
        f'Write notes on this part: at most {lines} short lines, each beginning with "- ". Write'
        " down the most important statements, with names, numbers and dates exactly as they"
        f" stand above. End each line with the mark of its page, such as"
        f" {_example(extract, section, document)}. Write only what stands above, and only the"
        f" lines.{wanted} {tongue(task)}"
    )


def table(
    extract: Extract, section: Section, total: int, document: int, task: DocumentTask, header: str
) -> str:
    """Ask for the rows of a table that are in a section. ``header`` is the table's first line, ""
    as long as there is none."""
    body = marked(extract, section.spans, document)
    columns = (
        f"Use exactly these columns:\n{header}\n"
        if header
        else "Its last column is called Source and has the mark of each row's page, such as "
        f"{_example(extract, section, document)}. "
    )
    wanted = f" What is wanted: {task.question.strip()}." if task.question.strip() else ""
    return (
        f"This is part {section.number} of {total} of the file {extract.name}:\n---\n{body}\n---\n"
        f"Write the data in this part as one Markdown table, a row for each entry, with every"
        f" number exactly as it stands.{wanted} {columns}Only output the table. If there is no"
        f" data for a table in this part, write: {NOTHING}"
    )


def translate(text: str, task: DocumentTask) -> str:
    """Ask for a piece of a text in another language."""
    return (
        f"---\n{text.strip()}\n---\nTranslate the text above into {task.language or 'English'}, all"
        " of it, paragraph by paragraph. Keep headings, lists and tables. Only output the"
        " translation."
    )


def merge(extract: Extract, notes: Sequence[str], task: DocumentTask, lines: int) -> str:
    """Ask for fewer notes than there are."""
    return (
        f"These are notes on pages of the file {extract.name}, in their order:\n---\n"
        f"{_joined(notes)}\n---\n"
        f'Put them together into at most {lines} lines, each beginning with "- ". Keep the most'
        " important statements, with names, numbers and dates exactly as they stand, and say"
        " nothing twice. Keep the marks of the pages in brackets at the end of each line. Write"
        f" only what stands above, and only the lines. {tongue(task)}"
    )


def answer(documents: Sequence[tuple[Extract, int, Sequence[str]]], task: DocumentTask) -> str:
    """Ask for the answer itself, from the notes on each document and its number in the chat."""
    parts = []
    for extract, _number, notes in documents:
        parts.append(
            f"Notes on the whole file {extract.name} ({count(extract)}), in its order:\n---\n"
            f"{_joined(notes)}\n---"
        )
    extract, number, _ = documents[0]
    example = mark(extract.unit, extract.pages[0], number) if extract.pages else "[p. 1]"
    several = "The marks begin with the number of the document. " if len(documents) > 1 else ""
    return (
        "\n\n".join(parts)
        + f"\n\n{words(task, len(documents))} You know the {'files' if several else 'file'} by"
        " these notes; take what you say only from them. The marks in brackets, such as"
        f" {example}, name pages. {several}Keep them: each statement ends with the mark of its"
        " page."
    )


def _joined(notes: Sequence[str]) -> str:
    return "\n".join(note.strip() for note in notes if note.strip())


def _example(extract: Extract, section: Section, document: int) -> str:
    last: Span = section.spans[-1]
    if extract.unit == "file":
        page = next(page for page in extract.pages if page.number == last.page)
        return f"{mark('file', page, document)[:-1]}:1-5]"
    return range_mark(extract, last.page, last.page, document)
