"""Who may write the chats of a data folder."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from app.desktop.folder_lock import FolderLock

ROOT = Path(__file__).parents[3]
_HOLD = "import sys; from app.desktop.folder_lock import FolderLock; from pathlib import Path"
_HOLD += "; lock = FolderLock(Path(sys.argv[1])); print(lock.free, flush=True); input()"


def test_one_at_a_time_and_then_another(tmp_path: Path) -> None:
    with closing(FolderLock(tmp_path)) as first, closing(FolderLock(tmp_path)) as second:
        assert first.free
        assert not second.free
    with closing(FolderLock(tmp_path)) as third:
        assert third.free


def test_it_ends_with_its_program_however_that_ends(tmp_path: Path) -> None:
    words = [sys.executable, "-c", _HOLD, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        with closing(FolderLock(tmp_path)) as lock:
            assert not lock.free
        holder.kill()
        holder.wait()
    with closing(FolderLock(tmp_path)) as lock:
        assert lock.free


def test_a_folder_that_can_have_no_lock_stops_nobody(tmp_path: Path) -> None:
    with closing(FolderLock(tmp_path / "missing")) as lock:
        assert lock.free


def test_it_is_known_who_has_it(tmp_path: Path) -> None:
    with closing(FolderLock(tmp_path, terminal=True)) as holder:
        assert holder.free
        for terminal in (False, True):
            other = FolderLock(tmp_path, terminal=terminal)
            assert (other.free, other.in_terminal) == (False, True)
    with closing(FolderLock(tmp_path)) as holder:
        assert holder.free
        for terminal in (False, True):
            other = FolderLock(tmp_path, terminal=terminal)
            assert (other.free, other.in_terminal) == (False, False)
    with closing(FolderLock(tmp_path, terminal=True)) as holder:
        assert (holder.free, holder.in_terminal) == (True, False)
