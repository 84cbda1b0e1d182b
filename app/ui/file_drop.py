"""Files and pictures that are dropped on the window, wherever."""

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from app.ui.composer.edit import is_attachment, local_files, picture_of
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_PANEL


class FileDrop(QObject):
    """Takes what is dropped on ``window``, and says over a part of it, ``over``, that it may be
    dropped."""

    files_dropped = Signal(list)  # of paths
    picture_dropped = Signal(bytes)  # as PNG

    def __init__(self, theme: Theme, window: QWidget, over: QWidget) -> None:
        super().__init__(window)
        self.target = DropTarget(theme, over)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The classes are related: a drop is no move, but a move is a drop, and so on.
        match event.type():
            case QEvent.Type.DragEnter if isinstance(event, QDragEnterEvent):
                if is_attachment(event.mimeData()):
                    self.target.show_target()
                    _take(event)
                return True
            case QEvent.Type.DragMove if isinstance(event, QDragMoveEvent):
                if self.target.isVisible():
                    _take(event)
                return True
            case QEvent.Type.DragLeave:
                self.target.hide()
                return True
            case QEvent.Type.Drop if isinstance(event, QDropEvent):
                self.target.hide()
                self._dropped(event)
                return True
        return False

    def _dropped(self, event: QDropEvent) -> None:
        files = local_files(event.mimeData())
        png = b"" if files else picture_of(event.mimeData())
        if files:
            self.files_dropped.emit(files)
        elif png:
            self.picture_dropped.emit(png)
        else:
            return
        _take(event)


class DropTarget(QWidget):
    """Says, while something is dragged over the window, that it may be dropped."""

    def __init__(self, theme: Theme, over: QWidget) -> None:
        super().__init__(over)
        self._theme = theme
        self._over = over
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_target(self) -> None:
        """Cover the widget that it lies over."""
        self.setGeometry(self._over.rect())
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(theme.color("canvas"))
        veil.setAlphaF(0.95)
        painter.fillRect(self.rect(), veil)
        frame = QRectF(self.rect()).adjusted(12, 12, -12, -12)
        wash = QColor(theme.color("accent-soft"))
        wash.setAlphaF(0.6)
        painter.fillPath(box(frame, RADIUS_PANEL), wash)
        painter.setPen(QPen(theme.color("accent"), 2))
        painter.drawPath(box(frame.adjusted(1, 1, -1, -1), RADIUS_PANEL))
        middle = frame.center()
        icon = QRectF(middle.x() - 12, middle.y() - theme.px(46), 24, 24)
        theme.paint_icon(painter, "plus", icon, "accent-text")
        top = middle.y() - theme.px(12)
        for role, color, text in (
            ("h2", "text", self.tr("Drop to add to your message")),
            ("ui", "text-2", self.tr("Documents, folders, pictures, sounds and films")),
        ):
            painter.setFont(theme.font(role))
            painter.setPen(theme.color(color))
            line = QRectF(frame.left(), top, frame.width(), theme.line_height(role))
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, text)
            top = line.bottom()


def _take(event: QDropEvent) -> None:
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()
