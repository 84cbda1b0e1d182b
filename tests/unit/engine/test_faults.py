"""Odd, damaged, huge and hostile input: each is answered, or refused in words that help, by an
engine that lives on and answers the next question rightly."""

import random
import struct
import sys
import weakref
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from app.core.conversation import Outcome
from app.core.errors import AppError
from app.core.prompt import Media, Prompt
from app.engine.client import Engine
from app.engine.messages import Died, Done, Failed, Prepare, Prepared, Progress
from app.engine.native import NativeLog
from app.engine.projector import Projector
from app.engine.runtime import Runtime
from tests.data import HEARD, MEDIA, PROJECTOR, SEEN, pictures, sounds, tiny_gemma4
from tests.data.gguf_file import write_gguf
from tests.unit.engine.talk import Answer, Talk, model, picture, sound, system, user

SEE, HEAR = "What do you see?", "What do you hear?"
RED = "a red circle at the top left"


@pytest.fixture(autouse=True)
def _lives_on(talk: Talk) -> Iterator[None]:
    """After each test the same process answers rightly."""
    before = talk.engine.pid
    yield
    assert talk.ask(user("Repeat: apple")).text == "apple"
    assert talk.engine.pid == before


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    """The miniature with a context of 512 tokens."""
    with Engine(tmp_path_factory.mktemp("small") / "engine.log") as engine:
        talk = Talk(engine)
        assert talk.load(context=512).context == 512
        yield talk


def red_circle(size: tuple[int, int] = (384, 384)) -> Image.Image:
    """What the miniature calls ``RED``."""
    return pictures.draw("red", "circle", "at the top left", size)


def refused(answer: Answer, code: str, *words: str) -> None:
    """It failed for a reason that is named, and says what to do."""
    assert answer.failure.code == code
    assert answer.failure.what.endswith((".", ")."))
    assert answer.failure.next_step.endswith(".")
    for word in words:
        assert word in answer.failure.what


if sys.platform == "linux":

    def peak_growth(talk: Talk, act: Callable[[], object]) -> int:
        """By how many bytes the engine's main memory grows, at most, during ``act``."""
        process = Path(f"/proc/{talk.engine.pid}")

        def figure(name: str) -> int:
            lines = (process / "status").read_text().splitlines()
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

        (process / "clear_refs").write_text("5")  # forget the highest so far
        before = figure("VmRSS")
        act()
        return figure("VmHWM") - before


# -- pictures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("style", tiny_gemma4.STYLES)
def test_the_largest_pictures_of_every_style(tmp_path: Path, style: str) -> None:
    """Causal models (edge) and those that look at a picture as a whole (dense, moe)."""
    text = tiny_gemma4.write_model(tmp_path / "model.gguf", style)
    vision = tiny_gemma4.write_projector(tmp_path / "projector.gguf", style)
    Image.new("RGB", (48, 48 * 1120), "red").save(tmp_path / "tower.png")
    with Engine(tmp_path / "engine.log") as engine:
        styled = Talk(engine)
        styled.load(text, vision)
        pid = engine.pid
        answer = styled.ask(user("the", picture(tmp_path / "tower.png", 1120)), max_tokens=2)
        assert answer.outcome is Outcome.LENGTH
        assert answer.stats.encoded_tokens == 1120
        assert engine.pid == pid


@pytest.mark.parametrize("budget", [-1, -5000, 1, 69, 10**12])
def test_budgets_that_nobody_sends(talk: Talk, budget: int) -> None:
    answer = talk.ask(user(SEE, picture(MEDIA / "red-circle.png", budget)), max_tokens=9)
    assert answer.stats.encoded_tokens <= min(budget if budget > 0 else 280, 1120)
    if budget <= 69 and budget != 1:
        assert answer.text == RED


def test_a_picture_that_the_model_cannot_look_at_as_a_whole(tmp_path: Path) -> None:
    """llama.cpp would end the process: a projector whose every picture takes 1,600 tokens."""
    text = tiny_gemma4.write_model(tmp_path / "model.gguf", "dense")
    vision = write_greedy_projector(tmp_path / "projector.gguf", tiny_gemma4.STYLES["dense"])
    with Engine(tmp_path / "engine.log") as engine:
        greedy = Talk(engine)
        greedy.load(text, vision)
        pid = engine.pid
        refused(greedy.ask(user("the", picture(MEDIA / "red-circle.png"))), "media", "1,600")
        assert greedy.ask(user("the"), max_tokens=2).outcome is Outcome.LENGTH
        assert engine.pid == pid


def write_greedy_projector(path: Path, style: tiny_gemma4.Style) -> Path:
    """Of Gemma 3's kind, which always makes pictures square; its tokens are not merged."""
    metadata = {
        "general.architecture": "clip",
        "general.type": "mmproj",
        "clip.has_vision_encoder": True,
        "clip.projector_type": "gemma3",
        "clip.vision.image_size": 640,
        "clip.vision.patch_size": 16,
        "clip.vision.embedding_length": 32,
        "clip.vision.feed_forward_length": 32,
        "clip.vision.block_count": 1,
        "clip.vision.projection_dim": style.embedding,
        "clip.vision.projector.scale_factor": 1,
        "clip.vision.attention.head_count": 1,
        "clip.vision.attention.layer_norm_epsilon": 1e-6,
        "clip.vision.image_mean": [0.5, 0.5, 0.5],
        "clip.vision.image_std": [0.5, 0.5, 0.5],
        "clip.use_gelu": True,
    }
    shapes: dict[str, tuple[int, ...]] = {
        "v.patch_embd.weight": (32, 3, 16, 16),
        "v.patch_embd.bias": (32,),
        "v.position_embd.weight": (1600, 32),
        "v.post_ln.weight": (32,),
        "v.post_ln.bias": (32,),
        "mm.input_projection.weight": (32, style.embedding),
        "mm.soft_emb_norm.weight": (32,),
    }
    for name in ("attn_q", "attn_k", "attn_v", "attn_out", "ffn_up", "ffn_down"):
        shapes |= {f"v.blk.0.{name}.weight": (32, 32), f"v.blk.0.{name}.bias": (32,)}
    for name in ("ln1", "ln2"):
        shapes |= {f"v.blk.0.{name}.weight": (32,), f"v.blk.0.{name}.bias": (32,)}
    tensors = {name: np.full(shape, 0.1, np.float32) for name, shape in shapes.items()}
    return write_gguf(path, metadata, tensors)


def test_a_projector_that_computes_nonsense(tmp_path: Path) -> None:
    text = tiny_gemma4.write_model(tmp_path / "model.gguf", "dense")
    vision = tiny_gemma4.write_projector(tmp_path / "projector.gguf", "dense")
    size = tiny_gemma4.STYLES["dense"].embedding * 64  # of its last tensor, which all goes through
    with vision.open("r+b") as file:
        file.seek(-2 * size, 2)
        file.write(np.full(size, np.nan, np.float16).tobytes())
    with Engine(tmp_path / "engine.log") as engine:
        broken = Talk(engine)
        broken.load(text, vision)
        pid = engine.pid
        for _ in range(2):
            answer = broken.ask(user("the", picture(MEDIA / "red-circle.png")))
            refused(answer, "nan", "nonsense of this picture")
        assert broken.ask(user("the"), max_tokens=2).outcome is Outcome.LENGTH
        assert engine.pid == pid


@pytest.mark.parametrize("size", [(1, 1), (1, 20_000), (20_000, 1), (2, 3)])
def test_pictures_without_breadth(talk: Talk, tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size, pictures.COLOURS["red"]).save(tmp_path / "thin.png")
    answer = talk.ask(user(SEE, picture(tmp_path / "thin.png")), max_tokens=9)
    assert answer.text.startswith("a ")
    assert 1 <= answer.stats.encoded_tokens <= 70


@pytest.mark.parametrize("kind", ["avif", "bmp", "ico", "jp2", "png", "ppm", "tga", "tif"])
def test_other_kinds_of_pictures(talk: Talk, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"picture.{kind}"
    red_circle((192, 192)).save(path)
    assert talk.ask(user(SEE, picture(path))).text == RED


def test_a_palette_with_transparency(talk: Talk, tmp_path: Path) -> None:
    reduced = red_circle().quantize(16)
    reduced.save(tmp_path / "palette.png", transparency=reduced.getpixel((0, 0)))
    assert talk.ask(user(SEE, picture(tmp_path / "palette.png"))).text == RED


def test_files_that_are_no_pictures(talk: Talk, tmp_path: Path) -> None:
    whole = (MEDIA / "red-circle.png").read_bytes()
    files = {
        "text": (b"hello there", "is not a picture"),
        "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "is not a picture"),
        "eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not a picture"),
        "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99), "is not a picture"),
        "empty": (b"", "is empty"),
        "cut": (whole[: len(whole) // 2], "is damaged"),
        "flat": (png(9, 0), "is not a picture"),
    }
    for name, (data, words) in files.items():
        (tmp_path / name).write_bytes(data)
        refused(talk.ask(user(SEE, picture(tmp_path / name))), "media", words)


def png(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG of one bit a pixel that says it is ``width`` × ``height``."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n"
    for name, part in ((b"IHDR", head), (b"IDAT", zlib.compress(body)), (b"IEND", b"")):
        checksum = zlib.crc32(name + part)
        data += struct.pack(">I", len(part)) + name + part + struct.pack(">I", checksum)
    return data


def test_pictures_that_unfold_to_gigabytes(talk: Talk, tmp_path: Path) -> None:
    sizes = {
        (20_000, 20_000): "(400 megapixels)",
        (2**31 - 1, 2**31 - 1): "megapixels)",
        (12_250, 12_250): "(12,250 × 12,250 pixels)",
    }
    for size, words in sizes.items():
        (tmp_path / "bomb.png").write_bytes(png(*size))
        answer = talk.ask(user(SEE, picture(tmp_path / "bomb.png")))
        refused(answer, "media", "too large", words)
        assert "JPEG" in answer.failure.next_step


if sys.platform == "linux":

    def test_what_a_large_picture_takes_of_memory(talk: Talk, tmp_path: Path) -> None:
        large = red_circle((8000, 8000))
        large.save(tmp_path / "large.png", compress_level=1)
        large.save(tmp_path / "large.jpg")
        del large
        Image.new("L", (20_000, 20_000), 240).save(tmp_path / "huge.jpg")
        # 4 bytes a pixel while it is decoded, an eighth of the width and height for JPEG.
        for name, limit in (("large.png", 400), ("large.jpg", 80), ("huge.jpg", 80)):
            question = user(SEE, picture(tmp_path / name))
            answers: list[Answer] = []
            ask = lambda: answers.append(talk.ask(question, max_tokens=9))  # noqa: B023, E731
            assert peak_growth(talk, ask) < limit * 2**20, name
            assert answers[0].text == RED or name == "huge.jpg"
            assert answers[0].stats.encoded_tokens == 64


def test_two_hundred_pictures_in_one_chat(talk: Talk, tmp_path: Path) -> None:
    media = []
    for number in range(200):
        path = tmp_path / f"{number}.png"
        Image.new("RGB", (8, 8), (number, 99, 99)).save(path)
        media.append(picture(path, 4))
    turns = [user("What is this?", *media[:100]), model("Many."), user("And these?", *media[100:])]
    answer = talk.ask(*turns, max_tokens=2)
    assert answer.stats.encoded_tokens == 200 * 4
    again = talk.ask(*turns, max_tokens=2)
    assert again.stats.encoded_tokens == 0
    assert again.text == answer.text


def test_the_same_picture_fifty_times_is_encoded_once(talk: Talk, tmp_path: Path) -> None:
    red_circle((96, 96)).save(tmp_path / "one.png")
    once = talk.ask(user(SEE, *[picture(tmp_path / "one.png", 16)] * 50), max_tokens=2).stats
    assert once.prompt_tokens > 50 * 16
    assert once.encoded_tokens == 16


# -- sounds -------------------------------------------------------------------------------------


def silent(count: int) -> np.ndarray:
    """Samples of the room."""
    return sounds.silence()[:count]


def with_wrong_numbers(rate: int) -> np.ndarray:
    """A low tone with samples in it that no sound has."""
    samples = sounds.tone(220, rate=rate)
    samples[rate // 10 :: rate // 2] = [np.nan, np.inf, -np.inf, np.nan]
    return samples


@pytest.mark.parametrize(
    ("samples", "rate", "heard"),
    [
        (sounds.tone(220, seconds=31), 16000, "a low tone"),
        (silent(1), 16000, "silence"),
        (silent(2), 48000, "silence"),
        (np.zeros(32000, np.float32), 16000, "silence"),
        (sounds.tone(220, rate=8000), 8000, "a low tone"),
        (sounds.tone(2000, rate=192_000), 192_000, "a high tone"),
        (np.stack([sounds.tone(2000)] * 5, 1), 16000, "a high tone"),
        (with_wrong_numbers(48000), 48000, "a low tone"),
        (np.full(32000, np.nan, np.float32), 16000, "silence"),
    ],
    ids=["31s", "1", "2", "zero", "8k", "192k", "5 channels", "nan and inf", "all nan"],
)
def test_odd_sounds(talk: Talk, tmp_path: Path, samples: np.ndarray, rate: int, heard: str) -> None:
    soundfile.write(tmp_path / "odd.wav", samples, rate, subtype="FLOAT")
    assert talk.ask(user(HEAR, sound(tmp_path / "odd.wav")), max_tokens=9).text == heard


@pytest.mark.parametrize("field", [4, 40])  # of the whole, of the samples
@pytest.mark.parametrize("length", [2**31 - 1, 2**32 - 1])
def test_a_header_with_a_wrong_length(talk: Talk, tmp_path: Path, field: int, length: int) -> None:
    data = bytearray((MEDIA / "seven.wav").read_bytes())
    data[field : field + 4] = struct.pack("<I", length)
    (tmp_path / "wrong.wav").write_bytes(data)
    assert talk.ask(user(HEAR, sound(tmp_path / "wrong.wav"))).text == HEARD["seven.wav"]


def test_sounds_that_are_none(talk: Talk, tmp_path: Path) -> None:
    sounds.save(tmp_path / "none.wav", silent(0))
    (tmp_path / "text.wav").write_bytes(b"hello there")
    (tmp_path / "empty.wav").write_bytes(b"")
    flac = (MEDIA / "two-beeps.flac").read_bytes()
    (tmp_path / "cut.flac").write_bytes(flac[: len(flac) // 2])
    for name, words in (("none", "is empty"), ("text", "damaged"), ("empty", "damaged")):
        refused(talk.ask(user(HEAR, sound(tmp_path / f"{name}.wav"))), "media", words)
    refused(talk.ask(user(HEAR, sound(tmp_path / "cut.flac"))), "media", "damaged")


def test_an_mp3_cut_in_the_middle(talk: Talk, tmp_path: Path) -> None:
    data = (MEDIA / "three.mp3").read_bytes()
    (tmp_path / "cut.mp3").write_bytes(data[: len(data) * 2 // 3])
    assert talk.ask(user(HEAR, sound(tmp_path / "cut.mp3"))).text == HEARD["three.mp3"]


@pytest.mark.parametrize("seconds", [600, 3 * 3600, 3 * 3600 + 1])
def test_a_sound_longer_than_the_context(talk: Talk, tmp_path: Path, seconds: int) -> None:
    sounds.save(tmp_path / "long.flac", np.zeros(seconds * 1000, np.int16), 1000)
    answer = talk.ask(user(HEAR, sound(tmp_path / "long.flac")))
    refused(answer, "too_long", f"{seconds * 25 // 1000}", "of 4,096 tokens")
    assert not answer.progress, "nothing was done before"
    earlier = [user(HEAR, sound(tmp_path / "long.flac")), model("Much.")]
    later = talk.ask(*earlier, user("Repeat: bread"))
    assert (later.text, later.trimmed[0].dropped) == ("bread", 2)


def test_ten_minutes_of_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A model that reads twice as fast as the miniature: it has to read 15,000 tokens.
    quick = tiny_gemma4.Style(128, 1, (1, 1), 64, shared_layers=3, hears=True)
    monkeypatch.setitem(tiny_gemma4.STYLES, "quick", quick)
    text = tiny_gemma4.write_model(tmp_path / "model.gguf", "quick")
    ears = tiny_gemma4.write_projector(tmp_path / "projector.gguf", "quick")
    path = sounds.save(tmp_path / "long.wav", np.tile(sounds.tone(220), 300))
    question = user("the", sound(path))
    with Engine(tmp_path / "engine.log") as engine:
        roomy = Talk(engine)
        roomy.load(text, ears, context=16384)
        pid = engine.pid
        clips: list[Progress] = []

        def fifth(event: object) -> bool:
            if isinstance(event, Progress) and event.stage == "audio":
                clips.append(event)
            return len(clips) == 5

        answers: list[Answer] = []

        def act() -> None:
            answers.append(roomy.cancel_at(roomy.begin(question, max_tokens=1), fifth))
            answers.append(roomy.ask(question, max_tokens=1))

        if sys.platform == "linux":
            # The samples are 38 MB, their embeddings 15 MB; the rest is what computing takes.
            assert peak_growth(roomy, act) < 250 * 2**20
        else:
            act()
        stopped, whole = answers
        assert stopped.outcome is Outcome.STOPPED
        assert stopped.progress[-1].done < 6 * 30 * 25
        assert whole.outcome is Outcome.LENGTH
        assert whole.stats.cached_tokens > 3 * 27 * 25, "what was heard before counts"
        assert whole.stats.encoded_tokens < 15_000 - 3 * 27 * 25
        assert whole.stats.prompt_tokens == pytest.approx(15_060, abs=10)
        again = roomy.ask(question, max_tokens=1)
        assert (again.stats.encoded_tokens, again.text) == (0, whole.text)
        assert engine.pid == pid


# -- the context --------------------------------------------------------------------------------


@pytest.mark.parametrize("ends_with_picture", [False, True])
def test_a_prompt_of_every_length_around_the_limit(small: Talk, ends_with_picture: bool) -> None:
    size, pid = 512, small.engine.pid
    media = [picture(MEDIA / "red-circle.png")] if ends_with_picture else []
    used = 66 if ends_with_picture else 0
    failed, lengths = [], []
    for words in range(size - used - 24, size - used):
        turns = (system("the " * words), user("" if media else "the", *media))
        last = small.ask(*turns, max_tokens=5).last
        failed.append(isinstance(last, Failed))
        if isinstance(last, Failed):
            assert (last.code, f"of {size}" in last.what) == ("too_long", True)
        else:
            assert isinstance(last, Done)
            assert last.outcome in (Outcome.DONE, Outcome.LENGTH, Outcome.CONTEXT)
            assert last.stats.context_used <= size
            lengths.append(last.stats.prompt_tokens)
    assert failed == sorted(failed)
    assert lengths[-1] == size - 2, "one token can be said, and one is kept"
    assert small.ask(user("Repeat: apple")).text == "apple"
    assert small.engine.pid == pid


def test_a_picture_larger_than_the_context(small: Talk) -> None:
    refused(small.ask(user(SEE, picture(MEDIA / "screenshot.png", 1120))), "too_long", "of 512")
    earlier = [user(SEE, picture(MEDIA / "screenshot.png", 1120)), model(SEEN["screenshot.png"])]
    answer = small.ask(*earlier, user("Repeat: apple"))
    assert (answer.text, answer.trimmed[0].dropped) == ("apple", 2)


# -- files that change ----------------------------------------------------------------------------


def test_a_file_that_changes_after_it_was_prepared(talk: Talk, tmp_path: Path) -> None:
    path = tmp_path / "changing.png"
    for name in ("red-circle.png", "16-bit.png", "red-circle.png"):
        question = user(SEE, picture(path))
        path.write_bytes((MEDIA / name).read_bytes())
        turn = talk.next_turn()
        talk.engine.send(Prepare(turn, Prompt((question,))))
        talk.until(lambda event: isinstance(event, Prepared))
        assert talk.ask(question).text == SEEN[name]


def test_a_file_that_vanishes_or_may_not_be_read(talk: Talk, tmp_path: Path) -> None:
    path = tmp_path / "holiday.png"
    path.write_bytes((MEDIA / "red-circle.png").read_bytes())
    question = user(SEE, picture(path))
    assert talk.ask(question).text == RED
    path.unlink()
    refused(talk.ask(question), "media", "holiday.png can't be opened")
    path.mkdir()
    refused(talk.ask(question), "media", "holiday.png")
    refused(talk.ask(user(SEE, Media("image", "a\0b"))), "media", "can't be opened")
    refused(talk.ask(user(HEAR, sound(tmp_path / "gone.wav"))), "media", "gone.wav")


def test_a_file_that_changes_while_it_is_read(
    runtime: Runtime, native_log: NativeLog, tmp_path: Path
) -> None:
    projector = Projector(str(PROJECTOR), runtime, native_log)
    try:
        first, second = tmp_path / "first.png", tmp_path / "second.png"
        for path in (first, second):
            red_circle((96, 96 + len(path.stem))).save(path)
        (block,), _ = projector.blocks(picture(first)), projector.blocks(picture(second))
        first.write_bytes(second.read_bytes())
        with pytest.raises(AppError, match=r"first\.png has changed"):
            projector.encode(block)
        first.unlink()
        with pytest.raises(AppError, match=r"first\.png can't be opened"):
            projector.encode(block)
    finally:
        projector.close()


def test_samples_are_let_go_when_the_last_clip_is_encoded(
    runtime: Runtime, native_log: NativeLog, tmp_path: Path
) -> None:
    projector = Projector(str(PROJECTOR), runtime, native_log)
    path = sounds.save(tmp_path / "long.wav", np.tile(sounds.tone(220), 20))
    try:
        blocks = projector.blocks(sound(path))
        assert len(blocks) == 2
        projector.encode(blocks[0])
        (samples,) = (weakref.ref(clip) for clip in projector._loaded[1][-1:])
        assert samples() is not None
        projector.encode(blocks[1])
        assert samples() is None
    finally:
        projector.close()


# -- text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "\n" * 100_000,
        " " * 100_000 + "x",
        "".join(map(chr, range(32))) * 50,
        "\ud800\udc00\udfff\ud800" * 50,
        "👩‍❤️‍💋‍👨" * 60 + "\u200d" * 500,
        "\u202e\u0645\u0631\u062d\u0628\u0627\u200f \u05e9\u05dc\u05d5\u05dd\u2066" * 40,
        "e" + "\u0301" * 1000,
        "<" * 20_000,
        "\uffff\ufffe\U0010ffff" * 100,
    ],
    ids=["a", "lines", "spaces", "control", "surrogate", "joined", "rtl", "marks", "less", "none"],
)
def test_odd_texts(talk: Talk, text: str) -> None:
    answer = talk.ask(user(text), max_tokens=3)
    if isinstance(answer.last, Failed):
        refused(answer, "too_long", "of 4,096")
    else:
        assert answer.stats.prompt_tokens < 4096


def test_texts_of_all_control_tokens(talk: Talk, runtime: Runtime) -> None:
    marks = [*runtime.vocabulary.controls, *runtime.vocabulary.markers.values()]
    assert len(marks) > 20
    for text in ("".join(marks), "\n".join(reversed(marks)), "<__media__>" * 20):
        answer = talk.ask(user(text), model(text), user("Repeat: lemon"), max_tokens=9)
        assert isinstance(answer.last, Done)
        assert answer.stats.prompt_tokens > len(text) / 4, "it was text, not control tokens"


# -- anything -------------------------------------------------------------------------------------


def damaged(source: random.Random, data: bytes) -> bytes:
    """``data`` with some bytes changed, most often where it begins; cut; or other bytes."""
    kind = source.random()
    if kind < 0.1:
        return source.randbytes(source.randrange(3000))
    if kind < 0.2:
        return data[: source.randrange(len(data))]
    changed = bytearray(data)
    for _ in range(source.choice([1, 2, 8])):
        place = source.randrange(min(len(data), source.choice([32, 600, len(data)])))
        count = source.choice([1, 2, 4])
        new = source.choice([source.randbytes(count), bytes(count), b"\xff" * count])
        changed[place : place + count] = new
    return bytes(changed)


@pytest.mark.parametrize("seed", range(4))
def test_damaged_files_never_end_the_engine(talk: Talk, tmp_path: Path, seed: int) -> None:
    source = random.Random(seed)
    good = {name: (MEDIA / name).read_bytes() for name in (*SEEN, *HEARD)}
    for number in range(60):
        name = source.choice(list(good))
        path = tmp_path / f"{number}-{name}"
        path.write_bytes(damaged(source, good[name]))
        media = picture(path) if name in SEEN else sound(path)
        talk.begin(user(SEE, media), max_tokens=1)
        last = talk.until(lambda event: isinstance(event, Done | Failed | Died))[-1]
        assert not isinstance(last, Died), path.read_bytes()[:200]
        if isinstance(last, Failed):
            assert last.code in ("media", "too_long")
            assert last.next_step
