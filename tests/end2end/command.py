"""`facet …` as a program of its own, called as from a shell."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.end2end.models import TEST_ENVIRONMENT
from tests.end2end.screen import ROOT


class Command:
    """`facet` with a data folder of its own, called as from a shell."""

    def __init__(self, data_dir: Path) -> None:
        self.words = [sys.executable, "-m", "app", "--data-dir", str(data_dir)]
        self.environment = {**os.environ, **TEST_ENVIRONMENT, "PYTHONPATH": str(ROOT)}

    def start(self, *arguments: str | Path, **options: Any) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*self.words, *map(str, arguments)],
            env=self.environment,
            cwd=ROOT,
            text=True,
            encoding="utf-8",
            **{"stdin": subprocess.DEVNULL, **options},
        )

    def __call__(
        self, *arguments: str | Path, question: str | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run it to its end; ``question`` comes on stdin."""
        pipe = subprocess.PIPE
        source = subprocess.DEVNULL if question is None else pipe
        with self.start(*arguments, stdin=source, stdout=pipe, stderr=pipe) as process:
            try:
                out, err = process.communicate(question, timeout=90)
            finally:
                process.kill()
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def events(self, *arguments: str | Path) -> list[dict[str, Any]]:
        """What a successful `ask --json` prints."""
        answer = self("ask", "--json", *arguments)
        assert answer.returncode == 0, answer.stderr
        return [json.loads(line) for line in answer.stdout.splitlines()]

    def refused(self, *arguments: str | Path) -> str:
        """The one line on stderr of an error that the person can mend."""
        answer = self("ask", *arguments)
        assert answer.returncode == 1, answer.stderr
        assert answer.stdout == ""
        (line,) = answer.stderr.splitlines()
        return line
