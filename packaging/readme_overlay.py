"""Makes the README's picture of the overlay, docs/overlay.png: a marked page of settings, an
answer, and boxes where it points.

Everything that is seen is painted by Facet's own widgets over a page that is drawn here. The answer
is an example that stands below: no Gemma 4 runs on the machine that makes the picture. Twice the
size, for dense screens.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ |= {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": "2"}

import msgspec  # noqa: E402
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt  # noqa: E402
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from app.core.boxes import SCALE, Box, as_json  # noqa: E402
from app.core.conversation import Stats  # noqa: E402
from app.desktop.capture.frame import Frame  # noqa: E402
from app.main import RESOURCES  # noqa: E402
from app.models.catalogue import Catalogue  # noqa: E402
from app.session.captures import Captures  # noqa: E402
from app.session.quick_ask import QuickAsk  # noqa: E402
from app.ui.overlay.overlay import Overlay  # noqa: E402
from app.ui.overlay.quick_panels import QuickPanels, join  # noqa: E402
from app.ui.theme.theme import Theme  # noqa: E402
from tests.gui.session.fake_engine import FakeEngine  # noqa: E402
from tests.gui.session.office import MINI, Office  # noqa: E402

RATIO = 2
SIZE = (1280, 720)
REGION = QRect(120, 96, 620, 476)
WIDTH, STEERING = QRectF(306, 352, 271, 31), QRectF(136, 436, 540, 34)  # of what the answer names
QUESTION = "The TV keeps dropping off the Wi-Fi. What should I change here?"
ANSWER = """Two settings on this page are likely causes:

1. **Channel width** is 40 MHz, which overlaps most neighbours at 2.4 GHz. Choose 20 MHz.
2. **Band steering** keeps asking the TV to change bands. Turn it off.

"""
FIELDS = (
    (156, "Network name", "Hollow-Lane-14"),
    (204, "Security", "WPA2 / WPA3 mixed"),
    (252, "Password", "••••••••••••••"),
    (304, "Channel", "6"),
    (352, "Channel width", "40 MHz"),
)


class Bot:
    """Waits as pytest-qt does."""

    def waitUntil(self, condition: Callable[[], bool], timeout: int = 20_000) -> None:  # noqa: N802
        end = time.monotonic() + timeout / 1000
        while not condition():
            QApplication.processEvents()
            assert time.monotonic() < end, "it did not come"


def page() -> QImage:
    """A desktop with a page of a router's settings on it."""
    image = QImage(SIZE[0] * RATIO, SIZE[1] * RATIO, QImage.Format.Format_RGB32)
    image.fill(QColor("#2F4A46"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(RATIO, RATIO)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#EEF1F4"))
    painter.drawRoundedRect(QRectF(40, 28, 1120, 600), 8, 8)
    painter.fillRect(QRectF(40, 66, 1120, 562), QColor("#F8FAFB"))
    painter.fillRect(REGION, QColor("white"))
    write(painter, 60, 52, "Router: Wireless", 12, "#45515A")
    write(painter, 136, 128, "Wireless", 19, "#20262B", bold=True)
    for top, name, value in FIELDS:
        write(painter, 136, top + 20, name, 13, "#45515A")
        painter.setPen(QPen(QColor("#B9C2CA"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(306.5, top + 0.5, 270, 30), 4, 4)
        write(painter, 318, top + 20, value, 13, "#20262B")
    painter.fillRect(QRectF(136, 412, 540, 1), QColor("#DFE4E8"))
    write(painter, 144, 458, "Band steering", 13, "#45515A")
    write(painter, 352, 458, "Move devices to 5 GHz when they can", 12, "#6B7780")
    switch(painter, 306, 443, "#2B66C0", on=True)
    write(painter, 144, 498, "Guest network", 13, "#45515A")
    switch(painter, 306, 483, "#B9C2CA", on=False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#2B66C0"))
    painter.drawRoundedRect(QRectF(136, 522, 136, 34), 4, 4)
    write(painter, 152, 544, "Save changes", 13, "white", bold=True)
    painter.end()
    return image


def write(
    painter: QPainter, x: int, y: int, words: str, size: int, color: str, *, bold: bool = False
) -> None:
    font = QFont("DejaVu Sans")
    font.setPixelSize(size)
    font.setBold(bold)
    painter.setFont(font)
    painter.setPen(QColor(color))
    painter.drawText(QPointF(x, y), words)


def switch(painter: QPainter, x: int, y: int, color: str, *, on: bool) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawRoundedRect(QRectF(x, y, 36, 20), 10, 10)
    painter.setBrush(QColor("white"))
    painter.drawEllipse(QRectF(x + (18 if on else 2), y + 2, 16, 16))


def box_of(place: QRectF, label: str) -> Box:
    """``place`` as a share of the region."""
    across, down = SCALE / REGION.width(), SCALE / REGION.height()
    return Box(
        (place.left() - REGION.x()) * across,
        (place.top() - REGION.y()) * down,
        (place.right() - REGION.x()) * across,
        (place.bottom() - REGION.y()) * down,
        label,
    )


def main() -> int:
    app = QApplication([])
    screen = app.primaryScreen()
    spec = msgspec.structs.replace(MINI, title="Gemma 4 E4B")
    with tempfile.TemporaryDirectory() as folder:
        bot: Any = Bot()
        office = Office.open(Path(folder), FakeEngine(), bot, catalogue=Catalogue((spec,)))
        try:
            office.load_model()
            theme = Theme(app, RESOURCES, mode="light", reduced_motion=True)
            captures = Captures(office.paths.captures, office.desk)
            quick = QuickAsk(office.desk, office.chats, captures)
            panels = QuickPanels(theme, quick, office.shelf)
            overlay = Overlay(theme)
            join(panels, overlay)
            frame = Frame(screen.name(), 0, 0, *SIZE, RATIO, page())
            shoot(office, quick, panels, overlay, frame).save(str(ROOT / "docs" / "overlay.png"))
            overlay.close()
        finally:
            office.close()
    print(ROOT / "docs" / "overlay.png")
    return 0


def shoot(
    office: Office, quick: QuickAsk, panels: QuickPanels, overlay: Overlay, frame: Frame
) -> QImage:
    """Mark the page, ask, have it answered, point at the first box."""
    overlay.open([frame])
    window = overlay.windows[0]
    window.resize(*SIZE)
    QApplication.processEvents()
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(window, left, pos=REGION.topLeft())
    across = REGION.bottomRight() - REGION.topLeft()
    for step in range(1, 6):
        QTest.mouseMove(window, REGION.topLeft() + across * step / 5)
        QApplication.processEvents()
    QTest.mouseRelease(window, left, pos=REGION.bottomRight())
    office.until(lambda: office.engine.preparations)
    quick.set_budget(1120)
    office.until(lambda: quick.budget == 1120 and len(office.engine.preparations) > 1)
    office.engine.prepared()
    office.until(lambda: quick.picture_ready)
    panels.ask_bar.edit.set_text(QUESTION)
    panels.ask_bar.submit()
    office.until(lambda: office.engine.questions)
    boxes = [box_of(WIDTH, "Channel width"), box_of(STEERING, "Band steering")]
    office.engine.write(ANSWER + as_json(boxes))
    office.engine.end(stats=Stats(answer_tokens=96, decode_tps=22.0))
    office.until(lambda: quick.exchanges[-1].done)
    panels.hover(QPoint(420, 366), REGION)
    QApplication.processEvents()
    return window.grab().toImage()


if __name__ == "__main__":
    sys.exit(main())
