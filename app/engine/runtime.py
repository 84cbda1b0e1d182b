"""Model and context at work: decode, rewind, save. Thin over llama.cpp's C interface.

Only the engine's child process imports this.
"""

import ctypes
import time
from collections.abc import Callable, Sequence
from typing import Any

import llama_cpp.llama_cpp as llama
import numpy as np

from app.core.errors import AppError
from app.engine.crew import Crew
from app.engine.devices import IN_MEMORY, Placement
from app.engine.loading import BATCH, context_size, load_model, make_context
from app.engine.native import NativeLog, StopFlag, idle_seconds, physical_cores
from app.engine.vocabulary import Vocabulary

# Positions in the cache from which on llama.cpp parts attention by threads for single tokens. With
# another number of threads the logits then differ as they do with another size of batch.
_SPLIT = 256


class Stopped(Exception):
    """The person pressed Stop; the KV cache is consistent up to ``Runtime.length``."""


class Runtime:
    """A loaded model with one KV cache (sequence 0).

    ``length`` is the number of positions in the cache; ``decode`` appends to them.
    ``has_logits`` says that the logits at hand are those of the last position. While other
    programs hold the processor, fewer than ``threads`` compute; ``steady`` prevents that where it
    would be seen in the logits.
    """

    def __init__(
        self,
        path: str,
        *,
        context: int,
        threads: int,
        log: NativeLog,
        on_progress: Callable[[float], None],
        placement: Placement = IN_MEMORY,
    ) -> None:
        """Load a GGUF file to ``placement``. Raises AppError naming what is wrong with it (code
        "load"), or that there is no room for it (code "memory")."""
        self.stop = StopFlag()
        self.threads = threads or physical_cores()
        self.length = 0
        self.has_logits = False
        self.size = 0  # positions in the KV cache
        self._model = load_model(path, log, on_progress, placement)
        self.vocabulary = Vocabulary(self._model)
        self.trained_context = llama.llama_model_n_ctx_train(self._model)
        self.window = llama.llama_model_n_swa(self._model)
        size = context_size(context, self.trained_context)
        try:
            self._context = make_context(self._model, size, self.threads, self.stop, log, placement)
        except AppError:
            llama.llama_model_free(self._model)
            raise
        self._memory = llama.llama_get_memory(self._context)
        self.size = int(llama.llama_n_ctx(self._context))
        self.embedding_length = int(llama.llama_model_n_embd_inp(self._model))
        self._batch_tokens = (llama.llama_token * BATCH)()
        self._batch = llama.llama_batch_get_one(self._batch_tokens, BATCH)
        self._every = (ctypes.c_int8 * BATCH)(*[1] * BATCH)
        # What a device computes needs few threads, and their time says little.
        alone = placement.device is None and self.threads > 1
        self._crew = Crew(self.threads, idle_seconds) if alone else None
        self._at_work = self.threads
        self.steady = False

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

    def decode(self, tokens: Sequence[int], *, every: bool = False) -> None:
        """Append up to ``BATCH`` tokens to the cache; the last one's logits are kept, or those of
        ``every`` one.

        Raises Stopped (nothing of this call counts then) or RuntimeError.
        """
        if self.stop:  # llama.cpp itself asks on the CPU only
            raise Stopped
        count = len(tokens)
        self._batch.n_tokens = count
        self._batch.logits = self._every if every else None
        self._batch_tokens[:count] = list(tokens)
        crew = self._crew if count > 1 or not self.steady or self.length < _SPLIT else None
        if crew is not None:
            crew.begin(time.perf_counter(), time.process_time())
        self._set_threads(crew.threads if crew is not None else self.threads)
        code = llama.llama_decode(self._context, self._batch)
        if code == 0:
            if crew is not None:
                crew.end(count, time.perf_counter(), time.process_time())
            self.length += count
            self.has_logits = True
            return
        self.rewind(self.length)
        if code == 2:
            raise Stopped
        raise RuntimeError(f"llama_decode returned {code}")

    @property
    def threads_at_work(self) -> int:
        """With how many threads the last tokens were evaluated."""
        return self._at_work

    def _set_threads(self, threads: int) -> None:
        if threads != self._at_work:
            llama.llama_set_n_threads(self._context, threads, threads)
            self._at_work = threads

    def rewind(self, length: int) -> None:
        """Forget everything from position ``length`` on."""
        llama.llama_memory_seq_rm(self._memory, 0, length, -1)
        self.length = length
        self.has_logits = False

    def advance(self, length: int) -> None:
        """Others have filled the cache up to position ``length``."""
        self.length = length
        self.has_logits = False

    def can_rewind(self, length: int) -> bool:
        """Whether the cache still holds all that attention needs before position ``length``.

        Sliding-window layers drop what left the window, and llama_memory_seq_rm does not say so.
        """
        if length == 0 or self.window == 0 or length == self.length:
            return True
        oldest = int(llama.llama_memory_seq_pos_min(self._memory, 0))
        return oldest <= max(0, int(length - self.window))

    def save_window(self) -> np.ndarray:
        """What the sliding-window layers hold now: the part of the cache that ``rewind`` can't
        bring back. Some megabytes for the small variants of Gemma 4, hundreds for the large."""
        flags = llama.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY
        size = llama.llama_state_seq_get_size_ext(self._context, 0, flags)
        window = np.empty(size, np.uint8)
        llama.llama_state_seq_get_data_ext(self._context, _bytes(window), size, 0, flags)
        return window

    def restore_window(self, window: np.ndarray, length: int) -> bool:
        """Go back to position ``length``, at which ``window`` was saved. False, and the cache is
        then of no use, if llama.cpp does not take it."""
        flags = llama.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY
        size = len(window)
        read = llama.llama_state_seq_set_data_ext(self._context, _bytes(window), size, 0, flags)
        self.rewind(length)
        return bool(read == size)

    @property
    def state_bytes(self) -> int:
        """What ``save_state`` would take."""
        return int(llama.llama_state_seq_get_size_ext(self._context, 0, 0))

    def save_state(self) -> np.ndarray:
        """The whole KV cache as an array of bytes: 6 KB a token for E2B, 80 KB for 31B."""
        size = self.state_bytes
        state = np.empty(size, np.uint8)  # not ctypes, which would fill it with zeros first
        written = llama.llama_state_seq_get_data_ext(self._context, _bytes(state), size, 0, 0)
        if written != size:
            raise RuntimeError(f"llama_state_seq_get_data wrote {written} of {size} bytes")
        return state

    def restore_state(self, state: np.ndarray, length: int) -> bool:
        """Replace everything by what ``save_state`` saved at position ``length``. False, and the
        cache is then empty, if llama.cpp does not take it."""
        llama.llama_memory_seq_rm(self._memory, 0, -1, -1)
        size = len(state)
        read = llama.llama_state_seq_set_data_ext(self._context, _bytes(state), size, 0, 0)
        last = int(llama.llama_memory_seq_pos_max(self._memory, 0))
        self.length, self.has_logits = length, False
        if read != size or last != length - 1:
            self.clear()
            return False
        return True

    def clear(self) -> None:
        """Forget everything."""
        llama.llama_memory_clear(self._memory, True)
        self.length = 0
        self.has_logits = False

    def logits(self) -> list[float]:
        """Logits of the last token that was decoded, one for each token of the vocabulary."""
        return list(llama.llama_get_logits_ith(self._context, -1)[: self.vocabulary.size])

    def close(self) -> None:
        """Give all memory back."""
        if self._context:
            llama.llama_free(self._context)
            llama.llama_model_free(self._model)
            self._context = None


def _bytes(data: np.ndarray) -> Any:
    return data.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
