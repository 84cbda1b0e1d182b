"""Many answers -> the figures of a benchmark, and what they say of its goals."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from tests.bench.figures import spread
from tests.bench.rivals.contestant import Answer

Samples = Mapping[str, Mapping[str, Sequence[Answer]]]  # of a scenario, of a contestant

US, FORGETFUL, SERVERS = "facet", "high_level", ("llama_server", "xllamacpp")
FASTER = 40  # times, than the one that evaluates all of a chat at each turn
AS_FAST = 0.98  # of the server's speed, where it has no more to read than we have
AHEAD_STEPS, AHEAD_MS = 2, 50  # from Enter to the first word of a question that was prepared
OF_PREFILL = 0.01  # of its prefill, for a chat of another day
LATER_TURNS = ("second_turn", "tenth_turn", "edit", "regenerate", "switch")
_SHOWN = 80  # characters of an answer
_MEASURABLE = 20  # tokens of an answer whose speed means something


def figures(answers: Sequence[Answer]) -> dict[str, Any]:
    """What is told of one contestant in one scenario; the last answer stands for all in counts
    of tokens."""
    last = answers[-1]
    told: dict[str, Any] = {"ttft_ms": spread([one.ttft_ms for one in answers])}
    steps = [one.step_ms for one in answers if one.step_ms]
    if steps and last.tokens >= _MEASURABLE:
        told["tokens_per_second"] = spread([1000 / step for step in steps], 2)
    for name in ("prompt_tokens", "reused_tokens", "restored"):
        if (value := getattr(last, name)) is not None:
            told[name] = value
    return {**told, "answer_tokens": last.tokens, "answer": last.text[:_SHOWN]}


def goals(samples: Samples) -> dict[str, dict[str, Any]]:
    """Each goal whose figures were measured: what it asks for, and whether it is reached."""
    found: dict[str, dict[str, Any]] = {}
    server = next((name for name in SERVERS if name in samples.get("decode", {})), None)
    server = server or next(
        (name for name in SERVERS if any(name in of for of in samples.values())), None
    )
    for scenario in LATER_TURNS:
        of = samples.get(scenario, {})
        if US not in of:
            continue
        if FORGETFUL in of:
            ratio = _ttft(of[FORGETFUL]) / _ttft(of[US])
            found[f"{scenario}_against_{FORGETFUL}"] = _goal(ratio, FASTER)
        if server is not None and server in of:
            ratio = _ttft(of[server]) / _ttft(of[US])
            found[f"{scenario}_against_{server}"] = _goal(ratio, 1.0)
    first, decode = samples.get("first_turn", {}), samples.get("decode", {})
    if server is not None and US in first and server in first:
        ratio = _ttft(first[server]) / _ttft(first[US])
        found[f"first_turn_against_{server}"] = _goal(ratio, AS_FAST)
    if server is not None and US in decode and server in decode:
        ratio = _step(decode[server]) / _step(decode[US])
        found[f"decode_against_{server}"] = _goal(ratio, AS_FAST)
    if US in (prepared := samples.get("prepared", {})):
        limit = AHEAD_STEPS * _step(prepared[US]) + AHEAD_MS
        found["prepared_ms"] = _limit(_ttft(prepared[US]), limit)
    if US in (reopened := samples.get("reopened", {})):
        prefill = _ttft(samples["long_first_turn"][US])
        found["reopened_ms"] = _limit(_ttft(reopened[US]), OF_PREFILL * prefill)
    return found


def _goal(value: float, wanted: float) -> dict[str, Any]:
    return {"times": round(value, 3), "goal": wanted, "reached": value >= wanted}


def _limit(value: float, limit: float) -> dict[str, Any]:
    return {"ms": round(value, 1), "goal": round(limit, 1), "reached": value <= limit}


def _ttft(answers: Sequence[Answer]) -> float:
    return statistics.median(one.ttft_ms for one in answers)


def _step(answers: Sequence[Answer]) -> float:
    return statistics.median(one.step_ms for one in answers if one.step_ms)
