"""The screenshot assistant as somebody uses it: a key, a drag, a question, an answer beside it.

Facet lies behind another program's window, which shows a picture and has the focus.
"""

import contextlib
from collections.abc import Iterator

import pytest
from PIL import Image

from tests.data.pictures import draw
from tests.end2end.accessible import Node
from tests.end2end.facet import Facet
from tests.end2end.models import MINIATURE, write_settings
from tests.end2end.screen import Screen
from tests.end2end.shown_picture import ShownPicture, showing
from tests.end2end.waiting import wait_for

KEY = "ctrl+shift+space"
SEE = "What do you see?"
RED = "a red circle at the top left"
SIDE = 400  # px of the picture
CORNER = (300, 160)  # of the window that shows it


@pytest.fixture
def shown(screen: Screen) -> Iterator[ShownPicture]:
    """Another program's window, with a red circle in it."""
    page = Image.new("RGB", (760, 560), (248, 249, 250))
    page.paste(draw("red", "circle", "at the top left", (SIDE, SIDE)), (80, 80))
    with showing(screen.display, page, *CORNER, title="A picture") as window:
        yield window


class Hand:
    """Somebody at the screen, in front of a program that is asked about what lies on it."""

    def __init__(self, facet: Facet, shown: ShownPicture) -> None:
        self.facet = facet
        self.screen = facet.screen
        left, top, _, _ = self.screen.box_of(shown.id)
        self.picture = (left + 80, top + 80)
        self._shown = shown.id

    def freeze(self) -> None:
        """The other window is in front and has the keys; press the key."""
        self.look_at_picture()
        before = self.windows()

        def press() -> bool:
            self.screen.key(KEY)  # for nothing while Facet is not yet listening, soon after a start
            with contextlib.suppress(AssertionError):
                return wait_for(lambda: self.windows() > before, "the screen is frozen", 1)
            return False

        wait_for(press, "the screen is frozen")

    def look_at_picture(self) -> None:
        """Bring the other window to the front."""
        self.screen.xdotool("windowactivate", self._shown)
        wait_for(lambda: self.screen.focused_window() == self._shown, "the picture has the keys")

    def mark(self, *, width: int = SIDE, height: int = SIDE) -> None:
        """Drag over the picture, and wait until a question can be typed."""
        x, y = self.picture
        self.screen.xdotool("mousemove", x, y)
        self.screen.xdotool("mousedown", 1)
        for step in range(1, 9):
            self.screen.xdotool("mousemove", x + width * step // 8, y + height * step // 8)
        self.screen.xdotool("mouseup", 1)
        wait_for(self.can_type, "the question can be typed")

    def ask(self, question: str) -> None:
        self.screen.type(question)
        self.screen.key("Return")

    def answered(self, count: int) -> None:
        """Wait until there are so many answers, and none is being written."""
        facet = self.facet

        def done() -> bool:
            messages = facet.newest_messages()
            ended = [one for one in messages if one.role == "assistant" and one.outcome == "done"]
            return len(ended) == count and not facet.find("Stop", "push button")

        wait_for(done, f"{count} answers", 60)

    def is_frozen(self) -> bool:
        return bool(self.facet.find("Question"))

    def windows(self) -> int:
        return len(self.screen.windows_of(self.facet.pid))

    def can_type(self) -> bool:
        return any("focused" in node.states for node in self.facet.find("Question"))


@pytest.fixture(params=["light"])
def hand(facet: Facet, shown: ShownPicture, request: pytest.FixtureRequest) -> Hand:
    write_settings(
        facet.data_dir,
        model=MINIATURE,
        picture_budget=70,
        theme=request.param,
        window=(60, 40, 900, 700),
    )
    facet.start()
    wait_for(lambda: "model_ready" in facet.milestones(), "the model is loaded", 60)
    return Hand(facet, shown)


def rows(facet: Facet) -> list[Node]:
    """The list of places in the card."""
    return [
        node
        for window in facet.read()
        for node in window.walk()
        if ", left " in node.name and "showing" in node.states
    ]


@pytest.mark.parametrize("hand", ["light", "dark"], indirect=True)
def test_a_key_a_drag_a_question_and_its_answer(hand: Hand, request: pytest.FixtureRequest) -> None:
    facet, screen = hand.facet, hand.screen
    theme = facet.settings()["theme"]

    def keep(name: str) -> None:
        facet.picture(f"{name}-{theme}")

    before = hand.windows()
    hand.freeze()
    keep("60-frozen")
    hand.mark()
    facet.wait_for_text("Picture ready")
    keep("61-marked")

    hand.ask(SEE)
    facet.wait_for_text(RED)
    hand.answered(1)
    keep("62-answered")

    # A question that follows has the picture before it already.
    hand.ask("Repeat: banana")
    hand.answered(2)
    stats = facet.newest_messages()[-1].stats
    assert stats is not None
    assert stats["encode_ms"] == 0
    assert stats["cached_tokens"] > 64, "the picture is read again"

    facet.click("Find…", "push button")
    screen.type("the red circle")
    keep("63-find")
    screen.key("Return")
    hand.answered(3)
    facet.still_picture()  # the card has grown to where it will be
    places = rows(facet)
    assert places, facet.outline()
    assert places[0].name.startswith("1, ")
    x, y, width, height = places[0].box
    before_hover = screen.picture()
    screen.xdotool("mousemove", x + width // 2, y + height // 2)
    left, top = hand.picture

    def changed(part: tuple[int, int, int, int]) -> bool:
        return screen.picture().crop(part).tobytes() != before_hover.crop(part).tobytes()

    wait_for(lambda: changed((x, y, x + width, y + height)), "the row is lit")
    wait_for(lambda: changed((left, top, left + SIDE, top + SIDE)), "its box as well")
    keep("64-boxes")

    facet.click("Continue in chat", "push button")
    wait_for(lambda: not hand.is_frozen(), "the overlay goes")
    wait_for(lambda: facet.title().startswith(SEE), "the chat is open")
    assert hand.windows() == before
    chat = facet.newest()
    assert chat is not None
    assert [one.text for one in chat.messages[:2]] == [SEE, RED]
    assert [part["type"] for part in chat.messages[0].attachments] == ["image"]
    facet.wait_for_text(RED)
    keep("65-in-chat")


def test_escape_leaves_nothing(hand: Hand) -> None:
    facet, screen = hand.facet, hand.screen
    before = hand.windows()
    hand.freeze()
    hand.mark()
    facet.wait_for_text("Picture ready")
    assert captured(facet)
    screen.key("Escape")
    wait_for(lambda: not hand.is_frozen(), "the region is given up")
    screen.key("Escape")
    wait_for(lambda: hand.windows() == before, "the overlay goes")
    wait_for(lambda: not captured(facet), "the picture is deleted")
    assert facet.chats() == []


def captured(facet: Facet) -> list[str]:
    """The files of pictures that nobody has asked about."""
    folder = facet.data_dir
    return [str(path) for path in folder.rglob("*") if path.is_file() and "captures" in path.parts]


def test_a_pinned_answer_stays_on_top(hand: Hand) -> None:
    facet, screen = hand.facet, hand.screen
    before = set(screen.windows_of(facet.pid))
    hand.freeze()
    hand.mark()
    hand.ask(SEE)
    facet.wait_for_text(RED)
    hand.answered(1)
    facet.click("Pin on top", "push button")
    wait_for(lambda: not hand.is_frozen(), "the overlay goes")
    (pinned,) = wait_for(
        lambda: [one for one in screen.windows_of(facet.pid) if one not in before],
        "the answer is in a window of its own",
    )
    assert screen.window_title(pinned) == SEE
    facet.wait_for_text(RED)
    left, top, right, bottom = screen.box_of(pinned)
    hand.look_at_picture()
    inside = (left + 8, top + 8, right - 8, bottom - 8)
    wait_for(
        lambda: screen.picture().crop(inside).getpixel((2, 2)) == (255, 255, 255),
        "it lies above the window that has the keys",
    )
    facet.picture("66-pinned")
    screen.xdotool("windowactivate", pinned)
    wait_for(lambda: screen.focused_window() == pinned, "the pinned answer has the keys")
    screen.key("Escape")
    wait_for(lambda: set(screen.windows_of(facet.pid)) == before, "it is closed")


def test_all_of_it_without_a_mouse(hand: Hand) -> None:
    facet, screen = hand.facet, hand.screen
    before = hand.windows()
    hand.freeze()
    screen.key("Return")  # the whole screen
    wait_for(hand.can_type, "the question can be typed")
    screen.key("Tab", "Tab", "Tab", "Tab", "Tab")  # past the microphone and the suggestions
    wait_for(lambda: has_keys(facet, "Translate into another language"), "the menu's button")
    frozen = hand.windows()
    screen.key("Return")
    wait_for(lambda: hand.windows() > frozen, "the menu is open")
    facet.picture("67-languages")
    screen.key("Escape")
    wait_for(lambda: hand.windows() == frozen, "the menu is closed, and nothing else")
    screen.key("shift+Tab", "shift+Tab", "shift+Tab")
    wait_for(lambda: has_keys(facet, "Explain"), "the first suggestion")
    screen.key("Return")
    hand.answered(1)
    assert facet.newest_messages()[0].text.startswith("Explain briefly")
    screen.key("Escape")
    wait_for(lambda: not hand.is_frozen(), "the region is given up")
    screen.key("Escape")
    wait_for(lambda: hand.windows() == before, "the overlay goes")
    chat = facet.newest()
    assert chat is not None, "what was asked is kept"
    assert chat.title.startswith("Explain")


def has_keys(facet: Facet, name: str) -> bool:
    return any("focused" in node.states for node in facet.find(name, "push button"))
