"""What can be had: three lists, and how each model would do on a machine of the test's."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from app.core.hardware import Hardware, load_hardware
from app.core.speed import Speed
from app.engine.messages import LoadFailed
from app.models.catalogue import Catalogue, ModelSpec, load_catalogue
from app.models.places import Place
from app.session.offers import Offer
from tests.data import MACHINES, MODEL, PROJECTOR
from tests.gui.session.fake_engine import FakeEngine
from tests.gui.session.office import MINI, Office

LAPTOP = load_hardware(MACHINES / "laptop-16gb-integrated.json")
KNOWN = load_catalogue()
CATALOGUE = Catalogue((MINI, *KNOWN.models))
NOWHERE = "http://127.0.0.1:9"  # a hub that nobody answers for

Open = Callable[..., Office]


@pytest.fixture
def open_office(tmp_path: Path, qtbot: QtBot) -> Iterator[Open]:
    """Opens an office on a laptop with 16 GB, the miniature in its folder."""
    opened: list[Office] = []

    def open_it(
        folder: Path | None = None, elsewhere: Callable[[], tuple[Place, ...]] = tuple
    ) -> Office:
        models = folder or MODEL.parent
        office = Office.open(
            tmp_path / "data", FakeEngine(), qtbot, models, elsewhere, catalogue=CATALOGUE
        )
        opened.append(office)
        office.preferences.change(hub_endpoint=NOWHERE)
        return office

    yield open_it
    for office in opened:
        office.close()


@pytest.fixture
def office(open_office: Open) -> Office:
    """An office that knows its models and its machine."""
    office = open_office()
    office.load_model()
    become(office, LAPTOP)
    office.offers.start()
    office.settle()
    return office


def become(office: Office, hardware: Hardware) -> None:
    """The machine has been examined, or was looked at again."""
    office.machine._gpus = hardware.gpus
    office.machine._take(hardware)


def of(offers: tuple[Offer, ...], variant: str) -> Offer:
    (found,) = [offer for offer in offers if offer.variant == variant]
    return found


def specs(variant: str) -> list[ModelSpec]:
    return [spec for spec in KNOWN.models if spec.variant == variant]


def test_nothing_is_computed_before_it_is_asked_for(open_office: Open) -> None:
    office = open_office()
    become(office, LAPTOP)
    office.shelf.rescan()
    office.settle()
    assert [offer.id for offer in office.offers.installed] == ["mini"]
    assert not any(offer.fit for offer in office.offers.all)
    assert office.offers.advice is None
    office.offers.start()
    office.settle()
    assert office.offers.installed[0].fit is not None
    assert office.offers.advice is not None


def test_each_size_is_offered_once_in_its_best_version(office: Office) -> None:
    available = office.offers.available
    assert [offer.variant for offer in available] == ["E2B", "E4B", "12B", "26B A4B", "31B"]
    assert [offer.id for offer in available] == [specs(offer.variant)[0].id for offer in available]
    others = office.offers.versions(of(available, "E4B"))
    assert [offer.id for offer in others] == [spec.id for spec in specs("E4B")[1:]]
    assert all(offer.fit is not None for offer in others)


def test_neither_starter_nor_embedding_model_is_offered(office: Office) -> None:
    kinds = [offer.spec for offer in office.offers.available]
    assert all(spec and spec.kind == "chat" and not spec.starter for spec in kinds)


def test_an_offer_says_how_it_would_do(office: Office) -> None:
    small, large = of(office.offers.available, "E2B"), of(office.offers.available, "31B")
    assert small.fit is not None
    assert large.fit is not None
    assert small.fit.verdict == "comfortable"
    assert small.speed == small.fit.decode
    assert not small.measured
    assert small.note == "QAT Q4_0"
    assert large.fit.verdict == "no"
    assert large.note == "QAT Q4_0, needs 32 GB"
    assert large.fit.reason
    crowded = of(office.offers.available, "12B")
    assert crowded.fit is not None
    assert crowded.fit.verdict == "no"
    assert crowded.note == "QAT Q4_0, needs 10 GB free"


def test_what_is_recommended_is_available(office: Office) -> None:
    advice = office.offers.advice
    assert advice is not None
    assert advice.best is not None
    best = office.offers.get(office.offers.recommended)
    assert best is not None
    assert best.variant == advice.best.spec.variant


def test_a_size_of_which_a_version_is_installed_is_offered_in_its_menu_only(
    open_office: Open, tmp_path: Path
) -> None:
    first, *rest = specs("E2B")
    folder = tmp_path / "models" / first.id
    folder.mkdir(parents=True)
    for file in first.files:
        if file.role != "drafter":
            (folder / file.name).touch()
            with (folder / file.name).open("r+b") as written:
                written.truncate(file.bytes)  # of holes: it takes no room
    office = open_office(tmp_path / "models")
    office.shelf.rescan()
    become(office, LAPTOP)
    office.offers.start()
    office.settle()
    (installed,) = office.offers.installed
    assert (installed.id, installed.variant, installed.note) == (first.id, "E2B", "QAT Q4_0")
    assert installed.fit is None, "nothing can be said of a file without a head"
    assert office.offers.fit_at(installed, 4096) is None
    assert "E2B" not in [offer.variant for offer in office.offers.available]
    assert [offer.id for offer in office.offers.versions(installed)] == [s.id for s in rest]


def test_what_was_measured_here_counts_more_than_what_is_predicted(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = {MODEL.name: Speed(None, 88.0)}
    monkeypatch.setattr(type(office.speeds), "measured", property(lambda _speeds: measured))
    office.speeds.changed.emit()
    office.settle()
    mini = office.offers.installed[0]
    assert (mini.speed, mini.measured) == (88.0, True)


def test_the_loaded_one_is_marked(office: Office) -> None:
    assert office.offers.installed[0].state == "loaded"
    office.shelf.sleep()
    assert office.offers.installed[0].state == "loaded", "asleep is told by the shelf"
    office.shelf.reload()
    assert office.offers.installed[0].state == "loading"
    office.engine.say(LoadFailed("It is cut short.", "Fetch it again."))
    office.until(lambda: office.shelf.state == "failed")
    assert office.offers.installed[0].state == "installed"


def test_a_download_is_shown_from_its_order_to_its_cancel(office: Office) -> None:
    spec = specs("12B")[1]
    office.downloads.start(spec)
    offer = of(office.offers.available, "12B")
    assert (offer.id, offer.state) == (spec.id, "downloading")
    assert offer.download is not None
    assert offer.download.state == "running"
    office.downloads.pause(spec.id)
    office.until(lambda: of(office.offers.available, "12B").download is not None)
    download = of(office.offers.available, "12B").download
    assert download is not None
    assert download.state == "paused"
    office.downloads.cancel(spec.id)
    office.settle()
    offer = of(office.offers.available, "12B")
    assert (offer.id, offer.state, offer.download) == (specs("12B")[0].id, "available", None)


def test_fits_follow_the_memory_when_it_changes_noticeably(office: Office) -> None:
    before = of(office.offers.available, "E4B").fit
    become(office, msgspec.structs.replace(LAPTOP, available=9_900_000_000))
    office.settle()
    assert of(office.offers.available, "E4B").fit is before
    become(office, msgspec.structs.replace(LAPTOP, available=3_000_000_000, gpus=()))
    office.settle()
    after = of(office.offers.available, "E4B").fit
    assert before is not None
    assert after is not None
    assert (before.verdict, after.verdict) == ("comfortable", "no")
    assert office.offers.hardware is not None
    assert office.offers.hardware.available == 3_000_000_000


def test_fits_follow_the_context(office: Office) -> None:
    offer = of(office.offers.available, "E4B")
    assert offer.fit is not None
    assert offer.fit.context == 8192
    longer = office.offers.fit_at(offer, 131072)
    assert longer is not None
    assert longer.total > offer.fit.total
    office.preferences.change(context=131072)
    office.settle()
    assert office.offers.context == 131072
    assert of(office.offers.available, "E4B").fit == longer


def test_a_model_of_another_program_is_found_until_it_is_used(
    open_office: Open, tmp_path: Path
) -> None:
    theirs = tmp_path / "lmstudio"
    place = theirs / "somebody" / "mini-GGUF"
    place.mkdir(parents=True)
    for file in (MODEL, PROJECTOR):
        (place / file.name).write_bytes(file.read_bytes())
    empty = tmp_path / "none"
    empty.mkdir()
    office = open_office(empty, lambda: (Place("lm-studio", theirs, "files"),))
    become(office, LAPTOP)
    office.offers.start()
    office.shelf.rescan()
    office.settle()
    office.settle()
    (found,) = office.offers.found
    assert found.state == "found"
    assert found.note.endswith("in LM Studio")
    assert found.fit is not None
    assert found.model is not None
    office.shelf.use(found.model)
    office.until(lambda: office.engine.loads)
    office.settle()
    assert not office.offers.found
    assert [offer.state for offer in office.offers.installed] == ["loading"]
