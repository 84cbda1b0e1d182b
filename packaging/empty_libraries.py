"""Encoders and network code that come with the decoder of films, replaced by empty libraries.

PyAV's FFmpeg is linked to libraries that Facet never calls: it decodes files, and writes none. They
are 37 MB, two of them (x264, x265) are under the GPL, and one (GnuTLS) speaks to the network. The
loader wants them to be there with the names that FFmpeg mentions, so that is all that stays: each
function does nothing and returns 0. Linux only, where one needs but a C compiler for it.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from report import SetupError

# The beginnings of their names. The second ones are needed by the first only, and simply go.
EMPTIED = ("libx264", "libx265", "libSvtAv1Enc", "libvpx", "libmp3lame", "libgnutls")
DROPPED = ("libnettle", "libhogweed", "libgmp", "libunistring")
_SYMBOL = re.compile(
    r"^(?:[0-9a-f]+ )?\s*(?P<kind>[A-Za-z]) (?P<name>[\w.]+)(?:@+(?P<version>\S+))?$"
)


def empty(folder: Path, *, compiler: str = "cc") -> int:
    """Replace the libraries in ``folder`` (av.libs); the number of bytes that this has spared.
    Raises SetupError without a C compiler."""
    libraries = sorted(folder.glob("*.so*"))
    before = sum(path.stat().st_size for path in libraries)
    for path in libraries:
        if path.name.startswith(DROPPED):
            path.unlink()
    for path in libraries:
        if path.name.startswith(EMPTIED):
            others = [other for other in libraries if other.exists() and other != path]
            _replace(path, _wanted(path, others), compiler)
    return before - sum(path.stat().st_size for path in folder.glob("*.so*"))


def source(names: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """C code that defines all ``names`` (name and version, "" for none), and the linker's script
    for the versions."""
    code = "".join(f"long {name}(void) {{ return 0; }}\n" for name, _version in sorted(names))
    versions: dict[str, list[str]] = defaultdict(list)
    for name, version in sorted(names):
        if version:
            versions[version].append(name)
    script = "".join(
        f"{version} {{ global: {'; '.join(every)}; }};\n" for version, every in versions.items()
    )
    return code, script


def _wanted(path: Path, others: Sequence[Path]) -> list[tuple[str, str]]:
    """What of the library is mentioned by the others, with its version."""
    defined = {name for name, _version in _symbols(path, "--defined-only")}
    return sorted(
        {
            (name, version)
            for other in others
            for name, version in _symbols(other, "--undefined-only")
            if name in defined
        }
    )


def _symbols(path: Path, which: str) -> list[tuple[str, str]]:
    lines = _run("nm", "-D", which, str(path)).splitlines()
    matches = filter(None, (_SYMBOL.match(line.strip()) for line in lines))
    return [(one["name"], one["version"] or "") for one in matches]


def _replace(path: Path, names: Sequence[tuple[str, str]], compiler: str) -> None:
    code, script = source(names)
    with tempfile.TemporaryDirectory(prefix="facet-empty-") as name:
        folder = Path(name)
        (folder / "empty.c").write_text(code or "int nothing;\n", "utf-8")
        command = [compiler, "-shared", "-fPIC", "-O1", "-s", "-w", f"-Wl,-soname,{path.name}"]
        if script:
            (folder / "versions").write_text(script, "utf-8")
            command.append(f"-Wl,--version-script={folder / 'versions'}")
        _run(*command, "-o", str(folder / "empty.so"), str(folder / "empty.c"))
        mode = path.stat().st_mode
        path.write_bytes((folder / "empty.so").read_bytes())
        path.chmod(mode)


def _run(*command: str) -> str:
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except FileNotFoundError as error:
        raise SetupError(
            f"{command[0]} is not there, which makes the app smaller.",
            "Install gcc and binutils, then run this again.",
        ) from error
    except subprocess.CalledProcessError as error:
        raise SetupError(
            f"{command[0]} failed: {error.stderr.strip().splitlines()[-1:] or error}",
            "The whole command is in the log.",
        ) from error
