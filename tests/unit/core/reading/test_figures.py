from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.reading.figures import figures, values_of

MARKS = [",", ".", " ", "'", "\u2019", "\u00a0", "\u202f", ""]


@given(st.integers(0, 10**12), st.sampled_from(MARKS), st.sampled_from(MARKS))
def test_a_number_is_the_same_however_its_thousands_are_marked(
    number: int, mark: str, other: str
) -> None:
    written = f"It cost {number:,} in all.".replace(",", mark)
    page = f"The sum was {number:,} then.".replace(",", other)
    (figure,) = figures(written)
    assert figure.among(values_of(page))
    assert not figure.among(values_of(f"The sum was {number + 7:,} then.".replace(",", "")))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("3,5", {"3.5"}),
        ("1.450", {"1.450", "1450"}),
        ("1.234.567,89", {"1234567.89"}),
        ("2.5 million", {"2.5", "2500000"}),
        ("7 Mrd. Euro", {"7", "7000000000"}),
        ("\uff13\uff17", {"37"}),
        ("\u0663\u0664", {"34"}),
    ],
)
def test_what_a_number_may_mean(text: str, values: set[str]) -> None:
    (figure,) = figures(text)
    assert figure.values == {Decimal(value) for value in values}


@pytest.mark.parametrize(
    ("claim", "page"),
    [
        ("12.03.2024", "on 12 March 2024"),
        ("12/3/2024", "am 12. M\u00e4rz 2024"),
        ("at 14:30", "14.30"),
        ("at 14:30", "from 14:30 to 15:00"),
        ("2 boats", "two boats"),
        ("12 Boote", "zw\u00f6lf Boote"),
        ("about 1,400", "1,387 people"),
        ("over 4 million", "4,120,000"),
        ("45", "the row 12 45 78"),
    ],
)
def test_numbers_that_are_the_same(claim: str, page: str) -> None:
    there = values_of(page)
    assert all(figure.among(there) for figure in figures(claim))


@pytest.mark.parametrize(
    ("claim", "page"),
    [
        ("1,387", "about 1,400"),
        ("12.03.2024", "on 13 March 2024"),
        ("about 1,000", "1,387"),
        ("45", "456"),
        ("4.5", "45"),
        ("1.2", "1, 2 and 3 of 12"),
    ],
)
def test_numbers_that_are_not(claim: str, page: str) -> None:
    there = values_of(page)
    assert not all(figure.among(there) for figure in figures(claim))
