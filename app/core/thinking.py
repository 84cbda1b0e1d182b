"""Whether an answer begins with a thought, where that is left to Facet ("auto").

A thought costs many times the answer's tokens, and makes plain tasks like reading a text off a
picture slower and no better. So only what looks like reasoning gets one. The rules are words in
English, German, French and Spanish; in other languages numbers, formulas and code still speak.
"""

import re
from collections.abc import Collection, Sequence

from app.core.conversation import Audio, Document, Image, Message, Role, Video
from app.core.prompt import FRAME_BUDGET

PATIENCE = 8.0  # seconds that reading a chat anew may take for the sake of the better choice
PATIENCE_AT_SEND = 3.0  # the same if the question has been read ahead, and is waited for now

_BEGINNING = 8  # words in which a task is named that decides alone
_EDGE = 800  # characters at both ends of a long text, where people say what they want with it
_LONG_LIST = 3  # conditions that make a puzzle

# Tasks that need no thought, named at the beginning: what follows is only what they work on.
_PLAIN_TASKS = (
    # transcribe, read, extract
    r"transcri\w*", r"transkri\w*", r"abtippen", r"ocr",
    r"read (?:out|aloud|the text|this|what|me)\b.*", r"extract (?:the |all )?text",
    r"lies\b.*", r"lesen sie\b.*", r"vorlesen", r"lis\b.*", r"lisez\b.*", r"lee\b.*",
    r"was steht", r"what does (?:it|this|the \w+) say", r"que dit", r"qu'est-ce qui est écrit",
    r"qué (?:dice|pone)",
    # translate
    r"translat\w*", r"übersetz\w*", r"tradui\w*", r"traduc\w*", r"traduz\w*",
    # summarise
    r"summar\w*", r"tl;?dr", r"zusammenfass\w*", r"fass\w*", r"résum\w*", r"resum\w*",
    # rewrite, correct
    r"rewrite", r"rephrase", r"reword", r"proofread", r"shorten", r"paraphrase",
    r"(?:correct|fix|check) (?:the |my |this )?(?:spelling|grammar|typos|text)",
    r"umformulier\w*", r"formulier\w*", r"korrigier\w*", r"kürz\w*",
    r"reformul\w*", r"corrig\w*", r"raccourci\w*", r"reescrib\w*", r"acort\w*",
)  # fmt: skip

# What asks for reasoning, wherever it stands.
_REASONING = (
    r"why\b", r"prove\b", r"proof\b", r"step[ -]by[ -]step", r"reason(?:ing)?\b(?! for my)",
    r"think (?:hard|carefully|about it)", r"work out", r"figure out", r"solve", r"derive",
    r"calculat\w+", r"comput(?:e|ing)\b", r"probabilit\w+", r"equation", r"puzzle", r"riddle",
    r"compare", r"comparison", r"pros and cons", r"trade-?offs?", r"which (?:is|one is) better",
    r"debug", r"bug\b", r"traceback", r"stack ?trace", r"what is wrong with", r"what's wrong with",
    r"doesn't work", r"does not work", r"plan (?:a|an|my|our|the)\b", r"schedule for",
    r"optimi[sz]e", r"complexity", r"algorithm", r"strategy",
    r"warum", r"wieso", r"weshalb", r"beweis\w*", r"schritt für schritt", r"löse\b", r"berechn\w+",
    r"rechne\b", r"wahrscheinlichkeit", r"gleichung", r"rätsel", r"vergleich\w*",
    r"vor- und nachteile", r"fehler im code", r"funktioniert nicht", r"plane\b", r"überleg\w*",
    r"pourquoi", r"prouve\w*", r"démontr\w+", r"étape par étape", r"résou\w+", r"calcul\w*",
    r"probabilité", r"équation", r"énigme", r"compar\w+", r"avantages et (?:les )?inconvénients",
    r"ne marche pas", r"ne fonctionne pas", r"planifi\w+", r"réfléchi\w*",
    r"por qué", r"demuestr\w+", r"demostr\w+", r"paso a paso", r"resuelv\w+", r"probabilidad",
    r"ecuación", r"acertijo", r"ventajas y desventajas", r"no funciona", r"planific\w+",
)  # fmt: skip

# Each is one condition; a few of them together make a puzzle.
_CONDITIONS = (
    r"must(?:n't| not)?", r"at (?:least|most)", r"exactly", r"without", r"unless", r"only if",
    r"no more than", r"each of", r"neither", r"before the", r"after the",
    r"muss", r"darf", r"mindestens", r"höchstens", r"genau", r"ohne", r"nur wenn", r"jede[rs]?",
    r"doit", r"au (?:moins|plus)", r"exactement", r"sans", r"sauf si", r"chacun\w*",
    r"debe", r"al menos", r"como máximo", r"exactamente", r"sin", r"a menos que", r"cada un[oa]",
)  # fmt: skip

_HOW_MANY = (
    r"how (?:many|much|long|far|old|fast)", r"what(?:'s| is) the (?:total|sum|average|chance)",
    r"wie (?:viele?|lange|weit|alt|schnell)", r"combien", r"cuánt[oa]s?",
)  # fmt: skip


def _any_of(patterns: Collection[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)")


_plain_task = _any_of(_PLAIN_TASKS)
_reasoning = _any_of(_REASONING)
_condition = _any_of(_CONDITIONS)
_how_many = _any_of(_HOW_MANY)
_number = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*(?!\w)")
# A hyphen or slash between two numbers alone is a date or a range.
_formula = re.compile(
    r"\d\s*[+*×÷^=]\s*\(?[\dxyz]|\d\s+[-/]\s+\(?[\dxyz]|\b[xyz]\s*[-+*/^=]\s*\(?\d|√|∫|∑|\\frac"
)
_code = re.compile(
    r"```|\bdef \w+\(|\bfunction \w+\(|#include|\w+Error\b|\bException\b|;\s*\n.*;\s*\n"
)
_asks = re.compile("[?\uff1f\u061f]")

_KINDS = {Image: "image", Audio: "audio", Document: "document", Video: "video"}
_USUAL_SPEED = 50.0  # tokens a second that a laptop reads
_USUAL_PICTURE = 280  # tokens
_TOKENS_A_SECOND = 25  # of sound
_LETTERS = 4  # in a token


def wants_thought(text: str, attachments: Collection[str] = ()) -> bool:
    """Whether the question ``text`` is worth a thought. ``attachments`` are the kinds of what comes
    with it: "image", "audio", "document"."""
    if len(text) > 2 * _EDGE:
        text = f"{text[:_EDGE]}\n{text[-_EDGE:]}"
    words = " ".join(text.casefold().replace("\u2019", "'").split())
    if not words:
        return False
    beginning = " ".join(words.split(" ")[:_BEGINNING])
    if _plain_task.search(beginning):
        return False
    if _reasoning.search(words) or _formula.search(words):
        return True
    if _code.search(text) and _asks.search(text):
        return True
    if len(_condition.findall(words)) >= _LONG_LIST:
        return True
    return not attachments and bool(_how_many.search(words)) and len(_number.findall(words)) > 1


class ThoughtSwitch:
    """Decides whether the answers of one chat begin with a thought.

    The switch stands at the head of the prompt: turned, it has everything read anew. So it is set
    when a question is first read ahead, and turned later only where that costs little.
    """

    def __init__(self) -> None:
        self._position: bool | None = None  # in what the engine has read of the chat last
        self._read_ahead = False  # it was set for a question that has not been asked yet

    def settle(
        self,
        path: Sequence[Message],
        chosen: bool | None = None,
        *,
        read: int | None = None,
        speed: float | None = None,
        sending: bool = False,
    ) -> bool:
        """The position for the answer to the question at the end of ``path``; ``chosen`` is what
        the person wants, None for nothing.

        ``read`` tokens of ``path`` have been read by now, at ``speed`` tokens a second; None leaves
        either to a guess. ``sending``: the question is asked, not only read ahead.
        """
        if chosen is None:
            waits = sending and self._read_ahead
            patience = PATIENCE_AT_SEND if waits else PATIENCE
            chosen = self._choose(path, read, speed or _USUAL_SPEED, patience)
        self._position, self._read_ahead = chosen, not sending
        return chosen

    def _choose(
        self, path: Sequence[Message], read: int | None, speed: float, patience: float
    ) -> bool:
        *earlier, question = path
        kinds = [_KINDS[type(part)] for part in question.attachments]
        wanted = wants_thought(question.text, kinds)
        before = _as_last(earlier) if self._position is None else self._position
        if before is None or before == wanted:
            return wanted
        tokens = _tokens(path) if read is None else min(read, _tokens(path))
        return wanted if tokens / speed <= patience else before


def _as_last(messages: Sequence[Message]) -> bool | None:
    """Whether the last answer began with a thought; None if there is none."""
    for message in reversed(messages):
        if message.role is Role.ASSISTANT and (message.text or message.thought):
            if _is_of_notes(message):
                continue  # the chat was not asked for it
            return bool(message.thought)
    return None


def _is_of_notes(message: Message) -> bool:
    """Whether an answer was made of notes on documents, which then stand where a thought would."""
    reading = message.reading
    return reading is not None and any(one.how == "sections" for one in reading.coverage)


def _tokens(path: Sequence[Message]) -> int:
    """About how many tokens ``path`` takes."""
    total = 0.0
    for message in reversed(path):
        if message.stats is not None and message.stats.context_used:
            return round(total) + message.stats.context_used
        total += len(message.text) / _LETTERS
        for part in message.attachments:
            match part:
                case Image():
                    total += part.budget or _USUAL_PICTURE
                case Audio():
                    total += part.seconds * _TOKENS_A_SECOND
                case Video():
                    total += len(part.frames) * FRAME_BUDGET
                case Document() if part.how != "search":
                    total += part.tokens if part.pages else len(part.text) / _LETTERS
    return round(total)
