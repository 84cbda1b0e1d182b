"""What is wrong with a model file, in words a person can use."""

import re
from collections.abc import Sequence
from pathlib import Path

from app.core.errors import AppError

_CUT_SHORT = re.compile(
    "not within the file bounds|failed to (read|seek)|unexpectedly reached end|EOF"
)


def check_gguf(path: str) -> None:
    """Raise AppError for what is plainly no model, before llama.cpp is asked."""
    file = Path(path)
    name = file.name
    if file.exists() and not file.is_file():  # a folder, or a pipe on which we would wait
        raise AppError(f"{name} is not a file.", "Choose a file that ends in .gguf.", code="load")
    try:
        with file.open("rb") as stream:
            head = stream.read(4)
    except (OSError, ValueError) as error:
        raise AppError(
            f"{name} can't be opened ({getattr(error, 'strerror', error)}).",
            "Check that the file is still there and may be read.",
            code="load",
        ) from error
    if head != b"GGUF":
        raise AppError(
            f"{name} is not a GGUF model file.",
            "Choose a file that ends in .gguf and was downloaded completely.",
            code="load",
        )


def load_error(path: str, problems: Sequence[str]) -> AppError:
    """What llama.cpp's log says about a file it refused, in words a person can use."""
    name = Path(path).name
    log = "\n".join(problems)
    if "CLIP cannot be used as main model" in log:
        return AppError(
            f"{name} is a projector: the part of a model that sees and hears.",
            "Choose the model that it was published with.",
            code="load",
        )
    if match := re.search(r"unknown model architecture: '([^']*)'", log):
        return AppError(
            f"{name} has the architecture “{match[1]}”, which this version of Facet can't run.",
            "Choose another model, or update Facet.",
            code="load",
        )
    if _CUT_SHORT.search(log):
        return _cut_short(name, "load")
    if re.search(r"unable to allocate|failed to allocate|out of memory", log, re.IGNORECASE):
        return AppError(
            f"There is not enough memory to load {name}.",
            "Close other programs or choose a smaller model.",
            code="memory",
        )
    reason = re.search(r"error loading model: (.+)", log)
    return AppError(
        f"{name} could not be loaded ({reason[1] if reason else 'no reason given'}).",
        "The file may be damaged; download it again, or choose another model.",
        code="load",
    )


def memory_error(needed: int, free: int, context: int) -> AppError:
    """A model needs ``needed`` bytes where ``free`` are free; with a context of ``context`` tokens
    it would fit, 0 for none."""
    smaller = (
        f"a context of {context:,} tokens or a smaller model" if context else "a smaller model"
    )
    return AppError(
        f"This model needs {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free.",
        f"Close other programs, or choose {smaller}.",
        code="memory",
    )


def projector_error(path: str, problems: Sequence[str]) -> AppError:
    """The same for a projector."""
    name = Path(path).name
    if _CUT_SHORT.search("\n".join(problems)):
        return _cut_short(name, "projector")
    return AppError(
        f"{name} does not fit this model, so it can't see or hear.",
        "Put the mmproj file that was published with the model beside it.",
        code="projector",
    )


def _cut_short(name: str, code: str) -> AppError:
    return AppError(f"{name} is cut short or damaged.", "Download the file again.", code=code)
