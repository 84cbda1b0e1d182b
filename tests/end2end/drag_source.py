"""Another program, from whose window files are dragged: a process of its own, so that the drag
goes through the window system as it would on a desktop.

Orders come as lines on stdin ("files QUOTED-PATH …", "hide"), answered by "ok". Of a drag it
reports "over ACTION" whenever what would happen here changes, and "end ACTION", by Qt's names.
"""

import sys
from urllib.parse import unquote

from PySide6.QtCore import QMimeData, QSocketNotifier, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

SIDE = 48


class Source(QWidget):
    """A small square in the lower right corner, above all other windows."""

    def __init__(self, screen_width: int, screen_height: int) -> None:
        super().__init__(None, Qt.WindowType.BypassWindowManagerHint)
        self.setGeometry(screen_width - SIDE, screen_height - SIDE, SIDE, SIDE)
        self._files: list[str] = []
        self._dragging = False

    def obey(self) -> None:
        line = sys.stdin.readline()
        if not line:
            QApplication.quit()
            return
        order, *arguments = line.split()
        if order == "files":
            self._files = [unquote(argument) for argument in arguments]
            self.show()
            self.raise_()
            self.repaint()
            QApplication.sync()
        else:
            self.hide()
        print("ok", flush=True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        self._dragging = True
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(file) for file in self._files])
        drag = QDrag(self)
        drag.setMimeData(mime)
        drag.actionChanged.connect(lambda action: print(f"over {action.name}", flush=True))
        action = drag.exec(Qt.DropAction.CopyAction)
        self._dragging = False
        print(f"end {action.name}", flush=True)


def main() -> int:
    app = QApplication(sys.argv)
    source = Source(int(sys.argv[1]), int(sys.argv[2]))
    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(source.obey)
    print("ready", flush=True)
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
