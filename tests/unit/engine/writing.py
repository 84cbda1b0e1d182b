"""Answers written in this process, where the parts of the engine can be exchanged and watched."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.core.conversation import Outcome
from app.core.prompt import Prompt, Sampling, Turn
from app.engine.decoding import Decoder, Figures
from app.engine.drafting import Pace
from app.engine.fitting import PromptReader
from app.engine.messages import Delta, Event, Generate
from app.engine.reply import CHANNEL_OPEN
from app.engine.runtime import Runtime
from app.engine.template import ChatTemplate
from tests.data import MODEL
from tests.unit.engine.talk import LIKELIEST


class Eager(Pace):
    """Guesses whenever it can, whatever it costs."""

    def choose(self, run: int, available: int) -> int:
        return min(available, 7)


@dataclass
class Written:
    """One answer."""

    outcome: Outcome
    figures: Figures
    tokens: list[int]
    deltas: list[Delta] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(delta.text for delta in self.deltas if delta.kind == "text")

    @property
    def thought(self) -> str:
        return "".join(delta.text for delta in self.deltas if delta.kind == "thought")


class Writer:
    """Writes answers with ``runtime``."""

    def __init__(self, runtime: Runtime, pace: Pace | None = None) -> None:
        self.runtime = runtime
        vocabulary = runtime.vocabulary
        template = ChatTemplate(runtime.template_source, vocabulary.bos_text, vocabulary.eos_text)
        self._reader = PromptReader(vocabulary, None, template)
        self._events: list[Event] = []
        self.evaluated: list[int] = []
        self.decoder = Decoder(runtime, self._events.append, self.evaluated.extend, pace)

    def write(
        self,
        *turns: Turn,
        sampling: Sampling = LIKELIEST,
        max_tokens: int = 0,
        thinking: bool | None = None,
        free: int = 0,
        opened: bool = False,
        **order: str | int | bool,
    ) -> Written:
        """Evaluate the prompt and answer it. ``free`` is how many positions are left after the
        prompt, 0 for all; ``opened`` ends it inside a thought."""
        prompt = Prompt(turns, thinking)
        items = list(self._reader.items(prompt)[0])
        if opened:
            heading = [(CHANNEL_OPEN, True), ("thought\n", False)]
            items += self.runtime.vocabulary.tokenize(heading)
        tokens = [item for item in items if isinstance(item, int)]
        if free:
            filling = self.runtime.size - free - len(tokens)
            tokens = tokens[:1] + [tokens[-1]] * filling + tokens[1:]
        self.evaluate(tokens)
        generate = Generate(0, prompt, sampling, max_tokens, **order)  # type: ignore[arg-type]
        return self._write(generate, tokens, opened)

    def write_on(self, sampling: Sampling = LIKELIEST, max_tokens: int = 0) -> Written:
        """Answer whatever has been evaluated."""
        return self._write(Generate(0, Prompt(()), sampling, max_tokens), [], False)

    def _write(self, order: Generate, prompt: list[int], opened: bool) -> Written:
        self._events.clear()
        self.evaluated.clear()
        self.decoder.check(order)
        figures = Figures(0.0)
        outcome = self.decoder.write(order, figures, thinking=opened, prompt=prompt)
        deltas = [event for event in self._events if isinstance(event, Delta)]
        return Written(outcome, figures, list(self.evaluated), deltas)

    def evaluate(self, tokens: Sequence[int]) -> None:
        """Bring ``tokens`` and nothing else into the cache."""
        self.runtime.clear()
        for begin in range(0, len(tokens), 256):
            self.runtime.decode(tokens[begin : begin + 256])


def ruined_model(path: Path) -> Path:
    """The miniature with the end of its weights overwritten by values that are no numbers."""
    data = bytearray(MODEL.read_bytes())
    data[-100_000:] = b"\xff" * 100_000
    path.write_bytes(data)
    return path
