"""The settings while the app runs."""

from typing import Any

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from app.core.errors import AppError
from app.core.settings import Settings
from app.session.jobs import Jobs
from app.storage.settings_file import SettingsFile

_SAVE_AFTER_MS = 400  # a splitter that is dragged changes a setting at every pixel


class Preferences(QObject):
    """Holds the settings, and saves them soon after a change."""

    changed = Signal(object, object)  # the Settings before and after
    problem = Signal(AppError)

    def __init__(self, file: SettingsFile, jobs: Jobs, parent: QObject | None = None) -> None:
        """Reads the file, here and now; what was wrong with it stays in ``file.problem``."""
        super().__init__(parent)
        self._file = file
        self._jobs = jobs
        self._settings = file.load()
        self._saver = QTimer(self)
        self._saver.setSingleShot(True)
        self._saver.setInterval(_SAVE_AFTER_MS)
        self._saver.timeout.connect(self.flush)

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        return self._settings

    def change(self, **fields: Any) -> None:
        """Replace some settings. TypeError for a name that is none."""
        before = self._settings
        after = msgspec.structs.replace(before, **fields)
        if after == before:
            return
        self._settings = after
        self._saver.start()
        self.changed.emit(before, after)

    def flush(self) -> None:
        """Save now what has not been saved yet."""
        self._saver.stop()
        settings = self._settings
        self._jobs.run(lambda: self._file.save(settings), failed=self._save_failed, lane="files")

    def close(self) -> None:
        """Save what was changed last."""
        if self._saver.isActive():
            self.flush()

    def _save_failed(self, error: Exception) -> None:
        if isinstance(error, AppError):
            self.problem.emit(error)
