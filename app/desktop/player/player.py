"""Plays sounds, one at a time."""

import json
import time
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QProcess, QTimer, Signal

from app.core.errors import AppError
from app.core.own_process import own_command
from app.desktop.player.child import PLAYING, UNREADABLE

_HOME = Path(__file__).resolve().parents[3]  # the folder with the app package
_TICK_MS = 50
_PATIENCE_MS = 2000


class Player(QObject):
    """``playing`` is the file that is heard, None for silence; ``seconds`` is how far it has
    come. Nothing waits for the sound system: it is a process of its own that plays."""

    changed = Signal()  # another file is playing, or none
    moved = Signal()  # ``seconds`` is another, 20 times a second
    failed = Signal(AppError)  # code "sound-output" where the system has nothing to play with

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._start = self._since = 0.0
        self._heard = False
        self.playing: Path | None = None
        self._ticks = QTimer(self)
        self._ticks.setInterval(_TICK_MS)
        self._ticks.timeout.connect(self.moved)

    @property
    def seconds(self) -> float:
        """Where in the file it is."""
        return self._start + (time.monotonic() - self._since if self._heard else 0.0)

    def play(self, path: Path, start: float = 0.0, end: float = 0.0) -> None:
        """Play a WAV, MP3, FLAC or Ogg file from ``start`` to ``end``, in seconds, 0 for its end.
        What is playing ends."""
        self._end()
        self.playing, self._start, self._heard = path, start, False
        process = self._process = QProcess(self)
        process.setWorkingDirectory(str(_HOME))
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._broken)
        program, *arguments = own_command("player")
        process.start(program, arguments)
        process.write(json.dumps([str(path.absolute()), start, end]).encode() + b"\n")
        self.changed.emit()

    def toggle(self, path: Path) -> None:
        """Play ``path``, or stop it if it is playing."""
        if self.playing == path:
            self.stop()
        else:
            self.play(path)

    def stop(self) -> None:
        """Be silent at once."""
        if self.playing is not None:
            self._end()
            self.changed.emit()

    def close(self) -> None:
        """Stop; the program ends."""
        self._end()

    # -- inside -----------------------------------------------------------------------------

    def _end(self) -> None:
        process, self._process, self.playing = self._process, None, None
        self._ticks.stop()
        if process is not None:
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(_PATIENCE_MS)
            process.deleteLater()

    def _read(self) -> None:
        if self._process is not None and not self._heard:
            self._heard = PLAYING in bytes(self._process.readAllStandardOutput().data())
            if self._heard:
                self._since = time.monotonic()
                self._ticks.start()

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._end()
        self.changed.emit()
        if code or status is QProcess.ExitStatus.CrashExit:
            self.failed.emit(_problem(code))

    def _broken(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._finished(1, QProcess.ExitStatus.NormalExit)


def _problem(code: int) -> AppError:
    say = QCoreApplication.translate
    if code == UNREADABLE:
        what = say("Player", "This sound can't be played.")
        return AppError(what, say("Player", "Open it in another program."), code="sound-damaged")
    return AppError(
        say("Player", "There is nothing to play sounds with."),
        say("Player", "Plug in loudspeakers or headphones, or check the system's sound settings."),
        code="sound-output",
    )
