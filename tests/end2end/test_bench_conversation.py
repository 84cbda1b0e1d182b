"""The benchmark of whole conversations runs, and its contestants answer alike. No times here."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bench.rivals.server import XLlamaCpp

ROOT = Path(__file__).parents[2]
ALONE = {"prepared", "long_first_turn", "reopened"}  # what only Facet does
TOGETHER = {"first_turn", "second_turn", "tenth_turn", "edit", "regenerate", "switch", "decode"}


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    """One short run with the miniature and everyone who is there."""
    options = ["--runs=1", "--history=200", "--long=400", "--decode=40", "--pause=0"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/bench/bench_conversation.py"), *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


def test_everyone_took_part_who_is_installed(result: dict[str, Any]) -> None:
    expected = {"facet", "high_level"} | ({"xllamacpp"} if XLlamaCpp.is_installed() else set())
    assert set(result["contestants"]) == expected
    assert set(result["missing"]) == {"xllamacpp"} - expected
    assert set(result["scenarios"]) == TOGETHER | ALONE
    for name, of in result["scenarios"].items():
        assert set(of) == (expected if name in TOGETHER else {"facet"})
    assert result["complete"]


def test_all_see_the_same(result: dict[str, Any]) -> None:
    seen = result["scenarios"]["first_turn"]
    assert result["right"] == {"first_turn": len(seen), "of": len(seen)}
    assert len({one["answer"] for one in seen.values()}) == 1


def test_nothing_is_evaluated_twice(result: dict[str, Any]) -> None:
    ours = {name: of["facet"] for name, of in result["scenarios"].items()}
    for name in ("second_turn", "tenth_turn", "edit", "switch", "reopened"):
        assert ours[name]["prompt_tokens"] - ours[name]["reused_tokens"] < 60
    assert ours["prepared"]["reused_tokens"] == ours["prepared"]["prompt_tokens"]
    assert ours["switch"]["restored"] == "memory"
    assert ours["reopened"]["restored"] == "disk"
    assert all(preparing["complete"] for preparing in result["preparing"])


def test_goals_are_told(result: dict[str, Any]) -> None:
    goals = result["goals"]
    assert {"prepared_ms", "reopened_ms", "second_turn_against_high_level"} <= set(goals)
    assert all({"goal", "reached"} <= set(goal) for goal in goals.values())
