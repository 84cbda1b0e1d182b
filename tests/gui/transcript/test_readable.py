"""Answers in JSON that a reader gets as words."""

import json

import pytest

from app.core.boxes import Box, as_json
from app.core.conversation import Outcome
from app.core.tables import Table
from app.ui.transcript.readable import readable
from tests.gui.transcript.scenes import Entry, Stage, reply

PLACES = as_json((Box(270, 520, 400, 600, "Save *all*"), Box(0, 0, 10, 10)))
TABLE = Table(("Item", "Price"), (("Bread", "3.20"),))
PRICES = json.dumps({"columns": TABLE.columns, "rows": TABLE.rows})


@pytest.mark.parametrize("answer", [PLACES, f"```json\n{PLACES}\n```", f" {PLACES}\n"])
def test_places_become_a_list(answer: str) -> None:
    shown = "1. **Save \\*all\\***, left 27 %, top 52 %\n2. left 0 %, top 0 %"
    assert readable(answer) == shown


def test_a_table_becomes_a_table() -> None:
    assert readable(PRICES) == TABLE.as_markdown()


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Hello",
        "[]",
        f"Here: {PLACES}",
        '{"columns": 1}',
        '{"columns": ["A"], "rows": [], "more": 1}',
        '{"columns": [], "rows": []}',
        PRICES[:-1],
        '{"box_2d": "x"}',
        "{" * 100_000,
    ],
)
def test_all_else_stays_as_it_was_written(answer: str) -> None:
    assert readable(answer) == answer


def test_it_is_shown_once_it_is_whole(stage: Stage) -> None:
    stage.view.add_entry(Entry("now", reply("", outcome=Outcome.WRITING, stats=None)))
    answer = stage.view.answer("now")
    assert answer is not None
    answer.add_text(PRICES)
    answer.finish(reply(PRICES))
    assert answer.text.strip() == TABLE.as_markdown().strip()
    stage.view.show_conversation([Entry("then", reply(PLACES))])
    again = stage.view.answer("then")
    assert again is not None
    assert again.text.startswith("1. **Save")
