"""The sentences and numbers that a message shows about itself."""

from PySide6.QtCore import QCoreApplication

from app.core.conversation import Attached, Audio, Image, Outcome, Reading, Stats, Video
from app.core.prompt import clock
from app.session.reading_run import ReadingStage
from app.ui import figures
from app.ui.transcript.coverage_words import pages


def _tr(text: str, count: int = -1) -> str:
    return QCoreApplication.translate("Transcript", text, None, count)


def number(value: int) -> str:
    """1240 as "1,240"."""
    return f"{value:,}"


def seconds(milliseconds: float) -> str:
    """A time as "0.6 s", "22 s" or "1 min 5 s"."""
    value = milliseconds / 1000
    if value < 9.95:
        return f"{value:.1f} s"
    whole = round(value)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def thought_for(milliseconds: float) -> str:
    """What stands above a finished thought."""
    whole = max(1, round(milliseconds / 1000))
    time = f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"
    return _tr("Thought for {0}").format(time)


def progress(stage: str, done: int, total: int) -> str:
    """What is being done before the first word comes."""
    if stage == "image":
        if total > 1:
            return _tr("Looking at picture {0} of {1}").format(min(done + 1, total), total)
        return _tr("Looking at the picture")
    if stage == "audio":
        if total > 1:
            return _tr("Listening to sound {0} of {1}").format(min(done + 1, total), total)
        return _tr("Listening to the sound")
    if stage == "prefill":
        return _tr("Reading {0} of {1} tokens").format(number(done), number(total))
    return _tr("Waiting for the model")


def reading(stage: ReadingStage) -> str:
    """How far the reading of documents is: "Section 7 of 31 · pages 84–96 · about 2 min left"."""
    parts = [stage.label or _tr("Reading")]
    if stage.seconds_left is not None and stage.seconds_left >= 1:
        parts.append(_tr("about {0} left").format(_roughly(stage.seconds_left)))
    return " · ".join(parts)


def _roughly(seconds: float) -> str:
    """A time that is a guess: in minutes from a minute and a half on."""
    return figures.duration(seconds if seconds < 90 else 60 * round(seconds / 60))


def share_read(stage: ReadingStage) -> float:
    """How much of its kind of step is done, 0 to 1."""
    if stage.kind in ("merge", "answer"):
        return 1.0
    return max(0, stage.number - 1) / stage.total if stage.total > 0 else 0.0


def paused(value: Reading, stage: ReadingStage | None) -> str:
    """Where the reading was stopped, and what was kept. ``stage`` was the last one, if that is
    known."""
    kept = _tr("The notes so far are kept.")
    if stage is not None and stage.kind == "notes":
        if stage.number > 1:
            words = _tr("Stopped after section {0} of {1}.").format(stage.number - 1, stage.total)
            return f"{words} {kept}"
        return _tr("Stopped in the first of {0} sections.").format(stage.total)
    read = sum(len(one.read) for one in value.coverage)
    total = sum(one.total for one in value.coverage)
    if len({one.unit for one in value.coverage}) != 1 or not read:
        return f"{_tr('Stopped before everything was read.')} {kept}"
    words = _tr("Stopped after {0} of {1}.")
    return f"{words.format(number(read), pages(value.coverage[0].unit, total))} {kept}"


def stats(value: Stats | None, outcome: Outcome, tally: tuple[int, int] = (0, 0)) -> str:
    """The line under an answer: "246 tokens · 22.4 tok/s · first word after 0.6 s"; for one with
    citations, ``tally`` found and all, "6 of 7 citations found · 21.8 tok/s"."""
    found, cited = tally
    parts = []
    ended = {
        Outcome.STOPPED: _tr("Stopped"),
        Outcome.LENGTH: _tr("Ended at the token limit"),
        Outcome.CONTEXT: _tr("Ended because the context is full"),
        Outcome.WRITING: _tr("Not finished"),
    }.get(outcome)
    if ended:
        parts.append(ended)
    if cited == 1:
        parts.append(_tr("The citation was found") if found else _tr("The citation was not found"))
    elif cited:
        parts.append(_tr("{0} of {1} citations found").format(found, cited))
    if value is not None:
        if cited:
            pass  # the rest is behind it
        elif value.answer_tokens == 1:
            parts.append(_tr("1 token"))
        elif value.answer_tokens:
            parts.append(_tr("{0} tokens").format(number(value.answer_tokens)))
        if value.decode_tps:
            digits = 1 if value.decode_tps < 99.95 else 0
            parts.append(f"{value.decode_tps:.{digits}f} tok/s")
        if value.ttft_ms and value.answer_tokens and not cited:
            parts.append(_tr("first word after {0}").format(seconds(value.ttft_ms)))
    return " · ".join(parts)


def effort(value: Stats | None, *, spent: bool = False) -> list[str]:
    """What an answer cost before its first word, a sentence each: what was read before and needed
    no time, what was looked at and heard; with ``spent`` also its length and its first word."""
    if value is None:
        return []
    lines = []
    if spent and value.answer_tokens:
        lines.append(_tr("Answer: {0} tokens").format(number(value.answer_tokens)))
        if value.ttft_ms:
            lines.append(_tr("First word after {0}").format(seconds(value.ttft_ms)))
    if value.cached_tokens and value.prompt_tokens:
        source = {
            "memory": _tr("Read before, from memory: {0} of {1} tokens"),
            "disk": _tr("Read before, from disk: {0} of {1} tokens"),
        }.get(value.restored, _tr("Read before: {0} of {1} tokens"))
        lines.append(source.format(number(value.cached_tokens), number(value.prompt_tokens)))
    if value.encode_ms:
        lines.append(_tr("Pictures and sounds: {0}").format(seconds(value.encode_ms)))
    if value.prefill_tps:
        lines.append(_tr("Reading: {0} tok/s").format(number(round(value.prefill_tps))))
    return lines


def left_out(messages: int) -> str:
    """That the oldest messages were not read."""
    if messages == 1:
        return _tr("The oldest message no longer fits and was left out")
    return _tr("The oldest {0} messages no longer fit and were left out").format(number(messages))


def attachment(part: Attached) -> str:
    """The second line of an attachment's chip."""
    if isinstance(part, Image):
        return f"{part.width} × {part.height}"
    if isinstance(part, Audio | Video):
        whole = round(part.seconds)
        time = f"{whole // 60}:{whole % 60:02d}"
        if not isinstance(part, Video):
            return time
        looked = len(part.frames)
        shown = _tr("1 picture") if looked == 1 else _tr("{0} pictures").format(looked)
        return f"{time} · {shown}"
    if part.seconds:
        return clock(part.seconds)
    if part.pages:
        return pages(part.unit, part.pages)
    lines = part.text.rstrip("\n").count("\n") + 1  # as the chip counts them
    return _tr("1 line") if lines == 1 else _tr("{0} lines").format(number(lines))


def error_parts(error: str) -> tuple[str, str]:
    """The first sentence of an error, and the others."""
    for end in (". ", ".\n"):
        if end in error:
            first, rest = error.split(end, 1)
            return first + ".", rest.strip()
    return error, ""
