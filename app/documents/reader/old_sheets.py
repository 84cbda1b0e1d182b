"""Workbooks in Excel's older formats (xls, xlsb)."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import python_calamine

from app.core.document import Page
from app.documents.reader.archive import locked
from app.documents.reader.formats import Context
from app.documents.reader.refusals import damaged
from app.documents.reader.sheets import (
    Cells,
    dense,
    left_out,
    moment,
    plain_number,
    sheet_page,
)

_MOST_AREA = 20_000_000  # cells of the rectangle that a sheet spans, as it lies in memory


def read(path: Path, name: str, context: Context) -> Iterator[Page]:
    """See ``formats``."""
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(path)
    except python_calamine.PasswordError as error:
        raise locked(name) from error
    except python_calamine.CalamineError as error:
        raise damaged(name) from error
    visible = python_calamine.SheetVisibleEnum.Visible
    context.total = len(workbook.sheets_metadata)
    cells = Cells()
    for number, about in enumerate(workbook.sheets_metadata, start=1):
        context.heading(about.name, 1, number)
        rows: list[dict[int, str]] = []
        problem = ""
        try:
            sheet = workbook.get_sheet_by_name(about.name)
            if sheet.total_height * sheet.total_width > _MOST_AREA:
                problem = f"The sheet {about.name} was not read: it is too large."
            for row in sheet.iter_rows() if not problem else ():
                if cells.left <= 0:
                    problem = left_out(about.name, len(rows), sheet.total_height)
                    break
                rows.append({i: text for i, value in enumerate(row) if (text := _text(value))})
                cells.left -= max(1, len(rows[-1]))
        except python_calamine.CalamineError:
            problem = f"The sheet {about.name} is damaged; {len(rows):,} rows of it were read."
        if problem:
            context.warn(problem)
        hidden = about.visible != visible
        yield sheet_page(number, about.name, dense(rows), hidden=hidden, problem=problem)


def _text(value: object) -> str:
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return plain_number(float(value))
        case datetime():
            return moment(value, 1)
        case date():
            return value.isoformat()
        case time():
            return f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"
        case timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        case _:
            return str(value)
