"""What was said, with its times, as text, subtitles or JSON."""

import re
from collections.abc import Sequence

import msgspec

from app.core.prompt import clock

_CUE = 84  # characters of a subtitle: two lines
_ENDS = ".!?…" + (_WIDE_ENDS := "\u3002\uff01\uff1f")  # those of Chinese and Japanese
_SENTENCE = re.compile(rf"(?<=[{_ENDS}])\s+|(?<=[{_WIDE_ENDS}])")
_WIDE_COMMAS = "\u3001\uff0c\uff1b"
_CLAUSE = re.compile(rf"(?<=[,;:\u060c])\s+|(?<=[{_WIDE_COMMAS}])")


class Line(msgspec.Struct, frozen=True):
    """What was said from ``start`` to ``end``, in seconds, and what it means in another language
    ("" if that wasn't asked for)."""

    start: float
    end: float
    text: str
    translation: str = ""

    @property
    def shown(self) -> str:
        """The words to be read: the translation, where there is one."""
        return self.translation or self.text


def as_text(lines: Sequence[Line]) -> str:
    """A paragraph for each line, after its time in brackets. Silence is left out."""
    return "".join(f"[{clock(line.start)}] {line.shown}\n" for line in lines if line.shown)


def as_srt(lines: Sequence[Line]) -> str:
    """Subtitles in the format of SubRip."""
    cues = [cue for line in lines for cue in subtitles(line)]
    return "\n".join(
        f"{number}\n{_stamp(cue.start, ',')} --> {_stamp(cue.end, ',')}\n{cue.text}\n"
        for number, cue in enumerate(cues, start=1)
    )


def as_vtt(lines: Sequence[Line]) -> str:
    """Subtitles for the web."""
    cues = [
        f"{_stamp(cue.start, '.')} --> {_stamp(cue.end, '.')}\n{_escaped(cue.text)}\n"
        for line in lines
        for cue in subtitles(line)
    ]
    return "\n".join(["WEBVTT\n", *cues])


def subtitles(line: Line) -> list[Line]:
    """A line in pieces that can be read while they are shown: whole sentences where these are
    short enough. When each is said is guessed by its length."""
    parts = _parts(line.shown)
    weights = [len(part) for part in parts]
    total, done = sum(weights), 0
    pieces = []
    for part, weight in zip(parts, weights, strict=True):
        start = line.start + (line.end - line.start) * done / total
        done += weight
        end = line.start + (line.end - line.start) * done / total
        pieces.append(Line(start, end, part))
    return pieces


def _parts(text: str) -> list[str]:
    found: list[str] = []
    for sentence in _SENTENCE.split(text):
        pieces = [sentence]
        if len(sentence) > _CUE:
            pieces = [word for clause in _CLAUSE.split(sentence) for word in _short(clause)]
        for piece in pieces:
            gap = "" if found and found[-1][-1:] in _WIDE_COMMAS else " "
            joined = f"{found[-1]}{gap}{piece}" if found else piece
            if found and found[-1][-1:] not in _ENDS and len(joined) <= _CUE:
                found[-1] = joined
            elif piece.strip():
                found.append(piece.strip())
    return found


def _short(clause: str) -> list[str]:
    """A clause cut between words where it is too long, and within them where there are none."""
    parts = [""]
    for word in clause.split():
        while len(word) > _CUE:
            parts.append(word[:_CUE])
            word = word[_CUE:]
        if len(parts[-1]) + 1 + len(word) > _CUE:
            parts.append(word)
        else:
            parts[-1] = f"{parts[-1]} {word}".strip()
    return [part for part in parts if part]


def _stamp(seconds: float, comma: str) -> str:
    thousandths = round(seconds * 1000)
    hours, rest = divmod(thousandths, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{comma}{rest % 1000:03}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
