"""Tables out of answers that grow, and what is copied of them."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.tables import MOST_ROWS, SCHEMA, Table, read_table
from app.engine.grammar import grammar_of

PRICES = Table(("Item", "Price"), (("Bread", "3.20"), ("Oil, olive", "9.00")))


def answer(table: Table) -> str:
    return json.dumps({"columns": table.columns, "rows": table.rows})


def test_a_table_is_read() -> None:
    assert read_table(answer(PRICES)) == PRICES
    assert read_table(f"```json\n{json.dumps(json.loads(answer(PRICES)), indent=2)}\n```") == PRICES


def test_a_growing_answer_shows_its_complete_rows() -> None:
    text = answer(PRICES)
    seen = [read_table(text[:end]) for end in range(len(text) + 1)]
    counts = [-1 if table is None else len(table.rows) for table in seen]
    assert counts == sorted(counts)
    assert set(counts) == {-1, 0, 1, 2}


def test_no_cell_is_lost() -> None:
    text = '{"columns": ["A", "B"], "rows": [["1"], ["1", "2", "3"], [4, null, true]]}'
    assert read_table(text) == Table(
        ("A", "B", ""), (("1", "", ""), ("1", "2", "3"), ("4", "null", "true"))
    )


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"columns": [', '{"rows": [["1"]]}', '{"columns": [], "rows": []}', "[" * 9999],
)
def test_there_may_be_no_table(text: str) -> None:
    assert read_table(text) is None


def test_there_is_an_end_to_rows() -> None:
    table = read_table(json.dumps({"columns": ["A"], "rows": [["1"]] * 5000}))
    assert table is not None
    assert len(table.rows) == MOST_ROWS


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), min_size=1, max_size=5))
def test_values_come_back_from_csv(rows: list[list[str]]) -> None:
    table = Table(("A", "B"), tuple((row[0], row[1]) for row in rows))
    back = list(csv.reader(io.StringIO(table.as_csv(), newline="")))
    assert back == [["A", "B"], *rows]


def test_markdown_keeps_its_columns() -> None:
    table = Table(("Name", "a|b"), (("x\ny", "1"),))
    assert table.as_markdown() == "| Name | a\\|b |\n| ---- | ---- |\n| x y  | 1    |\n"


def test_the_engine_takes_the_schema() -> None:
    assert "root" in grammar_of(SCHEMA, "")
