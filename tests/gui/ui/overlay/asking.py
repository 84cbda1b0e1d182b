"""Ask bar, answer card and boxes over a real session; the engine does what the test says."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.core.conversation import Stats
from app.desktop.capture.frame import Frame
from app.main import RESOURCES
from app.session.captures import Captures
from app.session.quick_ask import QuickAsk
from app.session.talking import Talking
from app.ui.focus_order import neighbour
from app.ui.overlay.answer_card import AnswerCard
from app.ui.overlay.ask_bar import AskBar
from app.ui.overlay.quick_panels import QuickPanels
from app.ui.theme.theme import Theme
from tests.gui.session.fake_engine import FakeEngine
from tests.gui.session.office import Office

REGION = QRect(100, 80, 400, 300)  # logical pixels
STATS = Stats(answer_tokens=40, decode_tps=22.4)


def frame_of(ratio: float = 1.0, width: int = 960, height: int = 600) -> Frame:
    """A grey screen with a light page where the region is."""
    image = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_RGB32)
    image.fill(QColor("#707878"))
    painter = QPainter(image)
    painter.scale(ratio, ratio)
    painter.fillRect(REGION, QColor("#F8F9FA"))
    painter.end()
    return Frame("test", 0, 0, width, height, ratio, image)


class Host(QWidget):
    """As large as a screen."""

    def focusNextPrevChild(self, forward: bool) -> bool:
        found = neighbour(self, QApplication.focusWidget(), forward=forward)
        if found is not None:
            found.setFocus(Qt.FocusReason.TabFocusReason)
        return found is not None


class Asking:
    """Panels in a window of the size of a screen. The helpers are what a hand or an eye would
    do."""

    def __init__(self, office: Office, theme: Theme, talking: Talking | None = None) -> None:
        self.office = office
        self.theme = theme
        captures = Captures(office.paths.captures, office.desk)
        speech = talking.speech if talking is not None else None
        self.quick = QuickAsk(office.desk, office.chats, captures, speech)
        self.panels = QuickPanels(theme, self.quick, office.shelf, talking)
        self.host = Host()
        self.host.resize(960, 600)
        self.panels.ask_bar.setParent(self.host)
        self.panels.answer_card.setParent(self.host)
        self.panels.layout_wanted.connect(self._place)
        self.host.show()
        self._place()
        self.host.activateWindow()
        office.qtbot.waitUntil(self.host.isActiveWindow)

    @classmethod
    @contextmanager
    def opened(
        cls, folder: Path, qtbot: QtBot, *, vision: bool = True, mode: str = "light"
    ) -> Iterator["Asking"]:
        """With a model that has been loaded."""
        office = Office.open(folder, FakeEngine(), qtbot)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme = Theme(app, RESOURCES, mode=mode, reduced_motion=True)
        office.load_model(vision=vision)
        asking = cls(office, theme)
        try:
            yield asking
        finally:
            asking.close()

    def close(self) -> None:
        self.panels.close_pinned()
        self.quick.discard()
        self.host.close()
        self.host.deleteLater()
        self.panels.deleteLater()
        self.office.close()
        self.theme.deleteLater()
        QApplication.clipboard().clear()  # what Python gave to it must not outlive Python
        QApplication.processEvents()

    @property
    def bar(self) -> AskBar:
        return self.panels.ask_bar

    @property
    def card(self) -> AnswerCard:
        return self.panels.answer_card

    @property
    def engine(self) -> FakeEngine:
        engine: FakeEngine = self.office.engine
        return engine

    # -- hands ------------------------------------------------------------------------------

    def mark(self, frame: Frame | None = None, region: QRect = REGION) -> None:
        """Mark a region, and wait until a question about it would be sent at once."""
        self.panels.mark(frame or frame_of(), region)
        self.office.until(lambda: self.quick.picture is not None)
        self.panels.focus()

    def type(self, text: str) -> None:
        QTest.keyClicks(self.bar.edit, text)

    def key(self, key: Qt.Key, widget: QWidget | None = None) -> None:
        QTest.keyClick(widget or QApplication.focusWidget() or self.host, key)

    def click(self, widget: QWidget) -> None:
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    def asked(self, count: int = 1) -> None:
        """Wait until the engine has so many questions."""
        self.office.until(lambda: len(self.engine.questions) >= count)

    def answer(self, text: str) -> None:
        """The engine writes all of an answer."""
        self.engine.write(text)
        self.engine.end(stats=STATS)
        self.office.until(lambda: self.quick.exchanges[-1].done)
        QApplication.processEvents()

    def ask(self, question: str, answer: str) -> None:
        count = len(self.engine.questions)
        self.type(question)
        self.key(Qt.Key.Key_Return, self.bar.edit)
        self.asked(count + 1)
        self.answer(answer)

    def let_go(self) -> None:
        """Somebody else places the panels from now on."""
        self.panels.layout_wanted.disconnect(self._place)
        self.host.hide()

    def _place(self) -> None:
        """As the overlay does: the bar below the region, the card at its right."""
        bar, card = self.bar, self.card
        bar.setGeometry(100, 398, 440, bar.sizeHint().height())
        bar.show()
        card.setVisible(self.panels.card_wanted)
        if self.panels.card_wanted:
            card.setGeometry(520, 80, 420, min(card.sizeHint().height(), 500))


def boxes_json(boxes: Sequence[tuple[str, tuple[int, int, int, int]]]) -> str:
    """What a model answers that points: label and top, left, bottom, right."""
    return json.dumps([{"box_2d": list(sides), "label": label} for label, sides in boxes])
