"""What closing the window is to mean, asked once."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.ui.dialogs.base import Dialog
from app.ui.theme.controls import Label
from app.ui.theme.theme import Theme

_WIDTH = 400


class StayingDialog(Dialog):
    """Keep ready, or quit. Esc leaves the window as it is, and the question open."""

    def __init__(
        self,
        theme: Theme,
        keys: str,
        in_tray: bool,
        decide: Callable[[bool], object],
        parent: QWidget,
    ) -> None:
        """``keys`` is the shortcut as people write it, "" while there is none; ``in_tray`` is
        whether Facet is seen beside the clock when it stays."""
        super().__init__(theme, self.tr("Close the window"), parent)
        question = (
            self.tr("Keep Facet ready for {0}?").format(keys)
            if keys
            else self.tr("Keep Facet ready?")
        )
        place = (
            self.tr("It stays beside the clock, without a window. It gives memory back as set.")
            if in_tray
            else self.tr(
                "It stays without a window. Start Facet again to see it. It gives memory back as"
                " set."
            )
        )
        self.body.setSpacing(6)
        self.body.addWidget(Label(theme, question, role="h3", wrap=True))
        self.body.addWidget(Label(theme, place, role="ui", color="text-2", wrap=True))
        later = self.tr("This can be changed in the settings.")
        self.body.addWidget(Label(theme, later, role="caption", color="text-3", wrap=True))
        self._decide = decide
        self.quit_button = self.add_button(self.tr("Quit"))
        self.quit_button.clicked.connect(lambda: self._done(stay=False))
        self.stay_button = self.add_button(self.tr("Keep ready"), kind="primary")
        self.stay_button.clicked.connect(lambda: self._done(stay=True))
        self.stay_button.setFocus()
        self.setFixedWidth(theme.px(_WIDTH))

    def _done(self, *, stay: bool) -> None:
        self.accept()
        self._decide(stay)
