"""Choosing the microphone, and seeing that it hears."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleValueChangeEvent,
    QHideEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.core.errors import AppError
from app.session.preferences import Preferences
from app.session.recorder import Recorder
from app.ui.dialogs.choice import Choice
from app.ui.theme.controls import Button, Label, StatusDot
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.voice.waveform import height_of

_LONGEST = 44  # characters of a name; some have the whole chain of what it is plugged into


class MicrophoneField(QWidget):
    """The list of microphones, and a test that shows how loud it is. The microphone is open during
    the test only, and says so."""

    def __init__(self, theme: Theme, recorder: Recorder, preferences: Preferences) -> None:
        super().__init__()
        self._theme = theme
        self._recorder = recorder
        self._preferences = preferences
        self._choices = QVBoxLayout()
        self._choices.setContentsMargins(0, 0, 0, 0)
        self._choice: Choice[str] | None = None
        self.meter = LevelMeter(theme)
        self.test_button = Button(theme, self.tr("Test"), size=28)
        self.test_button.clicked.connect(self._test)
        self.note = Label(theme, role="caption", color="danger", wrap=True)
        self.note.hide()
        self.light = StatusDot(theme, "danger", size=10)
        self.light.setAccessibleName(self.tr("The microphone is on"))
        kept = self.light.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # nothing moves when it goes on
        self.light.setSizePolicy(kept)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.light)
        row.addWidget(self.meter, 1)
        row.addWidget(self.test_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._choices)
        column.addLayout(row)
        self.setFixedWidth(theme.px(220))
        recorder.devices_changed.connect(self._list)
        recorder.changed.connect(self._follow)
        recorder.heard.connect(self._show)
        recorder.problem.connect(self._problem)
        self._list()
        self._follow()
        recorder.warm_up()
        recorder.refresh()

    @property
    def choice(self) -> Choice[str]:
        """The button that opens the list."""
        assert self._choice is not None
        return self._choice

    @property
    def testing(self) -> bool:
        """Whether the microphone is open for the test."""
        return self._recorder.speaker is self

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._stop()

    # -- inside -----------------------------------------------------------------------------

    def _list(self) -> None:
        """The microphones that there are, and the chosen one if it is not there."""
        chosen = self._preferences.settings.microphone
        devices = self._recorder.devices
        usual = next((one.name for one in devices if one.is_default), "")
        first = (
            self.tr("As the system: {0}").format(_short(usual))
            if usual
            else self.tr("As the system")
        )
        entries = [("", first), *((one.id, _short(one.name)) for one in devices)]
        if chosen not in [value for value, _ in entries]:
            entries.append((chosen, self.tr("{0} (not plugged in)").format(chosen)))
        if self._choice is not None:
            self._choices.removeWidget(self._choice)
            self._choice.hide()
            self._choice.deleteLater()
        self._choice = Choice(
            self._theme, self.tr("Microphone"), tuple(entries), chosen, self._choose
        )
        self._choice.setFixedWidth(self._theme.px(220))
        self._choices.addWidget(self._choice)

    def _choose(self, device: str) -> None:
        self._preferences.change(microphone=device)
        if self.testing:
            self._stop()
            self._test()

    def _test(self) -> None:
        if self.testing:
            self._stop()
        else:
            self.note.hide()
            self._recorder.begin(self, lambda _spoken: None)

    def _stop(self) -> None:
        if self.testing:
            self._recorder.cancel()

    def _follow(self) -> None:
        self.light.setVisible(self.testing)
        self.test_button.setText(self.tr("Stop") if self.testing else self.tr("Test"))
        self.test_button.setEnabled(self.testing or not self._recorder.recording)
        if not self.testing:
            self.meter.show_level(0.0, open_=False)

    def _show(self) -> None:
        if self.testing:
            self.meter.show_level(self._recorder.level, open_=True)

    def _problem(self, error: AppError, speaker: object) -> None:
        if speaker is self:
            self.note.setText(str(error))
            self.note.show()


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}…"


class LevelMeter(QWidget):
    """How loud it is, as a bar; with a red light while the microphone is open."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._share = 0.0
        self._open = False
        self.setAccessibleName(self.tr("Level"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def percent(self) -> int:
        """How far the bar reaches, 0 to 100."""
        return round(100 * self._share)

    def show_level(self, level: float, *, open_: bool) -> None:
        """``level`` is an RMS, 0..1."""
        self._share, self._open = height_of(level), open_
        self.update()
        QAccessible.updateAccessibility(QAccessibleValueChangeEvent(self, self.percent))

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(100), self._theme.px(12))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        thick = self._theme.px(4)
        track = QRectF(0, (self.height() - thick) / 2, self.width(), thick)
        painter.fillPath(box(track, thick / 2), self._theme.color("track"))
        if self._open:
            filled = QRectF(track)
            filled.setWidth(max(thick, track.width() * self._share))
            if self.isRightToLeft():
                filled.moveRight(track.right())
            painter.fillPath(box(filled, thick / 2), self._theme.color("accent"))
