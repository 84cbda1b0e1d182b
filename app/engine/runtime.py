"""Model and context: load, tokenise, decode, sample. Thin over llama.cpp's C interface.

Only the engine's child process imports this.
"""

import ctypes
import math
import os
import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import llama_cpp.llama_cpp as llama
from llama_cpp._ggml import libggml

from app.core.errors import AppError
from app.core.prompt import Sampling
from app.engine.reply import MARKERS

DEFAULT_CONTEXT = 8192  # tokens; larger ones cost memory that nobody asked for yet
BATCH = 1280  # tokens; at least the largest picture (1,120), which must fit one ubatch

_DEBUG, _WARN, _ERROR, _CONTINUED = 1, 3, 4, 5  # ggml log levels


class Stopped(Exception):
    """The person pressed Stop; the KV cache is consistent up to ``Runtime.length``."""


class StopFlag:
    """A flag that llama.cpp itself can read while it computes.

    llama.cpp polls an abort callback at every graph node, ~900 times a token. A callback into
    Python would cost milliseconds and the GIL, so the callback is libc's ``strlen`` over a
    two-byte buffer: an empty string means go on, one character means stop.
    """

    def __init__(self) -> None:
        self._buffer = ctypes.create_string_buffer(2)
        libc = ctypes.CDLL("msvcrt" if os.name == "nt" else None)
        self.callback = ctypes.cast(libc.strlen, llama.ggml_abort_callback)
        self.data = ctypes.cast(self._buffer, ctypes.c_void_p)

    def set(self) -> None:
        """Stop what is being computed."""
        self._buffer[0] = b"!"

    def clear(self) -> None:
        """Let the next computation run."""
        self._buffer[0] = b"\0"

    def __bool__(self) -> bool:
        return bool(self._buffer[0] != b"\0")


class NativeLog:
    """Collects llama.cpp's warnings and errors, and passes all but debug lines on to stderr."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._level = 0
        self._callback = llama.llama_log_callback(self._take)
        llama.llama_log_set(self._callback, ctypes.c_void_p(0))

    @property
    def callback(self) -> object:
        """For the libraries that have a log switch of their own (mtmd)."""
        return self._callback

    def _take(self, level: int, text: bytes, _data: object) -> None:
        if level != _CONTINUED:
            self._level = level
        if self._level == _DEBUG:
            return
        os.write(2, text)
        if self._level in (_WARN, _ERROR):
            self.problems.append(text.decode("utf-8", "replace").strip())
            del self.problems[:-50]


def devices() -> tuple[str, ...]:
    """Names of the devices that llama.cpp could compute on, the CPU included."""
    libggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    libggml.ggml_backend_dev_get.restype = ctypes.c_void_p
    libggml.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
    libggml.ggml_backend_dev_description.restype = ctypes.c_char_p
    libggml.ggml_backend_dev_description.argtypes = [ctypes.c_void_p]
    names = []
    for index in range(libggml.ggml_backend_dev_count()):
        device = libggml.ggml_backend_dev_get(index)
        names.append(libggml.ggml_backend_dev_description(device).decode("utf-8", "replace"))
    return tuple(names)


def physical_cores() -> int:
    """Cores that compute, hyperthreads not counted, at most those this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    logical = usable or 1
    siblings = set()
    for path in Path("/sys/devices/system/cpu").glob("cpu[0-9]*/topology/thread_siblings_list"):
        try:
            siblings.add(path.read_text().strip())
        except OSError:
            return logical
    return min(logical, len(siblings)) if siblings else max(1, logical // 2)


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
        self._context = None
        check_gguf(path)
        parameters = llama.llama_model_default_params()

        @llama.llama_progress_callback
        def report(fraction: float, _data: object) -> bool:
            on_progress(fraction)
            return True

        parameters.progress_callback = report
        log.problems.clear()
        self._model = llama.llama_model_load_from_file(os.fsencode(path), parameters)
        if not self._model:
            raise load_error(path, log.problems)
        self._vocab = llama.llama_model_get_vocab(self._model)
        self.trained_context = llama.llama_model_n_ctx_train(self._model)
        self.window = llama.llama_model_n_swa(self._model)
        size = context or min(self.trained_context, DEFAULT_CONTEXT)
        self._make_context(min(size, self.trained_context), log)
        self._token_array = (llama.llama_token * BATCH)()
        self._read_vocabulary()

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
        self.size = llama.llama_n_ctx(self._context)
        llama.llama_set_abort_callback(self._context, self.stop.callback, self.stop.data)

    def _read_vocabulary(self) -> None:
        """Find the control tokens, the end of an answer, and the markers of thoughts and tools."""
        controls: dict[str, int] = {}
        risky: list[str] = []
        self.markers: dict[int, str] = {}
        special = llama.LLAMA_TOKEN_ATTR_CONTROL | llama.LLAMA_TOKEN_ATTR_USER_DEFINED
        for token in range(llama.llama_vocab_n_tokens(self._vocab)):
            attributes = llama.llama_vocab_get_attr(self._vocab, token)
            if not attributes & special:
                continue
            text = llama.llama_vocab_get_text(self._vocab, token).decode("utf-8", "replace")
            if text in MARKERS:
                self.markers[token] = text
            if attributes & llama.LLAMA_TOKEN_ATTR_CONTROL:
                controls[text] = token
            elif text in MARKERS or (len(text) > 2 and "|" in text and text[0] + text[-1] == "<>"):
                risky.append(text)
        self._controls = controls
        self._control_re = _any_of(controls)
        self._risky_re = _any_of(risky)
        self._bos = llama.llama_vocab_bos(self._vocab)
        self._add_bos = llama.llama_vocab_get_add_bos(self._vocab)

    # -- what the file says of itself ------------------------------------------------------------

    @property
    def handle(self) -> int:
        """llama.cpp's model pointer, for mtmd."""
        return self._model

    @property
    def context_handle(self) -> int:
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
    def bytes(self) -> int:
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

    @property
    def bos_text(self) -> str:
        """The token that begins a text, as templates write it."""
        return self._text_of(self._bos)

    @property
    def eos_text(self) -> str:
        """The token that ends a text, as templates write it."""
        return self._text_of(llama.llama_vocab_eos(self._vocab))

    def _text_of(self, token: int) -> str:
        if token == llama.LLAMA_TOKEN_NULL:
            return ""
        return llama.llama_vocab_get_text(self._vocab, token).decode("utf-8", "replace")

    # -- tokens ------------------------------------------------------------------------------------

    def tokenize(self, runs: Sequence[tuple[str, bool]]) -> list[int]:
        """Tokens of consecutive ``(text, trusted)`` runs.

        Control tokens count in trusted runs only. Between two control tokens the runs are joined
        before they are tokenised, so the boundary of a run leaves no trace in the tokens.
        """
        tokens: list[int] = []
        pending = ""
        for text, trusted in runs:
            pieces = self._control_re.split(text) if trusted else self._disarm(text)
            for index, piece in enumerate(pieces):
                if index % 2 == 0:
                    pending += piece
                    continue
                tokens += self._plain_tokens(pending)
                pending = ""
                if trusted:
                    tokens.append(self._controls[piece])
        tokens += self._plain_tokens(pending)
        return tokens

    def begin(self, tokens: list[int]) -> list[int]:
        """The same with the token that begins a text in front, where the model wants one and the
        template has not written it."""
        if self._add_bos and self._bos >= 0 and tokens[:1] != [self._bos]:
            return [self._bos, *tokens]
        return tokens

    def _disarm(self, text: str) -> list[str]:
        """Cut user text inside each string that the vocabulary would make a marker, since
        llama.cpp turns "user-defined" tokens into ids even in plain text. Cuts are the odd items
        (empty), as in ``re.split``."""
        pieces = [""]
        end = 0
        for match in self._risky_re.finditer(text):
            pieces[-1] += text[end : match.start() + 1]
            pieces += ["", ""]
            end = match.start() + 1
        pieces[-1] += text[end:]
        return pieces

    def _plain_tokens(self, text: str) -> list[int]:
        if not text:
            return []
        data = text.encode("utf-8", "replace")
        size = len(data) + 16
        buffer = (llama.llama_token * size)()
        count = llama.llama_tokenize(self._vocab, data, len(data), buffer, size, False, False)
        if count < 0:
            raise ValueError("llama_tokenize needs more room than one token a byte")
        return buffer[:count]

    def piece(self, token: int) -> bytes:
        """The bytes a token stands for; control tokens stand for nothing."""
        buffer = ctypes.create_string_buffer(64)
        count = llama.llama_token_to_piece(self._vocab, token, buffer, 64, 0, False)
        if count < 0:
            buffer = ctypes.create_string_buffer(-count)
            count = llama.llama_token_to_piece(self._vocab, token, buffer, -count, 0, False)
        return buffer.raw[:count]

    def ends(self, token: int) -> bool:
        """Whether the token ends the answer."""
        return bool(llama.llama_vocab_is_eog(self._vocab, token))

    # -- evaluation ---------------------------------------------------------------------------------

    def decode(self, tokens: Sequence[int]) -> None:
        """Append up to ``BATCH`` tokens to the cache; the last one's logits are kept.

        Raises Stopped (nothing of this call counts then) or RuntimeError.
        """
        count = len(tokens)
        self._token_array[:count] = tokens
        batch = llama.llama_batch_get_one(self._token_array, count)
        code = llama.llama_decode(self._context, batch)
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
        return oldest <= max(0, length - self.window)

    def clear(self) -> None:
        """Forget everything."""
        llama.llama_memory_clear(self._memory, True)
        self.length = 0

    def logits(self) -> Sequence[float]:
        """Logits of the last token that was decoded, one for each token of the vocabulary."""
        count = llama.llama_vocab_n_tokens(self._vocab)
        return llama.llama_get_logits_ith(self._context, -1)[:count]

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
        suppressed = ctypes.c_int32()
        tokens = llama.llama_vocab_get_suppress_tokens(self._vocab, ctypes.byref(suppressed))
        if suppressed.value:
            biases = (llama.llama_logit_bias * suppressed.value)()
            for bias, token in zip(biases, tokens[: suppressed.value]):
                bias.token, bias.bias = token, -math.inf
            size = llama.llama_vocab_n_tokens(self._vocab)
            yield llama.llama_sampler_init_logit_bias(size, suppressed.value, biases)
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


def _any_of(texts: Sequence[str] | dict[str, int]) -> re.Pattern[str]:
    """Matches any of ``texts``, the longest first; with none, matches nothing."""
    if not texts:
        return re.compile("((?!))")
    return re.compile("(" + "|".join(map(re.escape, sorted(texts, key=len, reverse=True))) + ")")


def check_gguf(path: str) -> None:
    """Raise AppError for what is plainly no model, before llama.cpp is asked."""
    name = Path(path).name
    try:
        with open(path, "rb") as file:
            head = file.read(4)
    except OSError as error:
        raise AppError(
            f"{name} can't be opened ({error.strerror}).",
            "Check that the file is still there and may be read.",
            code="load",
        ) from error
    if head != b"GGUF":
        raise AppError(
            f"{name} is not a GGUF model file.",
            "Choose a file that ends in .gguf and was downloaded completely.",
            code="load",
        )


def load_error(path: str, problems: Sequence[str]) -> AppError:
    """What llama.cpp's log says about a file it refused, in words a person can use."""
    name = Path(path).name
    log = "\n".join(problems)
    if match := re.search(r"unknown model architecture: '([^']*)'", log):
        return AppError(
            f"{name} has the architecture “{match[1]}”, which this version of Facet can't run.",
            "Choose another model, or update Facet.",
            code="load",
        )
    if re.search(r"not within the file bounds|failed to read|unexpectedly reached end|EOF", log):
        return AppError(
            f"{name} is cut short: part of the model is missing.",
            "Download the file again.",
            code="load",
        )
    if re.search(r"unable to allocate|failed to allocate|out of memory", log, re.IGNORECASE):
        return AppError(
            f"There is not enough memory to load {name}.",
            "Close other programs or choose a smaller model.",
            code="memory",
        )
    reason = problems[-1] if problems else "no reason given"
    return AppError(
        f"{name} could not be loaded ({reason}).",
        "The file may be damaged; download it again, or choose another model.",
        code="load",
    )
