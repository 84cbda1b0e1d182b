"""One answer: fit the prompt, prefill, decode. The heart of the engine's child process."""

import time
from collections.abc import Callable, Mapping, Sequence

from app.core.conversation import Outcome
from app.core.errors import AppError
from app.engine.decoding import Decoder, Figures
from app.engine.fitting import Fitted, Item, PromptReader, length
from app.engine.messages import Done, Event, Generate, Prepare, Prepared, Progress, Trimmed
from app.engine.projector import Block, Projector
from app.engine.prompt_cache import PromptCache
from app.engine.reply import CHANNEL_OPEN, THINK_OPEN
from app.engine.runtime import Runtime, Stopped
from app.engine.sampling import NonsenseError
from app.engine.states import States
from app.engine.template import ChatTemplate

PREFILL_STEP = 256  # tokens; small enough for steady progress, large enough for full speed
_END = 4  # items at the end of a prompt that differ when thinking is switched
_WORTHWHILE = 8  # positions between two checkpoints; fewer are evaluated sooner than saved
_WORTH_A_STEP = 64  # the same where the prompt is cut in two steps for it, which takes longer
_OPENING_TOKENS = 8  # at the end of a prompt: what the template may write to open the answer


class GaveWay(Exception):
    """A preparation has ended early, since something else is wanted."""


class Answerer:
    """Answers prompts with one model. ``emit`` sends an event to the app."""

    def __init__(
        self,
        runtime: Runtime,
        projector: Projector | None,
        template: ChatTemplate,
        emit: Callable[[Event], None],
        states: States | None = None,
    ) -> None:
        self._runtime = runtime
        self._projector = projector
        self._emit = emit
        self._reader = PromptReader(runtime.vocabulary, projector, template)
        self._cache = PromptCache(runtime, states)
        self._decoder = Decoder(runtime, emit, self._cache.add)

    def answer(self, order: Generate) -> None:
        """Carry out ``order``, emitting Progress, Trimmed, Delta and at last Done.

        Raises AppError for what the person can mend; the engine stays usable.
        """
        figures = Figures(time.perf_counter())
        self._decoder.check(order)
        try:
            fitted = self._reader.fit(order.prompt, self._runtime.size)
            if fitted.dropped:
                self._emit(Trimmed(order.turn, fitted.dropped, fitted.needed, self._runtime.size))
            self._evaluate(order.turn, fitted, order.chat, figures)
            figures.restored = self._cache.take_restored()
            thinking = _in_thought(fitted.items, self._runtime.vocabulary.markers)
            outcome = self._decoder.write(order, figures, thinking=thinking, prompt=fitted.items)
        except Stopped:
            outcome = Outcome.STOPPED
        except (RuntimeError, NonsenseError):
            self._cache.clear()
            raise
        self._emit(Done(order.turn, outcome, figures.stats(self._runtime)))

    def prepare(self, order: Prepare, give_way: Callable[[], bool]) -> None:
        """Evaluate a prompt ahead, emitting Progress and at last Prepared. ``give_way`` is asked
        between two steps whether something else is waiting. Raises nothing that a person would
        have to know: the answer will run into the same trouble, and say so."""
        figures = Figures(time.perf_counter())
        complete = False
        try:
            fitted = self._reader.fit(order.prompt, self._runtime.size)
            self._evaluate(order.turn, fitted, order.chat, figures, give_way)
            complete = True
        except (AppError, GaveWay, Stopped):
            pass
        except RuntimeError:
            self._cache.clear()
        stats = figures.stats(self._runtime)
        self._emit(
            Prepared(order.turn, complete, stats.encode_ms, stats.encoded_tokens, stats.prefill_tps)
        )

    def set_aside(self) -> None:
        """Keep a copy of the conversation in the KV cache, if it has changed."""
        self._cache.set_aside()

    @property
    def unsaved(self) -> bool:
        """Whether the conversation in the KV cache has changed since it was set aside."""
        return self._cache.changed

    def forget(self, chat: str) -> None:
        """Remove all that is kept of a conversation."""
        self._cache.forget(chat)

    # -- evaluation -----------------------------------------------------------------------------

    def _evaluate(
        self,
        turn: int,
        fitted: Fitted,
        chat: str,
        figures: Figures,
        give_way: Callable[[], bool] = lambda: False,
    ) -> None:
        """Bring the KV cache to the end of a prompt, with its logits at hand."""
        items = fitted.items
        reused = self._cache.reuse(items, chat)
        figures.prompt_tokens, figures.dropped = fitted.tokens, fitted.dropped
        figures.cached_tokens = self._runtime.length
        figures.prefill_began = time.perf_counter()
        marks = _marks(items, fitted.questions, reused, self._cache.last_checkpoint)
        self._prefill(turn, items, reused, marks, figures, give_way)
        figures.prefilled = time.perf_counter()

    def _prefill(
        self,
        turn: int,
        items: Sequence[Item],
        start: int,
        marks: set[int],
        figures: Figures,
        give_way: Callable[[], bool],
    ) -> None:
        """Evaluate ``items`` from ``start`` on, with checkpoints at ``marks``."""
        runtime = self._runtime
        total = sum(map(length, items))
        self._emit(Progress(turn, "prefill", runtime.length, total))
        index = start
        while index < len(items):
            if runtime.stop:
                raise Stopped
            if give_way():
                raise GaveWay
            if index in marks:
                self._cache.checkpoint()
            item = items[index]
            if isinstance(item, Block):
                if self._encode(turn, item, total, figures) and give_way():
                    raise GaveWay  # what it was to give way to finds it encoded
                assert self._projector is not None
                self._projector.evaluate(item)
                count = 1
            else:
                count = 1
                while count < PREFILL_STEP and index + count < len(items):
                    if isinstance(items[index + count], Block) or index + count in marks:
                        break
                    count += 1
                runtime.decode(items[index : index + count])  # type: ignore[arg-type]
            self._cache.add(items[index : index + count])
            index += count
            self._emit(Progress(turn, "prefill", runtime.length, total))
        if index in marks:
            self._cache.checkpoint()

    def _encode(self, turn: int, block: Block, total: int, figures: Figures) -> bool:
        """Encode a picture or clip; False if that was done before."""
        assert self._projector is not None
        if self._projector.is_encoded(block):
            return False
        self._emit(Progress(turn, block.media.kind, self._runtime.length, total))
        began = time.perf_counter()
        self._projector.encode(block)
        figures.encoding += time.perf_counter() - began
        figures.encoded_tokens += block.tokens
        return True


def _marks(items: Sequence[Item], questions: Sequence[int], start: int, before: int) -> set[int]:
    """Where to make it possible to come back to, when ``items`` are evaluated from ``start`` on:
    where that begins and ends, at questions (they may be edited), and before what opens the answer
    (it may be wanted again). Only so many positions from the last such place (``before`` items from
    the beginning) that it saves something, and never right after a picture or sound: the positions
    of its embeddings are not to be relied on there."""
    marks: set[int] = set()
    end = len(items)
    for place in [start, *questions, end - _END, end]:
        if place < start or (place > 0 and isinstance(items[place - 1], Block)):
            continue
        apart = _WORTHWHILE if place in (start, end) else _WORTH_A_STEP
        if sum(map(length, items[before:place])) >= apart:
            marks.add(place)
            before = place
    return marks


def _in_thought(items: Sequence[Item], markers: Mapping[int, str]) -> bool:
    """Whether the template has opened a thought at the very end, as some do to make a model
    think. No marker in a prompt stems from a person, so the last one decides."""
    for item in reversed(items[-_OPENING_TOKENS:]):
        if isinstance(item, int) and item in markers:
            return markers[item] in (CHANNEL_OPEN, THINK_OPEN)
    return False
