import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.core.speech.transcript import Line, as_srt, as_text, as_vtt, subtitles

LINES = (
    Line(0.0, 4.5, "Good morning."),
    Line(4.5, 20.0, ""),
    Line(3725.25, 3730.0, "A < B & C.", "A ist kleiner."),
)
LONG = Line(
    10.0,
    40.0,
    "We met on Monday. Everybody agreed that the budget, which had been cut twice, was too small"
    " for what was planned, and that somebody had to say so. Nobody did.",
)


def test_text_has_times_and_no_silence() -> None:
    assert as_text(LINES) == "[00:00] Good morning.\n[1:02:05] A ist kleiner.\n"
    assert as_text(()) == ""


def test_subtitles_of_subrip() -> None:
    assert as_srt(LINES) == (
        "1\n00:00:00,000 --> 00:00:04,500\nGood morning.\n\n"
        "2\n01:02:05,250 --> 01:02:10,000\nA ist kleiner.\n"
    )


def test_subtitles_of_the_web() -> None:
    said = (Line(1.0, 2.0, "A < B & C --> D."),)
    assert as_vtt(said) == ("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nA &lt; B &amp; C --&gt; D.\n")


def test_long_speech_becomes_subtitles_of_two_lines() -> None:
    cues = subtitles(LONG)
    assert [cue.text for cue in cues] == [
        "We met on Monday.",
        "Everybody agreed that the budget, which had been cut twice,",
        "was too small for what was planned, and that somebody had to say so.",
        "Nobody did.",
    ]
    assert cues[0].start == 10.0
    assert cues[-1].end == 40.0
    assert all(one.end == following.start for one, following in pairwise(cues))


def test_numbers_stay_whole_and_wide_commas_have_no_space() -> None:
    word, comma = "\u5b57" * 20, "\uff0c"
    (first, *_) = subtitles(Line(0.0, 9.0, comma.join([word] * 8)))
    assert first.text == comma.join([word] * 4) + comma
    (said,) = subtitles(Line(0.0, 1.0, "At 10:30 it was 1,000."))
    assert said.text == "At 10:30 it was 1,000."


@given(st.text(st.sampled_from("ab, .!?\u3002\uff0c\u5b57 "), max_size=600))
def test_subtitles_lose_nothing_and_are_short(text: str) -> None:
    cues = subtitles(Line(0.0, 30.0, text))
    assert all(0 < len(cue.text) <= 84 for cue in cues)
    bare = re.compile(r"\s+")
    assert bare.sub("", "".join(cue.text for cue in cues)) == bare.sub("", text)
    starts = [cue.start for cue in cues]
    assert starts == sorted(starts)
