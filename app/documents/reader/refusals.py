"""What to say when a document can't be read, or not all of it."""

from app.core.document import Unit
from app.core.errors import AppError

# Exit codes of a process that would have taken more than it may.
OUT_OF_MEMORY = 73
OUT_OF_TIME = 74

_UNITS: dict[Unit, str] = {
    "page": "page",
    "slide": "slide",
    "sheet": "sheet",
    "section": "section",
    "file": "file",
    "time": "piece",
}


def damaged(name: str) -> AppError:
    """Nothing of the file makes sense."""
    return AppError(
        f"{name} is damaged: nothing of it could be read.",
        "Get it once more from where it came from.",
        code="document-damaged",
    )


def no_kind(name: str) -> AppError:
    """The file is of no format that Facet knows."""
    return AppError(
        f"Facet doesn't know what kind of file {name} is.",
        "Save it as a PDF file and add that.",
        code="document-kind",
    )


def no_pictures(name: str) -> AppError:
    """There are no pictures of the pages of this kind of file."""
    return AppError(
        f"There are no pictures of the pages of {name}.", "Look at its text.", code="document-kind"
    )


def no_page(name: str, page: int) -> AppError:
    """A page that isn't there, or that can't be opened."""
    return AppError(
        f"Page {page} of {name} can't be shown: it is missing or damaged.",
        "Open the file in another program.",
        code="document-damaged",
    )


def not_shown(name: str) -> AppError:
    """The process that was to show something of the file has not lived to do so."""
    return AppError(
        f"This page of {name} can't be shown: it takes more time or memory than it may.",
        "Open the file in another program.",
        code="document-limit",
    )


def empty(name: str, what: str) -> AppError:
    """There is no ``what`` ("pages", "words") in the file."""
    return AppError(f"{name} has no {what}.", "Choose another file.", code="attachment-empty")


def missing(name: str) -> AppError:
    """The file has gone."""
    return AppError(
        f"{name} is not there any more.",
        "Look where it was moved to and add it again.",
        code="attachment-missing",
    )


def unreadable(name: str, reason: str) -> AppError:
    """The system refuses."""
    return AppError(
        f"{name} can't be read. The system says: {reason}.",
        "Check the permissions of the file and the disk it is on.",
        code="attachment-refused",
    )


def not_a_file(name: str) -> AppError:
    """A folder, a pipe, a device."""
    return AppError(
        f"{name} is a folder or a device, not a file.", "Choose a file.", code="document-kind"
    )


def password(name: str, *, wrong: bool) -> AppError:
    """The file is locked."""
    what = f"The password doesn't open {name}." if wrong else f"{name} is locked by a password."
    return AppError(what, "Enter its password.", code="document-password")


def protected(name: str) -> AppError:
    """The file is encrypted in a way that isn't known."""
    return AppError(
        f"{name} is protected in a way that Facet can't open.",
        "Open it in the program that protects it and print it to a new PDF file.",
        code="document-kind",
    )


def stopped(name: str) -> AppError:
    """Somebody has stopped the reading."""
    return AppError(f"Reading {name} was stopped.", "", code="document-stopped")


def beyond(name: str, reason: str) -> AppError:
    """A limit was reached before anything could be read; ``reason`` is a whole sentence."""
    return AppError(f"{name} was not read. {reason}", "Choose another file.", code="document-limit")


TOO_LONG = "It takes too long to read."
TOO_MUCH = "It takes more memory than a document may."
# Libraries that get no more memory often die as they do of damage.
DEADLY = "The file is damaged, or takes more memory than a document may."


def page_failed(unit: Unit, number: int) -> str:
    """A page at which the process died, or which took too long."""
    return (
        f"{_UNITS[unit].capitalize()} {number} was left out: it is damaged, or takes more time or "
        "memory than it may."
    )


def rest_missing(unit: Unit, last: int, total: int, reason: str) -> str:
    """Everything after page ``last`` is missing; ``total`` is 0 if it isn't known how much that
    is. ``reason`` is a whole sentence."""
    word = _UNITS[unit]
    if total > last + 1:
        return f"{word.capitalize()}s {last + 1:,} to {total:,} are missing. {reason}"
    if total == last + 1:
        return f"{word.capitalize()} {total:,} is missing. {reason}"
    if last:
        return f"What comes after {word} {last:,} may be missing. {reason}"
    return reason


DAMAGED = "The file is damaged."
EXTRAS_MISSING = "Its outline and the files inside it can't be read: the file is damaged."
TOO_MANY_PAGES = "Facet doesn't read more pages of one document."
TOO_MUCH_TEXT = "There is more text than Facet takes from one document."
