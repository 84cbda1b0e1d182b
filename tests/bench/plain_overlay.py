"""The plain way to freeze a screen, to compare with: the same shortcut, mss, and a label that fills
the screen. A red edge tells the picture from what it shows. The same key again puts it away:

    python -m tests.bench.plain_overlay CHORD
"""

import sys

import mss
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QApplication, QLabel

from app.desktop.hotkey import Hotkey

app = QApplication(sys.argv)
app.setQuitOnLastWindowClosed(False)
label = QLabel()
label.setWindowFlags(Qt.WindowType.FramelessWindowHint)
label.setStyleSheet("border: 4px solid #FF0000")
shooter = mss.MSS()


def toggle() -> None:
    if label.isVisible():
        label.hide()
        return
    shot = shooter.grab(shooter.monitors[1])
    image = QImage(shot.raw, shot.width, shot.height, QImage.Format.Format_RGB32)
    label.setPixmap(QPixmap.fromImage(image))
    label.showFullScreen()


hotkey = Hotkey()
hotkey.pressed.connect(toggle)
hotkey.load()
hotkey.set_chord(sys.argv[1])
print(hotkey.state, flush=True)
app.exec()
