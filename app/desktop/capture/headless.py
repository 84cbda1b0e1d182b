"""A picture of the desktop for the command line. No Qt."""

import io
import sys
from collections.abc import Mapping
from threading import Event

import mss
from mss.exception import ScreenShotError
from PIL import Image

from app.core.errors import AppError
from app.desktop.capture.listing import window_list
from app.desktop.capture.what import Region, What

if sys.platform != "win32" and sys.platform != "darwin":
    from app.desktop.capture.portal import ScreenshotPortal, damaged, is_wayland


def shoot(what: What, app_id: str, environment: Mapping[str, str]) -> bytes:
    """A PNG of ``what`` as it is now, in pixels of the screen. ``environment`` is that of the
    program, ``app_id`` the name of its desktop file. Raises AppError; on Wayland it may take as
    long as the person needs to allow it."""
    if sys.platform == "win32" or sys.platform == "darwin":
        return _png(_read(what))
    if is_wayland(environment):
        return _png(_ask(what, app_id))
    if not environment.get("DISPLAY"):
        raise AppError(
            "There is no screen to take a picture of.",
            "Run it in a terminal on the desktop, or set DISPLAY.",
            code="capture-no-screen",
        )
    return _png(_read(what))


def _read(what: What) -> Image.Image:
    try:
        with mss.MSS() as connection:
            whole = connection.monitors[0]
            left, top = whole["left"], whole["top"]  # not 0 on Windows with a screen to the left
            if what == "screen":
                what = Region(0, 0, whole["width"], whole["height"])
            elif what == "window":
                window = _active_window()
                what = window._replace(x=window.x - left, y=window.y - top)
            part = _within(what, whole["width"], whole["height"])
            place = {"left": left + part.x, "top": top + part.y}
            shot = connection.grab({**place, "width": part.width, "height": part.height})
    except ScreenShotError as error:
        raise AppError(
            f"The screen can't be read: {error}",
            "See that the desktop is there and not locked, then try again.",
            code="capture-no-screen",
        ) from error
    return Image.frombuffer("RGB", shot.size, shot.raw, "raw", "BGRX", 0, 1)


def _active_window() -> Region:
    windows = window_list()
    try:
        window = windows.active()
    finally:
        windows.close()
    if window is None:
        raise AppError(
            "The desktop does not say which window is active.",
            "Take the whole screen, or a region of it.",
            code="capture-no-window",
        )
    return window


def _within(region: Region, width: int, height: int) -> Region:
    part = region.within(width, height)
    if part.width and part.height:
        return part
    raise AppError(
        "Nothing of that region is on the screen.",
        f"The desktop is {width} × {height} pixels large; X and Y count from its upper left"
        " corner.",
        code="capture-outside",
    )


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)  # read once, by the engine next door
    return file.getvalue()


if sys.platform != "win32" and sys.platform != "darwin":

    def _ask(what: What, app_id: str) -> Image.Image:
        if what == "window":
            raise AppError(
                "Wayland does not tell programs which window is active.",
                "Take the whole screen, or a region of it.",
                code="capture-no-window",
            )
        data = ScreenshotPortal(app_id).take(Event())
        try:
            with Image.open(io.BytesIO(data)) as picture:
                image = picture.convert("RGB")
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise damaged() from error
        if isinstance(what, Region):
            x, y, width, height = _within(what, *image.size)
            return image.crop((x, y, x + width, y + height))
        return image
