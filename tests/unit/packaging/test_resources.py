from pathlib import Path

import pytest

FONTS = Path(__file__).parents[3] / "resources" / "fonts"


@pytest.mark.parametrize(
    ("family", "cuts"),
    [
        ("Inter", {"Regular", "Medium", "SemiBold", "Italic", "SemiBoldItalic"}),
        ("JetBrainsMono", {"Regular", "Medium", "SemiBold", "Italic"}),
    ],
)
def test_fonts_are_there_with_their_licence(family: str, cuts: set[str]) -> None:
    files = {path.stem.partition("-")[2]: path for path in FONTS.glob(f"{family}-*.ttf")}
    assert set(files) == cuts
    for path in files.values():
        assert path.read_bytes()[:4] == b"\0\1\0\0"  # TrueType, not compressed for the web
    assert "SIL OPEN FONT LICENSE" in (FONTS / f"{family}-OFL.txt").read_text("utf-8")


@pytest.mark.parametrize("cut", ["Regular", "Medium", "SemiBold"])
def test_upright_inter_has_the_plain_a(cut: str) -> None:
    assert b"cv11" in (FONTS / f"Inter-{cut}.ttf").read_bytes()
