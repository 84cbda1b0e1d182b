"""The walls that import contracts can't see: which part of Qt is used where."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
APP = ROOT / "app"

# Folder or module of app -> the parts of PySide6 that it may import. Others: none.
ALLOWED = {
    "ui": {"QtCore", "QtGui", "QtWidgets", "QtSvg"},
    "main.py": {"QtCore", "QtGui", "QtWidgets", "QtNetwork"},
    "session": {"QtCore"},
    "desktop": {"QtCore", "QtGui", "QtDBus", "QtMultimedia", "QtNetwork", "QtTextToSpeech"},
}


def qt_parts(source: str) -> Iterator[str]:
    """The parts of PySide6 that a module imports, wherever in it; "*" for the whole."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root, _, part = alias.name.partition(".")
                if root in ("PySide6", "shiboken6"):
                    yield part.split(".")[0] or "*"
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            root, _, part = node.module.partition(".")
            if root in ("PySide6", "shiboken6"):
                yield from [part.split(".")[0]] if part else [alias.name for alias in node.names]


def trespassers(app: Path) -> list[str]:
    found = []
    for path in sorted(app.rglob("*.py")):
        place = path.relative_to(app)
        allowed = ALLOWED.get(place.parts[0], set())
        parts = set(qt_parts(path.read_text("utf-8"))) - allowed
        found += [f"{place}: {part}" for part in sorted(parts)]
    return found


def test_each_layer_uses_its_part_of_qt() -> None:
    assert list(APP.rglob("*.py"))
    assert trespassers(APP) == []


def test_a_trespasser_is_found(tmp_path: Path) -> None:
    sources = {
        "core/a.py": "def f():\n    from PySide6.QtCore import QObject\n",
        "session/b.py": "from PySide6 import QtGui, QtCore\n",
        "ui/c.py": "import PySide6.QtWidgets\n",
        "ui/d.py": "import PySide6\n",
    }
    for name, source in sources.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source)
    assert trespassers(tmp_path) == ["core/a.py: QtCore", "session/b.py: QtGui", "ui/d.py: *"]


WITHOUT_QT = """
import importlib, pkgutil, sys
for name in ("PySide6", "shiboken6"):
    sys.modules[name] = None  # importing it fails
for package in sys.argv[1:]:
    module = importlib.import_module(package)
    for each in pkgutil.walk_packages(module.__path__, package + "."):
        importlib.import_module(each.name)
    print(package)
"""


@pytest.mark.parametrize("package", ["core", "models", "storage", "documents", "commands"])
def test_the_core_works_without_qt(package: str) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", WITHOUT_QT, f"app.{package}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.split() == [f"app.{package}"]
