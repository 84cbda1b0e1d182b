"""What a machine has that matters to a model: values, found out by ``app.models.hardware``."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from app.core.errors import AppError

System = Literal["linux", "windows", "macos", "other"]
Count = Annotated[int, msgspec.Meta(ge=1)]
Bytes = Annotated[int, msgspec.Meta(ge=0)]
Rate = Annotated[float, msgspec.Meta(gt=0)]


class Gpu(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A graphics processor that llama.cpp could compute on.

    ``name`` is llama.cpp's ("Vulkan0"), ``description`` for people. Memory is in bytes, 0 where it
    is unknown. ``unified``: its memory is the main memory, and ``free`` what the driver would give,
    whatever other programs have taken. ``bandwidth`` of its memory in bytes a second; None where
    nobody knows, and for unified memory that it reads no faster than the processor does.
    """

    name: str
    description: str
    kind: Literal["gpu", "integrated"]
    total: Bytes
    free: Bytes
    unified: bool = False
    bandwidth: Rate | None = None


class Hardware(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A machine. What could not be found out is None, and ``unknown`` says why, by field.

    ``cores`` are physical, ``threads`` logical processors, as many as this process may use.
    ``memory`` and ``available`` main memory, ``disk_free`` where models go: bytes, what limits of
    a container leave of them. ``bandwidth`` of main memory, as measured, in bytes a second.
    """

    system: System
    processor: str = ""
    cores: Count | None = None
    threads: Count | None = None
    instructions: tuple[str, ...] = ()
    memory: Bytes | None = None
    available: Bytes | None = None
    bandwidth: Rate | None = None
    disk_free: Bytes | None = None
    gpus: tuple[Gpu, ...] = ()
    unknown: dict[str, str] = {}


def load_hardware(path: Path) -> Hardware:
    """A machine that somebody has described in a file of JSON: what ``facet doctor --json`` prints,
    or only its part "hardware". AppError, code "hardware", if there is no such file or it is
    something else."""
    try:
        described = msgspec.json.decode(path.read_bytes())
        if isinstance(described, dict) and isinstance(described.get("hardware"), dict):
            described = described["hardware"]
        return msgspec.convert(described, Hardware)
    except OSError as error:
        raise AppError(
            f"{path} can't be read: {error.strerror}.",
            "Name a file that describes a machine.",
            code="hardware",
        ) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise AppError(
            f"{path} doesn't describe a machine: {error}.",
            "facet doctor --json shows what a description looks like, under “hardware”.",
            code="hardware",
        ) from error
