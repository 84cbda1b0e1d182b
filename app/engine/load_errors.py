"""What is wrong with a model file, in words a person can use."""

import re
from collections.abc import Sequence
from pathlib import Path

from app.core.errors import AppError


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
    if "unknown model architecture: 'clip'" in log:
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
    if re.search(r"not within the file bounds|failed to read|unexpectedly reached end|EOF", log):
        return AppError(
            f"{name} is cut short: part of the model is missing.",
            "Download the file again.",
            code="load",
        )
    if re.search(r"unable to allocate|failed to allocate|out of memory", log, re.IGNORECASE):
        return AppError(
            f"There is not enough memory to load {name}.",
            "Close other programs or choose a smaller model.",
            code="memory",
        )
    reason = problems[-1] if problems else "no reason given"
    return AppError(
        f"{name} could not be loaded ({reason}).",
        "The file may be damaged; download it again, or choose another model.",
        code="load",
    )
