"""The start and the end of the window, as a process of its own on Qt's offscreen screen."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.ui.crash import CrashFile

ROOT = Path(__file__).resolve().parents[3]
HEAVY = (
    *("numpy", "PIL", "pygments", "markdown_it", "soundfile", "sounddevice", "jinja2", "mss"),
    *("jeepney", "xcffib", "plistlib", "PySide6.QtNetwork"),
    *("app.ui.overlay.overlay", "app.session.quick_ask", "app.desktop.capture.capture"),
)
DEADLINE = 60.0


@contextmanager
def program(data: Path, milestone: str) -> Iterator["subprocess.Popen[str]"]:
    """Facet without any model, once it has reached ``milestone``."""
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "FACET_TRACE_START": "1",
        "XDG_CACHE_HOME": str(data / "cache"),  # away from a starter model that may be installed
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "--data-dir", str(data)],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        end = time.monotonic() + DEADLINE
        for line in process.stderr:
            if line.startswith("{") and milestone in json.loads(line):
                break
            assert time.monotonic() < end, line
        yield process
    finally:
        process.kill()
        process.communicate()


def test_the_start_waits_for_nothing_heavy() -> None:
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys, app.main; print([n for n in {HEAVY!r} if n in sys.modules])",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "[]"


def test_milestones_come_in_order_and_a_signal_ends_it_properly(tmp_path: Path) -> None:
    with program(tmp_path, "ready") as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE) == 0
    assert (tmp_path / "facet.db").is_file()
    assert not list((tmp_path / "logs").glob("crash*"))


def test_what_was_set_is_saved_at_the_end(tmp_path: Path) -> None:
    with program(tmp_path, "first_paint") as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 0
    saved = json.loads((tmp_path / "settings.json").read_text())
    assert len(saved["window"]) == 4


def test_a_crash_is_kept_for_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "crash.txt"
    code = (
        "import sys; from pathlib import Path; from app.ui.crash import CrashFile\n"
        f"file = CrashFile(Path({str(path)!r})); file.install('9.9')\n"
        "raise RuntimeError('a bug')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "RuntimeError: a bug" in ended.stderr
    told = CrashFile(path).previous
    assert "RuntimeError: a bug" in told
    assert "Facet 9.9" in told
    assert CrashFile(path).previous == "", "it is shown once"


def test_a_native_crash_is_kept_too(tmp_path: Path) -> None:
    path = tmp_path / "crash.txt"
    code = (
        "import os; from pathlib import Path; from app.ui.crash import CrashFile\n"
        f"CrashFile(Path({str(path)!r})).install('9.9'); os.abort()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert "Fatal Python error: Aborted" in CrashFile(path).previous


def test_a_good_end_leaves_no_crash_file(tmp_path: Path) -> None:
    path = tmp_path / "crash.txt"
    code = (
        "from pathlib import Path; from app.ui.crash import CrashFile\n"
        f"file = CrashFile(Path({str(path)!r})); file.install('9.9'); file.close()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    assert list(tmp_path.iterdir()) == []
