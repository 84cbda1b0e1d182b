"""Everything that crosses the pipe between the app and the engine process.

Both directions carry length-framed msgpack: four bytes, big endian, the length of the frame in
bytes, then one tagged struct. ``Command`` goes down to the child, ``Event`` comes up from it.
"""

import struct
from typing import IO, Any, Literal

import msgspec

from app.core.conversation import Outcome, Stats
from app.core.prompt import Prompt, Sampling

# Why a model is not on the device that was wanted, once that has failed.
DEVICE_FAILED = "The graphics device stopped working, so the model runs on the processor now."
DEVICE_WRONG = (
    "The graphics device computed values that are no numbers, so the model runs on the processor "
    "now."
)
MAX_FRAME = 256 * 2**20  # bytes; a frame beyond this means that the stream is out of step


class Command(msgspec.Struct, frozen=True, tag=True):
    """What the app tells the engine to do."""


class Keeping(msgspec.Struct, frozen=True):
    """How much of what conversations have evaluated is kept for coming back to them.

    ``memory`` bytes of RAM; ``disk`` bytes in ``folder``, "" for nothing on disk. A conversation is
    saved after so many seconds without an order (``pause``).
    """

    memory: int = 10**9
    folder: str = ""
    disk: int = 4 * 10**9
    pause: float = 1.5


class Load(Command, frozen=True):
    """Load a model, replacing the one that is loaded.

    ``context`` is the size of the KV cache in tokens, 0 for the model's own (at most 8,192);
    ``threads`` 0 for one per physical core; fewer compute while other programs hold the cores.
    ``device`` is "" for the best choice, "cpu", or a name from ``Hello.devices``; ``notice`` says
    why it is not another one. ``verdicts`` is a file in which it is remembered which devices
    compute rightly, "" for none: they are tested each time then.
    """

    model: str
    projector: str | None = None
    context: int = 0
    threads: int = 0
    device: str = ""
    keeping: Keeping = Keeping()
    notice: str = ""
    verdicts: str = ""


class SelfTest(Command, frozen=True):
    """Let the device of this name show whether it computes rightly. Ends with ``Examined``."""

    device: str


class Unload(Command, frozen=True):
    """Give back all memory of the model; states of conversations on disk stay."""


class Generate(Command, frozen=True):
    """Answer ``prompt``. ``turn`` is a number of the sender's choice; every event about this
    answer carries it. ``max_tokens`` 0 means: until the model ends or the context is full.
    ``chat`` names the conversation, "" for one that nobody comes back to: what has been evaluated
    for it is kept under this name, and forgotten by ``Forget``.

    ``schema`` (JSON schema) or ``grammar`` (GBNF) constrain the answer, not the thought before it;
    at most one is set. After ``thought_tokens`` the thought is closed and the answer begins, 0
    leaves its length to the model. ``drafting`` allows guessing ahead where it pays.
    """

    turn: int
    prompt: Prompt
    sampling: Sampling = Sampling()
    max_tokens: int = 0
    chat: str = ""
    thought_tokens: int = 0
    schema: str = ""
    grammar: str = ""
    drafting: bool = True


class Prepare(Command, frozen=True):
    """Evaluate ``prompt`` ahead, since it is likely to be asked. Gives way to everything else:
    a newer Prepare or a Generate ends it, and finds in the cache what it has done. Ends with
    ``Prepared``; no answer is written."""

    turn: int
    prompt: Prompt
    chat: str = ""


class Embed(Command, frozen=True):
    """Make vectors of ``texts`` by the embedding model in the file ``model``, which stays loaded
    beside the one that answers until ``Unload``, or an Embed of another. Gives way like Prepare;
    ends with ``Embedded``, or with Failed if the model can't be used."""

    turn: int
    model: str
    texts: tuple[str, ...]


class Forget(Command, frozen=True):
    """Remove what is kept of a conversation, in memory and on disk. It has been deleted."""

    chat: str


class Render(Command, frozen=True):
    """Render ``prompt`` by the chat template, without evaluating it."""

    turn: int
    prompt: Prompt


class Cancel(Command, frozen=True):
    """Stop the answer or preparation ``turn``, whether it runs or still waits. Acts at once."""

    turn: int


class Event(msgspec.Struct, frozen=True, tag=True):
    """What the engine reports."""


class Device(msgspec.Struct, frozen=True):
    """What a model can run on. ``name`` is llama.cpp's ("CPU", "Vulkan0"), ``description`` for
    people; memory in bytes, 0 where it is unknown."""

    name: str
    description: str
    kind: Literal["cpu", "gpu", "integrated", "accelerator"]
    total: int = 0
    free: int = 0


class Hello(Event, frozen=True):
    """The child has started."""

    build: str
    system: str
    devices: tuple[Device, ...]


class Loading(Event, frozen=True):
    """Progress of a Load, 0 to 1."""

    fraction: float


class ModelInfo(Event, frozen=True, kw_only=True):
    """A model has been loaded; what its file says of itself. ``size`` is in bytes.

    ``gpu_layers`` of ``layers`` run on ``device``, the others on the CPU. ``notice`` says in a
    sentence why it is not the device that was wanted, "" if it is.
    """

    path: str
    name: str
    architecture: str
    description: str
    size: int
    parameters: int
    context: int
    trained_context: int
    vision: bool
    audio: bool
    thinking: bool
    template: bool
    device: str = "CPU"
    gpu_layers: int = 0
    layers: int = 0
    notice: str = ""


class Examined(Event, frozen=True):
    """How a self-test has ended: whether the device is fit to be used, the ``reason`` in a sentence
    if not, and the ``seconds`` it took."""

    device: str
    description: str
    fit: bool
    reason: str
    seconds: float


class Unloaded(Event, frozen=True):
    """No model is loaded any more, as ordered."""


class LoadFailed(Event, frozen=True):
    """The model could not be loaded; none is loaded now."""

    what: str
    next_step: str
    code: str = "load"


class Progress(Event, frozen=True):
    """How far the prompt of a Generate or Prepare has been read: ``done`` of ``total`` tokens."""

    turn: int
    stage: Literal["waiting", "image", "audio", "prefill"]
    done: int
    total: int


class Trimmed(Event, frozen=True):
    """The conversation did not fit: its ``dropped`` oldest turns were left out."""

    turn: int
    dropped: int
    needed: int
    context: int


class Delta(Event, frozen=True):
    """New text of an answer. ``kind`` says whether it is thought aloud or meant for the reader."""

    turn: int
    kind: Literal["text", "thought", "tool"]
    text: str


class Done(Event, frozen=True):
    """An answer has ended; ``outcome`` is never WRITING or FAILED."""

    turn: int
    outcome: Outcome
    stats: Stats


class Prepared(Event, frozen=True):
    """A preparation has ended. ``complete``: the whole prompt is evaluated; False when it gave
    way, was cancelled, or can't be evaluated at all (the answer will say why). The figures are as
    in ``Stats``."""

    turn: int
    complete: bool
    encode_ms: float = 0.0
    encoded_tokens: int = 0
    prefill_tps: float = 0.0


class Embedded(Event, frozen=True):
    """The vectors of an Embed, of ``length`` numbers each, one after the other as little-endian
    float32, each of length 1 in space. ``complete`` False: it gave way or was cancelled, and there
    are none."""

    turn: int
    complete: bool
    length: int = 0
    vectors: bytes = b""


class Failed(Event, frozen=True):
    """There is no (further) answer to ``turn``."""

    turn: int
    what: str
    next_step: str
    code: str = "error"


class Rendered(Event, frozen=True):
    """The answer to Render: the prompt as text, media shown as ``<__media__>``."""

    turn: int
    text: str


class Died(Event, frozen=True):
    """Made by the client, never sent: the child process has ended. ``detail`` says how;
    ``restarting`` whether a new one is loading the same model."""

    detail: str
    restarting: bool


AnyCommand = Load | SelfTest | Unload | Generate | Prepare | Embed | Forget | Render | Cancel
AnyEvent = (
    Hello
    | Loading
    | ModelInfo
    | Examined
    | Unloaded
    | LoadFailed
    | Progress
    | Trimmed
    | Delta
    | Done
    | Prepared
    | Embedded
    | Failed
    | Rendered
    | Died
)

_encoder = msgspec.msgpack.Encoder()
_command_decoder = msgspec.msgpack.Decoder(AnyCommand)
_event_decoder = msgspec.msgpack.Decoder(AnyEvent)


def frame(message: Command | Event) -> bytes:
    """One message as it goes through the pipe. Halves of surrogate pairs, which text from other
    programs may hold and UTF-8 may not, become U+FFFD. Raises ValueError when it is too long."""
    try:
        body = _encoder.encode(message)
    except UnicodeEncodeError:
        body = _encoder.encode(_without_surrogates(msgspec.to_builtins(message)))
    if len(body) > MAX_FRAME:
        raise ValueError(f"frame of {len(body)} bytes")
    return struct.pack(">I", len(body)) + body


def write_frame(stream: IO[bytes], data: bytes) -> None:
    """Write what ``frame`` made, and flush. Raises OSError when the other side is gone."""
    stream.write(data)
    stream.flush()


def _without_surrogates(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            return {key: _without_surrogates(item) for key, item in value.items()}
        case list() | tuple():
            return [_without_surrogates(item) for item in value]
    return value


def read_command(stream: IO[bytes]) -> AnyCommand | None:
    """The next command; None at the end of the stream. Raises ValueError for a broken frame."""
    body = _read_frame(stream)
    return None if body is None else _command_decoder.decode(body)


def read_event(stream: IO[bytes]) -> AnyEvent | None:
    """The next event; None at the end of the stream. Raises ValueError for a broken frame."""
    body = _read_frame(stream)
    return None if body is None else _event_decoder.decode(body)


def _read_frame(stream: IO[bytes]) -> bytes | None:
    head = stream.read(4)
    if len(head) < 4:
        return None  # closed, perhaps in the middle of a frame: the writer has died
    (length,) = struct.unpack(">I", head)
    if length > MAX_FRAME:
        raise ValueError(f"frame of {length} bytes")
    body = stream.read(length)
    return body if len(body) == length else None
