"""Names and values in rows that can be selected and copied."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from app.ui.theme.controls import Label
from app.ui.theme.theme import Theme


def facts_table(theme: Theme, facts: Sequence[tuple[str, str]]) -> QWidget:
    """A widget that shows ``facts``, (name, value), below each other."""
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(10)
    grid.setColumnStretch(1, 1)
    top = Qt.AlignmentFlag.AlignTop
    for line, (name, value) in enumerate(facts):
        words = Label(theme, value, role="ui", wrap=True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words.setAccessibleName(f"{name}: {value}")
        grid.addWidget(Label(theme, name, role="ui", color="text-2"), line, 0, top)
        grid.addWidget(words, line, 1)
    return table
