"""The window of tests/gui/ui, which can be spoken to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.engine.messages import Generate
from app.models.catalogue import Catalogue
from app.session.draft import DraftAttachment
from app.session.talking import Talking
from app.ui.composer.composer import Composer
from app.ui.voice.composer_voice import ComposerVoice
from tests.gui.session.office import ONLY_MINI
from tests.gui.ui.conftest import Desktop, bare, catalogue, desktop, open_desktop
from tests.gui.voice.speaking import FakeSound, hum, talking_of

__all__ = ["bare", "catalogue", "desktop", "open_desktop"]


@dataclass
class Spoken:
    """A window, the sound system below it, and the hands and voice of somebody before it."""

    desktop: Desktop
    sound: FakeSound
    talking: Talking

    @classmethod
    def to(cls, desktop: Desktop, catalogue: Catalogue = ONLY_MINI) -> "Spoken":
        sound = FakeSound()
        talking = talking_of(desktop.office, sound, catalogue)
        desktop.window.page.set_talking(talking)
        desktop.settle()
        return cls(desktop, sound, talking)

    # -- what there is ------------------------------------------------------------------------

    @property
    def composer(self) -> Composer:
        return self.desktop.window.page.composer

    @property
    def voice(self) -> ComposerVoice:
        assert self.composer.voice is not None
        return self.composer.voice

    @property
    def attachments(self) -> tuple[DraftAttachment, ...]:
        return self.desktop.office.chat.draft.attachments

    @property
    def questions(self) -> list[Generate]:
        return self.desktop.office.engine.questions

    @property
    def notice(self) -> str:
        """What stands above the composer; "" for nothing."""
        notice = self.desktop.window.page.notice
        return notice.text if notice.isVisible() else ""

    def until(self, condition: Callable[[], object]) -> None:
        self.desktop.until(condition)

    # -- hands --------------------------------------------------------------------------------

    def press(self, key: Qt.Key = Qt.Key.Key_Space) -> None:
        QTest.keyPress(self.desktop.focused, key)

    def release(self, key: Qt.Key = Qt.Key.Key_Space) -> None:
        QTest.keyRelease(self.desktop.focused, key)
        self.until(lambda: not self.voice.talk._space)  # a moment later

    def repeat(self, *, told: bool) -> None:
        """The key repeats, as X11 has it; ``told``: Qt has noticed that it does."""
        for kind in (QEvent.Type.KeyRelease, QEvent.Type.KeyPress):
            event = QKeyEvent(
                kind, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ", autorep=told
            )
            QApplication.sendEvent(self.desktop.focused, event)

    def hold(self) -> None:
        """Hold Space for longer than a short press, until the microphone is open."""
        self.press()
        self.until(lambda: self.sound.port is not None)
        self.long_ago()

    def long_ago(self) -> None:
        """What is held has been held for a while."""
        self.voice.talk._since -= 1.0
        self.voice.talk._pressed_at -= 1000 if self.voice.talk._pressed_at else 0

    def tap(self) -> None:
        """A short press of Space; the microphone is open."""
        self.press()
        self.release()
        self.until(lambda: self.sound.port is not None and not self.voice.talk.holding)

    def say(self, samples: np.ndarray | None = None) -> None:
        """Say something, and wait until it has been taken in."""
        samples = hum(1.0) if samples is None else samples
        recorder = self.talking.recorder
        before = recorder.seconds
        self.sound.hear(samples)
        self.until(lambda: not recorder.recording or recorder.seconds > before)

    def closed(self) -> None:
        """Wait until the microphone is closed."""
        self.until(lambda: not self.talking.recorder.light)

    def close(self) -> None:
        self.talking.recorder.close()
        self.talking.player.close()


@pytest.fixture
def spoken(desktop: Desktop) -> Iterator[Spoken]:
    """A window with a model that hears."""
    spoken = Spoken.to(desktop)
    yield spoken
    spoken.close()
