import io
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.core.errors import AppError
from app.documents import recordings
from app.documents.recordings import piece, read_recording
from tests.data.speech import RATE, Word, joined, words


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Word], float]:
    """A minute and a half of numbers with a long pause, as FLAC."""
    samples, said = joined(words("digits"), (0.3, 0.5))
    samples = np.concatenate([samples, np.zeros(20 * RATE, np.int16), samples[: 10 * RATE]])
    path = tmp_path_factory.mktemp("recordings") / "meeting.flac"
    soundfile.write(path, samples, RATE)
    return path, said, samples.size / RATE


def test_pages_cover_the_whole(said: tuple[Path, list[Word], float]) -> None:
    path, _, seconds = said
    told: list[tuple[int, int]] = []
    extract = read_recording(path, "meeting.flac", lambda *numbers: told.append(numbers))
    assert (extract.kind, extract.unit, extract.name) == ("recording", "time", "meeting.flac")
    assert extract.total == len(extract.pages) >= 5
    assert [page.number for page in extract.pages] == list(range(1, extract.total + 1))
    assert extract.pages[0].start == 0
    assert extract.pages[-1].end == pytest.approx(seconds, abs=0.01)
    for one, following in zip(extract.pages, extract.pages[1:], strict=False):
        assert one.end == following.start
        assert one.label < following.label
    assert all(page.source == "sound" and not page.text for page in extract.pages)
    silent = [page for page in extract.pages if page.read]
    assert len(silent) == 1
    assert silent[0].end - silent[0].start > 15
    assert extract.unread == tuple(page.number for page in extract.pages if not page.read)
    assert told[-1] == (int(seconds), int(seconds))
    assert told == sorted(told)


def test_a_piece_is_that_part_of_the_sound(said: tuple[Path, list[Word], float]) -> None:
    path, spoken, _ = said
    whole, _ = soundfile.read(path, dtype="int16")
    word = spoken[20]
    samples, rate = soundfile.read(io.BytesIO(piece(path, word.start, word.end)), dtype="int16")
    assert rate == RATE
    expected = whole[round(word.start * RATE) : round(word.end * RATE)]
    assert abs(samples.size - expected.size) <= 1
    both = min(samples.size, expected.size)
    assert np.corrcoef(samples[:both], expected[:both])[0, 1] > 0.99


def test_it_stops_when_told(said: tuple[Path, list[Word], float]) -> None:
    stop = threading.Event()
    with pytest.raises(AppError) as caught:
        read_recording(said[0], "meeting.flac", lambda *_: stop.set(), stop)
    assert caught.value.code == "document-stopped"


def test_too_long_is_refused(
    said: tuple[Path, list[Word], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordings, "LONGEST", 60.0)
    with pytest.raises(AppError) as caught:
        read_recording(said[0], "meeting.flac")
    assert caught.value.code == "document-limit"


def test_what_is_missing_is_said(tmp_path: Path, said: tuple[Path, list[Word], float]) -> None:
    data = said[0].read_bytes()
    path = tmp_path / "half.flac"
    path.write_bytes(data[: len(data) // 2])
    extract = read_recording(path, "half.flac")
    assert extract.pages
    assert len(extract.missing) == 1
    assert "half.flac" in extract.missing[0]


def test_a_sound_without_samples_has_no_sound(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    soundfile.write(path, np.zeros(0, np.int16), RATE)
    with pytest.raises(AppError):
        read_recording(path, "empty.wav")
