"""How the next token is drawn: llama.cpp's chain of samplers, all of it in C.

A grammar is asked about the token that was drawn first, and only if it refuses that one, about the
whole vocabulary: 262,144 tokens take it a while. Source: the order of the chain and this way to
use a grammar are those of llama.cpp's own programs.
"""

import ctypes
import math
import random
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import llama_cpp.llama_cpp as llama
import numpy as np

from app.core.errors import AppError
from app.core.prompt import Sampling
from app.engine.characters import Characters
from app.engine.runtime import Runtime

_PENALTY_WINDOW = 64  # tokens looked back on for repetitions
_ENTROPY = 2**32 - 1  # what llama.cpp takes for "no seed"
_NONE = -1  # no token

_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class NonsenseError(AppError):
    """The model computes values that are no numbers. Nothing that it evaluated is of use."""

    def __init__(self) -> None:
        super().__init__(
            "The model computed nonsense: values that are no numbers.",
            "Load it again. If this comes back, let the CPU compute, or choose another file.",
            code="nan",
        )


class Sampler:
    """Draws the tokens of one answer; what it has drawn counts for the penalties.

    At first every token may come; see ``restrict``.
    """

    def __init__(self, runtime: Runtime, sampling: Sampling, grammar: str = "") -> None:
        """``grammar`` is GBNF. Raises AppError for values that make no sense."""
        _check(sampling)
        self._context = runtime.context_handle
        self._size = runtime.vocabulary.size
        self._grammar = new_grammar(runtime, grammar) if grammar else None
        self._chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
        for link in _links(runtime, sampling):
            llama.llama_sampler_chain_add(self._chain, link)
        self._characters = Characters(runtime.vocabulary)
        self._trusted = False  # whether the model's values have been looked at
        self._barred = False  # whether the first link of the chain excludes tokens
        self._exempt: frozenset[int] = frozenset()
        self._constrained = False
        self._candidates: _Candidates | None = None

    def draw(self, index: int = -1) -> int:
        """The next token, by the logits of the ``index``-th token that was decoded last.

        Raises NonsenseError; and AppError (code "grammar") where the grammar has led to a place
        from which nothing can follow.
        """
        logits = llama.llama_get_logits_ith(self._context, index)
        if not self._trusted:
            if not np.isfinite(np.ctypeslib.as_array(logits, (self._size,)).max()):
                raise NonsenseError
            self._trusted = True
        if self._constrained:
            token = self._draw_allowed(logits)
        else:
            token = llama.llama_sampler_sample(self._chain, self._context, index)
        if not math.isfinite(logits[token]):
            raise NonsenseError
        return int(token)

    def take(self, token: int) -> None:
        """Count ``token``, which was chosen without drawing."""
        llama.llama_sampler_accept(self._chain, token)

    def restrict(
        self, excluded: Collection[int], *, constrained: bool, exempt: Collection[int] = ()
    ) -> None:
        """From now on: none of the ``excluded`` tokens; and if ``constrained``, only what the
        grammar allows. An ``exempt`` token may come when it is drawn outright; the grammar does not
        get to see it."""
        number = llama.llama_sampler_chain_n(self._chain)
        links = [llama.llama_sampler_chain_remove(self._chain, 0) for _ in range(number)]
        if self._barred:
            llama.llama_sampler_free(links.pop(0))
        self._barred = bool(excluded)
        if excluded:
            links.insert(0, _exclusion(excluded, self._size))
        for link in links:
            llama.llama_sampler_chain_add(self._chain, link)
        self._exempt = frozenset(exempt)
        self._constrained = constrained and self._grammar is not None

    def close(self) -> None:
        """Give all memory back."""
        llama.llama_sampler_free(self._chain)
        if self._grammar:
            llama.llama_sampler_free(self._grammar)

    # -- inside ---------------------------------------------------------------------------------

    def _draw_allowed(self, logits: Any) -> int:
        """A token that the grammar allows."""
        if self._candidates is None:
            self._candidates = _Candidates(self._size)
        candidates = self._candidates
        candidates.fill(logits)
        token = candidates.draw(self._chain)
        if not self._allows(token):
            candidates.fill(logits)
            if self._characters.begun:
                candidates.keep(self._characters.fragments(fitting=True))
            else:
                candidates.exclude(self._characters.fragments(fitting=False))
            candidates.apply(self._grammar)
            token = candidates.draw(self._chain)
            if not self._allows(token):
                raise AppError(
                    "The answer can't go on: its grammar allows nothing here.",
                    "Mend the grammar or schema, then ask again.",
                    code="grammar",
                )
        llama.llama_sampler_accept(self._chain, token)
        if token not in self._exempt:
            llama.llama_sampler_accept(self._grammar, token)
            self._characters.add(token)
        return token

    def _allows(self, token: int) -> bool:
        """Asking must come before telling: of a token that does not fit, llama.cpp's grammar
        throws an exception that nobody can catch here."""
        if token == _NONE or token in self._exempt:
            return token != _NONE
        return self._characters.fits(token) and _fits(self._grammar, token)


class _Candidates:
    """All tokens with their logits, in the form that llama.cpp's samplers take."""

    def __init__(self, size: int) -> None:
        self._ids = np.arange(size, dtype=np.int32)
        self._data = np.zeros(size, _CANDIDATE)
        self._array = llama.llama_token_data_array(
            data=self._data.ctypes.data_as(llama.llama_token_data_p)
        )

    def fill(self, logits: Any) -> None:
        """Begin anew with the model's ``logits``, in the order of the tokens."""
        self._data["id"] = self._ids
        self._data["logit"] = np.ctypeslib.as_array(logits, (len(self._ids),))
        self._array.size = len(self._ids)
        self._array.selected, self._array.sorted = -1, False

    def exclude(self, tokens: Sequence[int]) -> None:
        """Take ``tokens`` out; not to be called after ``draw``."""
        self._data["logit"][np.asarray(tokens, np.int64)] = -math.inf

    def keep(self, tokens: Sequence[int]) -> None:
        """Take all but ``tokens`` out; not to be called after ``draw``."""
        places = np.asarray(tokens, np.int64)
        kept = self._data["logit"][places]
        self._data["logit"] = -math.inf
        self._data["logit"][places] = kept

    def apply(self, sampler: Any) -> None:
        """Let one sampler work on them."""
        llama.llama_sampler_apply(sampler, ctypes.byref(self._array))

    def draw(self, chain: Any) -> int:
        """The token that ``chain`` selects, ``_NONE`` where it excludes all that are left."""
        if not self._data["logit"].max() > -math.inf:
            return _NONE
        self.apply(chain)
        selected = self._array.data[self._array.selected]
        return int(selected.id) if selected.logit > -math.inf else _NONE


def new_grammar(runtime: Runtime, grammar: str) -> Any:
    """llama.cpp's sampler for ``grammar``, to be freed. Raises AppError (code "grammar")."""
    vocabulary = llama.llama_model_get_vocab(runtime.handle)
    sampler = llama.llama_sampler_init_grammar(vocabulary, grammar.encode(), b"root")
    if not sampler:
        raise AppError(
            "The grammar for the answer can't be read.",
            "Mend it, then ask again; its first rule to be used is named root.",
            code="grammar",
        )
    return sampler


def _fits(grammar: Any, token: int) -> bool:
    one = llama.llama_token_data(token, 1.0, 0.0)
    array = llama.llama_token_data_array(ctypes.pointer(one), 1, -1, False)
    llama.llama_sampler_apply(grammar, ctypes.byref(array))
    return bool(one.logit != -math.inf)


def _check(sampling: Sampling) -> None:
    """Raises AppError for what would make llama.cpp divide by zero or draw nothing."""
    numbers = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "min_p": sampling.min_p,
        "repeat_penalty": sampling.repeat_penalty,
        "frequency_penalty": sampling.frequency_penalty,
        "presence_penalty": sampling.presence_penalty,
    }
    for name, value in numbers.items():
        if not math.isfinite(value) or (name == "repeat_penalty" and value <= 0):
            raise AppError(
                f"The answer can't be drawn with {name} {value}.",
                "Choose a number that is not beyond all bounds; for repeat_penalty one above 0.",
                code="sampling",
            )


def _links(runtime: Runtime, sampling: Sampling) -> Iterator[Any]:
    suppressed = [*runtime.vocabulary.suppressed, *_tokens(runtime, sampling.suppressed)]
    size = runtime.vocabulary.size
    if suppressed:
        yield _exclusion(suppressed, size)
    penalties = (
        sampling.repeat_penalty,
        sampling.frequency_penalty,
        sampling.presence_penalty,
    )
    if penalties != (1, 0, 0):
        yield llama.llama_sampler_init_penalties(size, _PENALTY_WINDOW, *penalties)
    if sampling.temperature <= 0:
        yield llama.llama_sampler_init_greedy()
        return
    if sampling.top_k > 0:
        yield llama.llama_sampler_init_top_k(min(sampling.top_k, size))
    if sampling.top_p < 1:
        yield llama.llama_sampler_init_top_p(sampling.top_p, 1)
    if sampling.min_p > 0:
        yield llama.llama_sampler_init_min_p(sampling.min_p, 1)
    yield llama.llama_sampler_init_temp(sampling.temperature)
    seed = random.getrandbits(32) if sampling.seed is None else sampling.seed
    yield llama.llama_sampler_init_dist(seed % _ENTROPY)


def _exclusion(tokens: Collection[int], size: int) -> Any:
    """A sampler after which none of ``tokens`` is drawn."""
    biases = (llama.llama_logit_bias * len(tokens))()
    for bias, token in zip(biases, tokens, strict=True):
        bias.token, bias.bias = token, -math.inf
    return llama.llama_sampler_init_logit_bias(size, len(tokens), biases)


def _tokens(runtime: Runtime, texts: Collection[str]) -> Iterator[int]:
    """The tokens that ``texts`` are. A text that is none of this model's tokens can't be drawn
    anyway."""
    for text in texts:
        tokens = runtime.vocabulary.tokenize([(text, True)])
        if len(tokens) == 1:
            yield tokens[0]
