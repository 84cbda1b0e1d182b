"""The pinned Qt must not eat references to None, as PySide6 6.12 does on Python 3.10 and 3.11.

There the interpreter aborts after some thousand calls that return nothing.
"""

import subprocess
import sys

CALLS = 200_000
CANARY = f"""
from PySide6.QtCore import QTimer
timer = QTimer()
for number in range({CALLS}):
    timer.setInterval(number)
print(timer.interval())
"""


def test_calls_that_return_nothing_cost_no_none() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", CANARY], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.split() == [str(CALLS - 1)]
