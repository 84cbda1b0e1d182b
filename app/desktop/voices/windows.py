"""The voices of Windows, by a PowerShell that stays: starting one takes longer than a sentence.

It reads one line for each sentence, text and voice as base64 of UTF-8, so that nothing in them is
ever a command; it answers with a line when the sentence has been said. Silence is its end.
"""

import base64
from collections.abc import Sequence

from PySide6.QtCore import QObject, QProcess, QTimer

from app.core.errors import AppError
from app.desktop.voices.speaker import Speaker, Voice

_SCRIPT = r"""
Add-Type -AssemblyName System.Speech
$voice = New-Object System.Speech.Synthesis.SpeechSynthesizer
function Words($part) { [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($part)) }
while ($null -ne ($line = [Console]::In.ReadLine())) {
  $parts = $line.Split(' ')
  if ($parts[0] -eq 'list') {
    foreach ($one in $voice.GetInstalledVoices()) {
      if ($one.Enabled) { [Console]::Out.WriteLine(
        [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($one.VoiceInfo.Name)) + ' ' +
        $one.VoiceInfo.Culture.Name) }
    }
    break
  }
  $voice.Rate = [int]$parts[1]
  if ($parts.Length -gt 3) { try { $voice.SelectVoice((Words $parts[3])) } catch { } }
  $voice.Speak((Words $parts[2]))
  [Console]::Out.WriteLine('said')
}
"""
_MILLISECONDS = 8000  # that a list of voices may take


def rate_of(speed: float) -> int:
    """What Windows calls ``speed`` times the usual speed: -10 to 10, a third of the speed to three
    times of it."""
    from math import log

    return max(-10, min(10, round(10 * log(speed) / log(3))))


def line_of(text: str, voice: str, speed: float) -> bytes:
    """The line that has a sentence said."""
    parts = ["say", str(rate_of(speed)), _coded(text)]
    return " ".join([*parts, _coded(voice)] if voice else parts).encode() + b"\n"


def read_voices(listing: bytes) -> tuple[Voice, ...]:
    """The voices of the answer to "list"."""
    found = []
    for line in listing.split():
        found.append(line.decode("ascii", "replace"))
    pairs = zip(found[::2], found[1::2], strict=False)
    names = ((base64.b64decode(name).decode("utf-8", "replace"), tag) for name, tag in pairs)
    return tuple(Voice(name, name, tag) for name, tag in names)


class WindowsSpeaker(Speaker):
    """Says sentences by System.Speech."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None

    def say(self, text: str, voice: str = "", speed: float = 1.0) -> None:
        if self._process is None:
            self._process = process = QProcess(self)
            process.readyReadStandardOutput.connect(lambda: self._read(process))
            process.finished.connect(lambda *_: self._ended(process))
            process.errorOccurred.connect(lambda _error: self._ended(process))
            process.start("powershell.exe", list(_command()))
        self._process.write(line_of(text, voice, speed))

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()

    def voices(self) -> tuple[Voice, ...]:
        process = QProcess()
        process.start("powershell.exe", list(_command()))
        process.write(b"list\n")
        process.closeWriteChannel()
        if not process.waitForFinished(_MILLISECONDS):
            process.kill()
            process.waitForFinished(1000)
        return read_voices(bytes(process.readAllStandardOutput().data()))

    def _read(self, process: QProcess) -> None:
        said = bytes(process.readAllStandardOutput().data()).count(b"said")
        if said and process is self._process:
            self.ended.emit()

    def _ended(self, process: QProcess) -> None:
        if process.state() == QProcess.ProcessState.NotRunning:
            process.deleteLater()
        if process is not self._process:
            return
        self._process = None
        problem = AppError(
            "Windows could not read this aloud.",
            "Choose another voice in Settings, or check that sound works.",
            code="voice",
        )
        QTimer.singleShot(0, self, lambda: self.failed.emit(problem))


def _command() -> Sequence[str]:
    script = base64.b64encode(_SCRIPT.encode("utf-16-le")).decode()
    return ("-NoProfile", "-NonInteractive", "-EncodedCommand", script)


def _coded(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode()
