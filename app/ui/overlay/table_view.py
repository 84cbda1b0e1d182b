"""A table that was read out of the picture: cells to look at, select and copy."""

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.core.tables import Table
from app.ui.theme.controls import Button
from app.ui.theme.focus import is_keyboard_focus
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CONTROL

_ROW, _MOST = 28, 320  # px
_WIDEST = 220  # px of a column at first
_NUMBER = set("0123456789.,'’ \u00a0\u202f+-−–%€$£¥()")
Index = QModelIndex | QPersistentModelIndex
_NONE = QModelIndex()


class TableModel(QAbstractTableModel):
    """The cells of a Table, which may grow."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.table = Table((), ())
        self._figures: set[int] = set()  # columns that hold nothing else

    def set_table(self, table: Table) -> None:
        """Show ``table``; if it is the one before with more rows, what is selected stays so."""
        before = self.table
        self._figures = {
            column
            for column in range(len(table.columns))
            if all(set(row[column]) <= _NUMBER for row in table.rows)
        }
        known = len(before.rows)
        grown = before.columns == table.columns and table.rows[:known] == before.rows
        if grown and len(table.rows) > known:
            self.beginInsertRows(QModelIndex(), known, len(table.rows) - 1)
            self.table = table
            self.endInsertRows()
        elif table != before:
            self.beginResetModel()
            self.table = table
            self.endResetModel()

    def rowCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self.table.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        cell = self.table.rows[index.row()][index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return cell
        if role == Qt.ItemDataRole.FontRole:
            return self._theme.font("table")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeading
            if index.column() in self._figures:
                side = Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.table.columns[section]
        if role == Qt.ItemDataRole.FontRole:
            return self._theme.font("caption", weight=600)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            figures = section in self._figures and self.table.rows
            side = Qt.AlignmentFlag.AlignRight if figures else Qt.AlignmentFlag.AlignLeading
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


class _Cells(QTableView):
    """Hairlines below the rows and nothing else; Ctrl+C copies the selection, for a spreadsheet."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self._selected())
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if is_keyboard_focus(event):
            self._theme.focus_ring.show_around(self, RADIUS_CONTROL, inside=True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._theme.focus_ring.hide(self)

    def _selected(self) -> str:
        rows: dict[int, list[str]] = {}
        for index in sorted(self.selectedIndexes()):
            rows.setdefault(index.row(), []).append(str(index.data()))
        return "\n".join("\t".join(cells) for cells in rows.values())


class TableView(QWidget):
    """A table with its buttons to copy it."""

    copied = Signal(str)  # what is on the clipboard now, in words

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = TableModel(theme, self)
        self.cells = _Cells(theme, self)
        self.cells.setModel(self._model)
        self.cells.setAccessibleName(self.tr("Table"))
        self.csv = Button(theme, self.tr("Copy as CSV"), size=28, icon="copy")
        self.csv.clicked.connect(
            lambda: self._copy(self.table.as_csv(), self.tr("The table is copied as CSV"))
        )
        self.markdown = Button(theme, self.tr("Copy as Markdown"), size=28, icon="copy")
        self.markdown.clicked.connect(
            lambda: self._copy(self.table.as_markdown(), self.tr("The table is copied as Markdown"))
        )
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(6)
        buttons.addWidget(self.csv)
        buttons.addWidget(self.markdown)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.cells)
        column.addLayout(buttons)
        theme.changed.connect(self._restyle)
        self._restyle()

    @property
    def table(self) -> Table:
        """What is shown."""
        return self._model.table

    def set_table(self, table: Table) -> bool:
        """Show ``table``, which may still grow. Returns whether anything changed."""
        if table == self.table:
            return False
        columns = self.table.columns
        self._model.set_table(table)
        if table.columns != columns or len(table.rows) <= 8:
            self._fit_columns()
        return True

    def height_for(self, width: int) -> int:
        """As many rows as there are, up to a height from which on it scrolls."""
        px = self._theme.px
        rows = px(_ROW) * (len(self.table.rows) + 1) + 2
        if self.cells.horizontalHeader().length() > width:
            rows += 12  # the scroll bar
        height = min(rows, px(_MOST))
        self.cells.setFixedHeight(height)
        return height + 8 + self.csv.sizeHint().height()

    def _fit_columns(self) -> None:
        self.cells.resizeColumnsToContents()
        header = self.cells.horizontalHeader()
        widest = self._theme.px(_WIDEST)
        for column in range(header.count()):
            if header.sectionSize(column) > widest:
                header.resizeSection(column, widest)
        header.setStretchLastSection(True)

    def _copy(self, text: str, told: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.copied.emit(told)

    def _restyle(self) -> None:
        theme = self._theme
        self.cells.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.cells.verticalHeader().setDefaultSectionSize(theme.px(_ROW))
        self.cells.horizontalHeader().setFixedHeight(theme.px(_ROW))
        line, back, text = theme.hex("border"), theme.hex("surface"), theme.hex("text")
        self.cells.setStyleSheet(
            f"QTableView {{ background: {back}; color: {text};"
            f" selection-background-color: {theme.hex('selection')}; selection-color: {text}; }}"
            f"QTableView::item {{ border: 0; border-bottom: 1px solid {line}; padding: 0 8px; }}"
            f"QTableView::item:selected {{ background: {theme.hex('selection')}; color: {text}; }}"
            f"QHeaderView {{ background: {back}; }}"
            f"QHeaderView::section {{ background: {back}; color: {theme.hex('text-3')}; border: 0;"
            f" border-bottom: 1px solid {theme.hex('track')}; padding: 0 11px; }}"
        )
        self._fit_columns()
