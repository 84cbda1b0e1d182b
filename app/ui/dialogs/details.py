"""The report of a fault, which a person may want to read or pass on."""

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

from app.ui.dialogs.base import Dialog, TextPanel
from app.ui.theme.controls import Label
from app.ui.theme.theme import Theme


class CrashDialog(Dialog):
    """Tells that the last run ended by a fault, and what is known of it; copies that."""

    def __init__(self, theme: Theme, text: str, folder: Path, parent: QWidget | None) -> None:
        super().__init__(theme, "", parent)
        self.setWindowTitle(self.tr("Facet had a fault last time"))
        self._text = text
        sentence = self.tr(
            "Your chats are as they were. The report below stays on this machine; copy it if you "
            "want to pass it on."
        )
        self.body.addWidget(Label(theme, sentence, role="ui", color="text-2", wrap=True))
        self.panel = TextPanel(theme, text, self.tr("Report"))
        self.body.addWidget(self.panel, 1)
        logs = self.add_button(self.tr("Open the log folder"), kind="quiet")
        logs.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))))
        self.buttons.insertWidget(0, logs)
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
