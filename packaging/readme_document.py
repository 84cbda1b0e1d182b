"""Makes the README's picture of a document, docs/document.png: an answer about an agreement, its
citations, and the page that one of them leads to.

The agreement is a PDF that is written here, and read and shown by Facet's own reader and window.
The answer is an example that stands below: no Gemma 4 runs on the machine that makes the picture.
What is found of its citations is found by Facet. Twice the size, for dense screens.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ |= {"QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": "2"}

import msgspec  # noqa: E402
from PySide6.QtCore import QMarginsF, QSizeF  # noqa: E402
from PySide6.QtGui import QFont, QPageSize, QPdfWriter, QTextDocument  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from app.core.conversation import Stats  # noqa: E402
from app.desktop.hotkey import Hotkey  # noqa: E402
from app.main import RESOURCES  # noqa: E402
from app.models.catalogue import Catalogue  # noqa: E402
from app.session.preview import Preview  # noqa: E402
from app.ui.dialogs.dialogs import Dialogs  # noqa: E402
from app.ui.preview.pictures import decode  # noqa: E402
from app.ui.theme.theme import Theme  # noqa: E402
from app.ui.window import MainWindow  # noqa: E402
from tests.gui.session.fake_engine import FakeEngine  # noqa: E402
from tests.gui.session.office import MINI, Office  # noqa: E402

QUESTION = "Summarise this for a tenant. What happens to my deposit?"
ANSWER = """### In short

A twelve-month tenancy from 1 December at 1,450 a month, with a break after six months. \
[p. 1] [p. 2]

### Your deposit

- You pay 1,450; it goes to a deposit scheme within fourteen days. [p. 3]
- You get it back **within twenty-one days**, less damage beyond fair wear. [p. 3]
- Cleaning is charged only where the inventory shows a better state. [p. 3]
- A late return adds interest of 5 %. [p. 4]
"""
PAGES = (
    ("1 Parties and term", "The tenancy begins on 1 December and runs for twelve months.",
     "The rent is 1,450 a month, due on the third working day of each month.",
     "The Tenant may use the cellar and the garden together with the other tenants."),
    ("2 Break", "Either party may end the tenancy after six months, by two months' notice in "
     "writing.", "Notice is given in writing to the address in Annex A.",
     "A notice by electronic mail is not enough."),
    ("4 Deposit", "The Tenant pays a deposit of 1,450 before moving in. The Landlord places it "
     "with the deposit scheme named in Annex B within fourteen days.",
     "The deposit bears no interest for the Tenant.",
     "The Landlord returns the deposit within twenty-one days of the end of the tenancy, less the "
     "cost of damage that goes beyond fair wear, each item shown by an invoice or two quotes.",
     "Cleaning is not damage. A cleaning charge may be made only where the inventory of Annex A "
     "shows a better state on moving in."),
    ("5 Repairs", "The Landlord keeps the structure, the heating, the hot water and the wiring in "
     "working order.", "The Tenant reports a defect in writing within seven days.",
     "If the Landlord does not begin an urgent repair within forty-eight hours, the Tenant may "
     "have it done and deduct the cost from the next rent."),
)  # fmt: skip


class Bot:
    """Waits as pytest-qt does."""

    def waitUntil(self, condition: Callable[[], bool], timeout: int = 20_000) -> None:  # noqa: N802
        end = time.monotonic() + timeout / 1000
        while not condition():
            QApplication.processEvents()
            assert time.monotonic() < end, "it did not come"


def write_agreement(path: Path) -> Path:
    """The agreement, a section on each page."""
    writer = QPdfWriter(str(path))
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A5))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setTitle("Tenancy agreement")
    document = QTextDocument()
    document.setDefaultFont(QFont("DejaVu Serif", 10))
    pages = []
    for title, *clauses in PAGES:
        number = title.partition(" ")[0]
        words = "".join(
            f'<p style="margin-bottom:10px">{number}.{place} {clause}</p>'
            for place, clause in enumerate(clauses, 1)
        )
        pages.append(f"<h3>{title}</h3>{words}")
    breaks = '<div style="page-break-before:always"></div>'
    document.setHtml(f'<body style="margin:40px">{breaks.join(pages)}</body>')
    document.setPageSize(QSizeF(writer.width() / writer.logicalDpiX() * 96, 793))
    document.print_(writer)
    return path


def main() -> int:
    app = QApplication([])
    spec = msgspec.structs.replace(MINI, title="Gemma 4 E4B")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        agreement = write_agreement(folder / "Tenancy agreement.pdf")
        bot: Any = Bot()
        office = Office.open(folder / "data", FakeEngine(), bot, catalogue=Catalogue((spec,)))
        try:
            picture = shoot(app, office, agreement, folder)
            picture.save(str(ROOT / "docs" / "document.png"))
        finally:
            office.close()
    print(ROOT / "docs" / "document.png")
    return 0


def shoot(app: QApplication, office: Office, agreement: Path, folder: Path) -> Any:
    """Attach the agreement, ask, have it answered, open the third citation."""
    office.preferences.change(welcomed=True)
    theme = Theme(app, RESOURCES, mode="light", reduced_motion=True)
    hotkey = Hotkey()
    dialogs = Dialogs(
        theme, office.preferences, office.shelf, hotkey, office.jobs, office.paths, RESOURCES
    )
    preview = Preview(office.desk.documents, office.jobs, folder / "opened", decode)
    window = MainWindow(
        theme,
        office.chats,
        office.shelf,
        office.preferences,
        dialogs,
        office.offers,
        office.downloads,
        hotkey,
        preview,
    )
    window.resize(1320, 820)
    window.show()
    office.load_model()
    draft = office.chat.draft
    draft.add_file(str(agreement))
    office.until(lambda: draft.attachments and draft.attachments[0].state == "ready")
    draft.text = QUESTION
    office.chat.send()
    office.until(lambda: office.engine.questions)
    office.engine.write(ANSWER)
    office.engine.end(stats=Stats(answer_tokens=96, decode_tps=21.8))
    office.until(lambda: not office.chat.busy)
    answer = office.chat.entries[-1].id
    office.until(lambda: office.chat.check(answer))
    view = window.page.chat_view
    assert view is not None
    view.citation_opened.emit(answer, 3)
    end = time.monotonic() + 3
    while time.monotonic() < end:  # the page is rendered, and the passage looked for
        QApplication.processEvents()
        time.sleep(0.01)
    picture = window.grab().toImage()
    window.close()
    return picture


if __name__ == "__main__":
    sys.exit(main())
