"""The sheets of a document: its pages as pictures, or set from their text."""

from collections.abc import Sequence

from app.session.preview import Preview
from app.ui.preview.sheets import Marks, PictureSheet, Sheet, TextSheet
from app.ui.preview.strips import language_of

_USUAL = 2**0.5  # height to width of a page that can't be opened


def picture_sheets(preview: Preview, marks: Marks) -> Sequence[Sheet]:
    """One sheet for each page that has a picture."""
    return [
        PictureSheet(number, height / width if width and height else _USUAL, preview, marks)
        for number, (width, height) in enumerate(preview.sizes, 1)
    ]


def text_sheets(preview: Preview, marks: Marks) -> Sequence[Sheet]:
    """One sheet for each page that has been read; none while that isn't known. What is counted in
    lines or in time stands on one long paper."""
    extract = preview.extract
    if extract is None or not extract.pages:
        return ()
    pages = extract.pages
    files = extract.unit == "file"
    joined = not files and (extract.unit == "time" or pages[0].first_line > 0)
    alone = joined or len(pages) == 1
    sheets = []
    for page in pages:
        titled = page.text.lstrip("# ").startswith(page.label)
        name = extract.name if titled and not files else page.label
        language = ""
        if files or extract.kind == "text":
            language = language_of(page.label if files else extract.name)
        sheets.append(
            TextSheet(
                page,
                extract.unit,
                marks,
                language=language or None,
                joined=joined,
                first=page is pages[0],
                last=page is pages[-1],
                head="" if alone and not files else name,
            )
        )
    return sheets
