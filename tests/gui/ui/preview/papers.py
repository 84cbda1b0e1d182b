"""Documents for the pane: a tenancy agreement as a PDF, and what has been read of it."""

from pathlib import Path

from PySide6.QtCore import QMarginsF, QSizeF
from PySide6.QtGui import QFont, QPageSize, QPainter, QPdfWriter, QTextDocument

from app.core.document import Extract, Heading, Page

DEPOSIT = 12  # the page with the clauses below
CLAUSES = (
    "4.1 The Tenant pays a deposit of 1,450 before moving in. The Landlord places it with the "
    "deposit scheme named in Annex B within fourteen days.",
    "4.2 The deposit bears no interest for the Tenant.",
    "4.3 The Landlord returns the deposit within twenty-one days of the end of the tenancy, less "
    "the cost of damage that goes beyond fair wear, each item shown by an invoice or two quotes.",
    "4.4 Cleaning is not damage. A cleaning charge may be made only where the inventory of Annex "
    "A shows a better state on moving in.",
    "5.1 The Landlord keeps the structure, the heating, the hot water and the wiring in working "
    "order.",
    "5.2 The Tenant reports a defect in writing within seven days. Urgent defects may be reported "
    "by telephone to the number in Annex C.",
    "6.1 The Landlord may enter after notice of twenty-four hours, between eight and six, for "
    "inspection or repair.",
)
PASSAGE = CLAUSES[2].removeprefix("4.3 ")


def words_of(page: int) -> tuple[str, ...]:
    """The paragraphs of a page."""
    if page == DEPOSIT:
        return CLAUSES
    return tuple(
        f"{page}.{number} Clause {number} of page {page} says what the parties have agreed upon, "
        "in words that are long enough to go over the end of the line on any paper."
        for number in range(1, 12)
    )


def write_agreement(path: Path, pages: int = 37) -> Path:
    """A PDF, printed by Qt, of ``pages`` pages of 360 × 510 points."""
    writer = QPdfWriter(str(path))
    writer.setPageSize(QPageSize(QSizeF(360, 510), QPageSize.Unit.Point))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setResolution(72)
    painter = QPainter(writer)
    font = QFont("DejaVu Serif")
    font.setPixelSize(8)
    for page in range(1, pages + 1):
        if page > 1:
            writer.newPage()
        text = QTextDocument()
        text.setDefaultFont(font)
        text.setDocumentMargin(34)
        text.setTextWidth(360)
        heading = f"<h4>Part {page}</h4>"
        text.setDefaultStyleSheet("* { color: black }")
        text.setHtml(heading + "".join(f"<p>{words}</p>" for words in words_of(page)))
        text.drawContents(painter)
    painter.end()
    return path


def agreement(pages: int = 37) -> Extract:
    """What has been read of it."""
    read = tuple(
        Page(number, "\n".join(words_of(number)).replace(" of ", " \nof ", 1))
        for number in range(1, pages + 1)
    )
    headings = (Heading("1 The parties", 1, 1), Heading("4 Deposit", 1, DEPOSIT))
    return Extract("Tenancy agreement.pdf", "pdf", "page", read, pages, headings)
