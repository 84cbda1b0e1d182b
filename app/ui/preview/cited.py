"""The citations of an answer, one of which is open, and the words for them."""

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.core.conversation import Document
from app.core.document import Extract, Page, Unit
from app.core.reading.citations import Citation, Verdict
from app.session.chat import ChatSession

_LONGEST = 80  # characters of a claim


class Cited(QObject):
    """Goes through the citations of one answer of ``session``."""

    changed = Signal()  # another one is open, or none

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session: ChatSession | None = None
        self.entry = ""
        self.index = -1
        self.items: tuple[tuple[Citation, Verdict], ...] = ()

    def open(self, session: ChatSession, entry: str, index: int) -> None:
        """Open the citation ``index`` of the answer ``entry``, once it has been looked up."""
        if session is not self._session:
            self._leave()
            self._session = session
            session.checked.connect(self._checked)
        self.entry, self.index = entry, index
        self.items = session.check(entry)
        self.changed.emit()

    def close(self) -> None:
        """None is open any more."""
        if self.index >= 0:
            self._leave()
            self.entry, self.index, self.items = "", -1, ()
            self.changed.emit()

    def step(self, step: int) -> None:
        """Go to the next one, or to the one before for -1."""
        self.go(self.index + step)

    def go(self, index: int) -> None:
        """Open another citation of the same answer."""
        if 0 <= index < len(self.items) and index != self.index:
            self.index = index
            self.changed.emit()

    @property
    def current(self) -> tuple[Citation, Verdict] | None:
        """The one that is open, once it is known."""
        return self.items[self.index] if 0 <= self.index < len(self.items) else None

    def document(self, citation: Citation) -> Document | None:
        """What a citation is from; None if the chat has no such document any more."""
        if self._session is None:
            return None
        for one in self._session.documents:
            if one.number == citation.document:
                return one.document
        return None

    def _checked(self, entry: str) -> None:
        if entry == self.entry and self._session is not None and not self.items:
            self.items = self._session.check(entry)
            self.changed.emit()

    def _leave(self) -> None:
        if self._session is not None:
            self._session.checked.disconnect(self._checked)
            self._session = None


def page_of(citation: Citation, verdict: Verdict, extract: Extract | None) -> int:
    """The number of the page that a citation is about; 0 if there is no such page."""
    if verdict.page:
        return verdict.page
    if extract is not None and citation.path:
        return next((page.number for page in extract.pages if page.label == citation.path), 0)
    if extract is not None and citation.seconds:
        return page_at(extract, citation.seconds[0])
    if not citation.pages or (extract is not None and citation.pages[0] > extract.total):
        return 0
    return citation.pages[0]


def page_at(extract: Extract, seconds: float, *, exact: bool = False) -> int:
    """The number of the piece of a recording that is heard at a time. Times that are written
    name whole seconds, a piece the one that it begins in, unless it has to be ``exact``."""
    before = [
        page.number
        for page in extract.pages
        if (page.start if exact else int(page.start)) <= seconds
    ]
    return before[-1] if before else 1


def verdict_words(citation: Citation, verdict: Verdict, page: int, extract: Extract | None) -> str:
    """Whether a citation holds, in a few words."""
    if verdict.state == "no_page":
        return _say("{0} is not in the document").format(citation.label)
    unit: Unit = extract.unit if extract is not None else "page"
    shown = extract.pages[page - 1] if extract and 0 < page <= len(extract.pages) else None
    where = place_words(unit, page, shown)
    words = _say("Found {0}") if verdict.state == "found" else _say("Not found {0}")
    return words.format(where)


def place_words(unit: Unit, number: int, page: Page | None) -> str:
    """Where something is: "on page 12", "in src/app.py", "at 12:30"."""
    words = {
        "page": _say("on page {0}"),
        "slide": _say("on slide {0}"),
        "sheet": _say("on sheet {0}"),
        "section": _say("in section {0}"),
        "file": _say("in {0}"),
        "time": _say("at {0}"),
    }[unit]
    named = unit in ("sheet", "file", "time") and page is not None and page.label
    return words.format(page.label if named and page is not None else number)


def claim_words(verdict: Verdict, page: int, extract: Extract | None) -> str:
    """What the citation is there for, after the chapter it is in."""
    claim = " ".join(verdict.words.split())
    if len(claim) > _LONGEST:
        claim = claim[: _LONGEST - 1].rstrip() + "…"
    if verdict.state != "found":
        return _say("Check before you rely on “{0}”").format(claim) if claim else ""
    if not claim:
        return ""
    chapter = chapter_of(extract, page)
    if chapter:
        return _say("{0}, supports “{1}”").format(chapter, claim)
    return _say("Supports “{0}”").format(claim)


def chapter_of(extract: Extract | None, page: int) -> str:
    """The heading that a page stands under; "" if none is known."""
    title = ""
    for heading in extract.headings if extract is not None else ():
        if heading.page > page:
            break
        title = heading.title
    return title if len(title) <= 48 else title[:47].rstrip() + "…"


def _say(text: str) -> str:
    return QCoreApplication.translate("Preview", text)
