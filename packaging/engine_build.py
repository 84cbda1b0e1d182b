"""How llama.cpp is compiled for this machine: for the processor, or for a graphics card as well."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import shutil
import sys
import threading
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from report import SetupError

# RPC is how the tests come by a second device on any machine; it listens to nobody by itself.
ALWAYS = "-DGGML_RPC=ON"
KINDS = {
    "cpu": "",
    "vulkan": "-DGGML_VULKAN=ON",
    "cuda": "-DGGML_CUDA=ON",  # macOS: Metal, always
    # For any processor, as installed apps need it: one library for each set of instructions, of
    # which the best that the processor knows is loaded at start.
    "portable": "-DGGML_NATIVE=OFF -DGGML_BACKEND_DL=ON -DGGML_CPU_ALL_VARIANTS=ON",
}
USUAL_KIND = "cpu"
PAGE_TIMEOUT_S = 4.0
# A step of ninja ("[12/345]") or of make ("[ 12%]").
COMPILE_STEP = re.compile(r"\[\s*(?:(\d+)/(\d+)|(\d+)%)\]")


def options(kind: str, environ: Mapping[str, str] = os.environ) -> str:
    """CMAKE_ARGS of a build of this kind. Those of the caller come last, and so win."""
    return " ".join(filter(None, (ALWAYS, KINDS[kind], environ.get("CMAKE_ARGS", ""))))


def require_toolkit(kind: str, environ: Mapping[str, str] = os.environ) -> None:
    """Raise SetupError unless there is what a build of this kind needs beside a C++ compiler."""
    fall_back = "Without it: `python3 packaging/dev.py setup --engine cpu`."
    path = environ.get("PATH")
    if kind == "cuda" and not shutil.which("nvcc", path=path):
        raise SetupError(
            "An engine for CUDA needs nvcc, which is not on the PATH.",
            f"Install NVIDIA's CUDA Toolkit and run this again. {fall_back}",
        )
    if kind == "vulkan":
        homes = [environ[name] for name in ("VULKAN_SDK",) if environ.get(name)]
        folders = [
            Path(home) / part for home in [*homes, "/usr"] for part in ("include", "Include")
        ]
        headers = any((folder / "vulkan" / "vulkan.hpp").exists() for folder in folders)
        if not headers or not shutil.which("glslc", path=path):
            raise SetupError(
                "An engine for Vulkan needs Vulkan's C++ headers and glslc.",
                f"Install the Vulkan SDK (1.4 or newer) and run this again. {fall_back}",
            )


def kind_in(arguments: list[str]) -> str:
    """The kind named by `--engine KIND` in a command line, which is taken out of it; "" for none.
    Raises SetupError for an unknown one."""
    if "--engine" not in arguments:
        return ""
    place = arguments.index("--engine")
    kind = (arguments[place + 1 : place + 2] or [""])[0]
    if kind not in KINDS:
        raise SetupError(
            f"There is no engine for “{kind}”.", f"Choose one of: {', '.join(sorted(KINDS))}."
        )
    del arguments[place : place + 2]
    return kind


def page(address: str) -> str:
    """The text of a page, or "" if it isn't there at once: no name server may hold set-up up."""
    answer: list[str] = []

    def fetch() -> None:
        with contextlib.suppress(OSError, ValueError):
            with urllib.request.urlopen(address, timeout=PAGE_TIMEOUT_S) as page:
                answer.append(page.read().decode("utf-8", "replace"))

    thread = threading.Thread(target=fetch, daemon=True)
    thread.start()
    thread.join(PAGE_TIMEOUT_S)
    return answer[0] if answer else ""


def key(block: str, options: str) -> str:
    """Names a compiled engine: its source, its options and the processor it was compiled for."""
    flags = ""
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
        flags = next((line for line in lines if line.lower().startswith(("flags", "features"))), "")
    parts = [block, options, flags, platform.processor()]
    parts += [platform.system(), platform.machine(), *platform.libc_ver()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def progress(line: str) -> tuple[int, int] | None:
    """(done, total) if the line of a build tells how far it is."""
    found = COMPILE_STEP.match(line.strip())
    if found is None:
        return None
    done, total, percent = found.groups()
    return (int(percent), 100) if percent else (int(done), int(total))


def has_compiler(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a C++ compiler on the PATH."""
    names = [*environ.get("CXX", "").split()[:1], "c++", "g++", "clang++"]
    return any(map(shutil.which, names))


def advice() -> str:
    """What to do when it could not be compiled."""
    if sys.platform == "win32":
        return (
            "Install Visual Studio's Build Tools with `Desktop development with C++`, then run "
            "this again."
        )
    if sys.platform == "darwin":
        return "Run `xcode-select --install`, then run this again."
    return (
        "Look into the log for the first error; a C++ compiler (g++) and 4 GB of memory are needed."
    )
