"""Text that a person may want to read or pass on: an attached file, the report of a fault."""

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

from app.ui.dialogs.base import Dialog, TextPanel
from app.ui.theme.controls import Label
from app.ui.theme.theme import Theme


class TextDialog(Dialog):
    """Shows ``text`` and copies it."""

    def __init__(self, theme: Theme, title: str, text: str, parent: QWidget | None) -> None:
        super().__init__(theme, title, parent)
        self._text = text
        self.panel = TextPanel(theme, text, title)
        self.body.addWidget(self.panel, 1)
        self._copy = self.add_button(self.tr("Copy"), icon="copy")
        self._copy.clicked.connect(self._copy_text)
        close = self.add_button(self.tr("Close"))
        close.clicked.connect(self.close)
        close.setFocus()
        self.resize(theme.px(660), theme.px(460))

    def _copy_text(self) -> None:
        QGuiApplication.clipboard().setText(self._text)
        self._copy.setText(self.tr("Copied"))
        self._copy.set_icon("check")


class CrashDialog(TextDialog):
    """Tells that the last run ended by a fault, and what is known of it."""

    def __init__(self, theme: Theme, text: str, folder: Path, parent: QWidget | None) -> None:
        super().__init__(theme, "", text, parent)
        self.setWindowTitle(self.tr("Facet had a fault last time"))
        self.panel.setAccessibleName(self.tr("Report"))
        sentence = self.tr(
            "Your chats are as they were. The report below stays on this machine; copy it if you "
            "want to pass it on."
        )
        label = Label(theme, sentence, role="ui", color="text-2", wrap=True)
        self.body.insertWidget(0, label)
        logs = self.add_button(self.tr("Open the log folder"), kind="quiet")
        logs.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))))
        self.buttons.insertWidget(0, logs)
