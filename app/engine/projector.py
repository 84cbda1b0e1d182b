"""The projector (mmproj): pictures and sounds -> embeddings in the KV cache, through libmtmd.

Only the engine's child process imports this.
"""

import ctypes
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as llama
import llama_cpp.mtmd_cpp as mtmd
import msgspec
import numpy as np

from app.core.errors import AppError
from app.core.prompt import Media
from app.engine.devices import IN_MEMORY, Placement
from app.engine.encoded import Encoded, EncodedCache
from app.engine.load_errors import check_gguf, projector_error
from app.engine.loading import BATCH, flash_attention
from app.engine.media import (
    cannot_open,
    load_audio,
    load_image,
    read_file,
    sound_seconds,
    split_clips,
)
from app.engine.native import NativeLog
from app.engine.runtime import Runtime, Stopped

# Graph nodes between two looks at the stop flag while encoding. On the true shape of E2B's encoder
# and two cores, 16 let a Stop wait for up to 140 ms, 4 for 65 ms at no measurable cost.
_OBSERVE_EVERY = 4
_SOUND_TOKENS = 25  # a second, of Gemma 4
_NONSENSE = 1e30  # what is no number becomes 3e38 where Gemma 4 limits its values


class Block(msgspec.Struct, frozen=True):
    """One picture, or one clip of a sound, as the prompt sees it.

    ``source`` stands for the content of the file and the budget, ``clip`` counts from 0.
    ``before`` and ``after`` are the control tokens that enclose it; ``tokens`` is its own length
    in tokens, which is also its length in positions.
    """

    media: Media
    source: str
    clip: int
    before: tuple[int, ...]
    tokens: int
    after: tuple[int, ...]

    @property
    def key(self) -> str:
        """Equal for equal content."""
        return f"{self.source}:{self.clip}"


class Projector:
    """The file that lets a model see and hear."""

    def __init__(
        self, path: str, runtime: Runtime, log: NativeLog, placement: Placement = IN_MEMORY
    ) -> None:
        """Load a projector for ``runtime`` to ``placement``. Raises AppError when they don't
        belong together."""
        check_gguf(path)
        self._runtime = runtime
        self._blocks: dict[str, tuple[Block, ...]] = {}
        self._hashes: dict[tuple[str, int, int], str] = {}  # by path, size and time of change
        self._encoded = EncodedCache()
        self._loaded: tuple[str, list[np.ndarray]] = ("", [])  # the last file, by its source key
        self._is_gemma4 = runtime.meta("general.architecture").startswith("gemma4")
        self._nodes = 0
        self._observer = llama.ggml_backend_sched_eval_callback(self._observe)
        parameters = mtmd.mtmd_context_params_default()
        parameters.n_threads = runtime.threads
        parameters.print_timings = False
        parameters.warmup = False
        place = placement if placement.projector else IN_MEMORY
        parameters.use_gpu, parameters.device = placement.projector, place.device
        parameters.flash_attn_type = flash_attention(place)
        parameters.cb_eval = self._observer
        if self._is_gemma4:
            parameters.image_min_tokens, parameters.image_max_tokens = 1, 1120
        log.problems.clear()
        mtmd.mtmd_helper_log_set(log.callback, ctypes.c_void_p(0))
        self._context = mtmd.mtmd_init_from_file(os.fsencode(path), runtime.handle, parameters)
        if not self._context:
            raise projector_error(path, log.problems)
        self.vision = bool(mtmd.mtmd_support_vision(self._context))
        self.audio = bool(mtmd.mtmd_support_audio(self._context))
        self.sample_rate = int(mtmd.mtmd_get_audio_sample_rate(self._context)) if self.audio else 0

    def blocks(self, media: Media) -> tuple[Block, ...]:
        """How ``media`` will stand in the prompt: a picture is one block, a sound one for each
        clip of at most 30 s. Nothing is encoded yet. Raises Stopped, and AppError for a file that
        can't be read or a kind this projector doesn't know."""
        if not (self.vision if media.kind == "image" else self.audio):
            raise modality_error(media)
        source = f"{self._content_hash(media.path)}:{media.budget}"
        if source not in self._blocks:
            self._blocks[source] = tuple(self._describe(media, source))
        return self._blocks[source]

    def is_encoded(self, block: Block) -> bool:
        """Whether evaluating ``block`` costs no encoding."""
        return self._encoded.get(block.key) is not None

    def evaluate(self, block: Block) -> None:
        """Append ``block`` to the KV cache, its enclosing tokens excepted. It is encoded before,
        unless that has been done.

        Raises Stopped; the cache then ends where it ended before.
        """
        runtime = self._runtime
        encoded = self._encoded.get(block.key) or self._encode(block)
        position = llama.llama_pos(0)
        code = mtmd.mtmd_helper_decode_image_chunk(
            self._context,
            runtime.context_handle,
            encoded.chunk,
            encoded.embeddings.ctypes.data_as(ctypes.POINTER(ctypes.c_float)),
            runtime.length,
            0,
            BATCH,
            ctypes.byref(position),
            mtmd.mtmd_helper_post_decode_callback(),
            None,
        )
        if runtime.stop or code != 0:
            runtime.rewind(runtime.length)
            if runtime.stop:
                raise Stopped
            raise RuntimeError(f"evaluating {block.media.kind} returned {code}")
        runtime.advance(position.value)

    def encode(self, block: Block) -> None:
        """Encode ``block``, unless that has been done. Raises Stopped."""
        if not self.is_encoded(block):
            self._encode(block)

    def _encode(self, block: Block) -> Encoded:
        """Raises Stopped, RuntimeError, and AppError for a file that has changed or gone since and
        (code "nan") for embeddings that are no numbers."""
        chunks = self._tokenize(self._load(block.media, block.source)[block.clip])
        try:
            chunk = self._media_chunk(chunks)
            code = mtmd.mtmd_encode_chunk(self._context, chunk)
            # After a stop the encoder's code is 0 and its output garbage: only the flag tells.
            if self._runtime.stop:
                raise Stopped
            if code != 0:
                raise RuntimeError(f"encoding {block.media.kind} returned {code}")
            shape = (mtmd.mtmd_input_chunk_get_n_tokens(chunk), self._runtime.embedding_length)
            output = mtmd.mtmd_get_output_embd(self._context)
            embeddings = np.ctypeslib.as_array(output, shape).astype(np.float32, copy=True)
            if not np.abs(embeddings).max() < _NONSENSE:  # true of what is no number, too
                raise _nonsense(block.media)
            encoded = Encoded(embeddings, mtmd.mtmd_input_chunk_get_placeholder(chunk))
        finally:
            mtmd.mtmd_input_chunks_free(chunks)
        self._encoded.put(block.key, encoded)
        if block.clip + 1 == len(self._blocks.get(block.source, ())):
            self._loaded = ("", [])  # all of it is encoded now
        return encoded

    def close(self) -> None:
        """Give the memory back."""
        if self._context:
            self._encoded.clear()
            mtmd.mtmd_free(self._context)
            self._context = None

    def _observe(self, _tensor: object, ask: bool, _data: object) -> bool:
        if not ask:
            return not self._runtime.stop
        self._nodes += 1
        return self._nodes % _OBSERVE_EVERY == 0

    # -- decoding files ---------------------------------------------------------------------------

    def _content_hash(self, path: str) -> str:
        try:
            about = Path(path).stat()
        except (OSError, ValueError) as error:
            raise cannot_open(path, error) from error
        key = path, about.st_size, about.st_mtime_ns
        if key not in self._hashes:
            self._hashes[key] = hashlib.sha256(read_file(path)).hexdigest()
        return self._hashes[key]

    def _bytes(self, media: Media, source: str) -> bytes:
        """The file, which has to be the one that ``source`` stands for."""
        data = read_file(media.path)
        if hashlib.sha256(data).hexdigest() != source.partition(":")[0]:
            raise AppError(
                f"{Path(media.path).name} has changed while it was being read.",
                "Ask again.",
                code="media",
            )
        return data

    def _load(self, media: Media, source: str) -> list[np.ndarray]:
        """Pixels of the picture, or samples of each clip of the sound."""
        if self._loaded[0] != source:
            self._loaded = ("", [])  # so that there are never two in memory
            self._loaded = (source, self._read(media, self._bytes(media, source)))
        return self._loaded[1]

    def _read(self, media: Media, data: bytes) -> list[np.ndarray]:
        if media.kind == "image":
            return [load_image(data, media.budget if self._is_gemma4 else None)]
        samples = load_audio(data, self.sample_rate, self._check_stop)
        return list(split_clips(samples, self.sample_rate))

    def _check_stop(self) -> None:
        if self._runtime.stop:
            raise Stopped

    def _tokenize(self, data: np.ndarray) -> Any:
        """Chunks of the medium alone: between its enclosing tokens."""
        if data.dtype == np.uint8:
            height, width, _ = data.shape
            pixels = data.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
            bitmap = mtmd.mtmd_bitmap_init(width, height, pixels)
        else:
            samples = data.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
            bitmap = mtmd.mtmd_bitmap_init_from_audio(data.size, samples)
        marker = mtmd.mtmd_default_marker()
        text = mtmd.mtmd_input_text()
        text.text, text.text_len = marker, len(marker)
        text.add_special, text.parse_special = False, True
        chunks = mtmd.mtmd_input_chunks_init()
        array = (mtmd.mtmd_bitmap_p_ctypes * 1)(bitmap)
        code = mtmd.mtmd_tokenize(self._context, chunks, ctypes.byref(text), array, 1)
        mtmd.mtmd_bitmap_free(bitmap)
        if code != 0:
            mtmd.mtmd_input_chunks_free(chunks)
            raise AppError(
                "This picture or sound can't be prepared for the model.",
                "Remove it, or try it in another format.",
                code="media",
            )
        return chunks

    def _describe(self, media: Media, source: str) -> Iterable[Block]:
        if media.kind == "audio" and self._is_gemma4:
            tokens = int(sound_seconds(self._bytes(media, source)) * _SOUND_TOKENS)
            if tokens > self._runtime.size:
                # It will be left out, or refused: decoding an hour of it would take half a minute.
                yield Block(media, source, 0, (), tokens, ())
                return
        for clip, data in enumerate(self._load(media, source)):
            self._check_stop()
            chunks = self._tokenize(data)
            try:
                before, length, after = self._measure(chunks)
            finally:
                mtmd.mtmd_input_chunks_free(chunks)
            yield Block(media, source, clip, tuple(before), length, tuple(after))

    def _measure(self, chunks: Any) -> tuple[list[int], int, list[int]]:
        medium = self._media_chunk(chunks)
        before: list[int] = []
        after: list[int] = []
        found = False
        for index in range(mtmd.mtmd_input_chunks_size(chunks)):
            chunk = mtmd.mtmd_input_chunks_get(chunks, index)
            if mtmd.mtmd_input_chunk_get_type(chunk) != mtmd.MTMD_INPUT_CHUNK_TYPE_TEXT:
                found = True
                continue
            count = ctypes.c_size_t()
            tokens = mtmd.mtmd_input_chunk_get_tokens_text(chunk, ctypes.byref(count))
            (after if found else before).extend(tokens[: count.value])
        return before, int(mtmd.mtmd_input_chunk_get_n_pos(medium)), after

    def _media_chunk(self, chunks: Any) -> Any:
        """The medium among ``chunks``. Raises AppError if it can't be evaluated in one piece."""
        found = [
            chunk
            for chunk in (
                mtmd.mtmd_input_chunks_get(chunks, index)
                for index in range(mtmd.mtmd_input_chunks_size(chunks))
            )
            if mtmd.mtmd_input_chunk_get_type(chunk) != mtmd.MTMD_INPUT_CHUNK_TYPE_TEXT
        ]
        if len(found) != 1:
            raise AppError(
                "This model takes a picture in several parts, which Facet can't do yet.",
                "Choose another model.",
                code="media",
            )
        tokens = int(mtmd.mtmd_input_chunk_get_n_tokens(found[0]))
        # llama.cpp ends the process over a picture that it can't look at as a whole.
        if tokens > BATCH and mtmd.mtmd_decode_use_non_causal(self._context, found[0]):
            raise AppError(
                f"This picture takes {tokens:,} tokens of this model; {BATCH:,} is the most that"
                " Facet can let it see at once.",
                "Cut out the part that matters, or choose another model.",
                code="media",
            )
        return found[0]


def modality_error(media: Media) -> AppError:
    """The model lacks the sense that ``media`` needs."""
    sense = "see pictures" if media.kind == "image" else "hear sounds"
    return AppError(f"This model can't {sense}.", "Choose a model that can.", code="modality")


def _nonsense(media: Media) -> AppError:
    seen = "this picture" if media.kind == "image" else "this sound"
    return AppError(
        f"The model computed nonsense of {seen}: values that are no numbers.",
        "Load it again. If this comes back, let the CPU compute, or get its mmproj file again.",
        code="nan",
    )
