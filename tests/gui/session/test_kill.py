"""The app is killed while an answer is being written, and started again."""

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from app.core.conversation import Image, Outcome
from tests.gui.session.office import DEADLINE_MS, Office, png


def words_kept(database: Path) -> int:
    """How many words of the answer are on the disk."""
    with contextlib.suppress(sqlite3.OperationalError):  # not there yet
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        try:
            rows = connection.execute(
                "SELECT parts FROM messages WHERE outcome = 'writing'"
            ).fetchall()
        finally:
            connection.close()
        return max((len(parts.split()) for (parts,) in rows), default=0)
    return 0


def test_kill_9_in_the_middle_of_an_answer(
    tmp_path: Path, qtbot: QtBot, reopen: Callable[[], Office]
) -> None:
    folder = tmp_path / "data"  # where ``reopen`` opens
    command = [sys.executable, "-m", "tests.gui.session.endless_answer", str(folder)]
    with subprocess.Popen(command) as app:
        try:
            qtbot.waitUntil(
                lambda: words_kept(folder / "facet.db") > 20 or app.poll() is not None,
                timeout=DEADLINE_MS,
            )
            assert app.poll() is None, "it ended by itself"
            kept = words_kept(folder / "facet.db")
        finally:
            app.kill()

    office = reopen()
    question, answer = (entry.message for entry in office.chat.entries)
    assert question.text == "Count"
    (picture,) = question.attachments
    assert isinstance(picture, Image)
    assert office.chats.blob_path(picture.blob).read_bytes() == png()
    assert answer.outcome is Outcome.FAILED
    numbers = answer.text.split()
    assert len(numbers) >= kept - 2, "JSON around it counts as up to two words"
    assert numbers[:-1] == [str(number) for number in range(len(numbers) - 1)]
    assert f"The {len(numbers)} words above were kept." in answer.error
    assert office.saved() == [question, answer]

    office.load_model()
    office.chat.retry(office.chat.entries[-1].id)
    office.until(lambda: office.engine.questions)
    office.engine.write("Done")
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    assert [message.text for message in office.saved()] == ["Count", "Done"]
