"""What a program may tell `facet chat --json`, and how it learns what was wrong."""

import json
import os
import threading
from collections.abc import Iterable
from typing import Any

import pytest

from app.commands import requests
from app.commands.requests import Malformed, lines, parse


def told(**request: Any) -> Any:
    return parse(json.dumps(request).encode())


def test_each_kind_of_request_is_understood() -> None:
    said = told(say="a", images=["p.png"], thinking="auto", temperature=0, seed=3, id=7)
    assert isinstance(said, requests.Say)
    assert (said.say, said.images, said.thinking, said.seed, said.id) == (
        "a",
        ("p.png",),
        "auto",
        3,
        7,
    )
    ahead = told(prepare={"say": "a", "audio": ["s.wav"], "max_tokens": 3})
    assert isinstance(ahead, requests.Prepare)
    assert (ahead.prepare.audio, ahead.prepare.max_tokens) == (("s.wav",), 3)
    assert isinstance(told(edit_last="b", grammar="g"), requests.EditLast)
    assert isinstance(told(regenerate=True, schema={"type": "null"}), requests.Regenerate)
    assert isinstance(told(chat="name", id="x"), requests.Switch)
    assert isinstance(told(stop=True), requests.Stop)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"say": 3}, "say"),
        ({"say": None}, "say"),
        ({"say": "a", "images": "p.png"}, "images"),
        ({"say": "a", "images": ["p.png", 3]}, "images[1]"),
        ({"say": "a", "budget": 71}, "budget"),
        ({"say": "a", "temperature": "hot"}, "temperature"),
        ({"say": "a", "temperature": 11}, "temperature"),
        ({"say": "a", "top_p": 1.5}, "top_p"),
        ({"say": "a", "seed": -1}, "seed"),
        ({"say": "a", "seed": 10**30}, "seed"),
        ({"say": "a", "max_tokens": 1.5}, "max_tokens"),
        ({"say": "a", "thinking": "maybe"}, "thinking"),
        ({"say": "a", "schema": 3}, "schema"),
        ({"say": "a", "colour": "red"}, "colour"),
        ({"say": "a", "stop": True}, "stop"),
        ({"say": "a", "id": [1]}, "id"),
        ({"prepare": "a"}, "prepare"),
        ({"prepare": {"say": "a", "seed": "x"}}, "prepare.seed"),
        ({"prepare": {"sai": "a"}}, "prepare.sai"),
        ({"edit_last": "a", "images": []}, "images"),
        ({"regenerate": False}, "regenerate"),
        ({"chat": 3}, "chat"),
        ({"stop": "yes"}, "stop"),
        ({"shout": "a"}, "shout"),
        ({"shout" * 1000: "a"}, "shout" * 16 + "…"),
    ],
)
def test_the_field_that_is_wrong_is_named(request_: dict[str, Any], field: str) -> None:
    answer = parse(json.dumps(request_).encode())
    assert isinstance(answer, Malformed)
    assert answer.field == field
    assert field in answer.error.what
    assert "say" in answer.error.next_step


@pytest.mark.parametrize(
    "line",
    [
        b"hello",
        b'{"say": "a"',
        b'{"say": "\xff"}',
        b'{"say": "\\ud800"}',
        b'{"say": "a", "temperature": NaN}',
        b'{"say": "a", "temperature": 1e999}',
        b"[" * 100_000,
        b"\x00",
        b"3",
        b"[]",
        b"null",
        b"{}",
    ],
)
def test_what_is_no_request_is_told_so(line: bytes) -> None:
    answer = parse(line)
    assert isinstance(answer, Malformed)
    assert answer.field == ""
    assert answer.error.what.endswith(".")


def test_an_id_is_kept_where_the_rest_is_wrong() -> None:
    assert told(say=3, id="x").id == "x"
    assert told(shout="a", id=4).id == 4


def test_a_byte_order_mark_is_no_part_of_a_request() -> None:
    assert isinstance(parse(b'\xef\xbb\xbf{"stop":true}\r'), requests.Stop)


def through_pipe(pieces: Iterable[bytes], limit: int) -> list[bytes | None]:
    source, sink = os.pipe()

    def write() -> None:
        with os.fdopen(sink, "wb", buffering=0) as stream:
            for piece in pieces:
                stream.write(piece)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        return list(lines(source, limit))
    finally:
        writer.join()
        os.close(source)


def test_lines_come_whole_however_they_were_written() -> None:
    assert through_pipe([b"a", b"b\nc", b"\n\n \r\n", b"last"], 100) == [b"ab", b"c", b"last"]
    assert through_pipe([], 100) == []


def test_a_line_that_is_too_long_costs_only_itself() -> None:
    pieces = [b"a\n", b"x" * 300_000, b"y" * 300_000, b"\nb\n", b"z" * 11, b"\n", b"0123456789"]
    assert through_pipe(pieces, 10) == [b"a", None, b"b", None, b"0123456789"]


def test_a_file_that_is_not_open_has_no_lines() -> None:
    assert list(lines(-1)) == []
