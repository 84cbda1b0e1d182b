"""Plain tables and figures for people who read a terminal."""

from collections.abc import Sequence

_GAP = "  "


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: str = "") -> list[str]:
    """The lines of a table, with the columns as wide as they must be; empty ones are left out.
    ``right`` has a letter for each column: "r" for one that is set flush right, as numbers are."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = []
    for row in (heads, *rows):
        cells = [
            cell.rjust(width) if right[number : number + 1] == "r" else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
            if width
        ]
        lines.append(_GAP.join(cells).rstrip())
    return lines


def gigabytes(count: float) -> str:
    """Bytes for people: "3.4 GB", "93 MB"."""
    return f"{count / 1e9:.1f} GB" if count >= 0.95e9 else f"{count / 1e6:.0f} MB"


def tokens(count: int) -> str:
    """A context for people: "8K", "0" for none."""
    return f"{count / 1024:.0f}K" if count >= 1024 else str(count)


def speed(per_second: float | None) -> str:
    """Tokens a second; "" for none that is known."""
    if per_second is None:
        return ""
    return f"{per_second:.1f}" if per_second < 10 else f"{per_second:.0f}"


def duration(seconds: float) -> str:
    """How long something takes: "40 s", "12 min", "1 h 5 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
