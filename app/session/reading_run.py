"""An answer about documents that takes more than one question to the engine."""

from typing import Literal

import msgspec

StageKind = Literal["waiting", "look", "hear", "notes", "merge", "answer"]


class ReadingStage(msgspec.Struct, frozen=True):
    """How far the reading of documents for one answer is: step ``number`` of ``total`` of its
    ``kind``, in the plain words of ``label`` ("Section 7 of 31 · pages 84-96").
    ``seconds_left`` is about what all of it will still take; None while that is unknown."""

    kind: StageKind
    number: int
    total: int
    label: str
    seconds_left: float | None = None
