"""The bytes of a file that somebody has given, or why there are none."""

import os
import stat
from pathlib import Path

from app.core.errors import AppError
from app.core.media_limits import MAX_BYTES


def read_bytes(path: Path, name: str, head: int = 0) -> bytes:
    """The bytes of a file called ``name``, or the first ``head`` ones.

    AppError if it can't be opened, is no file, or has more than ``MAX_BYTES``.
    """
    try:
        # Not blocking: a named pipe that nobody writes to would hold the job for ever.
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise _not_a_file(name)
            if head:
                return file.read(head)
            if status.st_size > MAX_BYTES:
                raise too_large(name, status.st_size, MAX_BYTES, "file")
            # It may have grown since; files in /proc say 0 and have bytes all the same.
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise AppError(
            f"{name} is not there any more.",
            "Look where it was moved to and add it again.",
            code="attachment-missing",
        ) from error
    except IsADirectoryError as error:
        raise _not_a_file(name) from error
    except PermissionError as error:
        if path.is_dir():  # what Windows says of folders
            raise _not_a_file(name) from error
        raise AppError(
            f"The system doesn't let Facet read {name}.",
            "Check the permissions of the file.",
            code="attachment-refused",
        ) from error
    except OSError as error:
        reason = (error.strerror or str(error)).rstrip(".")
        raise AppError(
            f"{name} can't be read. The system says: {reason}.",
            "Check the disk it is on, or copy it elsewhere and add that.",
            code="attachment-refused",
        ) from error
    if len(data) > MAX_BYTES:
        raise too_large(name, len(data), MAX_BYTES, "file")
    return data


def _not_a_file(name: str) -> AppError:
    return AppError(
        f"{name} is a folder or a device, not a file.", "Add files one by one.", code="attachment"
    )


def too_large(name: str, size: int, limit: int, what: str) -> AppError:
    """What to say of a file with more than ``limit`` bytes."""
    return AppError(
        f"{name} is too large: {_megabytes(size)} of at most {_megabytes(limit)} for a {what}.",
        "Choose a smaller file, or a part of it.",
        code="attachment-large",
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB" if size >= 10_000_000 else f"{size / 1e6:.1f} MB"
