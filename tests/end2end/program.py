"""The real program in processes of its own: started, driven from outside, looked into through its
database. Needs nothing but a screen, so that the demonstration uses it too."""

import contextlib
import itertools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from tests.end2end.processes import command_line, end, end_marked, marked
from tests.end2end.screen import ROOT, Screen
from tests.end2end.waiting import wait_for

START = 30.0  # seconds that a start may take on a machine that is busy or cold
ENDED = ("done", "stopped", "length", "context", "failed")


@dataclass(frozen=True)
class Stored:
    """A message as the database has it. ``attachments`` are its parts that are not text."""

    id: str
    role: str
    text: str
    attachments: tuple[Mapping[str, Any], ...]
    outcome: str
    error: str
    thought: str
    model: str
    stats: Mapping[str, Any] | None


@dataclass(frozen=True)
class StoredChat:
    """A conversation as the database has it; ``messages`` is the path that is shown."""

    id: str
    title: str
    messages: tuple[Stored, ...]


class Program:
    """Facet with one data folder, which outlives it: it may be started again after its end."""

    def __init__(
        self, screen: Screen, data_dir: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.screen = screen
        self.data_dir = data_dir
        self.window = 0
        self._mark = f"FACET_PROGRAM={uuid.uuid4().hex}"
        name, value = self._mark.split("=")
        self._environment = {
            **screen.environment,
            name: value,
            "FACET_TRACE_START": "1",
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._said_before = 0
        self._before_question: StoredChat | None = None

    # -- its life --------------------------------------------------------------------------------

    def start(self, *arguments: str) -> None:
        """Start it and wait until its window is there, has the keyboard and is ready for work."""
        self._begin(arguments)
        wait_for(lambda: not self.running or self._find_window(), "the window is there", START)
        self._wait_until_ready()
        self.focus()

    def start_without_window(self, *arguments: str) -> None:
        """Start it with arguments that open no window, and wait until it is ready for work."""
        self._begin(arguments)
        self._wait_until_ready()

    def start_again(self, *arguments: str, python: Sequence[str] = ()) -> tuple[int, str]:
        """Start it a second time while it runs. Returns the exit code of that start and what it
        printed; ``python`` are options of the interpreter."""
        ended = subprocess.run(
            [sys.executable, *python, "-m", "app", "--data-dir", str(self.data_dir), *arguments],
            env=self._environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=START,
            check=False,
        )
        return ended.returncode, ended.stdout

    @property
    def pid(self) -> int:
        assert self._process is not None, "not started"
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pids(self) -> list[int]:
        """Every process of this program: the window's, the engine's and what they started."""
        return marked(self._mark)

    @property
    def engine_pid(self) -> int:
        """The engine's process; 0 while there is none."""
        found = [pid for pid in self.pids if "app.engine.child" in command_line(pid)]
        return found[0] if found else 0

    def wait_for_end(self, timeout: float = 15.0) -> int:
        """The exit code, once it has ended by itself."""
        assert self._process is not None
        wait_for(lambda: not self.running, "Facet ends", timeout)
        return int(self._process.returncode)

    def kill(self) -> None:
        """kill -9, as a crash would end it, and wait until its engine has noticed."""
        os.kill(self.pid, signal.SIGKILL)
        assert self._process is not None
        self._process.wait()
        wait_for(lambda: not self.pids, "the engine ends when its window is gone", 10)

    def kill_engine(self) -> None:
        """kill -9 of the engine alone."""
        os.kill(wait_for(lambda: self.engine_pid, "there is an engine"), signal.SIGKILL)

    def close(self) -> None:
        """End everything that is left of it."""
        if self._process is not None:
            end(self._process)
        end_marked(self._mark)

    def said(self, *, since_start: bool = True) -> str:
        """What it printed, since its last start or at all."""
        text = self._log_path.read_text(errors="replace") if self._log_path.exists() else ""
        return text[self._said_before :] if since_start else text

    def complaints(self) -> list[str]:
        """Every line it has ever printed that is no milestone: warnings of Qt, tracebacks. Only
        Qt's word about a widget that went while the screen reader was asking for it is let by."""
        lines = self.said(since_start=False).splitlines()
        harmless = ("{", "qt.accessibility.atspi: Could not find accessible on path")
        return [line for line in lines if line and not line.startswith(harmless)]

    def milestones(self) -> dict[str, float]:
        """How long its last start took, in milliseconds since the process began."""
        found: dict[str, float] = {}
        for line in self.said().splitlines():
            if line.startswith("{"):
                found |= json.loads(line)
        return found

    # -- its window ------------------------------------------------------------------------------

    def focus(self) -> None:
        """Bring its window to the front and wait until the keys go there."""
        self.screen.park_mouse()
        self.screen.xdotool("windowactivate", self.window)
        wait_for(lambda: self.screen.focused_window() == self.window, "the window has the keys")

    def title(self) -> str:
        """What its title bar says."""
        return self.screen.window_title(self.window)

    def drop(self, *files: Path) -> None:
        """Drop files from another program over the transcript."""
        left, top, right, bottom = self.screen.box_of(self.window)
        self.screen.drop((left + right) * 5 // 8, (top + bottom) // 2, *files)

    def attach(self, *files: Path) -> None:
        """Drop files and wait until the draft in the database has them."""
        self.drop(*files)
        self.wait_for_attached(*files)

    def wait_for_attached(self, *files: Path) -> None:
        """Wait until the draft in the database has these files."""
        names = {file.name for file in files}
        wait_for(lambda: names <= set(self._attached()), f"{names} have been read")

    def ask(self, question: str) -> None:
        """Type a question and press Enter."""
        self._before_question = self.newest()
        self.screen.type(question)
        self.screen.key("Return")

    def still_picture(self) -> Image.Image:
        """What the screen shows, once it does not change any more or has been changing for a
        while, as it does while an answer is written."""
        shown = [self.screen.picture()]

        def is_still() -> bool:
            shown.append(self.screen.picture())
            return shown[-1].tobytes() == shown.pop(0).tobytes()

        with contextlib.suppress(AssertionError):
            wait_for(is_still, "the screen is still", 1.5)
        return shown[-1]

    def save_picture(self, path: Path) -> Path:
        """Save what the screen shows once it is still."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.still_picture().save(path)
        return path

    # -- its data folder -------------------------------------------------------------------------

    def settings(self) -> dict[str, Any]:
        """What its settings file says."""
        path = self.data_dir / "settings.json"
        settings: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return settings

    def chats(self) -> list[StoredChat]:
        """All conversations that are not deleted, the newest first."""
        chats = self._rows(
            "SELECT id, title, leaf FROM conversations WHERE deleted IS NULL ORDER BY updated DESC"
        )
        rows = {row["id"]: row for row in self._rows("SELECT * FROM messages")}
        # What was added between the two questions is seen the next time.
        return [
            StoredChat(chat["id"], chat["title"], _path(rows, chat["leaf"]))
            for chat in chats
            if chat["leaf"] in rows
        ]

    def newest(self) -> StoredChat | None:
        """The conversation that something was asked in last."""
        chats = self.chats()
        return chats[0] if chats else None

    def newest_messages(self) -> tuple[Stored, ...]:
        """The messages of that conversation."""
        chat = self.newest()
        return chat.messages if chat is not None else ()

    def wait_for_answer(self, question: str, timeout: float = 60.0) -> Stored:
        """The answer in the newest conversation, once it has ended, however it did. It must be
        the answer to ``question``."""

        def look() -> Stored | None:
            chat = self.newest()
            if chat is None or len(chat.messages) < 2 or chat == self._before_question:
                return None  # an earlier chat may have asked the same
            asked, answer = chat.messages[-2:]
            return answer if asked.text == question and answer.outcome in ENDED else None

        try:
            return wait_for(look, f"an answer to {question!r} in the database", timeout)
        except AssertionError as error:
            found = "\n".join(map(repr, self.newest_messages()[-2:]))
            raise AssertionError(f"{error}; there is\n{found}") from None

    def wait_for_any_answer(self, question: str) -> Stored:
        """The answer to ``question``, of which some words are enough: the starter may repeat itself
        until its context is full. It is stopped then, unless it has ended by itself."""
        wait_for(
            lambda: any(
                asked.text == question and answer.text
                for asked, answer in itertools.pairwise(self.newest_messages())
            ),
            f"words of an answer to {question!r}",
        )
        self.screen.key("Escape")
        return self.wait_for_answer(question)

    def wait_for_partial(self, count: int, timeout: float = 60.0) -> Stored:
        """An answer that is still being written and has at least ``count`` words so far."""

        def look() -> Stored | None:
            chat = self.newest()
            answer = chat.messages[-1] if chat and chat.messages else None
            if answer is None or answer.outcome != "writing":
                return None
            return answer if len(answer.text.split()) >= count else None

        return wait_for(look, f"an unfinished answer of {count} words in the database", timeout)

    # -- inside ----------------------------------------------------------------------------------

    def _begin(self, arguments: Sequence[str]) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._said_before = len(self.said(since_start=False))
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app", "--data-dir", str(self.data_dir), *arguments],
                env=self._environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _wait_until_ready(self) -> None:
        wait_for(lambda: not self.running or self._has_said("ready"), "Facet is ready", START)
        assert self.running, f"Facet ended at its start:\n{self.said()}"

    def _attached(self) -> list[str]:
        """The names of what is attached to drafts, once it has been read and saved."""
        drafts = self._rows("SELECT content FROM drafts")
        return [
            part["name"]
            for draft in drafts
            for part in json.loads(draft["content"]).get("attachments", [])
        ]

    def _rows(self, question: str) -> list[sqlite3.Row]:
        """The answer of the database, which is opened for reading only; empty before it is
        there."""
        path = self.data_dir / "facet.db"
        if not path.exists():
            return []
        try:
            with contextlib.closing(
                sqlite3.connect(f"file:{path}?mode=ro", uri=True)
            ) as connection:
                connection.row_factory = sqlite3.Row
                return connection.execute(question).fetchall()
        except sqlite3.OperationalError:
            return []  # it is being made

    @property
    def _log_path(self) -> Path:
        return self.data_dir / "program.log"

    def _find_window(self) -> bool:
        found = self.screen.windows_of(self.pid)
        self.window = found[0] if found else 0
        return bool(found)

    def _has_said(self, milestone: str) -> bool:
        return milestone in self.milestones()


def _path(rows: Mapping[str, sqlite3.Row], leaf: str | None) -> tuple[Stored, ...]:
    found: list[Stored] = []
    while leaf is not None:
        row = rows[leaf]
        parts = json.loads(row["parts"])
        found.append(
            Stored(
                id=row["id"],
                role=row["role"],
                text="\n\n".join(part["text"] for part in parts if part["type"] == "text"),
                attachments=tuple(part for part in parts if part["type"] != "text"),
                outcome=row["outcome"],
                error=row["error"],
                thought=row["thought"],
                model=row["model"],
                stats=json.loads(row["stats"]) if row["stats"] else None,
            )
        )
        leaf = row["parent"]
    return tuple(reversed(found))
