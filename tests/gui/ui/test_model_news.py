"""What is told of models while one is elsewhere."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from app.engine.messages import LoadFailed
from app.models.catalogue import Catalogue, load_catalogue
from app.ui.model_news import ModelNews
from app.ui.theme.controls import Button
from tests.data import MODEL, PROJECTOR
from tests.gui.session.fake_engine import info
from tests.gui.session.office import MINI
from tests.gui.ui.conftest import Desktop

KNOWN = load_catalogue()
SMALL = KNOWN.models[0]


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue((MINI, *KNOWN.models))


def news_of(desktop: Desktop) -> ModelNews:
    office = desktop.office
    return ModelNews(desktop.window.pages, office.shelf, office.downloads, office.preferences)


def actions(desktop: Desktop) -> dict[str, Button]:
    """The buttons of the notice by their words."""
    notice = desktop.window.page.notice
    assert notice.isVisible()
    found = [button for button in notice.findChildren(Button) if button.isVisibleTo(notice)]
    return {button.text(): button for button in found}


def test_a_smaller_model_is_suggested_and_fetched(desktop: Desktop) -> None:
    desktop.office.preferences.change(hub_endpoint="http://127.0.0.1:9")
    news_of(desktop).suggest(SMALL, "Mini Gemma is slow here.", "Gemma 4 E2B is faster.")
    notice = desktop.window.page.notice
    assert notice.text == "Mini Gemma is slow here. Gemma 4 E2B is faster."
    fetch = f"Download {SMALL.title}"
    assert list(actions(desktop)) == [fetch, "Show models"]
    desktop.click(actions(desktop)[fetch])
    assert [job.spec.id for job in desktop.office.downloads.jobs] == [SMALL.id]
    assert desktop.window.pages.at_models
    assert notice.isHidden()


def test_one_that_is_here_is_loaded(desktop: Desktop) -> None:
    news_of(desktop).suggest(MINI, "It is slow.", "This one is faster.")
    desktop.office.shelf.unload()
    before = len(desktop.office.engine.loads)
    desktop.click(actions(desktop)["Use Mini Gemma"])
    desktop.until(lambda: len(desktop.office.engine.loads) > before)


def test_without_anything_smaller_the_models_are_shown(desktop: Desktop) -> None:
    news_of(desktop).suggest(None, "It is slow.", "There is no smaller one.")
    assert list(actions(desktop)) == ["Show models"]


def arrive(desktop: Desktop, folder: Path) -> None:
    """A download has ended with all its files in the folder."""
    for file in (MODEL, PROJECTOR):
        (folder / file.name).write_bytes(file.read_bytes())
    desktop.office.downloads.finished.emit("mini")
    desktop.settle()


@pytest.fixture
def empty(open_desktop: Callable[..., Desktop], tmp_path: Path) -> Desktop:
    """A window with an empty folder of models, ``models`` in the test's own."""
    (tmp_path / "models").mkdir()
    desktop = open_desktop(models=tmp_path / "models")
    desktop.office.shelf.start()
    desktop.settle()
    return desktop


def test_a_download_that_has_arrived_is_told_and_used(empty: Desktop, tmp_path: Path) -> None:
    news = news_of(empty)
    arrive(empty, tmp_path / "models")
    assert empty.window.page.notice.text == "Mini Gemma has been downloaded."
    empty.click(actions(empty)["Use Mini Gemma"])
    empty.until(lambda: empty.office.engine.loads)
    assert empty.window.page.notice.isHidden()
    news.deleteLater()


def test_the_first_run_tells_of_its_own(empty: Desktop, tmp_path: Path) -> None:
    news_of(empty)
    empty.office.preferences.change(awaited_model="mini")
    arrive(empty, tmp_path / "models")
    assert [model.id for model in empty.office.shelf.models] == ["mini"]
    assert empty.window.page.notice.isHidden()


def test_a_move_is_told_once_the_model_is_loaded(desktop: Desktop) -> None:
    shelf, engine = desktop.office.shelf, desktop.office.engine
    news, notice = news_of(desktop), desktop.window.page.notice
    assert shelf.current is not None
    shelf.reload(None)
    news.tell_move(shelf.current, "mini")
    desktop.settle()
    assert notice.isHidden(), "it does not answer yet"
    engine.finish_loading()
    desktop.until(notice.isVisible)
    assert notice.text == "Mini Gemma has arrived and answers from now on."
    desktop.click(actions(desktop)["Go back to Mini Gemma"])
    assert notice.isHidden()


def test_a_move_that_failed_is_told_with_the_way_back(desktop: Desktop) -> None:
    shelf, notice = desktop.office.shelf, desktop.window.page.notice
    news = news_of(desktop)
    assert shelf.current is not None
    shelf.reload(None)
    news.tell_move(shelf.current, "mini")
    desktop.office.engine.say(LoadFailed("It is cut short.", "Fetch it again.", "file"))
    desktop.until(notice.isVisible)
    assert notice.text == "Mini Gemma has arrived, but could not be loaded."
    assert "Go back to Mini Gemma" in actions(desktop)


def test_a_move_that_was_overtaken_is_not_told(desktop: Desktop) -> None:
    shelf, notice = desktop.office.shelf, desktop.window.page.notice
    news = news_of(desktop)
    assert shelf.current is not None
    shelf.reload(None)
    news.tell_move(msgspec.structs.replace(shelf.current, path=Path("/elsewhere.gguf")), "mini")
    desktop.office.engine.finish_loading()
    desktop.until(lambda: shelf.state == "ready")
    desktop.settle()
    assert notice.isHidden()


def test_a_model_that_runs_elsewhere_is_told_once(desktop: Desktop) -> None:
    office, notice = desktop.office, desktop.window.page.notice
    news_of(desktop)
    words = "The card has too little free memory for this model, so it runs on the processor."

    def come(said: str) -> None:
        assert office.shelf.current is not None
        loaded = info(str(office.shelf.current.path))
        office.engine.say(msgspec.structs.replace(loaded, notice=said))
        desktop.until(lambda: office.shelf.state == "ready")

    office.shelf.reload()
    come(words)
    assert notice.isVisible()
    assert notice.text == words
    before = len(office.engine.loads)
    desktop.click(actions(desktop)["Try again"])
    desktop.until(lambda: len(office.engine.loads) > before)
    come("")
    assert notice.isHidden()
    for _ in range(2):
        notice.dismiss("device")
        office.shelf.reload()
        come(words)
    assert notice.isHidden(), "it has been read"
