"""Documents for the tests of the session: made without a reader, by what has been read of them."""

import hashlib
from pathlib import Path

from app.core.document import Extract, Page
from app.session.draft import DraftAttachment
from app.session.reading_run import ReadingStage
from tests.gui.session.office import Office

FACTS = {1: "The bridge was opened in 1874.", 3: "Its longest span measures 62 metres."}


def pages(count: int, words: int = 40) -> tuple[Page, ...]:
    """``count`` pages of different ``words``, with the FACTS on some of them."""
    made = []
    for number in range(1, count + 1):
        filler = " ".join(f"word{number}x{place}" for place in range(words))
        made.append(Page(number, f"{FACTS.get(number, '')} {filler}.".strip()))
    return tuple(made)


def extract(count: int = 3, words: int = 40, name: str = "bridge.pdf") -> Extract:
    """A PDF of so many pages."""
    return Extract(name, "pdf", "page", pages(count, words), count)


def attach(office: Office, folder: Path, read: Extract) -> DraftAttachment:
    """Attach a file of which ``read`` is known already, and wait until it is ready."""
    data = b"%PDF-1.7 " + read.name.encode()
    path = folder / read.name
    path.write_bytes(data)
    office.desk.documents.keep(hashlib.sha256(data).hexdigest(), read)
    draft = office.chat.draft
    draft.add_file(str(path))
    office.until(lambda: draft.attachments[-1].state != "reading")
    one = draft.attachments[-1]
    assert one.state == "ready", one.problem
    return one


class Stages:
    """What a chat tells of its reading."""

    def __init__(self, office: Office) -> None:
        self.all: list[ReadingStage] = []
        office.chat.reading_changed.connect(lambda _entry, stage: self.all.append(stage))

    def labels(self) -> list[str]:
        """The different words, in order."""
        return list(dict.fromkeys(stage.label for stage in self.all))
