"""Asking for the password of a protected document."""

from PySide6.QtWidgets import QLineEdit, QWidget

from app.session.draft import Draft, DraftAttachment
from app.ui.announce import announce
from app.ui.dialogs.base import Dialog
from app.ui.theme.controls import Label
from app.ui.theme.theme import Theme


class UnlockDialog(Dialog):
    """One field. Stays while the password is tried, says so if it is wrong, and goes once the
    document can be read, or is no longer there."""

    def __init__(self, theme: Theme, draft: Draft, key: int, parent: QWidget) -> None:
        super().__init__(theme, self.tr("This file is protected"), parent)
        self._draft = draft
        self._key = key
        self._tried = False
        attachment = self._attachment
        name = attachment.name if attachment is not None else ""
        words = self.tr(
            "{0} opens with a password. It stays on this machine, and is not written down."
        )
        said = Label(theme, words.format(name), role="ui", color="text-2", wrap=True)
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setAccessibleName(self.tr("Password"))
        self.field.setMinimumWidth(theme.px(340))
        label = Label(theme, self.tr("Password"), role="ui-medium")
        label.setBuddy(self.field)
        self.problem = Label(theme, role="ui", color="danger", wrap=True)
        self.body.setSpacing(6)
        self.body.addWidget(said)
        self.body.addSpacing(8)
        self.body.addWidget(label)
        self.body.addWidget(self.field)
        self.body.addWidget(self.problem)
        self.add_button(self.tr("Cancel")).clicked.connect(self.reject)
        self.open_button = self.add_button(self.tr("Unlock"), kind="primary")
        self.open_button.clicked.connect(self.accept)
        self.field.textChanged.connect(self._typed)
        draft.attachments_changed.connect(self._follow)
        self._typed("")
        self.field.setFocus()
        self.setFixedWidth(max(theme.px(420), self.sizeHint().width()))

    def accept(self) -> None:
        """Try the password."""
        if self.open_button.isEnabled():
            self._tried = True
            self._draft.unlock(self._key, self.field.text())

    # -- inside -----------------------------------------------------------------------------

    @property
    def _attachment(self) -> DraftAttachment | None:
        return next((one for one in self._draft.attachments if one.key == self._key), None)

    def _follow(self) -> None:
        attachment = self._attachment
        if attachment is None or attachment.state in ("ready", "failed"):
            super().accept()
            return
        reading = attachment.state == "reading"
        self.field.setEnabled(not reading)
        self.open_button.setEnabled(not reading and bool(self.field.text()))
        if attachment.fraction:
            super().accept()  # it is open, and its chip tells how far it has been read
        elif self._tried and not reading:
            self._tried = False
            self.problem.setText(self.tr("This is not its password. Try another one."))
            announce(self, self.problem.text())
            self.field.selectAll()
            self.field.setFocus()

    def _typed(self, text: str) -> None:
        self.open_button.setEnabled(bool(text))
        self.problem.clear()
