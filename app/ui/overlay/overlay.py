"""The frozen desktop: a window over each screen, one region on one of them, panels beside it."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QRect, QTimer, Signal
from PySide6.QtGui import QCursor, QGuiApplication, QKeyEvent, QScreen, QWindow
from PySide6.QtWidgets import QApplication

from app.desktop.capture.frame import Frame
from app.desktop.capture.places import WindowPlace
from app.ui.announce import announce
from app.ui.overlay.frame_window import FrameWindow
from app.ui.overlay.panels import Panels
from app.ui.overlay.scene import rehearse
from app.ui.overlay.stage import Stage
from app.ui.theme.theme import Theme

ANEW_MS = 300  # after the last change of a region until it is marked anew
_IDLE_MS = 500  # after which the windows are made ready for the next time
_RETAKES = 8  # times that the keyboard is taken back from a program that took it


class Overlay(QObject):
    """Shows frames, has a region marked on one of them, and puts the panels beside it.

    ``region_marked`` comes when a region has been chosen, and again a moment after it was changed;
    ``region_cleared`` when it was given up and the overlay stays; ``closed`` when all is gone.
    """

    region_marked = Signal(object, QRect)  # the Frame, and the region in its logical pixels
    region_cleared = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._windows: dict[str, FrameWindow] = {}  # by the name of their screen
        self._shown: list[FrameWindow] = []
        self._active: FrameWindow | None = None  # with the region, or the pointer
        self._stage: Stage | None = None
        self._marked = False
        self._retakes = 0
        self._rehearsed = False
        self._anew = QTimer(self)
        self._anew.setSingleShot(True)
        self._anew.setInterval(ANEW_MS)
        self._anew.timeout.connect(self._mark)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(_IDLE_MS)
        self._idle.timeout.connect(self.prepare)

    # -- what there is -----------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether the frozen desktop is shown."""
        return bool(self._shown)

    @property
    def windows(self) -> tuple[FrameWindow, ...]:
        """The windows that are shown, one for each screen."""
        return tuple(self._shown)

    @property
    def frame(self) -> Frame | None:
        """The frame with the region; without one, that of the screen that is in use."""
        return self._active.frame if self._active is not None else None

    @property
    def region(self) -> QRect | None:
        """The region in logical pixels of ``frame``."""
        return self._active.region if self._active is not None else None

    # -- orders ------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make the windows, so that showing them later takes no time."""
        if self._shown:
            return
        for screen in QGuiApplication.screens():
            self._window_for(screen).winId()
        if not self._rehearsed:
            self._rehearsed = True
            rehearse(self._theme)

    def set_panels(self, panels: Panels | None) -> None:
        """What stands beside a region."""
        if self._stage is not None:
            self._stage.give_back()
            self._stage.deleteLater()
        self._stage = Stage(self._theme, panels, self) if panels is not None else None
        if self._stage is not None:
            self._stage.moved.connect(self._refresh)
        for window in self._windows.values():
            window.set_stage(self._stage)

    def open(self, frames: Sequence[Frame], windows: Sequence[WindowPlace] = ()) -> None:
        """Show ``frames`` where they were taken; ``windows`` are those of the desktop, topmost
        first. Without effect while it is open, and for frames of screens that have gone."""
        if self._shown:
            return
        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()  # a menu of ours would go on holding mouse and keys
        screens = {screen.name(): screen for screen in QGuiApplication.screens()}
        self._marked = False
        self._retakes = _RETAKES
        for frame in frames:
            screen = screens.get(frame.screen)
            if screen is not None:
                window = self._window_for(screen)
                leader = self._shown[0] if self._shown else None
                window.show_frame(frame, windows, screen, leader)
                self._shown.append(window)
        if not self._shown:
            return
        self._active = self._under_pointer()
        self._active.take_keys()
        announce(self._active, self.tr("The screen is frozen.") + " " + self._active.instructions)
        _application().focusWindowChanged.connect(self._keep_keys)
        _application().screenRemoved.connect(self.close)

    def close(self) -> None:
        """Put everything away and let go of the frames."""
        if not self._shown:
            return
        _application().focusWindowChanged.disconnect(self._keep_keys)
        _application().screenRemoved.disconnect(self.close)
        self._anew.stop()
        if self._stage is not None:
            self._stage.hide()
        shown, self._shown, self._active = self._shown, [], None
        for window in shown:
            window.let_go()
        self._idle.start()
        self.closed.emit()

    def shut_down(self) -> None:
        """Close, and delete the windows: the program ends."""
        self.close()
        self._idle.stop()
        self.set_panels(None)
        for window in self._windows.values():
            window.deleteLater()
        self._windows.clear()

    def back(self) -> None:
        """Put the topmost thing away: a change that is being made, something of the panels, the
        region, or all of it."""
        if any(window.give_up_gesture() for window in self._shown):
            return
        if self._stage is not None and self._marked and self._stage.panels.back():
            return
        if self.region is not None:
            self._clear()
        else:
            self.close()

    def set_picture_state(self, detail: str, ready: bool) -> None:
        """What is known of the marked picture, beside the size of the region."""
        if self._active is not None:
            words = self.tr("Picture ready") if ready else ""
            self._active.set_picture_words(detail, words)

    def update_picture(self) -> None:
        """Paint the region anew, since boxes have changed."""
        if self._active is not None:
            self._active.update_picture()

    def layout_panels(self) -> None:
        """A panel wants another size, or the card is to show or hide."""
        if self._stage is not None:
            self._stage.layout()

    def card_place(self) -> QRect:
        """Where the answer card stands on the desktop."""
        return self._stage.card_place() if self._stage is not None else QRect()

    # -- the region --------------------------------------------------------------------------

    def _take_up(self, window: FrameWindow) -> None:
        """Mouse or keyboard is at work on a screen; a region elsewhere stays until another is
        drawn."""
        if window is self._active or self.region is not None:
            return
        if self._active is not None:
            self._active.point_away()
        self._active = window
        window.take_keys()

    def _next_screen(self, step: int) -> None:
        """The keyboard goes to the next screen, while there is no region."""
        if self._active is None or self.region is not None:
            return
        at = self._shown.index(self._active)
        window = self._shown[(at + step) % len(self._shown)]
        self._take_up(window)
        window.point_at_middle()

    def _change(self, window: FrameWindow) -> None:
        if window.region is None:
            return
        if window is not self._active:
            # A region on another screen takes the place of the one before.
            if self._active is not None:
                self._active.clear_region()
            self._active = window
            self._forget()
        if self._stage is not None and self._stage.host is window:
            self._stage.show(window, window.region)

    def _settle(self, window: FrameWindow, now: bool) -> None:
        if window is not self._active:
            return
        if now:
            self._mark()
        else:
            self._anew.start()

    def _mark(self) -> None:
        self._anew.stop()
        window = self._active
        if window is None or window.region is None or window.frame is None:
            return
        if window.changing:
            self._anew.start()
            return
        first, self._marked = not self._marked, True
        region = window.region
        window.set_picture_words("", "")
        window.set_marked(region)
        if self._stage is not None:
            self._stage.show(window, region)
            if first:
                self._stage.panels.focus()
        self.region_marked.emit(window.frame, region)

    def _clear(self) -> None:
        window = self._active
        if window is None:
            return
        self._forget()
        window.clear_region()
        window.take_keys()

    def _forget(self) -> None:
        """There is no marked region any longer."""
        self._anew.stop()
        if self._stage is not None:
            self._stage.hide()
        if self._marked:
            self._marked = False
            self.region_cleared.emit()

    # -- inside ------------------------------------------------------------------------------

    def _type(self, event: QKeyEvent) -> None:
        """Somebody who begins to write means the ask bar."""
        if self._stage is None or not self._marked:
            return
        self._stage.panels.focus()
        focused = QApplication.focusWidget()
        if focused is not None and not isinstance(focused, FrameWindow):
            QApplication.sendEvent(focused, event)

    def _refresh(self) -> None:
        for window in self._shown:
            window.refresh()

    def _keep_keys(self, focused: QWindow | None) -> None:
        """Another program has taken the keyboard, though nothing of it can be seen."""
        if focused is None and self._retakes > 0 and QApplication.activePopupWidget() is None:
            self._retakes -= 1
            QTimer.singleShot(0, self._retake)

    def _retake(self) -> None:
        if self._active is not None and QGuiApplication.focusWindow() is None:
            self._active.activateWindow()

    def _under_pointer(self) -> FrameWindow:
        at = QCursor.pos()
        here = [window for window in self._shown if window.geometry().contains(at)]
        return (here or self._shown)[0]

    def _window_for(self, screen: QScreen) -> FrameWindow:
        name = screen.name()
        if name not in self._windows:
            window = FrameWindow(self._theme, screen)
            window.set_stage(self._stage)
            window.taken_up.connect(lambda: self._take_up(window))
            window.region_changed.connect(lambda: self._change(window))
            window.region_settled.connect(lambda now: self._settle(window, now))
            window.back_wanted.connect(self.back)
            window.next_screen_wanted.connect(self._next_screen)
            window.typed.connect(self._type)
            self._windows[name] = window
        return self._windows[name]


def _application() -> QGuiApplication:
    app = QGuiApplication.instance()
    assert isinstance(app, QGuiApplication)
    return app
