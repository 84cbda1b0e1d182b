"""What a model will take, before any of it is taken.

The weights are added up from the head of the file. For the rest, llama.cpp goes through the
motions of loading without allocating ("no_alloc") and says in its log what it would have taken.
"""

import math
import os
import re
from types import TracebackType
from typing import Any

import llama_cpp.llama_cpp as llama

from app.core.needs import Figures
from app.engine.devices import CPU, IN_MEMORY, Placement
from app.engine.gguf_head import GgufHead, all_tensors
from app.engine.loading import context_parameters, model_parameters
from app.engine.native import NativeLog

_MIB = 2**20
ALL_LAYERS = 10**6  # no model has more
# Bytes that encoding a picture takes for each token of it and each inner unit of the encoder.
# E2B's (3,072 units) took 25 MiB for 70 tokens, 101 for 280, 209 for 560.
_ENCODING = 130
# Read from the file row by row, as its tokens come up; never in memory as a whole.
_LAZY = "per_layer_token_embd.weight"
_INPUT = "token_embd.weight"

_LAYER = re.compile(r"blk\.(\d+)\.")
_KV_LAYER = re.compile(r"layer +(\d+): dev = ")
_KV_SIZE = re.compile(r"size = +([\d.]+) MiB \( *\d+ cells")
_BUFFER = re.compile(r"(\S+) +(?:compute|output) buffer size = +([\d.]+) MiB")


class DryRun:
    """A model that is not really loaded, to see what it would take; a context manager.

    ``device`` is ggml's pointer to the device ``name`` that its last ``layers`` layers would go to,
    None for main memory. Raises ValueError for a file that llama.cpp doesn't take: loading it will
    say what is wrong.
    """

    def __init__(
        self,
        path: str,
        projector: str | None,
        log: NativeLog,
        device: Any = None,
        name: str = "",
        layers: int = ALL_LAYERS,
    ) -> None:
        self._log = log
        self._there = Placement(device, name, layers) if device else IN_MEMORY
        self._models: list[Any] = []
        self._tensors = all_tensors(path)
        self._projector = _projector(projector) if projector else (0, 0)
        with log.recording():
            for placement in [IN_MEMORY, self._there] if device else [IN_MEMORY]:
                model = _describe(path, placement)
                if not model:
                    self.close()
                    raise ValueError(f"{path} can't be loaded")
                self._models.append(model)
        self.trained_context = int(llama.llama_model_n_ctx_train(self._models[0]))

    def __enter__(self) -> "DryRun":
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the descriptions of the model."""
        while self._models:
            llama.llama_model_free(self._models.pop())

    def figures(self, context: int) -> Figures:
        """What it takes with a context of ``context`` tokens. Raises ValueError if llama.cpp
        doesn't make that."""
        layers = int(llama.llama_model_n_layer(self._models[0]))
        weights, outside = [0] * layers, 0
        for name, size in self._tensors.items():
            layer = _LAYER.match(name)
            if layer and int(layer[1]) < layers:
                weights[int(layer[1])] += size
            elif name not in (_INPUT, _LAZY):
                outside += size
        said = self._make_context(self._models[0], context)
        there = self._make_context(self._models[-1], context)
        first = self._tensors.get(_INPUT, 0)
        return Figures(
            tuple(weights),
            _kv(said, layers),
            first,
            outside,
            0 if "output.weight" in self._tensors else first,
            sum(_buffers(said).values()),
            sum(size for name, size in _buffers(there).items() if self._is_there(name)),
            sum(size for name, size in _buffers(there).items() if not self._is_there(name)),
            *self._projector,
        )

    def _is_there(self, buffer: str) -> bool:
        """Whether a buffer is in the device's own memory. Its name begins with the device's, as
        does that of main memory which the device can reach."""
        name = self._there.name
        return name != CPU and buffer.startswith(name) and not buffer.endswith("_Host")

    def _make_context(self, model: Any, size: int) -> str:
        """What llama.cpp says while it makes a context."""
        with self._log.recording() as record:
            parameters = context_parameters(size, threads=1, placement=self._there)
            context = llama.llama_init_from_model(model, parameters)
            if context:
                llama.llama_free(context)
        if not context:
            raise ValueError(f"a context of {size} tokens can't be made")
        return "".join(record)


def _describe(path: str, placement: Placement) -> Any:
    """llama.cpp's pointer to the model without its weights and without its vocabulary, most of
    which takes longer to read than all the rest."""
    parameters = model_parameters(placement)
    parameters.no_alloc = True
    parameters.load_mode = llama.LLAMA_LOAD_MODE_NONE
    with GgufHead(path) as head:
        words = head.length("tokenizer.ggml.tokens")
        architecture = head.text("general.architecture")
    changes: Any = (llama.llama_model_kv_override * 3)()  # the last one, of zeros, ends the list
    changes[0].tag = llama.LLAMA_KV_OVERRIDE_TYPE_STR
    changes[0].key = b"tokenizer.ggml.model"
    changes[0].value.val_str = b"none"
    changes[1].tag = llama.LLAMA_KV_OVERRIDE_TYPE_INT
    changes[1].key = f"{architecture}.vocab_size".encode()[:127]
    changes[1].value.val_i64 = words
    parameters.kv_overrides = changes
    return llama.llama_model_load_from_file(os.fsencode(path), parameters)


def _projector(path: str) -> tuple[int, int]:
    """Bytes of a projector, and of what encoding takes for each token of a picture."""
    with GgufHead(path) as head:
        units = head.number("clip.vision.feed_forward_length")
        return sum(head.tensors().values()), _ENCODING * units


def _kv(said: str, layers: int) -> tuple[int, ...]:
    """The KV cache of each layer. Layers with a window have one of their own, told about after
    the other; layers that use another one's have none."""
    sizes = [0] * layers
    those: list[int] = []
    for line in said.splitlines():
        if found := _KV_LAYER.search(line):
            those.append(int(found[1]))
        elif (found := _KV_SIZE.search(line)) and those:
            for layer in those:
                sizes[layer] = math.ceil(float(found[1]) * _MIB / len(those))
            those.clear()
    return tuple(sizes)


def _buffers(said: str) -> dict[str, int]:
    """Bytes that computing takes, by the name of the buffer."""
    sizes: dict[str, int] = {}
    for name, size in _BUFFER.findall(said):
        sizes[name] = sizes.get(name, 0) + math.ceil(float(size) * _MIB)
    return sizes
