"""Texts to vectors, by a second, small model beside the one that answers.

Only the engine's child process imports this.
"""

import os
from collections.abc import Iterator, Sequence

import llama_cpp.llama_cpp as llama
import numpy as np

from app.core.errors import AppError
from app.engine.loading import load_model
from app.engine.native import NativeLog, StopFlag, physical_cores
from app.engine.runtime import Stopped

_BATCH = 2048  # tokens computed at once; also the most that a text may have
_TEXTS = 16  # texts computed at once


class Embedder:
    """A loaded embedding model. ``length`` is that of its vectors."""

    def __init__(self, path: str, threads: int, log: NativeLog) -> None:
        """Load a GGUF file into main memory. Raises AppError (code "load" or "memory"; "embedding"
        if it is a model of another kind)."""
        self.path = os.fspath(path)
        self.stop = StopFlag()
        self._model = load_model(path, log, lambda _done: None)
        self._vocabulary = llama.llama_model_get_vocab(self._model)
        self._most = min(_BATCH, int(llama.llama_model_n_ctx_train(self._model)) or _BATCH)
        threads = threads or physical_cores()
        parameters = llama.llama_context_default_params()
        parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = _BATCH
        parameters.n_seq_max = _TEXTS
        parameters.kv_unified = True  # or each text had but a share of the context
        parameters.embeddings = True
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.no_perf = True
        self._context = llama.llama_init_from_model(self._model, parameters)
        if not self._context:
            llama.llama_model_free(self._model)
            raise AppError(
                "There is not enough memory for the model that searches by meaning.",
                "Close other programs, then ask again.",
                code="memory",
            )
        if llama.llama_pooling_type(self._context) in (
            llama.LLAMA_POOLING_TYPE_NONE,
            llama.LLAMA_POOLING_TYPE_RANK,
        ):
            self.close()
            raise AppError(
                "This model makes no vectors of texts.",
                "Choose an embedding model, such as EmbeddingGemma.",
                code="embedding",
            )
        llama.llama_set_abort_callback(self._context, self.stop.callback, self.stop.data)
        self.length = int(llama.llama_model_n_embd_out(self._model))
        self._batch = llama.llama_batch_init(_BATCH, 0, 1)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """One vector of length 1 for each text, as float32 of shape (texts, ``length``). What of a
        text is beyond the model's context does not count. Raises Stopped, or RuntimeError."""
        vectors = np.zeros((len(texts), self.length), np.float32)
        done = 0
        for tokens in self._batches([self._tokens(text) for text in texts]):
            self._compute(tokens)
            for place in range(len(tokens)):
                vector = llama.llama_get_embeddings_seq(self._context, place)
                vectors[done + place] = np.ctypeslib.as_array(vector, (self.length,))
            done += len(tokens)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(lengths > 0, lengths, 1)

    def close(self) -> None:
        """Give all memory back."""
        if self._context:
            llama.llama_free(self._context)
            llama.llama_model_free(self._model)
            self._context = None

    def _tokens(self, text: str) -> list[int]:
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        tokens = (llama.llama_token * room)()
        count = llama.llama_tokenize(self._vocabulary, data, len(data), tokens, room, True, False)
        return list(tokens[: min(max(count, 0), self._most)])

    def _batches(self, texts: Sequence[list[int]]) -> Iterator[list[list[int]]]:
        """The texts in order, as many at once as fit."""
        batch: list[list[int]] = []
        for tokens in texts:
            if len(batch) == _TEXTS or sum(map(len, batch)) + len(tokens) > _BATCH:
                yield batch
                batch = []
            batch.append(tokens)
        if batch:
            yield batch

    def _compute(self, texts: Sequence[list[int]]) -> None:
        if self.stop:
            raise Stopped
        batch, count = self._batch, 0
        for sequence, tokens in enumerate(texts):
            for position, token in enumerate(tokens):
                batch.token[count] = token
                batch.pos[count] = position
                batch.n_seq_id[count] = 1
                batch.seq_id[count][0] = sequence
                batch.logits[count] = True
                count += 1
        batch.n_tokens = count
        memory = llama.llama_get_memory(self._context)
        if memory:  # models that were not made for this have a cache
            llama.llama_memory_clear(memory, True)
            code = llama.llama_decode(self._context, batch)
        else:
            code = llama.llama_encode(self._context, batch)
        if code == 0:
            return
        if self.stop:
            raise Stopped
        raise RuntimeError(f"the vectors could not be computed ({code})")
