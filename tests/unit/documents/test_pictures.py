"""What reading a picture takes of memory."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.documents import pictures

if sys.platform == "linux":

    @pytest.mark.parametrize("kind", [np.uint16, np.int32, np.float32])
    def test_pictures_of_more_than_8_bits_take_little_more_than_their_pixels(kind: type) -> None:
        size = 4000
        values = np.linspace(0, 65535, size).astype(kind)[None, :].repeat(size, 0)
        buffer = io.BytesIO()
        Image.fromarray(values).save(buffer, "TIFF")
        del values
        data = buffer.getvalue()
        Path("/proc/self/clear_refs").write_text("5")  # forget the highest so far
        before = _kilobytes("VmRSS")
        picture = pictures.read(data, "deep.tif")
        growth = (_kilobytes("VmHWM") - before) * 1024
        assert picture is not None
        assert picture.width == size
        # Its own bytes, 4 as Pillow keeps RGB, and some of a strip.
        assert growth < (np.dtype(kind).itemsize + 5) * size**2

    def _kilobytes(name: str) -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(name))
