"""How far the measurement of memory bandwidth can be trusted: repeated on an idle machine and with
a process that keeps one core busy, against a plain sum over a large array for two seconds, read by
as many threads. GB/s. Also how long it takes to find out everything. Prints one JSON object."""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from app.models.bandwidth import measure_bandwidth
from app.models.hardware import probe
from app.models.processor import this_processor
from tests.bench.figures import spread

RUNS = 10
PAUSE = 0.3  # seconds between measurements, so that they don't all meet the same disturbance
REFERENCE_SECONDS = 2.0
REFERENCE_BYTES = 2**30
BUSY = "while True: pass"


def main() -> int:
    processor = this_processor()
    cores, cache = processor.cores(), processor.cache()

    def measured() -> float:
        return measure_bandwidth(cores, cache) / 1e9

    reference = [plain_sum(cores), plain_sum(cores)]
    idle = repeated(measured)
    busy = [sys.executable, "-c", BUSY]
    with subprocess.Popen(busy) as process:
        try:
            disturbed = repeated(measured)
            reference_disturbed = plain_sum(cores)
        finally:
            process.kill()
    with tempfile.TemporaryDirectory() as folder:
        durations = [seconds(lambda: probe(Path(folder))) * 1000 for _ in range(5)]
    result = {
        "processor": processor.name(),
        "cores": cores,
        "bandwidth_gb_s": spread(idle),
        "bandwidth_gb_s_one_core_busy": spread(disturbed),
        "plain_sum_gb_s": spread(reference),
        "plain_sum_gb_s_one_core_busy": round(reference_disturbed, 1),
        "whole_probe_ms": spread(durations),
    }
    print(json.dumps(result))
    return 0


def repeated(measure: Callable[[], float]) -> list[float]:
    values = []
    for _ in range(RUNS):
        values.append(measure())
        time.sleep(PAUSE)
    return values


def plain_sum(threads: int) -> float:
    """GB/s of numpy's sum over an array of 1 GiB, each thread reading its part again and again."""
    array = np.ones(REFERENCE_BYTES // 8, np.uint64)
    parts = np.array_split(array, threads)
    read = [0] * threads
    end = time.perf_counter() + REFERENCE_SECONDS

    def work(index: int) -> None:
        pieces = np.array_split(parts[index], 64)
        while time.perf_counter() < end:
            for piece in pieces:
                piece.sum()
                read[index] += piece.nbytes

    began = time.perf_counter()
    workers = [threading.Thread(target=work, args=(index,)) for index in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(read) / (time.perf_counter() - began) / 1e9


def seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
