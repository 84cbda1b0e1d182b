"""What the process that plays takes from files that libsndfile doesn't read."""

from pathlib import Path

import av
import numpy as np
import pytest

from app.desktop.player import child

RATE = 48000


def chirp(seconds: float = 6.0) -> np.ndarray:
    """A tone that rises from 200 to 1,400 Hz, so that each moment is told by its pitch."""
    at = np.arange(round(seconds * RATE)) / RATE
    return (0.5 * np.sin(2 * np.pi * (200 * at + 100 * at**2))).astype(np.float32)


def pitch(samples: np.ndarray) -> float:
    """The loudest frequency, Hz."""
    strength = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(strength.argmax()) * RATE / len(samples)


@pytest.fixture(scope="module")
def m4a(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sounds") / "chirp"  # kept files have no ending
    with av.open(str(path), "w", format="mp4") as box:
        stream = box.add_stream("aac", rate=RATE, layout="mono")
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(chirp()[None], format="fltp", layout="mono")
        frame.sample_rate = RATE
        box.mux([*stream.encode(frame), *stream.encode(None)])
    return path


@pytest.mark.parametrize(("start", "end"), [(0.0, 0.0), (0.0, 1.5), (2.25, 0.0), (3.1, 4.6)])
def test_m4a_is_played_from_and_to_a_time(
    m4a: Path, start: float, end: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[np.ndarray] = []

    def send(blocks: object, rate: int, channels: int) -> int:
        assert (rate, channels) == (RATE, 2)
        sent.extend(blocks)  # type: ignore[call-overload]
        return 0

    monkeypatch.setattr(child, "_send", send)
    assert child.play(str(m4a), start, end) == 0
    played = np.concatenate(sent)[:, 0]
    wanted = (end or 6.0) - start
    assert len(played) / RATE == pytest.approx(wanted, abs=0.05)
    window = RATE // 5  # its middle is 0.1 s after its beginning
    assert pitch(played[:window]) == pytest.approx(200 + 200 * (start + 0.1), abs=8)
    assert pitch(played[-2 * window : -window]) == pytest.approx(
        200 + 200 * (start + len(played) / RATE - 0.3), abs=8
    )


def test_what_is_no_sound_is_told(tmp_path: Path) -> None:
    path = tmp_path / "words"
    path.write_text("Nothing that could be heard.")
    assert child.play(str(path), 0.0, 0.0) == child.UNREADABLE
    assert child.play(str(tmp_path / "none"), 0.0, 0.0) == child.UNREADABLE
