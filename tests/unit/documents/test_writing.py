"""The height of writing in pictures, on pages that are set here in known sizes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from app.documents.writing import text_height
from tests.data.pictures import draw

FONTS = Path(__file__).parents[3] / "resources" / "fonts"
FONT = str(FONTS / "Inter-Regular.ttf")
WORDS = ("The quick brown fox jumps over the lazy dog", "and goes home to sleep by the fire")


def page(size: int, ground: str = "white", ink: str = "black") -> Image.Image:
    """A page of 1280 x 900 pixels, set in a font of ``size`` pixels."""
    picture = Image.new("RGB", (1280, 900), ground)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, size)
    words, word = " ".join(WORDS).split(), 0
    for top in range(40, 860 - size, round(1.5 * size)):
        line = ""
        while pen.textlength(line, font=font) < 1200 - 6 * size:
            line += f"{words[word % len(words)]} "
            word += 1
        pen.text((40, top), line, font=font, fill=ink)
    return picture


@pytest.mark.parametrize("size", [9, 11, 13, 16, 20, 28, 40])
@pytest.mark.parametrize("colours", [("white", "black"), ("#1E2323", "#E7ECEA")])
def test_pages(size: int, colours: tuple[str, str]) -> None:
    assert text_height(page(size, *colours)) == pytest.approx(0.66 * size, rel=0.2)


def test_scans_are_a_little_soft_and_askew() -> None:
    scan = page(16).rotate(1, fillcolor="white", expand=True).filter(ImageFilter.GaussianBlur(0.7))
    assert 8 <= text_height(scan) <= 14


def test_small_print_below_a_heading_counts() -> None:
    both = page(40)
    both.paste(page(11).crop((0, 0, 1280, 450)), (0, 450))
    assert 6 <= text_height(both) <= 9


def test_what_is_no_writing() -> None:
    chance = np.random.default_rng(1)
    noise = Image.fromarray(chance.normal(128, 40, (900, 1200, 3)).clip(0, 255).astype(np.uint8))
    rows = np.zeros((900, 1200), np.uint8)
    rows[::20] = 255
    checks = (np.indices((900, 1200)).sum(axis=0) // 10 % 2 * 255).astype(np.uint8)
    others = [noise.filter(ImageFilter.GaussianBlur(radius)) for radius in (0, 1, 2, 4, 8)]
    others += [Image.fromarray(rows).convert("RGB"), Image.fromarray(checks).convert("RGB")]
    others += [draw("red", "circle", "in the centre"), Image.new("RGB", (1, 1))]
    assert [text_height(picture) for picture in others] == [0.0] * len(others)
