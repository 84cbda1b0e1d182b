"""What can be asked about a marked piece of the screen with one click, and how the model is asked.

What the model is told is English, the language it knows best; it answers in the language that the
task names, or that of what it sees.
"""

import re
from typing import Literal

import msgspec

from app.core import boxes, tables

Kind = Literal["free", "spoken", "explain", "read", "translate", "find", "mark", "extract"]

_POINT = (
    " Answer with a JSON list of boxes, each with box_2d as [ymin, xmin, ymax, xmax] from 0 to 1000"
    " and a short label. An empty list if it is not there."
)

# A question that is about places. The group is what is looked for.
_WHERE = re.compile(
    r"^\s*(?:where\s+(?:is|are|do\s+i\s+find|can\s+i\s+find)|find|locate|point\s+(?:to|at)"
    r"|show\s+me\s+where|wo\s+(?:ist|sind|finde\s+ich)|finde|zeige?\s+mir|où\s+(?:est|sont)"
    r"|trouve|¿?dónde\s+est[áa]n?|dov['’]?\s*[èe]|dove\s+sono)\s+(?P<thing>.+?)\s*[?.!]*\s*$",
    re.IGNORECASE,
)
# What only sounds like one: a box says nothing of where a photo was taken, or how a thing works.
_ELSEWHERE = re.compile(
    r"^(?:(?:this|that|it|we|i|he|she|they|these|those|das|dies|hier|wir|ich|er|sie|es|c'est|ça"
    r"|cela|nous|esto|eso|questo)(?:$|\s+(?:from|taken|made|located|going|coming|about|aus|her)\b)"
    r"|(?:this|the)\s+(?:photo|picture|image|place|screenshot)\b"
    r"|(?:out|a\s+way)\b|(?:an?|the|die|den|das|eine?n?)\s+(?:answer|solution|reason|cause|meaning"
    r"|differences?|sum\s+of|average\s+of|lösung|antwort|grund|ursache|unterschiede?)\b)"
    r"|\b(?:why|how|what|whether|explain|tell|warum|wieso|wie|erkläre?|pourquoi|comment|por\s+qué"
    r"|cómo|perché)\b|[.?!]\s+\S",
    re.IGNORECASE,
)
_MARK = re.compile(
    r"^\s*(?:mark|highlight|box|markiere?|surligne|marca|evidenzia)\s+"
    r"(?P<thing>(?:all|every|each|the|alle|jede[nsr]?|tou(?:te)?s|todos|todas|tutt[ie])\b.+?)"
    r"\s*[?.!]*\s*$",
    re.IGNORECASE,
)


class Task(msgspec.Struct, frozen=True):
    """A question for the model. ``reads`` wants as much detail as writing needs; ``schema`` and
    ``grammar`` constrain the answer (see ``engine.messages.Generate``). A task other than "free"
    is answered without a thought."""

    kind: Kind
    prompt: str
    reads: bool = False
    schema: str = ""
    grammar: str = ""

    @property
    def points(self) -> bool:
        """Whether the answer is boxes and nothing else."""
        return bool(self.grammar)


SPOKEN = Task("spoken", "")  # the question is a recording
EXPLAIN = Task("explain", "Explain briefly what this shows and what matters in it.")
READ = Task(
    "read",
    "Write out the text in this picture exactly as it stands, with its line breaks. Only output "
    "the text.",
    reads=True,
)
EXTRACT = Task(
    "extract",
    "Extract the table in this picture as JSON with its columns and rows, each cell exactly as it "
    "stands. If it is a form, use the columns Field and Value.",
    reads=True,
    schema=tables.SCHEMA,
)


def translate(language: str) -> Task:
    """Everything that is written, in ``language`` ("German")."""
    prompt = (
        f"Translate the text in this picture into {language}, with its line breaks. Only output "
        "the translation."
    )
    return Task("translate", prompt, reads=True)


def find(thing: str) -> Task:
    """One place, or a few."""
    prompt = f'What is the bounding box for "{_in_quotes(thing)}" in the image?{_POINT}'
    return Task("find", prompt, grammar=boxes.GRAMMAR)


def mark(things: str) -> Task:
    """Every place there is."""
    prompt = f'Mark "{_in_quotes(things)}" in the image, every single one.{_POINT}'
    return Task("mark", prompt, grammar=boxes.GRAMMAR)


def task_for(question: str) -> Task:
    """What somebody means who types a question: places if it asks for them, else the question as
    it is."""
    for form, task in ((_MARK, mark), (_WHERE, find)):
        found = form.match(question)
        if found and not _ELSEWHERE.search(found["thing"]):
            return task(found["thing"])
    return Task("free", question)


def _in_quotes(thing: str) -> str:
    return " ".join(thing.replace('"', "'").split())
