"""Takes the screens as the window does, in a process of its own: its platform and its scale
factors are those of its environment. Writes the frames, and what it knows, into a folder:

    python -m tests.end2end.capture_probe FOLDER
"""

import json
import sys
from pathlib import Path

from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication

from app.core.errors import AppError
from app.desktop.capture.frame import Frame
from app.desktop.capture.system import system_capture


def main(folder: Path) -> int:
    app = QGuiApplication([])
    capture = system_capture("facet")
    told: list[object] = []

    def tell(answer: object) -> None:
        told.append(answer)
        app.quit()

    capture.taken.connect(tell)
    capture.failed.connect(tell)
    capture.prepare()
    capture.take()
    at_once = bool(told)
    if not at_once:
        app.exec()
    (answer,) = told
    if isinstance(answer, AppError):
        _write(folder, {"error": answer.code})
        return 0
    assert isinstance(answer, tuple)
    _write(
        folder,
        {
            "at once": at_once,
            "frames": [_frame(folder, frame) for frame in answer],
            "windows": [(place.title, place.rect.getRect()) for place in capture.windows()],
        },
    )
    capture.close()
    return 0


def _frame(folder: Path, frame: Frame) -> dict[str, object]:
    frame.image.save(str(folder / f"{frame.screen}.png"))
    frame.crop(QRect(20, 10, 100, 50)).save(str(folder / f"{frame.screen}-crop.png"))
    return {
        "screen": frame.screen,
        "place": [frame.x, frame.y, frame.width, frame.height],
        "ratio": frame.ratio,
    }


def _write(folder: Path, found: object) -> None:
    (folder / "found.json").write_text(json.dumps(found))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
