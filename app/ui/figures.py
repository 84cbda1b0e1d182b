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


def parameters(count: int) -> str:
    """A number of weights: 135M, 5.1B; "" for none."""
    if count >= 999_500_000:
        return f"{count / 1e9:.1f}B"
    if count < 9_950_000:
        return f"{count / 1e6:.1f}M" if count else ""
    return f"{count / 1e6:.0f}M"


def part_of(done: int, total: int) -> tuple[str, str]:
    """How much has come of ``total`` bytes, and the total with its unit, alike in form:
    ("2.31", "6.14 GB"), ("12", "98 MB")."""
    for unit, scale, digits in (("GB", 1e9, 2), ("MB", 1e6, 0), ("KB", 1e3, 0)):
        if total >= 0.9995 * scale:
            return f"{done / scale:.{digits}f}", f"{total / scale:.{digits}f} {unit}"
    return str(done), f"{total} bytes"


def rate(bytes_per_second: float) -> str:
    """How fast something is downloaded: 18.4 MB/s, 640 KB/s."""
    if bytes_per_second >= 0.9995e6:
        return f"{bytes_per_second / 1e6:.1f} MB/s"
    return f"{bytes_per_second / 1e3:.0f} KB/s"


def duration(seconds: float) -> str:
    """How long something takes, only as exactly as it can be foretold: 8 s, 50 s, 3 min 30 s,
    12 min, 2 h 10 min."""
    if seconds < 10:
        return f"{max(1, round(seconds))} s"
    if seconds < 57.5:
        return f"{5 * round(seconds / 5)} s"
    if seconds < 585:
        minutes, rest = divmod(10 * round(seconds / 10), 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    if seconds < 3570:
        return f"{round(seconds / 60)} min"
    hours, rest = divmod(10 * round(seconds / 600), 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"
