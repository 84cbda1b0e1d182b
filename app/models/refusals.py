"""Why a download can't go on, in words: what happened, what was kept, what to do next."""

import errno
from pathlib import Path

from app.core.errors import AppError
from app.models.catalogue import ModelFile, ModelSpec
from app.models.hub import Hub

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}


_CHECK_NETWORK = "Check the network, then go on with the download; nothing is fetched twice."


class Setback(Exception):
    """Something that may be over at the next try.

    ``because`` ends the sentence "The download stopped because …"; ``next_step`` is what a person
    can do if it lasts. ``wait`` is how many seconds the server asks to be left alone, if it does.
    ``answered`` is whether a server was reached at all.
    """

    def __init__(
        self,
        because: str,
        next_step: str = _CHECK_NETWORK,
        *,
        wait: float | None = None,
        answered: bool = True,
    ) -> None:
        super().__init__(because)
        self.because = because
        self.next_step = next_step
        self.wait = wait
        self.answered = answered


def note(spec: ModelSpec, setback: Setback, done: int, total: int) -> str:
    """Told while it waits for the next try."""
    return f"{_stopped(spec, setback, done, total)} It goes on by itself; nothing is loaded twice."


def gave_up(spec: ModelSpec, setback: Setback, done: int, total: int) -> AppError:
    """Told once it has tried for long enough."""
    kept = " What has arrived was kept." if done else ""
    step = setback.next_step
    if setback.wait is not None and setback.wait >= 60:
        step = f"Try again in {setback.wait / 60:.0f} minutes; nothing is fetched twice."
    return AppError(f"{_stopped(spec, setback, done, total)}{kept}", step, code="network")


def _stopped(spec: ModelSpec, setback: Setback, done: int, total: int) -> str:
    if not done:
        return f"{spec.title} could not be downloaded yet because {setback.because}."
    return f"The download stopped at {_of(done, total)} because {setback.because}."


def wrong_bytes() -> AppError:
    """The whole file has another checksum or size than its publisher says."""
    return AppError(
        "The file that arrived is not the one the publisher lists, so it was deleted.",
        "Download again, or choose another source.",
        code="checksum",
    )


def other_file(spec: ModelSpec, file: ModelFile, hub: Hub) -> AppError:
    """The hub names another checksum than the catalogue."""
    return AppError(
        f"{hub.host} has another {file.name} than the one that Facet knows of {spec.title}: its "
        "checksum differs, so it was not downloaded.",
        "The publisher may have changed it: update Facet, or choose another model.",
        code="changed",
    )


def other_size(spec: ModelSpec, file: ModelFile, size: int, hub: Hub) -> AppError:
    """The hub names another size than the catalogue."""
    return AppError(
        f"{hub.host} has another {file.name} than the one that Facet knows of {spec.title}: it has "
        f"{amount(size)}, not {amount(file.bytes)}, so it was not downloaded.",
        "The publisher may have changed it: update Facet, or choose another model.",
        code="changed",
    )


def no_sense(hub: Hub, file: ModelFile) -> AppError:
    """The hub's answers contradict each other."""
    return AppError(
        f"{hub.host} says one thing of {file.name} and gives another.",
        "Try again later, or choose another address of the hub in the settings.",
        code="hub",
    )


def no_space(spec: ModelSpec, wanted: int, free: int, spare: int, place: Path) -> AppError:
    """The disk can't take what is still to come."""
    return AppError(
        f"{spec.title} needs {amount(wanted)} more on the disk; {amount(free)} are free in "
        f"{place.parent}.",
        f"Free {amount(wanted + spare - free)}, or choose a smaller model.",
        code="disk",
    )


def busy(spec: ModelSpec) -> AppError:
    """Another program is at it."""
    return AppError(
        f"Another Facet is downloading {spec.title}.",
        "Wait until it is done, or stop it there.",
        code="busy",
    )


def of_disk(error: OSError, place: Path) -> AppError:
    """The disk refuses."""
    if error.errno in _FULL:
        return AppError(
            f"The disk with {place} is full. What has arrived was kept.",
            "Free some space, then go on with the download; nothing is fetched twice.",
            code="disk",
        )
    if error.errno in _REFUSED:
        return AppError(
            f"Facet may not write to {error.filename or place}.",
            "Check the folder's permissions, and that the model isn't in use; then go on with the "
            "download.",
            code="disk",
        )
    reason = (error.strerror or str(error)).rstrip(".")
    return AppError(
        f"The download can't be written to {place}: {reason}. What has arrived was kept.",
        "Check the disk, then go on with the download.",
        code="disk",
    )


def _of(done: int, total: int) -> str:
    """2.31 of 6.14 GB"""
    unit, size = ("GB", 10**9) if total >= 10**9 else ("MB", 10**6)
    digits = 2 if total < 10 * size else 1
    return f"{done / size:.{digits}f} of {total / size:.{digits}f} {unit}"


def amount(size: int) -> str:
    """6.1 GB, 940 MB"""
    return f"{size / 10**9:.1f} GB" if size >= 10**9 else f"{max(1, round(size / 10**6))} MB"
