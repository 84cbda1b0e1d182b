"""Text that a person may want to read or pass on: the details of a failure, a crash."""

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

from app.ui.dialogs.base import Dialog, text_panel
from app.ui.theme.controls import Label
from app.ui.theme.theme import Theme


class DetailsDialog(Dialog):
    """Says in a sentence what this is, shows ``text``, copies it, opens the folder of logs."""

    def __init__(
        self,
        theme: Theme,
        title: str,
        sentence: str,
        text: str,
        folder: Path,
        parent: QWidget | None,
    ) -> None:
        super().__init__(theme, title, parent)
        self._text = text
        self.body.addWidget(Label(theme, sentence, role="ui", color="text-2", wrap=True))
        self.body.addWidget(text_panel(theme, text, title), 1)
        logs = self.add_button(self.tr("Open the log folder"), kind="quiet")
        logs.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))))
        self._copy = self.add_button(self.tr("Copy"), icon="copy")
        self._copy.clicked.connect(self._copy_text)
        close = self.add_button(self.tr("Close"))
        close.clicked.connect(self.close)
        close.setFocus()
        self.resize(theme.px(620), theme.px(420))

    def _copy_text(self) -> None:
        QGuiApplication.clipboard().setText(self._text)
        self._copy.setText(self.tr("Copied"))
        self._copy.set_icon("check")
