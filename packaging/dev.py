"""Everything there is to do with a checkout of Facet. Needs Python 3.10 and nothing else.

usage: python3 packaging/dev.py COMMAND [ARGUMENTS]        (Windows: py packaging\\dev.py …)

  run [FACET ARGUMENTS]     set up, then open Facet; without a display, show it at work off screen
  test [STAGE …] [PYTEST ARGUMENTS]   set up, then test; stages: unit gui end2end
  bench [NAME …] [OPTIONS]  set up, then measure; results go to build/bench/NAME.json; the options
                            are those of the scripts
  lint                      set up, then check style, types and the walls between packages
  setup [--dev] [--engine cpu|vulkan|cuda]
                            set up only; --dev with the tools for tests; --engine compiles the
                            engine for a graphics card, too (on macOS it always is)
  package                   build the app as people install it, into build/package
  lock                      write the lock files anew from pyproject.toml
  clean                     remove the environment and everything built in this checkout
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import engine_build
import package as packages
import starter
import system
from install import Installer, environment_python
from report import CommandFailed, Report, SetupError

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LOG = BUILD / "setup.log"
STAMP = ROOT / ".venv" / "facet-setup.json"
SOURCES = ("dev.py", "install.py", "engine_build.py", "starter.py", "system.py", "report.py")
OLDEST, NEWEST = (3, 10), (3, 14)  # NEWEST is that of the pinned Qt
TRIED_PYTHONS = ("3.12", "3.13", "3.11", "3.14", "3.10")
STAGES = ("unit", "gui", "end2end")
NO_TESTS_FOUND = 5  # pytest's exit code
LOCKS = {
    "requirements.lock": ["../pyproject.toml"],
    "requirements-dev.lock": ["../pyproject.toml", "--extra", "dev", "-c", "requirements.lock"],
    "build-tools.lock": ["build-tools.in"],
    "package-tools.lock": ["package-tools.in"],
}


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; return the exit code."""
    commands: dict[str, Callable[[list[str]], int]] = {
        "run": run,
        "test": test,
        "bench": bench,
        "lint": lint,
        "setup": setup,
        "package": package,
        "lock": lock,
        "clean": clean,
    }
    if not arguments or arguments[0] not in commands:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        python = fitting_python()
        if python is not None:
            return _call([*python, str(ROOT / "packaging" / "dev.py"), *arguments])
        return commands[arguments[0]](list(arguments[1:]))
    except SetupError as error:
        details = f"\nDetails: {LOG}" if LOG.exists() else ""
        print(f"\n{error.cause}\n{error.next_step}{details}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same again to go on from here.", file=sys.stderr)
        return 130


def run(arguments: list[str]) -> int:
    """Open Facet, or show the main job on a virtual screen where there is no display."""
    ensure(dev=False)
    if system.has_display() or arguments:
        # In the caller's folder: the arguments may name files in it.
        return subprocess.call([str(environment_python(ROOT).with_name("facet")), *arguments])
    print("There is no display here: Facet opens on a virtual screen, and its pictures are kept.")
    report = Report(LOG)
    with contextlib.closing(report):
        missing = system.missing({}, system.SCREEN_PROGRAMS)
        system.require(missing, "A virtual screen", report)
    return _call([str(environment_python(ROOT)), str(ROOT / "packaging" / "demo.py")])


def test(arguments: list[str]) -> int:
    """Run the tests stage by stage; all stages run, and one failure fails the whole."""
    stages = _take(arguments, STAGES) or list(STAGES)
    ensure(dev=True)
    results = {stage: _test_stage(stage, arguments) for stage in stages}
    print("\n" + ", ".join(f"{stage}: {_verdict(code)}" for stage, code in results.items()))
    return 1 if any(results.values()) else 0


def bench(arguments: list[str]) -> int:
    """Run tests/bench/bench_NAME.py each, with the options that follow the names; what it prints
    on stdout is its result, as JSON."""
    ensure(dev=True)
    paths = sorted((ROOT / "tests" / "bench").glob("bench_*.py"))
    scripts = {path.stem.removeprefix("bench_"): path for path in paths}
    names = _take(arguments, list(scripts))
    if (arguments and not arguments[0].startswith("-")) or not scripts:
        print(f"No such benchmark. There are: {' '.join(scripts)}")
        return 2
    folder = BUILD / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    done = [
        _bench_one(scripts[name], arguments, folder / f"{name}.json") for name in names or scripts
    ]
    return 0 if all(done) else 1


def lint(arguments: list[str]) -> int:
    """Style, format, types, import contracts."""
    ensure(dev=True)
    scripts = environment_python(ROOT).parent
    checks = {
        "ruff check": ["ruff", "check", *arguments],
        "ruff format": ["ruff", "format", "--check"],
        "mypy": ["mypy"],
        "import contracts": ["lint-imports", "--no-logo"],
    }
    results = {}
    for name, (tool, *rest) in checks.items():
        print(f"\n{name}", flush=True)
        results[name] = _call([str(scripts / tool), *rest])
    print("\n" + ", ".join(f"{name}: {_verdict(code)}" for name, code in results.items()))
    return 1 if any(results.values()) else 0


def setup(arguments: list[str]) -> int:
    """Set up only."""
    engine = engine_build.kind_in(arguments)
    ensure(dev="--dev" in arguments, engine=engine)
    return 0


def package(_arguments: list[str]) -> int:
    """Build the app as people install it."""
    report = Report(LOG)
    with contextlib.closing(report):
        result = packages.build(ROOT, starter.cache_dir(), report)
    print(json.dumps(result, indent=2))
    return 0


def lock(_arguments: list[str]) -> int:
    """Resolve anew for every system and Python at once, with the hash of every file."""
    report = Report(LOG)
    folder = ROOT / "packaging"
    with contextlib.closing(report), tempfile.TemporaryDirectory(prefix="facet-lock-") as tools:
        with report.step("Lock files"):
            try:
                report.run([sys.executable, "-m", "venv", tools])
                python = environment_python(Path(tools), name="")
                report.run([python, "-m", "pip", "install", "uv"])
                for name, sources in LOCKS.items():
                    resolve: list[str | Path] = [python, "-m", "uv", "pip", "compile", *sources]
                    resolve += ["--universal", "--python-version", _dotted(OLDEST), "--upgrade"]
                    resolve += ["--generate-hashes", "--no-header", "--no-emit-index-url"]
                    report.run([*resolve, "--no-emit-find-links", "-o", name], cwd=folder)
            except CommandFailed as error:
                raise SetupError(
                    f"The lock files could not be made: {error.reason()}",
                    "Check pyproject.toml and the network connection.",
                ) from error
    return 0


def clean(_arguments: list[str]) -> int:
    """Remove what setup, tests and benchmarks left in the checkout."""
    leftovers = [".venv", "build", "facet.egg-info", ".mypy_cache", ".pytest_cache"]
    leftovers += [".ruff_cache", ".hypothesis", ".import_linter_cache"]
    for name in leftovers:
        shutil.rmtree(ROOT / name, ignore_errors=True)
    print(f"Clean. The compiled engine and the starter model are kept in {starter.cache_dir()}.")
    return 0


def ensure(*, dev: bool, engine: str = "") -> None:
    """Set up unless the stamp says that it is done, and no certain kind of ``engine`` is asked for.
    Raises SetupError."""
    level = "dev" if dev else "app"
    digest = setup_digest()
    stamps = _stamps()
    if not engine and stamps.get(level) == digest and _starter_is_there():
        return
    report = Report(LOG)
    with contextlib.closing(report):
        report.say("Setting Facet up. The first time takes some minutes, the next times none.")
        programs = system.TEST_PROGRAMS if dev else {}
        missing = system.missing(system.WINDOW_LIBRARIES, programs)
        system.require(missing, "Testing Facet" if dev else "Facet's window", report)
        Installer(ROOT, starter.cache_dir(), report).ensure(dev=dev, engine=engine)
        STAMP.write_text(json.dumps({**stamps, "app": digest, level: digest}), "utf-8")
        report.say("Facet is set up.")


def setup_digest() -> str:
    """Changes when the environment has to be looked at again."""
    digest = hashlib.sha256(f"{platform.python_version()} {platform.machine()}".encode())
    folder = ROOT / "packaging"
    for path in [*(folder / name for name in (*SOURCES, *LOCKS)), ROOT / "models.json"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def fitting_python(version: tuple[int, int] = sys.version_info[:2]) -> list[str] | None:
    """The command of a Python that the pinned Qt knows; None if this one is. Raises SetupError."""
    if OLDEST <= version <= NEWEST:
        return None
    for tried in TRIED_PYTHONS:
        command = ["py", f"-{tried}"] if os.name == "nt" else [f"python{tried}"]
        if shutil.which(command[0]) is None:
            continue
        check = f"import sys; sys.exit(sys.version_info[:2] != ({tried.replace('.', ', ')}))"
        if (
            subprocess.run([*command, "-c", check], capture_output=True, check=False).returncode
            == 0
        ):
            return command
    raise SetupError(
        f"Facet runs on Python {_dotted(OLDEST)} to {_dotted(NEWEST)}, this is {_dotted(version)}.",
        "Install one of these (3.12 is a good choice) and run this again.",
    )


def _test_stage(stage: str, arguments: Sequence[str]) -> int:
    """Unit tests run as if Qt were not installed; gui tests without a display, and mostly they
    wait. Both are shared out to workers, file by file; end-to-end tests have the machine for
    themselves."""
    by_file = ["--dist", "loadfile"]
    options: dict[str, tuple[list[str], dict[str, str]]] = {
        "unit": (["-n", "2", *by_file, "-p", "no:pytest-qt"], {"FACET_WITHOUT_QT": "1"}),
        "gui": (["-n", "4", *by_file], {"QT_QPA_PLATFORM": "offscreen"}),
        "end2end": ([], {}),
    }
    extra, environment = options[stage]
    print(f"\n{stage}", flush=True)
    python = str(environment_python(ROOT))
    code = _call([python, "-m", "pytest", f"tests/{stage}", *extra, *arguments], environment)
    # A selection like `-k name` may leave a stage without tests; a whole run may not.
    return 0 if code == NO_TESTS_FOUND and arguments else code


def _bench_one(script: Path, options: Sequence[str], target: Path) -> bool:
    print(f"\n{target.stem}", flush=True)
    answer = subprocess.run(
        [str(environment_python(ROOT)), str(script), *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=False,
    )
    try:
        result = json.loads(answer.stdout)
    except ValueError:
        print(f"{script.name} printed no JSON:\n{answer.stdout[-2000:]}")
        return False
    target.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    print(f"{json.dumps(result)[:2000]}\n{target.relative_to(ROOT)}")
    return answer.returncode == 0


def _call(command: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    return subprocess.call(command, cwd=ROOT, env={**os.environ, **(environment or {})})


def _take(arguments: list[str], names: Sequence[str]) -> list[str]:
    """Take the leading arguments that are among ``names`` out of the list."""
    taken = []
    while arguments and arguments[0] in names:
        taken.append(arguments.pop(0))
    return taken


def _stamps() -> dict[str, str]:
    try:
        stamps: dict[str, str] = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stamps


def _starter_is_there() -> bool:
    return all(starter.is_whole(starter.cache_dir(), file) for _source, file in starter.files(ROOT))


def _verdict(code: int) -> str:
    return "passed" if code == 0 else "failed"


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
