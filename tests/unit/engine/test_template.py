"""Chat templates decide where the control tokens stand, and nothing else."""

import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.conversation import Outcome, Role
from app.core.errors import AppError
from app.core.prompt import Media, Prompt, Turn
from app.engine.messages import Cancel, Died, Done, ModelInfo
from app.engine.template import ChatTemplate, TemplateText, UserText, as_text
from tests.data import tiny_gemma4
from tests.unit.engine.talk import Talk, model, system, user

PICTURE = Media("image", "a.png", 70)
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] | trim }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# Knows no system role and insists that the roles alternate, as several do.
STRICT = (
    "{{ bos_token }}{% for m in messages %}"
    "{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Roles must alternate user/assistant') }}{% endif %}"
    "[{{ m.role }}]{{ m.content }}{% endfor %}"
)


def render(source: str | None, *turns: Turn, thinking: bool | None = None) -> str:
    """The rendered prompt, as text."""
    return as_text(ChatTemplate(source, "<s>", "</s>").render(Prompt(turns, thinking)))


def test_turns_and_the_beginning_of_the_answer() -> None:
    rendered = render(CHATML, system("Be brief."), user("Hi"), model("Hello"), user("Bye"))
    assert rendered == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        "<|im_start|>assistant\nHello<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_segments_say_who_wrote_them() -> None:
    segments = ChatTemplate(CHATML).render(Prompt((user("<|im_end|>", PICTURE),)))
    assert segments == [
        TemplateText("<|im_start|>user\n"),
        PICTURE,
        UserText("<|im_end|>"),
        TemplateText("<|im_end|>\n<|im_start|>assistant\n"),
    ]


def test_templates_for_parts_get_parts() -> None:
    parts = (
        "{% for m in messages %}<{% if m.content is string %}{{ m.content }}{% else %}"
        "{% for p in m.content %}{{ p.text }}|{% endfor %}{% endif %}>{% endfor %}"
    )
    assert render(parts, user("Hi"), user("What?", PICTURE)) == "<Hi><<__media__>|What?|>"


def test_several_media_keep_their_order() -> None:
    second, sound = Media("image", "b.png"), Media("audio", "c.wav")
    for source in (CHATML, "{% for p in messages[0].content %}{{ p.text }}{% endfor %}"):
        segments = ChatTemplate(source).render(Prompt((user("Hi", PICTURE, second, sound),)))
        found = [segment for segment in segments if not isinstance(segment, TemplateText)]
        assert found == [PICTURE, second, sound, UserText("Hi")]


def test_a_picture_without_words() -> None:
    assert "<__media__><|im_end|>" in render(CHATML, user("", PICTURE))


def test_a_template_without_a_system_role_gets_it_with_the_first_question() -> None:
    rendered = render(STRICT, system("Be brief."), user("Hi"), model("Hello"), user("Bye"))
    assert rendered == "<s>[user]Be brief.\n\nHi[assistant]Hello[user]Bye"


def test_a_template_that_refuses_or_loses_something() -> None:
    for source in (
        STRICT,
        "{{ messages[0].content }}",
        "{{ messages[0].content * 2 }}{{ messages[1].content }}",
        "{{ messages[1].content }}{{ messages[0].content }}",
        "{{ messages[0].content }}{{ messages[1].content[:2] }}",
    ):
        with pytest.raises(AppError) as caught:
            render(source, user("Hi"), user("Bye"))
        assert caught.value.code == "template"


def test_thinking_is_on_off_or_left_to_the_template() -> None:
    source = (
        "{{ messages[0].content }}"
        "{{ enable_thinking if enable_thinking is defined else 'undefined' }}"
    )
    shown = {value: render(source, user("Hi "), thinking=value) for value in (None, True, False)}
    assert shown == {None: "Hiundefined", True: "HiTrue", False: "HiFalse"}
    assert ChatTemplate(source).can_think
    assert not ChatTemplate(CHATML).can_think


def test_what_transformers_gives_to_templates() -> None:
    source = (
        "{% set ns = namespace(n=1) %}{% for m in messages %}{% if loop.last %}{% break %}"
        "{% endif %}{% endfor %}{% if tools is not none %}tools{% endif %}"
        "{% generation %}{{ messages[0].content }}{% endgeneration %}"
        "{{ {'a': 'é'} | tojson }}{{ strftime_now('%Y') | length }}{{ eos_token }}"
    )
    assert render(source, user("Hi")) == 'Hi{"a": "é"}4</s>'


def test_no_template() -> None:
    rendered = render(None, system("Be brief."), user("Hi"))
    assert rendered == "system: Be brief.\n\nuser: Hi\n\nassistant:"


@pytest.mark.parametrize(
    "source",
    [
        "{% for m in messages %}",
        "{% nonsense %}",
        "{{ messages[0].content",
        "{{ 'x' | no_such_filter }}",
        "{% include 'other' %}{% extends %}",
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
        "{% if 1 %}" * 500 + "{% endif %}" * 500,
        "{% call %}",
        "\x00{{",
    ],
)
def test_what_is_no_template_is_refused_by_name(source: str) -> None:
    with pytest.raises(AppError, match="template"):
        render(source, user("Hi"))


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ messages.__class__ }}",
        "{{ raise_exception.__globals__ }}",
        "{{ strftime_now.__globals__['datetime'] }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.system('true') }}",
        "{{ lipsum.__globals__['os'] }}",
        "{{ '{0.__class__}'.format(messages) }}",
        "{{ messages | attr('__class__') }}",
        "{{ messages | map(attribute='__class__') | list }}",
        "{{ messages.append({}) }}",
        "{{ messages[0].update(role='x') }}",
        "{% import 'os' as os %}",
        "{% for i in range(10000000000) %}{% endfor %}",
        "{{ 1 / 0 }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ strftime_now(3) }}",
        "{{ messages[7].content }}",
        "{{ [].x.y }}",
        "{{ namespace(1) }}",
    ],
)
def test_attacks_come_to_nothing(attack: str) -> None:
    """``attack`` sees nothing that the template was not given."""
    try:
        rendered = render("{{ messages[0].content }}" + attack, user("Hi"))
    except AppError as error:
        rendered = f"Hi{error.code}"
    assert rendered in ("Hitemplate", "Hi", "Hi[Undefined]")


def test_reading_a_template_computes_nothing() -> None:
    for source in ("{{ 10 ** 10 ** 9 }}", "{{ 'x' * 10 ** 11 }}", "{{ 'x' | center(10 ** 11) }}"):
        ChatTemplate(source)
        ChatTemplate("{% set x = " + source[2:-2] + " %}")


def test_an_endless_template_is_ended_by_stop(fresh: Talk, tmp_path: Path) -> None:
    endless = (
        "{% set r = range(99999) %}{% for a in r %}{% for b in r %}{% for c in r %}"
        "{% endfor %}{% endfor %}{% endfor %}{{ messages[0].content }}"
    )
    changes = {"tokenizer.chat_template": endless}
    fresh.load(tiny_gemma4.write_model(tmp_path / "endless.gguf", "dense", changes), None)
    wait = 0.05
    while True:
        turn = fresh.begin(user("the"))
        fresh.engine.receive(timeout=wait)
        fresh.engine.send(Cancel(turn))
        if isinstance(fresh.until(lambda event: isinstance(event, Died | Done))[-1], Died):
            break
        wait *= 2  # stopped before it had begun
    fresh.until(lambda event: isinstance(event, ModelInfo))
    fresh.load()
    assert fresh.ask(user("Hello")).outcome is Outcome.DONE


words = st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip)


@given(st.lists(words, min_size=1, max_size=4), st.integers(0, 2**32))
def test_any_text_comes_out_as_it_is(texts: list[str], seed: int) -> None:
    dice = random.Random(seed)
    turns = [Turn(dice.choice([Role.USER, Role.ASSISTANT]), text) for text in texts]
    segments = ChatTemplate(CHATML).render(Prompt(tuple(turns)))
    assert [s.text for s in segments if isinstance(s, UserText)] == [t.strip() for t in texts]
    assert "".join(s.text for s in segments if isinstance(s, TemplateText)) == (
        "".join(f"<|im_start|>{turn.role.value}\n<|im_end|>\n" for turn in turns)
        + "<|im_start|>assistant\n"
    )


COUNTING = "{% for m in messages %}[{{ m.content }}]{% endfor %}{{ strftime_now('%f') }}"
SHOWING = (
    "{% if enable_thinking %}!{% endif %}{% for m in messages %}<{{ m.role }} "
    "{% if m.content is string %}{{ m.content }}{% else %}"
    "{% for p in m.content %}|{{ p.text }}{% endfor %}{% endif %}>{% endfor %}"
)
SHAPES = st.lists(
    st.tuples(
        st.sampled_from([Role.SYSTEM, Role.USER, Role.ASSISTANT]),
        st.sampled_from(["", "a", "b {{ c }}", "\n"]),
        st.lists(st.sampled_from([PICTURE, Media("audio", "b.wav")]), max_size=2),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40)
@pytest.mark.parametrize("source", [SHOWING, STRICT])
@given(prompts=st.lists(st.tuples(SHAPES, st.sampled_from([None, True, False])), max_size=20))
def test_shapes_that_are_remembered_render_alike(
    source: str,
    prompts: list[tuple[list[tuple[Role, str, list[Media]]], bool | None]],
) -> None:
    kept = ChatTemplate(source)
    for turns, thinking in prompts:
        prompt = Prompt(tuple(Turn(r, text, tuple(media)) for r, text, media in turns), thinking)
        assert outcome(kept, prompt) == outcome(ChatTemplate(source), prompt)


def outcome(template: ChatTemplate, prompt: Prompt) -> object:
    """The segments, or that there are none."""
    try:
        return template.render(prompt)
    except AppError as error:
        return error.code


def test_a_shape_is_rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    template = ChatTemplate(CHATML)
    template.render(Prompt((user("Hello"),)))
    monkeypatch.setattr(template, "_try", lambda *_, **__: pytest.fail("rendered again"))
    assert as_text(template.render(Prompt((user("Bye"),)))).startswith("<|im_start|>user\nBye<")


def test_a_template_that_tells_the_time_is_always_asked() -> None:
    template = ChatTemplate(COUNTING)
    prompt = Prompt((user("Hello"),))
    deadline = time.monotonic() + 10
    first = as_text(template.render(prompt))
    while as_text(template.render(prompt)) == first:
        assert time.monotonic() < deadline


def test_pictures_of_a_film_stand_after_their_times() -> None:
    frames = tuple(Media("image", f"{i}.jpg", 70, f"00:0{i} ") for i in range(3))
    sound = Media("audio", "film.wav")
    prompt = Prompt((user("What happens?", *frames, sound),))
    rendered = as_text(ChatTemplate(CHATML).render(prompt))
    assert rendered == (
        "<|im_start|>user\n00:00 <__media__> 00:01 <__media__> 00:02 <__media__><__media__>"
        "What happens?<|im_end|>\n<|im_start|>assistant\n"
    )
    segments = ChatTemplate(CHATML).render(Prompt((user("?", *frames[:2]),)))
    assert UserText(" 00:01 ") in segments, "a time is no part of the template"


def test_a_label_never_becomes_a_control_token() -> None:
    odd = Media("image", "a.jpg", 70, "<|im_end|> ")
    assert UserText("<|im_end|> ") in ChatTemplate(CHATML).render(Prompt((user("?", odd),)))
