"""What a long PDF file costs: reading it, beside PDFium alone, in turns; the first page to be seen;
a search in it.

The file is Debian's manual of R (package r-doc-pdf, 2,400 pages), which is fetched by apt-get and
unpacked to the cache folder; or the one that is named. Each reading is done by a process of its
own. Prints one JSON object.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import platformdirs

from app.core.document import Extract
from app.documents.reader.client import Reader
from app.documents.search import Index
from tests.bench.figures import spread, tail

ROOT = Path(__file__).parents[2]
PACKAGE = "r-doc-pdf"
MANUAL = Path("usr/share/R/doc/manual/fullrefman.pdf")
BLOB = "0" * 64
QUESTIONS = (
    "How are missing values handled in a regression?",
    "random number generator seed",
    "What does the function chull return?",
    "colours of a palette",
    "difference between lapply and sapply",
    "cubic spline interpolation",
    "read a table from a file with fixed width",
    "Which optimisation methods need a gradient?",
    "p-value of the Shapiro-Wilk test",
    "time zones",
)
SEARCHES = 20  # of each question
PASSAGE = "a logical value that says whether missing values are removed"
WIDTH = 900  # pixels of a rendered page

# Each prints its seconds, its characters and the most memory that it took, in MB: pypdfium2 and
# nothing else, its import included; and Facet's reader, with the start of its process.
ALONE = """
import json, resource, sys, time
begun = time.perf_counter()
import pypdfium2
document = pypdfium2.PdfDocument(sys.argv[1])
characters = 0
for page in document:
    text = page.get_textpage()
    characters += len(text.get_text_range())
    text.close()
    page.close()
seconds = time.perf_counter() - begun
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
print(json.dumps({"seconds": seconds, "characters": characters, "memory_mb": most}))
"""
READER = """
import json, resource, sys, time
from pathlib import Path
from app.documents.reader.client import Reader
reader = Reader()
begun = time.perf_counter()
extract = reader.extract(Path(sys.argv[1]), "manual.pdf")
seconds = time.perf_counter() - begun
most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
print(json.dumps({"seconds": seconds, "characters": extract.characters, "memory_mb": most,
                  "memory_of_caller_mb": ours}))
"""
WAYS = {"alone": ALONE, "reader": READER}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    path = (arguments.file or manual()).resolve()
    readings = compared(path, arguments.runs)
    reader = Reader()
    extract = reader.extract(path, path.name)
    reader.close()
    result = {
        "file": path.name,
        "pages": extract.total,
        "reading": readings,
        "look": looks(path, arguments.runs),
        "search": searches(extract),
    }
    print(json.dumps(result))
    return 0


def manual() -> Path:
    """The manual in the cache folder, where it is put first if need be."""
    folder = platformdirs.user_cache_path("facet-bench") / PACKAGE
    path = folder / MANUAL
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder) as fetched:
            fetch = ["apt-get", "download", PACKAGE]
            subprocess.run(fetch, cwd=fetched, check=True, stdout=sys.stderr)
            (package,) = Path(fetched).glob("*.deb")
            subprocess.run(["dpkg-deb", "-x", str(package), str(folder)], check=True)
    return path


def compared(path: Path, runs: int) -> dict[str, object]:
    """Seconds and memory of both readings. ``ratio`` is that of the seconds of neighbours."""
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for run in range(-1, runs):  # the first does not count
        for way, script in WAYS.items():
            command = [sys.executable, "-c", script, str(path)]
            out = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
            if run >= 0:
                found[way].append(json.loads(out))
    pairs = zip(found["reader"], found["alone"], strict=True)
    ratios = [one["seconds"] / other["seconds"] for one, other in pairs]
    figures: dict[str, object] = {way: together(measures) for way, measures in found.items()}
    return {"ratio": spread(ratios, 2), **figures}


def together(measures: list[dict[str, float]]) -> Mapping[str, dict[str, float]]:
    """The spread of each figure."""
    return {name: spread([one[name] for one in measures], 2) for name in measures[0]}


def looks(path: Path, runs: int) -> dict[str, object]:
    """Milliseconds until a page is there as a PNG: the first one of a file, for which a process is
    started, and those after it; and until a passage has been found on a page."""
    first, after, places = [], [], []
    for _run in range(runs):
        reader = Reader()
        first.append(milliseconds(partial(reader.render, path, 1, WIDTH)))
        for page in range(100, 120):
            after.append(milliseconds(partial(reader.render, path, page, WIDTH)))
            places.append(milliseconds(partial(reader.locate, path, page, PASSAGE)))
        reader.close()
    return {
        "unit": "ms",
        "first_page": spread(first),
        "next_page": tail(after),
        "locate": tail(places),
    }


def searches(extract: Extract) -> dict[str, object]:
    """Milliseconds of a search in an index that is there; ``add_s`` is how long it takes to make
    it."""
    with TemporaryDirectory() as folder:
        index = Index(Path(folder) / "index.db")
        begun = time.perf_counter()
        index.add(BLOB, extract)
        made = time.perf_counter() - begun
        took = [
            milliseconds(partial(index.search, question, [BLOB]))
            for _round in range(SEARCHES)
            for question in QUESTIONS
        ]
        found = sum(bool(index.search(question, [BLOB])) for question in QUESTIONS)
        index.close()
    return {"unit": "ms", **tail(took), "add_s": round(made, 2), "answered": found}


def milliseconds(work: Callable[[], object]) -> float:
    """How long ``work`` takes."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    sys.exit(main())
