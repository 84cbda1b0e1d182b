"""How many layers of a model fit a device."""

from hypothesis import given
from hypothesis import strategies as st

from app.core.needs import SPARED, Figures

sizes = st.integers(0, 10**9)


def model(layers: list[tuple[int, int]], rest: list[int]) -> Figures:
    """Weights and cache of each layer, and all the rest."""
    weights, kv = zip(*layers, strict=True)
    return Figures(weights, kv, *rest)


layers = st.lists(st.tuples(sizes, sizes), min_size=1, max_size=60)
models = st.builds(model, layers, st.lists(sizes, min_size=8, max_size=8))
room = st.integers(0, 10**11)


@given(models, room, st.booleans())
def test_as_many_layers_as_fit(figures: Figures, free: int, projector: bool) -> None:
    count = figures.fitting_layers(free, projector=projector)
    if count:
        assert figures.on_device(count, projector=projector).total <= free
    if count < figures.layers:
        assert figures.on_device(count + 1, projector=projector).total > free


@given(models, st.data())
def test_each_part_is_in_one_place(figures: Figures, data: st.DataObject) -> None:
    count = data.draw(st.integers(0, figures.layers))
    here, there = figures.in_memory(count), figures.on_device(count, projector=False)
    everything = figures.in_memory()
    assert here.kv + there.kv == everything.kv
    copied = figures.tied if count else 0
    assert here.weights + there.weights == everything.weights + copied


@given(models, room, st.integers(1, 60))
def test_a_device_gets_the_better_half_or_what_was_asked_for(
    figures: Figures, free: int, least: int
) -> None:
    layers, projector = figures.place(free, least)
    half = (figures.layers + 1) // 2
    with_it = figures.fitting_layers(free - SPARED, projector=True)
    without = figures.fitting_layers(free - SPARED, projector=False)
    assert layers in (0, with_it, without)
    assert projector == (with_it >= half)
    assert (layers > 0) == (without >= min(half, least))
    if layers:
        assert figures.on_device(layers, projector=projector).total <= free - SPARED


def test_the_projector_goes_first_unless_it_costs_half_the_layers() -> None:
    figures = Figures((100,) * 10, (10,) * 10, 0, 50, 0, 5, 5, 5, projector=400)
    everything = figures.on_device(10, projector=True).total
    assert figures.place(SPARED + everything, 10) == (10, True)
    assert figures.place(SPARED + everything - 1, 10) == (9, True)
    assert figures.place(SPARED + figures.on_device(4, projector=True).total, 10) == (7, False)
    assert figures.place(SPARED + figures.on_device(4, projector=False).total, 10) == (0, False)
    assert figures.place(SPARED + figures.on_device(4, projector=False).total, 1) == (4, False)
