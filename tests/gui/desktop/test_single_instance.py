"""A second start finds the first, whatever end that one takes, and asks it for its window."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from pytestqt.qtbot import QtBot

from app.desktop.single_instance import SingleInstance

HOLD = """
import sys, time
from pathlib import Path
from app.desktop.single_instance import SingleInstance
instance = SingleInstance(Path(sys.argv[1]))
print(instance.first, flush=True)
time.sleep(600)
"""


def test_only_one_is_the_first(tmp_path: Path) -> None:
    with closing(SingleInstance(tmp_path)) as one:
        assert one.first
        assert not SingleInstance(tmp_path).first
    with closing(SingleInstance(tmp_path)) as another:
        assert another.first


def test_one_that_was_killed_is_in_nobodys_way(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    with holder, holder.stdout:
        assert holder.stdout.readline().strip() == "True"
        assert not SingleInstance(tmp_path).first
        holder.kill()
        holder.wait()
    with closing(SingleInstance(tmp_path)) as mine:
        assert mine.first


def test_the_second_asks_the_first_for_its_window(tmp_path: Path, qtbot: QtBot) -> None:
    with closing(SingleInstance(tmp_path)) as first:
        first.listen()
        for _ in range(2):
            with qtbot.waitSignal(first.asked, timeout=20_000):
                SingleInstance(tmp_path).ask()


def test_a_folder_that_has_no_room_for_a_lock_does_not_stop_the_start(tmp_path: Path) -> None:
    instance = SingleInstance(tmp_path / "missing")
    assert instance.first
    instance.listen()
    instance.ask()
    instance.close()
