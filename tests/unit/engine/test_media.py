"""Files become upright RGB pixels and mono samples, whatever they are made of."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from app.core import media_limits
from app.core.errors import AppError
from app.engine.media import (
    LARGEST_UNBUDGETED,
    load_audio,
    load_image,
    read_file,
    sound_seconds,
    split_clips,
    to_rgb,
)
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


def test_no_other_program_is_started_for_a_picture(tmp_path: Path) -> None:
    Image.new("RGB", (20, 20)).save(tmp_path / "a.eps")
    with pytest.raises(AppError, match="of a kind that Facet can't read"):
        load_image(str(tmp_path / "a.eps"), 70)


def test_too_many_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    with pytest.raises(AppError, match="too large \\(400 megapixels\\)") as caught:
        load_image(str(tmp_path / "bomb.png"), 70)
    assert "JPEG" in caught.value.next_step
    monkeypatch.setattr(media_limits, "MAX_PIXELS", 384 * 384 - 1)
    with pytest.raises(AppError, match="too large \\(384 × 384 pixels\\)"):
        load_image(str(MEDIA / "red-circle.png"), 70)


@pytest.mark.parametrize(
    ("kind", "orientation"),
    [("jpg", 1), ("jpg", 6), ("png", 6), ("tif", 6), ("webp", 6), ("gif", 1)],
)
def test_a_large_picture_is_what_a_small_one_is(
    tmp_path: Path, kind: str, orientation: int
) -> None:
    upright = pictures.draw("green", "triangle", "at the top left", (3000, 2400))
    exif = Image.Exif()
    exif[0x0112] = orientation
    pictures.lying(upright, orientation).save(tmp_path / f"large.{kind}", exif=exif)
    pixels = load_image(str(tmp_path / f"large.{kind}"), 70)
    exact = upright.resize((pixels.shape[1], pixels.shape[0]), Image.Resampling.BICUBIC)
    difference = np.abs(pixels.astype(int) - np.asarray(exact, int))
    assert difference.mean() < 1.5
    assert np.quantile(difference, 0.99) < 30


@pytest.mark.parametrize(("budget", "tokens"), [(-5, 0), (5000, 1120), (10**12, 1120)])
def test_a_budget_that_nobody_sends(budget: int, tokens: int) -> None:
    path = str(MEDIA / "red-circle.png")
    assert np.array_equal(load_image(path, budget), load_image(path, tokens))


def test_without_a_budget_a_picture_keeps_its_size_within_reason(tmp_path: Path) -> None:
    assert load_image(str(MEDIA / "screenshot.png"), None).shape == (1080, 1920, 3)
    for size in ((6000, 3000), (500, 20_000)):
        pictures.draw("red", "circle", "in the centre", size).save(tmp_path / "large.png")
        height, width, _ = load_image(str(tmp_path / "large.png"), None).shape
        assert LARGEST_UNBUDGETED * 0.95 < width * height <= LARGEST_UNBUDGETED
        assert width / height == pytest.approx(size[0] / size[1], rel=0.01)


def test_files_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "five").write_bytes(b"12345")
    assert read_file(str(tmp_path / "five")) == b"12345"
    monkeypatch.setattr("app.engine.media.MAX_BYTES", 4)
    for path in (str(tmp_path / "five"), str(tmp_path), str(tmp_path / "gone"), "a\0b"):
        with pytest.raises(AppError) as caught:
            read_file(path)
        assert caught.value.code == "media"
        assert caught.value.next_step


if hasattr(os, "mkfifo"):

    def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(AppError, match="pipe is not a file"):
            read_file(str(tmp_path / "pipe"))


def heard(path: Path, rate: int = 16000) -> np.ndarray:
    """All samples of a sound."""
    return np.concatenate(list(load_audio(str(path), rate)))


@pytest.mark.parametrize("name", HEARD)
def test_samples_of_every_file(name: str) -> None:
    samples = heard(MEDIA / name)
    assert samples.dtype == np.float32
    assert samples.shape == pytest.approx((32000,), abs=2000)  # mp3 adds a little silence
    assert 0.05 < np.abs(samples).max() <= 1


def test_a_tone_keeps_its_pitch() -> None:
    for name, hertz in (("low-tone.ogg", 220), ("high-tone.wav", 2000)):
        samples = heard(MEDIA / name)
        spectrum = np.abs(np.fft.rfft(samples))
        assert spectrum.argmax() * 16000 / samples.size == pytest.approx(hertz, rel=0.01)


def test_samples_beyond_the_range(tmp_path: Path) -> None:
    odd = np.array([np.nan, np.inf, -np.inf, 3.0, 0.5] * 100, np.float32)
    soundfile.write(tmp_path / "odd.wav", odd, 16000, subtype="FLOAT")
    samples = heard(tmp_path / "odd.wav")
    assert samples[:5].tolist() == [0.0, 1.0, -1.0, 1.0, 0.5]


@pytest.mark.parametrize("rate", [16000, 48000])
def test_one_wrong_sample_spoils_nothing_else(tmp_path: Path, rate: int) -> None:
    good = sounds.tone(220, rate=rate)
    bad = good.copy()
    bad[rate // 2 :: rate // 4] = [np.nan, np.inf, -np.inf, 1e30, -1e30, np.nan]
    for name, samples in (("good", good), ("bad", bad)):
        soundfile.write(tmp_path / f"{name}.wav", samples, rate, subtype="FLOAT")
    difference = np.abs(heard(tmp_path / "good.wav") - heard(tmp_path / "bad.wav"))
    assert (difference > 0.01).mean() < 0.02


def test_all_channels_are_heard_together(tmp_path: Path) -> None:
    for channel in range(5):
        samples = np.zeros((16000, 5), np.float32)
        samples[:, channel] = 0.5
        sounds.save(tmp_path / "five.wav", samples)
        assert heard(tmp_path / "five.wav").mean() == pytest.approx(0.1, abs=0.001)


def test_a_sound_that_does_not_say_how_long_it_is(tmp_path: Path) -> None:
    path = sounds.save(tmp_path / "tone.flac", sounds.tone(220))
    data = bytearray(path.read_bytes())
    data[21:26] = bytes([data[21] & 0xF0, 0, 0, 0, 0])  # as a stream has it
    assert sound_seconds(bytes(data)) == 0
    with pytest.raises(AppError, match="can't be read"):  # libsndfile would, soundfile doesn't
        list(load_audio(bytes(data), 16000))


def test_a_sound_is_decoded_in_pieces_and_can_be_left(tmp_path: Path) -> None:
    path = sounds.save(tmp_path / "long.flac", sounds.tone(220, seconds=700, rate=8000), 8000)
    sizes = [piece.size for piece in load_audio(str(path), 16000)]
    assert len(sizes) > 2
    assert sum(sizes) == pytest.approx(700 * 16000, abs=100)
    assert sound_seconds(path.read_bytes()) == 700
    assert sound_seconds(b"no sound") == 0
    calls: list[None] = []

    def check() -> None:
        calls.append(None)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(load_audio(str(path), 16000, check))


def test_sounds_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "text.wav").write_bytes(b"not a sound")
    sounds.save(tmp_path / "empty.wav", np.zeros(0, np.float32))
    for name in ("text.wav", "empty.wav", "none.wav"):
        with pytest.raises(AppError) as caught:
            heard(tmp_path / name)
        assert caught.value.code == "media"
    monkeypatch.setattr("app.engine.media.MAX_SECONDS", 1)
    with pytest.raises(AppError, match="longer than 3 hours"):
        heard(MEDIA / "seven.wav")


def test_long_sounds_are_cut_where_it_is_quiet() -> None:
    rate = 1000
    loud = np.tile(np.array([0.5, -0.5], np.float32), 40 * rate)  # 80 s
    for second in (28.5, 56.0):
        loud[int(second * rate) : int((second + 0.3) * rate)] = 0
    clips = list(split_clips(np.array_split(loud, 7), rate))
    assert [clip.size / rate for clip in clips] == pytest.approx([28.6, 27.5, 23.9], abs=0.15)
    assert np.array_equal(np.concatenate(clips), loud), "nothing is lost"


def test_clips_are_neither_too_long_nor_too_short() -> None:
    rate = 1000
    for seconds in (0.001, 0.5, 29.99, 30.0, 30.001, 61.0):
        samples = np.full(round(seconds * rate), 0.1, np.float32)
        clips = list(split_clips([samples], rate))
        assert all(0.5 <= clip.size / rate <= 30 for clip in clips)
        joined = np.concatenate(clips)
        assert np.array_equal(joined[: samples.size], samples)
        assert not joined[samples.size :].any()
