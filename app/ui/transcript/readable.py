"""Answers that are data, for a reader: places in a picture as a list, a table as a table."""

import json
import re

from PySide6.QtCore import QCoreApplication

from app.core.boxes import SCALE, Box, read_boxes
from app.core.tables import read_table

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~$])")
_ONLY_BOXES = re.compile(r"\s*(?:```(?:json)?\s*)?\[?\s*\{[^{}]*\"box_2d\"", re.IGNORECASE)


def readable(answer: str) -> str:
    """The Markdown that is shown for a finished ``answer``: itself, unless it is nothing but boxes
    or a table in JSON."""
    if _ONLY_BOXES.match(answer):
        pointed = read_boxes(answer)
        if pointed.boxes and not pointed.words:
            return "\n".join(
                f"{number}. {_place(box)}" for number, box in enumerate(pointed.boxes, 1)
            )
    if answer.lstrip().startswith("{") and _is_table(answer):
        table = read_table(answer)
        return table.as_markdown() if table else answer
    return answer


def _is_table(answer: str) -> bool:
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and value.keys() == {"columns", "rows"}


def _place(box: Box) -> str:
    """Where it is, in percent of the picture."""
    where = QCoreApplication.translate("Transcript", "left {0} %, top {1} %").format(
        round(100 * box.left / SCALE), round(100 * box.top / SCALE)
    )
    label = _MARKS.sub(r"\\\1", box.label)
    return f"**{label}**, {where}" if label else where
