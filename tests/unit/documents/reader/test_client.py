"""Reading in another process: progress, Stop, limits, and that nothing is left of it."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from app.core.document import Page
from app.core.errors import AppError
from app.documents.reader.client import Limits, Reader
from app.documents.reader.formats import Context
from app.documents.reader.messages import About, Event, Read
from app.documents.reader.process import Process
from app.documents.reader.reading import Reading
from tests.data.pdf_files import lines, simple

PATIENCE = 20.0  # seconds
WORDS = [f"The words of page {n}" for n in range(1, 301)]


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    made = Reader(log=tmp_path / "logs" / "reader.log")
    yield made
    made.close()


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "paper.pdf"
    path.write_bytes(simple(WORDS).written())
    return path


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A file whose second page takes minutes, and whose third is like the first."""
    pdf = simple(["The first page"])
    # Each pair of hairlines crosses all others, and all of it is transparent and clipped.
    strokes = b"".join(b"%d 0 m %d 842 l S " % (n % 595, (n * 7) % 595) for n in range(3000))
    form = pdf.add(
        b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Group << /S /Transparency >>", strokes
    )
    pdf.page(b"/X Do " * 30_000, images=b"/X %d 0 R" % form)
    pdf.page(lines(["The last page"]))
    path = tmp_path / "slow.pdf"
    path.write_bytes(pdf.written())
    return path


def children() -> set[int]:
    """The processes that this one has started and that are still there, dead ones included."""
    while True:
        try:
            lists = [task / "children" for task in Path("/proc/self/task").iterdir()]
            return {int(pid) for one in lists for pid in one.read_text().split()}
        except FileNotFoundError:
            continue  # a thread has just ended, and its children are another's now


def wait_until(what: Callable[[], object]) -> None:
    ends = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_progress_is_told_and_ends_with_everything(reader: Reader, paper: Path) -> None:
    told: list[tuple[int, int]] = []
    threads = set()

    def tell(read: int, total: int) -> None:
        told.append((read, total))
        threads.add(threading.current_thread())

    extract = reader.extract(paper, "paper.pdf", told=tell)
    assert len(extract.pages) == extract.total == 300
    assert told[-1] == (300, 300)
    assert told == sorted(told)
    assert threads == {threading.current_thread()}


def test_nothing_is_left_of_a_reading(reader: Reader, paper: Path) -> None:
    before = children()
    reader.extract(paper, "paper.pdf")
    assert children() == before
    assert not [one for one in threading.enumerate() if one.name == "reader pipe"]


def test_stop_ends_a_reading_at_once(reader: Reader, slow: Path) -> None:
    before = children()
    stop = threading.Event()

    def tell(read: int, _total: int) -> None:
        if read == 1:
            stop.set()

    with pytest.raises(AppError) as stopped:
        reader.extract(slow, "slow.pdf", told=tell, stop=stop)
    assert stopped.value.code == "document-stopped"
    assert children() == before


def test_closing_stops_what_is_being_read(reader: Reader, slow: Path) -> None:
    before = children()
    codes: list[str] = []
    begun = threading.Event()

    def read() -> None:
        try:
            reader.extract(slow, "slow.pdf", told=lambda _read, _total: begun.set())
        except AppError as error:
            codes.append(error.code)

    thread = threading.Thread(target=read)
    thread.start()
    assert begun.wait(PATIENCE)
    reader.close()
    thread.join(PATIENCE)
    assert codes == ["document-stopped"]
    assert children() == before
    with pytest.raises(AppError):
        reader.extract(slow, "slow.pdf")
    reader.close()


def test_a_page_that_takes_too_long_is_left_out(slow: Path) -> None:
    reader = Reader(Limits(page_seconds=1.5))
    extract = reader.extract(slow, "slow.pdf")
    texts = [page.text for page in extract.pages]
    assert (texts[0], texts[-1], extract.total) == ("The first page", "The last page", 3)
    (left_out,) = [page for page in extract.pages if page.problem]
    assert left_out.number == 2
    assert left_out.problem.startswith("Page 2 was left out")


def test_a_document_of_which_no_page_can_be_read_is_refused(tmp_path: Path) -> None:
    pdf = simple([])
    pdf.page(b"0 0 m " + b"1 1 l " * 1_500_000 + b"S")
    path = tmp_path / "large.pdf"
    path.write_bytes(pdf.written())
    with pytest.raises(AppError) as refused:
        Reader(Limits(memory=30_000_000)).extract(path, "large.pdf")
    assert refused.value.code in ("document-damaged", "document-limit")


def test_a_document_that_takes_too_long_keeps_what_was_read(slow: Path) -> None:
    reader = Reader(Limits(seconds=2))
    extract = reader.extract(slow, "slow.pdf")
    assert extract.pages[0].text == "The first page"
    assert extract.total == 3
    assert extract.missing[-1] == "Pages 2 to 3 are missing. It takes too long to read."


def test_a_process_that_is_killed_is_replaced(reader: Reader, paper: Path) -> None:
    before = children()
    killed: list[int] = []

    def tell(_read: int, _total: int) -> None:
        new = children() - before
        if not killed and new:
            killed.extend(new)
            os.kill(killed[0], signal.SIGKILL)

    extract = reader.extract(paper, "paper.pdf", told=tell)
    assert killed
    assert [page.text for page in extract.pages] == [
        f"The words of page {n}" for n in range(1, 301)
    ]


def test_limits_of_pages_and_text_say_what_is_missing(paper: Path) -> None:
    few = Reader(Limits(pages=7)).extract(paper, "paper.pdf")
    assert (len(few.pages), few.total) == (7, 300)
    assert few.missing == (
        "Pages 8 to 300 are missing. Facet doesn't read more pages of one document.",
    )
    short = Reader(Limits(characters=100)).extract(paper, "paper.pdf")
    assert sum(len(page.text) for page in short.pages) <= 100
    assert short.missing[0].startswith(f"Pages {len(short.pages) + 1} to 300 are missing.")


def test_memory_is_limited(tmp_path: Path) -> None:
    """A page that needs much more is left out, and the one after it is read."""
    pdf = simple(["The first page"])
    pdf.page(b"0 0 m " + b"1 1 l " * 1_500_000 + b"S")
    pdf.page(lines(["The last page"]))
    path = tmp_path / "large.pdf"
    path.write_bytes(pdf.written())
    extract = Reader(Limits(memory=30_000_000)).extract(path, "large.pdf")
    assert [page.text for page in extract.pages if page.text] == ["The first page", "The last page"]
    assert [page.number for page in extract.pages if page.problem] == [2]
    assert not [page for page in Reader().extract(path, "large.pdf").pages if page.problem]


@pytest.mark.parametrize("what", ["gone", "pipe", "folder"])
def test_what_is_no_file_is_refused(reader: Reader, tmp_path: Path, what: str) -> None:
    path = tmp_path / "thing.pdf"
    if what == "pipe":
        os.mkfifo(path)  # nobody writes to it: opening it would never end
    elif what == "folder":
        path.mkdir()
    with pytest.raises(AppError) as refused:
        reader.extract(path, "thing.pdf")
    assert refused.value.code == ("attachment-missing" if what == "gone" else "document-kind")


def test_names_need_not_be_text(reader: Reader, tmp_path: Path, paper: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.pdf"))
    odd.write_bytes(paper.read_bytes())
    assert reader.extract(odd, "café.pdf").total == 300


def test_documents_are_read_side_by_side(reader: Reader, paper: Path) -> None:
    totals: list[int] = []
    threads = [
        threading.Thread(target=lambda: totals.append(reader.extract(paper, "a").total))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert totals == [300, 300, 300]


def test_one_process_looks_until_it_has_nothing_to_do(paper: Path) -> None:
    before = children()
    reader = Reader(idle=0.5)
    reader.render(paper, 1, 50)
    first = children() - before
    reader.locate(paper, 2, "page 2")
    assert children() - before == first
    # A zombie, until the next look finds out.
    (pid,) = first
    wait_until(lambda: Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z")
    assert reader.locate(paper, 2, "page 2")
    second = children() - before
    assert len(second) == 1
    assert second != first
    reader.close()
    assert children() == before


def test_two_documents_at_most_can_be_looked_at_without_waiting(
    reader: Reader, paper: Path, tmp_path: Path
) -> None:
    before = children()
    for n in range(3):
        path = tmp_path / f"{n}.pdf"
        path.write_bytes(paper.read_bytes())
        reader.render(path, 1, 50)
    assert len(children() - before) == 2


def test_a_look_that_takes_too_long_is_given_up(slow: Path, paper: Path) -> None:
    before = children()
    reader = Reader(Limits(page_seconds=1.0))
    with pytest.raises(AppError) as refused:
        reader.render(slow, 2, 2000)
    assert refused.value.code == "document-limit"
    assert children() == before
    assert reader.render(paper, 1, 50)
    reader.close()


def test_the_process_gets_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    process = Process()
    environment = Path(f"/proc/{process.pid}/environ").read_bytes()
    command = Path(f"/proc/{process.pid}/cmdline").read_bytes()
    process.close()
    assert b"PATH=" in environment
    assert b"HF_TOKEN" not in environment
    assert command.split(b"\0")[1:3] == [b"-m", b"app.documents.reader.child"]


def test_the_log_has_no_contents(tmp_path: Path) -> None:
    """Not even where a file is so broken that the reader is at a loss."""
    log = tmp_path / "reader.log"
    reader = Reader(log=log)
    path = tmp_path / "private.pdf"
    data = simple(["A private word"]).written()
    path.write_bytes(data[: data.rindex(b"xref\n0")])
    assert reader.extract(path, "private.pdf").missing
    path.write_bytes(b"%PDF-1.7 private")
    with pytest.raises(AppError):
        reader.extract(path, "private.pdf")
    assert "private" not in log.read_text()


def test_what_goes_wrong_is_logged_without_quoting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def read(path: Path, name: str, context: Context) -> Iterator[Page]:
        yield Page(1, "words")
        raise ValueError("a private word")

    monkeypatch.setattr("app.documents.reader.pdf.reading.read", read)
    events: list[Event] = []
    Reading(Read(path=b"", name="a.pdf", limits=Limits()), "pdf", events.append).run(tmp_path)
    logged = capsys.readouterr().err
    assert "ValueError" in logged
    assert "in read" in logged
    assert "a private word" not in logged.replace('raise ValueError("a private word")', "")
    (*_, about) = [event for event in events if isinstance(event, About)]
    assert about.missing == ("What comes after page 1 may be missing. The file is damaged.",)


def test_limits_are_values() -> None:
    assert msgspec.structs.replace(Limits(), pages=3) == Limits(pages=3)
