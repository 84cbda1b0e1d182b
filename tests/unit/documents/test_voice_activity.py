from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.documents.voice_activity import MOST, Piece, cut, cut_blocks, speech, trim
from tests.data import sounds
from tests.data.speech import RATE, Word, joined, words


def as_int(samples: np.ndarray) -> np.ndarray:
    return (samples * 32767).clip(-32768, 32767).astype(np.int16)


def check(pieces: tuple[Piece, ...], samples: np.ndarray, most: float = MOST) -> None:
    """Nothing is lost, and no piece with speech is too long."""
    assert pieces[0].start == 0
    assert pieces[-1].end == samples.size / RATE
    for one, following in pairwise(pieces):
        assert one.end == following.start
    assert all(piece.end - piece.start <= most for piece in pieces if piece.speech)


def cut_words(pieces: tuple[Piece, ...], said: list[Word]) -> list[str]:
    """The words that a cut goes through."""
    return [word.name for word in said for piece in pieces if word.start < piece.start < word.end]


@pytest.mark.parametrize("noise", [0.001, 0.01])
@pytest.mark.parametrize("pauses", [(0.2,), (0.35, 0.15, 0.6), (0.2, 1.0, 5.0)])
@pytest.mark.parametrize("folder", ["digits", "letters"])
def test_no_word_is_cut_in_two(folder: str, pauses: tuple[float, ...], noise: float) -> None:
    samples, said = joined(words(folder), pauses, noise)
    pieces = cut(samples)
    check(pieces, samples)
    assert len(pieces) >= samples.size / RATE / MOST
    assert cut_words(pieces, said) == []
    heard = [word.name for word in said if any(_overlap(piece, word) for piece in pieces)]
    assert heard == [word.name for word in said]


def _overlap(piece: Piece, word: Word) -> bool:
    return piece.speech > 0 and piece.start < word.end and piece.end > word.start


def test_sentences_are_cut_where_it_is_quiet() -> None:
    noise = 0.001
    names = [name for name in words("") if name.startswith("conf-")]
    samples, _ = joined(names, (0.3, 0.8), noise)
    pieces = cut(samples)
    check(pieces, samples)
    loudness = np.sqrt(np.mean(samples.astype(np.float32) ** 2))
    for piece in pieces[1:]:
        at = round(piece.start * RATE)
        around = samples[at - 160 : at + 160].astype(np.float32)
        assert np.sqrt(np.mean(around**2)) < loudness / 20


def test_without_any_pause_it_is_cut_all_the_same() -> None:
    samples = as_int(np.tile(sounds.spoken("seven", 0.35), 250))
    check(cut(samples), samples)


def test_long_silence_is_a_piece_of_its_own() -> None:
    samples, said = joined(["digits/7", "digits/8"], (12.0, 8.0))
    pieces = cut(samples)
    check(pieces, samples)
    assert [piece.speech > 0 for piece in pieces] == [False, True, False, True, False]
    for word, piece in zip(said, pieces[1::2], strict=True):
        assert 0.2 < word.start - piece.start < 1.0
        assert 0.2 < piece.end - word.end < 1.2


def test_silence_is_one_piece_without_speech() -> None:
    (piece,) = cut(np.zeros(100 * RATE, np.int16))
    assert piece == Piece(0.0, 100.0, 0.0)
    assert cut(np.zeros(0, np.int16)) == ()


KINDS = {
    "speech": as_int(sounds.spoken("nine", 1.7)),
    "noise": as_int(0.05 * np.random.default_rng(4).standard_normal(30_000)),
    "silence": np.zeros(70_000, np.int16),
}


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=12),
    st.integers(100, 200_000),
    st.sampled_from([5.0, 12.0, 30.0]),
)
def test_blocks_give_what_the_whole_gives(kinds: list[str], size: int, most: float) -> None:
    samples = np.concatenate([KINDS[kind] for kind in kinds])
    blocks = [samples[at : at + size] for at in range(0, samples.size, size)]
    pieces = tuple(cut_blocks(blocks, most))
    check(pieces, samples, most)
    assert pieces == cut(samples, most)


@pytest.mark.parametrize("noise", [0.001, 0.02])
def test_speech_is_found_where_it_is(noise: float) -> None:
    samples, said = joined(["digits/4", "hello-world", "digits/9"], (1.0, 1.5), noise)
    found = speech(samples)
    assert len(found) == 3
    for span, word in zip(found, said, strict=True):
        assert span.start == pytest.approx(word.start, abs=0.25)
        assert span.end == pytest.approx(word.end, abs=0.35)


@pytest.mark.parametrize(
    "samples",
    [
        sounds.silence(3.0),
        sounds.tone(440, 3.0),
        sounds.beeps(seconds=3.0),
        (0.1 * np.random.default_rng(5).standard_normal(3 * RATE)).astype(np.float32),
        np.bincount([4000, 20_000, 36_000], minlength=3 * RATE).astype(np.float32),
    ],
    ids=["silence", "tone", "beeps", "noise", "clicks"],
)
def test_what_nobody_says_is_no_speech(samples: np.ndarray) -> None:
    assert speech(as_int(samples)) == ()
    assert trim(as_int(samples)) == (0.0, 0.0)


def test_trimming_keeps_all_that_is_said() -> None:
    word = as_int(sounds.spoken("six", 1.5))
    padded = np.concatenate([np.zeros(4 * RATE, np.int16), word, np.zeros(3 * RATE, np.int16)])
    start, end = trim(padded)
    loud = np.flatnonzero(np.abs(padded) > 400) / RATE
    assert start <= loud[0]
    assert end >= loud[-1]
    assert end - start < 2.2
