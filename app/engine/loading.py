"""Weights into memory, and a context to compute in."""

import os
from collections.abc import Callable
from typing import Any

import llama_cpp.llama_cpp as llama

from app.core.errors import AppError
from app.engine.load_errors import check_gguf, load_error
from app.engine.native import NativeLog, StopFlag

BATCH = 1280  # tokens; at least the largest picture (1,120), which must fit one ubatch


def load_model(path: str, log: NativeLog, on_progress: Callable[[float], None]) -> Any:
    """llama.cpp's pointer to the model in a GGUF file. Raises AppError (code "load") naming what
    is wrong with it."""
    check_gguf(path)
    parameters = llama.llama_model_default_params()

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


def make_context(model: Any, size: int, threads: int, stop: StopFlag, log: NativeLog) -> Any:
    """A context of ``size`` tokens that ``stop`` can interrupt. Raises AppError (code "memory")."""
    parameters = llama.llama_context_default_params()
    parameters.n_ctx = size
    parameters.n_batch = parameters.n_ubatch = BATCH
    parameters.n_threads = parameters.n_threads_batch = threads
    parameters.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_ENABLED
    parameters.swa_full = False
    parameters.no_perf = True
    log.problems.clear()
    context = llama.llama_init_from_model(model, parameters)
    if not context:
        raise AppError(
            f"There is not enough memory for this model with a context of {size:,} tokens.",
            "Close other programs, choose a smaller context in Settings, or a smaller model.",
            code="memory",
        )
    llama.llama_set_abort_callback(context, stop.callback, stop.data)
    return context
