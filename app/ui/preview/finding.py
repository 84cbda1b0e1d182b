"""Finding words in the document that is shown."""

from bisect import bisect_left

from PySide6.QtCore import QObject, QTimer

from app.session.preview import Preview
from app.ui.find_bar import FindBar
from app.ui.preview.marking import Marking
from app.ui.preview.pages_view import PagesView
from app.ui.preview.sheets import TextSheet

_AFTER_MS = 120  # after the last letter typed


class Finding(QObject):
    """Joins ``bar`` to ``preview``, which looks, and ``view``, which goes there."""

    def __init__(self, bar: FindBar, preview: Preview, view: PagesView, marking: Marking) -> None:
        super().__init__(bar)
        self._bar = bar
        self._preview = preview
        self._view = view
        self._marking = marking
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_AFTER_MS)
        self._typing.timeout.connect(self.look)
        bar.wanted.connect(self._wanted)
        bar.closed.connect(self._closed)
        preview.found.connect(self._found)
        preview.located.connect(self._located)

    def look(self) -> None:
        """Look for what stands in the bar, in a document whose text is known."""
        if self._bar.isVisible():
            self._preview.find(self._bar.field.text())

    def locate_in_sight(self) -> None:
        """Have the finds on the picture of the page in sight marked."""
        preview, page = self._preview, self._view.page
        if self._marking.current >= 0:
            first = bisect_left(preview.finds, page, key=lambda find: find.page)
            if first < len(preview.finds) and preview.finds[first].page == page:
                preview.locate_finds(page)

    def _wanted(self, words: str, backwards: bool) -> None:
        if words != self._preview.found_words:
            self._typing.start()
        elif count := len(self._preview.finds):
            self._go((self._marking.current + (-1 if backwards else 1)) % count)

    def _found(self) -> None:
        """What was looked for is known: go to the first find from here on."""
        self._marking.current = -1
        finds = self._preview.finds
        if finds and self._bar.isVisible():
            here = bisect_left(finds, self._view.page, key=lambda find: find.page)
            self._go(here % len(finds))
        else:
            self._bar.show_place(0, 0)
            self._view.refresh()

    def _go(self, index: int) -> None:
        preview, view = self._preview, self._view
        self._marking.current = index
        find = preview.finds[index]
        self._bar.show_place(index + 1, len(preview.finds))
        if isinstance(view.sheet_of(find.page), TextSheet):
            view.go_to_place(find.page, find.start)
        elif preview.found_places(find.page) is not None:
            self._show(find.page)
        else:
            if view.page != find.page:
                view.go_to(find.page)
            preview.locate_finds(find.page)
        view.refresh()

    def _located(self, page: int) -> None:
        find = self._marking.current_find
        if find is not None and find.page == page:
            self._show(page)

    def _show(self, page: int) -> None:
        places = self._preview.found_places(page) or ()
        here = max(0, min(self._marking.current_on(page), len(places) - 1))
        self._view.go_to_share(page, places[here][0].y if places and places[here] else 0.0)
        self._view.refresh()

    def _closed(self) -> None:
        self._typing.stop()
        self._marking.current = -1
        self._preview.find("")
