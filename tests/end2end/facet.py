"""The program as its user sees and handles it: what a screen reader reads, found by name, clicked
where it is."""

import re
from collections.abc import Mapping
from pathlib import Path

from tests.end2end.accessible import Node, ScreenReader
from tests.end2end.program import Program
from tests.end2end.screen import ROOT, Screen
from tests.end2end.waiting import wait_for

_BEING_READ = re.compile(r"Reading…|Page [\d,]+ of ")  # the second line of a chip
PICTURES = ROOT / "build" / "screens"


class Facet(Program):
    """A program that is read over AT-SPI. Names are those that its controls give themselves."""

    def __init__(
        self,
        screen: Screen,
        reader: ScreenReader,
        data_dir: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        spoken = {"QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1", **(environment or {})}
        super().__init__(screen, data_dir, spoken)
        self._reader = reader

    def read(self) -> tuple[Node, ...]:
        """The windows that are shown, menus and dialogs included."""
        return self._reader.read(self.pid)

    def words(self) -> str:
        """Every name and text on the screen, a line each."""
        return "\n".join(window.words() for window in self.read())

    def outline(self) -> str:
        return "\n".join(window.outline() for window in self.read())

    def find(self, name: str, role: str = "") -> list[Node]:
        """What is shown under exactly this name (and role) now."""
        return [node for window in self.read() for node in window.all(name, role)]

    def wait_for_text(self, *parts: str, timeout: float = 20.0) -> None:
        """Wait until all ``parts`` are on the screen."""

        def look() -> bool:
            words = self.words()
            return all(part in words for part in parts)

        try:
            wait_for(look, f"{parts} on the screen", timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.outline()}") from None

    def wait_for_node(self, name: str, role: str = "", timeout: float = 20.0) -> Node:
        """The first thing shown under this name."""
        try:
            return wait_for(lambda: self.find(name, role), f"{name!r} on the screen", timeout)[0]
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.outline()}") from None

    def new_chat(self) -> None:
        """Begin a new chat and wait until it is there."""
        self.focus()
        self.screen.key("ctrl+n")
        wait_for(lambda: self.title().startswith("New chat"), "a new chat is open")

    def drop(self, *files: Path) -> None:
        """Drop files over the transcript and wait until their chips have read them."""
        super().drop(*files)
        for file in files:
            self.wait_for_chip(file.name)

    def wait_for_chip(self, name: str) -> str:
        """The second line of an attachment's chip, once the attachment has been read."""

        def look() -> str:
            lines = [
                node.name.removeprefix(f"{name}, ")
                for window in self.read()
                for node in window.walk()
                if node.name.startswith(f"{name}, ") and "showing" in node.states
            ]
            return lines[0] if lines and not _BEING_READ.match(lines[0]) else ""

        return wait_for(look, f"the chip of {name}")

    def click(self, name: str, role: str = "", button: int = 1) -> None:
        """Click in the middle of what has this name, with the real mouse."""
        x, y, width, height = self.wait_for_node(name, role).box
        self.screen.click(x + width // 2, y + height // 2, button)

    def open_menu(self, button: str) -> None:
        """Open the menu behind a button; keys choose from it. (Qt tells assistive technology of
        the entry that is chosen, but does not list open menus.)"""
        before = len(self.screen.windows_of(self.pid))
        self.click(button)
        wait_for(lambda: len(self.screen.windows_of(self.pid)) > before, "the menu is open")

    def picture(self, name: str) -> Path:
        """Save what the screen shows to build/screens/, for a person to look at."""
        return self.save_picture(PICTURES / f"{name}.png")
