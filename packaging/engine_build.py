"""How llama.cpp is compiled for this machine: for the processor, or for a graphics card as well."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from report import SetupError

# RPC is how the tests come by a second device on any machine; it listens to nobody by itself.
ALWAYS = "-DGGML_RPC=ON"
KINDS = {"cpu": "", "vulkan": "-DGGML_VULKAN=ON", "cuda": "-DGGML_CUDA=ON"}  # macOS: Metal, always
USUAL_KIND = "cpu"


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
