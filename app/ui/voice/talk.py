"""Talking into a field: held, or started and stopped."""

import time
from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent

from app.core.errors import AppError
from app.session.recorder import LONGEST, Recorder, Spoken
from app.ui.announce import announce
from app.ui.composer.edit import MessageEdit
from app.ui.voice.mic_button import MicButton
from app.ui.voice.recording_row import RecordingRow

TAP_SECONDS = 0.3  # a press that is shorter starts a recording that goes on
End = Literal["send", "keep", "write"]
_REPEAT_MS = 6  # within which a key that repeats is pressed again
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Talk(QObject):
    """Turns what is done with Space in an empty field, with the button and with the row into takes.

    Held, the release sends; a short press starts what Space or the row ends. While it records, the
    field keeps the keyboard and nothing is written into it. ``obstacle`` says why nobody should
    speak now, asked before anything is recorded.
    """

    began = Signal()
    ended = Signal()  # nothing is shown any more
    changed = Signal()  # held or not
    spoken = Signal(Spoken, str)  # and what becomes of it: "send", "keep" or "write"
    refused = Signal(AppError)
    given_up = Signal()  # what is being written down is not wanted any more

    def __init__(
        self,
        recorder: Recorder,
        edit: MessageEdit,
        button: MicButton,
        row: RecordingRow,
        obstacle: Callable[[], AppError | None],
        parent: QObject,
        *,
        keeps: bool = True,
    ) -> None:
        """Where nothing ``keeps`` a take, its end always sends it."""
        super().__init__(parent)
        self._recorder = recorder
        self._edit = edit
        self._button = button
        self._row = row
        self._obstacle = obstacle
        self._keeps = keeps
        self._since = 0.0  # when a press was seen
        self._pressed_at = self._released_at = 0  # in milliseconds of the system; 0: not known
        self._end: End = "keep"
        self._space = False  # Space is down since it began here
        self.holding = False
        self.writes = False  # it is to be written down
        self.waiting = False  # what was said is being written down, and the row says so
        edit.installEventFilter(self)
        button.held.connect(self.press)
        button.let_go.connect(self.release)
        button.key_down.connect(self._key_down)
        button.key_up.connect(self._key_up)
        button.toggled_by_key.connect(self.toggle)
        self._releasing = False
        self._up = QTimer(self)
        self._up.setSingleShot(True)
        self._up.setTimerType(Qt.TimerType.PreciseTimer)
        self._up.setInterval(_REPEAT_MS)
        # Once more round the loop: what had come by then is seen first.
        self._up.timeout.connect(self._really_up, Qt.ConnectionType.QueuedConnection)
        row.cancelled.connect(self.cancel)
        row.sent.connect(self.send)
        row.kept.connect(lambda: self._finish("keep"))
        row.write_wanted.connect(lambda: self._finish("write"))
        recorder.changed.connect(self._follow)
        recorder.heard.connect(self._show)
        recorder.light_changed.connect(button.set_lit)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.focusWindowChanged.connect(self._looked_away)

    @property
    def by_space(self) -> bool:
        """Whether it is Space that is held."""
        return self.holding and self._space

    @property
    def busy(self) -> bool:
        """Whether somebody speaks here, or what was said is being written down."""
        return self.active or self.waiting

    @property
    def active(self) -> bool:
        """Whether it is here that somebody is being recorded."""
        return self._recorder.speaker is self

    # -- orders -----------------------------------------------------------------------------

    def press(self, at: int = 0) -> None:
        """Button or Space is down, since ``at`` (milliseconds by the system's clock)."""
        self._pressed_at = at
        if self.waiting:
            return
        if self.active:
            if not self.holding:
                self._finish("keep")
        elif not self._recorder.recording:
            self._begin(writes=False)

    def release(self, at: int = 0) -> None:
        """Button or Space is up."""
        if not self.active or not self.holding:
            return
        held = time.monotonic() - self._since
        if at and self._pressed_at:  # else a window that was busy would make each press a long one
            held = (at - self._pressed_at) / 1000
        if held < TAP_SECONDS:
            self._set_free()
        else:
            self._finish("send")

    def toggle(self, *, writes: bool = False) -> None:
        """Start a recording that goes on, to be written down if it ``writes``; or stop one."""
        if self.waiting:
            return
        if self.active:
            self._finish("write" if writes or self.writes else "keep")
        elif not self._recorder.recording and self._begin(writes=writes):
            self._set_free()

    def cancel(self) -> None:
        """Forget what was said, or don't wait for its words."""
        if self.waiting:
            self.given_up.emit()
        elif self.active:
            self._recorder.cancel()
            announce(self._edit, self.tr("Cancelled"))

    def send(self) -> None:
        """Stop, and send what was said, or write it down if it is dictated."""
        self._finish("write" if self.writes else "send")

    def keep(self) -> None:
        """Stop, and keep what was said."""
        if self.active:
            self._finish("keep")

    # -- inside -----------------------------------------------------------------------------

    def _begin(self, *, writes: bool) -> bool:
        if (obstacle := self._obstacle()) is not None:
            self.refused.emit(obstacle)
            return False
        self._since = time.monotonic()
        self._end = "write" if writes else "keep"
        self.holding, self.writes = True, writes
        self._recorder.begin(self, self._take)
        if self.active:
            self._row.set_free(False, writes=writes)
            self._row.show_take(0.0, (), LONGEST)
            self._edit.setFocus(Qt.FocusReason.OtherFocusReason)
            announce(self._edit, self.tr("Recording"))
            self.began.emit()
        return self.active

    def _set_free(self) -> None:
        """Nothing is held any more, and it goes on."""
        self.holding = False
        self._row.set_free(self._keeps, writes=self.writes)
        self.changed.emit()

    def _finish(self, end: End) -> None:
        if self.active:
            self._end = end if self._keeps else "send"
            self._recorder.finish()

    def _take(self, spoken: Spoken) -> None:
        self.spoken.emit(spoken, self._end)

    def _follow(self) -> None:
        if not self.active and not self.waiting and not self._row.isHidden():
            self.holding = False
            self.ended.emit()

    def _show(self) -> None:
        if self.active:
            self._row.show_take(self._recorder.seconds, self._recorder.levels, LONGEST)

    def _looked_away(self) -> None:
        """Another window has the keyboard: the release of the key will not be seen here."""
        if self.holding and self._edit.window().windowHandle() is not None:
            window = QGuiApplication.focusWindow()
            if window is not self._edit.window().windowHandle():
                self._space = False
                if self._keeps:
                    self.keep()
                else:
                    self.cancel()

    # -- keys -------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            return self._pressed(event)
        if event.type() == QEvent.Type.KeyRelease:
            assert isinstance(event, QKeyEvent)
            return self._released(event)
        return False

    def _pressed(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Space and self._talks(event):
            if not event.isAutoRepeat():
                self._key_down(event.timestamp())
            return True
        if not self.active and not self.waiting:
            return False
        if event.key() == Qt.Key.Key_Escape:
            self.cancel()
        elif event.key() in _ENTER and self.active and not self.holding:
            self.send()
        return True  # nothing is written into what is covered

    def _talks(self, event: QKeyEvent) -> bool:
        """Whether a Space talks, rather than being written."""
        if self.active or self.waiting or self._space:
            return True
        bare = event.modifiers() == Qt.KeyboardModifier.NoModifier
        empty = self._edit.document().isEmpty() and not self._edit.composing
        return bare and empty and not event.isAutoRepeat()

    def _released(self, event: QKeyEvent) -> bool:
        if event.key() != Qt.Key.Key_Space or not self._space:
            return False
        if not event.isAutoRepeat():
            self._key_up(event.timestamp())
        return True

    def _key_down(self, at: int) -> None:
        if self._releasing:
            self._releasing = False  # it was no release: the key repeats
        elif not self._space:
            self._space = True
            self.press(at)

    def _key_up(self, at: int) -> None:
        # X11 repeats a key by releasing and pressing it, and Qt doesn't always see that it is one.
        self._releasing, self._released_at = True, at
        self._up.start()

    def _really_up(self) -> None:
        if self._releasing and not self._up.isActive():
            self._releasing = self._space = False
            self.release(self._released_at)
