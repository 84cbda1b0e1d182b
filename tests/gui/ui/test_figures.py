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


@pytest.mark.parametrize(
    ("done", "total", "words"),
    [
        (2_310_000_000, 6_140_000_000, ("2.31", "6.14 GB")),
        (0, 98_362_432, ("0", "98 MB")),
        (999_800_000, 999_900_000, ("1.00", "1.00 GB")),
        (5_000, 7_900, ("5", "8 KB")),
        (1, 12, ("1", "12 bytes")),
        (0, 0, ("0", "0 bytes")),
    ],
)
def test_part_of(done: int, total: int, words: tuple[str, str]) -> None:
    assert figures.part_of(done, total) == words


@pytest.mark.parametrize(
    ("rate", "words"),
    [(18_400_000, "18.4 MB/s"), (640_200, "640 KB/s"), (999_700, "1.0 MB/s"), (0, "0 KB/s")],
)
def test_rate(rate: float, words: str) -> None:
    assert figures.rate(rate) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 s"),
        (8.4, "8 s"),
        (52, "50 s"),
        (57.4, "55 s"),
        (58, "1 min"),
        (212, "3 min 30 s"),
        (584, "9 min 40 s"),
        (715, "12 min"),
        (3569, "59 min"),
        (3571, "1 h"),
        (7790, "2 h 10 min"),
    ],
)
def test_duration(seconds: float, words: str) -> None:
    assert figures.duration(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, ""),
        (1_300_000, "1.3M"),
        (134_515_008, "135M"),
        (999_499_999, "999M"),
        (5_104_297_984, "5.1B"),
    ],
)
def test_parameters(count: int, words: str) -> None:
    assert figures.parameters(count) == words
