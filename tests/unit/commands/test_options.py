"""What the options of a command and of a request make of an answer."""

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from app.commands.options import Options, options_of
from app.core.errors import AppError
from app.core.prompt import Prompt, Sampling

USUAL = Sampling(temperature=0.7, top_k=20)
NOTHING = {
    "thinking": None,
    "max_tokens": 0,
    "think_tokens": 0,
    "temperature": None,
    "top_k": None,
    "top_p": None,
    "min_p": None,
    "seed": None,
    "schema": None,
    "grammar": None,
    "no_drafting": False,
}


def of(**values: Any) -> Options:
    return options_of(Namespace(**(NOTHING | values)))


def test_what_is_not_said_stays_as_the_model_has_it() -> None:
    order = of().generate(3, Prompt(()), USUAL)
    assert order.sampling == USUAL
    assert (order.turn, order.max_tokens, order.thought_tokens) == (3, 0, 0)
    assert (order.schema, order.grammar, order.drafting) == ("", "", True)


def test_what_is_said_reaches_the_engine() -> None:
    options = of(temperature=0.0, top_p=0.5, min_p=0.1, seed=7, max_tokens=9, think_tokens=5)
    order = options.generate(1, Prompt(()), USUAL, chat="c")
    assert order.sampling == Sampling(temperature=0.0, top_k=20, top_p=0.5, min_p=0.1, seed=7)
    assert (order.max_tokens, order.thought_tokens, order.chat) == (9, 5, "c")
    assert not of(no_drafting=True).generate(1, Prompt(()), USUAL).drafting


@pytest.mark.parametrize(
    ("word", "thinking"), [("on", True), ("off", False), ("auto", "auto"), (None, None)]
)
def test_thinking_is_on_off_or_left_to_the_question(word: str | None, thinking: object) -> None:
    assert of(thinking=word).thinking == thinking


def test_zero_and_auto_undo_what_was_said_before() -> None:
    options = Options(max_tokens=0, thinking="auto").over(Options(max_tokens=9, thinking=True))
    assert options == Options(max_tokens=0, thinking="auto")


def test_a_grammar_takes_the_place_of_a_schema() -> None:
    assert Options(grammar="g").over(Options(schema={}, seed=1)) == Options(grammar="g", seed=1)
    assert Options(schema="").over(Options(grammar="g")).grammar is None


def test_both_at_once_are_refused() -> None:
    with pytest.raises(AppError, match="at once"):
        Options(schema={"type": "null"}, grammar="g").generate(1, Prompt(()), USUAL)


def test_a_schema_is_json_or_the_name_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "s.json"
    file.write_text('{"type": "string"}')
    for given in ('{"type": "string"}', str(file)):
        assert of(schema=given).generate(1, Prompt(()), USUAL).schema == '{"type": "string"}'


@pytest.mark.parametrize("content", ['{"type": ', "[1]", "3", "[" * 100_000, b"\xff\xfe{"])
def test_what_is_no_schema_is_named(tmp_path: Path, content: str | bytes) -> None:
    file = tmp_path / "s.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(AppError, match=r"s\.json"):
        of(schema=str(file))


@pytest.mark.parametrize("option", ["schema", "grammar"])
def test_a_missing_file_is_named(tmp_path: Path, option: str) -> None:
    with pytest.raises(AppError, match="gone"):
        of(**{option: str(tmp_path / "gone")})
