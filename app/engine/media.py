"""Pictures and sounds -> what the projector (mmproj) takes, and its work on them.

Only the engine's child process imports this. Files are decoded here, in the process that may die,
since they come from anywhere.
"""

import ctypes
import hashlib
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import llama_cpp.llama_cpp as llama
import llama_cpp.mtmd_cpp as mtmd
import msgspec
import numpy as np
import soundfile
import soxr
from PIL import Image, ImageOps

from app.core.budget import choose_budget, size_for_budget
from app.core.errors import AppError
from app.core.prompt import Media
from app.engine.runtime import BATCH, NativeLog, Runtime, Stopped

MAX_PIXELS = 200_000_000  # a larger picture is refused before it is decoded
MAX_CLIP = 30.0  # seconds; E2B and E4B cut longer sounds off inside one audio block
_CUT_WINDOW = 3.0  # seconds before the limit in which the quietest place is looked for
_OBSERVE_EVERY = 16  # graph nodes between two looks at the stop flag while encoding


class Block(msgspec.Struct, frozen=True):
    """One picture or one clip of sound as the prompt sees it.

    ``before`` and ``after`` are the control tokens that enclose it; ``tokens`` is its own length
    in tokens, which is also its length in positions; ``key`` identifies its content.
    """

    media: Media
    clip: int
    key: str
    before: tuple[int, ...]
    tokens: int
    after: tuple[int, ...]


class Projector:
    """The file that lets a model see and hear."""

    def __init__(self, path: str, runtime: Runtime, log: NativeLog) -> None:
        """Load a projector for ``runtime``. Raises AppError when they don't belong together."""
        self._runtime = runtime
        self._blocks: dict[str, tuple[Block, ...]] = {}
        self._fixed_tiles = runtime.meta("general.architecture").startswith("gemma4")
        self._nodes = 0
        self._observer = llama.ggml_backend_sched_eval_callback(self._observe)
        parameters = mtmd.mtmd_context_params_default()
        parameters.n_threads = runtime.threads
        parameters.print_timings = False
        parameters.warmup = False
        parameters.flash_attn_type = llama.LLAMA_FLASH_ATTN_TYPE_ENABLED
        parameters.cb_eval = self._observer
        if self._fixed_tiles:
            parameters.image_min_tokens, parameters.image_max_tokens = 1, 1120
        log.problems.clear()
        mtmd.mtmd_helper_log_set(log.callback, ctypes.c_void_p(0))
        self._context = mtmd.mtmd_init_from_file(os.fsencode(path), runtime.handle, parameters)
        if not self._context:
            raise AppError(
                f"{Path(path).name} does not fit this model, so it can't see or hear.",
                "Put the mmproj file that was published with the model beside it.",
                code="projector",
            )
        self.vision = bool(mtmd.mtmd_support_vision(self._context))
        self.audio = bool(mtmd.mtmd_support_audio(self._context))
        self.sample_rate = int(mtmd.mtmd_get_audio_sample_rate(self._context)) if self.audio else 0

    def blocks(self, media: Media) -> tuple[Block, ...]:
        """How ``media`` will stand in the prompt: a picture is one block, a sound one for each
        clip of at most 30 s. Nothing is encoded yet. Raises AppError for a file that can't be
        read or a kind this projector doesn't know."""
        if not (self.vision if media.kind == "image" else self.audio):
            sense = "see pictures" if media.kind == "image" else "hear sounds"
            raise AppError(
                f"This model can't {sense}.", "Choose a model that can.", code="modality"
            )
        key = f"{_content_hash(media.path)}:{media.budget}"
        if key not in self._blocks:
            found = []
            for clip, bitmap in enumerate(self._bitmaps(media)):
                chunks = self._tokenize(bitmap)
                try:
                    found.append(self._describe(media, clip, f"{key}:{clip}", chunks))
                finally:
                    mtmd.mtmd_input_chunks_free(chunks)
            self._blocks[key] = tuple(found)
        return self._blocks[key]

    def evaluate(self, block: Block) -> None:
        """Encode ``block`` and append it to the KV cache, its enclosing tokens excepted.

        Raises Stopped; the cache then ends where it ended before.
        """
        runtime = self._runtime
        bitmap = next(b for i, b in enumerate(self._bitmaps(block.media)) if i == block.clip)
        chunks = self._tokenize(bitmap)
        position = llama.llama_pos(0)
        try:
            code = mtmd.mtmd_helper_eval_chunk_single(
                self._context,
                runtime.context_handle,
                self._media_chunk(chunks),
                runtime.length,
                0,
                BATCH,
                True,
                ctypes.byref(position),
            )
        finally:
            mtmd.mtmd_input_chunks_free(chunks)
        # After a stop the encoder's code is 0 and its output garbage: only the flag tells.
        if runtime.stop or code != 0:
            runtime.rewind(runtime.length)
            if runtime.stop:
                raise Stopped
            raise RuntimeError(f"evaluating {block.media.kind} returned {code}")
        runtime.length = position.value

    def close(self) -> None:
        """Give the memory back."""
        if self._context:
            mtmd.mtmd_free(self._context)
            self._context = None

    def _observe(self, _tensor: object, ask: bool, _data: object) -> bool:
        if not ask:
            return not self._runtime.stop
        self._nodes += 1
        return self._nodes % _OBSERVE_EVERY == 0

    # -- decoding files ---------------------------------------------------------------------------

    def _bitmaps(self, media: Media) -> Iterator[int]:
        if media.kind == "image":
            pixels = load_image(media.path, media.budget if self._fixed_tiles else None)
            height, width, _ = pixels.shape
            data = pixels.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
            yield mtmd.mtmd_bitmap_init(width, height, data)
            return
        for samples in split_clips(load_audio(media.path, self.sample_rate), self.sample_rate):
            floats = samples.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
            yield mtmd.mtmd_bitmap_init_from_audio(samples.size, floats)

    def _tokenize(self, bitmap: int) -> int:
        """Chunks of the marker alone: the medium between its enclosing tokens. Frees ``bitmap``."""
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

    def _describe(self, media: Media, clip: int, key: str, chunks: int) -> Block:
        before: list[int] = []
        after: list[int] = []
        length = 0
        for index in range(mtmd.mtmd_input_chunks_size(chunks)):
            chunk = mtmd.mtmd_input_chunks_get(chunks, index)
            if mtmd.mtmd_input_chunk_get_type(chunk) != mtmd.MTMD_INPUT_CHUNK_TYPE_TEXT:
                length += int(mtmd.mtmd_input_chunk_get_n_pos(chunk))
                continue
            count = ctypes.c_size_t()
            tokens = mtmd.mtmd_input_chunk_get_tokens_text(chunk, ctypes.byref(count))
            (after if length else before).extend(tokens[: count.value])
        return Block(media, clip, key, tuple(before), length, tuple(after))

    def _media_chunk(self, chunks: int) -> int:
        found = [
            chunk
            for chunk in (
                mtmd.mtmd_input_chunks_get(chunks, index)
                for index in range(mtmd.mtmd_input_chunks_size(chunks))
            )
            if mtmd.mtmd_input_chunk_get_type(chunk) != mtmd.MTMD_INPUT_CHUNK_TYPE_TEXT
        ]
        if len(found) != 1:
            raise RuntimeError(f"one medium became {len(found)} chunks")
        return found[0]


def load_image(path: str, budget: int | None) -> np.ndarray:
    """The picture as uint8 RGB of shape (height, width, 3): upright, on white where it is
    transparent, the first frame where it moves.

    With a ``budget`` in image tokens (0 = automatic) it is resized to fill it; None keeps its
    size. Raises AppError for what Pillow can't read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # oddities of the file, not of ours
            with Image.open(path) as file:
                if file.width * file.height > MAX_PIXELS:
                    raise AppError(
                        f"This picture is too large ({file.width:,} × {file.height:,} pixels).",
                        "Scale it down or cut out the part that matters.",
                        code="media",
                    )
                picture = to_rgb(ImageOps.exif_transpose(file))
    except AppError:
        raise
    except Exception as error:  # Pillow raises anything at all on damaged files
        raise AppError(
            f"This picture can't be read ({type(error).__name__}).",
            "It may be damaged, or not a picture; try opening and saving it in another program.",
            code="media",
        ) from error
    if budget is not None:
        tokens = budget or choose_budget(picture.width, picture.height)
        size = size_for_budget(picture.width, picture.height, tokens)
        picture = picture.resize(size, Image.Resampling.BICUBIC)
    return np.ascontiguousarray(picture, np.uint8)


def to_rgb(picture: Image.Image) -> Image.Image:
    """``picture`` as 8-bit RGB, whatever its mode."""
    if picture.mode.startswith(("I;16", "I", "F")):
        # 16 bits and more: scale by the range that is used, or everything above 255 turns white.
        values = np.asarray(picture, np.float64)
        top = 65535.0 if picture.mode != "F" or values.max() > 1 else 1.0
        picture = Image.fromarray(np.clip(values / top * 255, 0, 255).astype(np.uint8), "L")
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(ground, picture).convert("RGB")
    return picture.convert("RGB")


def load_audio(path: str, sample_rate: int) -> np.ndarray:
    """The sound as mono float32 in [-1, 1] at ``sample_rate`` Hz. Raises AppError."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise AppError(
            "This sound can't be read.",
            "It may be damaged; wav, mp3, flac and ogg files work.",
            code="media",
        ) from error
    mono = samples.mean(axis=1)
    if mono.size == 0:
        raise AppError("This sound is empty.", "Choose another file.", code="media")
    if rate != sample_rate:
        mono = soxr.resample(mono, rate, sample_rate)
    return np.ascontiguousarray(np.clip(mono, -1, 1), np.float32)


def split_clips(samples: np.ndarray, sample_rate: int) -> Iterator[np.ndarray]:
    """Cut ``samples`` (1-D) into clips of at most 30 s, each cut at the quietest place of the
    last seconds before the limit."""
    limit = int(MAX_CLIP * sample_rate)
    frame = sample_rate // 50
    while samples.size > limit:
        tail = samples[limit - int(_CUT_WINDOW * sample_rate) : limit]
        loudness = np.square(tail[: tail.size // frame * frame]).reshape(-1, frame).mean(axis=1)
        cut = limit - tail.size + int(loudness.argmin()) * frame + frame // 2
        yield np.ascontiguousarray(samples[:cut])
        samples = samples[cut:]
    yield samples


def _content_hash(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError as error:
        raise AppError(
            f"{Path(path).name} can't be opened ({error.strerror}).",
            "Check that the file is still there, or attach it again.",
            code="media",
        ) from error
