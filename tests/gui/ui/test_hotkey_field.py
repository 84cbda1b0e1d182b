"""The field in which a shortcut is pressed."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.core.settings import Settings
from app.desktop.hotkey import Hotkey
from app.main import RESOURCES
from app.ui.commands import Command
from app.ui.dialogs.hotkey_field import HotkeyField
from app.ui.dialogs.settings import SettingsDialog
from app.ui.theme.theme import Theme
from tests.gui.desktop.hotkey.fake_backend import FakeBackend
from tests.gui.ui.conftest import Desktop

DEFAULT = Settings().hotkey
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT, META = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.MetaModifier
NONE = Qt.KeyboardModifier.NoModifier
COMMANDS = (Command("Chats", "New chat", "Ctrl+N"), Command("Window", "", "Ctrl+="))


class Form:
    """The field between two others, and a hotkey that follows it."""

    def __init__(self, qtbot: QtBot, backend: FakeBackend, chord: str = DEFAULT) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.theme = Theme(app, RESOURCES, mode="light", reduced_motion=True)
        self.hotkey = Hotkey(backend)
        self.hotkey.set_chord(chord)
        self.chosen: list[str] = []
        self.window = QWidget()
        self.before, self.after = QLineEdit(), QLineEdit()
        self.field = HotkeyField(self.theme, self.hotkey, chord, COMMANDS)
        self.field.chosen.connect(self.chosen.append)
        self.field.chosen.connect(self.hotkey.set_chord)
        column = QVBoxLayout(self.window)
        for widget in (self.before, self.field, self.field.note, self.after):
            column.addWidget(widget)
        self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)
        self.before.setFocus()

    @property
    def recorder(self) -> QWidget:
        return self.field.recorder

    @property
    def note(self) -> str:
        """What the line below says; "" while it is not there."""
        return self.field.note.text() if self.field.note.isVisible() else ""

    def listen(self) -> None:
        QTest.mouseClick(self.recorder, Qt.MouseButton.LeftButton)
        assert self.field.recorder.listening

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.recorder, key, modifiers)


@pytest.fixture
def open_form(qtbot: QtBot) -> Iterator[Callable[..., Form]]:
    opened: list[Form] = []

    def make(backend: FakeBackend | None = None, chord: str = DEFAULT) -> Form:
        opened.append(Form(qtbot, backend or FakeBackend(), chord))
        return opened[-1]

    yield make
    for form in opened:
        form.window.close()
        form.window.deleteLater()
        form.theme.deleteLater()
    QApplication.processEvents()


def test_it_shows_the_shortcut(open_form: Callable[..., Form]) -> None:
    form = open_form()
    assert form.field.recorder.text() == "Ctrl Shift Space"
    assert form.recorder.accessibleName() == "Shortcut: Ctrl Shift Space"
    assert "Backspace" in form.recorder.accessibleDescription()
    assert not form.note
    assert not form.field.undo.isVisible()


def test_a_shortcut_is_pressed_and_taken(open_form: Callable[..., Form]) -> None:
    backend = FakeBackend()
    form = open_form(backend)
    form.listen()
    assert form.field.recorder.text() == "Press the keys"
    assert backend.bound[-1] == ""  # its own keys get through
    form.press(Qt.Key.Key_J, CTRL | ALT)
    assert form.chosen == ["Ctrl+Alt+J"]
    assert form.field.chord == form.hotkey.chord == backend.bound[-1] == "Ctrl+Alt+J"
    assert form.recorder.accessibleName() == "Shortcut: Ctrl Alt J"
    assert form.hotkey.state == "active"
    assert not form.field.recorder.listening


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_the_keyboard_has_it_listen(open_form: Callable[..., Form], key: Qt.Key) -> None:
    form = open_form()
    form.recorder.setFocus()
    form.press(key)
    assert form.field.recorder.listening
    form.press(Qt.Key.Key_F9)
    assert form.chosen == ["F9"]


def test_what_is_held_is_shown(open_form: Callable[..., Form]) -> None:
    form = open_form()
    form.listen()
    # As they come from the system: its modifiers are those before the key.
    held = NONE
    for key, modifier, shown in (
        (Qt.Key.Key_Control, CTRL, "Ctrl …"),
        (Qt.Key.Key_Shift, SHIFT, "Ctrl Shift …"),
    ):
        send(form, QEvent.Type.KeyPress, key, held)
        held |= modifier
        assert form.field.recorder.text() == shown
        assert form.recorder.accessibleName() == f"Shortcut: {shown}"
    send(form, QEvent.Type.KeyRelease, Qt.Key.Key_Shift, held)
    assert form.field.recorder.text() == "Ctrl …"
    send(form, QEvent.Type.KeyRelease, Qt.Key.Key_Control, CTRL)
    assert form.field.recorder.text() == "Press the keys"


def send(
    form: Form, kind: QEvent.Type, key: Qt.Key, held: Qt.KeyboardModifier, scan_code: int = 0
) -> None:
    QApplication.sendEvent(form.recorder, QKeyEvent(kind, key, held, scan_code, 0, 0))


@pytest.mark.parametrize(
    ("key", "modifiers", "words"),
    [
        (Qt.Key.Key_A, NONE, "Hold Ctrl, Alt or Super as well, or use an F key."),
        (Qt.Key.Key_A, SHIFT, "Hold Ctrl, Alt or Super as well, or use an F key."),
        (Qt.Key.Key_Return, NONE, "Hold Ctrl, Alt or Super as well, or use an F key."),
        (Qt.Key.Key_MediaPlay, CTRL, "This key can't be a shortcut."),
        (Qt.Key.Key_N, CTRL, "Ctrl N is taken in Facet: New chat. Choose another shortcut."),
        (
            Qt.Key.Key_K,
            CTRL,
            "Ctrl K is used by another program."
            " Choose another shortcut, or bind the command: facet shoot",
        ),
    ],
)
def test_what_can_not_be_is_told_and_it_goes_on_listening(
    open_form: Callable[..., Form], key: Qt.Key, modifiers: Qt.KeyboardModifier, words: str
) -> None:
    form = open_form(FakeBackend(taken={"Ctrl+K"}))
    form.listen()
    form.press(key, modifiers)
    assert form.note == words
    assert form.field.recorder.listening
    assert not form.chosen
    form.press(Qt.Key.Key_Print, SHIFT)
    assert form.chosen == ["Shift+Print"]
    assert not form.note


def test_esc_leaves_everything_as_it_was(open_form: Callable[..., Form]) -> None:
    backend = FakeBackend()
    form = open_form(backend)
    form.listen()
    form.press(Qt.Key.Key_A)
    form.press(Qt.Key.Key_Escape)
    assert not form.field.recorder.listening
    assert not form.chosen
    assert backend.bound[-1] == DEFAULT
    assert form.field.recorder.text() == "Ctrl Shift Space"


def test_backspace_takes_it_away_and_undo_brings_it_back(open_form: Callable[..., Form]) -> None:
    backend = FakeBackend()
    form = open_form(backend)
    form.listen()
    form.press(Qt.Key.Key_Backspace)
    assert form.chosen == [""]
    assert form.hotkey.state == "off"
    assert form.recorder.accessibleName() == "Shortcut: None"
    assert form.field.undo.isVisible()
    assert form.field.undo.accessibleName() == "Back to Ctrl Shift Space"
    QTest.mouseClick(form.field.undo, Qt.MouseButton.LeftButton)
    assert form.chosen == ["", DEFAULT]
    assert form.hotkey.state == "active"
    assert not form.field.undo.isVisible()


def test_tab_goes_on_and_ctrl_tab_is_a_shortcut(open_form: Callable[..., Form]) -> None:
    form = open_form()
    form.listen()
    form.press(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is form.after
    assert not form.field.recorder.listening
    assert form.hotkey.state == "active"
    form.listen()
    form.press(Qt.Key.Key_Backtab, CTRL | SHIFT)
    assert form.chosen == ["Ctrl+Shift+Tab"]


def test_whoever_goes_away_is_not_listened_to(open_form: Callable[..., Form]) -> None:
    backend = FakeBackend()
    form = open_form(backend)
    form.listen()
    form.before.setFocus()
    assert not form.field.recorder.listening
    form.listen()
    QTest.mouseClick(form.recorder, Qt.MouseButton.LeftButton)
    assert not form.field.recorder.listening
    form.listen()
    form.window.hide()
    assert backend.bound[-1] == DEFAULT


def test_the_layout_of_the_keyboard_decides(open_form: Callable[..., Form]) -> None:
    backend = FakeBackend()
    backend.keys = {10: "1"}
    form = open_form(backend)
    form.listen()
    send(form, QEvent.Type.KeyPress, Qt.Key.Key_Exclam, CTRL | SHIFT, scan_code=10)
    assert form.chosen == ["Ctrl+Shift+1"]
    form.listen()  # of this key only Qt knows
    send(form, QEvent.Type.KeyPress, Qt.Key.Key_Question, CTRL | SHIFT, scan_code=61)
    assert form.chosen[1:] == ["Ctrl+Shift+/"]


def test_no_shortcut_of_the_window_runs_meanwhile(open_form: Callable[..., Form]) -> None:
    form = open_form()
    event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Q, CTRL)
    event.ignore()
    form.listen()
    QApplication.sendEvent(form.recorder, event)
    assert event.isAccepted()


def test_what_becomes_of_the_shortcut_is_told(open_form: Callable[..., Form]) -> None:
    backend = FakeBackend()
    form = open_form(backend)
    for state, trigger, words in (
        ("taken", "", "Ctrl Shift Space is used by another program. Choose another shortcut, or"),
        ("unavailable", "", "This desktop gives Facet no shortcut. Bind the command in its"),
        ("asking", "", "The system is asking whether Facet may have this shortcut."),
        ("active", "Super+Q", "Set by the system: Super Q"),
    ):
        backend.reported.emit(state, trigger)
        assert form.note.startswith(words)
    backend.reported.emit("active", "")
    assert not form.note


# -- in the settings ----------------------------------------------------------------------------


def test_the_settings_keep_the_shortcut(desktop: Desktop) -> None:
    desktop.window.open_settings()
    dialog = desktop.dialog()
    assert isinstance(dialog, SettingsDialog)
    recorder = dialog.shortcut.recorder
    QTest.mouseClick(recorder, Qt.MouseButton.LeftButton)
    QTest.keyClick(recorder, Qt.Key.Key_N, CTRL)
    assert dialog.shortcut.note.text().startswith("Ctrl N is taken in Facet: New chat.")
    QTest.keyClick(recorder, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    QTest.mouseClick(recorder, Qt.MouseButton.LeftButton)
    QTest.keyClick(recorder, Qt.Key.Key_J, META)
    assert desktop.office.preferences.settings.hotkey == "Meta+J"


def test_the_settings_show_what_the_system_refuses(desktop: Desktop) -> None:
    desktop.window.open_settings()
    dialog = desktop.dialog()
    (choice,) = (
        each
        for each in dialog.findChildren(QWidget)
        if each.accessibleName().startswith("Start with the system")
    )
    desktop.click(choice)
    desktop.choose("On: without the window, ready for the shortcut")
    assert desktop.office.preferences.settings.autostart
    desktop.office.preferences.change(autostart=False)  # what `main` does then
    assert choice.accessibleName() == "Start with the system: Off"
