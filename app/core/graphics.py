"""How fast the memory of a graphics processor is, by its name: nothing asks a driver for it.

The figures are the makers' own, from the specification pages of NVIDIA, AMD, Intel and Apple (bus
width × data rate). A name with a size behind it ("rtx 3060 8gb") is that version of the card; for
Apple's chips it is the size of the main memory, which tells the smaller version from the larger.
Integrated graphics are left out where they read main memory no faster than the processor does.
"""

import re
from functools import cache

from msgspec.structs import replace

from app.core.hardware import Gpu

# Columns: GB/s, then the names that have it.
_TABLE = """
1792  rtx 5090, rtx pro 6000 blackwell
1008  rtx 4090, rtx 4090 d, rtx 3090 ti
960   rtx 5080, rtx 6000 ada, rx 7900 xtx
936   rtx 3090
912   rtx 3080 ti, rtx 3080 12gb
896   rtx 5070 ti, rtx 5090 laptop, rtx 5080 laptop, rtx pro 4500 blackwell
864   l40s, l40, pro w7900
800   rx 7900 xt
768   rtx a6000, rtx a5000
760   rtx 3080
736   rtx 4080 super
717   rtx 4080
672   rtx 5070, rtx 5070 ti laptop, rtx 4070 ti super, titan rtx, rtx pro 4000 blackwell
640   rx 9070 xt, rx 9070, ai pro r9700, rtx a4500
624   rx 7800 xt, rx 7700
616   rtx 2080 ti
608   rtx 3070 ti, arc pro b70
600   a10
576   rtx 4090 laptop, rtx 5000 ada, rx 7900 gre, rx 7900m, rx 6950 xt, pro w7800
560   arc a770
512   rtx 3080 ti laptop, rx 6900 xt, rx 6800 xt, rx 6800, arc a770 8gb, arc a770m, arc a750
512   arc a580
504   rtx 4070 ti, rtx 4070 super, rtx 4070
496   rtx 2080 super
484   gtx 1080 ti, rx vega 64
456   arc b580, arc pro b60
448   rtx 5060 ti, rtx 5060, rtx 3070, rtx 3060 ti, rtx 3080 laptop, rtx 3070 ti laptop,
448   rtx 3070 laptop, rtx 2080, rtx 2070 super, rtx 2070, rtx 2060 super, rtx a4000
448   rx 5700 xt, rx 5700
432   rtx 4080 laptop, rtx 4500 ada, rx 9070 gre, rx 7700 xt, rx 6750 xt, rx 7800m
410   rx vega 56
384   rtx 5070 laptop, rtx 5060 laptop, rtx 5050 laptop, rx 6700 xt, rx 6800m
380   arc b570
360   rtx 3060, rtx 4000 ada
336   rtx 3060 laptop, rtx 2060, gtx 1660 super, arc a730m
320   rtx 5050, gtx 1080, t4, rx 9060 xt, rx 6700, rx 6700m
300   l4
288   rtx 4060 ti, gtx 1660 ti, rtx a2000, rx 7600 xt, rx 7600m xt, rx 7600, rx 7700s, rx 5600 xt
280   rx 6650 xt
272   rtx 4060
264   rtx 2060 with max-q
256   rtx 4070 laptop, rtx 4060 laptop, gtx 1070 ti, gtx 1070, rx 6600 xt, rx 7600s, rx 7600m
256   rx 590, rx 580, rx 480, radeon 8060s, radeon 8050s
273   gb10
240   rtx 3060 8gb
224   rtx 3050, rtx 2000 ada, rx 6600, rx 6600m, rx 570, rx 470, arc a550m, arc pro b50
192   rtx 4050 laptop, rtx 3050 ti laptop, rtx 3050 laptop, gtx 1660, gtx 1650 super, gtx 1060
186   arc a380
168   rtx 3050 6gb, rtx 3050 laptop 6gb
144   rx 6500 xt
128   gtx 1650, rx 6400
124   arc a310
112   gtx 1050 ti, gtx 1050, arc a370m, arc a350m
68    apple m1
200   apple m1 pro, apple m2 pro
400   apple m1 max, apple m2 max, apple m3 max
800   apple m1 ultra, apple m2 ultra
100   apple m2, apple m3
150   apple m3 pro
300   apple m3 max 36gb, apple m3 max 96gb
819   apple m3 ultra
120   apple m4
273   apple m4 pro
410   apple m4 max 36gb
546   apple m4 max
153   apple m5
307   apple m5 pro
460   apple m5 max 36gb
614   apple m5 max
"""
# Words that make another card of a name before them.
_OTHER_CARDS = frozenset(
    ("ti", "super", "xt", "xtx", "gre", "d", "pro", "max", "ultra", "ada", "2048sp")
)
_LAPTOP = frozenset(("laptop", "mobile", "max-q"))  # anywhere in a name
_NOISE = re.compile(r"\((?:r|tm)\)|\b\d+ ?gb\b|\b(?:gpu|graphics|geforce|nvidia|amd|intel)\b")


def described(gpu: Gpu, memory: int | None = None) -> Gpu:
    """``gpu`` with ``unified`` and ``bandwidth`` as far as its name tells them. ``memory`` is the
    size of the main memory in bytes."""
    unified = gpu.unified or gpu.kind == "integrated" or gpu.description.startswith("Apple")
    size = memory if unified else gpu.total
    bandwidth = gpu.bandwidth or bandwidth_of(gpu.description, size)
    return replace(gpu, unified=unified, bandwidth=bandwidth)


def bandwidth_of(description: str, memory: int | None = None) -> float | None:
    """Bytes a second that the memory of a graphics processor can be read with, by the name that its
    driver gives it. ``memory`` in bytes tells cards of the same name apart. None: not in the table.
    """
    words = _NOISE.sub(" ", description.lower()).split()
    table = _bandwidths()
    name, after = _longest_name(words)
    if not name or after in _OTHER_CARDS or _LAPTOP & set(words) - set(name.split()):
        return None
    if memory:
        sized = table.get(f"{name} {round(memory / 2**30)}gb")
        if sized is not None:
            return sized
    return table[name]


def _longest_name(words: list[str]) -> tuple[str, str]:
    """The longest name of the table among the ``words``, and the word after it; "" for none."""
    table = _bandwidths()
    for length in range(min(4, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            name = " ".join(words[start : start + length])
            if name in table:
                return name, " ".join(words[start + length : start + length + 1])
    return "", ""


@cache
def _bandwidths() -> dict[str, float]:
    """The table: bytes a second by name."""
    table = {}
    for line in _TABLE.strip().splitlines():
        rate, names = line.split(maxsplit=1)
        table.update({name.strip(): int(rate) * 1e9 for name in names.split(",") if name.strip()})
    return table
