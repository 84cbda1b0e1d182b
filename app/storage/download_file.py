"""Which downloads the window has in its queue, in a small file."""

from pathlib import Path

import msgspec

from app.storage.disk import write_file


class Entry(msgspec.Struct, frozen=True):
    """One download: the id of the model, and whether it waits to be resumed by hand."""

    id: str
    paused: bool = False


_decoder = msgspec.json.Decoder(tuple[Entry, ...])


class DownloadFile:
    """Reads and writes the queue."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> tuple[Entry, ...]:
        """The queue in its order; empty if the file is missing or damaged."""
        try:
            return _decoder.decode(self.path.read_bytes())
        except (OSError, msgspec.DecodeError):
            return ()

    def save(self, entries: tuple[Entry, ...]) -> None:
        """Keep ``entries``. OSError if the disk refuses."""
        write_file(self.path, msgspec.json.format(msgspec.json.encode(entries), indent=1))
