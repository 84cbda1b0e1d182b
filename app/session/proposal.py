"""What the first run proposes: a Gemma 4 that is here already, else the one worth downloading."""

import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from app.models.advice import Advice, Choice
from app.models.catalogue import Modality, ModelSpec
from app.models.fit import Fit
from app.models.library import InstalledModel
from app.session.offers import Offer, Offers

READABLE = 8.0  # tokens a second: slower answers are tiresome to wait for
_SIZES = ("E2B", "E4B", "12B", "26B A4B", "31B")
_OTHERS = 2


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """One model, as a card shows it.

    ``short`` is its name where there is little room ("E2B"); ``line`` one plain sentence, "" for
    none; ``bytes`` the size of its files. ``model`` is set for one that is on this machine,
    ``spec`` for one that the catalogue knows.
    """

    id: str
    title: str
    short: str
    line: str
    fit: Fit | None
    modalities: tuple[Modality, ...]
    bytes: int
    model: InstalledModel | None = None
    spec: ModelSpec | None = None

    @property
    def place(self) -> Literal["hub", "elsewhere", "here"]:
        """Where it is: on the publisher's page, in another program's folder, in Facet's."""
        if self.model is None:
            return "hub"
        return "here" if self.model.origin in ("facet", "opened") else "elsewhere"


class Proposal(msgspec.Struct, frozen=True):
    """``state`` is "looking" while the machine is being examined, "ready" with a ``best``
    suggestion, "nothing" where no Gemma 4 suits. ``why`` is one sentence, "" for none."""

    state: Literal["looking", "ready", "nothing"]
    why: str = ""
    best: Suggestion | None = None
    others: tuple[Suggestion, ...] = ()


def propose(offers: Offers) -> Proposal:
    """The proposal for the offers as they are now. A suitable model that needs no download comes
    first, then what the advice says."""
    advice = offers.advice
    if advice is None:
        return Proposal("looking")
    here = _best_here((*offers.installed, *offers.found), advice)
    advised = [_from_choice(choice) for choice in (advice.best, advice.faster, advice.better)]
    present = {model for offer in offers.installed if (model := _name(offer))}
    known = [one for one in advised if one is not None and one.short not in present]
    if here is not None:
        others = [one for one in known if one.short != here.short]
        return Proposal("ready", "", here, tuple(others[:_OTHERS]))
    if not known or advice.best is None:
        return Proposal("nothing", advice.why)
    best, *others = known
    return Proposal("ready", advice.why, best, tuple(others[:_OTHERS]))


def _best_here(offers: Iterable[Offer], advice: Advice) -> Suggestion | None:
    """The best Gemma 4 on this machine that would do well; None if there is none."""
    wanted = advice.best.spec.variant if advice.best is not None else ""

    def rank(offer: Offer) -> tuple[bool, bool, int]:
        return does_well(offer.fit), bool(wanted) and _name(offer) == wanted, offer.disk

    suitable = [offer for offer in offers if _suits(offer)]
    if not suitable:
        return None
    best = max(suitable, key=rank)
    if not does_well(best.fit) and advice.best is not None:
        return None  # the one to download is the better deal
    return _from_offer(best)


def _suits(offer: Offer) -> bool:
    model, computed = offer.model, offer.fit
    return (
        model is not None
        and not model.starter
        and model.architecture.startswith("gemma4")
        and computed is not None
        and computed.verdict != "no"
    )


def does_well(computed: Fit | None) -> bool:
    """Whether a model would leave memory to others and answer as fast as people read."""
    if computed is None or computed.verdict != "comfortable":
        return False
    return computed.decode is None or computed.decode >= READABLE


def _name(offer: Offer) -> str:
    """The size of Gemma 4, which a file that the catalogue doesn't know may have in its title."""
    if offer.variant:
        return offer.variant
    words = f" {re.sub(r'[-_ ]+', ' ', offer.title)} ".upper()
    return next((size for size in _SIZES if f" {size} " in words), offer.title)


def _from_offer(offer: Offer) -> Suggestion:
    return Suggestion(
        id=offer.id,
        title=offer.title,
        short=_name(offer),
        line=offer.model.description if offer.model is not None else "",
        fit=offer.fit,
        modalities=offer.modalities,
        bytes=offer.disk,
        model=offer.model,
        spec=offer.spec,
    )


def _from_choice(choice: Choice | None) -> Suggestion | None:
    if choice is None:
        return None
    spec = choice.spec
    return Suggestion(
        id=spec.id,
        title=spec.title,
        short=spec.variant or spec.title,
        line=choice.line,
        fit=choice.fit,
        modalities=spec.modalities,
        bytes=spec.download_bytes,
        spec=spec,
    )
