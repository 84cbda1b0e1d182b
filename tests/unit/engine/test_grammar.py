"""Answers that must look a certain way do, whatever is drawn; what can't be kept is refused."""

import json
import re
from typing import Any

import jsonschema
import pytest

from app.core.conversation import Outcome
from app.core.errors import AppError
from app.core.prompt import Sampling
from app.engine.grammar import check, grammar_of
from app.engine.messages import Delta
from app.engine.runtime import Runtime
from app.engine.schema import grammar_for
from tests.unit.engine.talk import LIKELIEST, Talk, user
from tests.unit.engine.writing import Eager, Writer

YES_NO = 'root ::= "yes" | "no"'
ENDLESS = 'root ::= ("a" | "b" | " ")+ "!"'
PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 12},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "tags": {"type": "array", "items": {"enum": ["a", "b", 'q"', "é"]}, "maxItems": 3},
        "note": {"type": ["string", "null"]},
        'a "name"\\': {"const": 'with "quotes"\n'},
        "code": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]+$"},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}
TREE = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "value": {"anyOf": [{"type": "number"}, {"type": "boolean"}, {"const": "none"}]},
                "children": {
                    "type": "array",
                    "items": {"$ref": "#/$defs/node"},
                    "maxItems": 1,
                },
            },
            "required": ["value"],
        }
    },
}
SCHEMAS: dict[str, Any] = {
    "person": PERSON,
    "tree": TREE,
    "anything": {"type": "object"},
    "list": {"type": "array", "minItems": 1, "maxItems": 4},
    "string": {"type": "string", "minLength": 2, "maxLength": 9},
    "dotted": {"type": "string", "pattern": "^a.{2}b$"},
    "date": {"type": "string", "format": "date"},
    "number": {"type": "integer", "exclusiveMinimum": 3, "maximum": 7.5},
    "choice": {"enum": ["red", 1, None, True]},
}


def wild(seed: int) -> Sampling:
    return Sampling(temperature=3.0, top_k=0, top_p=1.0, seed=seed)


@pytest.fixture
def writer(runtime: Runtime) -> Writer:
    return Writer(runtime)


@pytest.mark.parametrize("name", SCHEMAS)
def test_an_answer_follows_its_schema(writer: Writer, name: str) -> None:
    schema = SCHEMAS[name]
    ended = 0
    for seed in range(12):
        sampling = wild(seed) if seed else LIKELIEST
        written = writer.write(
            user("Hello"), sampling=sampling, schema=json.dumps(schema), max_tokens=300
        )
        if written.outcome is Outcome.DONE:
            jsonschema.validate(json.loads(written.text), schema)
            ended += 1
    assert ended >= 3, "or nothing was tested"


def test_guessing_ahead_keeps_to_the_schema(runtime: Runtime) -> None:
    plain, eager = Writer(runtime), Writer(runtime, Eager())
    for seed in range(5):
        same = {"sampling": wild(seed), "schema": json.dumps(PERSON), "max_tokens": 200}
        guessed = eager.write(user("Hello"), **same)  # type: ignore[arg-type]
        assert guessed.text == plain.write(user("Hello"), **same).text  # type: ignore[arg-type]


def test_all_ways_are_open(writer: Writer) -> None:
    said = {
        writer.write(user("Hello"), sampling=wild(seed), grammar=YES_NO).text for seed in range(20)
    }
    assert said == {"yes", "no"}


def test_a_grammar_that_the_model_would_keep_anyway_changes_nothing(writer: Writer) -> None:
    written = writer.write(user("Hello"), grammar='root ::= [^\\n]+ "?"')
    assert written.text == "Hello! How can I help you?"


@pytest.mark.parametrize("opened", [False, True])
def test_a_thought_is_free_and_the_answer_is_not(writer: Writer, opened: bool) -> None:
    thoughts = set()
    for seed in range(12):
        sampling = Sampling(temperature=1.5, top_k=0, top_p=1.0, seed=seed)
        written = writer.write(
            user("Hello"),
            sampling=sampling,
            thinking=True,
            opened=opened,
            grammar=YES_NO,
            thought_tokens=30,
        )
        assert written.text in ("yes", "no")
        assert written.outcome is Outcome.DONE
        thoughts.add(written.thought)
    assert len(thoughts) > 1


def test_a_thought_where_none_is_wanted(writer: Writer) -> None:
    for seed in range(12):
        written = writer.write(
            user("Hello"), sampling=wild(seed), thinking=False, grammar=YES_NO, thought_tokens=9
        )
        assert (written.text in ("yes", "no"), written.thought) == (True, "")


def test_markers_are_no_text(writer: Writer) -> None:
    """A grammar sees how a marker is spelled, and would take it for text."""
    for seed in range(5):
        written = writer.write(
            user("Hello"), sampling=wild(seed), grammar="root ::= [^x]{30} [^x]*", max_tokens=60
        )
        markers = writer.runtime.vocabulary.markers.keys()
        assert not markers & set(written.tokens)
        assert not set(writer.runtime.vocabulary.controls.values()) & set(written.tokens)
        assert not written.thought


def test_the_limit_comes_first(writer: Writer) -> None:
    written = writer.write(user("Hello"), grammar=ENDLESS, max_tokens=7)
    assert (written.outcome, written.figures.answer_tokens) == (Outcome.LENGTH, 7)
    assert re.fullmatch("[ab ]*!?", written.text)


def test_a_dead_end_is_told(writer: Writer) -> None:
    endless = Sampling(suppressed=("<eos>", "<turn|>", "<|tool_response>"))
    with pytest.raises(AppError, match="can't go on") as caught:
        writer.write(user("Hello"), grammar='root ::= "a"', sampling=endless)
    assert caught.value.code == "grammar"
    assert writer.write(user("Hello")).text == "Hello! How can I help you?"


def test_through_the_engine(talk: Talk) -> None:
    answer = talk.ask(user("Hello"), grammar=YES_NO)
    assert (answer.text in ("yes", "no"), answer.outcome) == (True, Outcome.DONE)
    answer = talk.ask(user("Hello"), schema=json.dumps(PERSON), sampling=wild(3))
    jsonschema.validate(json.loads(answer.text), PERSON)


def test_what_is_wrong_is_told_before_anything_is_done(talk: Talk) -> None:
    for wrong in ({"grammar": "root ::= ("}, {"schema": "{"}, {"schema": "{}", "grammar": YES_NO}):
        answer = talk.ask(user("Hello"), **wrong)
        assert answer.failure.code == next(iter(wrong)).replace("schema", answer.failure.code)
        assert answer.failure.code in ("grammar", "schema")
        assert len(answer.events) == 1
    assert talk.ask(user("Repeat: apple")).text == "apple"


def test_stop_in_the_midst(talk: Talk) -> None:
    turn = talk.begin(user("Hello"), grammar='root ::= ("a" | "b")+ "!"', sampling=wild(1))
    answer = talk.cancel_at(turn, lambda event: isinstance(event, Delta))
    assert answer.outcome in (Outcome.STOPPED, Outcome.DONE)
    assert re.fullmatch("[ab]*!?", answer.text)
    assert talk.ask(user("Repeat: apple")).text == "apple"


@pytest.mark.parametrize(
    ("grammar", "reason"),
    [
        ("root", '"root" stands before the first rule'),
        ('x ::= "a"', "no rule named root"),
        ("root ::= b", "no rule named b"),
        ("root ::= (", "not closed"),
        ("root ::= a)\na ::= b", "was not open"),
        ('root ::= ("a"\nb ::= "c")', "not closed"),
        ('root ::= "a', "not understood"),
        ("root ::= [a", "not understood"),
        ("root ::= <[5]>", "not understood"),
        ('root ::= "a" !<turn|>', "not understood"),
        ('root ::= "a"{5,2}', "more than it allows"),
        ("root ::= *", "nothing to repeat"),
        ('root ::= root "a"', "rule root begins with itself"),
        ('root ::= "b" | a\na ::= b "x"\nb ::= a', "begins with itself"),
        ('root ::= e root "x"\ne ::= f\nf ::= ""', "rule root begins with itself"),
        ('root ::= ("a"? root) "x"', "rule root begins with itself"),
        ('root ::= ("a"?){1000}', "repeated 1000 times"),
        ('root ::= b{100}\nb ::= c{100}\nc ::= "a"{0,100}', "repeated 100 times"),
        ("root ::= " + "(" * 500 + '"a"' + ")" * 500, "brackets are open"),
        ("root ::= " + '("a")' * 6000, "6,001 rules"),
        ("root ::= " + '"a"' * 100_000, "too long"),
        ('root ::= "\0"', "zero character"),
    ],
)
def test_grammars_that_are_refused(grammar: str, reason: str) -> None:
    with pytest.raises(AppError, match=re.escape(reason)) as caught:
        check(grammar)
    assert caught.value.code == "grammar"
    assert caught.value.next_step


@pytest.mark.parametrize(
    "grammar",
    [
        'root ::= "a"',
        'root ::= "a" | ""',
        "root ::=",
        '# a remark\nroot ::= a-1 # another\na-1 ::= [^"\\]\\\\] "\\"" . "x"? (("b")+ | "c"*){0,3}',
        'root ::= "(" root ")" | "x"',
        'root ::= ("a"?)* "b"',
        'root ::= "a"{2,} [a-z]{3} "c"{0,900}',
        'root ::= "#" "::=" "|"',
    ],
)
def test_grammars_that_are_taken(runtime: Runtime, grammar: str) -> None:
    check(grammar)
    Writer(runtime).write(user("Hello"), grammar=grammar, max_tokens=20, sampling=wild(1))


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ("{", "line 1"),
        ("[]", "is no schema"),
        ("3", "is no schema"),
        ('{"type":"text"}', 'no type "text"'),
        ('{"type":"number","minimum":0}', '"minimum"'),
        ('{"type":"integer","minimum":0}', "bounded"),
        ('{"type":"integer","minimum":5,"maximum":4}', "bounded"),
        ('{"type":"array","uniqueItems":true}', '"uniqueItems"'),
        ('{"type":"object","properties":{},"required":["a"]}', '"a" is required'),
        ('{"enum":[1],"minimum":1}', '"minimum"'),
        ('{"type":"string","pattern":"^[^a]$"}', "exclude"),
        ('{"type":"string","pattern":"a(b"}', "start with"),
        ('{"$ref":"https://example.org/schema.json"}', "remote"),
        ('{"$ref":"#/$defs/none"}', "none"),
        ('{"type":"object","properties":{"a":{"not":{}}}}', '"not"'),
        ("[" * 100_000, "recursion"),
    ],
)
def test_schemas_that_are_refused(schema: str, reason: str) -> None:
    with pytest.raises(AppError, match=re.escape(reason)) as caught:
        grammar_of(schema, "")
    assert caught.value.code == "schema"


def test_control_characters_are_not_part_of_json() -> None:
    assert '[^"\\\\] ' not in grammar_for('{"type":"string"}')


def test_nothing_is_wanted() -> None:
    assert grammar_of("", "") == ""
