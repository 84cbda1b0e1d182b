"""What is recommended to machines that people have (tests/data/machines)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.core.hardware import Hardware, load_hardware
from app.core.speed import Speed
from app.models.advice import CONTEXT, FLUENT, Advice, advise
from app.models.catalogue import Catalogue, load_catalogue
from app.models.fit import WINDOW
from tests.data import DATA

GB = 10**9
MACHINES = DATA / "machines"
CATALOGUE = load_catalogue()
TINY = Hardware("linux", cores=2, memory=2 * GB, available=GB, bandwidth=1e10)


def machine(name: str) -> Hardware:
    """A described one."""
    return load_hardware(MACHINES / f"{name}.json")


def variants(advice: Advice) -> tuple[str, str, str]:
    """The sizes of the best, the better and the faster one."""
    best, better, faster = (
        choice.spec.variant if choice else "-"
        for choice in (advice.best, advice.better, advice.faster)
    )
    return best, better, faster


EXPECTED = {
    # Half of its memory is taken: only the smallest fits, and fills what is left.
    "laptop-8gb": ("E2B", "-", "-"),
    # Enough for E4B; 12B would swap.
    "laptop-16gb-integrated": ("E4B", "-", "E2B"),
    # E4B is on the card altogether; 12B only in parts.
    "rtx4060-8gb": ("E4B", "12B", "E2B"),
    # 31B would fill the card to the brim.
    "rtx3090-24gb": ("26B A4B", "31B", "E2B"),
    "m3-16gb": ("E4B", "-", "E2B"),
    "m3-36gb": ("26B A4B", "31B", "E2B"),
    "m3-128gb": ("31B", "-", "26B A4B"),
    # A processor alone is fluent with few active weights; 31B would take half a second a token.
    "desktop-64gb-cpu": ("26B A4B", "-", "E2B"),
    # Everything is slow there; E2B least.
    "raspberry-pi-5": ("E2B", "-", "-"),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_machines_that_people_have(name: str) -> None:
    assert variants(advise(machine(name), CATALOGUE)) == EXPECTED[name]


def test_no_machine_is_forgotten() -> None:
    assert {path.stem for path in MACHINES.glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_called_good_is_good(name: str) -> None:
    advice = advise(machine(name), CATALOGUE)
    assert advice.best is not None
    assert advice.best.line == advice.why
    if "fluently" in advice.why:
        found = advice.best.fit
        assert found.verdict == "comfortable"
        assert found.context == CONTEXT
        assert found.decode is not None
        assert found.decode >= FLUENT
        assert advice.best.spec.quantisation == "Q4_0"


def test_honest_sentences() -> None:
    assert advise(machine("m3-16gb"), CATALOGUE).why.startswith(
        "Gemma 4 E4B gives the best answers that come fluently here: about "
    )
    card = advise(machine("rtx4060-8gb"), CATALOGUE)
    assert "fluently on the graphics card: about " in card.why
    assert card.better is not None
    assert card.better.line.startswith("Gemma 4 12B answers better, at about ")
    assert card.faster is not None
    assert card.faster.line.startswith("Gemma 4 E2B is faster, at about ")
    slow = advise(machine("raspberry-pi-5"), CATALOGUE).why
    assert slow == "Gemma 4 E2B fits, but is slow here: about 5 tokens a second."
    tight = advise(machine("laptop-8gb"), CATALOGUE).why
    assert tight.startswith("Gemma 4 E2B just fits: it writes about ")
    assert tight.endswith(" GB of memory, which leaves little for other programs.")


def test_where_nothing_fits() -> None:
    advice = advise(TINY, CATALOGUE)
    assert variants(advice) == ("-", "-", "-")
    assert advice.why == (
        "No Gemma 4 fits: the smallest needs 3.0 GB of memory, and 1.0 GB are free."
    )
    assert "unknown" in advise(Hardware("other"), CATALOGUE).why
    assert "no version" in advise(TINY, Catalogue()).why


def test_measured_speeds_change_the_advice() -> None:
    desktop = machine("desktop-64gb-cpu")
    names = [spec.model_file.name for spec in CATALOGUE.models if spec.variant == "26B A4B"]
    disappointing = dict.fromkeys(names, Speed(20.0, 4.0))
    advice = advise(desktop, CATALOGUE, disappointing)
    assert variants(advice) == ("E4B", "12B", "E2B")


def test_unknown_speeds_are_not_trusted_with_large_models() -> None:
    unknown = replace(machine("desktop-64gb-cpu"), bandwidth=None)
    advice = advise(unknown, CATALOGUE)
    assert variants(advice) == ("E4B", "12B", "-")
    assert advice.why.startswith("Gemma 4 E4B gives the best answers that come fluently here: ")


@given(
    st.sampled_from(sorted(EXPECTED)),
    st.integers(0, 200 * GB),
    st.none() | st.floats(1e9, 5e11),
)
def test_never_one_that_would_swap(name: str, available: int, bandwidth: float | None) -> None:
    here = replace(machine(name), available=available, bandwidth=bandwidth)
    advice = advise(here, CATALOGUE)
    for choice in (advice.best, advice.better, advice.faster):
        if choice is not None:
            needed = choice.fit.memory.total + WINDOW
            if choice.fit.device is not None and choice.fit.device.unified:
                needed += choice.fit.device_memory.total
            assert needed < available
            assert choice.line.endswith(".")
    assert advice.why.endswith(".")
    if advice.best is None:
        assert (advice.better, advice.faster) == (None, None)
