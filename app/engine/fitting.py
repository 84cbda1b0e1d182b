"""Prompt -> items: tokens and media blocks, and what is left out when they are too many."""

from collections.abc import Sequence

import msgspec

from app.core.conversation import Role
from app.core.errors import AppError
from app.core.prompt import Prompt, Turn
from app.engine.projector import Block, Projector, modality_error
from app.engine.template import ChatTemplate, TemplateText, UserText
from app.engine.vocabulary import Run, Vocabulary

Item = int | Block  # a token id, or a picture or clip of sound

ROOM_FOR_ANSWER = 512  # tokens kept free when a prompt has to be cut, at most a quarter of all


class Fitted(msgspec.Struct, frozen=True):
    """A prompt that fits: its ``items``, the places in them where ``questions`` begin, how many of
    its oldest turns had to be left out, and how many positions it ``needed`` with them."""

    items: list[Item]
    questions: list[int]
    dropped: int
    needed: int

    @property
    def tokens(self) -> int:
        """Positions that the items take."""
        return positions(self.items)


class PromptReader:
    """Turns prompts into items for one model."""

    def __init__(
        self, vocabulary: Vocabulary, projector: Projector | None, template: ChatTemplate
    ) -> None:
        self._vocabulary = vocabulary
        self._projector = projector
        self._template = template

    def items(self, prompt: Prompt) -> tuple[list[Item], list[int]]:
        """The prompt as tokens and media blocks, and the places in it where questions begin."""
        vocabulary = self._vocabulary
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

    def fit(self, prompt: Prompt, size: int) -> Fitted:
        """The prompt for a context of ``size`` tokens, without its oldest turns where it can't
        take them all. Raises AppError (code "too_long") if the last question alone doesn't fit."""
        items, questions = self.items(prompt)
        needed = positions(items)
        limit = size - min(ROOM_FOR_ANSWER, size // 4)
        if needed <= limit:
            return Fitted(items, questions, 0, needed)
        cuts = droppable(prompt.turns)
        low, high = 0, max(0, len(cuts) - 1)  # find the smallest cut that fits, else the last
        while low < high:
            middle = (low + high) // 2
            if positions(self.items(without_turns(prompt, cuts[middle]))[0]) <= limit:
                high = middle
            else:
                low = middle + 1
        dropped = cuts[low] if cuts else 0
        items, questions = self.items(without_turns(prompt, dropped))
        fitted = Fitted(items, questions, dropped, needed)
        if fitted.tokens >= size - 1:  # the last question alone; it may use all the room
            raise AppError(
                f"This message does not fit: {fitted.tokens:,} of {size:,} tokens.",
                "Shorten it, attach less, or raise the context in Settings.",
                code="too_long",
            )
        return fitted


def length(item: Item) -> int:
    """How many positions an item takes."""
    return 1 if isinstance(item, int) else item.tokens


def positions(items: Sequence[Item]) -> int:
    """How many positions ``items`` take together."""
    # Asking for int first: asking for a struct of msgspec takes three times as long.
    return len(items) + sum([item.tokens - 1 for item in items if not isinstance(item, int)])


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
