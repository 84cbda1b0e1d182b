"""What several benchmarks need: figures of a list of values, and of a process."""

import math
import statistics
from collections.abc import Sequence
from pathlib import Path


def spread(values: Sequence[float], digits: int = 1) -> dict[str, float]:
    """Smallest, median and largest of at least one value, rounded."""
    return {
        "min": round(min(values), digits),
        "median": round(statistics.median(values), digits),
        "max": round(max(values), digits),
        "runs": len(values),
    }


def tail(values: Sequence[float], digits: int = 2) -> dict[str, float]:
    """The middle and the upper end of many values: p50, p99 (nearest rank) and the largest."""
    ordered = sorted(values)

    def rank(part: float) -> float:
        return round(ordered[math.ceil(part * len(ordered)) - 1], digits)

    return {"p50": rank(0.5), "p99": rank(0.99), "max": rank(1), "count": len(ordered)}


def memory(pid: int) -> dict[str, float]:
    """What a process occupies, in MB: ``rss`` all that it maps, ``pss`` its fair share of what it
    shares with others, ``private`` what would be free without it."""
    fields = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, amount, *_ = line.split()
        fields[name.rstrip(":")] = int(amount) * 1024 / 1e6
    private = fields["Private_Clean"] + fields["Private_Dirty"]
    found = {"rss": fields["Rss"], "pss": fields["Pss"], "private": private}
    return {name: round(value, 1) for name, value in found.items()}
