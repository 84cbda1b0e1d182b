"""What has to be said where there is no window to say it in."""

import os
import sys

from PySide6.QtWidgets import QApplication, QMessageBox

from app.core.errors import AppError


def tell_alone(error: AppError) -> None:
    """Show ``error`` in a box, and wait until it is closed; nothing where a terminal will show it,
    or where there is no screen."""
    read = sys.stderr is not None and sys.stderr.isatty()
    if read or not _has_screen():
        return
    QApplication.instance() or QApplication(sys.argv[:1])
    box = QMessageBox(QMessageBox.Icon.Warning, "Facet", error.what)
    box.setInformativeText(error.next_step)
    box.exec()


def _has_screen() -> bool:
    """Without one, Qt would end the program on the spot."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")))
