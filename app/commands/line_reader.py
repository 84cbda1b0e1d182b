"""What a person types in a terminal, or a file holds in its place: message after message."""

import os
import select
import signal
from types import FrameType, ModuleType
from typing import TextIO

_PASTE_GAP = 0.02  # seconds between two lines of a paste, at most


def _find_readline() -> ModuleType | None:
    try:
        import readline
    except ImportError:  # on Windows, which edits lines by itself
        return None
    return readline


class Interrupted(Exception):
    """Ctrl+C. ``empty``: nothing had been typed."""

    def __init__(self, empty: bool) -> None:
        super().__init__()
        self.empty = empty


class LineReader:
    """Reads from standard input: with line editing and a history (of this run) in a terminal,
    and as it comes where there is none. A prompt is shown in a terminal only."""

    def __init__(self, source: TextIO, out: TextIO, err: TextIO) -> None:
        self.typed = source.isatty()  # by a person
        self._source, self._err = source, err
        self._readline = _find_readline() if self.typed and out.isatty() else None
        # GNU readline takes a paste as one message if it is told where it ends.
        self._knows_pastes = self._readline is not None and "libedit" not in (
            self._readline.__doc__ or ""
        )
        if self._readline is not None and self._knows_pastes:
            self._readline.parse_and_bind("set enable-bracketed-paste on")

    def read(self, prompt: str, suggestion: str = "") -> str:
        """The next message: one line, more if they are pasted at once or end with a backslash.
        Where lines can be edited, ``suggestion`` stands there already. EOFError at the end,
        Interrupted after Ctrl+C."""
        lines: list[str] = []
        while True:
            line = self._line("... " if lines else prompt, suggestion, begun=bool(lines))
            suggestion = ""
            lines.append(line.removesuffix("\\"))
            if not line.endswith("\\") and not self._pasting():
                return "\n".join(lines)

    def _line(self, prompt: str, suggestion: str, begun: bool) -> str:
        empty = not begun

        def interrupt(_signal: int, _frame: FrameType | None) -> None:
            nonlocal empty
            if self._readline is not None and self._readline.get_line_buffer():
                empty = False
            raise KeyboardInterrupt

        previous = signal.signal(signal.SIGINT, interrupt)
        try:
            return self._edited(prompt, suggestion)
        except KeyboardInterrupt:
            raise Interrupted(empty) from None
        finally:
            signal.signal(signal.SIGINT, previous)

    def _edited(self, prompt: str, suggestion: str) -> str:
        if self._readline is not None:
            insert = self._readline.insert_text
            self._readline.set_startup_hook((lambda: insert(suggestion)) if suggestion else None)
            return input(prompt)
        if self.typed:
            self._err.write(prompt)
            self._err.flush()
        line = self._source.readline()
        if not line:
            raise EOFError
        return line.removesuffix("\n")

    def _pasting(self) -> bool:
        """Whether another line is there already, faster than anybody types."""
        if not self.typed or self._knows_pastes or os.name == "nt":
            return False
        return bool(select.select([self._source], [], [], _PASTE_GAP)[0])
