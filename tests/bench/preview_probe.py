"""Scrolls through a PDF in the pane, in this process, and prints how long the event loop was not
there for the person. Needs a screen. Prints one JSON object.

usage: preview_probe.py FOLDER FILE.pdf
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.core.conversation import Document
from app.documents.reader import READER_VERSION
from app.documents.reader.client import Reader
from app.documents.search import Index
from app.main import RESOURCES
from app.session.documents import Documents
from app.session.jobs import Jobs
from app.session.preview import Preview
from app.storage.blobs import BlobStore
from app.storage.extractions import ExtractionStore
from app.ui.application import Application
from app.ui.preview.pane import PreviewPane
from app.ui.preview.pictures import decode
from app.ui.theme.theme import Theme
from tests.bench.figures import tail
from tests.bench.stall_probe import Heart

SECONDS = 12.0  # of scrolling
WHEEL_MS = 16
JUMPS = 15
PATIENCE = 30.0


class Probe:
    """A window that is nothing but the pane, over a document in a folder of its own."""

    def __init__(self, folder: Path, file: Path) -> None:
        for name in ("blobs", "extracts", "looks"):
            (folder / name).mkdir()
        self.jobs = Jobs()
        blobs = BlobStore(folder / "blobs")
        self.documents = Documents(
            Reader(log=folder / "reader.log"),
            ExtractionStore(folder / "extracts", READER_VERSION),
            partial(Index, folder / "passages.db"),
            blobs,
            folder / "looks",
            self.jobs,
        )
        blob = blobs.put(file.read_bytes())
        reader = self.documents.reader
        extract = reader.extract(blobs.path_of(blob), file.name)
        self.documents.keep(blob, extract)
        self.characters = extract.characters
        self.document = Document(
            blob, file.name, "application/pdf", kind="pdf", pages=extract.total
        )
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme = Theme(app, RESOURCES, mode="light")
        self.preview = Preview(self.documents, self.jobs, folder / "opened", decode)
        self.window = QWidget()
        self.window.resize(468, 800)
        self.pane = PreviewPane(theme, self.preview, self.window)
        self.pane.setGeometry(0, 0, 468, 800)
        self.window.show()
        self.pictures = 0
        self.preview.picture_ready.connect(self._count)

    def _count(self, _page: int) -> None:
        self.pictures += 1

    def until(self, condition: Callable[[], object]) -> float:
        """Milliseconds until the condition holds."""
        begin = time.perf_counter()
        while not condition():
            QApplication.processEvents()
            time.sleep(0.0005)
            assert time.perf_counter() - begin < PATIENCE
        return (time.perf_counter() - begin) * 1000

    def seen(self, page: int) -> bool:
        """Whether a page is there, in full."""
        return self.preview.picture(page, 0) is not None

    def first_page(self) -> float:
        """Milliseconds from the press to the first page."""
        self.pane.close_pane()
        QApplication.processEvents()
        begin = time.perf_counter()
        self.pane.open_document(self.document)
        self.until(lambda: self.seen(1))
        QApplication.processEvents()  # and it is painted
        return (time.perf_counter() - begin) * 1000

    def scroll(self, notches: int) -> dict[str, object]:
        """Turn the wheel by so many notches each sixtieth of a second. ``work_ms`` is what the
        thread of the window computed at a stretch, whatever else the machine did meanwhile."""
        work: list[float] = []
        self.pictures = 0
        view = self.pane.view
        heart = Heart()
        heart.start()
        begin = last = time.perf_counter()
        while time.perf_counter() - begin < SECONDS:
            before = time.thread_time()
            QApplication.processEvents()
            if (time.perf_counter() - last) * 1000 >= WHEEL_MS:
                last = time.perf_counter()
                down = (last - begin) < SECONDS * 0.7
                self._turn_wheel(-120 * notches if down else 120 * notches)
            work.append((time.thread_time() - before) * 1000)
            time.sleep(0.0002)
        found = heart.stop()
        found["work_ms"] = tail(work)
        found["pages_passed"] = view.page
        found["pages_rendered"] = self.pictures
        return found

    def _turn_wheel(self, angle: int) -> None:
        view = self.pane.view.viewport()
        where = QPointF(200, 300)
        event = QWheelEvent(
            where,
            QPointF(view.mapToGlobal(where.toPoint())),
            QPoint(),
            QPoint(0, angle),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(view, event)

    def jumps(self) -> dict[str, float]:
        """Milliseconds until a page anywhere in the document is there."""
        chosen = random.Random(1)
        times = []
        for _ in range(JUMPS):
            page = chosen.randint(1, self.document.pages)
            begin = time.perf_counter()
            self.pane.view.go_to(page)
            self.until(partial(self.seen, page))
            times.append((time.perf_counter() - begin) * 1000)
        return {"median": round(statistics.median(times), 1), "max": round(max(times), 1)}

    def find(self, words: str) -> dict[str, object]:
        """Look for words in all pages."""
        heart = Heart()
        heart.start()
        self.pane.open_find()
        self.preview.find(words)
        told: list[bool] = []
        self.preview.found.connect(lambda: told.append(True))
        milliseconds = self.until(lambda: told)
        found = heart.stop()
        self.pane.find_bar.close_bar()
        return {"ms": round(milliseconds, 1), "stall_ms": found["stall_ms"]}

    def measure(self) -> dict[str, object]:
        """Everything."""
        cold = self.first_page()
        warm = [self.first_page() for _ in range(5)]
        self.until(lambda: self.preview.extract is not None)
        found: dict[str, object] = {
            "pages": self.document.pages,
            "characters": self.characters,
            "first_page_ms": {"cold": round(cold, 1), "warm": round(statistics.median(warm), 1)},
            "scrolling": self.scroll(1),
            "scrolling_fast": self.scroll(20),
            "jump_ms": self.jumps(),
            "find": self.find("the value"),
        }
        self.pane.view.go_to(1)
        begin = time.perf_counter()
        self.pane.show_text(True)
        QApplication.processEvents()
        found["text_shown_ms"] = round((time.perf_counter() - begin) * 1000, 1)
        found["text_scrolling"] = self.scroll(1)
        found["text_scrolling_fast"] = self.scroll(20)
        return found

    def close(self) -> None:
        """End what runs."""
        self.documents.close()
        self.jobs.close()


def main() -> int:
    qt = Application(sys.argv[:1])
    folder = Path(sys.argv[1])
    probe = Probe(folder, Path(sys.argv[2]))
    result = probe.measure()
    probe.close()
    print(json.dumps(result))
    del qt
    return 0


if __name__ == "__main__":
    sys.exit(main())
