"""Giving a chat another title."""

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QWidget

from app.ui.dialogs.base import Dialog
from app.ui.theme.controls import Label
from app.ui.theme.theme import Theme

_LONGEST = 200


class RenameDialog(Dialog):
    """One field; ``rename`` gets the new title, never an empty one."""

    def __init__(
        self, theme: Theme, title: str, rename: Callable[[str], object], parent: QWidget
    ) -> None:
        super().__init__(theme, self.tr("Rename chat"), parent)
        self._rename = rename
        self.field = QLineEdit(title)
        self.field.setMaxLength(_LONGEST)
        self.field.setAccessibleName(self.tr("Title"))
        self.field.setMinimumWidth(theme.px(340))
        label = Label(theme, self.tr("Title"), role="ui-medium")
        label.setBuddy(self.field)
        self.body.setSpacing(6)
        self.body.addWidget(label)
        self.body.addWidget(self.field)
        self.add_button(self.tr("Cancel")).clicked.connect(self.reject)
        self._save = self.add_button(self.tr("Rename"), kind="primary")
        self._save.clicked.connect(self.accept)
        self.field.textChanged.connect(self._typed)
        self.field.selectAll()
        self.field.setFocus()
        self.setFixedSize(self.sizeHint())

    def accept(self) -> None:
        title = " ".join(self.field.text().split())
        if title:
            super().accept()
            self._rename(title)

    def _typed(self, text: str) -> None:
        self._save.setEnabled(bool(text.strip()))
