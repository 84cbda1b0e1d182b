from app.core.conversation import Audio, Document, Image, Message, Outcome, Role, Text
from app.core.prompt import Media, Turn, build_prompt

PICTURE = Image("aa", "a.png", "image/png", 640, 480)
SOUND = Audio("bb", "b.wav", "audio/wav", 2.0)
PAGE = Document("cc", "notes.txt", "text/plain", "Milk, eggs.\n")


def user(*parts: object) -> Message:
    return Message(Role.USER, parts)  # type: ignore[arg-type]


def answer(text: str, outcome: Outcome = Outcome.DONE) -> Message:
    return Message(Role.ASSISTANT, (Text(text),) if text else (), thought="hm", outcome=outcome)


def build(*messages: Message, **options: object) -> tuple[Turn, ...]:
    return build_prompt(messages, lambda blob: f"/blobs/{blob}", **options).turns  # type: ignore[arg-type]


def test_media_come_before_the_words_whatever_the_order_of_the_parts() -> None:
    (turn,) = build(user(Text(" What is it? "), SOUND, PICTURE))

    assert turn.text == "What is it?"
    assert turn.media == (Media("audio", "/blobs/bb"), Media("image", "/blobs/aa"))


def test_a_document_is_named_and_fenced_in_front_of_the_question() -> None:
    (turn,) = build(user(Text("What is missing?"), PAGE))

    assert turn.text == (
        "Contents of the file notes.txt:\n---\nMilk, eggs.\n---\n\nWhat is missing?"
    )


def test_thoughts_and_answers_without_a_word_are_left_out() -> None:
    turns = build(
        user(Text("a")), answer("", Outcome.FAILED), user(Text("b")), answer("c"), user(Text("d"))
    )

    assert [(turn.role, turn.text) for turn in turns] == [
        (Role.USER, "a"),
        (Role.USER, "b"),
        (Role.ASSISTANT, "c"),
        (Role.USER, "d"),
    ]


def test_a_system_prompt_comes_first_and_an_empty_one_not_at_all() -> None:
    assert build(user(Text("a")), system=" Be short. ")[0] == Turn(Role.SYSTEM, "Be short.")
    assert build(user(Text("a")), system="  ")[0].role is Role.USER


def test_earlier_media_that_the_model_can_t_take_become_a_few_words() -> None:
    history = (user(Text("What is it?"), PICTURE, SOUND), answer("a red circle"))

    first, _, last = build(*history, user(Text("And now?")), senses=())

    assert first.media == ()
    assert "a.png" in first.text
    assert "b.wav" in first.text
    assert first.text.endswith("What is it?")
    assert last == Turn(Role.USER, "And now?")
    hears, *_ = build(*history, user(Text("And now?")), senses=("audio",))
    assert hears.media == (Media("audio", "/blobs/bb"),)


def test_media_of_the_question_itself_are_never_left_out() -> None:
    (turn,) = build(user(Text("What is it?"), PICTURE), senses=())

    assert turn.media == (Media("image", "/blobs/aa"),)
    assert turn.text == "What is it?"


def test_a_picture_s_own_budget_wins_over_the_default() -> None:
    own = Image("aa", "a.png", "image/png", 640, 480, budget=1120)

    (turn,) = build(user(PICTURE, own), default_budget=140)

    assert [medium.budget for medium in turn.media] == [140, 1120]
