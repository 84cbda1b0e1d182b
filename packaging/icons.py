"""Draws the app's icon in the sizes that systems want: icons.py FOLDER SIZE…"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

MARK = Path(__file__).resolve().parents[1] / "resources" / "icons" / "mark-light.svg"


def main(folder: Path, sizes: list[int]) -> None:
    """PNG files as the icon theme wants them, and one file each for Windows and macOS."""
    app = QGuiApplication([])
    for size in sizes:
        _draw(size, folder / "hicolor" / f"{size}x{size}" / "apps" / "facet.png")
    scalable = folder / "hicolor" / "scalable" / "apps" / "facet.svg"
    scalable.parent.mkdir(parents=True, exist_ok=True)
    scalable.write_bytes(MARK.read_bytes())
    large = folder / "large.png"
    _draw(1024, large)
    with Image.open(large) as drawn:
        drawn.save(folder / "facet.ico", sizes=[(size, size) for size in sizes if size <= 256])
        drawn.save(folder / "facet.icns")
    large.unlink()
    app.quit()


def _draw(size: int, path: Path) -> None:
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(MARK)).render(painter)
    painter.end()
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(str(path))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(size) for size in sys.argv[2:]])
