"""Wrong usage and mendable errors, without an engine. The answers are in tests/end2end."""

import json
from pathlib import Path

import pytest

from app.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = main(arguments)
    except SystemExit as end:
        code = int(end.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["ask", "--budget", "71", "a"],
        ["ask", "--max-tokens", "-1", "a"],
        ["ask", "--temperature", "hot", "a"],
        ["ask", "--thinking", "maybe", "a"],
        ["ask", "--screenshot"],
        ["ask", "--screenshot", "windw", "a"],
        ["ask", "--screenshot", "region=1,2,3", "a"],
        ["ask", "--screenshot=all", "a"],
        ["nothing"],
        ["--data-dir", "nowhere", "nothing.pdf"],
        ["open"],
        ["open", "nothing.pdf"],
        ["shoot", "everything"],
    ],
)
def test_wrong_usage_ends_with_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    code, out, err = run(capsys, *arguments)

    assert code == 2
    assert out == ""
    assert "usage" in err


def test_an_empty_question_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, err = run(capsys, "--data-dir", str(tmp_path), "ask", "  ")

    assert code == 2
    assert "no question" in err


@pytest.mark.parametrize("flag", ["--image", "--audio", "--file"])
def test_a_missing_file_is_one_line_that_names_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, flag: str
) -> None:
    missing = tmp_path / "gone.bin"

    code, out, err = run(capsys, "--data-dir", str(tmp_path / "d"), "ask", flag, str(missing), "a")

    assert code == 1
    assert out == ""
    assert err.count("\n") == 1
    assert "gone.bin" in err


def test_the_wrong_kind_of_file_says_which_option_is_right(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("words")

    code, _, err = run(capsys, "--data-dir", str(tmp_path / "d"), "ask", "--image", str(notes), "a")

    assert code == 1
    assert "--file" in err


def test_json_reports_errors_as_an_event_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, err = run(
        capsys, "--data-dir", str(tmp_path), "ask", "--json", "--model", "unheard-of", "a"
    )

    event = json.loads(out)
    assert code == 1
    assert event["event"] == "error"
    assert "unheard-of" in event["what"]
    assert err.startswith("facet: ")


def test_a_data_folder_that_can_t_be_made_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")

    code, _, err = run(capsys, "--data-dir", str(in_the_way / "d"), "ask", "a")

    assert code == 1
    assert str(in_the_way) in err


@pytest.mark.parametrize(
    "words",
    [
        ["--screenshot", "What is that?"],
        ["What is that?", "--screenshot"],
        ["--screenshot", "--budget", "70", "What is that?"],
        ["--screenshot", "screen", "What is that?"],
        ["--screenshot=screen", "What is that?"],
        ["--screenshot", "window", "What is that?"],
        ["--screenshot", "region=1,2,3,4", "What is that?"],
    ],
)
def test_a_screenshot_needs_a_screen_wherever_it_stands(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    words: list[str],
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
        monkeypatch.delenv(name, raising=False)

    code, out, err = run(capsys, "--data-dir", str(tmp_path), "ask", *words)

    assert code == 1
    assert out == ""
    assert "There is no screen" in err
    assert "DISPLAY" in err
