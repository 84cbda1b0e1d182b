"""The least that a window of Qt costs: the yardstick for the start of Facet. Prints on stderr,
like Facet with FACET_TRACE_START=1, how long after the start of the process it was painted."""

import sys

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QLabel

from app.ui.start_trace import StartTrace


class Hello(QLabel):
    def __init__(self, trace: StartTrace) -> None:
        super().__init__("Hello")
        self.setWindowTitle("Hello")
        self.resize(1280, 800)
        self._trace = trace

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        QTimer.singleShot(0, lambda: self._trace.reached("first_paint"))


app = QApplication(sys.argv)
window = Hello(StartTrace())
window.show()
sys.exit(app.exec())
