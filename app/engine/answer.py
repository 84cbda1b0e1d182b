"""One answer: render, fit, prefill, decode. The heart of the engine's child process."""

import time
from collections.abc import Callable, Mapping, Sequence

from app.core.conversation import Outcome, Role, Stats
from app.core.errors import AppError
from app.core.prompt import Prompt, Turn
from app.engine.messages import Delta, Done, Event, Generate, Progress, Trimmed
from app.engine.projector import Block, Projector, modality_error
from app.engine.prompt_cache import Item, PromptCache, length
from app.engine.reply import CHANNEL_OPEN, THINK_OPEN, Kind, Reply
from app.engine.runtime import Runtime, Stopped
from app.engine.template import ChatTemplate, TemplateText, UserText
from app.engine.vocabulary import Run

PREFILL_STEP = 256  # tokens; small enough for steady progress, large enough for full speed
# Seconds between two messages with new text. Each wakes the app, which takes a core from the model:
# at 15 ms this cost 4 % of the speed on two cores. The window paints 30 times a second at most.
FLUSH_EVERY = 0.033
_END = 4  # items at the end of a prompt that differ when thinking is switched
_WORTHWHILE = 64  # items between two checkpoints
_OPENING_TOKENS = 8  # at the end of a prompt: what the template may write to open the answer
ROOM_FOR_ANSWER = 512  # tokens kept free when a prompt has to be cut, at most a quarter of all


class Answerer:
    """Answers prompts with one model. ``emit`` sends an event to the app."""

    def __init__(
        self,
        runtime: Runtime,
        projector: Projector | None,
        template: ChatTemplate,
        emit: Callable[[Event], None],
    ) -> None:
        self._runtime = runtime
        self._projector = projector
        self._template = template
        self._emit = emit
        self._cache = PromptCache(runtime)

    def answer(self, order: Generate) -> None:
        """Carry out ``order``, emitting Progress, Trimmed, Delta and at last Done.

        Raises AppError for what the person can mend; the engine stays usable.
        """
        began = time.perf_counter()
        items, questions, dropped = self._fit(order)
        prompt_tokens = sum(map(length, items))
        reused = self._cache.reuse(items)
        cached_tokens = self._runtime.length
        run = _Run(order.turn, began, prompt_tokens, cached_tokens, dropped)
        run.thinking = _in_thought(items, self._runtime.vocabulary.markers)
        try:
            marks = _marks(items, questions, reused, self._cache.last_checkpoint)
            self._prefill(order.turn, items, reused, marks)
            run.prefilled = time.perf_counter()
            outcome = self._decode(order, run)
        except Stopped:
            outcome = Outcome.STOPPED
        except RuntimeError:
            self._cache.clear()
            raise
        self._emit(Done(order.turn, outcome, run.stats(self._runtime)))

    # -- the prompt -----------------------------------------------------------------------------

    def items(self, prompt: Prompt) -> tuple[list[Item], list[int]]:
        """The prompt as tokens and media blocks, and the places in it where questions begin."""
        vocabulary = self._runtime.vocabulary
        items: list[Item] = []
        runs: list[Run] = []
        questions: list[int] = []
        first_values = _first_values(prompt.turns)
        value = 0
        for segment in self._template.render(prompt):
            if isinstance(segment, TemplateText):
                runs.append((segment.text, True))
                continue
            if value in first_values:
                head, runs = vocabulary.split(runs)
                items += vocabulary.tokenize(head)
                questions.append(len(items))
            value += 1
            if isinstance(segment, UserText):
                runs.append((segment.text, False))
                continue
            if self._projector is None:
                raise modality_error(segment)
            items += vocabulary.tokenize(runs)
            runs = []
            for block in self._projector.blocks(segment):
                items += [*block.before, block, *block.after]
        items += vocabulary.tokenize(runs)
        first = [items[0]] if items and isinstance(items[0], int) else []
        begun = vocabulary.begin(first)
        shift = len(begun) - len(first)
        return [*begun, *items[len(first) :]], [place + shift for place in questions]

    def _fit(self, order: Generate) -> tuple[list[Item], list[int], int]:
        """The prompt's items, where its questions begin, and how many turns had to be left out:
        the oldest ones, where the context can't take them all."""
        prompt, size = order.prompt, self._runtime.size
        items, questions = self.items(prompt)
        needed = sum(map(length, items))
        limit = size - min(ROOM_FOR_ANSWER, size // 4)
        if needed <= limit:
            return items, questions, 0
        cuts = droppable(prompt.turns)
        low, high = 0, max(0, len(cuts) - 1)  # find the smallest cut that fits, else the last
        while low < high:
            middle = (low + high) // 2
            if sum(map(length, self.items(without_turns(prompt, cuts[middle]))[0])) <= limit:
                high = middle
            else:
                low = middle + 1
        dropped = cuts[low] if cuts else 0
        items, questions = self.items(without_turns(prompt, dropped))
        if sum(map(length, items)) >= size - 1:  # the last question alone; it may use all the room
            raise AppError(
                f"This message does not fit: {sum(map(length, items)):,} of {size:,} tokens.",
                "Shorten it, attach less, or raise the context in Settings.",
                code="too_long",
            )
        if dropped:
            self._emit(Trimmed(order.turn, dropped, needed, size))
        return items, questions, dropped

    # -- evaluation -----------------------------------------------------------------------------

    def _prefill(self, turn: int, items: Sequence[Item], start: int, marks: set[int]) -> None:
        """Evaluate ``items`` from ``start`` on, with checkpoints at ``marks``."""
        runtime = self._runtime
        total = sum(map(length, items))
        self._emit(Progress(turn, "prefill", runtime.length, total))
        index = start
        while index < len(items):
            if runtime.stop:
                raise Stopped
            if index in marks:
                self._cache.checkpoint()
            item = items[index]
            if isinstance(item, Block):
                self._emit(Progress(turn, item.media.kind, runtime.length, total))
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

    def _decode(self, order: Generate, run: "_Run") -> Outcome:
        runtime = self._runtime
        buffer = _Outbox(order.turn, self._emit, run)
        reply = Reply(runtime.vocabulary.markers, buffer.add, thinking=run.thinking)
        limit = order.max_tokens or runtime.size
        sampler = runtime.sampler(order.sampling)
        outcome = Outcome.DONE
        try:
            while True:
                token = next(sampler)
                if runtime.vocabulary.ends(token):
                    break
                run.answer_tokens += 1
                reply.add(token, runtime.vocabulary.piece(token))
                buffer.flush_if_due()
                if run.answer_tokens >= limit:
                    outcome = Outcome.LENGTH
                    break
                if runtime.length + 1 >= runtime.size:
                    outcome = Outcome.CONTEXT
                    break
                runtime.decode([token])
                self._cache.add([token])
        finally:
            sampler.close()  # type: ignore[attr-defined]
            run.ended = time.perf_counter()
            reply.close()
            buffer.flush()
        return outcome


class _Outbox:
    """Gathers new text, so that a fast model doesn't send a message for each token."""

    def __init__(self, turn: int, emit: Callable[[Event], None], run: "_Run") -> None:
        self._turn, self._emit, self._run = turn, emit, run
        self._kind: Kind = "text"
        self._pieces: list[str] = []
        self._flushed = 0.0

    def add(self, kind: Kind, text: str) -> None:
        if not self._run.first:
            self._run.first = time.perf_counter()
        if kind != self._kind:
            self.flush()
            self._kind = kind
        self._pieces.append(text)

    def flush_if_due(self) -> None:
        if self._pieces and time.perf_counter() - self._flushed >= FLUSH_EVERY:
            self.flush()

    def flush(self) -> None:
        if self._pieces:
            self._emit(Delta(self._turn, self._kind, "".join(self._pieces)))
            self._pieces.clear()
            self._flushed = time.perf_counter()
            if self._kind == "thought":
                self._run.thought_until = self._flushed


class _Run:
    """The figures of one answer, in seconds of the performance counter."""

    def __init__(
        self, turn: int, began: float, prompt_tokens: int, cached_tokens: int, dropped: int
    ) -> None:
        self.turn, self.began, self.dropped = turn, began, dropped
        self.prompt_tokens, self.cached_tokens = prompt_tokens, cached_tokens
        self.prefill_began = time.perf_counter()
        self.prefilled = self.first = self.thought_until = self.ended = 0.0
        self.answer_tokens = 0
        self.thinking = False  # the prompt ends inside a thought

    def stats(self, runtime: Runtime) -> Stats:
        new = self.prompt_tokens - self.cached_tokens
        reading = self.prefilled - self.prefill_began
        writing = self.ended - self.prefilled
        return Stats(
            prompt_tokens=self.prompt_tokens,
            cached_tokens=self.cached_tokens,
            answer_tokens=self.answer_tokens,
            ttft_ms=_ms(self.first - self.began) if self.first else 0.0,
            prefill_tps=_rate(new, reading) if self.prefilled else 0.0,
            decode_tps=_rate(self.answer_tokens, writing) if self.ended else 0.0,
            thought_ms=_ms(self.thought_until - self.prefilled) if self.thought_until else 0.0,
            context_used=runtime.length,
            context_size=runtime.size,
            dropped_messages=self.dropped,
        )


def _marks(items: Sequence[Item], questions: Sequence[int], start: int, before: int) -> set[int]:
    """Where to make it possible to come back to, when ``items`` are evaluated from ``start`` on:
    where that begins and at questions (they may be edited), and at the end of the prompt (the
    answer may be wanted again). Only so far from the place ``before`` (one can come back to it
    already) and from each other that it saves something, and never right after a picture or sound:
    the positions of its embeddings are not to be relied on there."""
    marks: set[int] = set()
    for place in [start, *questions, len(items) - _END]:
        after_media = place > 0 and isinstance(items[place - 1], Block)
        if place >= start and place - before >= _WORTHWHILE and not after_media:
            marks.add(place)
            before = place
    return marks


def droppable(turns: Sequence[Turn]) -> list[int]:
    """Where a conversation may be cut: how many turns after the system turn may be left out, each
    cut ending before a question. The last question always stays."""
    start = 1 if turns and turns[0].role is Role.SYSTEM else 0
    return [
        index - start for index in range(start + 1, len(turns)) if turns[index].role is Role.USER
    ]


def without_turns(prompt: Prompt, count: int) -> Prompt:
    """``prompt`` without its ``count`` oldest turns, the system turn kept."""
    start = 1 if prompt.turns and prompt.turns[0].role is Role.SYSTEM else 0
    return Prompt(prompt.turns[:start] + prompt.turns[start + count :], prompt.thinking)


def _first_values(turns: Sequence[Turn]) -> set[int]:
    """Of all media and texts of a prompt, counted in their order, those that begin a question."""
    first: set[int] = set()
    value = 0
    for turn in turns:
        count = len(turn.media) + bool(turn.text.strip())
        if turn.role is Role.USER and count:
            first.add(value)
        value += count
    return first


def _in_thought(items: Sequence[Item], markers: Mapping[int, str]) -> bool:
    """Whether the template has opened a thought at the very end, as some do to make a model
    think. No marker in a prompt stems from a person, so the last one decides."""
    for item in reversed(items[-_OPENING_TOKENS:]):
        if isinstance(item, int) and item in markers:
            return markers[item] in (CHANNEL_OPEN, THINK_OPEN)
    return False


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _rate(count: int, seconds: float) -> float:
    return round(count / seconds, 2) if seconds > 0 else 0.0
