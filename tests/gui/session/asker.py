"""Somebody who asks about the screen, in an office."""

from pathlib import Path

from app.core.errors import AppError
from app.core.screen_tasks import Task
from app.session.captures import Captures
from app.session.exchange import Exchange
from app.session.quick_ask import QuickAsk
from tests.gui.session.office import Office
from tests.gui.session.screens import BLUE_SQUARE, RED_CIRCLE, frame_of, place


class Asker:
    """A QuickAsk about a screen with a red circle and a blue square, and what it has told."""

    def __init__(self, office: Office) -> None:
        self.office = office
        captures = Captures(office.paths.captures, office.desk)
        self.quick = QuickAsk(office.desk, office.chats, captures)
        self.words: list[str] = []
        self.problems: list[AppError] = []
        self.quick.words_added.connect(self.words.append)
        self.quick.problem.connect(self.problems.append)
        self.drawn = False  # boxes have come
        self.quick.boxes_changed.connect(self._draw)
        self.pictures = RED_CIRCLE, BLUE_SQUARE
        self.frame = frame_of(*self.pictures)

    def mark(self, number: int = 0) -> None:
        self.quick.mark(self.frame, place(number))

    def until_read(self) -> None:
        self.office.until(lambda: self.quick.picture_ready)

    def ask(self, text: str, task: Task | None = None) -> Exchange:
        """The exchange, once it has ended."""
        count = len(self.quick.exchanges)
        self.quick.ask(text, task)
        self.office.until(lambda: len(self.quick.exchanges) > count)
        return self.answered()

    def answered(self) -> Exchange:
        """The last exchange, once it has ended."""
        self.office.until(lambda: self.quick.state != "answering")
        return self.quick.exchanges[-1]

    @property
    def answer(self) -> str:
        """The last answer so far."""
        return self.quick.exchanges[-1].answer if self.quick.exchanges else ""

    def _draw(self) -> None:
        self.drawn = True

    @property
    def files(self) -> list[Path]:
        """What lies in the private folder."""
        return files_in(self.office.paths.captures)

    @property
    def kept(self) -> list[Path]:
        """The pictures of the chats."""
        return files_in(self.office.paths.blobs)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
