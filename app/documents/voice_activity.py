"""Where somebody speaks, and where a long sound can be cut without cutting a word in two.

Samples are int16, 16 kHz, mono; times are in seconds.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from app.documents.silero import FRAME, RATE, VoiceActivity

MOST = 30.0  # seconds that a model hears at once

_FRAMES = RATE / FRAME  # a second
_SURE = (0.5, 0.35)  # how likely speech has to be to begin, and to go on
_MAYBE = (0.3, 0.2)  # the same where nothing may be lost
_CLICK = 3  # frames; what is as short is nobody speaking
_BREATH = round(0.3 * _FRAMES)  # a pause as short is within what somebody says
_PAUSES = (round(0.25 * _FRAMES), 3)  # frames in which to cut: rather here than there
_GOOD_PAUSE = round(0.8 * _FRAMES)  # a longer one is no better
_DIN = 20.0  # decibels above the quietest place that outweigh a good pause
_SILENCE = round(4 * _FRAMES)  # a pause so long is a piece of its own
_ROOM = round(0.5 * _FRAMES)  # of such a pause stays with what was said
_AT_ONCE = 10 * RATE  # samples that are worked out together
_LONGEST_SILENCE = round(600 * _FRAMES)
_BEFORE, _AFTER = 0.25, 0.35  # seconds that stay around what is trimmed; words end softly


class Span(NamedTuple):
    """A stretch of a sound, in seconds from its beginning."""

    start: float
    end: float


class Piece(NamedTuple):
    """A stretch of a sound. ``speech`` are seconds in which somebody speaks: 0.0 for a piece that
    has nothing to be heard, which may be longer than others."""

    start: float
    end: float
    speech: float


def speech(samples: np.ndarray) -> tuple[Span, ...]:
    """Where somebody speaks, in order; pauses shorter than 0.3 s don't count."""
    talk = _talk(_probabilities(samples), *_SURE)
    length = samples.size / RATE
    spans: list[Span] = []
    for start, end in _runs(talk):
        span = Span(start / _FRAMES, min(end / _FRAMES, length))
        if spans and start - spans[-1].end * _FRAMES < _BREATH:
            span = Span(spans.pop().start, span.end)
        spans.append(span)
    return tuple(spans)


def trim(samples: np.ndarray) -> Span:
    """What is left without the silence before and after all speech, with a little room at both
    ends; an empty span where nobody speaks."""
    spans = speech(samples)
    if not spans:
        return Span(0.0, 0.0)
    length = samples.size / RATE
    return Span(max(0.0, spans[0].start - _BEFORE), min(length, spans[-1].end + _AFTER))


def cut(samples: np.ndarray, most: float = MOST) -> tuple[Piece, ...]:
    """Cut at pauses into pieces that follow each other without a gap and cover everything. Those
    with speech in them are at most ``most`` seconds long."""
    return tuple(cut_blocks([samples], most))


def cut_blocks(blocks: Iterable[np.ndarray], most: float = MOST) -> Iterator[Piece]:
    """The same for a sound that comes in blocks, as long as it may be. Of what has passed only two
    numbers for each 32 ms are kept, and no longer than the piece lasts. They come up to 45 s after
    their end."""
    cutter = _Cutter(most)
    for block in blocks:
        yield from cutter.feed(block)
    yield from cutter.finish()


class _Cutter:
    def __init__(self, most: float) -> None:
        self._limit = int(most * _FRAMES)
        self._voice = VoiceActivity()
        self._likely = np.zeros(0, np.float32)
        self._loud = np.zeros(0, np.float32)  # decibels of each frame
        self._came: list[np.ndarray] = []
        self._waiting = 0  # samples in them
        self._start = 0  # the frame that the piece begins with
        self._samples = 0  # in all

    def feed(self, block: np.ndarray) -> Iterator[Piece]:
        self._samples += block.size
        self._came.append(block)
        self._waiting += block.size
        if self._waiting >= _AT_ONCE:
            self._add(np.concatenate(self._came))
            yield from self._pieces(final=False)

    def finish(self) -> Iterator[Piece]:
        left = np.concatenate([*self._came, np.zeros(0, np.int16)])
        self._add(np.concatenate([left, np.zeros(-left.size % FRAME, np.int16)]))
        yield from self._pieces(final=True)

    def _add(self, sound: np.ndarray) -> None:
        whole = sound.size // FRAME
        self._came = [sound[whole * FRAME :]]
        self._waiting = self._came[0].size
        frames = sound[: whole * FRAME].reshape(whole, FRAME)
        energy = np.square(frames, dtype=np.float32).mean(axis=1)
        self._loud = np.concatenate([self._loud, 10 * np.log10(energy + 1)])
        self._likely = np.concatenate([self._likely, self._voice.feed(frames.reshape(-1))])

    def _pieces(self, *, final: bool) -> Iterator[Piece]:
        while self._likely.size:
            talk = _talk(self._likely, *_MAYBE)
            count = self._end(talk, final=final)
            if count is None:
                return
            end = self._start + count
            yield Piece(
                self._start / _FRAMES,
                min(end / _FRAMES, self._samples / RATE),
                float(talk[:count].sum()) / _FRAMES,
            )
            self._start = end
            self._likely, self._loud = self._likely[count:], self._loud[count:]

    def _end(self, talk: np.ndarray, *, final: bool) -> int | None:
        """How many frames the next piece has; None if that can't be said yet."""
        if not talk.any():
            return talk.size if final or talk.size >= _LONGEST_SILENCE else None
        first = int(talk.argmax())
        if first >= _SILENCE:
            return self._quietest(first - 2 * _ROOM, first - _ROOM // 2)
        for start, end in _runs(~talk[first : self._limit + _SILENCE]):
            said = first + start
            if end - start >= _SILENCE and said + 2 * _ROOM <= self._limit:
                return self._quietest(said + _ROOM // 2, said + 2 * _ROOM)
        if final and talk.size <= self._limit:
            return talk.size
        if talk.size < self._limit + _SILENCE and not final:
            return None
        return self._best_place(talk[: self._limit])

    def _quietest(self, start: int, end: int) -> int:
        loud = np.convolve(self._loud[start - 1 : end + 1], np.ones(3) / 3, "valid")
        return start + int(loud.argmin())

    def _best_place(self, talk: np.ndarray) -> int:
        """Where to cut what is too long: rather late, in a long pause, where it is quietest; in a
        word only if there is no pause at all."""
        least = talk.size // 3
        loud = np.convolve(self._loud[: talk.size], np.ones(3) / 3, "same")
        floor = float(loud.min())
        for shortest in _PAUSES:
            best, place = 0.0, 0
            for start, end in _runs(~talk):
                if end - start < shortest or (start + end) // 2 < least:
                    continue
                # Not near its ends: words begin and end softly.
                quarter = (end - start) // 4
                quietest = start + quarter + int(loud[start + quarter : end - quarter].argmin())
                score = min(1.0, (end - start) / _GOOD_PAUSE) + quietest / talk.size
                score -= (float(loud[quietest]) - floor) / _DIN
                if score > best:
                    best, place = score, quietest
            if place:
                return place
        return least + int((loud + _DIN * self._likely[: talk.size])[least:].argmin())


def _probabilities(samples: np.ndarray) -> np.ndarray:
    voice = VoiceActivity()
    return np.concatenate([voice.feed(samples), voice.finish()])


def _talk(likely: np.ndarray, begins: float, goes_on: float) -> np.ndarray:
    """For each frame whether somebody speaks: that begins where it is likely, and goes on until it
    is unlikely."""
    talk = np.zeros(likely.size, bool)
    for start, end in _runs(likely >= goes_on):
        part = likely[start:end] >= begins
        if part.any() and end - start - int(part.argmax()) > _CLICK:
            talk[start + int(part.argmax()) : end] = True
    return talk


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """The stretches of ``mask`` that are true, as (first, one after the last)."""
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
