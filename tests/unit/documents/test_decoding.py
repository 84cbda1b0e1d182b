import io
import threading
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from app.core.errors import AppError
from app.documents.decoding import RATE, Sound, wav
from tests.data import MEDIA
from tests.data.encoding import encode

SECONDS = 9
OURS = 48000
FORMATS = {"a.wav": "", "a.flac": "", "a.mp3": "", "a.ogg": "", "a.m4a": "aac", "a.aac": "aac"}
FORMATS |= {"a.opus": "libopus", "a.webm": "libopus", "a.mkv": "aac", "a.mp4": "aac"}


def steps() -> np.ndarray:
    """Another tone each second, so that every place is known by its sound."""
    time = np.arange(SECONDS * OURS) / OURS
    hertz = 300 + 100 * np.floor(time)
    return (0.4 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sounds")
    samples = steps()
    for name, codec in FORMATS.items():
        if codec:
            encode(folder / name, samples, OURS, codec)
            continue
        with soundfile.SoundFile(folder / name, "w", OURS, 1) as file:
            for at in range(0, samples.size, OURS):  # libsndfile fails at much Ogg at once
                file.write(samples[at : at + OURS])
    return folder


def decoded(source: Path | bytes, start: float = 0.0, end: float | None = None) -> np.ndarray:
    with Sound(source, "sound") as sound:
        blocks = list(sound.blocks(start, end))
    return np.concatenate(blocks) if blocks else np.zeros(0, np.int16)


def tone_of(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float32)))
    return float(spectrum.argmax() * RATE / samples.size)


@pytest.mark.parametrize("name", FORMATS)
def test_every_place_of_every_format_is_right(files: Path, name: str) -> None:
    whole = decoded(files / name)
    assert whole.dtype == np.int16
    assert abs(whole.size / RATE - SECONDS) < 0.06
    for second in (0, 4, 8):
        middle = whole[int((second + 0.2) * RATE) : int((second + 0.8) * RATE)]
        assert tone_of(middle) == pytest.approx(300 + 100 * second, abs=3)


@pytest.mark.parametrize("name", FORMATS)
def test_a_part_is_what_the_whole_has_there(files: Path, name: str) -> None:
    part = decoded(files / name, 5.9, 7.1)
    assert abs(part.size - 1.2 * RATE) <= 2
    # Where one tone becomes another is the place to see that it isn't shifted.
    loud = np.array([tone_of(part[at : at + 800]) for at in range(0, part.size - 800, 160)])
    changes = np.flatnonzero(np.abs(np.diff(loud)) > 30)
    assert changes[0] * 0.01 == pytest.approx(0.1 - 0.025, abs=0.03)
    assert changes[-1] * 0.01 == pytest.approx(1.1 - 0.025, abs=0.03)


def test_parts_join_without_a_gap(files: Path) -> None:
    whole = decoded(files / "a.flac")
    parts = [decoded(files / "a.flac", at, at + 3.0) for at in range(0, SECONDS, 3)]
    joined = np.concatenate(parts)
    assert joined.size == whole.size
    assert np.corrcoef(joined, whole)[0, 1] > 0.99  # each begins within half a sample


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.m4a", "audio/mp4"),
        ("a.mp4", "audio/mp4"),
        ("a.opus", "audio/ogg"),
        ("a.mp3", "audio/mpeg"),
    ]
    + [("a.webm", "audio/webm"), ("a.wav", "audio/wav"), ("a.flac", "audio/flac")],
)
def test_what_a_file_says_of_itself(files: Path, name: str, mime: str) -> None:
    with Sound(files / name, name) as sound:
        assert sound.mime == mime
        assert not sound.film
        assert sound.seconds == pytest.approx(SECONDS, abs=0.1)


def test_the_sound_of_a_film_is_where_its_pictures_are(tmp_path: Path) -> None:
    film = encode(tmp_path / "film.mp4", steps()[: 3 * OURS], OURS, pictures=6, delay=2.0)
    with Sound(film, "film.mp4") as sound:
        assert sound.film
        assert sound.mime == "video/mp4"
        samples = np.concatenate(list(sound.blocks()))
    assert samples.size / RATE == pytest.approx(5.0, abs=0.06)
    assert np.abs(samples[: int(1.9 * RATE)]).max() == 0
    assert np.abs(samples[int(2.1 * RATE) :]).max() > 8000


def test_left_and_right_are_mixed() -> None:
    samples = decoded(MEDIA / "three.mp3")  # says the word on the left only
    assert np.abs(samples).max() > 4000


def test_what_of_a_damaged_file_is_whole_comes(files: Path) -> None:
    data = bytearray((files / "a.mp3").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 8000] = bytes(8000)
    with Sound(bytes(data), "broken.mp3") as sound:
        size = sum(block.size for block in sound.blocks())
        assert sound.damage == "A part of broken.mp3 is damaged and can't be heard."
    assert size / RATE > SECONDS - 3


def test_a_file_that_ends_early_says_so(files: Path) -> None:
    data = (files / "a.mkv").read_bytes()
    with Sound(data[: len(data) // 2], "half.mkv") as sound:
        size = sum(block.size for block in sound.blocks())
        assert sound.damage.startswith("half.mkv is not complete")
    assert 2 < size / RATE < 7


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello" * 100,
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
        b"#EXTM3U\n#EXTINF:5,\nhttp://localhost/a.mp3\n",
        b"ffconcat version 1.0\nfile 'a.mp3'\n",
    ],
)
def test_what_is_no_sound_is_refused(data: bytes) -> None:
    with pytest.raises(AppError) as caught:
        decoded(data)
    assert caught.value.code == "attachment-damaged"


def test_pictures_without_sound_have_none(tmp_path: Path) -> None:
    with pytest.raises(AppError) as caught:
        Sound(_silent_film(tmp_path), "film.mp4")
    assert caught.value.code == "attachment-empty"


def _silent_film(folder: Path) -> bytes:
    path = folder / "silent.mp4"
    with av.open(str(path), "w") as container:
        screen = container.add_stream("mpeg4", rate=1)
        screen.width, screen.height, screen.pix_fmt = 64, 48, "yuv420p"
        container.mux(screen.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(screen.encode(None))
    return path.read_bytes()


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "gone.wav", "attachment-missing"), (tmp_path, "attachment")):
        with pytest.raises(AppError) as caught:
            Sound(path, "it")
        assert caught.value.code == code


def test_behind_the_end_is_nothing(files: Path) -> None:
    assert decoded(files / "a.mp3", 20.0, 30.0).size == 0


def test_it_stops_when_told(files: Path) -> None:
    stop = threading.Event()
    with Sound(files / "a.wav", "a.wav") as sound:
        for number, _ in enumerate(sound.blocks(stop=stop)):
            assert number < 3
            if number == 2:
                stop.set()


def test_wav_is_what_it_was() -> None:
    samples = np.arange(-200, 200, dtype=np.int16)
    read, rate = soundfile.read(io.BytesIO(wav(samples)), dtype="int16")
    assert rate == RATE
    assert np.array_equal(read, samples)
