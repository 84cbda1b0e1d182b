import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.conversation import Audio, Document, Image, Message, Part, Role, Stats, Text, title_of


def question(text: str, *more: Part) -> Message:
    return Message(Role.USER, (Text(text), *more))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Hello", "Hello"),
        ("  two\n\nlines ", "two lines"),
        ("What stands out in this chart? And give me the pandas to redraw it.",
         "What stands out in this chart? And give me the…"),
        ("x" * 60, "x" * 47 + "…"),
    ],
)  # fmt: skip
def test_the_title_is_the_first_words(text: str, title: str) -> None:
    assert title_of(question(text)) == title


def test_without_words_the_title_is_the_attachment() -> None:
    picture = Image("aa", "meter-cupboard.jpg", "image/jpeg", 10, 10)

    assert title_of(Message(Role.USER, (picture,))) == "meter-cupboard.jpg"


@given(st.text())
def test_a_title_fits_on_its_line(text: str) -> None:
    title = title_of(question(text))

    assert len(title) <= 48
    assert "\n" not in title


def test_words_and_attachments_are_told_apart() -> None:
    sound = Audio("bb", "b.wav", "audio/wav", 1.5)
    page = Document("cc", "c.txt", "text/plain", "words")
    message = Message(Role.USER, (sound, Text("one"), page, Text("two")))

    assert message.text == "one\n\ntwo"
    assert message.attachments == (sound, page)


def test_a_message_survives_the_way_to_json_and_back() -> None:
    message = Message(
        Role.ASSISTANT,
        (Text("a"), Image("aa", "n", "image/png", 1, 2, 70), Document("c", "n", "m", "t")),
        thought="hm",
        stats=Stats(prompt_tokens=3, ttft_ms=1.5),
    )

    assert msgspec.json.decode(msgspec.json.encode(message), type=Message) == message
