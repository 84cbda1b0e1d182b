"""Choosing and testing the microphone in the settings; the light beside the clock."""

import pytest
from PySide6.QtWidgets import QApplication

from app.core.errors import AppError
from app.desktop.microphone.take import InputDevice
from app.ui.dialogs.microphone_field import MicrophoneField
from app.ui.dialogs.settings import SettingsDialog
from app.ui.tray import Tray
from tests.gui.voice.conftest import Spoken
from tests.gui.voice.speaking import hum

BUILT_IN = InputDevice("built-in", "Built-in microphone", True)
USB = InputDevice("usb", "USB headset")


@pytest.fixture
def field(spoken: Spoken) -> MicrophoneField:
    spoken.sound.devices = (BUILT_IN, USB)
    spoken.desktop.dialogs.recorder = spoken.talking.recorder
    dialog = spoken.desktop.dialogs.settings(spoken.desktop.window, ())
    assert isinstance(dialog, SettingsDialog)
    spoken.until(lambda: len(spoken.talking.recorder.devices) == 2)
    return dialog.microphone


def test_the_microphones_are_listed_and_one_is_chosen(
    spoken: Spoken, field: MicrophoneField
) -> None:
    assert field.choice.text() == "As the system"
    spoken.desktop.click(field.choice)
    assert list(spoken.desktop.entries()) == [
        "As the system: Built-in microphone",
        "Built-in microphone",
        "USB headset",
    ]
    spoken.desktop.choose("USB headset")
    assert spoken.desktop.office.preferences.settings.microphone == "usb"
    spoken.sound.devices = (BUILT_IN,)
    spoken.talking.recorder.refresh()
    spoken.until(lambda: field.choice.text() == "usb (not plugged in)")


def test_the_test_shows_how_loud_it_is_and_ends(spoken: Spoken, field: MicrophoneField) -> None:
    assert field.meter.percent == 0
    spoken.desktop.click(field.test_button)
    spoken.until(lambda: spoken.sound.port is not None)
    assert field.test_button.text() == "Stop"
    assert field.light.isVisible()
    assert spoken.voice.button.lit, "the light is on"
    spoken.sound.hear(hum(1.0))
    spoken.until(lambda: field.meter.percent > 30)
    spoken.desktop.click(field.test_button)
    assert field.test_button.text() == "Test"
    assert field.meter.percent == 0
    assert not field.light.isVisible()
    spoken.closed()
    assert not spoken.attachments


def test_closing_the_settings_ends_the_test(spoken: Spoken, field: MicrophoneField) -> None:
    spoken.desktop.click(field.test_button)
    spoken.until(lambda: spoken.sound.port is not None)
    spoken.desktop.dialog().close()
    assert not spoken.talking.recorder.recording
    spoken.closed()


def test_what_is_wrong_is_said_there(spoken: Spoken, field: MicrophoneField) -> None:
    spoken.sound.error = AppError("It is in use.", "Close the other.", code="mic-busy")
    spoken.desktop.click(field.test_button)
    assert field.note.isHidden()
    spoken.until(field.note.isVisible)
    assert field.note.text() == "It is in use. Close the other."
    assert not spoken.notice, "it is not about the composer"


def test_the_tray_says_that_the_microphone_is_on(spoken: Spoken) -> None:
    office = spoken.desktop.office
    tray = Tray(spoken.desktop.theme, office.shelf, spoken.desktop.hotkey, office.downloads)
    spoken.talking.recorder.light_changed.connect(tray.set_listening)
    tray._build()
    assert tray._icon is not None
    dark = tray._icon.icon().pixmap(32, 32).toImage()
    assert tray.tooltip == "Facet"
    spoken.hold()
    QApplication.processEvents()
    assert tray.tooltip == "Facet, the microphone is on"
    lit = tray._icon.icon().pixmap(32, 32).toImage()
    assert lit.pixelColor(25, 25) == spoken.desktop.theme.color("danger") != dark.pixelColor(25, 25)
    spoken.talking.recorder.cancel()
    spoken.closed()
    assert tray.tooltip == "Facet"
    tray.hide()
    tray.deleteLater()
