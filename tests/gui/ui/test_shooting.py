"""From the key to the frozen screen and back, with screens that show what the test wants."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from threading import Event

import pytest
from PySide6.QtCore import QObject, QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMenu

from app.core.errors import AppError
from app.desktop.capture.capture import Capture
from app.desktop.capture.frame import Frame, ScreenPlace
from app.desktop.capture.listing import NoWindows
from app.ui.overlay.overlay import Overlay
from app.ui.overlay.quick_panels import QuickPanels
from app.ui.shooting import Shooting
from tests.gui.ui.conftest import Desktop


class Screens:
    """Blue ones. ``seen`` is whether Facet's own window was there at each picture."""

    waits = False

    def __init__(self, desktop: Desktop) -> None:
        self.seen: list[bool] = []
        self.error: AppError | None = None
        self.is_open = True
        self._desktop = desktop

    def prepare(self, screens: Sequence[ScreenPlace]) -> None:
        self.prepared = True

    def take(self, screens: Sequence[ScreenPlace], given_up: Event) -> tuple[Frame, ...]:
        self.seen.append(self._desktop.window.isVisible())
        if self.error is not None:
            raise self.error
        return tuple(Frame.of(screen, _blue(screen)) for screen in screens)

    def close(self) -> None:
        self.is_open = False


def _blue(screen: ScreenPlace) -> QImage:
    image = QImage(screen.physical.size(), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.blue)
    return image


class Studio:
    """The whole path, over a window."""

    def __init__(self, desktop: Desktop, screens: Screens) -> None:
        self.desktop = desktop
        self.screens = screens
        office = desktop.office
        self.shooting = Shooting(
            desktop.theme, office.desk, office.chats, office.paths.captures, desktop.window
        )
        self.told: list[object] = []
        self.shooting.problem.connect(self.told.append)
        self.shooting.chat_wanted.connect(self.told.append)
        self.shooting.models_wanted.connect(lambda: self.told.append("models"))

    @property
    def overlay(self) -> Overlay:
        assert self.shooting._overlay is not None
        return self.shooting._overlay

    def escape(self) -> None:
        QTest.keyClick(self.overlay.windows[0], Qt.Key.Key_Escape)

    def close(self) -> None:
        self.shooting.close()
        self.desktop.settle()
        self.shooting.deleteLater()


@pytest.fixture
def studio(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    screens = Screens(desktop)

    def capture(_app_id: str, parent: QObject) -> Capture:
        return Capture(screens, NoWindows(), parent)

    monkeypatch.setattr("app.desktop.capture.system.system_capture", capture)
    with closing(Studio(desktop, screens)) as studio:
        yield studio


def test_the_key_freezes_the_screens_as_they_are(studio: Studio) -> None:
    studio.shooting.shoot()
    assert studio.shooting.open
    assert studio.screens.seen == [True]
    studio.shooting.shoot()
    assert studio.screens.seen == [True], "they are frozen already"
    studio.escape()
    assert not studio.shooting.open
    assert studio.desktop.window.isVisible()
    studio.shooting.shoot()
    assert studio.shooting.open


def test_what_takes_time_is_made_beforehand(studio: Studio) -> None:
    studio.shooting.prepare()
    studio.desktop.until(lambda: hasattr(studio.screens, "prepared"))
    assert not studio.shooting.open


def test_the_row_of_the_sidebar_puts_our_window_away_and_back(studio: Studio) -> None:
    window = studio.desktop.window
    studio.shooting.shoot_others()
    assert not window.isVisible()
    studio.shooting.shoot_others()
    studio.desktop.until(lambda: studio.shooting.open)
    assert studio.screens.seen == [False]
    assert not window.isVisible()
    studio.escape()
    assert window.isVisible()


def test_a_window_that_was_closed_stays_so(studio: Studio) -> None:
    studio.desktop.window.hide()
    studio.shooting.shoot_others()
    studio.desktop.until(lambda: studio.shooting.open)
    studio.escape()
    assert not studio.desktop.window.isVisible()


def test_a_screen_that_is_refused_is_told_of(studio: Studio) -> None:
    studio.screens.error = AppError("The screen was not given.", "Allow it.")
    studio.shooting.shoot_others()
    studio.desktop.until(lambda: studio.told)
    assert studio.told == [studio.screens.error]
    assert not studio.shooting.open
    assert studio.desktop.window.isVisible()
    studio.screens.error = None
    studio.shooting.shoot()
    assert studio.shooting.open


def test_nothing_of_ours_keeps_the_keys_from_it(studio: Studio) -> None:
    choice = QFileDialog(studio.desktop.window)
    choice.setOption(QFileDialog.Option.DontUseNativeDialog)
    choice.setWindowModality(Qt.WindowModality.ApplicationModal)
    choice.show()
    menu = QMenu(choice)
    menu.addAction("Anything")
    menu.popup(QPoint(10, 10))
    studio.shooting.shoot()
    assert not choice.isVisible()
    assert not menu.isVisible()
    studio.escape()
    assert not studio.shooting.open


def test_an_answer_goes_on_in_the_window(studio: Studio) -> None:
    desktop = studio.desktop
    studio.shooting.shoot()
    studio.overlay.region_marked.emit(studio.overlay.frame, QRect(10, 10, 200, 150))
    quick = studio.shooting._quick
    assert quick is not None
    desktop.until(lambda: quick.state == "ready")
    quick.ask("What is this?")
    desktop.until(lambda: desktop.office.engine.questions)
    desktop.office.engine.write("Blue.")
    desktop.office.engine.end()
    desktop.until(lambda: quick.state == "answered")
    panels = studio.shooting.findChild(QuickPanels)
    panels.answer_card.continue_button.click()
    assert not studio.shooting.open
    (chat,) = studio.told
    assert desktop.office.chats.summaries[0].id == chat


def test_the_end_of_the_program_puts_everything_away(studio: Studio) -> None:
    studio.shooting.shoot()
    studio.shooting.close()
    assert not studio.shooting.open
    assert not studio.screens.is_open
