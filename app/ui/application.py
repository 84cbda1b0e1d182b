"""The Qt application."""

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QApplication


class Application(QApplication):
    """Goes on without a window until it is told to quit. ``quitting`` comes before the windows are
    closed for that, whoever has asked for it: Facet itself or the system, whose session ends."""

    quitting = Signal()

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        self.setQuitOnLastWindowClosed(False)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Quit:
            self.quitting.emit()
        return super().event(event)
