"""Where the reading of documents for an answer has stopped, so that it can go on later."""

from collections.abc import Callable, Set
from pathlib import Path

from app.storage.disk import write_file

_ENDING = ".json"


class ReadingFiles:
    """A folder with a small file for each answer whose reading has not ended. Safe to use from
    several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, answer: str, state: bytes) -> None:
        """Keep the ``state`` of the reading for an answer. OSError if the disk refuses."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        write_file(self._path_of(answer), state)

    def load(self, answer: str) -> bytes | None:
        """What was kept for an answer; None for nothing."""
        try:
            return self._path_of(answer).read_bytes()
        except OSError:
            return None

    def forget(self, answer: str) -> None:
        """Its reading has come to an end, or is not wanted any more."""
        self._path_of(answer).unlink(missing_ok=True)

    def move(self, answer: str, to: str) -> None:
        """Another answer goes on with it."""
        if (path := self._path_of(answer)).exists():
            path.replace(self._path_of(to))

    def collect_garbage(self, unknown: Callable[[Set[str]], Set[str]]) -> None:
        """Delete what belongs to answers that are ``unknown`` among those it is called with."""
        kept = {path.stem for path in self.folder.glob(f"*{_ENDING}")}
        for answer in unknown(kept) if kept else ():
            self.forget(answer)

    def _path_of(self, answer: str) -> Path:
        return self.folder / f"{answer}{_ENDING}"
