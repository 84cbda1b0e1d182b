"""Pictures that the miniature model can name: one coloured shape on a plain ground."""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

COLOURS = {
    "red": (220, 30, 30),
    "green": (30, 160, 50),
    "blue": (40, 70, 225),
    "yellow": (240, 220, 40),
    "orange": (250, 140, 20),
    "purple": (135, 40, 170),
    "cyan": (40, 205, 215),
    "pink": (250, 150, 195),
}
SHAPES = ("circle", "square", "triangle")
PLACES = {
    "at the top left": (0.23, 0.23),
    "at the top right": (0.77, 0.23),
    "at the bottom left": (0.23, 0.77),
    "at the bottom right": (0.77, 0.77),
    "in the centre": (0.5, 0.5),
}
LIGHT, DARK = (242, 243, 240), (24, 26, 30)


def draw(
    colour: str,
    shape: str,
    place: str,
    size: tuple[int, int] = (384, 384),
    ground: tuple[int, int, int] = LIGHT,
) -> Image.Image:
    """An RGB picture of ``size`` pixels with one shape."""
    picture = Image.new("RGB", size, ground)
    paint(picture, COLOURS[colour], shape, place)
    return picture


def paint(picture: Image.Image, fill: tuple[int, ...], shape: str, place: str) -> None:
    """Draw a shape of 0.18 of the shorter side (its radius) into ``picture``."""
    radius = 0.18 * min(picture.size)
    x, y = (part * side for part, side in zip(PLACES[place], picture.size, strict=True))
    left, top, right, bottom = x - radius, y - radius, x + radius, y + radius
    pen = ImageDraw.Draw(picture)
    if shape == "circle":
        pen.ellipse((left, top, right, bottom), fill=fill)
    elif shape == "square":
        pen.rectangle((left, top, right, bottom), fill=fill)
    else:
        pen.polygon([(x, top), (right, bottom), (left, bottom)], fill=fill)


def answer(colour: str, shape: str, place: str) -> str:
    """What the miniature says when asked "What do you see?"."""
    article = "an" if colour == "orange" else "a"
    return f"{article} {colour} {shape} {place}"


def red_and_blue_swapped(picture: Image.Image) -> Image.Image:
    """The same picture with its first and last channel exchanged."""
    red, green, blue = picture.split()
    return Image.merge("RGB", (blue, green, red))


def lying(upright: Image.Image, orientation: int) -> Image.Image:
    """``upright`` as a camera stores it that was held so that EXIF ``orientation`` (1 to 8) is
    needed to see it upright again."""
    undo = {
        1: [],
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    for step in undo[orientation]:
        upright = upright.transpose(step)
    return upright


def save_rotated_jpeg(upright: Image.Image, path: Path, orientation: int) -> None:
    """A JPEG that looks like ``upright`` only to those who read its EXIF data."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    lying(upright, orientation).save(path, "JPEG", quality=90, exif=exif)


def save_alpha_png(path: Path, *, colour: str, shape: str, place: str) -> None:
    """A PNG with a shape on a transparent ground. Below the transparency lies a picture of
    something else, which nobody should see."""
    seen = Image.new("L", (384, 384), 0)
    paint(seen, (255,), shape, place)
    hidden = draw("red", "circle", "in the centre", ground=DARK)
    hidden.paste(COLOURS[colour], mask=seen)
    hidden.putalpha(seen)
    hidden.save(path, "PNG")


def save_png_16_bit(picture: Image.Image, path: Path) -> None:
    """``picture`` (RGB or L) as a PNG of 16 bits a channel, which Pillow can't write."""
    samples = np.asarray(picture, np.uint16) * 257
    rows = samples.reshape(picture.height, -1).astype(">u2")
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    kind = 2 if picture.mode == "RGB" else 0

    def chunk(name: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)

    head = struct.pack(">IIBBBBB", picture.width, picture.height, 16, kind, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(raw, 9))
        + chunk(b"IEND", b"")
    )


def save_animation(frames: list[Image.Image], path: Path) -> None:
    """A GIF, WebP or PNG (by the ending of ``path``) that shows ``frames`` in turn."""
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=300, loop=0)
