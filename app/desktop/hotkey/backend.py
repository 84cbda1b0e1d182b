"""What every system's part of the hotkey does, and its states."""

from typing import Literal

from PySide6.QtCore import QObject, Signal

from app.desktop.hotkey.keys import Chord

# off: none is set. active: it works. taken: another program has it. asking: the system asks the
# person, or has not answered yet. unavailable: the system offers none, or refused.
State = Literal["off", "active", "taken", "unavailable", "asking"]


class Backend(QObject):
    """Takes one chord from all programs. ``reported`` brings the state after ``bind`` and after
    each change, with what the system calls the trigger ("" if it is the chord)."""

    lets_through = True  # whether another program could be pressed the keys after bind(None)

    pressed = Signal()  # once for each press, however long it is held
    reported = Signal(str, str)

    def bind(self, chord: Chord | None) -> None:
        """Take ``chord`` instead of the one before; None for none. ``reported`` follows, here and
        now or later."""
        raise NotImplementedError

    def is_free(self, chord: Chord) -> bool:
        """Whether nobody else has ``chord``, as far as the system tells."""
        raise NotImplementedError

    def key_at(self, scan_code: int, virtual_key: int) -> str:
        """The key that a native key event is about, as in ``Chord``; "" where only Qt knows."""
        raise NotImplementedError

    def close(self) -> None:
        """Give everything back. Safe to call twice."""
        raise NotImplementedError


class NoBackend(Backend):
    """For systems that offer no global shortcut."""

    def bind(self, chord: Chord | None) -> None:
        self.reported.emit("off" if chord is None else "unavailable", "")

    def is_free(self, chord: Chord) -> bool:
        return True

    def key_at(self, scan_code: int, virtual_key: int) -> str:
        return ""

    def close(self) -> None:
        pass
