"""A system's part of the hotkey that does what the test says."""

from collections.abc import Collection

from app.desktop.hotkey.backend import Backend
from app.desktop.hotkey.keys import Chord


class FakeBackend(Backend):
    """Gives every chord but those that are ``taken``. ``bound`` are all that it was asked for."""

    def __init__(self, taken: Collection[str] = (), *, lets_through: bool = True) -> None:
        super().__init__()
        self.lets_through = lets_through
        self.taken = set(taken)
        self.bound: list[str] = []
        self.keys: dict[int, str] = {}  # by scan code
        self.closed = False

    def bind(self, chord: Chord | None) -> None:
        text = "" if chord is None else str(chord)
        self.bound.append(text)
        state = "off" if not text else "taken" if text in self.taken else "active"
        self.reported.emit(state, "")

    def is_free(self, chord: Chord) -> bool:
        return str(chord) not in self.taken

    def key_at(self, scan_code: int, virtual_key: int) -> str:
        return self.keys.get(scan_code, "")

    def close(self) -> None:
        self.closed = True
