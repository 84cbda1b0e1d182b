"""The answer itself: tokens are drawn, decoded and sent on as text until it ends."""

import time
from collections.abc import Callable, Sequence
from typing import Literal

from app.core.conversation import Outcome, Stats
from app.engine.course import Course
from app.engine.drafting import Ahead, Pace, can_draft, plain
from app.engine.grammar import grammar_of
from app.engine.messages import Delta, Event, Generate
from app.engine.reply import Kind, Reply
from app.engine.runtime import Runtime
from app.engine.sampling import Sampler

# Seconds between two messages with new text. Each wakes the app, which takes a core from the model:
# at 15 ms this cost 4 % of the speed on two cores. The window paints 30 times a second at most.
FLUSH_EVERY = 0.033


class Decoder:
    """Writes answers with ``runtime``. ``emit`` sends an event to the app; ``evaluated`` is told
    of the tokens that have joined the KV cache."""

    def __init__(
        self,
        runtime: Runtime,
        emit: Callable[[Event], None],
        evaluated: Callable[[Sequence[int]], None],
        pace: Pace | None = None,
    ) -> None:
        self._runtime = runtime
        self._emit = emit
        self._evaluated = evaluated
        self._pace = (pace or Pace()) if can_draft(runtime) else None

    def check(self, order: Generate) -> None:
        """Get ready for ``order``, before its prompt is evaluated. Raises AppError if it has a
        schema, grammar or way to draw that is of no use."""
        self._runtime.steady = order.sampling.seed is not None  # the same seed, the same words
        grammar = grammar_of(order.schema, order.grammar)
        Sampler(self._runtime, order.sampling, grammar).close()

    def write(
        self,
        order: Generate,
        figures: "Figures",
        *,
        thinking: bool,
        prompt: Sequence[object] = (),
    ) -> Outcome:
        """Write the answer to ``order``, whose prompt has been evaluated; ``thinking`` says that
        it ends inside a thought, ``prompt`` are its items, from which the answer may quote. Raises
        Stopped, RuntimeError and AppError, with the text so far sent."""
        runtime, vocabulary = self._runtime, self._runtime.vocabulary
        outbox = _Outbox(order.turn, self._emit, figures)
        reply = Reply(vocabulary.markers, outbox.add, thinking=thinking)
        sampler = Sampler(runtime, order.sampling, grammar_of(order.schema, order.grammar))
        course = Course(order, vocabulary, reply, sampler, thinking=thinking)
        pace = self._pace if order.drafting else None
        ahead = Ahead(runtime, pace, plain(prompt, vocabulary.size))
        room = runtime.size - runtime.length
        limit = order.max_tokens or runtime.size + 1  # none
        forced: list[int] = []  # tokens that come without being drawn
        index, outcome = -1, Outcome.DONE
        try:
            while True:
                if forced:
                    token = forced.pop(0)
                    sampler.take(token)
                else:
                    token = sampler.draw(index)
                    if vocabulary.ends(token):
                        break
                figures.answer_tokens += 1
                reply.add(token, vocabulary.piece(token))
                if course.leads:
                    forced += course.follow(token)
                outbox.flush_if_due()
                left = min(limit, room) - figures.answer_tokens
                if left <= 0:
                    outcome = Outcome.LENGTH if figures.answer_tokens >= limit else Outcome.CONTEXT
                    break
                index = ahead.append(token, left - 1)
                self._evaluated([token])
        finally:
            ahead.close()
            sampler.close()
            figures.ended = time.perf_counter()
            figures.drafted_tokens, figures.accepted_tokens = ahead.drafted, ahead.accepted
            reply.close()
            outbox.flush()
        return outcome


class _Outbox:
    """Gathers new text, so that a fast model doesn't send a message for each token."""

    def __init__(self, turn: int, emit: Callable[[Event], None], figures: "Figures") -> None:
        self._turn, self._emit, self._figures = turn, emit, figures
        self._kind: Kind = "text"
        self._pieces: list[str] = []
        self._flushed = 0.0

    def add(self, kind: Kind, text: str) -> None:
        if not self._figures.first:
            self._figures.first = time.perf_counter()
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
                self._figures.thought_until = self._flushed


class Figures:
    """What is measured of one answer, in seconds of the performance counter and in tokens."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.prompt_tokens = self.cached_tokens = self.answer_tokens = self.dropped = 0
        self.encoded_tokens = self.drafted_tokens = self.accepted_tokens = 0
        self.prefill_began = self.prefilled = self.encoding = 0.0
        self.first = self.thought_until = self.ended = 0.0
        self.restored: Literal["none", "memory", "disk"] = "none"

    @property
    def prefill_tps(self) -> float:
        """Tokens a second at which the new part of the prompt was evaluated, encoding excepted;
        0 if it isn't, or had no new part worth measuring."""
        if not self.prefilled:
            return 0.0
        seconds = self.prefilled - self.prefill_began - self.encoding
        return _rate(self.prompt_tokens - self.cached_tokens, seconds)

    def stats(self, runtime: Runtime) -> Stats:
        """The same as it is shown to people."""
        writing = self.ended - self.prefilled
        return Stats(
            prompt_tokens=self.prompt_tokens,
            cached_tokens=self.cached_tokens,
            answer_tokens=self.answer_tokens,
            ttft_ms=_ms(self.first - self.began) if self.first else 0.0,
            prefill_tps=self.prefill_tps,
            decode_tps=_rate(self.answer_tokens, writing) if self.ended else 0.0,
            thought_ms=_ms(self.thought_until - self.prefilled) if self.thought_until else 0.0,
            context_used=runtime.length,
            context_size=runtime.size,
            dropped_messages=self.dropped,
            encode_ms=_ms(self.encoding),
            encoded_tokens=self.encoded_tokens,
            restored=self.restored,
            drafted_tokens=self.drafted_tokens,
            accepted_tokens=self.accepted_tokens,
        )


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _rate(count: int, seconds: float) -> float:
    return round(count / seconds, 2) if seconds > 0 else 0.0
