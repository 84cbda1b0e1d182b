"""What of an answer is read aloud, and in which pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.speech.aloud import Aloud, sentences, speakable

ANSWER = """## In short
A tenancy, e.g. from 1 December at 1.450 a month. Dr. Smith pays 3.5 %. [p. 3] Done!

- You pay **one** month's rent. [p. 12]
- *Back* within 21 days [src/app.py:10-20]

| Month | Use |
|---|---|
| March | 527 kWh |

```python
print(1)
```

See https://example.org/long for `more`… And so on"""
SAID = [
    "In short.",
    "A tenancy, e.g. from 1 December at 1.450 a month.",
    "Dr. Smith pays 3.5 %.",
    "Done!",
    "You pay one month's rent.",
    "Back within 21 days",
    "Month: March, Use: 527 kWh.",
    "See for more…",
    "And so on",
]


def test_marks_code_citations_and_addresses_are_left_to_the_eye() -> None:
    assert speakable(ANSWER) == SAID


@given(st.lists(st.integers(1, 40), min_size=1))
def test_it_is_the_same_however_it_arrives(lengths: list[int]) -> None:
    aloud, said, rest, turn = Aloud(), [], ANSWER, 0
    while rest:
        length = lengths[turn % len(lengths)]
        said += aloud.feed(rest[:length])
        rest, turn = rest[length:], turn + 1
    assert said + aloud.close() == SAID


def test_a_sentence_is_read_while_the_next_one_is_written() -> None:
    aloud = Aloud()
    assert aloud.feed("The first one is here. The sec") == ["The first one is here."]
    assert aloud.feed("ond. And") == ["The second."]
    assert aloud.close() == ["And"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("今日は。明日は!", ["今日は。", "明日は!"]),
        ("Er kam z. B. gestern. Sie nicht.", ["Er kam z. B. gestern.", "Sie nicht."]),
        ("“Really?” she asked.", ["“Really?”", "she asked."]),
        ("...", []),
        ("", []),
    ],
)
def test_sentences(text: str, said: list[str]) -> None:
    assert sentences(text) == said


def test_a_very_long_sentence_is_read_in_parts() -> None:
    words = ["word"] * 400
    parts = sentences(" ".join(words))
    assert max(map(len, parts)) <= 300
    assert " ".join(parts).split() == words
    assert "".join(sentences("x" * 1000)) == "x" * 1000
