"""What the keyboard can do."""

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from app.ui.commands import Command, shown_keys
from app.ui.dialogs.base import Dialog
from app.ui.theme.controls import Label
from app.ui.theme.theme import Theme


class ShortcutsDialog(Dialog):
    """The commands in their groups, with their keys."""

    def __init__(self, theme: Theme, commands: Sequence[Command], parent: QWidget) -> None:
        super().__init__(theme, self.tr("Keyboard shortcuts"), parent)
        table = QWidget()
        grid = QGridLayout(table)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(32)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        line = 0
        told = [command for command in commands if command.words]
        for group, members in groupby(told, key=lambda command: command.group):
            if line:
                grid.setRowMinimumHeight(line, 8)
                line += 1
            grid.addWidget(Label(theme, group, role="micro", weight=600, color="text-3"), line, 0)
            line += 1
            for command in members:
                keys = Label(theme, shown_keys(command.keys), role="ui-medium", color="text-2")
                grid.addWidget(Label(theme, command.words, role="ui"), line, 0)
                grid.addWidget(keys, line, 1, Qt.AlignmentFlag.AlignRight)
                line += 1
        grid.setRowStretch(line, 1)
        scroll = QScrollArea()
        scroll.setWidget(table)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.viewport().setAutoFillBackground(False)
        table.setAutoFillBackground(False)
        self.body.addWidget(scroll, 1)
        close = self.add_button(self.tr("Close"))
        close.clicked.connect(self.close)
        close.setFocus()
        height = table.sizeHint().height() + theme.px(110)
        self.resize(theme.px(480), min(height, parent.height() - 40))
