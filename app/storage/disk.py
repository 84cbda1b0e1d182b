"""Writing files so that a crash or a full disk leaves either the old file or the new one."""

import errno
import os
import tempfile
from pathlib import Path

from app.core.errors import AppError

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_REFUSED = {errno.EACCES, errno.EPERM}


def write_file(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data`` at once and for good: after this returns, the bytes survive a
    loss of power; if it raises OSError, the old file is untouched and nothing is left beside it."""
    handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)  # mode 0600
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` durable. Windows does that by itself and can't open folders."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        pass  # some network file systems can't; the rename itself has happened
    finally:
        os.close(handle)


def explain(error: OSError, what: str) -> AppError:
    """The AppError for a refused write; ``what`` says what could not be done."""
    if error.errno in _FULL:
        return AppError(f"{what} The disk is full.", "Free some space and try again.", code="disk")
    if error.errno == errno.EROFS:
        return AppError(
            f"{what} The disk can't be written to.",
            "Make it writable, or start Facet with --data-dir and another folder.",
            code="disk",
        )
    if error.errno in _REFUSED:
        return AppError(
            f"{what} The system doesn't allow it.",
            "Check the folder's permissions, or start Facet with --data-dir and another folder.",
            code="disk",
        )
    reason = (error.strerror or str(error)).rstrip(".")
    return AppError(
        f"{what} The system says: {reason}.",
        "Check the disk, or start Facet with --data-dir and another folder.",
        code="disk",
    )
