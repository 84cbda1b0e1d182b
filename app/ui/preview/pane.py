"""The pane beside the chat: a document's pages, and the passage that an answer cites."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import (
    QDesktopServices,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.core.conversation import Document
from app.core.errors import AppError
from app.core.prompt import clock
from app.desktop.player.player import Player
from app.session.chat import ChatSession
from app.session.preview import Preview
from app.ui.announce import announce
from app.ui.find_bar import FindBar
from app.ui.preview.cited import Cited, claim_words, page_at, page_of, verdict_words
from app.ui.preview.finding import Finding
from app.ui.preview.footer import Footer
from app.ui.preview.head import PaneHead
from app.ui.preview.listening import Listening
from app.ui.preview.marking import Marking, Passage
from app.ui.preview.pages_view import RAIL, PagesView
from app.ui.preview.rail import WIDTH as RAIL_WIDTH
from app.ui.preview.rail import Rail, Tick
from app.ui.preview.selecting import Selecting
from app.ui.preview.setting import picture_sheets, text_sheets
from app.ui.preview.sheets import TextSheet
from app.ui.preview.strips import find_passage, line_range
from app.ui.theme.controls import Label, Menu
from app.ui.theme.theme import Theme


class PreviewPane(QWidget):
    """Shows one document at a time; ``preview`` does the reading, ``player`` plays recordings."""

    closed = Signal()
    citation_shown = Signal(str, int)  # the answer's id, which of its citations; -1 for none

    def __init__(
        self,
        theme: Theme,
        preview: Preview,
        parent: QWidget | None = None,
        *,
        player: Player | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._preview = preview
        self._as_text = False
        self._wanted_page = 1
        self._shown_for = ""  # the blob whose pages are in the view
        self.marking = Marking(preview)
        self.cited = Cited(self)
        self.head = PaneHead(theme)
        self.view = PagesView(theme, self._want)
        self.rail = Rail(theme, self.view)
        self.footer = Footer(theme)
        self.footer.hide()
        self._message = Label(theme, role="ui", color="text-2", wrap=True, parent=self)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.hide()
        self.selecting = Selecting(self.view, self.marking)
        self.listening: Listening | None = None
        if player is not None:
            self.listening = Listening(self.view, self.marking, preview, player, self._failed)
            self.listening.changed.connect(self._show_playing)
            self.footer.play.clicked.connect(self._play_citation)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.head)
        self._column.addWidget(self.view, 1)
        self._column.addWidget(self.footer)
        self.find_bar = FindBar(theme, self, self.tr("Find in the document"))
        self._finding = Finding(self.find_bar, preview, self.view, self.marking)
        self.setAccessibleName(self.tr("Document"))
        self.setFocusProxy(self.view)
        self._connect()
        self._fit_direction()

    def _connect(self) -> None:
        preview, head, view = self._preview, self.head, self.view
        preview.sizes_known.connect(self._show_pages)
        preview.extract_known.connect(self._extract_known)
        preview.picture_ready.connect(lambda _page: view.refresh())
        preview.located.connect(self._located)
        preview.failed.connect(self._failed)
        head.previous.clicked.connect(view.previous_page)
        head.next.clicked.connect(view.next_page)
        head.field.wanted.connect(self._go_to_typed)
        head.text.toggled.connect(self.show_text)
        head.open.clicked.connect(self._open_elsewhere)
        head.close_button.clicked.connect(self.close_pane)
        view.page_changed.connect(self._page_changed)
        view.menu_wanted.connect(self._open_menu)
        self.rail.chosen.connect(self.cited.go)
        self.footer.step_wanted.connect(self.cited.step)
        self.cited.changed.connect(self._citation_changed)
        self.selecting.changed.connect(view.refresh)
        self.find_bar.closed.connect(self.focus_pages)
        self._theme.changed.connect(self.update)

    # -- orders -----------------------------------------------------------------------------

    def open_document(self, document: Document, page: int = 1) -> None:
        """Show a document from ``page`` on."""
        self.cited.close()
        self._open(document, page)

    def open_citation(self, session: ChatSession, entry_id: str, index: int) -> None:
        """Show the page that a citation names, with its passage marked: the citation ``index`` of
        ``session.check(entry_id)``, which may still have to be looked up."""
        self.cited.open(session, entry_id, index)

    def close_pane(self) -> None:
        """Let go of the document, and tell."""
        self.find_bar.close_bar()
        self.cited.close()
        self._forget()
        self._preview.close()
        self.closed.emit()

    @property
    def document(self) -> Document | None:
        """What is shown."""
        return self._preview.document

    @property
    def has_focus(self) -> bool:
        """Whether the keyboard is here."""
        focused = self.window().focusWidget()
        return focused is not None and self.isAncestorOf(focused)

    def focus_pages(self) -> None:
        """Give the keyboard to the pages."""
        self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def open_find(self) -> None:
        """Look for words in the document."""
        if self.document is not None:
            self.find_bar.open_bar()
            self._place_find_bar()

    def show_text(self, shown: bool) -> None:
        """Show the text of the pages instead of their pictures, or the pictures again."""
        if shown != self._as_text:
            self._as_text = shown
            self.head.text.setChecked(shown)
            page = self.view.page
            self._show_pages()
            self.view.go_to(page)
            self._mark_citation()

    # -- showing ----------------------------------------------------------------------------

    def _open(self, document: Document, page: int) -> None:
        """Show another document, or another page of the one that is shown."""
        if self.document is not None and self.document.blob == document.blob:
            self.view.go_to(page)
            return
        self._forget()
        self._wanted_page = page
        self.head.title.setText(document.name)
        self.head.set_openable(document.kind != "folder")
        self._preview.open(document)

    def _forget(self) -> None:
        """Show nothing."""
        if self.listening is not None:
            self.listening.stop()
        self.find_bar.close_bar()
        self.marking.clear()
        self._as_text = False
        self._shown_for = ""
        self.head.text.setChecked(False)
        self.head.text.hide()
        self._message.hide()
        self.view.show_sheets(())

    def _show_pages(self) -> None:
        """Put the pages into the view, as pictures or as text."""
        preview = self._preview
        document = preview.document
        if document is None:
            return
        pictures = bool(preview.sizes) and not self._as_text
        sheets = (picture_sheets if pictures else text_sheets)(preview, self.marking)
        again = self._shown_for == document.blob
        page = self.view.page if again else self._wanted_page
        self._shown_for = document.blob
        self.view.show_sheets(sheets, page=page)
        self._page_changed(self.view.page)
        if not again:
            announce(self, self.tr("{0} is open").format(document.name))

    def _extract_known(self) -> None:
        preview = self._preview
        if not preview.sizes or self._as_text:
            self._show_pages()
        self.head.text.setVisible(bool(preview.sizes))
        self._page_changed(self.view.page)
        self._mark_citation()
        self._finding.look()

    def _failed(self, error: AppError) -> None:
        self._message.setText(f"{error.what} {error.next_step}".strip())
        self._place_message()
        self._message.show()

    def _want(self, pages: Sequence[int], width: int) -> None:
        self._preview.want(pages, width)
        self._finding.locate_in_sight()

    # -- where one is -----------------------------------------------------------------------

    def _page_changed(self, page: int) -> None:
        extract = self._preview.extract
        count = len(self._preview.sizes) or (extract.total if extract is not None else 0)
        if extract is not None and extract.unit == "time" and extract.pages:
            here = self._preview.page(page)
            self.head.show_place(clock(here.start if here else 0), clock(extract.pages[-1].end))
        else:
            self.head.show_place(str(page), str(max(count, page)))
        self.head.previous.setEnabled(page > 1)
        self.head.next.setEnabled(page < count)
        document = self.document
        if document is not None:
            if self._can_listen:
                name = self.tr("{0}, {1}, {2}").format(
                    self.head.field.text(), self.head.last, document.name
                )
            else:
                name = self.tr("Page {0} of {1}, {2}").format(page, count, document.name)
            self.view.setAccessibleName(name)
            shown = self._preview.page(page)
            self.view.setAccessibleDescription(shown.text[:4000] if shown is not None else "")

    def _go_to_typed(self, place: str) -> None:
        """Go to a page by its number, by its own name, or by the time."""
        extract = self._preview.extract
        label = next(
            (page.number for page in (extract.pages if extract else ()) if page.label == place), 0
        )
        if extract is not None and extract.unit == "time" and ":" in place:
            parts = place.split(":")
            if all(part.isdigit() for part in parts):
                seconds = 0.0
                for part in parts:
                    seconds = 60 * seconds + int(part)
                label = page_at(extract, seconds)
        if label:
            self.view.go_to(label)
        elif place.isdecimal():
            count = self.view.sheets[-1].number if self.view.sheets else 1
            self.view.go_to(min(max(int(place), 1), count))
        self.focus_pages()

    # -- citations --------------------------------------------------------------------------

    def _play_citation(self) -> None:
        current, page = self.cited.current, self._cited_page
        if self.listening is not None and current is not None and page:
            self.listening.toggle(page, *current[0].seconds[:1])

    def _show_playing(self) -> None:
        """What the button beside the citation does."""
        listening, page = self.listening, self._cited_page
        if listening is None or not listening.ready or not page:
            self.footer.show_play(None)
        else:
            self.footer.show_play(self.marking.playing == page)

    @property
    def _cited_page(self) -> int:
        """The page that the open citation is about, if it is of this document; 0 for none."""
        current, document = self.cited.current, self.document
        source = self.cited.document(current[0]) if current is not None else None
        if current is None or source is None or document is None or source.blob != document.blob:
            return 0
        return page_of(*current, self._preview.extract)

    def _citation_changed(self) -> None:
        cited = self.cited
        self.citation_shown.emit(cited.entry, cited.index)
        current = cited.current
        if current is None:
            self.marking.passage = None
            self.footer.hide()
            self.rail.set_ticks((), -1)
            self.view.refresh()
            return
        citation, verdict = current
        document = cited.document(citation)
        if document is None:
            self._show_verdict()
            return
        known = self.document is not None and self.document.blob == document.blob
        page = page_of(citation, verdict, self._preview.extract if known else None)
        if not known:
            self._open(document, page or 1)
        else:
            self._preview.refresh()
        self._mark_citation()
        if self.footer.isVisible():
            announce(self.footer, ", ".join(filter(None, self.footer.words)))

    def _mark_citation(self) -> None:
        """Show the page of the open citation, mark the passage, and say what there is to say."""
        current = self.cited.current
        if current is None:
            return
        citation, verdict = current
        extract = self._preview.extract
        page = page_of(citation, verdict, extract)
        shown = self._preview.page(page)
        start = end = 0
        if shown is not None and citation.path and citation.lines[0]:
            start, end = line_range(shown, *citation.lines)
        elif shown is not None:
            start, end = find_passage(shown.text, verdict.passage)
        self.marking.passage = Passage(page, verdict.passage, start, end) if page else None
        self._show_verdict()
        self._show_ticks()
        if page and self.view.sheet_of(page) is not None:
            if isinstance(self.view.sheet_of(page), TextSheet):
                if end > start:
                    self.view.go_to_place(page, start)
                else:
                    self.view.go_to(page)
            elif self._preview.is_located(page, verdict.passage):
                self._located(page)
            else:
                self.view.go_to(page)
                self._preview.locate(page, verdict.passage)
        self.view.refresh()

    def _located(self, page: int) -> None:
        """It is known where words are on a page: go there, if they are the passage."""
        passage = self.marking.passage
        if passage is not None and passage.page == page == self.view.page:
            places = self._preview.places(page, passage.words)
            if places and not self.find_bar.isVisible():
                self.view.go_to_share(page, places[0].y)
        self.view.refresh()

    def _show_verdict(self) -> None:
        current = self.cited.current
        if current is None:
            return
        citation, verdict = current
        extract = self._preview.extract
        page = page_of(citation, verdict, extract)
        if self.cited.document(citation) is None:
            verdict_line = self.tr("The document is not in this chat any more")
            self.footer.show_verdict(found=False, verdict=verdict_line, about="")
        else:
            self.footer.show_verdict(
                found=verdict.state == "found",
                verdict=verdict_words(citation, verdict, page, extract),
                about=claim_words(verdict, page, extract),
            )
        self.footer.show_place(self.cited.index + 1, len(self.cited.items))
        self._show_playing()
        self.footer.show()

    def _show_ticks(self) -> None:
        document, extract = self.document, self._preview.extract
        count = len(self._preview.sizes) or (extract.total if extract is not None else 0)
        if document is None or not count:
            return
        ticks = []
        for index, (citation, verdict) in enumerate(self.cited.items):
            source = self.cited.document(citation)
            page = page_of(citation, verdict, extract)
            if source is not None and source.blob == document.blob and 0 < page <= count:
                found = verdict.state == "found"
                ticks.append(Tick(index, page, (page - 0.5) / count, found))
        self.rail.set_ticks(tuple(ticks), self.cited.index)

    # -- other things one can do ------------------------------------------------------------

    def _open_elsewhere(self) -> None:
        self._preview.copy_out(_open_file)

    def copy(self) -> None:
        """Copy what is selected, else the text of the page in sight."""
        if not self.selecting.copy():
            page = self._preview.page(self.view.page)
            if page is not None and page.text:
                QGuiApplication.clipboard().setText(page.text)
                announce(self, self.tr("The text of the page was copied"))

    @property
    def _can_listen(self) -> bool:
        return self.listening is not None and self.listening.ready

    def _listen_on(self) -> None:
        if self.listening is not None:
            self.listening.press_enter()
            if self.listening.playing:
                announce(self, self.tr("Playing from {0}").format(self.head.field.text()))

    def _open_menu(self, point: QPoint) -> None:
        menu = Menu(self._theme, self)
        page = self._preview.page(self.view.page)
        if self.selecting.text:
            menu.add(self.tr("Copy"), self.copy, icon="copy", shortcut="Ctrl+C")
        else:
            words = self.tr("Copy the text of this page")
            enabled = page is not None and bool(page.text)
            menu.add(words, self.copy, icon="copy", shortcut="Ctrl+C", enabled=enabled)
        if self._can_listen and self.listening is not None:
            heard = self.listening.playing
            words = self.tr("Stop playing") if heard else self.tr("Listen from here")
            icon = "stop" if heard else "play"
            menu.add(words, self._listen_on, icon=icon, shortcut="Enter")
        menu.add(self.tr("Find in the document"), self.open_find, icon="search", shortcut="Ctrl+F")
        menu.addSeparator()
        menu.add(self.tr("Larger"), lambda: self.view.zoom_by(1), icon="plus", shortcut="Ctrl++")
        menu.add(self.tr("Smaller"), lambda: self.view.zoom_by(-1), icon="minus", shortcut="Ctrl+-")
        menu.add(self.tr("Fit the width"), lambda: self.view.set_zoom(1.0), shortcut="Ctrl+0")
        menu.addSeparator()
        if self._preview.can_open:
            menu.add(self.tr("Open in its own program"), self._open_elsewhere, icon="open")
        menu.add(self.tr("Close the document"), self.close_pane, icon="x", shortcut="Esc")
        menu.aboutToHide.connect(menu.deleteLater)
        menu.open_at(point)

    # -- what happens to it -----------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if event.key() == Qt.Key.Key_Escape:
            if self.find_bar.isVisible():
                self.find_bar.close_bar()
            else:
                self.close_pane()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.selecting.select_page(self.view.page)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._can_listen:
            self._listen_on()
        elif alt and event.key() == Qt.Key.Key_Down:
            self.cited.step(1)
        elif alt and event.key() == Qt.Key.Key_Up:
            self.cited.step(-1)
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._fit_direction()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._column.activate()
        self._place_rail()
        self._place_find_bar()
        self._place_message()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._place_rail()
            self._place_find_bar()
        return done

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.color("sidebar"))
        x = self.width() - 1 if self.isRightToLeft() else 0
        painter.fillRect(x, 0, 1, self.height(), self._theme.color("border"))

    def _fit_direction(self) -> None:
        mirrored = self.isRightToLeft()
        self._column.setContentsMargins(0 if mirrored else 1, 0, 1 if mirrored else 0, 0)
        self.head.restyle()
        self.footer.restyle()
        self._place_rail()

    def _place_rail(self) -> None:
        viewport = self.view.viewport().geometry()
        height = max(0, viewport.height() - 34)
        gap = (RAIL - RAIL_WIDTH) if self.isRightToLeft() else 0
        x = viewport.left() - RAIL + gap if self.isRightToLeft() else viewport.right() + 1
        self.rail.setGeometry(x, viewport.top() + 4, RAIL_WIDTH, height)
        self.rail.raise_()

    def _place_find_bar(self) -> None:
        bar = self.find_bar
        others = bar.minimumSizeHint().width() - bar.field.minimumWidth()
        bar.field.setFixedWidth(max(80, min(220, self.width() - 24 - others)))
        bar.adjustSize()
        right = 16 if self.isRightToLeft() else self.width() - self.find_bar.width() - 16
        self.find_bar.move(max(right, 8), self.head.height() + 4)

    def _place_message(self) -> None:
        width = max(100, self.width() - 96)
        height = self._message.heightForWidth(width)
        middle = self.view.geometry().center().y()
        self._message.setGeometry((self.width() - width) // 2, middle - height, width, height)


def _open_file(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
