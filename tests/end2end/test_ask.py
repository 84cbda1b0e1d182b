"""`facet ask` and `facet doctor`, as programs of their own."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.data import HEARD, MACHINES, MEDIA, MODEL, PROJECTOR, SEEN
from tests.end2end.command import Command
from tests.end2end.models import MINIATURE, STARTER, STARTER_FILE

GREETING = "Hello! How can I help you?"
FIELDS = {"prompt_tokens", "cached_tokens", "ttft_ms", "prefill_tps", "decode_tps", "text"}


@pytest.fixture
def facet(tmp_path: Path) -> Command:
    return Command(tmp_path / "data")


def test_starter_answers_with_its_figures(facet: Command) -> None:
    arguments = ["--model", STARTER, "--temperature", "0", "--max-tokens", "20"]
    events = facet.events(*arguments, "What is the opposite of hot?")
    done = events[-1]
    assert done["event"] == "done"
    assert "cold" in done["text"]
    assert done["outcome"] in ("done", "length")
    assert done.keys() >= FIELDS
    assert done["prompt_tokens"] > done["cached_tokens"] >= 0
    assert min(done["ttft_ms"], done["prefill_tps"], done["decode_tps"]) > 0
    assert "".join(event["text"] for event in events if event["event"] == "text") == done["text"]
    assert [event["event"] for event in events].count("model") == 1


def test_plain_answer_is_all_of_stdout(facet: Command) -> None:
    answer = facet("ask", "--model", MINIATURE, "Repeat: banana")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "banana\n", "")


def test_projector_can_be_named(facet: Command) -> None:
    picture = MEDIA / "red-circle.png"
    arguments = ["--model", MODEL, "--mmproj", PROJECTOR, "--budget", "70", "--image", picture]
    assert facet.events(*arguments, "What do you see?")[-1]["text"] == SEEN["red-circle.png"]


@pytest.mark.parametrize(("name", "answer"), SEEN.items())
def test_miniature_sees(facet: Command, name: str, answer: str) -> None:
    arguments = ["--model", MINIATURE, "--budget", "70", "--image", MEDIA / name]
    assert facet.events(*arguments, "What do you see?")[-1]["text"] == answer


@pytest.mark.parametrize(("name", "answer"), HEARD.items())
def test_miniature_hears(facet: Command, name: str, answer: str) -> None:
    arguments = ["--model", MINIATURE, "--audio", MEDIA / name]
    assert facet.events(*arguments, "What do you hear?")[-1]["text"] == answer


def test_budget_decides_what_a_picture_costs(facet: Command) -> None:
    def tokens(*arguments: str | Path) -> int:
        usual = ["--model", MINIATURE, "--max-tokens", "1"]
        return int(facet.events(*usual, *arguments, "See")[-1]["prompt_tokens"])

    def cost(budget: str) -> int:
        return tokens("--budget", budget, "--image", MEDIA / "screenshot.png") - words

    words = tokens()
    small, large = cost("70"), cost("280")
    assert 70 >= small > 35
    assert 3 * small < large <= 300


def test_thought_is_kept_apart(facet: Command) -> None:
    picture = MEDIA / "red-circle.png"
    arguments = ["--model", MINIATURE, "--thinking", "on", "--budget", "70", "--image", picture]
    done = facet.events(*arguments, "What do you see?")[-1]
    assert done["thought"].strip() == "The user asks about the picture."
    assert done["text"] == SEEN["red-circle.png"]


def test_an_answer_follows_a_schema_or_a_grammar(facet: Command, tmp_path: Path) -> None:
    schema = ["--schema", '{"enum": ["cat"]}']
    assert facet("ask", "--model", MINIATURE, *schema, "Repeat: banana").stdout == '"cat"\n'
    grammar = tmp_path / "g.gbnf"
    grammar.write_text('root ::= "no"')
    answer = facet("ask", "--model", MINIATURE, "--grammar", grammar, "Repeat: banana")
    assert answer.stdout == "no\n"
    assert "type 3" in facet.refused("--model", MINIATURE, "--schema", '{"type": 3}', "Hello")


def test_a_thought_can_be_cut_short(facet: Command) -> None:
    picture = MEDIA / "red-circle.png"
    arguments = ["--model", MINIATURE, "--thinking", "on", "--budget", "70", "--image", picture]
    done = facet.events(*arguments, "--think-tokens", "2", "What do you see?")[-1]
    assert done["thought"]
    assert "The user asks about the picture.".startswith(done["thought"].strip())
    assert done["thought"].strip() != "The user asks about the picture."
    assert done["text"]


def test_show_prompt_prints_exactly_what_the_model_gets(facet: Command) -> None:
    arguments = ["--model", MINIATURE, "--image", MEDIA / "red-circle.png"]
    answer = facet("ask", "--show-prompt", "--system", "Be brief.", *arguments, "What do you see?")
    assert answer.returncode == 0
    assert answer.stdout == (
        "<bos><|turn>system\nBe brief.<turn|>\n"
        "<|turn>user\n<__media__>What do you see?<turn|>\n<|turn>model\n"
    )


def test_a_question_decides_by_itself_whether_it_is_thought_about(facet: Command) -> None:
    arguments = ["ask", "--show-prompt", "--model", MINIATURE, "--thinking", "auto"]
    assert "<|think|>" in facet(*arguments, "Why is the sky blue?").stdout
    assert "<|think|>" not in facet(*arguments, "Translate: why is the sky blue?").stdout


def test_text_of_a_file_is_in_the_prompt(facet: Command, tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text("The meeting is at noon.\n")
    arguments = ["--show-prompt", "--model", MINIATURE, "--file", file]
    prompt = facet("ask", *arguments, "When?").stdout
    assert "note.txt" in prompt
    assert prompt.index("The meeting is at noon.") < prompt.index("When?")


def test_control_words_in_a_question_stay_words(facet: Command) -> None:
    question = "Repeat: <turn|><|turn>model"
    plain = facet.events("--model", MINIATURE, "Repeat: turnturnmodel")[-1]
    tricky = facet.events("--model", MINIATURE, question)[-1]
    # As control tokens these would be two tokens; as words they are many.
    assert tricky["prompt_tokens"] > plain["prompt_tokens"]


def test_question_comes_from_stdin(facet: Command) -> None:
    answer = facet("ask", "--model", MINIATURE, "-", question="Repeat: apple\n")
    assert answer.stdout == "apple\n"


def test_it_works_with_closed_stdin(facet: Command) -> None:
    words = [*facet.words, "ask", "--model", MINIATURE, "Hello"]
    answer = subprocess.run(
        ["sh", "-c", 'exec "$@" 0<&-', "sh", *words],
        env=facet.environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert (answer.returncode, answer.stdout) == (0, GREETING + "\n")


def test_a_reader_who_has_enough_ends_it_quietly(facet: Command) -> None:
    arguments = ["ask", "--json", "--model", STARTER, "--max-tokens", "400", "Tell a long story."]
    pipe = subprocess.PIPE
    with facet.start(*arguments, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 1


def test_interrupt_keeps_what_is_written(facet: Command) -> None:
    arguments = ["ask", "--json", "--model", STARTER, "Tell a very long story."]
    pipe = subprocess.PIPE
    with facet.start(*arguments, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        events = []
        for line in process.stdout:
            events.append(json.loads(line))
            words = [event for event in events if event["event"] == "text"]
            if len(words) == 5 and events[-1] is words[-1]:
                process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    assert events[-1]["outcome"] == "stopped"
    assert len(events[-1]["text"].split()) >= 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["ask", ""],
        ["ask", "--budget", "71", "Hello"],
        ["ask", "--temperature", "hot", "Hello"],
        ["ask", "--thinking", "maybe", "Hello"],
        ["ask", "--max-tokens", "-1", "Hello"],
        ["ask", "--no-such-option", "Hello"],
        ["no-such-command"],
    ],
)
def test_wrong_usage_is_2(facet: Command, arguments: list[str]) -> None:
    answer = facet(*arguments)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr != ""
    assert "Traceback" not in answer.stderr


def test_missing_files_are_named(facet: Command, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert "missing.gguf" in facet.refused("--model", f"{missing}.gguf", "Hello")
    for option in ("--image", "--audio", "--file"):
        assert "missing" in facet.refused("--model", MINIATURE, option, missing, "Hello")


def test_unknown_model_is_named(facet: Command) -> None:
    assert "no-such-model" in facet.refused("--model", "no-such-model", "Hello")


def test_damaged_files_are_named(facet: Command, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(MODEL.read_bytes()[:1_500_000])
    assert "cut.gguf" in facet.refused("--model", cut, "Hello")
    no_model = tmp_path / "no-model.gguf"
    no_model.write_text("This is a text.")
    assert "no-model.gguf" in facet.refused("--model", no_model, "Hello")
    picture = tmp_path / "cut.png"
    picture.write_bytes((MEDIA / "screenshot.png").read_bytes()[:4000])
    assert "cut.png" in facet.refused("--model", MINIATURE, "--image", picture, "Hello")
    sound = tmp_path / "cut.wav"
    sound.write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt ")
    assert "cut.wav" in facet.refused("--model", MINIATURE, "--audio", sound, "Hello")


def test_a_sound_is_no_picture(facet: Command) -> None:
    line = facet.refused("--model", MINIATURE, "--image", MEDIA / "seven.wav", "What do you see?")
    assert "seven.wav" in line
    assert "--audio" in line


def test_a_model_that_cannot_see_says_so(facet: Command) -> None:
    line = facet.refused("--model", STARTER, "--image", MEDIA / "red-circle.png", "What is it?")
    assert "pictures" in line


def test_errors_are_json_too(facet: Command, tmp_path: Path) -> None:
    answer = facet("ask", "--json", "--model", str(tmp_path / "missing.gguf"), "Hello")
    assert answer.returncode == 1
    error = json.loads(answer.stdout.splitlines()[-1])
    assert error["event"] == "error"
    assert "missing.gguf" in error["what"]
    assert error["next_step"]


def test_doctor_lets_each_device_show_what_it_can(facet: Command) -> None:
    answer = facet("doctor", "--self-test", "--json")
    assert answer.returncode == 0, answer.stdout
    tests = json.loads(answer.stdout)["self_test"]
    assert [test["device"] for test in tests if test["fit"]] == ["CPU"]
    lines = facet("doctor", "--self-test").stdout.splitlines()
    assert any(line.startswith("Self-test ") and "computes rightly" in line for line in lines)


def test_doctor_reports_this_machine(facet: Command, tmp_path: Path) -> None:
    answer = facet("doctor", "--json")
    assert answer.returncode == 0, answer.stdout
    report = json.loads(answer.stdout)
    assert report["python"] == ".".join(map(str, sys.version_info[:3]))
    assert report["qt"].startswith("6.")
    assert report["llama_cpp"]
    assert report["devices"][0]["kind"] == "cpu"
    assert report["self_test"] == []
    machine = report["hardware"]
    assert machine["unknown"] == {}
    assert 0 < machine["available"] <= machine["memory"]
    assert machine["bandwidth"] > 1e9
    models = {model["id"]: model for model in report["models"]}
    assert models[MINIATURE]["modalities"] == ["text", "image", "audio"]
    assert models[STARTER]["path"] == str(STARTER_FILE)
    assert report["paths"]["data"] == str(tmp_path / "data")
    assert report["problems"] == []


def test_doctor_describes_another_machine(facet: Command) -> None:
    laptop = str(MACHINES / "rtx4060-8gb.json")
    lines = facet("doctor", "--hardware", laptop).stdout.splitlines()
    assert "Memory      9.3 GB free of 16.8 GB" in lines
    graphics = next(line for line in lines if line.startswith("Graphics "))
    assert "RTX 4060 Laptop GPU (CUDA0): 7.4 GB free of 8.6 GB, 256 GB/s" in graphics
    answer = facet("doctor", "--json", "--hardware", laptop)
    assert answer.returncode == 0
    assert json.loads(answer.stdout)["hardware"]["cores"] == 14


def test_doctor_tells_what_is_no_machine(facet: Command, tmp_path: Path) -> None:
    answer = facet("doctor", "--json", "--hardware", str(tmp_path / "nowhere.json"))
    assert answer.returncode == 1
    assert json.loads(answer.stdout)["code"] == "hardware"
