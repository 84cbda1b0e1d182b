"""How long the window's event loop stands still while an answer of 10,000 tokens streams into it,
beside a text view that lays the whole text out again for each batch. Prints one JSON object."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.end2end.models import MINIATURE, MODELS_ENVIRONMENT, write_settings
from tests.end2end.screen import ROOT, Screen, virtual_screen

TOKENS = 10_000
TOKENS_A_SECOND = 300  # ten in each of the thirty batches a second
PATIENCE = 300  # seconds


def main() -> int:
    with virtual_screen(1440, 900) as screen, tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder) / "data"
        write_settings(data_dir, model=MINIATURE, window=[60, 40, 1280, 800])
        result = {
            "tokens": TOKENS,
            "tokens_a_second": TOKENS_A_SECOND,
            "window": measure(screen, "window", data_dir),
            "naive": measure(screen, "naive", data_dir),
        }
    print(json.dumps(result))
    return 0


def measure(screen: Screen, which: str, data_dir: Path) -> object:
    answer = subprocess.run(
        [sys.executable, "-m", "tests.bench.stall_probe", which, str(data_dir)]
        + [str(TOKENS), str(TOKENS_A_SECOND)],
        env={**screen.environment, **MODELS_ENVIRONMENT},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=PATIENCE,
    )
    return json.loads(answer.stdout)


if __name__ == "__main__":
    sys.exit(main())
