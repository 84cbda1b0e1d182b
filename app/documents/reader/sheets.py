"""Workbooks (xlsx): each sheet a Markdown table of the values that its cells show."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from lxml import etree

from app.core.document import Page
from app.documents.reader.archive import (
    Archive,
    Damaged,
    attribute,
    child,
    drop,
    local,
)
from app.documents.reader.flow import table
from app.documents.reader.formats import Context
from app.documents.reader.refusals import damaged

MOST_CELLS = 500_000  # of one workbook that are read; a table of 50 columns and 10,000 rows
_TELL_EVERY = 2000  # rows
_MOST_TEXTS = 40_000_000  # characters of all shared texts

_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_PERCENTS = {9, 10}
# What in the code of a format is no code: quoted words, colours, conditions, escaped characters.
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')


class Cells:
    """How many cells of a workbook may still be read."""

    def __init__(self) -> None:
        self.left = MOST_CELLS


def read(path: Path, name: str, context: Context) -> Iterator[Page]:
    """See ``formats``."""
    with Archive(path, name, context) as archive:
        main = next(
            (part for kind, part in archive.relations("").values() if kind == "officeDocument"),
            "xl/workbook.xml",
        )
        try:
            root = archive.xml(main)
        except Damaged as error:
            raise damaged(name) from error
        workbook = _Workbook(archive, main, root, context)
        context.total = len(workbook.sheets)
        if not workbook.sheets:
            raise damaged(name)
        cells = Cells()
        for number, (title, member, hidden) in enumerate(workbook.sheets, start=1):
            context.heading(title, 1, number)
            rows: list[dict[int, str]] = []
            problem = ""
            try:
                problem = workbook.read(member, title, rows, cells)
            except Damaged:
                problem = f"The sheet {title} is damaged; {len(rows):,} rows of it were read."
            if problem:
                context.warn(problem)
            yield sheet_page(number, title, dense(rows), hidden=hidden, problem=problem)


def dense(rows: list[dict[int, str]]) -> list[list[str]]:
    """Rows, each with its texts by column, as lists of the columns that are used: one cell far
    out would make a row of thousands."""
    used = sorted({column for row in rows for column in row})
    return [[row.get(column, "") for column in used] for row in rows]


def sheet_page(
    number: int, title: str, rows: list[list[str]], *, hidden: bool, problem: str = ""
) -> Page:
    """The page that a sheet becomes; a model is told its name, too."""
    head = f"# {title} (hidden)" if hidden else f"# {title}"
    text = "\n\n".join(part for part in (head, table(rows)) if part)
    return Page(number, text, label=title, problem=problem)


def left_out(title: str, rows: int, total: int) -> str:
    """A sentence about a sheet that is too long."""
    more = f" of {total:,}" if total > rows else ""
    return (
        f"Of the sheet {title} the first {rows:,} rows{more} were read: "
        f"a workbook is read up to {MOST_CELLS:,} cells."
    )


class _Workbook:
    def __init__(self, archive: Archive, main: str, root: etree._Element, context: Context) -> None:
        self._archive = archive
        self._context = context
        related = archive.relations(main)
        parts = dict(related.values())
        properties = child(root, "workbookPr")
        is_1904 = properties is not None and attribute(properties, "date1904") in ("1", "true")
        self._epoch = datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30)
        self.sheets: list[tuple[str, str, bool]] = []  # title, file inside, hidden
        listed = child(root, "sheets")
        for one in listed if listed is not None else ():
            ids = [str(value) for key, value in one.attrib.items() if str(key).endswith("}id")]
            member = next((related[one_id][1] for one_id in ids if one_id in related), "")
            hidden = attribute(one, "state", "visible") != "visible"
            if local(one) == "sheet":
                self.sheets.append((attribute(one, "name"), member, hidden))
        self._texts = self._shared(parts.get("sharedStrings", "xl/sharedStrings.xml"))
        self._formats = _formats(archive.optional_xml(parts.get("styles", "xl/styles.xml")))

    def read(self, member: str, title: str, rows: list[dict[int, str]], cells: Cells) -> str:
        """Add the rows of a sheet to ``rows``, their texts by column. A sentence about what was
        left out, or ""."""
        total = 0
        for element in self._archive.elements(member, "row", "dimension"):
            if local(element) == "dimension":
                total = _last_row(attribute(element, "ref"))
                continue
            if cells.left <= 0:
                return left_out(title, len(rows), total)
            row: dict[int, str] = {}
            column = -1
            for cell in element:
                if local(cell) == "c":
                    column = _column(attribute(cell, "r"), column + 1)
                    if text := self._value(cell):
                        row[column] = text
            cells.left -= max(1, len(row))
            rows.append(row)
            if len(rows) % _TELL_EVERY == 0:
                self._context.told(0, len(self.sheets))
            drop(element)
        return ""

    def _value(self, cell: etree._Element) -> str:
        """What a cell shows: of a formula its value, the formula itself where none was kept."""
        value, kind = child(cell, "v"), cell.get("t", "n")
        if kind == "inlineStr":
            inline = child(cell, "is")
            return _rich(inline) if inline is not None else ""
        if value is None or not value.text:
            formula = child(cell, "f")
            return f"={formula.text}" if formula is not None and formula.text else ""
        text = value.text
        if kind == "s":
            place = int(text) if text.isdigit() and len(text) < 9 else -1
            return self._texts[place] if 0 <= place < len(self._texts) else ""
        if kind == "b":
            return "TRUE" if text == "1" else "FALSE"
        if kind in ("str", "e", "d"):
            return text
        style = cell.get("s", "0")
        return self._number(text, self._formats.get(int(style), "") if style.isdigit() else "")

    def _number(self, text: str, form: str) -> str:
        try:
            number = float(text)
        except ValueError:
            return text
        if form == "percent":
            return f"{number * 100:.10g}%"
        if form == "date":
            try:
                return moment(self._epoch + timedelta(days=number), number)
            except (OverflowError, ValueError):
                return text
        return plain_number(number)

    def _shared(self, member: str) -> list[str]:
        """The texts that cells share."""
        texts: list[str] = []
        size = 0
        if member not in self._archive:
            return texts
        try:
            for element in self._archive.elements(member, "si"):
                texts.append(_rich(element))
                size += len(texts[-1])
                drop(element)
                if len(texts) % _TELL_EVERY == 0:
                    self._context.told(0, len(self.sheets))
                if size > _MOST_TEXTS:
                    raise Damaged(member)
        except Damaged:
            self._context.warn("Some texts of the workbook are damaged or too long to be read.")
        return texts


def moment(when: datetime, days: float) -> str:
    """A date, a time or both; ``days`` are those since the workbook's epoch."""
    when = (when + timedelta(microseconds=500_000)).replace(microsecond=0)
    if 0 <= days < 1:
        return f"{when:%H:%M:%S}" if when.second else f"{when:%H:%M}"
    day = f"{when.year:04}-{when:%m-%d}"
    if not (when.hour or when.minute or when.second):
        return day
    return f"{day} {when:%H:%M:%S}" if when.second else f"{day} {when:%H:%M}"


def plain_number(number: float) -> str:
    """A number with as many digits as a sheet shows of it."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.15g}"


def _rich(element: etree._Element) -> str:
    """The text of a cell, without the reading aids of Japanese ones."""
    words = [
        one.text or ""
        for one in element.iter("{*}t")
        if not any(local(above) == "rPh" for above in one.iterancestors())
    ]
    return "".join(words)


def _formats(root: etree._Element | None) -> dict[int, str]:
    """Which styles of cells show a date, and which a percentage."""
    found: dict[int, str] = {}
    if root is None:
        return found
    codes: dict[int, str] = {}
    for one in root.iter("{*}numFmt"):
        number = attribute(one, "numFmtId")
        if number.isdigit():
            codes[int(number)] = _kind(attribute(one, "formatCode"))
    cells = child(root, "cellXfs")
    for style, one in enumerate(cells if cells is not None else ()):
        text = attribute(one, "numFmtId", "0")
        number_format = int(text) if text.isdigit() else 0
        if number_format in codes:
            found[style] = codes[number_format]
        elif number_format in _DATES:
            found[style] = "date"
        elif number_format in _PERCENTS:
            found[style] = "percent"
    return found


def _kind(code: str) -> str:
    code = _QUOTED.sub("", code.partition(";")[0]).casefold()
    if "%" in code:
        return "percent"
    return "date" if any(sign in code for sign in "ymdhs") and "general" not in code else ""


def _column(reference: str, expected: int) -> int:
    """The column of "BC12", counted from 0; ``expected`` for a cell that doesn't say."""
    column = 0
    for sign in reference[:4].upper():
        if not "A" <= sign <= "Z":
            break
        column = column * 26 + ord(sign) - ord("A") + 1
    return column - 1 if column else expected


def _last_row(reference: str) -> int:
    digits = reference.rpartition(":")[2].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ$")
    return int(digits) if digits.isdigit() and len(digits) < 9 else 0
