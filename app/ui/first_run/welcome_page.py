"""The first page: what Facet is, and that it keeps to itself."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.ui.first_run.parts import InfoCard, InfoRow, LockLine, Page
from app.ui.theme.controls import Button, Label, Mark
from app.ui.theme.theme import Theme


class WelcomePage(Page):
    """Mark, greeting, three lines, one button."""

    done = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, 560, parent)
        middle = Qt.AlignmentFlag.AlignHCenter
        title = Label(theme, self.tr("Welcome to Facet"), role="display", wrap=True)
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words = Label(
            theme,
            self.tr("An assistant that lives on this machine and works without the internet."),
            role="reading",
            color="text-2",
            wrap=True,
        )
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        card = InfoCard(theme)
        card.show_rows(
            [
                InfoRow(
                    theme,
                    "chat",
                    self.tr("Ask it anything"),
                    self.tr("In a chat, in your language. Every chat is kept and can be searched."),
                ),
                InfoRow(
                    theme,
                    "image",
                    self.tr("Show it what you see"),
                    self.tr("A picture, or a part of the screen. Or talk: it hears you itself."),
                ),
                InfoRow(
                    theme,
                    "doc",
                    self.tr("Give it something to read"),
                    self.tr("A PDF, an office file, a folder of code, dropped on the window."),
                ),
            ]
        )
        self._go_on = Button(theme, self.tr("Choose a model"), kind="primary", size=36)
        self._go_on.clicked.connect(self.done)
        self.column.addWidget(Mark(theme, 64), 0, middle)
        self.column.addSpacing(20)
        self.column.addWidget(title)
        self.column.addSpacing(6)
        self.column.addWidget(words)
        self.column.addSpacing(28)
        self.column.addWidget(card)
        self.column.addSpacing(24)
        self.column.addWidget(self._go_on, 0, middle)
        self.column.addSpacing(20)
        self.column.addWidget(LockLine(theme, self.tr("Nothing leaves this machine")), 0, middle)

    def primary(self) -> Button:
        return self._go_on
