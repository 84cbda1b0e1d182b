"""The course of an answer: first perhaps a thought, then what is meant for the reader.

A thought that has become too long is closed. A grammar holds for what comes after the thought; then
only what belongs to the thought or fits the grammar may be drawn.
"""

from app.engine.messages import Generate
from app.engine.reply import CHANNEL_CLOSE, CHANNEL_OPEN, THINK_CLOSE, THINK_OPEN, Reply
from app.engine.sampling import Sampler
from app.engine.vocabulary import Vocabulary

_PAIRS = ((CHANNEL_OPEN, CHANNEL_CLOSE), (THINK_OPEN, THINK_CLOSE))
_HEADING = "thought\n"  # what a channel begins with


class Course:
    """Follows one answer, token by token, and tells its sampler what may come.

    ``leads`` is False where every answer to the order will do: there is nothing to follow.
    """

    def __init__(
        self,
        order: Generate,
        vocabulary: Vocabulary,
        reply: Reply,
        sampler: Sampler,
        *,
        thinking: bool,
    ) -> None:
        """``thinking``: the prompt ends inside a thought."""
        ids = {text: token for token, text in vocabulary.markers.items()}
        self._vocabulary, self._reply, self._sampler = vocabulary, reply, sampler
        self._closing = {ids[a]: ids[b] for a, b in _PAIRS if a in ids and b in ids}
        self._constrained = bool(order.schema or order.grammar)
        self._budget = order.thought_tokens
        self._close: int | None = None  # what ends the thought that is open
        self._answering = False  # whether the answer itself has begun
        self._inside = thinking  # whether the next token counts as thought
        self.leads = self._constrained or (self._budget > 0 and bool(self._closing))
        # Tokens that are no text: a grammar can't tell them from their spelling.
        special = {*vocabulary.controls.values(), *vocabulary.markers}
        self._special = {token for token in special if not vocabulary.ends(token)}
        self._ending = special - self._special
        if thinking and self._closing:
            self._open(next(iter(self._closing.values())))
        elif self._constrained:
            openers = self._closing if order.prompt.thinking is not False else ()
            sampler.restrict(self._special.difference(openers), constrained=True, exempt=openers)

    def follow(self, token: int) -> list[int]:
        """Note that ``token`` has come and been read. Returns tokens that must come next."""
        inside, self._inside = self._inside, self._reply.thinking
        if token in self._closing and not self._answering:
            self._open(self._closing[token])
            heading = self._vocabulary.markers[token] == CHANNEL_OPEN and self._constrained
            return self._vocabulary.tokenize([(_HEADING, False)]) if heading else []
        if self._close is None:
            if self._constrained and not self._answering:
                self._answer()
        elif token == self._close:
            self._answer()
        elif inside and self._budget:
            self._budget -= 1
            if not self._budget:
                return [self._close]
        return []

    def _open(self, close: int) -> None:
        """A thought begins, which ``close`` will end."""
        self._close = close
        if self._constrained:
            excluded = (self._special | self._ending) - {close}
            self._sampler.restrict(excluded, constrained=False)

    def _answer(self) -> None:
        """The answer itself begins, with no more thoughts in it."""
        self._close, self._answering = None, True
        excluded = self._special if self._constrained else self._closing
        self._sampler.restrict(excluded, constrained=True)
