"""Model and context: load, tokenise, decode, sample. Thin over llama.cpp's C interface.

Only the engine's child process imports this.
"""

import ctypes
import math
import os
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import llama_cpp.llama_cpp as llama

from app.core.errors import AppError
from app.core.prompt import Sampling
from app.engine.load_errors import check_gguf, load_error
from app.engine.native import NativeLog, StopFlag, physical_cores
from app.engine.vocabulary import Vocabulary

DEFAULT_CONTEXT = 8192  # tokens; larger ones cost memory that nobody asked for yet
BATCH = 1280  # tokens; at least the largest picture (1,120), which must fit one ubatch


class Stopped(Exception):
    """The person pressed Stop; the KV cache is consistent up to ``Runtime.length``."""


class Runtime:
    """A loaded model with one KV cache (sequence 0).

    ``length`` is the number of positions in the cache; ``decode`` appends to them.
    """

    def __init__(
        self,
        path: str,
        *,
        context: int,
        threads: int,
        log: NativeLog,
        on_progress: Callable[[float], None],
    ) -> None:
        """Load a GGUF file. Raises AppError (code "load") naming what is wrong with it."""
        self.stop = StopFlag()
        self.threads = threads or physical_cores()
        self.length = 0
        self.size = 0  # positions in the KV cache
        self._context: Any = None
        self._memory: Any = None
        check_gguf(path)
        parameters = llama.llama_model_default_params()

        def report(fraction: float, _data: object) -> bool:
            on_progress(fraction)
            return True

        # Named, since llama.cpp keeps only the pointer.
        callback = llama.llama_progress_callback(report)
        parameters.progress_callback = callback
        log.problems.clear()
        self._model = llama.llama_model_load_from_file(os.fsencode(path), parameters)
        if not self._model:
            raise load_error(path, log.problems)
        self.vocabulary = Vocabulary(self._model)
        self.trained_context = llama.llama_model_n_ctx_train(self._model)
        self.window = llama.llama_model_n_swa(self._model)
        size = context or min(self.trained_context, DEFAULT_CONTEXT)
        self._make_context(min(size, self.trained_context), log)
        self._batch_tokens = (llama.llama_token * BATCH)()
        self._batch = llama.llama_batch_get_one(self._batch_tokens, BATCH)

    def _make_context(self, size: int, log: NativeLog) -> None:
        parameters = llama.llama_context_default_params()
        parameters.n_ctx = size
        parameters.n_batch = parameters.n_ubatch = BATCH
        parameters.n_threads = parameters.n_threads_batch = self.threads
        parameters.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_ENABLED
        parameters.swa_full = False
        parameters.no_perf = True
        log.problems.clear()
        self._context = llama.llama_init_from_model(self._model, parameters)
        if not self._context:
            llama.llama_model_free(self._model)
            raise AppError(
                f"There is not enough memory for this model with a context of {size:,} tokens.",
                "Close other programs, choose a smaller context in Settings, or a smaller model.",
                code="memory",
            )
        self._memory = llama.llama_get_memory(self._context)
        self.size = int(llama.llama_n_ctx(self._context))
        llama.llama_set_abort_callback(self._context, self.stop.callback, self.stop.data)

    # -- what the file says of itself ------------------------------------------------------------

    @property
    def handle(self) -> Any:
        """llama.cpp's model pointer, for mtmd."""
        return self._model

    @property
    def context_handle(self) -> Any:
        """llama.cpp's context pointer, for mtmd."""
        return self._context

    def meta(self, key: str) -> str:
        """A metadata value as text; "" where the file has none."""
        size = 256
        while True:
            buffer = ctypes.create_string_buffer(size)
            needed = llama.llama_model_meta_val_str(self._model, key.encode(), buffer, size)
            if needed < size:
                return buffer.value.decode("utf-8", "replace") if needed >= 0 else ""
            size = needed + 1

    @property
    def description(self) -> str:
        """Family, size and quantisation in a few words, for example "gemma4 E2B Q4_0"."""
        buffer = ctypes.create_string_buffer(256)
        llama.llama_model_desc(self._model, buffer, 256)
        return buffer.value.decode("utf-8", "replace")

    @property
    def weight_bytes(self) -> int:
        """Size of all tensors in bytes."""
        return int(llama.llama_model_size(self._model))

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return int(llama.llama_model_n_params(self._model))

    @property
    def template_source(self) -> str | None:
        """The chat template, None where the file has none."""
        source = llama.llama_model_chat_template(self._model, None)
        return source.decode("utf-8", "replace") if source else None

    # -- evaluation ----------------------------------------------------------------------------

    def decode(self, tokens: Sequence[int]) -> None:
        """Append up to ``BATCH`` tokens to the cache; the last one's logits are kept.

        Raises Stopped (nothing of this call counts then) or RuntimeError.
        """
        if self.stop:  # llama.cpp itself asks on the CPU only
            raise Stopped
        count = len(tokens)
        self._batch.n_tokens = count
        self._batch_tokens[:count] = list(tokens)
        code = llama.llama_decode(self._context, self._batch)
        if code == 0:
            self.length += count
            return
        self.rewind(self.length)
        if code == 2:
            raise Stopped
        raise RuntimeError(f"llama_decode returned {code}")

    def rewind(self, length: int) -> None:
        """Forget everything from position ``length`` on."""
        llama.llama_memory_seq_rm(self._memory, 0, length, -1)
        self.length = length

    def can_rewind(self, length: int) -> bool:
        """Whether the cache still holds all that attention needs before position ``length``.

        Sliding-window layers drop what left the window, and llama_memory_seq_rm does not say so.
        """
        if length == 0 or self.window == 0 or length == self.length:
            return True
        oldest = int(llama.llama_memory_seq_pos_min(self._memory, 0))
        return oldest <= max(0, int(length - self.window))

    def save_window(self) -> Any:
        """What the sliding-window layers hold now: the part of the cache that ``rewind`` can't
        bring back. Some megabytes for the small variants of Gemma 4, hundreds for the large."""
        flags = llama.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY
        size = llama.llama_state_seq_get_size_ext(self._context, 0, flags)
        window = (ctypes.c_uint8 * size)()
        llama.llama_state_seq_get_data_ext(self._context, window, size, 0, flags)
        return window

    def restore_window(self, window: Any, length: int) -> bool:
        """Go back to position ``length``, at which ``window`` was saved. False, and the cache is
        then of no use, if llama.cpp does not take it."""
        flags = llama.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY
        size = len(window)
        read = llama.llama_state_seq_set_data_ext(self._context, window, size, 0, flags)
        self.rewind(length)
        return bool(read == size)

    def clear(self) -> None:
        """Forget everything."""
        llama.llama_memory_clear(self._memory, True)
        self.length = 0

    def logits(self) -> list[float]:
        """Logits of the last token that was decoded, one for each token of the vocabulary."""
        return list(llama.llama_get_logits_ith(self._context, -1)[: self.vocabulary.size])

    def sampler(self, sampling: Sampling) -> Iterator[int]:
        """Draws tokens without end; each one must be decoded before the next is asked for."""
        chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
        for link in self._sampler_links(sampling):
            llama.llama_sampler_chain_add(chain, link)
        try:
            while True:
                yield llama.llama_sampler_sample(chain, self._context, -1)
        finally:
            llama.llama_sampler_free(chain)

    def _sampler_links(self, sampling: Sampling) -> Iterator[int]:
        suppressed = self.vocabulary.suppressed
        if suppressed:
            biases = (llama.llama_logit_bias * len(suppressed))()
            for bias, token in zip(biases, suppressed, strict=True):
                bias.token, bias.bias = token, -math.inf
            size = self.vocabulary.size
            yield llama.llama_sampler_init_logit_bias(size, len(suppressed), biases)
        if sampling.repeat_penalty != 1.0:
            yield llama.llama_sampler_init_penalties(64, sampling.repeat_penalty, 0.0, 0.0)
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

    def close(self) -> None:
        """Give all memory back."""
        if self._context:
            llama.llama_free(self._context)
            llama.llama_model_free(self._model)
            self._context = None
