"""The miniature, asked through the whole engine, answers rightly about what it is shown."""

from pathlib import Path

import pytest

from app.core.budget import size_for_budget
from app.core.conversation import Audio, Image, Message, Outcome, Role, Text
from app.core.prompt import Sampling, Turn, build_prompt
from app.engine.messages import Delta, Done, Generate, Progress, Render, Rendered
from tests.data import HEARD, MEDIA, SEEN, pictures, sounds
from tests.unit.engine.talk import BUDGET, LIKELIEST, Talk, model, picture, sound, system, user

SEE, HEAR = "What do you see?", "What do you hear?"


def test_text(talk: Talk) -> None:
    assert talk.ask(user("Hello")).text == "Hello! How can I help you?"
    assert talk.ask(user("Repeat: banana")).text == "banana"


def test_earlier_turns_and_a_system_text(talk: Talk) -> None:
    answer = talk.ask(
        system("You are a helpful assistant."),
        user("Hello"),
        model("Hello! How can I help you?"),
        user("Repeat: lemon"),
    )
    assert answer.text == "lemon"


@pytest.mark.parametrize("name", SEEN)
def test_picture_files(talk: Talk, name: str) -> None:
    assert talk.ask(user(SEE, picture(MEDIA / name))).text == SEEN[name]


@pytest.mark.parametrize("name", HEARD)
def test_sound_files(talk: Talk, name: str) -> None:
    assert talk.ask(user(HEAR, sound(MEDIA / name))).text == HEARD[name]


def test_a_changed_picture_changes_the_answer(talk: Talk, tmp_path: Path) -> None:
    upright = pictures.draw("blue", "circle", "at the top right")
    changes = {
        "a blue circle at the top right": upright,
        "a blue circle at the top left": pictures.lying(upright, 2),
        "a blue circle at the bottom right": pictures.lying(upright, 4),
        "a red circle at the top right": pictures.red_and_blue_swapped(upright),
    }
    for number, (seen, changed) in enumerate(changes.items()):
        path = tmp_path / f"{number}.png"
        changed.save(path)
        assert talk.ask(user(SEE, picture(path))).text == seen


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation(talk: Talk, tmp_path: Path, orientation: int) -> None:
    path = tmp_path / "photo.jpg"
    upright = pictures.draw("green", "triangle", "at the top left", (480, 384))
    pictures.save_rotated_jpeg(upright, path, orientation)
    assert talk.ask(user(SEE, picture(path))).text == "a green triangle at the top left"


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (1024, 768), (384, 480), (96, 96)])
def test_picture_sizes(talk: Talk, tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "picture.webp"
    pictures.draw("yellow", "square", "at the bottom left", size, pictures.DARK).save(path)
    answer = talk.ask(user(SEE, picture(path)))
    assert answer.text == "a yellow square at the bottom left"


@pytest.mark.parametrize(("rate", "ending"), [(8000, "wav"), (11025, "flac"), (96000, "ogg")])
def test_sample_rates(talk: Talk, tmp_path: Path, rate: int, ending: str) -> None:
    high = sounds.save(tmp_path / f"high.{ending}", sounds.tone(1500, rate=rate), rate)
    low = sounds.save(tmp_path / f"low.{ending}", sounds.tone(250, rate=rate), rate)
    assert talk.ask(user(HEAR, sound(high))).text == "a high tone"
    assert talk.ask(user(HEAR, sound(low))).text == "a low tone"


def test_thought_is_kept_apart(talk: Talk) -> None:
    question = user(SEE, picture(MEDIA / "red-circle.png"))
    with_thought = talk.ask(question, thinking=True)
    assert with_thought.thought.strip() == "The user asks about the picture."
    assert with_thought.text == SEEN["red-circle.png"]
    assert with_thought.stats.thought_ms > 0
    without = talk.ask(question, thinking=False)
    assert without.thought == ""
    assert without.text == SEEN["red-circle.png"]


def test_missing_media(talk: Talk) -> None:
    assert talk.ask(user(SEE)).text == "I see no picture."
    assert talk.ask(user(HEAR)).text == "I hear no sound."


def test_media_stand_before_the_words_that_were_typed_first(talk: Talk) -> None:
    parts = {
        "see": (Text(SEE), Image("red-circle.png", "a.png", "image/png", 384, 384, BUDGET)),
        "hear": (Text(HEAR), Audio("seven.wav", "a.wav", "audio/wav", 2.0)),
    }
    for sense, expected in (("see", SEEN["red-circle.png"]), ("hear", HEARD["seven.wav"])):
        prompt = build_prompt([Message(Role.USER, parts[sense])], lambda blob: str(MEDIA / blob))
        turn = talk.begin(*prompt.turns)
        assert talk.finish(turn).text == expected
        talk.engine.send(Render(0, prompt))
        rendered = talk.until(lambda event: isinstance(event, Rendered))[-1]
        assert isinstance(rendered, Rendered)
        assert rendered.text.index("<__media__>") < rendered.text.index("What")


@pytest.mark.parametrize("size", [(384, 384), (96, 96), (1000, 40), (100, 2000)])
@pytest.mark.parametrize("budget", [40, 70, 140])
def test_a_picture_costs_its_tiles(
    talk: Talk, tmp_path: Path, size: tuple[int, int], budget: int
) -> None:
    path = tmp_path / "picture.png"
    pictures.draw("red", "circle", "in the centre", size).save(path)
    width, height = size_for_budget(*size, budget)
    with_it = talk.ask(user(SEE, picture(path, budget)), max_tokens=1)
    without = talk.ask(user(SEE), max_tokens=1)
    cost = with_it.stats.prompt_tokens - without.stats.prompt_tokens
    assert cost == (width // 48) * (height // 48) + 2, "the tiles and what encloses them"


def test_a_file_that_is_gone_or_damaged(talk: Talk, tmp_path: Path) -> None:
    torn = tmp_path / "torn.png"
    torn.write_bytes((MEDIA / "screenshot.png").read_bytes()[:500])
    noise = tmp_path / "noise.mp3"
    noise.write_bytes(bytes(range(256)) * 20)
    for media in (picture(tmp_path / "none.png"), picture(torn), sound(noise)):
        failure = talk.ask(user(SEE, media)).failure
        assert failure.code == "media"
        assert failure.what.endswith(".")
        assert failure.next_step
    assert talk.ask(user("Repeat: bread")).text == "bread"


@pytest.mark.parametrize("size", [1, 100, 1000])
def test_a_sound_of_no_length(talk: Talk, tmp_path: Path, size: int) -> None:
    path = sounds.save(tmp_path / "click.wav", sounds.silence()[:size])
    assert talk.ask(user(HEAR, sound(path))).text == "silence"


def test_the_same_seed_draws_the_same_answer(talk: Talk) -> None:
    def drawn(seed: int) -> str:
        wild = Sampling(temperature=3.0, top_p=1.0, top_k=0, seed=seed)
        return talk.ask(user("Repeat: tea"), sampling=wild, max_tokens=24).text

    assert drawn(7) == drawn(7)
    assert len({drawn(seed) for seed in range(5)}) > 1


def test_temperature_0_takes_the_likeliest(talk: Talk) -> None:
    answers = {
        talk.ask(user("Hello"), sampling=Sampling(temperature=0, seed=seed)).text
        for seed in range(3)
    }
    assert answers == {"Hello! How can I help you?"}


def test_max_tokens(talk: Talk) -> None:
    answer = talk.ask(user("Hello"), max_tokens=3)
    assert answer.outcome is Outcome.LENGTH
    assert answer.stats.answer_tokens == 3
    assert "Hello! How can I help you?".startswith(answer.text)


def test_progress_rises_to_the_whole(talk: Talk, tmp_path: Path) -> None:
    new = tmp_path / "new.png"  # an older one is encoded already
    pictures.draw("orange", "square", "in the centre").save(new)
    first = "\n".join(f"Line {number} of many." for number in range(150))
    answer = talk.ask(user(first), max_tokens=1)
    second = talk.ask(user(SEE, picture(new)))
    for progress in (answer.progress, second.progress):
        done = [event.done for event in progress]
        assert done == sorted(done)
        assert progress[-1].done == progress[-1].total
    assert len(answer.progress) >= 4
    assert {event.stage for event in second.progress} == {"prefill", "image"}


def test_order_of_events(talk: Talk) -> None:
    kinds = [type(event) for event in talk.ask(user("Hello")).events]
    assert kinds[-1] is Done
    first_delta = kinds.index(Delta)
    assert set(kinds[:first_delta]) == {Progress}
    assert set(kinds[first_delta:-1]) == {Delta}


def test_figures(talk: Talk) -> None:
    stats = talk.ask(user("Repeat: salt and sugar")).stats
    assert stats.prompt_tokens > stats.cached_tokens >= 0
    assert stats.answer_tokens >= 3
    assert stats.context_used >= stats.prompt_tokens
    assert stats.context_size == 4096
    assert min(stats.ttft_ms, stats.prefill_tps, stats.decode_tps) > 0


def test_answers_come_in_the_order_of_the_questions(talk: Talk) -> None:
    words = ["apple", "bread", "clock"]
    turns = [talk.begin(user(f"Repeat: {word}")) for word in words]
    events = talk.until(lambda event: isinstance(event, Done) and event.turn == turns[-1])
    for turn, word in zip(turns, words, strict=True):
        said = [e.text for e in events if isinstance(e, Delta) and e.turn == turn]
        assert "".join(said) == word
    assert [e.turn for e in events if isinstance(e, Done)] == turns


@pytest.mark.parametrize(
    "turns",
    [
        (),
        (user(" \n "),),
        (system("Be brief."),),
        (user("Hello"), model("Hello! How")),
        (user("Hello"), user("Hello")),
        (system("A"), system("B"), user("Hello")),
        (user("Hel\0lo"),),
        (user("What is <__media__>?"),),
        (user("\uf8f00\uf8f1 {{ 1 }} {% x %}"),),
        (user("x" * 3000),),
        (user("👩‍👩‍👧‍👦 مرحبا \u202e\ufeff"),),
    ],
    ids=repr,
)
def test_odd_conversations(talk: Talk, turns: tuple[Turn, ...]) -> None:
    assert talk.ask(*turns, max_tokens=5).outcome in (Outcome.DONE, Outcome.LENGTH)
    assert talk.ask(user("Repeat: apple")).text == "apple"


def test_text_that_no_encoding_has(talk: Talk) -> None:
    turn = talk.begin(user("Repeat: \ud83d banana \ud83d\ude00 \udcff"))
    assert talk.finish(turn).outcome is Outcome.DONE
    with pytest.raises(ValueError, match="frame"):
        talk.engine.send(Generate(0, build_prompt([], str, system="x" * 2**28), LIKELIEST))
    assert talk.ask(user("Repeat: apple")).text == "apple"
