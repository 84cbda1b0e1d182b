"""What this machine has measured of each model, in a small file that may be lost at any time."""

from pathlib import Path

import msgspec

from app.core.pace import Pace
from app.storage.disk import write_file

_MODELS = 50  # the file forgets those that were measured before

_decoder = msgspec.json.Decoder(dict[str, Pace])


class PaceFile:
    """Reads and writes the paces of all models, by a name of the caller's choice."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> dict[str, Pace]:
        """All that is known; nothing if the file is missing or damaged."""
        try:
            return _decoder.decode(self.path.read_bytes())
        except (OSError, msgspec.DecodeError):
            return {}

    def save(self, paces: dict[str, Pace]) -> None:
        """Keep ``paces``, those that were put in last if they are very many. OSError if the disk
        refuses."""
        kept = dict(list(paces.items())[-_MODELS:])
        write_file(self.path, msgspec.json.format(msgspec.json.encode(kept), indent=1))
