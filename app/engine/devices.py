"""The devices that llama.cpp could compute on."""

import ctypes
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from app.engine import ggml
from app.engine.messages import Device

CPU = "CPU"
_PATIENCE = 3.0  # seconds to wait for a server
_KINDS: tuple[Literal["cpu", "gpu", "integrated", "accelerator"], ...] = (
    "cpu",
    "gpu",
    "integrated",
    "accelerator",
)


@dataclass(frozen=True)
class Placement:
    """Where a model goes: its last ``layers`` layers with the output, and the projector if
    ``projector`` says so, on the device ``name`` with ggml's pointer ``device``; all the rest in
    main memory. Without a device, everything is in main memory."""

    device: Any = None
    name: str = CPU
    layers: int = 0
    projector: bool = False


IN_MEMORY = Placement()


def find_devices() -> None:
    """Load the libraries that compute, where they are not part of llama.cpp: of those for the
    processor the best that it knows, and those for graphics cards whose driver is here. To be
    called once, before anything else."""
    if ggml.device_count() == 0:
        ggml.load_backends(os.fsencode(ggml.LIBRARIES))


def devices() -> tuple[Device, ...]:
    """All there are, the CPU included. Asks each for its memory."""
    return tuple(_describe(pointer) for pointer in _pointers())


def pointer_to(name: str) -> Any:
    """ggml's pointer to the device ``name``, None if there is no such."""
    return next((one for one in _pointers() if _text(ggml.device_name(one)) == name), None)


def add_remote(address: str) -> bool:
    """Make the devices of an RPC server at ``address`` ("127.0.0.1:50052") available, for as long
    as this process lives. False if nothing answers there, or llama.cpp was built without RPC.

    What is computed there crosses the network unencrypted.
    """
    library = _library("ggml-rpc")
    if library is None or not _answers(address):
        return False
    library.ggml_backend_rpc_add_server.restype = ctypes.c_void_p
    library.ggml_backend_rpc_add_server.argtypes = [ctypes.c_char_p]
    server = library.ggml_backend_rpc_add_server(address.encode())
    if server:
        ggml.device_register(server)
    return bool(server)


def _answers(address: str) -> bool:
    """Whether someone listens there; ggml would end this process otherwise."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=_PATIENCE).close()
    except (OSError, ValueError, OverflowError):
        return False
    return True


def _library(name: str) -> Any:
    ending = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
    for path in (ggml.LIBRARIES / f"lib{name}{ending}", ggml.LIBRARIES / f"{name}{ending}"):
        if Path(path).exists():
            return ctypes.CDLL(str(path))
    return None


def _pointers() -> list[Any]:
    return [ggml.device_get(index) for index in range(ggml.device_count())]


def _describe(pointer: Any) -> Device:
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    ggml.device_memory(pointer, ctypes.byref(free), ctypes.byref(total))
    kind = ggml.device_type(pointer)
    return Device(
        _text(ggml.device_name(pointer)),
        _text(ggml.device_description(pointer)),
        _KINDS[kind] if kind < len(_KINDS) else "gpu",
        total.value,
        free.value,
    )


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
