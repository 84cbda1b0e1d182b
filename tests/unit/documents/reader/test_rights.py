"""What the process that reads documents can't do any more, tried out in one."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]

TRIES = """
import ctypes, json, os, socket, subprocess, sys, threading
from pathlib import Path
from app.documents.reader.confinement import confine
from app.documents.reader.limits import Limits

document, other, folder = map(Path, sys.argv[1:])
confine(Limits(memory=300_000_000, seconds=50), document)

def run():
    subprocess.run([sys.executable, "-c", ""])

def fork():
    if os.fork() == 0:
        os._exit(0)

def work():
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()

tries = {
    "read the document": document.read_bytes,
    "read the program": Path("app/documents/reader/child.py").read_bytes,
    "load a library": lambda: __import__("sqlite3"),
    "start a thread": work,
    "read another file": other.read_bytes,
    "list a folder": lambda: os.listdir(folder),
    "write a file": lambda: (folder / "new").write_bytes(b"x"),
    "change the document": lambda: document.write_bytes(b"x"),
    "delete the document": document.unlink,
    "reach the network": lambda: socket.create_connection(("127.0.0.1", 9)),
    "open a local socket": lambda: socket.socket(socket.AF_UNIX),
    "start a program": run,
    "fork": fork,
    "end another process": lambda: os.kill(os.getppid(), 0),
    "take much memory": lambda: bytearray(600_000_000),
}
done = {}
for what, attempt in tries.items():
    try:
        attempt()
        done[what] = ""
    except BaseException as error:
        done[what] = type(error).__name__
print(json.dumps(done))
"""
ALLOWED = ("read the document", "read the program", "load a library", "start a thread")


def test_the_process_can_do_what_it_needs_and_nothing_else(tmp_path: Path) -> None:
    document, other = tmp_path / "document.pdf", tmp_path / "other.txt"
    document.write_bytes(b"words")
    other.write_bytes(b"private")
    out = subprocess.run(
        [sys.executable, "-c", TRIES, str(document), str(other), str(tmp_path)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    done = json.loads(out)
    assert [what for what, error in done.items() if not error] == list(ALLOWED)
    assert done.pop("take much memory") == "MemoryError"
    refused = {error for what, error in done.items() if error}
    assert refused <= {"PermissionError"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["document.pdf", "other.txt"]
    assert document.read_bytes() == b"words"
