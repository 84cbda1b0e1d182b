"""The window's queue of downloads, against a hub on this machine."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from app.core.errors import AppError
from app.models.catalogue import Catalogue, ModelSpec
from app.models.download import Transfer
from app.models.part_file import size_of
from app.session.downloads import Downloads
from app.session.jobs import Jobs
from app.session.preferences import Preferences
from app.storage.download_file import DownloadFile, Entry
from app.storage.settings_file import SettingsFile
from tests.hub import LocalHub
from tests.hub.shelf import REPOSITORY, SWIFT, some_bytes, spec_of

DEADLINE_MS = 20_000
FILES = {"one.gguf": some_bytes(600_000), "two.gguf": some_bytes(400_000, seed=2)}
ONE = spec_of({"one.gguf": FILES["one.gguf"]}, model_id="one")
TWO = spec_of({"two.gguf": FILES["two.gguf"]}, model_id="two")
PATIENT = msgspec.structs.replace(SWIFT, stall=60.0)


class Site:
    """One window's downloads, and what was told of them."""

    def __init__(self, folder: Path, hub: LocalHub, qtbot: QtBot) -> None:
        self.folder = folder / "models"
        self.file = DownloadFile(folder / "downloads.json")
        self.qtbot = qtbot
        self.work = Jobs()
        self.preferences = Preferences(SettingsFile(folder / "settings.json"), self.work)
        self.downloads = Downloads(
            Catalogue((ONE, TWO)),
            self.folder,
            self.file,
            self.preferences,
            self.work,
            environ={"HF_ENDPOINT": hub.url},
            patience=PATIENT,
        )
        self.finished: list[str] = []
        self.problems: list[AppError] = []
        self.downloads.finished.connect(self.finished.append)
        self.downloads.problem.connect(self.problems.append)

    @property
    def states(self) -> list[tuple[str, str]]:
        return [(job.spec.id, job.state) for job in self.downloads.jobs]

    def until(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=DEADLINE_MS)

    def settle(self) -> None:
        """Wait until the lane of the files has done all it was given."""
        reached: list[bool] = []
        self.work.run(lambda: True, reached.append)
        self.until(lambda: reached)

    def part(self, spec: ModelSpec) -> Path:
        return self.folder / spec.id / f"{spec.model_file.name}.part"

    def whole(self, spec: ModelSpec) -> bool:
        path = self.folder / spec.id / spec.model_file.name
        return path.is_file() and path.read_bytes() == FILES[path.name]

    def close(self) -> None:
        self.downloads.close()
        self.preferences.close()
        self.work.close()


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    with LocalHub({REPOSITORY: FILES}) as hub:
        yield hub


@pytest.fixture
def reopen(
    tmp_path: Path, hub: LocalHub, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Site]]:
    """Opens the site, as a start of the app would, and closes the one before."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    opened: list[Site] = []

    def open_site() -> Site:
        if opened:
            opened[-1].close()
        opened.append(Site(tmp_path, hub, qtbot))
        opened[-1].downloads.begin()
        opened[-1].settle()
        return opened[-1]

    yield open_site
    for site in opened:
        site.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("download")]


@pytest.fixture
def site(reopen: Callable[[], Site]) -> Site:
    return reopen()


def stalled(site: Site, hub: LocalHub, spec: ModelSpec = ONE, at: int = 300_000) -> None:
    """Start a download that stands still in the middle."""
    hub.misbehave(file=spec.model_file.name, stall_after=at)
    site.downloads.start(spec)
    site.until(lambda: size_of(site.part(spec)) == at)


def test_fetches_one_after_the_other(site: Site, hub: LocalHub) -> None:
    stalled(site, hub)
    site.downloads.start(TWO)
    site.downloads.start(ONE)  # it is in the queue already
    assert site.states == [("one", "running"), ("two", "queued")]
    assert site.downloads.of("two") == site.downloads.jobs[1]
    site.downloads.pause("one")
    assert ("one", "paused") in site.states
    site.until(lambda: site.finished == ["two"])
    site.downloads.resume("one")
    site.until(lambda: site.finished == ["two", "one"])
    assert site.states == []
    assert site.whole(ONE)
    assert site.whole(TWO)
    assert hub.sent() == 1_000_000
    assert site.problems == []


def test_tells_how_far_it_is(site: Site, hub: LocalHub) -> None:
    seen: list[Transfer] = []

    def note() -> None:
        job = site.downloads.of("one")
        if job is not None and job.transfer is not None:
            seen.append(job.transfer)

    site.downloads.changed.connect(note)
    hub.misbehave(file="one.gguf", rate=1_500_000.0)
    site.downloads.start(ONE)
    site.until(lambda: site.finished)
    assert {transfer.total for transfer in seen} == {600_000}
    assert {transfer.stage for transfer in seen} == {"waiting", "fetching", "checking"}
    done = [transfer.done for transfer in seen]
    assert done == sorted(done)
    assert len([d for d in done if 0 < d < 600_000]) >= 2
    assert len(seen) < 20


def test_a_paused_one_tells_how_far_it_is_but_no_rate(site: Site, hub: LocalHub) -> None:
    stalled(site, hub)
    site.until(lambda: site.downloads.jobs[0].transfer)
    site.downloads.pause("one")
    transfer = site.downloads.jobs[0].transfer
    assert transfer is not None
    assert transfer == Transfer(transfer.done, 600_000)


def test_resume_right_after_pause_goes_on(site: Site, hub: LocalHub) -> None:
    stalled(site, hub)
    site.downloads.pause("one")
    site.downloads.resume("one")
    site.until(lambda: site.finished == ["one"])
    assert hub.sent() == 600_000


def test_cancel_leaves_nothing(site: Site, hub: LocalHub) -> None:
    stalled(site, hub)
    site.downloads.cancel("one")
    assert site.states == []
    site.until(lambda: not (site.folder / "one").exists())
    stalled(site, hub)
    site.downloads.pause("one")
    site.downloads.cancel("one")
    site.until(lambda: not (site.folder / "one").exists())
    site.downloads.cancel("one")  # there is nothing to cancel
    site.settle()
    assert site.file.load() == ()


def test_start_right_after_cancel_starts_over(site: Site, hub: LocalHub) -> None:
    stalled(site, hub)
    site.downloads.cancel("one")
    site.downloads.start(ONE)
    assert site.states == [("one", "queued")]
    site.until(lambda: site.finished == ["one"])
    assert site.whole(ONE)
    assert hub.sent() == 900_000


def test_one_that_failed_stays_and_can_be_tried_again(site: Site, hub: LocalHub) -> None:
    hub.misbehave(file="one.gguf", flip_at=5)
    site.downloads.start(ONE)
    site.downloads.start(TWO)
    site.until(lambda: site.finished == ["two"])
    assert site.states == [("one", "failed")]
    problem = site.downloads.jobs[0].problem
    assert problem is not None
    assert problem.code == "checksum"
    assert site.problems == [problem]
    site.downloads.start(ONE)
    site.until(lambda: site.finished == ["two", "one"])


def test_an_endpoint_that_is_none_fails_at_once(site: Site) -> None:
    site.preferences.change(hub_endpoint="ftp://hub.example")
    site.downloads.start(ONE)
    site.downloads.start(TWO)
    assert site.states == [("one", "failed"), ("two", "failed")]
    assert {problem.code for problem in site.problems} == {"endpoint"}


def test_settings_count_from_the_next_download_on(site: Site, hub: LocalHub) -> None:
    hub.token = "hf_own"
    site.downloads.start(ONE)
    site.until(lambda: site.states == [("one", "failed")])
    site.preferences.change(hub_endpoint=hub.url, hub_token="hf_own")
    site.downloads.resume("one")
    site.until(lambda: site.finished == ["one"])


def test_the_queue_outlives_the_window(
    site: Site, hub: LocalHub, reopen: Callable[[], Site]
) -> None:
    stalled(site, hub)
    site.downloads.start(TWO)
    again = reopen()  # closes the first one, which was running
    again.until(lambda: again.finished == ["one", "two"])
    assert hub.sent() == 1_000_000
    last = reopen()
    assert last.states == []


def test_a_paused_one_waits_after_the_next_start(
    site: Site, hub: LocalHub, reopen: Callable[[], Site]
) -> None:
    stalled(site, hub)
    site.downloads.pause("one")
    site.settle()
    again = reopen()
    assert again.states == [("one", "paused")]
    assert again.downloads.jobs[0].transfer == Transfer(300_000, 600_000)
    again.downloads.resume("one")
    again.until(lambda: again.finished == ["one"])
    assert hub.sent() == 600_000


def test_one_that_the_terminal_left_is_listed_as_paused(
    site: Site, hub: LocalHub, reopen: Callable[[], Site]
) -> None:
    stalled(site, hub)
    site.downloads.pause("one")
    site.settle()
    site.file.path.unlink()  # as if the window had never known of it
    assert reopen().states == [("one", "paused")]


def test_what_was_asked_before_the_queue_was_read_joins_it(
    tmp_path: Path, hub: LocalHub, qtbot: QtBot
) -> None:
    DownloadFile(tmp_path / "downloads.json").save((Entry("two", paused=True), Entry("gone")))
    site = Site(tmp_path, hub, qtbot)
    site.downloads.start(ONE)
    site.downloads.begin()
    site.until(lambda: site.finished == ["one"])
    assert site.states == [("two", "paused")]
    site.settle()
    assert site.file.load() == (Entry("two", paused=True),)
    site.close()


def test_a_damaged_queue_is_an_empty_one(site: Site, reopen: Callable[[], Site]) -> None:
    site.file.path.write_text("{]")
    assert reopen().states == []


def test_close_does_not_wait_for_a_silent_server(site: Site, hub: LocalHub) -> None:
    stalled(site, hub)
    site.downloads.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("download")]
    site.downloads.close()
    assert site.part(ONE).stat().st_size == 300_000
