"""Numbers as the window writes them."""

import pytest

from app.ui import figures


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0"),
        (950, "950"),
        (1024, "1K"),
        (3500, "3.5K"),
        (3999, "4K"),
        (21900, "21.9K"),
        (32768, "32K"),
        (131072, "128K"),
        (120_000, "120K"),
    ],
)
def test_tokens(count: int, words: str) -> None:
    assert figures.tokens(count) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (12, "12 bytes"),
        (4_000, "4 KB"),
        (93_000_000, "93 MB"),
        (999_700, "1 MB"),
        (6_140_000_000, "6.1 GB"),
        (17_200_000_000, "17 GB"),
    ],
)
def test_size(amount: int, words: str) -> None:
    assert figures.size(amount) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [(7_000_000_000, "7.0"), (9_990_000_000, "10"), (16_000_000_000, "16"), (0, "0.0")],
)
def test_gigabytes(amount: int, words: str) -> None:
    assert figures.gigabytes(amount) == words


@pytest.mark.parametrize(
    ("speed", "words"), [(22.4, "22 tok/s"), (3.44, "3.4 tok/s"), (9.99, "10 tok/s")]
)
def test_speed(speed: float, words: str) -> None:
    assert figures.speed(speed) == words
