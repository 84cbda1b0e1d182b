"""The first start hears the later ones, and nobody else."""

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.desktop.folder_lock import FolderLock
from app.desktop.second_start import LIMIT, TAKEN, Request, addresses, claim, packed
from app.desktop.single_instance import SingleInstance

ROOT = Path(__file__).resolve().parents[3]
HOLD = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.desktop.folder_lock import FolderLock
from app.desktop.single_instance import SingleInstance
app = QCoreApplication([])
lock = FolderLock(Path(sys.argv[1]))
instance = SingleInstance(Path(sys.argv[1]))
print(lock.free, bool(instance.address), flush=True)
time.sleep(600)
"""


class First:
    """The first start with a folder, and what it has been asked."""

    def __init__(self, folder: Path, qtbot: QtBot) -> None:
        self.lock = FolderLock(folder)
        self.instance = SingleInstance(folder)
        self.asked: list[Request] = []
        self.instance.asked.connect(self.asked.append)
        self._qtbot = qtbot

    def until_asked(self, *requests: Request) -> None:
        self._qtbot.waitUntil(lambda: self.asked == list(requests), timeout=20_000)

    def close(self) -> None:
        self.instance.close()
        self.instance.deleteLater()
        self.lock.close()


@pytest.fixture
def first(tmp_path: Path, qtbot: QtBot) -> Iterator[First]:
    with closing(First(tmp_path, qtbot)) as first:
        yield first


def ask(folder: Path, request: Request) -> threading.Thread:
    """A second start, beside this thread, which has to answer it."""
    thread = threading.Thread(target=claim, args=(folder, request))
    thread.start()
    return thread


def line_to(first: First) -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(20)
    line.connect(first.instance.address)
    return line


def test_it_hears_what_later_starts_want(first: First, tmp_path: Path) -> None:
    wanted = Request("shoot"), Request("open", ("/a.pdf", "/b.png"), "token"), Request()
    for count, request in enumerate(wanted, 1):
        thread = ask(tmp_path, request)
        first.until_asked(*wanted[:count])
        thread.join()


def test_many_at_once(first: First, tmp_path: Path, qtbot: QtBot) -> None:
    wanted = [Request("open", (f"/{number}",)) for number in range(12)]
    threads = [ask(tmp_path, request) for request in wanted]
    qtbot.waitUntil(lambda: len(first.asked) == len(wanted), timeout=20_000)
    for thread in threads:
        thread.join()
    assert {request.files for request in first.asked} == {request.files for request in wanted}


def test_a_request_may_come_in_pieces(first: First, qtbot: QtBot) -> None:
    request = Request("open", tuple(f"/{number:0200}" for number in range(500)))
    with line_to(first) as line:
        data = packed(request)
        half = len(data) // 2
        line.sendall(data[:half])
        qtbot.wait(20)
        assert first.asked == []
        sender = threading.Thread(target=line.sendall, args=(data[half:],))
        sender.start()
        first.until_asked(request)
        sender.join()
        assert line.recv(1) == TAKEN


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\n\r\n", (LIMIT + 1).to_bytes(4, "big"), b"\0\0\0\x03abc"]
)
def test_anything_else_is_dropped_at_once(first: First, qtbot: QtBot, data: bytes) -> None:
    with line_to(first) as line:
        line.sendall(data)
        line.setblocking(False)

        def dropped() -> bool:
            try:
                return line.recv(1) == b""
            except BlockingIOError:
                return False
            except ConnectionResetError:
                return True

        qtbot.waitUntil(dropped, timeout=20_000)
    assert first.asked == []


def test_only_its_owner_may_connect(qtbot: QtBot) -> None:
    folder = Path(tempfile.mkdtemp(prefix="facet-open-to-all-"))
    folder.chmod(0o755)  # the socket itself has to keep others out
    try:
        with closing(First(folder, qtbot)) as first:
            _expect_owner_only(first)
    finally:
        shutil.rmtree(folder)


def _expect_owner_only(first: First) -> None:
    mode = Path(first.instance.address).stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert not mode & 0o077
    if os.getuid() == 0 and shutil.which("setpriv"):
        # Root may test how others fare.
        told = subprocess.run(
            [
                *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
                *("/usr/bin/env", "python3", "-c"),
                "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])",
                first.instance.address,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "PermissionError" in told.stderr


def test_one_that_was_killed_is_in_nobodys_way(tmp_path: Path, qtbot: QtBot) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert holder.stdout is not None
    with holder, holder.stdout:
        assert holder.stdout.readline().strip() == "True True"
        holder.kill()
        holder.wait()
    assert Path(addresses(tmp_path)[0]).exists(), "it could tidy up nothing"
    with closing(First(tmp_path, qtbot)) as first:
        thread = ask(tmp_path, Request("shoot"))
        first.until_asked(Request("shoot"))
        thread.join()


def test_a_living_ones_place_is_not_taken(first: First, tmp_path: Path) -> None:
    """Where a folder can have no lock there may be two."""
    address = first.instance.address
    other = SingleInstance(tmp_path)
    assert other.address != address
    thread = ask(tmp_path, Request())
    first.until_asked(Request())
    thread.join()
    other.close()
    other.deleteLater()


def test_a_folder_that_can_have_no_socket_does_not_stop_the_start(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "missing"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with closing(SingleInstance(folder)) as elsewhere:
        place = Path(elsewhere.address)
        assert place.parent == tmp_path
        assert place.exists()
    assert not place.exists(), "it tidies up after itself"
