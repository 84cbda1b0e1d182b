from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.budget import (
    BUDGETS,
    LARGEST_AUTOMATIC,
    TILE,
    asks_to_read,
    choose_budget,
    choose_detail,
    loses_text,
    size_for_budget,
    tokens_at,
)

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


# -- by content, task and cost ------------------------------------------------------------------


def laptop(tokens: int) -> float:
    """Seconds on two cores: 9 for 280 tokens, 24 for 560 (and the prefill after it)."""
    return 0.02163 * tokens + 3.79e-5 * tokens**2 + tokens / 55


def card(tokens: int) -> float:
    return laptop(tokens) / 50


@given(sides, sides, st.floats(0, 200), st.booleans(), st.sampled_from([laptop, card]))
def test_the_choice_is_a_budget_that_can_be_waited_for(
    width: int, height: int, text_height: float, reading: bool, seconds: Callable[[int], float]
) -> None:
    budget = choose_detail(width, height, text_height, reading=reading, seconds=seconds)
    assert budget in BUDGETS
    cost = seconds(tokens_at(width, height, budget))
    assert cost <= (40 if reading else 20)


@given(sides, sides, st.floats(0, 200))
def test_reading_never_gets_less_detail(width: int, height: int, text_height: float) -> None:
    plain = choose_detail(width, height, text_height, seconds=card)
    assert choose_detail(width, height, text_height, reading=True, seconds=card) >= plain


@pytest.mark.parametrize(
    ("size", "text_height", "reading", "budget"),
    [
        ((4000, 3000), 0, False, 280),  # a photo
        ((4000, 3000), 0, True, 560),  # a photo of handwriting
        ((120, 90), 0, True, 70),  # an icon has no more to show
        ((1920, 1080), 11, False, 560),  # a window with usual letters
        ((1920, 1080), 8, False, 1120),  # small letters on it
        ((1240, 1754), 16, False, 280),  # a page in large print
        ((2480, 3508), 20, False, 1120),  # a scanned page
    ],
)
def test_where_time_does_not_matter_the_content_decides(
    size: tuple[int, int], text_height: float, reading: bool, budget: int
) -> None:
    assert choose_detail(*size, text_height, reading=reading, seconds=card) == budget


def test_a_slow_machine_gets_what_can_be_waited_for_and_it_is_said() -> None:
    assert choose_detail(1920, 1080, 8, seconds=laptop) == 280
    assert loses_text(1920, 1080, 8, 280)
    assert not loses_text(1920, 1080, 8, 1120)
    assert not loses_text(1920, 1080, 0, 70), "there is none to lose"
    assert choose_detail(1920, 1080, 8, reading=True, seconds=laptop) == 560
    assert choose_detail(1920, 1080, seconds=lambda tokens: tokens / 5) == 70


def test_before_anything_was_measured_the_largest_is_not_tried() -> None:
    assert choose_detail(1920, 1080, 8) == 560
    assert choose_detail(1920, 1080) == 280


@pytest.mark.parametrize(
    "words",
    [
        "Read this to me",
        "please transcribe",
        "What does it SAY?",
        "OCR",
        "the text, in English",
        "Was steht da?",
        "Kannst du das abtippen?",
        "Que dit le texte ?",
    ],
)
def test_words_that_ask_to_read(words: str) -> None:
    assert asks_to_read(words)


@pytest.mark.parametrize("words", ["", "What is this?", "Which bread is that?", "a context"])
def test_words_that_do_not(words: str) -> None:
    assert not asks_to_read(words)
