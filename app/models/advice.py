"""Which model to take on this machine, and why."""

import msgspec

from app.core.hardware import Hardware
from app.core.speed import Measured
from app.models.catalogue import Catalogue, ModelSpec
from app.models.fit import Fit, fit
from app.models.speed import UNMEASURED

CONTEXT = 16_384  # tokens that a recommended model has room for
FLUENT = 8.0  # tokens a second, about as fast as people read

_BEST_LAST = ("E2B", "E4B", "12B", "26B A4B", "31B")


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
    """The best model that is comfortable and fluent on ``hardware``; else the least bad one that
    doesn't need more memory than there is."""
    choices = _choices(hardware, catalogue, measured)
    good = [choice for choice in choices if _is_good(choice.fit)]
    if good:
        best = good[-1]
        return Advice(best, None, None, f"{best.spec.title} is the best that runs well here.")
    if choices:
        best = choices[0]
        return Advice(best, None, None, f"{best.spec.title} is the least that is possible here.")
    return Advice(None, None, None, "No Gemma 4 fits the free memory of this machine.")


def _choices(hardware: Hardware, catalogue: Catalogue, measured: Measured) -> list[Choice]:
    """What fits, the worst first."""
    found = []
    for spec in catalogue.models:
        if spec.variant and spec.kind == "chat":
            result = fit(spec, hardware, context=CONTEXT, measured=measured)
            if result is not None and result.verdict != "no":
                found.append(Choice(spec, result, result.reason))
    return sorted(found, key=lambda choice: _BEST_LAST.index(choice.spec.variant))


def _is_good(found: Fit) -> bool:
    fast = found.decode is None or found.decode >= FLUENT
    return found.verdict == "comfortable" and fast
