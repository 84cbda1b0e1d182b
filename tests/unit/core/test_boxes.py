"""Boxes in answers: found among words, mended or left out, and put on the right pixels."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.boxes import MOST, SCALE, Box, as_json, read_boxes

ONE = '[{"box_2d": [100, 200, 300, 400], "label": "Save"}]'
SAVE = Box(200, 100, 400, 300, "Save")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (ONE, ""),
        (f"```json\n{ONE}\n```", ""),
        (f"```\n{ONE}\n```", ""),
        (f"Here it is:\n```json\n{ONE}\n```\nClick it.", "Here it is:\n\nClick it."),
        (f"The button {ONE} saves.", "The button\n\nsaves."),
        (ONE[1:-1], ""),
        ('{"label": "Save", "box_2d": [100, 200, 300, 400]}', ""),
        ('[{"box_2d": [100.0, 200, 300, 4e2],\n  "label": " Save\\n"}]', ""),
    ],
)
def test_a_box_is_found_among_words(answer: str, words: str) -> None:
    found = read_boxes(answer)
    assert found.boxes == (SAVE,)
    assert found.words == words


def test_several_keep_their_order_and_stand_once() -> None:
    boxes = (SAVE, Box(0, 0, 1000, 1000, "All"), Box(1, 2, 3, 4, "“Ü {x}”"))
    text = as_json((*boxes, SAVE))
    assert read_boxes(text).boxes == boxes
    assert len(json.loads(text)) == 4
    assert read_boxes(text).words == ""


def test_a_growing_answer_shows_the_boxes_that_are_complete() -> None:
    text = f"Two: {as_json((SAVE, Box(5, 6, 7, 8, 'More')))} Done."
    counts = [len(read_boxes(text[:end]).boxes) for end in range(len(text) + 1)]
    assert counts == sorted(counts)
    assert set(counts) == {0, 1, 2}
    for end in range(text.index('2d":') + 4, len(text) + 1):
        assert "box_2d" not in read_boxes(text[:end]).words
        assert read_boxes(text[:end]).words.startswith("Two:")


@pytest.mark.parametrize(
    "boxes",
    [
        ONE,
        f"```json\n{ONE}\n```",
        f"```\n{ONE[1:-1]}\n```",
        '[\n  {\n    "label": "Save",\n    "box_2d": [1, 2, 3, 4]\n  }\n]',
    ],
)
def test_the_beginning_of_boxes_is_never_shown_as_words(boxes: str) -> None:
    text = f"Two words.\n\n{boxes}\nDone."
    seen = [read_boxes(text[:end], growing=True).words for end in range(len(text))]
    assert seen == sorted(seen, key=len)
    assert set("".join(seen)) <= set("Two words.\n Done.")
    assert "Two words." in seen
    assert read_boxes(text).words == "Two words.\n\nDone."


@pytest.mark.parametrize(
    "text",
    ["Code:\n```\nx = [1]\n```", "{}\n[a]\n", "A `b`\n\nC", "- [ ] one\n- [x] two", "{ a" * 99],
)
def test_what_has_turned_out_to_be_no_box_is_shown(text: str) -> None:
    seen = [read_boxes(text[:end], growing=True).words for end in range(len(text) + 1)]
    assert all(text.startswith(words) for words in seen)
    assert seen == sorted(seen, key=len)
    assert len(seen[-1]) >= len(text) - len("\n```")
    assert read_boxes(text).words == text


@pytest.mark.parametrize(
    ("sides", "mended"),
    [
        ([300, 400, 100, 200], (200, 100, 400, 300)),  # upside down
        ([-50, 200, 300, 1200], (200, 0, 1000, 300)),  # beyond the edge
        ([300, 200, 100, 400], (200, 100, 400, 300)),
    ],
)
def test_what_is_clearly_meant_is_mended(
    sides: list[int], mended: tuple[int, int, int, int]
) -> None:
    (box,) = read_boxes(json.dumps([{"box_2d": sides, "label": "x"}])).boxes
    assert (box.left, box.top, box.right, box.bottom) == mended


@pytest.mark.parametrize(
    "sides",
    [
        [1100, 1100, 1200, 1200],  # outside
        [100, 200, 100, 400],  # a line
        [100, 200, 300],
        [100, 200, 300, 400, 500],
        ["100", 200, 300, 400],
        [True, 200, 300, 400],
        [float("nan"), 200, 300, 400],
        [float("inf"), 200, 300, 400],
        "100 200 300 400",
        None,
    ],
)
def test_what_can_not_be_drawn_is_left_out(sides: object) -> None:
    assert read_boxes(json.dumps([{"box_2d": sides, "label": "x"}])).boxes == ()


@pytest.mark.parametrize(
    "answer", ["", "Nothing.", "[]", '{"a": 1}', '{"box_2d": }', "{" * 5000 + '"box_2d"', "box_2d"]
)
def test_other_answers_have_no_boxes(answer: str) -> None:
    assert read_boxes(answer).boxes == ()


def test_an_answer_without_boxes_keeps_its_words() -> None:
    text = "  A list: [1, 2]\n```json\n{}\n```"
    assert read_boxes(text).words == text


def test_there_is_an_end_to_boxes() -> None:
    many = as_json(Box(n, n, n + 1, n + 1, str(n)) for n in range(500))
    assert len(read_boxes(many).boxes) == MOST


def test_pixels_are_exact() -> None:
    assert Box(0, 0, 1000, 1000).pixels(1919, 1079) == (0, 0, 1919, 1079)
    assert Box(250, 500, 750, 1000).pixels(400, 80) == (100, 40, 200, 40)
    assert Box(999, 999, 1000, 1000).pixels(10, 10) == (9, 9, 1, 1)
    assert Box(0, 0, 0.1, 0.1).pixels(3, 3) == (0, 0, 1, 1)


@given(
    st.lists(st.floats(-2000, 3000), min_size=4, max_size=4),
    st.integers(1, 8000),
    st.integers(1, 8000),
)
def test_a_box_is_never_outside_its_picture(sides: list[float], width: int, height: int) -> None:
    for box in read_boxes(json.dumps({"box_2d": sides})).boxes:
        for one in (box, box.with_margin(0.2)):
            x, y, w, h = one.pixels(width, height)
            assert 0 <= x < x + w <= width
            assert 0 <= y < y + h <= height


def test_a_margin_ends_at_the_edge() -> None:
    assert Box(0, 100, 100, 200, "x").with_margin(0.5) == Box(0, 50, 150, 250, "x")
    assert Box(900, 0, SCALE, SCALE).with_margin(0.1) == Box(890, 0, SCALE, SCALE)


@given(st.text(max_size=300))
def test_no_text_makes_it_stumble(text: str) -> None:
    read_boxes(text + '{"box_2d"' + text)
