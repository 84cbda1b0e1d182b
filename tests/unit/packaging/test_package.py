"""Pieces of the installed app's making that can be tried without making one."""

import configparser
import ctypes
import plistlib
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import empty_libraries
import package
import pytest

PACKAGING = Path(package.__file__).parent


def _compile(folder: Path, name: str, code: str, *options: str) -> Path:
    (folder / f"{name}.c").write_text(code)
    library = folder / f"lib{name}.so"
    command = ["cc", "-shared", "-fPIC", f"-Wl,-soname,lib{name}.so", "-o", str(library)]
    subprocess.run([*command, str(folder / f"{name}.c"), *options], check=True)
    return library


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="done on Linux only")
def test_a_library_that_nobody_calls_becomes_empty(tmp_path: Path) -> None:
    (tmp_path / "versions").write_text("GNUTLS_3_4 { global: gnutls_init; };")
    script = f"-Wl,--version-script={tmp_path / 'versions'}"
    ballast = "const char large[500000] = {1};"
    x264 = _compile(
        tmp_path,
        "x264",
        f"{ballast} int x264_levels[9] = {{5}}; int x264_open(int a) {{ return a; }}",
    )
    gnutls = _compile(
        tmp_path, "gnutls", f"{ballast} int gnutls_init(void) {{ return 7; }}", script
    )
    nettle = _compile(tmp_path, "nettle", ballast)
    codec = _compile(
        tmp_path,
        "codec",
        "int x264_open(int); int gnutls_init(void); extern int x264_levels[9];"
        "int decode(void) { return 42; } int encode(void)"
        "{ return x264_open(3) + gnutls_init() + x264_levels[0]; }",
        *(str(x264), str(gnutls), "-Wl,-rpath,$ORIGIN"),
    )
    assert empty_libraries.empty(tmp_path) > 1_400_000
    assert not nettle.exists()
    found = ctypes.CDLL(str(codec))  # the loader finds every name
    assert found.decode() == 42
    assert x264.stat().st_size < 20_000


def test_versions_and_names_are_told_to_the_linker() -> None:
    code, script = empty_libraries.source([("b", "V_1"), ("a", ""), ("c", "V_1")])
    assert code.count("return 0") == 3
    assert script == "V_1 { global: b; c; };\n"


def test_places_are_filled_in() -> None:
    assert package.filled("version: @VERSION@, @X@", {"VERSION": "1.2"}) == "version: 1.2, @X@"


def test_what_systems_read_can_be_read() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(PACKAGING / "linux" / "facet.desktop", "utf-8")
    main = entry["Desktop Entry"]
    assert main["Exec"] == "facet %F"
    assert "application/pdf" in main["MimeType"].split(";")
    assert entry["Desktop Action shoot"]["Exec"] == "facet shoot"
    about = ElementTree.parse(PACKAGING / "linux" / "org.facet.Facet.metainfo.xml").getroot()
    assert about.findtext("launchable") == "facet.desktop"
    rights = plistlib.loads((PACKAGING / "macos" / "entitlements.plist").read_bytes())
    assert rights["com.apple.security.device.audio-input"] is True


def test_an_app_beyond_the_limits_is_refused() -> None:
    package.check_sizes({"installed": 300_000_000, "packed": 100_000_000})
    with pytest.raises(package.SetupError, match="400 of 330 MB installed"):
        package.check_sizes({"installed": 400_000_000, "packed": 100_000_000})
