import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.budget import BUDGETS, LARGEST_AUTOMATIC, TILE, choose_budget, size_for_budget

sides = st.integers(1, 20_000)


@given(sides, sides, st.sampled_from(BUDGETS))
def test_a_picture_never_costs_more_than_its_budget(width: int, height: int, budget: int) -> None:
    new_width, new_height = size_for_budget(width, height, budget)

    assert new_width % TILE == new_height % TILE == 0
    assert new_width >= TILE
    assert new_height >= TILE
    assert (new_width // TILE) * (new_height // TILE) <= budget


@given(st.integers(200, 8000), st.integers(200, 8000), st.sampled_from(BUDGETS[2:]))
def test_ordinary_pictures_use_most_of_the_budget_and_keep_their_shape(
    width: int, height: int, budget: int
) -> None:
    ratio = width / height
    if not 0.5 <= ratio <= 2:
        return
    new_width, new_height = size_for_budget(width, height, budget)

    assert (new_width // TILE) * (new_height // TILE) >= 0.75 * budget
    assert 0.85 < (new_width / new_height) / ratio < 1.18


@pytest.mark.parametrize(
    ("width", "height", "budget", "tokens"),
    [
        (1920, 1080, 70, (11, 6)),
        (1920, 1080, 280, (22, 12)),
        (480, 480, 280, (16, 16)),
        (10_000, 10, 70, (70, 1)),
        (10, 10_000, 70, (1, 70)),
    ],
)
def test_sizes(width: int, height: int, budget: int, tokens: tuple[int, int]) -> None:
    assert size_for_budget(width, height, budget) == (tokens[0] * TILE, tokens[1] * TILE)


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (-1, 5)])
def test_a_picture_has_pixels(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="pixel"):
        size_for_budget(*size, 70)


def test_a_budget_is_at_least_one_token() -> None:
    with pytest.raises(ValueError, match="token"):
        size_for_budget(10, 10, 0)


@given(sides, sides)
def test_the_automatic_choice_is_a_budget_and_not_a_long_wait(width: int, height: int) -> None:
    assert choose_budget(width, height) in BUDGETS
    assert choose_budget(width, height) <= LARGEST_AUTOMATIC


@pytest.mark.parametrize(
    ("width", "height", "budget"),
    [(40, 40, 70), (336, 480, 70), (337, 481, 140), (1920, 1080, 280), (4000, 3000, 280)],
)
def test_small_pictures_cost_little(width: int, height: int, budget: int) -> None:
    assert choose_budget(width, height) == budget
