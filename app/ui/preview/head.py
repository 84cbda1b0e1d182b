"""The strip above the pages: the document, which page, and what can be done with it."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from app.ui.mirror import set_margins
from app.ui.theme.controls import ElidedLabel, IconButton, Label
from app.ui.theme.theme import Theme

HEIGHT = 52
_ROOM = 300  # px that everything needs at the usual size of text


class PageField(QLineEdit):
    """The number of the page in sight; another can be typed. Esc takes that back."""

    wanted = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._place = ""
        self._widest = "0"
        self.setAccessibleName(self.tr("Page"))
        self.setToolTip(self.tr("Type a page to go to it"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute)
        theme.changed.connect(self.restyle)
        self.restyle()

    def show_place(self, place: str, widest: str) -> None:
        """Show where one is, in a field with room for ``widest``."""
        untouched = self.text() == self._place
        self._place = place
        if widest != self._widest:
            self._widest = widest
            self.updateGeometry()
        if untouched or not self.hasFocus():
            self.setText(place)

    def restyle(self) -> None:
        """Flat, until one types in it."""
        color = self._theme.hex
        self.setFont(self._theme.font("table"))
        self.setStyleSheet(
            "QLineEdit { background: transparent; border: 1px solid transparent;"
            f" padding: 0 0 0 2px; border-radius: 6px; min-height: 0; color: {color('text-2')}; }}"
            f"QLineEdit:hover {{ background: {color('hover')}; }}"
            f"QLineEdit:focus {{ background: {color('surface')}; color: {color('text')};"
            f" border-color: {color('border-strong')}; }}"
        )
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self.font()).horizontalAdvance(self._widest + "0")
        return QSize(max(width, self._theme.px(18)) + 10, self._theme.px(28))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.wanted.emit(self.text().strip())
            self.setText(self._place)
            self.selectAll()
        elif event.key() == Qt.Key.Key_Escape and self.text() != self._place:
            self.setText(self._place)
            self.selectAll()
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.setText(self._place)
        self.deselect()


class PaneHead(QWidget):
    """Name, page of pages, back and forward, text instead of pictures, open elsewhere, close."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.title = ElidedLabel(theme, role="page-title", mode=Qt.TextElideMode.ElideMiddle)
        self.previous = IconButton(
            theme, "left", self.tr("Previous page"), shortcut="Ctrl+PgUp", size=28
        )
        self.field = PageField(theme)
        self._of = Label(theme, role="table", color="text-2")
        self.next = IconButton(
            theme, "right", self.tr("Next page"), shortcut="Ctrl+PgDown", size=28
        )
        self.text = IconButton(theme, "text", self.tr("Show the text of the pages"))
        self.text.setCheckable(True)
        self.open = IconButton(theme, "open", self.tr("Open in its own program"))
        self.close_button = IconButton(theme, "x", self.tr("Close the document"), shortcut="Esc")
        self._row = QHBoxLayout(self)
        self._row.setSpacing(0)
        self._row.addWidget(self.title, 1000)
        self._row.addStretch(1)
        self._row.addSpacing(8)
        self._row.addWidget(self.previous)
        self._row.addSpacing(2)
        self._row.addWidget(self.field)
        self._row.addWidget(self._of)
        self._row.addSpacing(8)
        self._row.addWidget(self.next)
        self._row.addSpacing(12)
        self._row.addWidget(self.text)
        self._row.addWidget(self.open)
        self._row.addWidget(self.close_button)
        self._openable = True
        theme.changed.connect(self.restyle)
        self.restyle()

    def set_openable(self, openable: bool) -> None:
        """Whether there is a file that its own program can open."""
        self._openable = openable
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        # With very large text there is no room for all; the menu of the pages opens it as well.
        room = self.width() >= self._theme.px(_ROOM)
        self.open.setVisible(self._openable and room)
        self.title.setVisible(room)

    def show_place(self, place: str, last: str) -> None:
        """Which page of which."""
        self.field.show_place(place, last)
        self._of.setText(self.tr("of {0}").format(last))

    @property
    def last(self) -> str:
        """What stands after the page."""
        return self._of.text()

    def restyle(self) -> None:
        """The theme, or the direction of reading, has changed."""
        self.setFixedHeight(self._theme.px(HEIGHT))
        set_margins(self._row, self, 18, 0, 8, 0)
        back, on = ("right", "left") if self.isRightToLeft() else ("left", "right")
        self.previous.set_icon(back)
        self.next.set_icon(on)
        self._fit()
