"""Weights into memory, and a context to compute in."""

import ctypes
import os
from collections.abc import Callable
from typing import Any

import llama_cpp.llama_cpp as llama

from app.core.errors import AppError
from app.engine.devices import IN_MEMORY, Placement
from app.engine.load_errors import check_gguf, load_error
from app.engine.native import NativeLog, StopFlag

BATCH = 1280  # tokens; at least the largest picture (1,120), which must fit one ubatch
# Tokens of a batch whose logits may be asked for. Each takes a megabyte with Gemma's vocabulary,
# so not one for each token of a batch, which llama.cpp would provide for.
OUTPUTS = 32
DEFAULT_CONTEXT = 8192  # tokens; larger ones cost memory that nobody asked for yet


def model_parameters(placement: Placement) -> Any:
    """How to load a model to ``placement``."""
    parameters = llama.llama_model_default_params()
    devices = (ctypes.c_void_p * 2)(placement.device, None)  # ends with NULL
    parameters.devices = ctypes.cast(devices, ctypes.c_void_p)  # keeps the list alive
    # llama.cpp counts the output as a layer, the first to leave main memory.
    parameters.n_gpu_layers = placement.layers + 1 if placement.layers else 0
    # Tables from which a token needs but one row are not read into memory: 1.3 GB less with E2B.
    parameters.lazy_mode = llama.LLAMA_LAZY_MODE_ON
    return parameters


def load_model(
    path: str,
    log: NativeLog,
    on_progress: Callable[[float], None],
    placement: Placement = IN_MEMORY,
) -> Any:
    """llama.cpp's pointer to the model in a GGUF file. Raises AppError naming what is wrong with
    it (code "load"), or that there is no room for it (code "memory")."""
    check_gguf(path)
    parameters = model_parameters(placement)

    def report(fraction: float, _data: object) -> bool:
        on_progress(fraction)
        return True

    # Named, since llama.cpp keeps only the pointer.
    callback = llama.llama_progress_callback(report)
    parameters.progress_callback = callback
    log.problems.clear()
    model = llama.llama_model_load_from_file(os.fsencode(path), parameters)
    if not model:
        raise load_error(path, log.problems)
    return model


def context_size(wanted: int, trained: int) -> int:
    """The context that a model gets, in tokens, when ``wanted`` is asked for (0: nothing certain)
    and it was trained with ``trained``."""
    return min(wanted or DEFAULT_CONTEXT, trained)


def context_parameters(size: int, threads: int, placement: Placement = IN_MEMORY) -> Any:
    """How to make a context of ``size`` tokens for a model that is at ``placement``."""
    parameters = llama.llama_context_default_params()
    parameters.n_ctx = size
    parameters.n_batch = parameters.n_ubatch = BATCH
    parameters.n_outputs_max = OUTPUTS
    parameters.n_threads = parameters.n_threads_batch = threads
    parameters.flash_attn_type = flash_attention(placement)
    parameters.swa_full = False
    parameters.no_perf = True
    return parameters


def flash_attention(placement: Placement) -> int:
    """Always on the CPU; on a device, only if it can do that itself."""
    if placement.device:
        return int(llama.LLAMA_FLASH_ATTN_TYPE_AUTO)
    return int(llama.LLAMA_FLASH_ATTN_TYPE_ENABLED)


def make_context(
    model: Any,
    size: int,
    threads: int,
    stop: StopFlag,
    log: NativeLog,
    placement: Placement = IN_MEMORY,
) -> Any:
    """A context of ``size`` tokens that ``stop`` can interrupt. Raises AppError (code "memory")."""
    log.problems.clear()
    context = llama.llama_init_from_model(model, context_parameters(size, threads, placement))
    if not context:
        raise AppError(
            f"There is not enough memory for this model with a context of {size:,} tokens.",
            "Close other programs, choose a smaller context in Settings, or a smaller model.",
            code="memory",
        )
    llama.llama_set_abort_callback(context, stop.callback, stop.data)
    return context
