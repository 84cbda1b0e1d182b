"""What the dialogs share."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
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


class TextPanel(QPlainTextEdit):
    """A box with text. One to read shows code, in its own lines; one to write in wraps words."""

    def __init__(self, theme: Theme, text: str, name: str, *, editable: bool = False) -> None:
        super().__init__(text)
        self._theme = theme
        self._editable = editable
        self.setReadOnly(not editable)
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        if not editable:
            self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.document().setDocumentMargin(8)
        theme.changed.connect(self._restyle)
        self._restyle()

    def _font(self) -> QFont:
        if self._editable:
            return self._theme.font("ui")
        font = QFont(self._theme.font("code"))
        font.setPixelSize(self._theme.px(12))  # lines of 80 characters fit
        return font

    def _restyle(self) -> None:
        color = self._theme.hex
        face, radius = ("surface", 7) if self._editable else ("sunken", 8)
        self.setFont(self._font())
        self.setStyleSheet(
            f"QPlainTextEdit {{ background: {color(face)}; border: 1px solid {color('border')};"
            f" border-radius: {radius}px; }}"
            f"QPlainTextEdit:focus {{ border-color: {color('border-strong')}; }}"
        )
