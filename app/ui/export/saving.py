"""Saving an answer: which file, in which form, and what became of it."""

import re
from itertools import chain, count
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QIODevice, QSaveFile, QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from app.core.errors import AppError
from app.ui.export.answer_file import AnswerFile
from app.ui.export.html import page
from app.ui.export.pdf import pdf

_ENDINGS = (".md", ".html", ".pdf")
_LONGEST = 80  # characters of a name that is proposed


def ask_for_place(over: QWidget, answer: AnswerFile, folder: str = "") -> Path | None:
    """Ask where the answer is to be saved, beginning in ``folder``; None if it is not. The ending
    of the name says in which form, unless another form than the first was chosen. Nothing that the
    dialog has not asked about is written over."""
    folder = folder or QStandardPaths.writableLocation(
        QStandardPaths.StandardLocation.DocumentsLocation
    )
    filters = [_say("Markdown (*.md)"), _say("Web page (*.html)"), _say("PDF (*.pdf)")]
    chosen, name_filter = QFileDialog.getSaveFileName(
        over,
        _say("Save the answer"),
        str(Path(folder) / f"{proposed_name(answer.title)}.md"),
        ";;".join(filters),
        filters[0],
    )
    if not chosen:
        return None
    # The first form is there before anything is chosen: an ending that was typed means more.
    wanted = _ENDINGS[filters.index(name_filter)] if name_filter in filters[1:] else ""
    path = with_ending(Path(chosen), wanted)
    return path if path == Path(chosen) else _free(path)


def with_ending(path: Path, wanted: str) -> Path:
    """``path`` with the ending that was chosen in the dialog, where it has another of ours or
    none; the person's own ending is kept if nothing was ``wanted``."""
    ending = path.suffix.lower()
    if not wanted:
        return path if ending in _ENDINGS else path.with_name(f"{path.name}.md")
    if ending == wanted:
        return path
    if ending in _ENDINGS:
        return path.with_suffix(wanted)
    return path.with_name(f"{path.name}{wanted}")


def _free(path: Path) -> Path:
    """``path``, or one with a number if there is such a file already."""
    names = (path.with_name(f"{path.stem} ({n}){path.suffix}") for n in count(2))
    return next(one for one in chain((path,), names) if not one.exists())


def proposed_name(title: str) -> str:
    """A name for a file, from the title of the chat; legal on every system."""
    name = re.sub(r'[<>:"/\\|?*\x00-\x1f]+', " ", title)
    name = " ".join(name.split())[:_LONGEST].strip(" .")
    return name or _say("Answer")


def save(path: Path, answer: AnswerFile) -> None:
    """Write ``answer`` to ``path``, in the form of its ending. What was there before stays until
    all of it has been written. Raises AppError if the disk refuses."""
    markdown = answer.markdown()
    match path.suffix.lower():
        case ".pdf":
            data = pdf(answer.title, markdown)
        case ".html":
            data = page(answer.title, markdown).encode()
        case _:
            data = markdown.encode()
    file = QSaveFile(str(path))
    opened = file.open(QIODevice.OpenModeFlag.WriteOnly)
    if not opened or file.write(data) != len(data) or not file.commit():
        what = _say("The answer could not be saved as {0}: {1}.")
        reason = file.errorString().rstrip(".")
        raise AppError(
            what.format(path.name, reason), _say("Choose another place."), code="not-saved"
        )


def _say(text: str) -> str:
    return QCoreApplication.translate("Export", text)
