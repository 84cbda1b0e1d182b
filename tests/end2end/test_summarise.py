"""`facet summarise` and `facet ask --file` with real documents, the reader process, and an engine
of the real size of these tests: what they claim to have read is checked against the document."""

import json
import random
import signal
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.data import pdf_files
from tests.end2end.command import Command
from tests.end2end.models import MINIATURE, STARTER

PAGES = 100
FACTS = {  # on known pages
    7: "The lighthouse at Orrin Point was built in 1874.",
    42: "The harbour master of Tarn paid 5316 crowns for the bell.",
    93: "Agnes Thorn crossed the northern bay in 1911.",
}
ALL = list(range(1, PAGES + 1))


@pytest.fixture(scope="module")
def facet(tmp_path_factory: pytest.TempPathFactory) -> Command:
    return Command(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100 pages of plain text with facts on three of them."""
    chance = random.Random(6)
    words = [
        "boats",
        "nets",
        "ropes",
        "tides",
        "gulls",
        "lamps",
        "sails",
        "storms",
        "maps",
        "barrels",
        "crews",
        "winds",
    ]
    pages = []
    for number in range(1, PAGES + 1):
        rows = [
            f"The {chance.choice(words)} and the {chance.choice(words)} came before the "
            f"{chance.choice(words)}."
            for _ in range(6)
        ]
        pages.append(
            "\n".join([*rows[:6], *([FACTS[number]] if number in FACTS else []), *rows[6:]])
        )
    path = tmp_path_factory.mktemp("files") / "report.pdf"
    path.write_bytes(pdf_files.simple(pages).written())
    return path


def events(facet: Command, *arguments: str | Path) -> list[dict[str, Any]]:
    answer = facet(*arguments)
    assert answer.returncode == 0, answer.stderr
    return [json.loads(line) for line in answer.stdout.splitlines()]


def summarise(facet: Command, *arguments: str | Path) -> list[dict[str, Any]]:
    usual = ["--json", "--model", MINIATURE, "--threads", "1", "--max-tokens", "20"]
    return events(facet, "summarise", *usual, *arguments)


def test_every_page_of_a_hundred_is_read_and_the_bookkeeping_shows_it(
    facet: Command, report: Path
) -> None:
    told = summarise(facet, report)
    done = told[-1]
    assert done["event"] == "done"
    (coverage,) = done["coverage"]
    assert coverage["read"] == ALL
    assert coverage["complete"]
    assert (coverage["total"], coverage["left_out"], coverage["how"]) == (PAGES, [], "sections")
    steps = [event for event in told if event["event"] == "step"]
    notes = [step for step in steps if step["kind"] == "notes"]
    # The sections that were put to the model follow each other from the first page to the last.
    assert notes[0]["first"] == 1
    assert notes[-1]["last"] == PAGES
    for before, after in pairwise(notes):
        assert after["first"] in (before["last"], before["last"] + 1)
    assert steps[-1]["kind"] == "answer"
    (document,) = [event for event in told if event["event"] == "document"]
    assert document["pages"] == ALL
    assert done["notes"].count("**[pp. ") == len(notes)


def test_only_the_pages_that_were_asked_for_are_read(facet: Command, report: Path) -> None:
    done = summarise(facet, report, "--pages", "3-9,42")[-1]
    (coverage,) = done["coverage"]
    assert coverage["read"] == [3, 4, 5, 6, 7, 8, 9, 42]
    assert not coverage["complete"]
    assert coverage["left_out"] == ["Pages 1-2, 10-41, 43-100: not asked for."]


def test_a_pointed_question_finds_its_page_and_the_citation_holds(
    facet: Command, report: Path
) -> None:
    question = "How many crowns did the harbour master of Tarn pay for the bell?"
    options = ["--model", STARTER, "--context", "2048", "--temperature", "0", "--max-tokens", "30"]
    told = events(facet, "ask", "--json", *options, "--file", report, question)
    done = told[-1]
    (coverage,) = done["coverage"]
    assert coverage["how"] == "search"
    assert 42 in coverage["read"]
    assert len(coverage["read"]) < 20
    assert "5316" in done["text"]
    for citation in done["citations"]:
        assert citation["state"] in ("found", "not_found", "no_page")


def test_a_scanned_page_is_looked_at_by_a_model_that_sees_and_named_by_one_that_does_not(
    facet: Command, tmp_path: Path
) -> None:
    pdf = pdf_files.Pdf()
    pdf.page(pdf_files.lines([FACTS[7]]))
    picture = pdf.picture(120, 170, bytes(range(120)) * 170)
    pdf.page(b"q 595 0 0 842 0 0 cm %s Do Q" % picture.split()[0], images=picture)
    path = tmp_path / "mixed.pdf"
    path.write_bytes(pdf.written())
    answer = facet("ask", "--model", STARTER, "--max-tokens", "5", "--file", path, "When?")
    assert answer.returncode == 0, answer.stderr
    assert "mixed.pdf: Read 1 of 2 pages." in answer.stderr
    assert "mixed.pdf: Page 2: a picture, which this model can't see." in answer.stderr
    told = summarise(facet, path)
    (coverage,) = told[-1]["coverage"]
    assert coverage["pictures"] == [2]
    assert coverage["read"] == [1, 2]
    assert [event["kind"] for event in told if event["event"] == "step"] == ["look", "answer"]


@pytest.fixture
def started(facet: Command, report: Path) -> Iterator["subprocess.Popen[str]"]:
    """A summary that takes long enough to be stopped."""
    pipe = subprocess.PIPE
    arguments = ["summarise", "--json", "--model", MINIATURE, "--context", "1024", "--threads", "1"]
    with facet.start(*arguments, report, stdout=pipe, stderr=pipe) as process:
        try:
            yield process
        finally:
            process.kill()


def test_ctrl_c_keeps_the_notes_so_far_with_true_coverage(
    started: "subprocess.Popen[str]",
) -> None:
    assert started.stdout is not None
    told: list[dict[str, Any]] = []
    for line in started.stdout:
        told.append(json.loads(line))
        if told[-1]["event"] == "step" and told[-1]["number"] == 2:
            started.send_signal(signal.SIGINT)
            break
    told += [json.loads(line) for line in started.stdout]
    assert started.wait(timeout=20) == 130
    done = told[-1]
    assert (done["event"], done["outcome"], done["text"]) == ("done", "stopped", "")
    (coverage,) = done["coverage"]
    assert not coverage["complete"]
    # What was read are the sections before the one that was stopped, and none of it.
    steps = [event for event in told if event["event"] == "step"]
    assert 2 <= len(steps) < steps[0]["total"]
    # (The signal may have come when one was just over.)
    assert coverage["read"] in (ALL[: steps[-2]["last"]], ALL[: steps[-1]["last"]])
    assert done["notes"].startswith(f"**[pp. 1-{steps[0]['last']}]**")


def test_a_damaged_document_is_refused_in_a_line(facet: Command, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7\nnothing more")
    answer = facet("summarise", "--model", MINIATURE, broken)
    assert (answer.returncode, answer.stdout) == (1, "")
    (line,) = answer.stderr.splitlines()
    assert "broken.pdf" in line
