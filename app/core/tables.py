"""Tables that a model reads out of a picture: asked for as JSON, kept as values, copied as text."""

import csv
import io
import json
from dataclasses import dataclass

MOST_COLUMNS, MOST_ROWS = 24, 400
LONGEST_CELL = 180  # characters
# What such an answer must look like. A model that loses its way does so within one cell or row,
# and would not come out of it by itself.
_CELLS = {
    "type": "array",
    "items": {"type": "string", "maxLength": LONGEST_CELL},
    "maxItems": MOST_COLUMNS,
}
SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"columns": _CELLS, "rows": {"type": "array", "items": _CELLS}},
        "required": ["columns", "rows"],
        "additionalProperties": False,
    }
)
_decoder = json.JSONDecoder()


@dataclass(frozen=True)
class Table:
    """As many cells in each row as there are columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def as_csv(self) -> str:
        """Comma-separated values with CRLF, as RFC 4180 has it: what spreadsheets open."""
        text = io.StringIO(newline="")
        csv.writer(text).writerows((self.columns, *self.rows))
        return text.getvalue()

    def as_markdown(self) -> str:
        """A table in Markdown, its columns aligned."""
        cells = [[_in_one_line(cell) for cell in row] for row in (self.columns, *self.rows)]
        widths = [max(3, *(len(row[place]) for row in cells)) for place in range(len(self.columns))]
        lines = [
            "| " + " | ".join(map(str.ljust, row, widths)) + " |"
            for row in [cells[0], ["-" * width for width in widths], *cells[1:]]
        ]
        return "\n".join(lines) + "\n"


def read_table(answer: str) -> Table | None:
    """The table in an answer that follows ``SCHEMA`` and may still be growing: its columns and the
    rows that are complete. None before there are columns. Rows that are too short or too long for
    the columns are filled up, or get columns without a name: nothing that was read is lost."""
    columns = _list(answer, "columns")
    if columns is None:
        return None
    names = [_text(name) for name in columns[:MOST_COLUMNS]]
    rows: list[list[str]] = []
    place = _after(answer, "rows")
    while place is not None and len(rows) < MOST_ROWS:
        begin = answer.find("[", place)
        if begin < 0 or answer[place:begin].strip(" \t\r\n,"):
            break
        try:
            row, place = _decoder.raw_decode(answer, begin)
        except (ValueError, RecursionError):
            break  # the rest is still to come
        rows.append([_text(cell) for cell in row[:MOST_COLUMNS]])
    width = max([len(names), *map(len, rows)])
    if not width:
        return None
    filled = [(*row, *[""] * (width - len(row))) for row in [names, *rows]]
    return Table(filled[0], tuple(filled[1:]))


def _after(answer: str, key: str) -> int | None:
    """The place behind the bracket that opens the list called ``key``."""
    found = answer.find(f'"{key}"')
    begin = answer.find("[", found) if found >= 0 else -1
    return begin + 1 if begin >= 0 else None


def _list(answer: str, key: str) -> list[object] | None:
    """The list called ``key``, None while it isn't complete."""
    place = _after(answer, key)
    if place is None:
        return None
    try:
        value, _ = _decoder.raw_decode(answer, place - 1)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list) else None


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _in_one_line(cell: str) -> str:
    return " ".join(cell.replace("|", "\\|").split())
