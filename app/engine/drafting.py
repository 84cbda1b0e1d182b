"""Guessing ahead: several tokens are decoded at once where earlier text says what may follow.

A model reads a few tokens hardly more slowly than one. Where an answer repeats what stands in the
prompt (a summary, an edited text), the next tokens can be guessed and decoded along with the last
one. Each is then drawn as always, and counts only if the guess was the same: the text does not
change. What was guessed wrongly is taken back.
Source: the method is known as prompt lookup decoding.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import count

import llama_cpp.llama_cpp as llama
import numpy as np

from app.engine.runtime import Runtime

# Tokens that are guessed at once. Two in a batch cost nearly as much as four on a CPU (E2B: 1.6 and
# 1.7 times as much as one), so a single guess is not among them.
SIZES = (3, 7, 15)
LEAST_GAIN = 1.1  # what guessing must make of the speed, or it is left alone
_RUN = 3  # tokens in a row that must have been there before
_SETTLED = 4  # tokens to be decoded singly before their cost is known
_SHORTEST_REST, _LONGEST_REST = 128, 2048  # tokens
_FIRST_GAIN = 1.5  # supposed until it is measured
_FIRST_COST = 2.0  # supposed cost of the smallest batch with guesses, until it is measured
_GROWTH = 1.6  # supposed cost of twice as many tokens, likewise
# Chances that the next guess is right after a run of 0, 1, 2-3, 4-7 and more right ones.
_CHANCES = (0.5, 0.7, 0.85, 0.9, 0.95)


class Lookup:
    """What follows where the last tokens stood before. Each token costs the same time."""

    def __init__(self, tokens: Iterable[int], vocabulary_size: int) -> None:
        """``tokens`` have been read so far; one outside the vocabulary stands for a medium."""
        self._tokens = list(tokens)
        self._bits = (vocabulary_size + 1).bit_length()
        self._mask = (1 << (_RUN * self._bits)) - 1
        self._limit = vocabulary_size
        self._place = 0  # of the token that is guessed to come next; 0 for none
        self.run = 0  # guesses in a row that were right
        keys = _keys(self._tokens, self._bits)
        self._places = dict(zip(keys, count(_RUN), strict=False))  # the last one counts
        self._key = 0
        for token in self._tokens[-_RUN:]:
            self._key = self._key << self._bits | token

    @property
    def available(self) -> int:
        """How many tokens can be guessed now."""
        return len(self._tokens) - self._place if self._place else 0

    def add(self, token: int) -> bool | None:
        """``token`` has come. Whether that had been the guess, None if there was none."""
        place, self._place = self._place, 0
        right = self._tokens[place] == token if place else None
        self._tokens.append(token)
        key = self._key = ((self._key << self._bits) | token) & self._mask
        if right:
            self._place, self.run = place + 1, self.run + 1
        else:
            self._place, self.run = self._places.get(key, 0), 0
        if len(self._tokens) >= _RUN:
            self._places[key] = len(self._tokens)
        return right

    def guess(self, most: int) -> list[int]:
        """The next tokens, at most so many."""
        guesses = self._tokens[self._place : self._place + most] if self._place else []
        for index, token in enumerate(guesses):
            if token >= self._limit:
                return guesses[:index]
        return guesses


def _keys(tokens: Sequence[int], bits: int) -> list[int]:
    """Each ``_RUN`` tokens in a row as one number."""
    row = np.asarray(tokens, np.int64)
    size = len(row) - _RUN + 1
    if size <= 0:
        return []
    keys = np.zeros(size, np.int64)
    for index in range(_RUN):
        keys = (keys << bits) | row[index : index + size]
    return [int(key) for key in keys.tolist()]


class Pace:
    """Whether guessing pays: what batches cost on this machine and how often guesses are right,
    both learned from what is done anyway. Outlives the answers."""

    def __init__(self) -> None:
        self._single = 0.0  # seconds for one token
        self._measured = 0
        self._costs: dict[int, float] = {}  # of so many tokens, in single ones
        self._chances = list(_CHANCES)
        self._gain = _FIRST_GAIN
        self._rest = _SHORTEST_REST
        self._resting = 0  # tokens until guessing is tried again

    def took(self, tokens: int, seconds: float) -> None:
        """``tokens`` were decoded at once in so many seconds."""
        if tokens == 1:
            self._measured += 1
            weight = max(0.1, 1 / self._measured)
            self._single += weight * (seconds - self._single)
            return
        if not self._measured:
            return
        cost = seconds / self._single
        before = self._costs.setdefault(tokens, cost)
        self._costs[tokens] = before + 0.25 * (cost - before)

    def guessed(self, run: int, right: bool) -> None:
        """What came after ``run`` right guesses was guessed ``right``, be it aloud or not."""
        place = min(run.bit_length(), len(_CHANCES) - 1)
        self._chances[place] += (right - self._chances[place]) / 16

    def gained(self, tokens: int, seconds: float) -> None:
        """A batch with guesses gave ``tokens`` of the answer and took so many seconds. Where this
        is too little for long, guessing rests, each time for longer."""
        if not self._measured:
            return
        self._gain += 0.2 * (tokens * self._single / seconds - self._gain)
        if self._gain < LEAST_GAIN:
            self._resting, self._rest = self._rest, min(2 * self._rest, _LONGEST_REST)
            self._gain = _FIRST_GAIN
        elif self._gain > _FIRST_GAIN:
            self._rest = _SHORTEST_REST

    def choose(self, run: int, available: int) -> int:
        """How many tokens to guess after ``run`` right guesses, 0 if it does not pay."""
        if self._resting:
            self._resting -= 1
            return 0
        if self._measured < _SETTLED:
            return 0
        best, best_gain = 0, LEAST_GAIN
        expected = chance = 1.0
        cost = _FIRST_COST / _GROWTH
        guesses = 0
        for size in SIZES:
            if size > available:
                break
            while guesses < size:
                place = min((run + guesses).bit_length(), len(_CHANCES) - 1)
                chance *= self._chances[place]
                expected += chance
                guesses += 1
            known = self._costs.get(size + 1)
            cost = known or cost * _GROWTH
            if expected / cost > best_gain:
                best, best_gain = size, expected / cost
            if not known:
                break  # one step at a time into the unknown
        return best


class Ahead:
    """Decodes the tokens of one answer, each when its turn comes as far as others can see."""

    def __init__(self, runtime: Runtime, pace: Pace | None, prompt: Iterable[int]) -> None:
        """``pace`` None: nothing is guessed. ``prompt`` are the tokens before the answer, with one
        outside the vocabulary for each medium."""
        self._runtime = runtime
        self._pace = pace
        self._prompt = prompt
        self._lookup: Lookup | None = None  # made when the first word of the answer is out
        self._guesses: list[int] = []  # decoded, and not yet known to be right
        self._index = 0  # of the last token that counts, in its batch
        self._seconds = 0.0  # that the batch took
        self.drafted = self.accepted = 0

    def append(self, token: int, most: int) -> int:
        """Append ``token``, of which no more than ``most`` will follow. Returns where its logits
        are. Raises as ``Runtime.decode``."""
        pace = self._pace
        if pace is None:
            self._runtime.decode([token])
            return -1
        lookup = self._lookup
        if lookup is None:
            lookup = Lookup(self._prompt, self._runtime.vocabulary.size)
            self._lookup = lookup
        run = lookup.run
        right = lookup.add(token)
        if right is not None:
            pace.guessed(run, right)
        if self._guesses and self._guesses[0] == token:
            del self._guesses[0]
            self._index += 1
            self.accepted += 1
            return self._index
        self.close()
        available = min(lookup.available, most)
        number = pace.choose(lookup.run, available) if available > 0 else 0
        guesses = lookup.guess(number) if number else []
        began = time.perf_counter()
        self._runtime.decode([token, *guesses], every=bool(guesses))
        self._seconds = time.perf_counter() - began
        pace.took(1 + len(guesses), self._seconds)
        self._guesses = guesses
        self.drafted += len(guesses)
        return 0 if guesses else -1

    def close(self) -> None:
        """Take back what was guessed wrongly, or was not needed."""
        if self._pace and (self._index or self._guesses):
            self._pace.gained(self._index + 1, self._seconds)
        if self._guesses:
            length = self._runtime.length - len(self._guesses)
            self._guesses, self._index = [], 0
            if not self._runtime.can_rewind(length):
                raise RuntimeError("the cache has lost what was in front of a guess")
            self._runtime.rewind(length)
        self._index = 0


def can_draft(runtime: Runtime) -> bool:
    """Whether the model can forget its last tokens; those with a running state can't."""
    model = runtime.handle
    return not (llama.llama_model_is_recurrent(model) or llama.llama_model_is_hybrid(model))


def plain(items: Sequence[object], vocabulary_size: int) -> Iterator[int]:
    """A prompt's items as tokens, with one outside the vocabulary for each medium."""
    for item in items:
        yield item if isinstance(item, int) else vocabulary_size
