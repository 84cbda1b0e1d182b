from app.core.conversation import Audio, Document, Image, Message, Outcome, Role, Text
from app.core.prompt import SPOKEN, Media, Turn, build_prompt

PICTURE = Image("aa", "a.png", "image/png", 640, 480)
SOUND = Audio("bb", "b.wav", "audio/wav", 2.0)
SAID = Audio("dd", "Voice message", "audio/wav", 2.0, spoken=True)
WRITTEN = Audio("ee", "Voice message", "audio/wav", 2.0, spoken=True, transcript="How late is it?")
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


def test_a_message_that_is_only_spoken_is_to_be_answered() -> None:
    (turn,) = build(user(PICTURE, SAID))

    assert turn.text == SPOKEN
    assert [media.kind for media in turn.media] == ["image", "audio"]


def test_other_sounds_and_spoken_ones_with_words_get_no_words_of_ours() -> None:
    assert build(user(SOUND))[0].text == ""
    assert build(user(SAID, Text("In one word.")))[0].text == "In one word."


def test_a_sound_that_was_written_down_is_heard_by_who_hears() -> None:
    (turn,) = build(user(WRITTEN))

    assert turn.media == (Media("audio", "/blobs/ee"),)
    assert turn.text == SPOKEN


def test_a_deaf_model_reads_what_was_said_also_in_the_question_itself() -> None:
    turns = build(user(WRITTEN), answer("Late."), user(WRITTEN), senses=["image"])

    assert [turn.text for turn in turns] == ["How late is it?", "Late.", "How late is it?"]
    assert not any(turn.media for turn in turns)


def test_sounds_come_first_for_who_hears_only_those() -> None:
    turns = build(user(PICTURE, SAID), answer("A page."), user(WRITTEN), sounds_first=True)

    assert [media.kind for media in turns[0].media] == ["audio", "image"]
    assert (turns[2].text, turns[2].media) == ("How late is it?", ())
