"""The files of a model: whether they are there, and those that belong together, as
NAME-00001-of-00003.gguf and so on."""

import re
from pathlib import Path

MAX_PARTS = 999  # files of one model

_PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$", re.I)


def is_there(path: Path) -> bool:
    """Whether a file is there; False also where nobody may look, or for what is no path at all."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_later_part(path: Path) -> bool:
    """Whether a file is not the first of its model."""
    part = _PART.search(path.name)
    return part is not None and int(part[1]) > 1


def parts_of(path: Path) -> tuple[Path, ...]:
    """All files of a model, of which ``path`` is the first or the only one."""
    part = _PART.search(path.name)
    if part is None:
        return (path,)
    head = path.name[: part.start()]
    numbers = range(1, min(int(part[2]), MAX_PARTS) + 1)
    return tuple(path.with_name(f"{head}-{number:05d}-of-{part[2]}.gguf") for number in numbers)
