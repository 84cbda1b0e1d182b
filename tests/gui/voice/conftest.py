"""The window of tests/gui/ui, which can be spoken to."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from app.session.talking import Talking
from app.ui.composer.composer import Composer
from app.ui.voice.composer_voice import ComposerVoice
from tests.gui.ui.conftest import Desktop, bare, catalogue, desktop, open_desktop
from tests.gui.voice.speaking import FakeMicrophone, talking_of

__all__ = ["bare", "catalogue", "desktop", "open_desktop"]


@dataclass
class Spoken:
    """A window, and the microphone before it."""

    desktop: Desktop
    microphone: FakeMicrophone
    talking: Talking

    @classmethod
    def to(cls, desktop: Desktop) -> "Spoken":
        microphone = FakeMicrophone()
        talking = talking_of(desktop.office, microphone)
        desktop.window.page.set_talking(talking)
        desktop.settle()
        return cls(desktop, microphone, talking)

    @property
    def composer(self) -> Composer:
        return self.desktop.window.page.composer

    @property
    def voice(self) -> ComposerVoice:
        assert self.composer.voice is not None
        return self.composer.voice

    def until(self, condition: Callable[[], object]) -> None:
        self.desktop.until(condition)


@pytest.fixture
def spoken(desktop: Desktop) -> Spoken:
    """A window with a model that hears."""
    return Spoken.to(desktop)
