"""What the dialogs share."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.ui.theme.controls import Button
from app.ui.theme.theme import Theme

_MARGIN = 24


class Dialog(QDialog):
    """A window over the main window: ``body`` takes what it shows, ``buttons`` stand below it at
    the end. Gone for good when it is closed."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, False)
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)
        self.buttons.addStretch(1)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(_MARGIN, _MARGIN - 4, _MARGIN, _MARGIN - 4)
        self.column.setSpacing(20)
        self.column.addLayout(self.body, 1)
        self.column.addLayout(self.buttons)

    def add_button(self, text: str, *, kind: str = "secondary", icon: str | None = None) -> Button:
        """Add a button at the end of the row. The primary one is what Enter presses."""
        button = Button(self.theme, text, kind=kind, icon=icon)
        button.setDefault(kind == "primary")
        self.buttons.addWidget(button)
        return button


def text_panel(theme: Theme, text: str, name: str) -> QPlainTextEdit:
    """A box with text that can be read, selected and copied."""
    panel = QPlainTextEdit(text)
    panel.setReadOnly(True)
    panel.setAccessibleName(name)
    panel.setTabChangesFocus(True)
    panel.setFont(theme.font("code"))
    panel.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    panel.document().setDocumentMargin(10)
    panel.setStyleSheet(
        f"QPlainTextEdit {{ background: {theme.hex('sunken')}; border-radius: 8px;"
        f" border: 1px solid {theme.hex('border')}; }}"
    )
    return panel
