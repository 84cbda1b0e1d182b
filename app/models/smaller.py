"""Which smaller model to take where the chosen one turns out to be too much for the machine."""

from collections.abc import Collection, Iterator

from app.core.hardware import Hardware
from app.core.speed import Measured
from app.models.catalogue import Catalogue, ModelSpec
from app.models.fit import Fit, fit
from app.models.library import InstalledModel

_CLEARLY = 1.5  # times as fast, or it is not worth the worse answers
_LEANER = 0.8  # of the memory, or it changes little
_BEST_FIRST = ("31B", "26B A4B", "12B", "E4B", "E2B")


def faster_than(
    model: InstalledModel,
    speed: float,
    hardware: Hardware,
    catalogue: Catalogue,
    measured: Measured,
    *,
    here: Collection[str] = (),
    context: int = 0,
) -> ModelSpec | None:
    """The best model that would write clearly faster than ``model`` does, which has a ``speed`` of
    so many tokens a second; None if there is none. ``here`` are the catalogue's ids of what is
    installed; ``context`` is in tokens, 0 for as many as Facet gives a model by itself."""
    predicted = fit(catalogue.get(model.listed) or model, hardware, context=context)
    if predicted is None or predicted.decode is None:
        return None
    # What slows this model down here slows down the others.
    truth = min(1.0, speed / predicted.decode)
    for spec, found in _smaller(model, hardware, catalogue, measured, here, context):
        if found.decode is not None:
            expected = found.decode if found.measured else found.decode * truth
            if expected >= _CLEARLY * speed:
                return spec
    return None


def leaner_than(
    model: InstalledModel,
    hardware: Hardware,
    catalogue: Catalogue,
    *,
    here: Collection[str] = (),
    context: int = 0,
) -> ModelSpec | None:
    """The best model that takes clearly less memory than ``model``, None if there is none."""
    taken = fit(catalogue.get(model.listed) or model, hardware, context=context)
    if taken is None:
        return None
    for spec, found in _smaller(model, hardware, catalogue, {}, here, context):
        if found.total <= _LEANER * taken.total:
            return spec
    return None


def _smaller(
    model: InstalledModel,
    hardware: Hardware,
    catalogue: Catalogue,
    measured: Measured,
    here: Collection[str],
    context: int,
) -> Iterator[tuple[ModelSpec, Fit]]:
    """Of each smaller variant of Gemma 4 the version that suits best: one that is installed, else
    the first of the catalogue that fits. The best variant first."""
    for variant in _BEST_FIRST:
        specs = [
            spec
            for spec in catalogue.models
            if (spec.kind, spec.variant) == ("chat", variant)
            and spec.title != model.title
            and spec.download_bytes < model.bytes
        ]
        for spec in sorted(specs, key=lambda one: one.id not in here):
            found = fit(spec, hardware, context=context, measured=measured)
            if found is not None and found.verdict != "no":
                yield spec, found
                break
