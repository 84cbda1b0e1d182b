"""Voices that are programs: one process for each sentence, which gets it through its stdin, where
no other program can read it."""

import re
import shutil
import subprocess
from collections.abc import Sequence

from PySide6.QtCore import QObject, QProcess, QTimer

from app.core.errors import AppError
from app.desktop.voices.speaker import Speaker, Voice

_SECONDS = 5.0  # that a list of voices may take
_WORDS_A_MINUTE = 175  # what both programs call usual


class CommandSpeaker(Speaker):
    """Runs ``arguments(voice, speed)`` of ``program`` for each sentence."""

    program = ""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None

    def arguments(self, voice: str, speed: float) -> Sequence[str]:
        """How the program is called."""
        raise NotImplementedError

    def say(self, text: str, voice: str = "", speed: float = 1.0) -> None:
        self.stop()
        process = QProcess(self)
        self._process = process
        process.setStandardOutputFile(QProcess.nullDevice())
        process.setStandardErrorFile(QProcess.nullDevice())
        process.finished.connect(lambda code, _status: self._finished(process, code))
        process.errorOccurred.connect(lambda _error: self._finished(process, -1))
        process.start(self.program, list(self.arguments(voice, speed)))
        process.write(text.encode())
        process.closeWriteChannel()

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()

    def close(self) -> None:
        process = self._process
        self.stop()
        if process is not None:
            process.waitForFinished(1000)

    def _finished(self, process: QProcess, code: int) -> None:
        if process.state() == QProcess.ProcessState.NotRunning:
            process.deleteLater()
        if process is not self._process:
            return
        self._process = None
        if code == 0:
            self.ended.emit()
            return
        problem = AppError(
            f"The voice of the system failed ({self.program}).",
            "Choose another voice in Settings, or check that sound works.",
            code="voice",
        )
        # Not before ``say`` has returned.
        QTimer.singleShot(0, self, lambda: self.failed.emit(problem))


class EspeakSpeaker(CommandSpeaker):
    """eSpeak NG, which every Linux can have."""

    @classmethod
    def found(cls, parent: QObject | None = None) -> "EspeakSpeaker | None":
        """The speaker, if the program is there."""
        program = shutil.which("espeak-ng") or shutil.which("espeak")
        if program is None:
            return None
        speaker = cls(parent)
        speaker.program = program
        return speaker

    def arguments(self, voice: str, speed: float) -> Sequence[str]:
        chosen = ("-v", voice) if voice else ()
        return (*chosen, "-s", str(round(_WORDS_A_MINUTE * speed)), "--stdin")

    def voices(self) -> tuple[Voice, ...]:
        found = []
        for line in _output(self.program, "--voices").splitlines()[1:]:
            # Pty Language Age/Gender VoiceName File Other
            fields = line.split()
            if len(fields) >= 5:
                found.append(Voice(fields[4], fields[3].replace("_", " "), fields[1]))
        return tuple(sorted(found, key=lambda voice: voice.name))


class MacSpeaker(CommandSpeaker):
    """The voices of macOS."""

    program = "/usr/bin/say"
    _LINE = re.compile(r"^(?P<name>.+?)\s+(?P<language>[a-z]{2,3}[_-]\w+)\s+#")

    def arguments(self, voice: str, speed: float) -> Sequence[str]:
        chosen = ("-v", voice) if voice else ()
        return (*chosen, "-r", str(round(_WORDS_A_MINUTE * speed)), "-f", "-")

    def voices(self) -> tuple[Voice, ...]:
        return self.read_voices(_output(self.program, "-v", "?"))

    @classmethod
    def read_voices(cls, listing: str) -> tuple[Voice, ...]:
        """The voices that ``say -v ?`` lists."""
        matches = filter(None, map(cls._LINE.match, listing.splitlines()))
        return tuple(
            Voice(match["name"], match["name"], match["language"].replace("_", "-"))
            for match in matches
        )


def _output(*command: str) -> str:
    try:
        asked = subprocess.run(
            command,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout
