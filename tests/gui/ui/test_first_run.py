"""The first run over fakes of the machine, the hub and other programs; and pictures of it in
build/screens/, for a person to look at."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.core.errors import AppError
from app.core.hardware import Gpu
from app.desktop.hotkey import Hotkey
from app.engine.messages import LoadFailed
from app.main import RESOURCES
from app.models.advice import Advice, Choice
from app.ui.first_run.first_run import FirstRun
from app.ui.first_run.machine_strip import brief
from app.ui.first_run.model_card import ModelCard, pages
from app.ui.theme.theme import Theme
from app.ui.window_place import SMALLEST
from tests.gui.desktop.hotkey.fake_backend import FakeBackend
from tests.gui.ui.newcomer import (
    E2B,
    E4B,
    LAPTOP,
    NOTHING_FITS,
    STARTER,
    Examined,
    Newcomer,
    Offered,
    Shelved,
    fitting,
    offered,
    on_disk,
)

SCREENS = RESOURCES.parent / "build" / "screens"


class Guest:
    """The first run in a window, with the hands and eyes of whoever meets it."""

    def __init__(
        self, qtbot: QtBot, theme: Theme, newcomer: Newcomer, size: tuple[int, int]
    ) -> None:
        self.qtbot = qtbot
        self.newcomer = newcomer
        self.theme = theme
        self.ended: list[str] = []
        parts: Any = (newcomer.machine, newcomer.offers, newcomer.downloads, newcomer.shelf)
        self.welcome = newcomer.welcome()
        self.keys = FakeBackend(taken={"Ctrl+Alt+K"})
        self.hotkey = Hotkey(self.keys)
        self.first = FirstRun(self.theme, *parts, self.welcome, self.hotkey)
        for name in ("finished", "models_wanted", "open_file_wanted"):
            getattr(self.first, name).connect(lambda name=name: self.ended.append(name))
        self.window = QWidget()
        self.window.setMinimumSize(SMALLEST)
        row = QHBoxLayout(self.window)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.first)
        self.window.resize(*size)
        self.window.show()
        qtbot.waitExposed(self.window)
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)

    def close(self) -> None:
        self.window.close()
        self.window.deleteLater()
        QApplication.processEvents()
        self.theme.set_mode("light")
        self.theme.set_text_scale(1.0)

    # -- hands ------------------------------------------------------------------------------

    def key(self, key: Qt.Key) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.first, key)

    def press(self, words: str) -> None:
        """Click the button of these words."""
        QTest.mouseClick(self.button(words), Qt.MouseButton.LeftButton)

    def choose(self) -> "Guest":
        """Go on to the second page."""
        self.key(Qt.Key.Key_Return)
        assert self.first.page is self.first.choose_page
        return self

    # -- eyes -------------------------------------------------------------------------------

    def seen(self, kind: type[QWidget]) -> list[Any]:
        return [one for one in self.first.findChildren(kind) if one.isVisible()]

    def words(self) -> list[str]:
        """All that is written."""
        return [one.text() for one in (*self.seen(QLabel), *self.seen(QAbstractButton))]

    def buttons(self) -> list[str]:
        return [one.text() for one in self.seen(QAbstractButton)]

    def button(self, words: str) -> QAbstractButton:
        (found,) = [one for one in self.seen(QAbstractButton) if one.text() == words]
        return found

    @property
    def focused(self) -> str:
        """The words of the button that has the keyboard."""
        widget = QApplication.focusWidget()
        return widget.text() if isinstance(widget, QAbstractButton) else ""

    def cards(self) -> list[str]:
        return [card.suggestion.title for card in self.seen(ModelCard)]

    def take(self, name: str) -> None:
        """A picture for build/screens/."""
        for _ in range(10):  # a layout may ask for another, and so on
            QApplication.processEvents()
        SCREENS.mkdir(parents=True, exist_ok=True)
        assert self.first.grab().save(str(SCREENS / f"first-run-{name}.png"))


@pytest.fixture(scope="module")
def theme(qapp: QApplication) -> Iterator[Theme]:
    """One for all, since making it takes a third of a second."""
    theme = Theme(qapp, RESOURCES, mode="light", reduced_motion=True)
    yield theme
    theme.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def meet(qtbot: QtBot, theme: Theme) -> Iterator[Callable[..., Guest]]:
    """Shows the first run to somebody; closes it at the end."""
    guests: list[Guest] = []

    def begin(newcomer: Newcomer | None = None, size: tuple[int, int] = (1280, 800)) -> Guest:
        guests.append(Guest(qtbot, theme, newcomer or Newcomer(), size))
        return guests[-1]

    yield begin
    for guest in guests:
        guest.close()


# -- the way through -----------------------------------------------------------------------------


def test_enter_leads_from_the_welcome_to_a_download(meet: Callable[..., Guest]) -> None:
    guest = meet()
    assert "Nothing leaves this machine" in guest.words()
    assert guest.focused == "Choose a model"
    guest.choose()
    assert guest.first.choose_page.title.text() == "Gemma 4 E4B suits this machine"
    assert guest.cards() == ["Gemma 4 E4B", "Gemma 4 E2B", "Gemma 4 12B"]
    assert guest.focused == "Download Gemma 4 E4B"
    assert guest.theme.focus_ring.target is guest.button("Download Gemma 4 E4B")
    assert guest.newcomer.downloads.jobs == (), "nothing is downloaded before it is asked for"
    guest.key(Qt.Key.Key_Return)
    assert [job.spec.id for job in guest.newcomer.downloads.jobs] == [E4B.id]
    assert guest.focused == "Start chatting with the starter model meanwhile"
    guest.newcomer.downloads.come(E4B.id, 2_310_000_000)
    words = guest.words()
    assert "Downloading Gemma 4 E4B" in words
    assert "2.31 of 6.14 GB · 18.4 MB/s · " in words
    assert "about 3 min 30 s left" in words
    (bar,) = [bar for bar in guest.seen(QProgressBar) if "Download" in bar.accessibleName()]
    assert bar.value() == 376


def test_what_has_arrived_is_loaded_and_the_last_page_tells(meet: Callable[..., Guest]) -> None:
    guest = meet().choose()
    guest.key(Qt.Key.Key_Return)
    newcomer = guest.newcomer
    newcomer.downloads.queue.clear()
    newcomer.downloads.finished.emit(E4B.id)
    newcomer.downloads.changed.emit()
    assert "Gemma 4 E4B has arrived" in guest.words()
    assert "Download Gemma 4 E4B" not in guest.buttons()
    newcomer.shelf.models = (on_disk(E4B), *newcomer.shelf.models)
    newcomer.shelf.models_changed.emit()
    assert guest.first.page is guest.first.start_page
    assert newcomer.shelf.current == on_disk(E4B)
    newcomer.shelf.become("loading", fraction=0.43)
    assert "Gemma 4 E4B is being loaded" in guest.words()
    assert "43 %. You can begin to write meanwhile." in guest.words()
    newcomer.shelf.become("ready")
    assert "Gemma 4 E4B is ready" in guest.words()
    assert "It reads, sees and hears, all on this machine." in guest.words()
    assert guest.focused == "Start chatting"
    guest.key(Qt.Key.Key_Return)
    assert guest.ended == ["finished"]
    assert not guest.welcome.needed


def test_chatting_with_the_starter_meanwhile(meet: Callable[..., Guest]) -> None:
    guest = meet().choose()
    assert "Start chatting with the starter model" in guest.buttons()
    guest.key(Qt.Key.Key_Return)
    guest.key(Qt.Key.Key_Return)
    assert guest.ended == ["finished"]
    assert guest.newcomer.shelf.is_starter
    assert guest.welcome.awaited == E4B.id
    assert [job.state for job in guest.newcomer.downloads.jobs] == ["running"]


def test_without_a_starter_one_can_go_on_while_it_downloads(meet: Callable[..., Guest]) -> None:
    guest = meet(Newcomer(shelf=Shelved())).choose()
    assert not [words for words in guest.buttons() if "starter" in words]
    guest.key(Qt.Key.Key_Return)
    assert guest.focused == "Go on while it downloads"
    guest.key(Qt.Key.Key_Return)
    assert guest.ended == ["finished"]


def test_another_model_that_is_loaded_can_answer_meanwhile(meet: Callable[..., Guest]) -> None:
    other = msgspec.structs.replace(on_disk(STARTER), id="other", title="Other 3B", starter=False)
    newcomer = Newcomer(shelf=Shelved(other))
    guest = meet(newcomer).choose()
    assert not [words for words in guest.buttons() if "chatting" in words]
    newcomer.shelf.use(other)
    guest.press("Start chatting with Other 3B")
    assert guest.ended == ["finished"]
    assert newcomer.shelf.current == other


@pytest.mark.parametrize("page", [0, 1, 2])
def test_escape_and_skip_end_it_from_every_page(meet: Callable[..., Guest], page: int) -> None:
    guest = meet()
    guest.first.show_page(guest.first._pages[page])
    guest.key(Qt.Key.Key_Escape)
    assert guest.ended == ["finished"]
    assert not guest.welcome.needed
    guest.press("Skip for now")
    assert guest.ended == ["finished", "finished"]


def test_tab_visits_everything_in_reading_order(meet: Callable[..., Guest]) -> None:
    guest = meet().choose()
    seen = []
    for _ in range(8):
        seen.append(guest.focused)
        guest.key(Qt.Key.Key_Tab)
    assert seen == [
        "Download Gemma 4 E4B",
        "Start chatting with the starter model",
        "Other models",
        "Open a GGUF file…",
        "Skip for now",
        "Use E2B instead",
        "Use 12B instead",
        "Download Gemma 4 E4B",
    ]
    guest.key(Qt.Key.Key_Backtab)
    assert guest.focused == "Download Gemma 4 E4B"


def test_other_models_and_files(meet: Callable[..., Guest]) -> None:
    guest = meet().choose()
    guest.press("Open a GGUF file…")
    assert guest.ended == ["open_file_wanted"]
    assert guest.first.page is guest.first.choose_page, "nothing was chosen yet"
    guest.newcomer.shelf.use(on_disk(E4B, "opened"))
    assert guest.first.page is guest.first.start_page
    assert guest.welcome.needed
    guest.first.show_page(guest.first.choose_page)
    guest.press("Other models")
    assert guest.ended == ["open_file_wanted", "finished", "models_wanted"]
    assert not guest.welcome.needed


def test_a_file_that_is_no_model_is_told_in_place(meet: Callable[..., Guest]) -> None:
    guest = meet().choose()
    guest.press("Open a GGUF file…")
    guest.newcomer.shelf.problem.emit(AppError("That is a projector.", "Choose the model."))
    assert {"That is a projector.", "Choose the model."} <= set(guest.words())
    guest.press("Open a GGUF file…")
    assert "That is a projector." not in guest.words()


def test_who_comes_back_from_the_models_page_skips_the_welcome(
    meet: Callable[..., Guest],
) -> None:
    newcomer = Newcomer()
    newcomer.preferences.change(welcomed=True)
    assert (guest := meet(newcomer)).first.page is guest.first.choose_page


def test_a_download_that_went_on_is_shown_at_the_next_start(meet: Callable[..., Guest]) -> None:
    newcomer = Newcomer()
    newcomer.welcome().fetch(E2B)
    guest = meet(newcomer)
    assert guest.first.page is guest.first.choose_page
    assert guest.cards()[0] == "Gemma 4 E2B", "what was chosen is on the large card"
    assert "Downloading Gemma 4 E2B" in guest.words()


# -- what is proposed ----------------------------------------------------------------------------


def test_the_machine_is_examined_calmly(meet: Callable[..., Guest]) -> None:
    guest = meet(Newcomer(Examined(None), Offered(None))).choose()
    assert "Looking at this machine" in guest.words()
    assert guest.cards() == []
    assert guest.focused == "Start chatting with the starter model"
    guest.newcomer.machine.become(LAPTOP)
    assert {"16 cores", "16 GB memory", "Intel Arc graphics", "184 GB free"} <= set(guest.words())
    guest.newcomer.offers.become(advice=Newcomer().offers.advice)
    assert guest.first.choose_page.title.text() == "Gemma 4 E4B suits this machine"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"cores": 1, "processor": ""}, "1 core"),
        ({"cores": None}, "22 threads"),
        ({"cores": None, "threads": None}, "Intel Core Ultra 7 155H"),
        ({"memory": None}, "not known"),
        ({"gpus": ()}, "No graphics card"),
        ({"gpus": (), "unknown": {"gpus": "It took too long."}}, "Graphics"),
        ({"disk_free": None}, "Disk"),
    ],
)
def test_what_is_not_known_is_said(
    meet: Callable[..., Guest], fields: dict[str, Any], expected: str
) -> None:
    hardware = msgspec.structs.replace(LAPTOP, **fields)
    guest = meet(Newcomer(Examined(hardware))).choose()
    strip = guest.first.choose_page.strip
    assert expected in [label.text() for label in strip.findChildren(QLabel)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Intel(R) Core(TM) i5-10210U CPU @ 1.60GHz", "Intel Core i5-10210U"),
        ("13th Gen Intel(R) Core(TM) i7-13700H", "Intel Core i7-13700H"),
        ("AMD Ryzen 7 6800H with Radeon Graphics", "AMD Ryzen 7 6800H"),
        ("AMD Ryzen 9 7900 12-Core Processor", "AMD Ryzen 9 7900"),
        ("Raspberry Pi 5 Model B Rev 1.0", "Raspberry Pi 5 Model B"),
        ("Apple M3 Pro", "Apple M3 Pro"),
        ("", ""),
    ],
)
def test_processors_are_named_briefly(name: str, words: str) -> None:
    assert brief(name) == words


@pytest.mark.parametrize(("decode", "verdict"), [(6.0, "comfortable"), (20.0, "tight")])
def test_one_that_is_slow_or_tight_only_fits(
    meet: Callable[..., Guest], decode: float, verdict: Any
) -> None:
    best = Choice(E2B, fitting(3_000_000_000, decode, verdict), "It is slow here.")
    guest = meet(Newcomer(offers=Offered(Advice(best, None, None, "It is slow here.")))).choose()
    assert guest.first.choose_page.title.text() == "Gemma 4 E2B fits this machine"
    assert guest.words().count("It is slow here.") == 1


@pytest.mark.parametrize(
    ("unified", "words"),
    [(True, ["7.0 of 16 GB"]), (False, ["7.0 GB", " · on the graphics card"])],
)
def test_which_memory_is_taken(meet: Callable[..., Guest], unified: bool, words: list[str]) -> None:
    gpu = Gpu("GPU0", "A card", "gpu", 16 * 10**9, 15 * 10**9, unified=unified)
    on_card = msgspec.structs.replace(fitting(7_000_000_000, 50.0), device=gpu, layers=35)
    advice = Advice(Choice(E4B, on_card, "It is fast."), None, None, "It fits.")
    guest = meet(Newcomer(offers=Offered(advice))).choose()
    assert set(words) <= set(guest.words())


def test_the_large_card_tells_everything(meet: Callable[..., Guest]) -> None:
    guest = meet().choose()
    (large, small, _) = guest.seen(ModelCard)
    words = [label.text() for label in large.findChildren(QLabel)]
    for expected in (
        "Recommended",
        "Comfortable",
        "22 tokens/s",
        " · 16 words/s",
        "7.0 of 16 GB",
        "6.1 GB",
        "32K tokens",
        " · 60 pages",
        "Pictures",
        "Speech",
    ):
        assert expected in words
    assert "38 tokens/s" in [label.text() for label in small.findChildren(QLabel)]


def test_another_model_can_be_chosen_and_back(meet: Callable[..., Guest]) -> None:
    guest = meet().choose()
    guest.press("Use 12B instead")
    assert guest.cards() == ["Gemma 4 12B", "Gemma 4 E4B", "Gemma 4 E2B"]
    assert "Your choice" in guest.words()
    assert guest.focused == "Download Gemma 4 12B"
    assert guest.newcomer.downloads.jobs == ()
    guest.press("Use E4B instead")
    assert guest.cards()[0] == "Gemma 4 E4B"
    assert "Recommended" in guest.words()


def test_a_change_of_mind_pauses_what_is_being_downloaded(meet: Callable[..., Guest]) -> None:
    guest = meet().choose()
    guest.key(Qt.Key.Key_Return)
    guest.newcomer.downloads.come(E4B.id, 2_310_000_000)
    guest.press("Use E2B instead")
    assert {"Downloading Gemma 4 E4B", "4.3 GB to download"} <= set(guest.words())
    guest.press("Download Gemma 4 E2B")
    assert {"Downloading Gemma 4 E2B", "Gemma 4 E4B", "Paused at 2.31 of 6.14 GB"} <= set(
        guest.words()
    )
    assert guest.welcome.awaited == E2B.id


def test_a_model_of_another_program_is_offered_first(meet: Callable[..., Guest]) -> None:
    newcomer = Newcomer()
    model = on_disk(E4B, "lm-studio")
    newcomer.offers.found = (offered(model, fitting(7_000_000_000, 22.0), E4B),)
    guest = meet(newcomer).choose()
    assert "Gemma 4 E4B is on this machine already" in guest.words()
    assert {"Found in LM Studio", " · in LM Studio"} <= set(guest.words())
    assert guest.focused == "Use the one from LM Studio"
    guest.key(Qt.Key.Key_Return)
    assert newcomer.shelf.current == model
    assert guest.first.page is guest.first.start_page
    assert newcomer.downloads.jobs == ()


def test_an_installed_model_is_ready(meet: Callable[..., Guest]) -> None:
    newcomer = Newcomer(shelf=Shelved(on_disk(E4B)))
    newcomer.offers.installed = (offered(on_disk(E4B), fitting(7_000_000_000, 22.0), E4B),)
    guest = meet(newcomer).choose()
    assert guest.focused == "Use Gemma 4 E4B"
    guest.key(Qt.Key.Key_Return)
    assert newcomer.shelf.current == on_disk(E4B)
    assert guest.first.page is guest.first.start_page


def test_the_shortcut_is_told_where_the_model_sees(meet: Callable[..., Guest]) -> None:
    guest = meet()
    screen = "Ask about the screen"
    guest.newcomer.shelf.use(msgspec.structs.replace(on_disk(E4B), modalities=("text",)))
    guest.newcomer.shelf.become("ready")
    guest.first.show_page(guest.first.start_page)
    guest.hotkey.set_chord("Ctrl+Shift+Space")
    guest.take("blind")
    assert screen not in guest.words()
    guest.newcomer.shelf.use(on_disk(E4B))
    guest.newcomer.shelf.become("ready")
    guest.take("shortcut")
    words = "In any program: Ctrl Shift Space. Mark a part, then ask."
    assert {screen, words} <= set(guest.words())
    guest.hotkey.set_chord("Ctrl+Alt+K")
    guest.take("shortcut-taken")
    assert {screen, guest.hotkey.detail} <= set(guest.words())
    assert guest.hotkey.detail.endswith("facet shoot")
    guest.hotkey.set_chord("")
    guest.take("no-shortcut")
    assert screen not in guest.words()


def test_where_nothing_fits_that_is_said(meet: Callable[..., Guest]) -> None:
    guest = meet(Newcomer(offers=Offered(NOTHING_FITS))).choose()
    assert {"No Gemma 4 suits this machine", NOTHING_FITS.why} <= set(guest.words())
    assert guest.focused == "Start chatting with the starter model"
    assert {"Other models", "Open a GGUF file…"} <= set(guest.buttons())


def test_where_nothing_fits_and_there_is_no_starter_a_file_can_be_opened(
    meet: Callable[..., Guest],
) -> None:
    guest = meet(Newcomer(offers=Offered(NOTHING_FITS), shelf=Shelved())).choose()
    assert guest.focused == "Open a GGUF file…"


def test_too_little_room_on_the_disk_is_said_before(meet: Callable[..., Guest]) -> None:
    hardware = msgspec.structs.replace(LAPTOP, disk_free=3_000_000_000)
    guest = meet(Newcomer(Examined(hardware))).choose()
    words = "This disk has 3.0 GB free. Make room first, or choose another model."
    assert words in guest.words()


# -- a download ----------------------------------------------------------------------------------


def downloading(meet: Callable[..., Guest], size: tuple[int, int] = (1280, 800)) -> Guest:
    guest = meet(size=size).choose()
    guest.key(Qt.Key.Key_Return)
    guest.newcomer.downloads.come(E4B.id, 2_310_000_000)
    return guest


def test_a_download_pauses_and_goes_on(meet: Callable[..., Guest]) -> None:
    guest = downloading(meet)
    guest.button("Pause").setFocus()
    guest.key(Qt.Key.Key_Space)
    assert guest.newcomer.downloads.jobs[0].state == "paused"
    assert guest.focused == "Go on"
    assert "Paused at 2.31 of 6.14 GB" in guest.words()
    guest.key(Qt.Key.Key_Space)
    assert guest.newcomer.downloads.jobs[0].state == "running"
    assert guest.focused == "Pause"


def test_a_cancelled_download_can_begin_again(meet: Callable[..., Guest]) -> None:
    guest = downloading(meet)
    guest.press("Cancel")
    assert guest.newcomer.downloads.cancelled == [E4B.id]
    assert "Download Gemma 4 E4B" in guest.buttons()
    assert guest.welcome.awaited == ""


def test_a_broken_connection_is_told_in_place(meet: Callable[..., Guest]) -> None:
    guest = downloading(meet)
    note = "The connection was lost; it goes on by itself."
    guest.newcomer.downloads.come(E4B.id, 2_310_000_000, stage="retrying", note=note)
    assert any(note in words for words in guest.words())
    assert guest.focused == "Start chatting with the starter model meanwhile"


def test_a_failure_says_what_to_do_and_enter_tries_again(meet: Callable[..., Guest]) -> None:
    guest = downloading(meet)
    guest.newcomer.downloads.fail(E4B.id, "The disk is full.", "Make room, then try again.")
    assert {"The disk is full.", "Make room, then try again."} <= set(guest.words())
    assert "Start chatting with the starter model" in guest.buttons()
    guest.press("Try again")
    assert guest.newcomer.downloads.jobs[0].state == "running"


def test_checking_is_told(meet: Callable[..., Guest]) -> None:
    guest = downloading(meet)
    guest.newcomer.downloads.come(E4B.id, 6_140_000_000, stage="checking", seconds_left=None)
    assert "Checking Gemma 4 E4B" in guest.words()


def test_the_card_stays_when_the_advice_changes_meanwhile(meet: Callable[..., Guest]) -> None:
    guest = downloading(meet)
    advice = guest.newcomer.offers.advice
    assert advice is not None
    guest.newcomer.offers.become(advice=msgspec.structs.replace(advice, best=advice.faster))
    assert guest.cards()[0] == "Gemma 4 E4B"
    assert "Downloading Gemma 4 E4B" in guest.words()


def test_the_keyboard_stays_where_it_is_when_cards_are_drawn_anew(
    meet: Callable[..., Guest],
) -> None:
    guest = downloading(meet)
    guest.button("Use 12B instead").setFocus()
    advice = guest.newcomer.offers.advice
    assert advice is not None
    guest.newcomer.offers.become(advice=msgspec.structs.replace(advice, why="It is."))
    QApplication.processEvents()
    assert guest.focused == "Use 12B instead"


def test_a_model_that_does_not_load_is_told_with_a_way_back(meet: Callable[..., Guest]) -> None:
    guest = meet()
    shelf = guest.newcomer.shelf
    shelf.use(on_disk(E4B))
    guest.first.show_page(guest.first.start_page)
    failure = LoadFailed("It needs 7 GB; 3 GB are free.", "Close other programs.", "memory")
    shelf.become("failed", failure=failure)
    assert "It needs 7 GB; 3 GB are free. Close other programs." in guest.words()
    assert guest.focused == "Choose another model"
    guest.key(Qt.Key.Key_Return)
    assert guest.first.page is guest.first.choose_page


def test_pages_are_counted_roughly() -> None:
    assert [pages(count) for count in (8192, 32768, 131072, 262144)] == [15, 60, 240, 480]


# -- look ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "scale"), [((1280, 800), 1.0), ((720, 480), 1.0), ((720, 480), 2.0), ((1280, 800), 2)]
)
def test_nothing_is_cut(meet: Callable[..., Guest], size: tuple[int, int], scale: float) -> None:
    guest = downloading(meet, size)
    guest.theme.set_text_scale(scale)
    for page in guest.first._pages:
        guest.first.show_page(page)
        for _ in range(3):
            QApplication.processEvents()
        assert guest.first.width() == size[0], "the window need not be wider"
        assert page.content.width() <= page.viewport().width()
        for widget in (*guest.seen(QLabel), *guest.seen(QAbstractButton)):
            if isinstance(widget, QLabel) and widget.wordWrap():
                needed = widget.heightForWidth(widget.width())
            else:
                needed = widget.sizeHint().height()
                assert widget.width() >= widget.sizeHint().width(), widget.text()
            assert widget.height() >= needed, widget.text()


def test_every_control_has_a_name(meet: Callable[..., Guest]) -> None:
    guest = downloading(meet)
    named = (*guest.seen(QAbstractButton), *guest.seen(QProgressBar))
    assert all(one.accessibleName() or getattr(one, "text", str)() for one in named)
    assert guest.first.steps.accessibleName() == "Step 2 of 3: Choose a model"


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_pictures_of_the_first_run(meet: Callable[..., Guest], mode: str) -> None:
    guest = meet()
    guest.theme.set_mode(mode)
    downloads, offers = guest.newcomer.downloads, guest.newcomer.offers
    guest.take(f"welcome-{mode}")
    guest.choose()
    guest.take(f"choose-{mode}")
    guest.press("Use E2B instead")
    guest.take(f"other-{mode}")
    guest.press("Use E4B instead")
    guest.press("Download Gemma 4 E4B")
    downloads.come(E4B.id, 2_310_000_000)
    guest.take(f"downloading-{mode}")
    guest.window.resize(720, 480)
    guest.take(f"compact-{mode}")
    guest.theme.set_text_scale(2.0)
    guest.take(f"large-{mode}")
    guest.window.resize(1280, 800)
    guest.take(f"large-wide-{mode}")
    guest.theme.set_text_scale(1.0)
    note = (
        "The download stopped at 2.31 of 6.14 GB because the connection was lost. "
        "It goes on by itself; nothing is loaded twice."
    )
    downloads.come(E4B.id, 2_310_000_000, stage="retrying", note=note)
    guest.take(f"retrying-{mode}")
    downloads.fail(E4B.id, "The disk is full.", "Make room on it, then try again.")
    guest.take(f"failed-{mode}")
    guest.press("Cancel")
    model = on_disk(E4B, "lm-studio")
    offers.become(found=(offered(model, fitting(7_000_000_000, 22.0), E4B),))
    guest.take(f"found-{mode}")
    offers.become(found=(), advice=NOTHING_FITS)
    guest.take(f"nothing-{mode}")
    offers.become(advice=None)
    guest.newcomer.machine.hardware = None
    guest.newcomer.machine.changed.emit()
    guest.take(f"looking-{mode}")
    guest.newcomer.shelf.use(on_disk(E4B))
    guest.newcomer.shelf.become("loading", fraction=0.43)
    guest.first.show_page(guest.first.start_page)
    guest.take(f"loading-{mode}")
    guest.newcomer.shelf.become("ready")
    guest.take(f"start-{mode}")
    guest.newcomer.shelf.become(
        "failed", failure=LoadFailed("It needs 7 GB; 3 GB are free.", "Close other programs.", "")
    )
    guest.take(f"not-loaded-{mode}")
