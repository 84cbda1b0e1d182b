"""Films: which pictures are taken of them, and what comes of their sound."""

import hashlib
import io
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from app.core.conversation import Audio, Document, Video, blobs_of
from app.core.errors import AppError
from app.documents import film
from app.documents.attachments import Attachment, read_attachment
from app.documents.film import is_container, take_shots
from app.documents.reader.client import Reader
from tests.data.films import RATE, tone, write_film, write_sound_file
from tests.data.speech import joined, words

COLOURS = ((220, 30, 30), (30, 180, 60), (30, 60, 220), (230, 230, 40))


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = Reader()
    yield made
    made.close()


def plain(colour: tuple[int, int, int], size: tuple[int, int] = (320, 240)) -> Image.Image:
    return Image.new("RGB", size, colour)


def shown(jpeg: bytes) -> tuple[int, ...]:
    """The colour in the middle of a picture, as the number of the nearest of COLOURS."""
    image = Image.open(io.BytesIO(jpeg)).convert("RGB")
    middle = np.array(image.getpixel((image.width // 2, image.height // 2)), float)
    return COLOURS[int(np.argmin([np.abs(middle - colour).sum() for colour in COLOURS]))]


@pytest.mark.parametrize(
    ("name", "codec", "mime"),
    [
        ("a.mp4", "mpeg4", "video/mp4"),
        ("a.webm", "libvpx", "video/webm"),
        ("a.avi", "mpeg4", "video/x-msvideo"),
        ("a.mkv", "mpeg4", "video/webm"),
        ("a.ts", "mpeg2video", "video/mp2t"),
    ],
)
def test_a_picture_a_second(
    tmp_path: Path, reader: Reader, name: str, codec: str, mime: str
) -> None:
    fps = 25 if codec == "mpeg2video" else 4
    path = write_film(tmp_path / name, [plain(one) for one in COLOURS], fps=fps, video_codec=codec)
    assert is_container(path.read_bytes()[:8192])
    told: list[tuple[int, int]] = []
    found = read_attachment(path, reader=reader, told=lambda *now: told.append(now))
    assert found.kind == "video"
    assert isinstance(found.part, Video)
    assert found.part.mime == mime
    assert found.part.seconds == pytest.approx(4.0, abs=0.3)
    assert [frame.seconds for frame in found.part.frames] == pytest.approx([0, 1, 2, 3])
    assert [shown(jpeg) for jpeg in found.more] == list(COLOURS)
    assert found.part.sound is None
    assert {(frame.width, frame.height) for frame in found.part.frames} == {(320, 240)}
    assert_kept(found)
    assert found.thumbnail is not None
    assert told[-1] == (3, 4)


def assert_kept(found: Attachment) -> None:
    """All bytes that the part names are there to be kept."""
    kept = [hashlib.sha256(data).hexdigest() for data in (found.data, *found.more)]
    assert tuple(kept) == blobs_of(found.part)


def test_a_long_film_has_sixty_pictures_spread_evenly(tmp_path: Path) -> None:
    pictures = [plain(COLOURS[number % 4], (64, 48)) for number in range(20)]
    path = write_film(tmp_path / "a.mp4", pictures, seconds=9, fps=2)
    shots = take_shots(path, "a.mp4")
    assert [shot.seconds for shot in shots.shots] == [3.0 * number for number in range(60)]
    assert [shown(shot.jpeg) for shot in shots.shots[:8]] == [
        *(COLOURS[0],) * 3,
        *(COLOURS[1],) * 3,
        *(COLOURS[2],) * 2,
    ]


def test_sound_goes_with_the_pictures(tmp_path: Path, reader: Reader) -> None:
    pictures = [plain(one) for one in COLOURS[:2]]
    path = write_film(tmp_path / "a.mp4", pictures, samples=tone(2.0))
    found = read_attachment(path.read_bytes(), "party.mp4", reader=reader)
    assert isinstance(found.part, Video)
    sound = found.part.sound
    assert sound is not None
    assert (sound.name, sound.mime) == ("party.mp4", "audio/wav")
    assert sound.seconds == pytest.approx(2.0, abs=0.1)
    samples, rate = soundfile.read(io.BytesIO(found.more[-1]))
    assert (rate, samples.ndim) == (16000, 1)
    assert np.abs(samples).max() > 0.1
    assert_kept(found)
    silent = write_film(tmp_path / "b.mp4", pictures, samples=np.zeros(2 * RATE, np.int16))
    part = read_attachment(silent, reader=reader).part
    assert isinstance(part, Video)
    assert part.sound is None, "25 tokens a second for nothing"


def test_a_large_picture_is_made_smaller_and_a_turned_one_upright(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", [plain(COLOURS[0], (1600, 800))])
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 4 + 40  # the matrix of a track of version 0
    data[place : place + 36] = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    shot = take_shots(path, "a.mp4").shots[0]
    assert (shot.width, shot.height) == (360, 720)


@pytest.mark.parametrize(
    ("name", "codec"), [("memo.m4a", "aac"), ("memo.aac", "aac"), ("memo.mka", "libopus")]
)
def test_other_sounds_become_what_the_engine_takes(
    tmp_path: Path, reader: Reader, name: str, codec: str
) -> None:
    path = write_sound_file(tmp_path / name, tone(2.0), codec)
    found = read_attachment(path, reader=reader)
    assert isinstance(found.part, Audio)
    assert (found.part.name, found.part.mime) == (name, "audio/flac")
    assert found.part.seconds == pytest.approx(2.0, abs=0.15)
    samples, rate = soundfile.read(io.BytesIO(found.data))
    assert rate == 16000
    assert samples.size / rate == pytest.approx(found.part.seconds)
    assert_kept(found)


def test_the_sound_of_a_long_film_is_a_recording(tmp_path: Path, reader: Reader) -> None:
    """Unless nobody says a word in it."""
    said, _words = joined(words()[:8], [0.5])
    speech = np.zeros(310 * RATE, np.int16)
    loud = np.repeat(said, RATE // 16000)
    speech[RATE : RATE + loud.size] = loud
    pictures = [plain(COLOURS[0], (64, 48)), plain(COLOURS[1], (64, 48))]
    options = {"seconds": 155, "fps": 1, "audio_codec": "pcm_s16le"}
    talk = write_film(tmp_path / "a.avi", pictures, samples=speech, **options)
    found = read_attachment(talk, reader=reader)
    assert isinstance(found.part, Document)
    assert (found.part.kind, found.part.unit) == ("recording", "time")
    assert found.extract is not None
    assert found.extract.unread
    assert found.part.seconds == found.extract.pages[-1].end > 300
    assert found.data == talk.read_bytes()
    hum = write_film(tmp_path / "b.avi", pictures, samples=tone(310), **options)
    part = read_attachment(hum, reader=reader).part
    assert isinstance(part, Video)
    assert len(part.frames) > 1
    assert part.sound is None, "it would be five minutes of the model's time"


def test_damaged_films(tmp_path: Path, reader: Reader) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (4, 240, 320, 3), np.uint8)
    path = write_film(tmp_path / "a.avi", [Image.fromarray(one) for one in noise])
    whole = path.read_bytes()
    cut = read_attachment(whole[: len(whole) // 2], "cut.avi", reader=reader)
    assert isinstance(cut.part, Video)
    assert 1 <= len(cut.part.frames) < 4
    for data in (whole[:300], b"\x1aE\xdf\xa3" + bytes(5000), whole[:64] + b"\xff" * 9000):
        with pytest.raises(AppError) as caught:
            read_attachment(data, "bad.avi", reader=reader)
        assert caught.value.code == "attachment-damaged"
        assert "bad.avi" in caught.value.what


def test_it_stops_and_leaves_no_process(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", [plain(one) for one in COLOURS])
    stop = threading.Event()
    before = threading.active_count()
    with pytest.raises(AppError) as caught:
        take_shots(path, "a.mp4", lambda _done, _total: stop.set(), stop)
    assert caught.value.code == "document-stopped"
    assert threading.active_count() == before


def test_a_process_that_dies_is_a_damaged_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film, "own_command", lambda _name: ("/bin/false",))
    with pytest.raises(AppError) as caught:
        take_shots(tmp_path / "a.mp4", "a.mp4")
    assert caught.value.code == "attachment-damaged"


def test_without_a_reader_films_are_named(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", [plain(COLOURS[0])])
    with pytest.raises(AppError) as caught:
        read_attachment(path)
    assert caught.value.code == "attachment-kind"
    assert "films" in caught.value.what
