"""The strip above the page of models."""

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from app.ui.page_header import PageHeader
from app.ui.theme.controls import Button
from app.ui.theme.theme import Theme


class ModelsHeader(PageHeader):
    """Title, "Open a file…" and a menu."""

    open_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self.open = Button(
            theme,
            QCoreApplication.translate("ModelsHeader", "Open a file…"),
            size=28,
            icon="folder",
        )
        super().__init__(
            theme, QCoreApplication.translate("ModelsHeader", "Models"), (self.open,), parent
        )
        self.open.clicked.connect(self.open_wanted)
