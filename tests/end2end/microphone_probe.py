"""The app's microphone without its window: orders come line by line, signals go out as JSON.

Orders: warm, start [DEVICE], stop, cancel, quit. Each take is written to FOLDER/N.wav.
"""

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal

from app.core.errors import AppError
from app.desktop.microphone.microphone import Microphone
from app.desktop.microphone.take import Take
from app.documents.decoding import wav


class Probe(QObject):
    ordered = Signal(str)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._takes = 0
        self._ordered_at = 0.0
        self._microphone = microphone = Microphone(parent=self)
        self.ordered.connect(self._obey, Qt.ConnectionType.QueuedConnection)
        microphone.started.connect(self._started)
        microphone.stopped.connect(self._stopped)
        microphone.failed.connect(lambda error: self._problem("failed", error))
        microphone.warned.connect(lambda error: self._problem("warned", error))
        microphone.light_changed.connect(lambda on: self._say("light", on=on))
        microphone.devices_changed.connect(self._devices)

    def read(self) -> None:
        """In a thread of its own: orders, until there are no more."""
        for line in sys.stdin:
            self.ordered.emit(line.strip())
        self.ordered.emit("quit")

    def _obey(self, order: str) -> None:
        word, _, rest = order.partition(" ")
        self._ordered_at = time.monotonic()
        match word:
            case "warm":
                self._microphone.warm_up()
            case "start":
                self._microphone.start(rest, None)
            case "stop":
                self._microphone.stop()
            case "cancel":
                self._microphone.cancel()
            case "quit":
                self._microphone.close()
                QCoreApplication.quit()

    def _started(self) -> None:
        device = self._microphone.device
        self._say("started", device=device.id if device is not None else "")

    def _stopped(self, take: Take) -> None:
        self._takes += 1
        took = time.monotonic() - self._ordered_at
        path = self._folder / f"{self._takes}.wav"
        path.write_bytes(wav(take.samples))
        values = {"device": take.device, "seconds": take.seconds, "cut_off": take.cut_off}
        self._say("stopped", path=str(path), took=took, **values)

    def _problem(self, kind: str, error: AppError) -> None:
        self._say(kind, code=error.code, what=error.what)

    def _devices(self) -> None:
        self._say("devices", devices=[one.id for one in self._microphone.devices()])

    def _say(self, signal: str, **values: Any) -> None:
        took = time.monotonic() - self._ordered_at
        print(json.dumps({"signal": signal, "took": took, **values}), flush=True)


def main() -> None:
    application = QCoreApplication([])
    probe = Probe(Path(sys.argv[1]))
    threading.Thread(target=probe.read, daemon=True).start()
    application.exec()


if __name__ == "__main__":
    main()
