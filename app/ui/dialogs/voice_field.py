"""Choosing the voice that reads aloud, its speed, and hearing it."""

from functools import partial

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.desktop.voices.speaker import Voice
from app.session.preferences import Preferences
from app.session.read_aloud import ReadAloud
from app.ui.dialogs.choice import Choice
from app.ui.theme.controls import Button, Label, Menu
from app.ui.theme.theme import Theme

SPEEDS = (75, 100, 125, 150, 200)  # percent
_LONGEST = 22  # characters of a voice's name on its button


class VoiceField(QWidget):
    """A button that lists the voices of the system, the speed, and a sentence to try them with.
    Voices of the person's own languages come first."""

    def __init__(self, theme: Theme, aloud: ReadAloud, preferences: Preferences) -> None:
        super().__init__()
        self._theme = theme
        self._aloud = aloud
        self._preferences = preferences
        self._voices: tuple[Voice, ...] = ()
        settings = preferences.settings
        self.voice_button = Button(theme, "", size=28, trailing="down")
        self.voice_button.clicked.connect(self._choose)
        self.voice_button.setEnabled(False)
        self.try_button = Button(theme, self.tr("Try it"), size=28)
        self.try_button.clicked.connect(self._try)
        self.speed = Choice(
            theme,
            self.tr("Speed of reading"),
            tuple((speed, self.tr("{0} % of its speed").format(speed)) for speed in SPEEDS),
            settings.voice_percent,
            lambda value: preferences.change(voice_percent=value),
        )
        self.note = Label(theme, role="caption", color="text-2", wrap=True)
        self.note.hide()
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.voice_button)
        row.addWidget(self.try_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self.speed, 0, Qt.AlignmentFlag.AlignRight)
        self.setFixedWidth(theme.px(220))
        self._show()
        aloud.changed.connect(self._show)
        aloud.list_voices(self._list)

    def _list(self, voices: tuple[Voice, ...]) -> None:
        own = {QLocale(tag).language() for tag in QLocale.system().uiLanguages()}
        self._voices = tuple(
            sorted(voices, key=lambda voice: QLocale(voice.language).language() not in own)
        )
        self.voice_button.setEnabled(bool(voices))
        self.try_button.setEnabled(bool(voices))
        if not voices:
            self.note.setText(
                self.tr(
                    "This system has no voice to read with. Install speech-dispatcher or"
                    " espeak-ng, then start Facet again."
                )
            )
            self.note.show()
        self._show()

    def _show(self) -> None:
        chosen = self._preferences.settings.voice
        name = next((voice.name for voice in self._voices if voice.id == chosen), "")
        words = name or self.tr("The usual voice")
        short = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1].rstrip()}…"
        self.voice_button.setText(short)
        self.voice_button.setAccessibleName(self.tr("Voice: {0}").format(words))
        reading = bool(self._aloud.reading)
        self.try_button.setText(self.tr("Stop") if reading else self.tr("Try it"))

    def _choose(self) -> None:
        chosen = self._preferences.settings.voice
        menu = Menu(self._theme, self)
        menu.add(self.tr("The usual voice"), partial(self._take, ""), checked=not chosen)
        menu.addSeparator()
        for voice in self._voices:
            words = f"{voice.name} ({voice.language})" if voice.language else voice.name
            menu.add(words, partial(self._take, voice.id), checked=voice.id == chosen)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.open_below(self.voice_button)

    def _take(self, voice: str) -> None:
        self._preferences.change(voice=voice)
        self._show()

    def _try(self) -> None:
        if self._aloud.reading:
            self._aloud.stop()
        else:
            self._aloud.read_text(self.tr("This is how answers will sound."))
