"""What llama.cpp is compiled with, and what is missing for that."""

import os
import subprocess
import sys
from pathlib import Path

import engine_build
import pytest
from install import SECOND_DEVICE_PROBE
from report import SetupError


def test_the_options_of_each_kind() -> None:
    assert engine_build.options("cpu", {}) == "-DGGML_RPC=ON"
    assert engine_build.options("vulkan", {}) == "-DGGML_RPC=ON -DGGML_VULKAN=ON"
    own = {"CMAKE_ARGS": "-DGGML_RPC=OFF -DGGML_NATIVE=OFF"}
    assert engine_build.options("cuda", own).endswith(f"-DGGML_CUDA=ON {own['CMAKE_ARGS']}")


def program(folder: Path, name: str) -> str:
    """A folder for the PATH with this program in it."""
    folder.mkdir(exist_ok=True)
    path = folder / (f"{name}.exe" if os.name == "nt" else name)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(folder)


def test_a_missing_toolkit_is_told(tmp_path: Path) -> None:
    nothing = {"PATH": str(tmp_path)}
    engine_build.require_toolkit("cpu", nothing)
    for kind, word in (("cuda", "nvcc"), ("vulkan", "glslc")):
        with pytest.raises(SetupError, match=word) as caught:
            engine_build.require_toolkit(kind, nothing)
        assert "--engine cpu" in caught.value.next_step


def test_a_toolkit_that_is_there(tmp_path: Path) -> None:
    engine_build.require_toolkit("cuda", {"PATH": program(tmp_path / "bin", "nvcc")})
    headers = tmp_path / "sdk" / "include" / "vulkan" / "vulkan.hpp"
    headers.parent.mkdir(parents=True)
    headers.write_text("")
    there = {"PATH": program(tmp_path / "bin", "glslc"), "VULKAN_SDK": str(tmp_path / "sdk")}
    engine_build.require_toolkit("vulkan", there)


def test_the_kind_is_taken_from_the_command_line() -> None:
    arguments = ["--dev", "--engine", "vulkan", "more"]
    assert engine_build.kind_in(arguments) == "vulkan"
    assert arguments == ["--dev", "more"]
    assert engine_build.kind_in(arguments) == ""
    for wrong in (["--engine"], ["--engine", "abacus"]):
        with pytest.raises(SetupError, match="no engine"):
            engine_build.kind_in(wrong)


def test_the_engine_of_the_tests_has_a_second_device() -> None:
    subprocess.run([sys.executable, "-c", SECOND_DEVICE_PROBE], check=True)


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("  [12/345] /usr/bin/g++ -O3 x.cpp", (12, 345)),
        ("[ 12%] Building CXX object", (12, 100)),
        ("[100%] Built target llama", (100, 100)),
        ("x.cpp:3: note: [1/2]", None),
        ("Building wheel", None),
    ],
)
def test_progress_is_read_off_the_build(line: str, step: tuple[int, int] | None) -> None:
    assert engine_build.progress(line) == step


def test_an_engine_belongs_to_its_options() -> None:
    plain = engine_build.key("llama-cpp-python==1", "-DGGML_RPC=ON")
    assert plain == engine_build.key("llama-cpp-python==1", "-DGGML_RPC=ON")
    assert plain != engine_build.key("llama-cpp-python==2", "-DGGML_RPC=ON")
    assert plain != engine_build.key("llama-cpp-python==1", "-DGGML_RPC=ON -DGGML_CUDA=ON")


def test_a_page_that_is_not_there_is_empty(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("llama_cpp_python-0.3.36")
    assert engine_build.page(page.as_uri()) == "llama_cpp_python-0.3.36"
    assert engine_build.page((tmp_path / "none").as_uri()) == ""
    assert engine_build.page("http://127.0.0.1:9/") == ""
