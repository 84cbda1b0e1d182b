"""What is proposed to somebody new."""

from typing import Any

import msgspec
import pytest

from app.models.advice import Advice
from app.models.catalogue import ModelSpec
from app.models.fit import Fit
from app.session.offers import Offer
from app.session.proposal import Proposal, propose
from tests.gui.ui.newcomer import (
    ADVICE,
    E2B,
    E4B,
    NOTHING_FITS,
    STARTER,
    TWELVE,
    Offered,
    fitting,
    offered,
    on_disk,
    spec,
)

WELL = fitting(5_000_000_000, 30.0)
SLOW = fitting(9_000_000_000, 3.0, "tight", 0.95)


def proposal(
    advice: Advice | None = ADVICE,
    *,
    installed: tuple[Offer, ...] = (),
    found: tuple[Offer, ...] = (),
) -> Proposal:
    offers: Any = Offered(advice)
    offers.become(installed=installed, found=found)
    return propose(offers)


def here(model: ModelSpec, computed: Fit | None = WELL, origin: Any = "facet") -> Offer:
    return offered(on_disk(model, origin), computed, model)


def shown(found: Proposal) -> tuple[str, list[str]]:
    """The place of the best one with its name, and the names of the others."""
    best = found.best
    return (
        f"{best.place} {best.short}" if best is not None else "",
        [one.short for one in found.others],
    )


@pytest.fixture(autouse=True)
def _application(qapp: object) -> None:
    """Signals need one."""


def test_nothing_is_said_before_the_machine_is_known() -> None:
    assert proposal(None) == Proposal("looking")


def test_the_advice_is_passed_on() -> None:
    found = proposal(installed=(offered(on_disk(STARTER), WELL, STARTER),))
    assert (found.state, found.why) == ("ready", ADVICE.why)
    assert shown(found) == ("hub E4B", ["E2B", "12B"])


def test_a_model_of_another_program_needs_no_download() -> None:
    found = proposal(found=(here(E4B, origin="lm-studio"),))
    assert shown(found) == ("elsewhere E4B", ["E2B", "12B"])


def test_an_installed_one_comes_first() -> None:
    assert shown(proposal(installed=(here(E2B),))) == ("here E2B", ["E4B", "12B"])


def test_of_several_the_advised_one_is_the_best() -> None:
    several = (here(E2B, origin="ollama"), here(E4B, origin="jan"), here(TWELVE, SLOW, "jan"))
    assert shown(proposal(found=several))[0] == "elsewhere E4B"


def test_one_that_would_be_slow_gives_way_to_a_download() -> None:
    assert shown(proposal(found=(here(TWELVE, SLOW, "jan"),)))[0] == "hub E4B"


def test_where_nothing_is_advised_a_tight_one_is_better_than_none() -> None:
    found = proposal(NOTHING_FITS, found=(here(E2B, SLOW, "lm-studio"),))
    assert shown(found) == ("elsewhere E2B", [])


@pytest.mark.parametrize(
    "offer",
    [
        here(E4B, None, "lm-studio"),
        here(E4B, fitting(99_000_000_000, 1.0, "no", 4.0), "lm-studio"),
        here(STARTER),
        here(spec("", 7_000_000_000), origin="ollama"),
    ],
)
def test_what_is_unknown_or_too_large_or_no_gemma_is_not_offered(offer: Offer) -> None:
    assert proposal(NOTHING_FITS, found=(offer,)) == Proposal("nothing", NOTHING_FITS.why)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("gemma-4-E4B-it", ("elsewhere E4B", ["E2B", "12B"])),
        ("Gemma_4_26B_A4B_it", ("elsewhere 26B A4B", ["E4B", "E2B"])),
        ("My own", ("elsewhere My own", ["E4B", "E2B"])),
    ],
)
def test_a_file_that_the_catalogue_does_not_know(
    title: str, expected: tuple[str, list[str]]
) -> None:
    model = msgspec.structs.replace(on_disk(E4B, "lm-studio"), title=title)
    assert shown(proposal(found=(offered(model, WELL, None),))) == expected


def test_installed_models_are_not_offered_as_downloads() -> None:
    several = (here(E4B), here(E2B))
    assert shown(proposal(installed=several)) == ("here E4B", ["12B"])
