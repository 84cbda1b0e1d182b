"""`make package`: the app as people install it, from a clean copy of this checkout.

What is built is in build/package: the folder of the app (app/facet), and on Linux a .deb. Windows
and macOS: see windows/ and macos/, which take the folder from here.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import empty_libraries
from install import Installer, environment_python
from report import CommandFailed, Report, SetupError

# What the app is made of; nothing that is not in here gets in.
PARTS = ("app", "resources", "packaging", "models.json", "pyproject.toml", "README.md", "LICENSE")
ENGINE = "portable"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)  # of the icon, in pixels
MOST_PACKED, MOST_INSTALLED = 110_000_000, 330_000_000  # bytes
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def build(root: Path, cache: Path, report: Report) -> dict[str, Any]:
    """Build everything that can be built on this system; sizes in bytes and times in seconds.
    Raises SetupError."""
    began = time.monotonic()
    folder = root / "build" / "package"
    source = folder / "source"
    _copy(root, source)
    installer = Installer(source, cache, report)
    installer.ensure(dev=False, engine=ENGINE)
    installer.add_tools("package-tools.lock")
    python = environment_python(source)
    with report.step("Icons"):
        _run(report, [python, source / "packaging" / "icons.py", folder / "icons", *SIZES])
    with report.step("The app's folder"):
        _run(
            report,
            [
                *(python, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"),
                *("--distpath", folder / "app", "--workpath", folder / "work"),
                source / "packaging" / "facet.spec",
            ],
        )
    app = folder / "app" / "facet"
    if sys.platform.startswith("linux"):
        with report.step("Encoders that nobody calls"):
            empty_libraries.empty(app / "_internal" / "av.libs")
            _drop_dead_links(app)
            _strip(app, report)
    result: dict[str, Any] = {"installed": sum(_sizes(app)), "files": sum(1 for _ in _sizes(app))}
    if sys.platform.startswith("linux"):
        with report.step("The package for Debian"):
            package = _deb(root, folder, app, _version(source), python, report)
        result |= {"package": str(package.relative_to(root)), "packed": package.stat().st_size}
    result["seconds"] = round(time.monotonic() - began, 1)
    (folder / "sizes.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    check_sizes(result)
    return result


def filled(template: str, values: Mapping[str, str]) -> str:
    """A file of ``linux/`` with its places filled in."""
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template


def _copy(root: Path, source: Path) -> None:
    """The parts as git knows them, so that nothing left lying about gets in; the environment of a
    build before is kept."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *PARTS],
        cwd=root,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        raise SetupError("This is no git checkout.", "Clone the repository, then run this again.")
    for name in PARTS:
        path = source / name
        if path.is_dir():
            shutil.rmtree(path)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (root / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, source / name)


def _deb(root: Path, folder: Path, app: Path, version: str, python: Path, report: Report) -> Path:
    linux = root / "packaging" / "linux"
    arch = _ARCHITECTURES.get(platform.machine(), platform.machine())
    values = {
        "VERSION": version,
        "DATE": time.strftime("%Y-%m-%d"),
        "ARCH": arch,
        "APP": str(app),
        "LINUX": str(linux),
        "BUILD": str(folder),
        "ROOT": str(root),
    }
    for name in ("org.facet.Facet.metainfo.xml", "nfpm.yaml"):
        text = filled((linux / name).read_text("utf-8"), values)
        (folder / name).write_text(text, "utf-8")
    package = folder / f"facet_{version}_{arch}.deb"
    command = [python.with_name("nfpm"), "package", "--packager", "deb"]
    _run(report, [*command, "--config", folder / "nfpm.yaml", "--target", package])
    return package


def _version(source: Path) -> str:
    for line in (source / "app" / "__init__.py").read_text("utf-8").splitlines():
        if line.startswith("__version__"):
            return line.partition("=")[2].strip().strip('"')
    raise SetupError("app/__init__.py names no version.", "Add one.")


def _drop_dead_links(app: Path) -> None:
    for path in app.rglob("*"):
        if path.is_symlink() and not path.exists():
            path.unlink()


def _strip(app: Path, report: Report) -> None:
    """Take the names of functions out of Python itself: other libraries come without theirs, or
    don't bear it."""
    inside = app / "_internal"
    for path in [*inside.glob("libpython*.so*"), *inside.glob("python3*/lib-dynload/*.so")]:
        if not path.is_symlink():
            _run(report, ["strip", "--strip-unneeded", path])


def check_sizes(result: Mapping[str, Any]) -> None:
    """Raise SetupError if the app is larger than it may be."""
    for name, most in (("packed", MOST_PACKED), ("installed", MOST_INSTALLED)):
        if result.get(name, 0) > most:
            raise SetupError(
                f"The app is too large: {result[name] / 1e6:.0f} of {most / 1e6:.0f} MB {name}.",
                "Look at what is in build/package/app, and add to packaging/trim.py what isn't "
                "needed.",
            )


def _sizes(folder: Path) -> Iterator[int]:
    """The sizes of all files; links take none."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            yield path.stat().st_size


def _run(report: Report, command: list[Any]) -> None:
    try:
        report.run([str(word) for word in command])
    except CommandFailed as error:
        raise SetupError(
            f"The app could not be put together: {error.reason()}",
            "The whole output is in the log.",
        ) from error
