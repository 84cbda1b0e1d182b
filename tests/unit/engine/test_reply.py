"""Tokens of an answer become text, thoughts and tool calls, and nothing else."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from app.engine.reply import (
    CHANNEL_CLOSE,
    CHANNEL_OPEN,
    MARKERS,
    THINK_CLOSE,
    THINK_OPEN,
    TOOL_CLOSE,
    TOOL_OPEN,
    Kind,
    Reply,
)

OTHERS = ("<tool_response|>", '<|"|>')
IDS = {text: 1000 + number for number, text in enumerate((*MARKERS, *OTHERS))}
NAMES = {token: text for text, token in IDS.items()}


def parse(pieces: Sequence[str | bytes], *, thinking: bool = False) -> dict[Kind, str]:
    """What a reply of ``pieces`` says, by kind. A piece that is a marker's text is its token."""
    said: dict[Kind, str] = {"text": "", "thought": "", "tool": ""}

    def emit(kind: Kind, text: str) -> None:
        assert text
        said[kind] += text

    reply = Reply(NAMES, emit, thinking=thinking)
    for piece in pieces:
        data = piece.encode() if isinstance(piece, str) else piece
        reply.add(IDS.get(data.decode("utf-8", "replace"), 1), data)
    reply.close()
    return said


def test_plain_text() -> None:
    assert parse(["Hello", " ", "world"])["text"] == "Hello world"


def test_thought_and_answer() -> None:
    said = parse([CHANNEL_OPEN, "thought", "\n", "Hm", ".\n", CHANNEL_CLOSE, "\n", "Yes", "."])
    assert said == {"thought": "Hm.\n", "text": "Yes.", "tool": ""}


def test_the_name_of_a_channel_in_any_pieces() -> None:
    for pieces in (["thought\nHm"], ["th", "ought", "\nHm"], ["thought", "\n", "H", "m"]):
        assert parse([CHANNEL_OPEN, *pieces, CHANNEL_CLOSE, "Yes"])["thought"] == "Hm"


def test_an_empty_thought() -> None:
    said = parse([CHANNEL_OPEN, "thought", "\n", CHANNEL_CLOSE, "Yes"])
    assert said == {"thought": "", "text": "Yes", "tool": ""}
    assert parse([CHANNEL_OPEN, "thought", CHANNEL_CLOSE, "Yes"])["text"] == "Yes"


def test_thoughts_of_other_families() -> None:
    said = parse([THINK_OPEN, "\n", "Hm", THINK_CLOSE, "\n\n", "Yes"])
    assert said == {"thought": "Hm", "text": "Yes", "tool": ""}


def test_a_thought_that_the_prompt_has_opened() -> None:
    said = parse(["Hm", THINK_CLOSE, "Yes"], thinking=True)
    assert said == {"thought": "Hm", "text": "Yes", "tool": ""}


def test_a_thought_without_an_end() -> None:
    assert parse([CHANNEL_OPEN, "thought", "\n", "Hm"])["thought"] == "Hm"
    assert parse([CHANNEL_OPEN, "thought"]) == {"thought": "", "text": "", "tool": ""}
    assert parse([CHANNEL_OPEN]) == {"thought": "", "text": "", "tool": ""}


def test_a_channel_with_an_unknown_name_is_for_the_reader() -> None:
    assert parse([CHANNEL_OPEN, "final", "\n", "Yes"])["text"] == "Yes"


def test_stray_markers_leave_the_text_whole() -> None:
    assert parse(["Yes", CHANNEL_CLOSE, " and no"])["text"] == "Yes and no"
    assert parse(["Yes", THINK_CLOSE, TOOL_CLOSE])["text"] == "Yes"
    assert parse([CHANNEL_OPEN, "The answer is 4."])["text"] == "The answer is 4."
    assert parse([CHANNEL_OPEN, "Four.", "\nOr five."])["text"] == "Four.\nOr five."
    assert parse(["It is ", CHANNEL_OPEN, "4"])["text"] == "It is 4"


def test_a_thought_after_the_answer_is_dropped() -> None:
    said = parse(["Yes.", CHANNEL_OPEN, "thought", "\n", "Was that right?", CHANNEL_CLOSE])
    assert said == {"thought": "", "text": "Yes.", "tool": ""}
    said = parse(["Yes", CHANNEL_OPEN, "thought", "\n", "Hm", CHANNEL_CLOSE, " and no"])
    assert said["text"] == "Yes and no"


def test_tool_calls_stand_one_a_line() -> None:
    call = [TOOL_OPEN, "call:", "f{a:", '<|"|>', "b", '<|"|>', "}", TOOL_CLOSE]
    said = parse([*call, *call])
    assert said == {
        "tool": 'call:f{a:<|"|>b<|"|>}\ncall:f{a:<|"|>b<|"|>}',
        "text": "",
        "thought": "",
    }


def test_other_markers_are_dropped() -> None:
    assert parse(["Yes", "<tool_response|>", "."])["text"] == "Yes."
    assert parse([CHANNEL_OPEN, "thought\nA", '<|"|>', "B"])["thought"] == "AB"


def test_markers_spelled_out_are_text() -> None:
    pieces = ["Gemma writes ", "<|chan", "nel>", " first"]
    assert parse(pieces)["text"] == "Gemma writes <|channel> first"


def test_blank_lines_in_front_are_dropped() -> None:
    assert parse(["\n", " \n", "Yes", "\n", " no"])["text"] == "Yes\n no"


def test_broken_bytes_show_as_such() -> None:
    assert parse([b"a\xf0\x9f", b"b"])["text"] == "a\ufffdb"
    assert parse([b"a\xf0\x9f"])["text"] == "a\ufffd"
    assert parse([b"a\xf0\x9f", CHANNEL_CLOSE, b"\x98\x80"])["text"] == "a\ufffd\ufffd\ufffd"


@given(st.text(), st.data())
def test_any_split_of_any_text_comes_out_whole(text: str, data: st.DataObject) -> None:
    raw = text.encode("utf-8")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=20)))
    pieces = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    collected: list[str] = []
    reply = Reply({}, lambda _kind, part: collected.append(part))
    for piece in pieces:
        reply.add(1, piece)
    reply.close()
    assert "".join(collected) == text.lstrip()


@given(st.lists(st.sampled_from([*IDS, "thought", "\n", "word", " ", b"\xf0\x9f", b"\x98\x80"])))
def test_no_marker_ever_shows(pieces: list[str | bytes]) -> None:
    said = parse(pieces)
    for marker in IDS:
        assert marker not in said["text"]
        assert marker not in said["thought"]
        assert marker not in said["tool"] or marker in OTHERS
