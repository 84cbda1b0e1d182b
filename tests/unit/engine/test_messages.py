"""What crosses the pipe arrives whole, and a stream that is out of step is noticed."""

import io
import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.conversation import Outcome, Role, Stats
from app.core.prompt import Media, Prompt, Sampling, Turn
from app.engine import messages
from app.engine.messages import (
    Cancel,
    Command,
    Delta,
    Device,
    Done,
    Event,
    Examined,
    Failed,
    Generate,
    Hello,
    Load,
    LoadFailed,
    Progress,
    Render,
    Rendered,
    Trimmed,
    frame,
    read_command,
    read_event,
)

words = st.text(max_size=50)
numbers = st.integers(0, 2**40)
media = st.builds(Media, st.sampled_from(["image", "audio"]), words, numbers)
turns = st.builds(Turn, st.sampled_from(Role), words, st.lists(media, max_size=3).map(tuple))
prompts = st.builds(
    Prompt, st.lists(turns, max_size=4).map(tuple), st.sampled_from([None, True, False])
)
samplings = st.builds(Sampling, st.floats(0, 5), seed=st.none() | numbers)
commands = st.one_of(
    st.builds(Load, words, st.none() | words, numbers, numbers),
    st.builds(Generate, numbers, prompts, samplings, numbers),
    st.builds(Render, numbers, prompts),
    st.builds(Cancel, numbers),
)
kinds = st.sampled_from(["cpu", "gpu", "integrated", "accelerator"])
devices = st.builds(Device, words, words, kinds, numbers, numbers)
events = st.one_of(
    st.builds(Hello, words, words, st.lists(devices).map(tuple)),
    st.builds(LoadFailed, words, words, words),
    st.builds(Progress, numbers, st.sampled_from(["image", "prefill"]), numbers, numbers),
    st.builds(Trimmed, numbers, numbers, numbers, numbers),
    st.builds(Delta, numbers, st.sampled_from(["text", "thought", "tool"]), words),
    st.builds(Done, numbers, st.sampled_from(Outcome), st.builds(Stats, numbers)),
    st.builds(Failed, numbers, words, words),
    st.builds(Rendered, numbers, words),
    st.builds(Examined, words, words, st.booleans(), words, numbers.map(float)),
)


@given(st.lists(commands, max_size=5))
def test_commands_come_out_as_they_went_in(sent: list[Command]) -> None:
    stream = io.BytesIO(b"".join(map(frame, sent)))
    assert [read_command(stream) for _ in sent] == sent
    assert read_command(stream) is None


@given(st.lists(events, max_size=5))
def test_events_come_out_as_they_went_in(sent: list[Event]) -> None:
    stream = io.BytesIO(b"".join(map(frame, sent)))
    assert [read_event(stream) for _ in sent] == sent
    assert read_event(stream) is None


@given(commands, st.data())
def test_a_frame_that_breaks_off_is_the_end(command: Command, data: st.DataObject) -> None:
    whole = frame(command)
    length = data.draw(st.integers(0, len(whole) - 1))
    assert read_command(io.BytesIO(whole[:length])) is None


@given(st.binary(max_size=300))
def test_noise_is_the_end_or_an_error(noise: bytes) -> None:
    for read in (read_command, read_event):
        stream = io.BytesIO(noise)
        try:
            while (message := read(stream)) is not None:
                assert isinstance(message, Command | Event)
        except ValueError:
            pass


@given(commands, st.data())
def test_a_flipped_byte_never_ends_in_another_error(command: Command, data: st.DataObject) -> None:
    flipped = bytearray(frame(command))
    place = data.draw(st.integers(0, len(flipped) - 1))
    flipped[place] ^= data.draw(st.integers(1, 255))
    try:
        assert isinstance(read_command(io.BytesIO(flipped)), Command | None)
    except ValueError:
        pass


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_any_text_of_python_can_be_sent(text: str) -> None:
    for sent in (text, f"{text}\ud83d", f"\udcff{text}"):
        received = read_event(io.BytesIO(frame(Delta(1, "text", sent))))
        assert isinstance(received, Delta)
        assert received.text == sent.replace("\ud83d", "\ufffd").replace("\udcff", "\ufffd")


def test_halves_of_a_character_are_joined() -> None:
    received = read_event(io.BytesIO(frame(Delta(1, "text", "\ud83d\ude00"))))
    assert received == Delta(1, "text", "😀")


def test_an_oversized_frame_is_refused_on_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MAX_FRAME", 100)
    with pytest.raises(ValueError, match="frame"):
        frame(Delta(1, "text", "x" * 100))
    with pytest.raises(ValueError, match="frame"):
        read_event(io.BytesIO(struct.pack(">I", 101) + bytes(101)))


def test_an_event_is_no_command() -> None:
    with pytest.raises(msgspec.ValidationError):
        read_command(io.BytesIO(frame(Delta(1, "text", "x"))))
