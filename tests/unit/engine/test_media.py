"""Files become upright RGB pixels and mono samples, whatever they are made of."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.core.errors import AppError
from app.engine import media
from app.engine.media import load_audio, load_image, split_clips, to_rgb
from tests.data import HEARD, MEDIA, SEEN, pictures, sounds


@pytest.mark.parametrize("name", SEEN)
def test_pixels_of_every_file(name: str) -> None:
    colour = next(word for word in SEEN[name].split() if word in pictures.COLOURS)
    pixels = load_image(str(MEDIA / name), None).astype(int)
    share = (np.abs(pixels - pictures.COLOURS[colour]).sum(axis=2) < 60).mean()
    assert 0.02 < share < 0.2, "the shape, and only the shape, has its colour"


def test_rotated_picture_is_upright() -> None:
    assert load_image(str(MEDIA / "rotated.jpg"), None).shape == (384, 480, 3)


def test_transparent_ground_is_white() -> None:
    pixels = load_image(str(MEDIA / "transparent.png"), None)
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[192, 192].tolist() == [255, 255, 255], "what is hidden stays hidden"


@pytest.mark.parametrize("budget", [70, 140, 280, 560, 1120])
def test_a_budget_is_filled_and_kept(budget: int) -> None:
    height, width, _ = load_image(str(MEDIA / "screenshot.png"), budget).shape
    assert height % 48 == width % 48 == 0
    assert 0.8 * budget <= (height // 48) * (width // 48) <= budget


def test_a_budget_of_0_keeps_a_small_picture_small() -> None:
    height, width, _ = load_image(str(MEDIA / "red-circle.png"), 0).shape
    assert (height // 48) * (width // 48) <= 70


def test_16_bit_grey(tmp_path: Path) -> None:
    grey = Image.new("L", (64, 64), 128)
    pictures.save_png_16_bit(grey, tmp_path / "grey.png")
    assert load_image(str(tmp_path / "grey.png"), None)[5, 5].tolist() == [128, 128, 128]
    dark = Image.fromarray(np.full((64, 64), 200, np.uint16))
    dark.save(tmp_path / "dark.tiff")
    assert load_image(str(tmp_path / "dark.tiff"), None).max() == 0, "200 of 65,535 is black"


@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0, 1e6])
def test_numbers_of_any_range(top: float) -> None:
    ramp = np.linspace(0, top, 64, dtype=np.float32).reshape(8, 8)
    pixels = np.asarray(to_rgb(Image.fromarray(ramp)))
    assert (pixels.min(), pixels.max()) == (0, 255)
    integers = Image.fromarray(ramp.astype(np.int32))
    assert np.asarray(to_rgb(integers)).max() == 255


def test_undefined_numbers_are_no_error() -> None:
    picture = Image.fromarray(np.array([[np.nan, 1.0], [0.0, 0.5]], np.float32))
    assert np.asarray(to_rgb(picture))[0, :, 0].tolist() == [0, 255]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV"])
def test_every_mode(mode: str) -> None:
    picture = to_rgb(Image.new("RGB", (10, 10), "white").convert(mode))
    assert picture.mode == "RGB"
    assert picture.getpixel((5, 5)) == (255, 255, 255)


def test_what_pillow_cannot_read(tmp_path: Path) -> None:
    files = {
        "torn.png": (MEDIA / "screenshot.png").read_bytes()[:500],
        "text.png": b"not a picture",
        "empty.png": b"",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(AppError) as caught:
            load_image(str(tmp_path / name), 70)
        assert caught.value.code == "media"


def test_too_many_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    with pytest.raises(AppError, match="too large"):
        load_image(str(tmp_path / "bomb.png"), 70)
    monkeypatch.setattr(media, "MAX_PIXELS", 384 * 384 - 1)
    with pytest.raises(AppError, match="too large \\(384 × 384 pixels\\)"):
        load_image(str(MEDIA / "red-circle.png"), 70)


@pytest.mark.parametrize("name", HEARD)
def test_samples_of_every_file(name: str) -> None:
    samples = load_audio(str(MEDIA / name), 16000)
    assert samples.dtype == np.float32
    assert samples.shape == pytest.approx((32000,), abs=2000)  # mp3 adds a little silence
    assert 0.05 < np.abs(samples).max() <= 1


def test_a_tone_keeps_its_pitch() -> None:
    for name, hertz in (("low-tone.ogg", 220), ("high-tone.wav", 2000)):
        samples = load_audio(str(MEDIA / name), 16000)
        spectrum = np.abs(np.fft.rfft(samples))
        assert spectrum.argmax() * 16000 / samples.size == pytest.approx(hertz, rel=0.01)


def test_samples_beyond_the_range(tmp_path: Path) -> None:
    odd = np.array([np.nan, np.inf, -np.inf, 3.0, 0.5] * 100, np.float32)
    sounds.soundfile.write(tmp_path / "odd.wav", odd, 16000, subtype="FLOAT")
    samples = load_audio(str(tmp_path / "odd.wav"), 16000)
    assert samples[:5].tolist() == [0.0, 1.0, -1.0, 1.0, 0.5]


def test_sounds_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "text.wav").write_bytes(b"not a sound")
    sounds.save(tmp_path / "empty.wav", np.zeros(0, np.float32))
    for name in ("text.wav", "empty.wav", "none.wav"):
        with pytest.raises(AppError) as caught:
            load_audio(str(tmp_path / name), 16000)
        assert caught.value.code == "media"
    monkeypatch.setattr(media, "MAX_SECONDS", 1)
    with pytest.raises(AppError, match="too long"):
        load_audio(str(MEDIA / "seven.wav"), 16000)


def test_long_sounds_are_cut_where_it_is_quiet() -> None:
    rate = 1000
    loud = np.tile(np.array([0.5, -0.5], np.float32), 40 * rate)  # 80 s
    for second in (28.5, 56.0):
        loud[int(second * rate) : int((second + 0.3) * rate)] = 0
    clips = list(split_clips(loud, rate))
    assert [clip.size / rate for clip in clips] == pytest.approx([28.6, 27.5, 23.9], abs=0.15)
    assert np.array_equal(np.concatenate(clips), loud), "nothing is lost"


def test_clips_are_neither_too_long_nor_too_short() -> None:
    rate = 1000
    for seconds in (0.001, 0.5, 29.99, 30.0, 30.001, 61.0):
        samples = np.full(round(seconds * rate), 0.1, np.float32)
        clips = list(split_clips(samples, rate))
        assert all(0.5 <= clip.size / rate <= 30 for clip in clips)
        joined = np.concatenate(clips)
        assert np.array_equal(joined[: samples.size], samples)
        assert not joined[samples.size :].any()
