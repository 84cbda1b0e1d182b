"""What `make run` shows where there is no display."""

import subprocess
import sys

from PIL import Image

from tests.end2end.screen import ROOT


def test_the_demonstration_asks_and_is_answered() -> None:
    answer = subprocess.run(
        [sys.executable, str(ROOT / "packaging" / "demo.py")],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    for line in (
        "What does a library card cost?",
        "a yellow circle at the top right",
        "the word seven",
    ):
        assert line in answer.stdout
    for name in ("library", "moon", "word"):
        picture = ROOT / "build" / "demo" / f"{name}-answer.png"
        assert str(picture) in answer.stdout
        colours = Image.open(picture).convert("RGB").getcolors(1 << 24)
        assert colours is not None
        assert len(colours) > 200
