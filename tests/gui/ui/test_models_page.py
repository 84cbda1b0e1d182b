"""The page of models: what it shows, what its buttons, menus and keys do, and how it takes little
room."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.core.errors import AppError
from app.core.hardware import Hardware, load_hardware
from app.core.speed import Speed
from app.engine.messages import LoadFailed, Loading, Unloaded
from app.main import RESOURCES
from app.models.catalogue import Catalogue, load_catalogue
from app.models.download import Transfer
from app.models.fit import fit
from app.session.downloads import Download
from app.session.memory import MemoryUse
from app.ui.models import words
from app.ui.models.columns import columns
from app.ui.models.context_slider import steps
from app.ui.models.orders import Order
from app.ui.models.page import ModelsPage
from app.ui.models.row import OfferRow
from tests.data import MACHINES, MODEL, PROJECTOR
from tests.gui.session.office import MINI
from tests.gui.ui.conftest import Desktop

SCREENS = RESOURCES.parent / "build" / "screens"
LAPTOP = load_hardware(MACHINES / "laptop-16gb-integrated.json")
KNOWN = load_catalogue()
TWELVE, TWELVE_UD = [spec for spec in KNOWN.models if spec.variant == "12B"][:2]
LARGEST = next(spec for spec in KNOWN.models if spec.variant == "31B")
NOWHERE = "http://127.0.0.1:9"  # a hub that nobody answers for
KEYS = Qt.Key


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue((MINI, *KNOWN.models))


@pytest.fixture
def page(desktop: Desktop) -> ModelsPage:
    """The page of a laptop with 16 GB; the miniature is loaded."""
    desktop.office.preferences.change(hub_endpoint=NOWHERE)
    become(desktop, LAPTOP)
    return shown(desktop)


def shown(desktop: Desktop) -> ModelsPage:
    desktop.window.open_models()
    desktop.settle()
    desktop.settle()  # what was found is computed in another lane
    found = desktop.window.pages.models
    assert found is not None
    assert found.isVisible()
    return found


def become(desktop: Desktop, hardware: Hardware) -> None:
    """The machine has been examined."""
    desktop.office.machine._gpus = hardware.gpus
    desktop.office.machine._take(hardware)
    desktop.settle()


def row(page: ModelsPage, offer_id: str) -> OfferRow:
    found = page._row(offer_id)
    assert found is not None, [row.offer.id for row in page._rows()]
    return found


def titles(page: ModelsPage) -> list[str]:
    return [row.facts.title for row in page._rows()]


def queue(desktop: Desktop, **fields: Any) -> None:
    """Have 12B in the queue of downloads, as far as ``fields`` say."""
    job = Download(TWELVE, **fields)
    desktop.office.downloads._queue[TWELVE.id] = job
    desktop.office.downloads.changed.emit()
    desktop.settle()


# -- coming and going ------------------------------------------------------------------------


def test_a_shortcut_opens_it_and_escape_leaves_it(desktop: Desktop) -> None:
    window = desktop.window
    desktop.control(KEYS.Key_M)
    page = window.pages.models
    assert page is not None
    assert page.isVisible()
    assert not window.page.isVisible()
    assert window.sidebar.models.here
    assert not window.sidebar._new.here
    assert window.windowTitle() == "Models – Facet"
    desktop.key(KEYS.Key_Escape)
    assert window.page.isVisible()
    assert desktop.focused is window.page.composer.edit
    assert not window.sidebar.models.here
    assert window.windowTitle() == "New chat – Facet"
    desktop.control(KEYS.Key_M)
    desktop.control(KEYS.Key_M)
    assert window.page.isVisible()


def test_the_sidebar_and_the_menu_of_models_lead_to_it(desktop: Desktop) -> None:
    window = desktop.window
    desktop.click(window.sidebar.models)
    assert window.pages.at_models
    desktop.click(window.sidebar._new)
    assert not window.pages.at_models
    desktop.click(window.sidebar.status._model)
    desktop.choose("All models")
    assert window.pages.at_models


def test_the_ring_is_seen_by_those_who_came_with_the_keyboard(desktop: Desktop) -> None:
    desktop.office.shelf.rescan()
    desktop.settle()
    desktop.click(desktop.window.sidebar.models)
    page = desktop.window.pages.models
    assert page is not None
    assert desktop.focused in page._rows()
    assert desktop.theme.focus_ring.target is None
    desktop.window.close_models()
    desktop.control(KEYS.Key_M)
    assert desktop.theme.focus_ring.target is desktop.focused


def test_opening_a_chat_leaves_it(desktop: Desktop) -> None:
    desktop.office.exchange("Tides", "They come and go.")
    desktop.settle()
    page = shown(desktop)
    assert not desktop.window.sidebar.list.selectedIndexes()
    desktop.window.sidebar.chat_chosen.emit(desktop.office.chat.id)
    assert not page.isVisible()
    assert desktop.window.windowTitle() == "Tides – Facet"
    assert len(desktop.window.sidebar.list.selectedIndexes()) == 1


def test_letters_typed_there_go_nowhere(desktop: Desktop, page: ModelsPage) -> None:
    desktop.type("abc")
    assert desktop.window.page.composer.edit.toPlainText() == ""
    assert page.isVisible()


def test_a_deleted_chat_can_be_taken_back_there(desktop: Desktop) -> None:
    desktop.office.exchange("Tides", "They come and go.")
    desktop.settle()
    shown(desktop)
    desktop.office.chats.delete(desktop.office.chat.id)
    undo = desktop.window.pages.undo
    assert undo.isVisible()
    desktop.control(KEYS.Key_Z)
    assert not undo.isVisible()
    assert [chat.title for chat in desktop.office.chats.summaries] == ["Tides"]


# -- what it shows ---------------------------------------------------------------------------


def test_rows_say_everything(
    desktop: Desktop, page: ModelsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = {MODEL.name: Speed(None, 22.4)}
    monkeypatch.setattr(type(desktop.office.speeds), "measured", property(lambda _speeds: measured))
    desktop.office.speeds.changed.emit()
    desktop.settle()
    assert titles(page) == [
        "Mini Gemma",
        *(f"Gemma 4 {size}" for size in ("E2B", "E4B", "12B", "26B A4B", "31B")),
    ]
    mini = row(page, "mini")
    assert mini.accessibleName() == "Mini Gemma, loaded, comfortable, 22 tokens a second"
    assert mini.facts.speed == ("22.4", " tok/s")
    assert mini.facts.dot == "ok"
    assert mini.facts.disk == "7 MB"
    assert "takes text, pictures, sounds" in mini.accessibleDescription()
    large = row(page, LARGEST.id)
    assert large.facts.verdict.word == "Too large"
    assert large.button.text() == "Why?"
    assert large.accessibleName().startswith("Gemma 4 31B, to download, too large, about ")


def test_the_size_for_this_machine_is_recommended(desktop: Desktop, page: ModelsPage) -> None:
    best = desktop.office.offers.recommended
    assert row(page, best).facts.mark == "Recommended"
    assert [row.facts.mark for row in page._rows()].count("Recommended") == 1
    advice = desktop.office.offers.advice
    assert advice is not None
    assert page.available._caption.text() == advice.why


def test_nothing_installed_and_nothing_found(
    open_desktop: Callable[..., Desktop], tmp_path: Path
) -> None:
    desktop = open_desktop(models=tmp_path / "none")
    desktop.office.shelf.start()
    desktop.settle()
    become(desktop, LAPTOP)
    page = shown(desktop)
    assert page.installed._empty.isVisible()
    assert not page.found.isVisible()
    assert not page.overview.slider.isEnabled()
    assert titles(page)[:2] == ["Mini Gemma", "Gemma 4 E2B"]
    assert row(page, "mini").offer.state == "available"


def test_the_memory_is_parted(desktop: Desktop, page: ModelsPage) -> None:
    gb = 10**9
    desktop.window.hide()  # so that the real figures stay away
    desktop.office.shelf.memory = MemoryUse(gb // 2, 6 * gb, 16 * gb, 8 * gb, 2 * gb)
    desktop.office.shelf.memory_changed.emit()
    memory = page.overview.memory
    # What is mapped of files is counted once, as ours.
    assert memory.told == "Memory, 16 GB: 6.5 Facet · 3.5 other programs · 6.0 free"
    assert memory.bar.value() == 62
    assert not page.overview.card.isVisible(), "an integrated processor has no memory of its own"


def test_a_graphics_card_has_its_own_memory(desktop: Desktop, page: ModelsPage) -> None:
    machine = load_hardware(MACHINES / "rtx4060-8gb.json")
    become(desktop, machine)
    (card,) = machine.gpus
    line = page.overview.card
    assert line.isVisible()
    assert line.told.startswith(f"{card.description}, {card.total / 1e9:.1f} GB: ")
    fit = desktop.office.offers.installed[0].fit
    assert fit is not None
    assert f": {fit.device_memory.total / 1e9:.1f} Facet · " in line.told
    desktop.office.shelf.unload()
    assert ": 0.0 Facet · " in line.told


# -- loading ---------------------------------------------------------------------------------


def test_a_model_is_unloaded_and_loaded(desktop: Desktop, page: ModelsPage) -> None:
    mini, engine = row(page, "mini"), desktop.office.engine
    assert mini.button.text() == "Unload"
    desktop.click(mini.button)
    assert desktop.office.shelf.state == "none"
    assert mini.button.text() == "Load"
    before = len(engine.loads)
    desktop.click(mini.button)
    desktop.until(lambda: len(engine.loads) > before)
    assert mini.button.text() == "Cancel"
    engine.say(Loading(0.43))
    desktop.until(lambda: mini.facts.loading == 0.43)
    assert mini.facts.note.endswith("loading, 43 %")
    assert "loading, 43 %" in mini.accessibleName()
    engine.finish_loading()
    desktop.until(lambda: desktop.office.shelf.state == "ready")
    assert mini.button.text() == "Unload"
    assert mini.facts.loading is None


def test_a_failure_is_told_below_its_row(desktop: Desktop, page: ModelsPage) -> None:
    desktop.office.shelf.reload()
    desktop.office.engine.say(LoadFailed("The file is cut short.", "Fetch it again."))
    desktop.until(lambda: desktop.office.shelf.state == "failed")
    mini = row(page, "mini")
    assert mini.detail.isVisible()
    assert mini.detail.accessibleName() == "The file is cut short. Fetch it again."
    assert mini.button.text() == "Load again"
    before = len(desktop.office.engine.loads)
    desktop.click(mini.button)
    desktop.until(lambda: len(desktop.office.engine.loads) > before)
    assert not mini.detail.isVisible()


def test_why_unfolds_the_reason_and_folds_it_away(desktop: Desktop, page: ModelsPage) -> None:
    large = row(page, LARGEST.id)
    low = large.height()
    desktop.click(large.button)
    assert large.detail.isVisible()
    assert large.offer.fit is not None
    assert large.detail._what.text() == large.offer.fit.reason
    assert large.height() > low
    desktop.click(large.button)
    assert not large.detail.isVisible()
    assert large.height() == low


# -- downloads -------------------------------------------------------------------------------


def test_a_download_begins_pauses_and_is_cancelled(desktop: Desktop, page: ModelsPage) -> None:
    become(desktop, load_hardware(MACHINES / "desktop-64gb-cpu.json"))
    twelve = row(page, TWELVE.id)
    assert twelve.button.text() == "Download"
    twelve.button.setFocus()
    desktop.key(KEYS.Key_Return)
    assert desktop.focused is twelve, "its button is gone"
    assert twelve.line.isVisible()
    assert not twelve.button.isVisible()
    desktop.click(twelve._pause)
    assert twelve.facts.progress.startswith("Paused")
    assert twelve._pause.accessibleName() == "Resume"
    desktop.click(twelve._cancel)
    desktop.settle()
    assert row(page, TWELVE.id).button.text() == "Download"
    assert not desktop.office.downloads.jobs


def test_a_download_says_how_far_it_is(desktop: Desktop, page: ModelsPage) -> None:
    far = Transfer(1_310_000_000, 7_150_000_000, 22_400_000, 255.0, "", "fetching")
    queue(desktop, state="running", transfer=far)
    twelve = row(page, TWELVE.id)
    assert twelve.facts.progress == "1.31 of 7.15 GB · 22.4 MB/s · about 4 min 20 s left"
    assert twelve.line.value() == 183
    assert "1.31 of 7.15 GB, 22.4 MB/s" in twelve.accessibleName()


def test_a_download_that_failed_says_why_and_is_tried_again(
    desktop: Desktop, page: ModelsPage
) -> None:
    far = Transfer(1_310_000_000, 7_150_000_000)
    problem = AppError("The connection was lost.", "It goes on where it stopped.")
    queue(desktop, state="failed", transfer=far, problem=problem)
    desktop.window.show_problem(problem)
    assert not page.notice.isVisible(), "it is told in its row"
    twelve = row(page, TWELVE.id)
    assert twelve.facts.progress == "Stopped at 1.31 of 7.15 GB"
    assert [button.text() for button in twelve.detail.buttons()] == ["Retry", "Cancel"]
    desktop.click(twelve.detail.buttons()[0])
    (job,) = desktop.office.downloads.jobs
    assert job.state == "running"
    assert not twelve.detail.isVisible()


def test_other_versions_are_in_the_menu(desktop: Desktop, page: ModelsPage) -> None:
    desktop.click(row(page, TWELVE.id).more)
    (version,) = [entry for entry in desktop.entries() if entry.startswith("QAT UD")]
    desktop.choose(version)
    assert [job.spec.id for job in desktop.office.downloads.jobs] == [TWELVE_UD.id]
    desktop.settle()
    assert row(page, TWELVE_UD.id).line.isVisible()


# -- menus and keys --------------------------------------------------------------------------


def test_the_keyboard_walks_through_all_tables(desktop: Desktop, page: ModelsPage) -> None:
    assert desktop.focused is row(page, "mini")
    for offer_row in page._rows()[1:]:
        desktop.key(KEYS.Key_Down)
        assert desktop.focused is offer_row
    desktop.key(KEYS.Key_Down)
    assert desktop.focused is page._rows()[-1]
    for offer_row in reversed(page._rows()[:-1]):
        desktop.key(KEYS.Key_Up)
        assert desktop.focused is offer_row


def test_tab_stops_at_one_row_of_each_table(desktop: Desktop, page: ModelsPage) -> None:
    stops = []
    for _ in range(6):
        desktop.key(KEYS.Key_Tab)
        stops.append(desktop.focused)
    mini, first = row(page, "mini"), page.available.rows[0]
    assert stops[:5] == [mini.button, mini.more, first, first.button, first.more]
    assert stops[5] not in page._rows()


def test_the_menu_key_opens_the_menu(desktop: Desktop, page: ModelsPage) -> None:
    mini = row(page, "mini")
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), mini.mapToGlobal(QPoint(5, 5))
    )
    QApplication.sendEvent(mini, event)
    assert list(desktop.entries())[:4] == [
        "Unload",
        "Details…",
        "Show in its folder",
        "Load at the start",
    ]


def test_a_model_is_made_the_usual_one(desktop: Desktop, page: ModelsPage) -> None:
    desktop.office.preferences.change(model="")
    desktop.click(row(page, "mini").more)
    assert not desktop.entries()["Load at the start"].isChecked()
    desktop.choose("Load at the start")
    assert desktop.office.preferences.settings.model == "mini"


def test_details_are_shown_of_what_is_here_and_of_what_is_not(
    desktop: Desktop, page: ModelsPage
) -> None:
    desktop.click(row(page, "mini").more)
    desktop.choose("Details…")
    desktop.settle()
    facts: Any = desktop.dialog()
    told = dict(facts.facts())
    assert told["File"] == str(MODEL)
    assert told["Takes"] == "text, pictures, sounds"
    assert told["Memory"].startswith(words.memory(row(page, "mini").offer.fit))
    facts.close()
    desktop.click(row(page, LARGEST.id).more)
    desktop.choose("Details…")
    facts = desktop.dialog()
    told = dict(facts.facts())
    assert told["Licence"] == "Apache-2.0"
    assert told["Fit"].startswith("Too large. ")
    assert "File" not in told


def test_a_model_is_removed_after_a_question(
    open_desktop: Callable[..., Desktop], tmp_path: Path
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    for file in (MODEL, PROJECTOR):
        (folder / file.name).write_bytes(file.read_bytes())
    desktop = open_desktop(models=folder)
    desktop.office.load_model()
    become(desktop, LAPTOP)
    page = shown(desktop)
    desktop.click(row(page, "mini").more)
    desktop.choose("Remove…")
    question = row(page, "mini").detail
    assert question._what.text() == "Move Mini Gemma to the bin?"
    assert desktop.focused is question.buttons()[0]
    desktop.click(question.buttons()[1])
    assert not question.isVisible()
    assert (folder / MODEL.name).exists()

    # Where there is no bin, that is told in the same place, with another question.
    page._removing = "mini"
    desktop.settle()
    # The offscreen screen forgets which window is active when a menu is gone.
    desktop.window.activateWindow()
    desktop.until(desktop.window.isActiveWindow)
    desktop.window.show_problem(AppError("There is no bin here.", "", code="no-bin"))
    assert [button.text() for button in question.buttons()] == ["Delete for good", "Keep"]
    desktop.click(question.buttons()[0])
    desktop.office.engine.say(Unloaded())
    desktop.until(lambda: not (folder / MODEL.name).exists())
    desktop.until(lambda: row(page, "mini").offer.state == "available")
    assert page.isAncestorOf(desktop.focused)


# -- the context -----------------------------------------------------------------------------


@pytest.fixture
def roomy(desktop: Desktop, page: ModelsPage) -> ModelsPage:
    """The miniature as if it had been trained for 128K."""
    shelf = desktop.office.shelf
    assert shelf.info is not None
    shelf.info = msgspec.structs.replace(shelf.info, context=8192, trained_context=131072)
    shelf.state_changed.emit()
    return page


def test_steps_are_powers_of_two_and_what_is_between() -> None:
    assert steps(16384) == (4096, 6144, 8192, 12288, 16384)
    assert steps(20000) == (4096, 6144, 8192, 12288, 16384, 20000)
    assert steps(2048) == (2048,)


def test_keys_change_the_context_once_they_rest(desktop: Desktop, roomy: ModelsPage) -> None:
    slider, engine = roomy.overview.slider, desktop.office.engine
    assert slider.context == 8192
    before = len(engine.loads)
    slider.setFocus()
    for _ in range(2):
        desktop.key(KEYS.Key_Right)
    assert slider.context == 16384
    assert len(engine.loads) == before
    desktop.until(lambda: len(engine.loads) > before)
    assert len(engine.loads) == before + 1
    assert engine.loads[-1].context == 16384
    assert desktop.office.preferences.settings.context == 16384


def test_dragging_shows_the_fit_and_letting_go_applies_it(
    desktop: Desktop, roomy: ModelsPage
) -> None:
    slider, engine = roomy.overview.slider, desktop.office.engine
    small = row(roomy, "mini").facts.memory
    before = len(engine.loads)
    left, middle = Qt.MouseButton.LeftButton, slider.height() // 2
    QTest.mousePress(slider, left, pos=QPoint(slider.width() // 2, middle))
    QTest.mouseMove(slider, QPoint(slider.width() - 3, middle))
    assert roomy.overview._size.text().startswith("128K of 128K · ")
    assert row(roomy, "mini").facts.memory != small
    assert len(engine.loads) == before
    QTest.mouseRelease(slider, left, pos=QPoint(slider.width() - 3, middle))
    assert engine.loads[-1].context == 131072


def just_too_small(desktop: Desktop, context: int) -> Hardware:
    """A machine with room for the miniature, but not with ``context`` tokens."""
    model = desktop.office.offers.installed[0].model
    assert model is not None
    for available in range(300_000_000, 3_000_000_000, 5_000_000):
        machine = msgspec.structs.replace(LAPTOP, available=available, gpus=())
        small, large = (fit(model, machine, context=size) for size in (8192, context))
        assert small is not None
        assert large is not None
        if small.verdict != "no":
            assert large.verdict == "no"
            return machine
    raise AssertionError("there is room for it anywhere")


def test_a_context_that_does_not_fit_is_not_taken(desktop: Desktop, roomy: ModelsPage) -> None:
    overview, engine = roomy.overview, desktop.office.engine
    become(desktop, just_too_small(desktop, 131072))
    before = len(engine.loads)
    overview.slider.setValue(overview.slider.maximum())
    assert overview._verdict.text() == " · too large"
    overview.slider.choose()
    assert len(engine.loads) == before
    assert overview.slider.context == 8192
    assert overview._told.isVisible()
    assert overview._told.text().endswith("The context stays at 8K tokens.")


# -- little room -----------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1.0, 1.25, 2.0])
def test_columns_never_meet(scale: float) -> None:
    def px(pixels: float) -> int:
        return round(pixels * scale)

    widest = {"takes": 76, "disk": 62, "memory": 62, "speed": 100}
    for width in range(400, 1300, 7):
        place = columns(width, px)
        if place.stacked:
            continue
        end = place.model
        for name, ends in (("takes", False), ("disk", True), ("memory", True), ("speed", True)):
            at = getattr(place, name)
            if at is not None:
                begin = at - px(widest[name]) if ends else at
                assert begin >= end, (width, name)
                end = begin + px(widest[name])
        assert place.fit is not None
        assert place.fit > end
        assert place.fit + px(110) <= place.buttons - px(104)


@pytest.mark.parametrize(
    ("size", "percent"), [((720, 480), 0), ((720, 600), 200), ((1280, 800), 200)]
)
def test_nothing_is_cut_where_there_is_little_room(
    desktop: Desktop, page: ModelsPage, size: tuple[int, int], percent: int
) -> None:
    desktop.office.preferences.change(text_percent=percent)
    desktop.window.resize(*size)
    desktop.click(row(page, LARGEST.id).button)
    desktop.settle()
    inner = page._scroll.viewport().width()
    for offer_row in page._rows():
        assert offer_row.width() <= inner
        for part in offer_row.findChildren(QWidget):
            place = part.rect().translated(part.mapTo(offer_row, QPoint()))
            assert not part.isVisible() or offer_row.rect().contains(place)
    assert page.overview.memory.words_fit()
    assert page.overview._size.width() >= page.overview._size.sizeHint().width()
    detail = row(page, LARGEST.id).detail
    assert detail.height() >= detail.heightForWidth(detail.width())


def test_a_narrow_window_has_the_button_of_the_drawer(desktop: Desktop, page: ModelsPage) -> None:
    assert not page.header._sidebar.isVisible()
    desktop.window.resize(720, 600)
    desktop.click(page.header._sidebar)
    assert desktop.window.drawer.isVisible()
    desktop.key(KEYS.Key_Escape, widget=desktop.window)
    assert not desktop.window.drawer.isVisible()
    assert page.isVisible()
    assert page.isAncestorOf(desktop.focused)


# -- the first run ---------------------------------------------------------------------------


class Welcoming(QWidget):
    """Something in place of the whole window."""

    finished = Signal()


def test_a_first_run_takes_the_place_of_everything(desktop: Desktop) -> None:
    window, first = desktop.window, Welcoming()
    window.show_first_run(first)
    assert first.isVisible()
    QApplication.processEvents()
    assert first.geometry() == window.rect()
    assert not window.pages.isVisible()
    assert not window.sidebar.isVisible()
    desktop.control(KEYS.Key_M)
    desktop.key(KEYS.Key_A, widget=window)
    assert not window.pages.at_models
    assert window.page.composer.edit.toPlainText() == ""
    first.finished.emit()
    assert window.page.isVisible()
    assert window.sidebar.isVisible()
    desktop.control(KEYS.Key_M)
    assert window.pages.at_models


def test_the_first_run_can_be_asked_for_again(desktop: Desktop, page: ModelsPage) -> None:
    asked: list[bool] = []
    desktop.window.first_run_wanted.connect(lambda: asked.append(True))
    desktop.click(page.header.more)
    desktop.choose("First run again")
    assert asked == [True]


# -- to look at ------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_pictures_of_the_page(desktop: Desktop, page: ModelsPage, mode: str) -> None:
    desktop.theme.set_mode(mode)
    seen: set[bytes] = set()

    def take(name: str) -> None:
        desktop.settle()
        image: QImage = desktop.window.grab().toImage()
        bits = bytes(image.constBits())
        assert bits not in seen, name
        seen.add(bits)
        SCREENS.mkdir(parents=True, exist_ok=True)
        image.save(str(SCREENS / f"models-{name}-{mode}.png"))

    take("page")
    desktop.click(row(page, LARGEST.id).button)
    take("why")
    far = Transfer(1_310_000_000, 7_150_000_000, 22_400_000, 255.0, "", "fetching")
    queue(desktop, state="running", transfer=far)
    take("download")
    problem = AppError("The connection was lost.", "It goes on where it stopped.")
    queue(desktop, state="failed", transfer=far, problem=problem)
    take("download-failed")
    page._carry_out("mini", Order.ASK_REMOVE)
    take("remove")
    desktop.window.resize(720, 600)
    take("narrow")
    desktop.office.preferences.change(text_percent=200)
    take("double")
