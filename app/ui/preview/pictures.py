"""Pictures of pages, as they come from the reader."""

from PySide6.QtGui import QImage


def decode(png: bytes) -> tuple[QImage, int]:
    """A picture of a PNG, in the form that is painted fastest, and its bytes. For any thread."""
    image = QImage.fromData(png)
    if not image.isNull():
        image = image.convertToFormat(QImage.Format.Format_RGB32)
    return image, image.sizeInBytes()
