"""Numbers as the window writes them: short, with a space before the unit, GB = 10⁹ bytes."""

_GB = 1e9


def tokens(count: int) -> str:
    """``count`` tokens in at most five characters: 950, 3.5K, 21.9K, 32K, 131K.

    Context sizes are powers of two, so a K is 1,024 where that comes out even, else 1,000.
    """
    if count < 1000:
        return str(count)
    if count % 1024 == 0:
        return f"{count // 1024}K"
    thousands = count / 1000
    return f"{thousands:.0f}K" if thousands >= 99.95 else f"{thousands:.1f}K".replace(".0K", "K")


def size(amount: int) -> str:
    """``amount`` bytes with their unit: 812 bytes, 4 KB, 93 MB, 7.0 GB, 16 GB."""
    if amount < 1000:
        return f"{amount} bytes"
    for unit, scale in (("KB", 1e3), ("MB", 1e6)):
        if amount < scale * 999.5:
            return f"{amount / scale:.0f} {unit}"
    return f"{gigabytes(amount)} GB"


def gigabytes(amount: int) -> str:
    """``amount`` bytes in GB without the unit: one decimal below ten, none above."""
    value = amount / _GB
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def speed(tokens_per_second: float) -> str:
    """A decoding speed: 22 tok/s, 3.4 tok/s."""
    return f"{pace(tokens_per_second)} tok/s"


def pace(a_second: float) -> str:
    """The number of a speed, without its unit: 22, 3.4."""
    return f"{a_second:.{1 if a_second < 9.95 else 0}f}"
