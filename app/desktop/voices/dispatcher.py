"""Voices through Speech Dispatcher, where most Linux desktops have theirs.

Speaks its protocol (SSIP) over its socket: lines with CR LF, each answered by lines of a number;
the last one of an answer has a blank after the number, others a dash. Numbers from 700 on are
events, which may come in between. A text ends with a line of one dot.
"""

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, QSocketNotifier, QTimer

from app.core.errors import AppError
from app.desktop.voices.speaker import Speaker, Voice

_PROGRAM = "speech-dispatcher"
_SECONDS = 3.0  # that an answer may take
_END, _CANCEL, _OK = 702, 703, 200
_PIECE = 4096


class DispatcherSpeaker(Speaker):
    """Says sentences by whatever the person has set up for screen readers."""

    def __init__(self, program: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._program = program
        self._link: _Link | None = None
        self._notifier: QSocketNotifier | None = None
        self._speaking = False

    @classmethod
    def found(cls, parent: QObject | None = None) -> "DispatcherSpeaker | None":
        """The speaker, if the program is there."""
        program = shutil.which(_PROGRAM)
        return cls(program, parent) if program else None

    def say(self, text: str, voice: str = "", speed: float = 1.0) -> None:
        try:
            self.stop()
            link = self._connected()
            link.ask(f"SET self RATE {max(-100, min(100, round(100 * (speed - 1))))}")
            if voice:
                module, _, name = voice.partition("/")
                link.ask(f"SET self OUTPUT_MODULE {module}")
                link.ask(f"SET self SYNTHESIS_VOICE {name}")
            self._speaking = True
            link.speak(text)
            self._handle(link.take_events())
        except OSError:
            self._lost()

    def stop(self) -> None:
        if self._speaking and self._link is not None:
            self._speaking = False
            with contextlib.suppress(OSError):
                self._link.ask("CANCEL self")
                self._link.take_events()

    def voices(self) -> tuple[Voice, ...]:
        found: list[Voice] = []
        try:
            with contextlib.closing(_Link(self._program)) as link:  # one of its own: any thread
                for module in link.ask("LIST OUTPUT_MODULES"):
                    if not _is_set(link, f"SET self OUTPUT_MODULE {module}"):
                        continue
                    for line in link.ask("LIST SYNTHESIS_VOICES"):
                        name, language, *_ = [*line.split("\t"), ""]
                        if "+" in name:  # one of a hundred variants of another
                            continue
                        found.append(Voice(f"{module}/{name}", name.replace("_", " "), language))
        except OSError:
            return ()
        return tuple(sorted(found, key=lambda voice: voice.name))

    def close(self) -> None:
        self.stop()
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier = None
        if self._link is not None:
            self._link.close()
            self._link = None

    def _connected(self) -> "_Link":
        if self._link is None:
            self._link = link = _Link(self._program)
            link.ask("SET self NOTIFICATION END on")
            link.ask("SET self NOTIFICATION CANCEL on")
            self._notifier = QSocketNotifier(link.fileno(), QSocketNotifier.Type.Read, self)
            self._notifier.activated.connect(self._read)
        return self._link

    def _read(self) -> None:
        if self._link is None:
            return
        try:
            self._link.read()
            self._handle(self._link.take_events())
        except OSError:
            self._lost()

    def _handle(self, events: list[int]) -> None:
        if self._speaking and _END in events:
            self._speaking = False
            QTimer.singleShot(0, self, self.ended.emit)

    def _lost(self) -> None:
        self._speaking = False
        self.close()
        problem = AppError(
            "The voice of the system does not answer (speech-dispatcher).",
            "Check that it is set up: its own program spd-conf does that.",
            code="voice",
        )
        QTimer.singleShot(0, self, lambda: self.failed.emit(problem))


class _Link:
    """A connection to the service, which is started if need be. Every method may raise OSError."""

    def __init__(self, program: str) -> None:
        self._socket = _connect(program)
        self._bytes = b""
        self._events: list[int] = []
        user = os.environ.get("USER") or "person"
        self.ask(f"SET self CLIENT_NAME {user}:facet:main")

    def fileno(self) -> int:
        """The number of the socket."""
        return self._socket.fileno()

    def ask(self, command: str) -> list[str]:
        """Send one command; what its answer lists. A command that is refused raises OSError."""
        self._socket.sendall(command.encode() + b"\r\n")
        return self._answer()

    def speak(self, text: str) -> None:
        """Have a text said."""
        self.ask("SPEAK")
        lines = [line[:1].replace(".", "..") + line[1:] for line in text.splitlines()]
        self._socket.sendall("\r\n".join([*lines, ".", ""]).encode("utf-8", "replace"))
        self._answer()

    def read(self) -> None:
        """Take what has come by itself."""
        self._receive()

    def take_events(self) -> list[int]:
        """The numbers of the events since the last call, also of those that came in one piece with
        an answer."""
        for _line in self._complete_lines():
            pass  # an answer that nobody waits for
        events, self._events = self._events, []
        return events

    def close(self) -> None:
        """Let go."""
        with contextlib.suppress(OSError):
            self._socket.sendall(b"QUIT\r\n")
        self._socket.close()

    def _answer(self) -> list[str]:
        listed: list[str] = []
        while True:
            for code, last, text in self._complete_lines():
                if not last:
                    listed.append(text)
                elif code >= 300:
                    raise OSError(f"{code} {text}")
                else:
                    return listed
            self._receive()

    def _complete_lines(self) -> Iterator[tuple[int, bool, str]]:
        """Lines of answers that are here: number, whether it is the last, and the rest. Events
        are put aside."""
        while b"\r\n" in self._bytes:
            line, _, self._bytes = self._bytes.partition(b"\r\n")
            code, last = int(line[:3] or 0), line[3:4] != b"-"
            if code >= 700:
                if last:
                    self._events.append(code)
            else:
                yield code, last, line[4:].decode("utf-8", "replace")

    def _receive(self) -> None:
        piece = self._socket.recv(_PIECE)
        if not piece:
            raise OSError("closed")
        self._bytes += piece


def _connect(program: str) -> socket.socket:
    runtime = os.environ.get("XDG_RUNTIME_DIR") or Path.home() / ".cache"
    path = Path(runtime) / "speech-dispatcher" / "speechd.sock"
    for again in (True, False):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(_SECONDS)
        try:
            connection.connect(str(path))
        except OSError:
            connection.close()
            if not again:
                raise
            # It ends by itself when it has nothing to say for a while.
            subprocess.run([program, "--spawn"], capture_output=True, timeout=5, check=False)
            continue
        return connection
    raise AssertionError("the second attempt ends one way or the other")


def _is_set(link: _Link, command: str) -> bool:
    try:
        link.ask(command)
    except TimeoutError:
        raise
    except OSError:
        return False
    return True
