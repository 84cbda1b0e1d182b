"""Inter and JetBrains Mono, bundled, in the roles of the design.

Sizes are device-independent pixels at 100 % text scale; ``line_height`` gives the pitch that goes
with a role.
"""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase, QFontInfo

SANS = ("Inter", "Inter Variable", "Segoe UI", "Cantarell", "Noto Sans", "DejaVu Sans")
MONO = ("JetBrains Mono", "Cascadia Mono", "Menlo", "DejaVu Sans Mono", "monospace")


@dataclass(frozen=True)
class Role:
    """A way to set text: size and line in px, weight, letter spacing in em, tabular figures."""

    size: float
    line: int
    weight: int = 400
    spacing: float = 0.0
    tabular: bool = False
    mono: bool = False


ROLES: dict[str, Role] = {
    "display": Role(26, 34, 600, -0.020),
    "title": Role(22, 30, 600, -0.018),
    "h1": Role(20, 28, 600, -0.015),
    "h2": Role(17, 24, 600, -0.012),
    "h3": Role(15, 24, 600, -0.005),
    "reading": Role(15, 24, 400, -0.003),
    "panel": Role(14, 21, 400, -0.002),
    "page-title": Role(14, 20, 600, -0.005),
    "ui": Role(13, 20),
    "ui-medium": Role(13, 20, 500),
    "ui-strong": Role(13, 20, 600),
    "caption": Role(12, 16, tabular=True),
    "micro": Role(11, 16, 500, tabular=True),
    "table": Role(13, 20, tabular=True),
    "code": Role(13, 20, mono=True),
    "inline-code": Role(13.5, 24, mono=True),
}


def load_fonts(folder: Path) -> tuple[str, ...]:
    """Make the font files in ``folder`` known to Qt and return the families they brought.

    A missing folder or a broken file is no error: the system's own fonts stand in.
    """
    families: list[str] = []
    for path in sorted(folder.glob("*.[to]tf")) if folder.is_dir() else []:
        number = QFontDatabase.addApplicationFont(str(path))
        if number >= 0:
            families.extend(QFontDatabase.applicationFontFamilies(number))
    return tuple(dict.fromkeys(families))


def make_font(
    role: Role,
    *,
    weight: int | None = None,
    italic: bool = False,
    scale: float = 1.0,
) -> QFont:
    """A font for ``role``; ``weight`` 100 to 900 replaces the role's own."""
    font = QFont(MONO if role.mono else SANS)
    font.setPixelSize(max(1, round(role.size * scale)))
    font.setWeight(QFont.Weight(role.weight if weight is None else weight))
    font.setItalic(italic)
    # Hinting would snap Inter's advances to whole pixels and make its spacing uneven.
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if role.spacing:
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, role.spacing * role.size * scale)
    if role.mono:
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setFixedPitch(True)
        font.setFeature(QFont.Tag("calt"), 0)
        font.setFeature(QFont.Tag("liga"), 0)
    else:
        font.setStyleHint(QFont.StyleHint.SansSerif)
        font.setFeature(QFont.Tag("cv11"), 1)
        if role.tabular:
            font.setFeature(QFont.Tag("tnum"), 1)
    return font


def family_in_use(font: QFont) -> str:
    """The family Qt really takes for ``font``."""
    return QFontInfo(font).family()
