"""Facet beside the clock: it stays there while its window is closed."""

import sys

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QIcon, QKeySequence
from PySide6.QtWidgets import QSystemTrayIcon

from app.core.errors import AppError
from app.desktop.hotkey import Hotkey
from app.session.downloads import Downloads
from app.session.models import ModelShelf
from app.ui.app_icon import app_icon, line_icon, with_light
from app.ui.theme.controls import Menu
from app.ui.theme.theme import Theme

_CLICKS = (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick)
_LOOKS, _LOOK_AGAIN_MS = 6, 10_000  # for a place that is not there yet


class Tray(QObject):
    """The icon with its menu. Nothing of the system is touched until it is to be ``shown``."""

    shoot_wanted = Signal()
    new_chat_wanted = Signal()
    models_wanted = Signal()
    window_wanted = Signal()
    quit_wanted = Signal()

    def __init__(
        self,
        theme: Theme,
        shelf: ModelShelf,
        hotkey: Hotkey,
        downloads: Downloads,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shelf = shelf
        self._hotkey = hotkey
        self._downloads = downloads
        self._wanted = False
        self._looks = _LOOKS
        self._listening = False
        self._icon: QSystemTrayIcon | None = None
        self._menu: Menu | None = None

    @property
    def available(self) -> bool:
        """Whether this desktop has a place for it now."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    @property
    def tooltip(self) -> str:
        """What it says when the mouse rests on it."""
        if self._listening:
            return self.tr("Facet, the microphone is on")
        if self._shelf.paused:
            return self.tr("Facet, paused")
        for job in self._downloads.jobs:
            if job.state == "running" and job.transfer is not None and job.transfer.total:
                share = round(100 * job.transfer.done / job.transfer.total)
                return self.tr("Facet, fetching {0}, {1} %").format(job.spec.title, share)
        return "Facet"

    def show(self) -> None:
        """Have it there, now or as soon as the desktop has a place for it: at the start of a
        session that may come after us."""
        self._wanted = True
        # An X11 panel that comes later takes it in by itself.
        if self._icon is None and (self.available or QGuiApplication.platformName() == "xcb"):
            self._build()
        if self._icon is not None:
            self._icon.show()
        elif self._looks:
            self._looks -= 1
            QTimer.singleShot(_LOOK_AGAIN_MS, self, self._look_again)

    def hide(self) -> None:
        """Take it away."""
        self._wanted = False
        if self._icon is not None:
            self._icon.hide()

    def set_listening(self, listening: bool) -> None:
        """Whether the microphone is open: a red light says so."""
        self._listening = listening
        if self._icon is not None:
            self._icon.setIcon(self._mark())
            self._follow_downloads()

    def tell(self, problem: AppError) -> None:
        """Say something while no window is there to say it in."""
        if self._icon is not None and self._icon.isVisible():
            self._icon.showMessage(problem.what, problem.next_step, self._icon.icon())

    # -- inside -----------------------------------------------------------------------------

    def _look_again(self) -> None:
        if self._wanted:
            self.show()

    def _build(self) -> None:
        menu = self._menu = Menu(self._theme)
        menu.setAccessibleName("Facet")
        self._shoot = menu.add(self.tr("Ask about screen"), self.shoot_wanted.emit)
        self._why = menu.add("", lambda: None, enabled=False)
        new = menu.add(self.tr("New chat"), self.new_chat_wanted.emit)
        models = menu.add(self.tr("Models"), self.models_wanted.emit)
        self._pause = menu.add(self.tr("Pause"), self._turn)
        menu.addSeparator()
        leave = menu.add(self.tr("Quit"), self.quit_wanted.emit)
        self._icons = {self._shoot: "region", new: "new", models: "gem", leave: "x"}
        icon = self._icon = QSystemTrayIcon(self._mark(), self)
        icon.setContextMenu(menu)
        icon.activated.connect(self._clicked)
        self._hotkey.state_changed.connect(self._follow_hotkey)
        self._shelf.state_changed.connect(self._follow_model)
        self._downloads.changed.connect(self._follow_downloads)
        self._theme.changed.connect(self._restyle)
        self._follow_hotkey()
        self._restyle()

    def _mark(self) -> QIcon:
        # A Mac colours what stands in its bar itself; elsewhere the mark goes on light and dark.
        mark = line_icon() if sys.platform == "darwin" else app_icon(self._theme)
        return with_light(mark, self._theme) if self._listening else mark

    def _clicked(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in _CLICKS and sys.platform != "darwin":  # where a click opens the menu
            self.window_wanted.emit()

    def _turn(self) -> None:
        if self._shelf.paused:
            self._shelf.wake()
        else:
            self._shelf.pause()

    def _follow_hotkey(self) -> None:
        hotkey = self._hotkey
        active = hotkey.state == "active"
        self._shoot.setShortcut(QKeySequence(hotkey.chord) if active else QKeySequence())
        self._shoot.setShortcutVisibleInContextMenu(True)
        if hotkey.state == "taken":
            self._why.setText(
                self.tr("{0} is taken. Bind: {1}").format(hotkey.shown, hotkey.command)
            )
        elif hotkey.state == "unavailable":
            self._why.setText(self.tr("No shortcut here. Bind: {0}").format(hotkey.command))
        self._why.setVisible(hotkey.state in ("taken", "unavailable"))

    def _follow_model(self) -> None:
        paused = self._shelf.paused
        self._pause.setText(self.tr("Resume") if paused else self.tr("Pause"))
        self._pause.setIcon(self._theme.icon("play" if paused else "pause", 16, "text-2", "text"))
        self._follow_downloads()

    def _follow_downloads(self) -> None:
        if self._icon is not None and self._icon.toolTip() != (words := self.tooltip):
            self._icon.setToolTip(words)

    def _restyle(self) -> None:
        """In the colours of the theme."""
        if self._icon is not None and self._menu is not None:
            for action, name in self._icons.items():
                action.setIcon(self._theme.icon(name, 16, "text-2", "text"))
            self._menu.setFont(self._theme.font("ui"))
            self._icon.setIcon(self._mark())
            self._follow_model()
