"""How the next token is drawn: llama.cpp's chain of samplers, all of it in C."""

import math
import random
from collections.abc import Generator, Iterator

import llama_cpp.llama_cpp as llama

from app.core.prompt import Sampling
from app.engine.runtime import Runtime

_PENALTY_WINDOW = 64  # tokens looked back on for repetitions


def sampler(runtime: Runtime, sampling: Sampling) -> Generator[int, None, None]:
    """Draws tokens without end; each one must be decoded before the next is asked for."""
    chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
    for link in _links(runtime, sampling):
        llama.llama_sampler_chain_add(chain, link)
    try:
        while True:
            yield llama.llama_sampler_sample(chain, runtime.context_handle, -1)
    finally:
        llama.llama_sampler_free(chain)


def _links(runtime: Runtime, sampling: Sampling) -> Iterator[int]:
    suppressed = runtime.vocabulary.suppressed
    if suppressed:
        biases = (llama.llama_logit_bias * len(suppressed))()
        for bias, token in zip(biases, suppressed, strict=True):
            bias.token, bias.bias = token, -math.inf
        size = runtime.vocabulary.size
        yield llama.llama_sampler_init_logit_bias(size, len(suppressed), biases)
    if (sampling.repeat_penalty, sampling.frequency_penalty, sampling.presence_penalty) != (
        1,
        0,
        0,
    ):
        yield llama.llama_sampler_init_penalties(
            _PENALTY_WINDOW,
            sampling.repeat_penalty,
            sampling.frequency_penalty,
            sampling.presence_penalty,
        )
    if sampling.temperature <= 0:
        yield llama.llama_sampler_init_greedy()
        return
    if sampling.top_k > 0:
        yield llama.llama_sampler_init_top_k(sampling.top_k)
    if sampling.top_p < 1:
        yield llama.llama_sampler_init_top_p(sampling.top_p, 1)
    if sampling.min_p > 0:
        yield llama.llama_sampler_init_min_p(sampling.min_p, 1)
    yield llama.llama_sampler_init_temp(sampling.temperature)
    seed = random.getrandbits(32) if sampling.seed is None else sampling.seed & 0xFFFFFFFF
    yield llama.llama_sampler_init_dist(seed)
