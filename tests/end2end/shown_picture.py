"""A picture in a window of its own, pixel for pixel."""

import contextlib
import os
import re
import struct
import subprocess
from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import xcffib
import xcffib.xproto as xproto
from PIL import Image

from tests.end2end.waiting import wait_for

_LINES = 64  # of a picture that are sent in one request


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    """A picture in which no two places look alike."""
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


class ShownPicture:
    """A window on the screen ``display`` that shows ``picture`` with its corner at ``x``, ``y``.
    Bare, or with a frame and a ``title``: then the window manager may put it elsewhere."""

    def __init__(
        self, display: str, picture: Image.Image, x: int, y: int, *, title: str = ""
    ) -> None:
        self._x = cast(Any, xcffib.connect(display))  # type: ignore[no-untyped-call]
        self._core = self._x.core
        setup = self._x.get_setup()
        self._screen = setup.roots[self._x.pref_screen]
        self.id: int = self._x.generate_id()
        mask, values = xproto.CW.BackPixmap | xproto.CW.OverrideRedirect, [self._pixmap(picture)]
        self._core.CreateWindow(
            self._screen.root_depth,
            self.id,
            self._screen.root,
            x,
            y,
            *picture.size,
            0,
            xproto.WindowClass.InputOutput,
            self._screen.root_visual,
            mask,
            [*values, int(not title)],
        )
        if title:
            self._title(title)
            self._place(x, y)
        wait_for(self._is_mapped, "the picture is on the screen")

    def close(self) -> None:
        self._x.disconnect()

    def _is_mapped(self) -> bool:
        # Asked for at each look: a window manager that is just starting may overlook it.
        self._core.MapWindow(self.id)
        state = self._core.GetWindowAttributes(self.id).reply().map_state
        return bool(state == xproto.MapState.Viewable)

    def _pixmap(self, picture: Image.Image) -> int:
        pixmap, context = self._x.generate_id(), self._x.generate_id()
        width, height = picture.size
        self._core.CreatePixmap(self._screen.root_depth, pixmap, self._screen.root, width, height)
        self._core.CreateGC(context, pixmap, 0, [])
        data = picture.convert("RGB").tobytes("raw", "BGRX")
        for top in range(0, height, _LINES):
            lines = min(_LINES, height - top)
            part = data[top * width * 4 : (top + lines) * width * 4]
            self._core.PutImage(
                xproto.ImageFormat.ZPixmap,
                pixmap,
                context,
                width,
                lines,
                0,
                top,
                0,
                self._screen.root_depth,
                len(part),
                part,
            )
        return int(pixmap)

    def _title(self, title: str) -> None:
        text = title.encode()
        atoms = [
            self._core.InternAtom(False, len(name), name).reply().atom
            for name in ("_NET_WM_NAME", "UTF8_STRING")
        ]
        self._core.ChangeProperty(xproto.PropMode.Replace, self.id, *atoms, 8, len(text), text)

    def _place(self, x: int, y: int) -> None:
        chosen_by_the_person = 1
        hints = struct.pack("=I4i52x", chosen_by_the_person, x, y, 0, 0)
        kind = xproto.Atom.WM_SIZE_HINTS
        self._core.ChangeProperty(
            xproto.PropMode.Replace, self.id, xproto.Atom.WM_NORMAL_HINTS, kind, 32, 18, hints
        )


def frame_extents(display: str, window: int) -> tuple[int, int, int, int]:
    """What the window manager has put around a window: left, right, top, bottom."""
    said = subprocess.run(
        ["xprop", "-id", str(window), "_NET_FRAME_EXTENTS"],
        env={**os.environ, "DISPLAY": display},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    left, right, top, bottom = (int(number) for number in re.findall(r"\d+", said))
    return left, right, top, bottom


@contextlib.contextmanager
def showing(
    display: str, picture: Image.Image, x: int, y: int, *, title: str = ""
) -> Iterator[ShownPicture]:
    shown = ShownPicture(display, picture, x, y, title=title)
    try:
        yield shown
    finally:
        shown.close()
