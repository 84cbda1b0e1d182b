"""What is suggested where a model is too much for the machine."""

from pathlib import Path

import pytest

from app.core.hardware import Hardware, load_hardware
from app.core.speed import Speed
from app.models.catalogue import load_catalogue
from app.models.library import InstalledModel
from app.models.smaller import faster_than, leaner_than
from tests.data import MACHINES

CATALOGUE = load_catalogue()


def machine(name: str) -> Hardware:
    return load_hardware(MACHINES / f"{name}.json")


def installed(model_id: str) -> InstalledModel:
    """A model of the catalogue, as if it were there."""
    spec = CATALOGUE.get(model_id)
    assert spec is not None
    return InstalledModel(
        spec.id,
        spec.title,
        Path(spec.model_file.name),
        None,
        spec.modalities,
        spec.download_bytes,
        spec.architecture,
        spec.context,
        listed=spec.id,
    )


@pytest.mark.parametrize(
    ("name", "model", "speed", "faster"),
    [
        ("raspberry-pi-5", "gemma-4-e4b-qat-q4_0", 2.5, "gemma-4-e2b-qat-q4_0"),
        ("raspberry-pi-5", "gemma-4-e2b-qat-q4_0", 3.5, None),
        ("desktop-64gb-cpu", "gemma-4-31b-qat-q4_0", 2.4, "gemma-4-26b-a4b-qat-q4_0"),
        ("desktop-64gb-cpu", "gemma-4-12b-qat-q4_0", 3.5, "gemma-4-e4b-qat-q4_0"),
        # Were this machine as fast as it should be, E4B would do; it isn't.
        ("desktop-64gb-cpu", "gemma-4-26b-a4b-qat-q4_0", 3.8, "gemma-4-e2b-qat-q4_0"),
    ],
)
def test_the_best_that_is_clearly_faster(
    name: str, model: str, speed: float, faster: str | None
) -> None:
    found = faster_than(installed(model), speed, machine(name), CATALOGUE, {})
    assert (found.id if found else None) == faster


def test_what_was_measured_of_another_is_believed() -> None:
    measured = {"gemma-4-E4B_q4_0-it.gguf": Speed(40.0, 3.6)}
    model = installed("gemma-4-12b-qat-q4_0")
    found = faster_than(model, 3.5, machine("desktop-64gb-cpu"), CATALOGUE, measured)
    assert found is not None
    assert found.variant == "E2B"


def test_what_is_installed_is_preferred() -> None:
    model, here = installed("gemma-4-e4b-qat-q4_0"), {"gemma-4-e2b-qat-ud-q4_k_xl"}
    found = faster_than(model, 2.5, machine("raspberry-pi-5"), CATALOGUE, {}, here=here)
    assert found is not None
    assert found.id == "gemma-4-e2b-qat-ud-q4_k_xl"
    leaner = leaner_than(model, machine("laptop-16gb-integrated"), CATALOGUE, here=here)
    assert leaner == found


def test_one_that_takes_clearly_less_memory() -> None:
    large = leaner_than(installed("gemma-4-31b-qat-q4_0"), machine("m3-36gb"), CATALOGUE)
    assert large is not None
    assert large.variant == "26B A4B"
    small = installed("gemma-4-e2b-qat-q4_0")
    assert leaner_than(small, machine("laptop-8gb"), CATALOGUE) is None


def test_of_an_unreadable_file_nothing_is_known(tmp_path: Path) -> None:
    strange = InstalledModel("x", "X", tmp_path / "x.gguf", None, ("text",), 10**10, "x", 0)
    hardware = machine("desktop-64gb-cpu")
    assert faster_than(strange, 1.0, hardware, CATALOGUE, {}) is None
    assert leaner_than(strange, hardware, CATALOGUE) is None
