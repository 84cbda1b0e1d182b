"""Graphics processors by the names that drivers give them."""

import pytest

from app.core.graphics import bandwidth_of, described
from app.core.hardware import Gpu

GIB = 2**30


@pytest.mark.parametrize(
    ("name", "gigabytes"),
    [
        ("NVIDIA GeForce RTX 4090", 1008),
        ("NVIDIA GeForce RTX 4060", 272),
        ("NVIDIA GeForce RTX 4060 Ti", 288),
        ("NVIDIA GeForce RTX 4060 Laptop GPU", 256),
        ("NVIDIA GeForce RTX 4070 Ti SUPER", 672),
        ("NVIDIA GeForce RTX 5090 Laptop GPU", 896),
        ("NVIDIA GeForce RTX 3070 Laptop GPU", 448),
        ("NVIDIA GeForce GTX 1660 Ti", 288),
        ("NVIDIA RTX A2000 12GB", 288),
        ("NVIDIA RTX 2000 Ada Generation", 224),
        ("AMD Radeon RX 7900 XTX (RADV NAVI31)", 960),
        ("AMD Radeon RX 6700 XT (RADV NAVI22)", 384),
        ("Radeon RX 580 Series", 256),
        ("Intel(R) Arc(tm) A770 Graphics (DG2)", 560),
        ("Intel(R) Arc(TM) B580 Graphics", 456),
        ("Radeon 8060S Graphics (RADV GFX1151)", 256),
        ("Apple M1", 68),
        ("Apple M3 Pro", 150),
        ("Apple M4 Max", 546),
        ("Apple M5 Max (dev p0/v0)", 614),
    ],
)
def test_known_ones(name: str, gigabytes: int) -> None:
    assert bandwidth_of(name) == gigabytes * 1e9


@pytest.mark.parametrize(
    ("name", "memory", "gigabytes"),
    [
        ("NVIDIA GeForce RTX 3060", 8 * GIB - 10**8, 240),
        ("NVIDIA GeForce RTX 3060", 12 * GIB - 10**8, 360),
        ("NVIDIA GeForce RTX 3080", 12 * GIB - 10**8, 912),
        ("NVIDIA GeForce RTX 3050 6GB Laptop GPU", 6 * GIB - 10**8, 168),
        ("NVIDIA GeForce RTX 3050 Laptop GPU", 4 * GIB - 10**8, 192),
        ("Apple M3 Max", 36 * GIB, 300),
        ("Apple M3 Max", 128 * GIB, 400),
    ],
)
def test_versions_told_apart_by_their_memory(name: str, memory: int, gigabytes: int) -> None:
    assert bandwidth_of(name, memory) == gigabytes * 1e9


@pytest.mark.parametrize(
    "name",
    [
        "",
        "127.0.0.1:50052",
        "AMD Radeon Graphics (RADV PHOENIX)",
        "Intel(R) UHD Graphics 620",
        "NVIDIA GeForce RTX 6090",
        "NVIDIA GeForce RTX 5070 SUPER",  # not the 5070
        "NVIDIA GeForce GTX 1650 Laptop GPU",  # not the desktop's
        "NVIDIA RTX 2000 Ada Generation Laptop GPU",
        "NVIDIA GeForce RTX 2070 with Max-Q Design",
        "Apple M9 Ultra",
        "llvmpipe (LLVM 15.0.7, 256 bits)",
    ],
)
def test_unknown_ones(name: str) -> None:
    assert bandwidth_of(name) is None


def test_memory_that_is_main_memory() -> None:
    apple = described(Gpu("MTL0", "Apple M3 Max", "gpu", 27 * GIB, 27 * GIB), 36 * GIB)
    assert (apple.unified, apple.bandwidth) == (True, 300e9)
    radeon = described(Gpu("Vulkan0", "AMD Radeon 780M Graphics", "integrated", GIB, GIB), 16 * GIB)
    assert (radeon.unified, radeon.bandwidth) == (True, None)
    card = described(Gpu("CUDA0", "NVIDIA GeForce RTX 3080", "gpu", 10 * GIB, 9 * GIB), 16 * GIB)
    assert (card.unified, card.bandwidth) == (False, 760e9)


def test_what_a_file_says_wins_over_the_table() -> None:
    card = Gpu("CUDA0", "NVIDIA GeForce RTX 3080", "gpu", 10 * GIB, 9 * GIB, bandwidth=1e9)
    assert described(card) == card
