"""Which model to take on this machine, and why."""

from collections.abc import Sequence

import msgspec

from app.core.hardware import Hardware
from app.core.speed import Measured
from app.models.catalogue import Catalogue, ModelSpec
from app.models.fit import Fit, fit, shares_memory
from app.models.speed import UNMEASURED

CONTEXT = 16_384  # tokens that a recommended model has room for
FLUENT = 8.0  # tokens a second, about as fast as people read
_SLOWEST = 4.0  # tokens a second; below, Facet suggests a smaller one
_CLEARLY = 1.3  # times as fast, or it is not worth the worse answers

_BEST_LAST = ("E2B", "E4B", "12B", "26B A4B", "31B")
_SMALL = ("E2B", "E4B")  # fluent on nearly every machine


class Choice(msgspec.Struct, frozen=True):
    """A model, how it would do with ``CONTEXT`` tokens, and one plain sentence about that."""

    spec: ModelSpec
    fit: Fit
    line: str


class Advice(msgspec.Struct, frozen=True):
    """The model to take, the next better one and the next faster one, None where there is none;
    ``why`` is one sentence, also where nothing fits."""

    best: Choice | None
    better: Choice | None
    faster: Choice | None
    why: str


def advise(hardware: Hardware, catalogue: Catalogue, measured: Measured = UNMEASURED) -> Advice:
    """The best model that is comfortable and fluent on ``hardware``; with a graphics card, the
    best that runs on it altogether, if there is any. Else the least bad one, but never one that
    needs more memory than there is."""
    every = _fits(hardware, catalogue, measured)
    found = [entry for entry in every if entry[1].verdict != "no"]
    if not found:
        return Advice(None, None, None, _why_nothing(hardware, [fit for _, fit in every]))
    good = [entry for entry in found if _is_good(*entry)]
    on_card = [entry for entry in good if _on_card(entry[1])]
    # Of versions that are equally good the catalogue's first: max takes the first, too.
    if good:
        spec, its_fit = max(on_card or good, key=lambda entry: _rank(entry[0]))
    else:
        spec, its_fit = max(found, key=lambda entry: _least_bad(entry[1]))
    why = _why(spec, its_fit, good=bool(good))
    return Advice(
        Choice(spec, its_fit, why),
        _choice(_better(found, spec), "answers better"),
        _choice(_faster(found, spec, its_fit), "is faster"),
        why,
    )


_Entry = tuple[ModelSpec, Fit]


def _fits(hardware: Hardware, catalogue: Catalogue, measured: Measured) -> list[_Entry]:
    """All versions of Gemma 4, in the order of the catalogue."""
    entries = []
    for spec in catalogue.models:
        if spec.variant and spec.kind == "chat":
            result = fit(spec, hardware, context=CONTEXT, measured=measured)
            if result is not None:
                entries.append((spec, result))
    return entries


def _rank(spec: ModelSpec) -> int:
    return _BEST_LAST.index(spec.variant)


def _is_good(spec: ModelSpec, found: Fit) -> bool:
    if found.verdict != "comfortable" or found.context < CONTEXT:
        return False
    if found.decode is None:
        return spec.variant in _SMALL
    return found.decode >= FLUENT


def _on_card(found: Fit) -> bool:
    """Whether it runs altogether on a graphics card with memory of its own."""
    return (
        found.device is not None
        and not shares_memory(found.device)
        and found.layers == found.all_layers
    )


def _least_bad(found: Fit) -> tuple[bool, float]:
    """The higher, the better: rather slow than short of memory. Parts of a token a second make
    no difference."""
    if found.verdict == "comfortable":
        return True, round(found.decode or 0)
    return False, -found.share


def _better(found: Sequence[_Entry], best: ModelSpec) -> _Entry | None:
    """The next better model that is not hopelessly slow."""
    above = [
        entry
        for entry in found
        if _rank(entry[0]) > _rank(best) and (entry[1].decode or FLUENT) >= _SLOWEST
    ]
    return min(
        above,
        key=lambda entry: (_rank(entry[0]), entry[1].verdict != "comfortable"),
        default=None,
    )


def _faster(found: Sequence[_Entry], best: ModelSpec, its_fit: Fit) -> _Entry | None:
    """The next smaller model that is clearly faster."""
    if its_fit.decode is None:
        return None
    below = [
        entry
        for entry in found
        if _rank(entry[0]) < _rank(best) and (entry[1].decode or 0) >= _CLEARLY * its_fit.decode
    ]
    return max(
        below,
        key=lambda entry: (_rank(entry[0]), entry[1].verdict == "comfortable"),
        default=None,
    )


# -- what people read ------------------------------------------------------------------------


def _choice(entry: _Entry | None, praise: str) -> Choice | None:
    if entry is None:
        return None
    spec, found = entry
    line = f"{spec.title} {praise}"
    if found.decode is not None:
        line += f", at about {_speed(found.decode)}"
    if found.verdict == "tight":
        line += ", and leaves little memory for other programs"
    return Choice(spec, found, f"{line}.")


def _why(spec: ModelSpec, found: Fit, *, good: bool) -> str:
    speed = f"about {_speed(found.decode)}" if found.decode is not None else ""
    if good:
        where = "on the graphics card" if _on_card(found) else "here"
        numbers = f"{speed} in {_memory(found)}" if speed else _memory(found)
        return f"{spec.title} gives the best answers that come fluently {where}: {numbers}."
    if found.verdict == "tight":
        takes = f"it writes {speed}, and takes" if speed else "it takes"
        left = "which leaves little for other programs"
        return f"{spec.title} just fits: {takes} {_memory(found)}, {left}."
    return f"{spec.title} fits, but is slow here: {speed or 'its speed is unknown'}."


def _why_nothing(hardware: Hardware, fits: Sequence[Fit]) -> str:
    if not hardware.available and not hardware.memory:
        return "How much memory this machine has is unknown, so nobody can say what fits."
    if not fits:
        return "The catalogue has no version of Gemma 4 whose needs are known."
    least = min(fits, key=lambda found: found.total)
    free = hardware.available or 0
    return (
        f"No Gemma 4 fits: the smallest needs {least.total / 1e9:.1f} GB of memory, and "
        f"{free / 1e9:.1f} GB are free."
    )


def _speed(decode: float) -> str:
    count = f"{decode:.0f}" if decode >= 2 else f"{decode:.1f}"
    return f"{count} tokens a second"


def _memory(found: Fit) -> str:
    return f"{found.total / 1e9:.1f} GB of memory"
