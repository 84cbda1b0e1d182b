"""How full the context of a chat is, and what fills it."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.core.conversation import Document
from app.session.documents import ChatDocument
from app.ui import figures
from app.ui.theme.controls import Button, FacetMeter, Label, Menu
from app.ui.theme.theme import Theme

_NEARLY_FULL = 0.9
_LONGEST = 40  # characters of a name in the menu


class ContextMeter(QWidget):
    """The ring of facets and its number. In a chat with documents the number opens a menu, with the
    share of each, where it can be looked at or taken out."""

    document_opened = Signal(Document)
    document_removed = Signal(str)  # its blob

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._documents: tuple[ChatDocument, ...] = ()
        self._used = self._size = 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.meter = FacetMeter(theme, self.tr("Context used"))
        self.label = Label(theme, role="caption", color="text-3")
        self.button = Button(theme, "", kind="quiet", size=28, trailing="down")
        self.button.clicked.connect(self._open_menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.meter)
        row.addSpacing(6)
        row.addWidget(self.label)
        row.addWidget(self.button)
        self._show_words()

    def show_context(self, used: int, size: int) -> None:
        """``used`` of ``size`` tokens are taken; a size of 0 is unknown."""
        self._used, self._size = used, size
        self._show_words()

    def show_documents(self, documents: Sequence[ChatDocument]) -> None:
        """The documents of the chat."""
        self._documents = tuple(documents)
        self._show_words()

    # -- inside -----------------------------------------------------------------------------

    def _show_words(self) -> None:
        known = self._size > 0
        self.meter.setVisible(known)
        self.label.setVisible(known and not self._documents)
        self.button.setVisible(known and bool(self._documents))
        if not known:
            return
        used, size = self._used, self._size
        full = used / size > _NEARLY_FULL
        self.meter.set_share(used / size, "warn" if full else "accent")
        self.label.set_color("warn" if full else "text-3")
        if used:
            words = self.tr("{0} of {1}").format(figures.tokens(used), figures.tokens(size))
            told = self.tr("{0} of {1} tokens of context are in use")
            told = told.format(f"{used:,}", f"{size:,}")
        else:
            words = figures.tokens(size)
            told = self.tr("Context: {0} tokens").format(f"{size:,}")
        self.label.setText(words)
        self.button.setText(words)
        self.button.updateGeometry()
        self.button.setAccessibleName(self.tr("Context: {0}. What fills it").format(words))
        for widget in (self.meter, self.label, self.button):
            widget.setToolTip(told)

    def _open_menu(self) -> None:
        menu = self._menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.open_above(self.button)

    def _menu(self) -> Menu:
        menu = Menu(self._theme, self)
        menu.setAccessibleName(self.tr("What fills the context"))
        shares = 0
        for one in self._documents:
            shares += one.share
            share = figures.tokens(one.share) if one.share else self.tr("searched")
            menu.add(
                f"{_short(one.document.name)}\t{share}",
                partial(self.document_opened.emit, one.document),
                icon="doc",
            )
        rest = self._used - shares
        if rest > 0:
            words = self.tr("Everything else")
            menu.add(f"{words}\t{figures.tokens(rest)}", lambda: None, enabled=False)
        free = self._size - max(self._used, shares)
        words = self.tr("Free")
        menu.add(f"{words}\t{figures.tokens(max(0, free))}", lambda: None, enabled=False)
        menu.addSeparator()
        for one in self._documents:
            menu.add(
                self.tr("Remove {0}").format(_short(one.document.name)),
                partial(self.document_removed.emit, one.document.blob),
                icon="x",
            )
        return menu


def _short(name: str) -> str:
    """A name for a menu, where "&" would underline the letter after it."""
    if len(name) > _LONGEST:
        half = _LONGEST // 2
        name = f"{name[: half - 1]}…{name[-half:]}"
    return name.replace("&", "&&").replace("\t", " ")
