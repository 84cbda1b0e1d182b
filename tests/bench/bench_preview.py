"""How the pane beside the chat scrolls through a long document: how long the event loop stands
still meanwhile, and how soon pages are seen. Prints one JSON object.

usage: bench_preview.py [FILE.pdf]     (without one: the manual of bench_documents)
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.bench_documents import manual
from tests.end2end.screen import ROOT, virtual_screen

PATIENCE = 600  # seconds


def main() -> int:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else manual()
    with virtual_screen(1440, 900) as screen, tempfile.TemporaryDirectory() as folder:
        answer = subprocess.run(
            [sys.executable, "-m", "tests.bench.preview_probe", folder, str(path)],
            env=screen.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
            timeout=PATIENCE,
        )
        print(json.dumps(json.loads(answer.stdout)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
