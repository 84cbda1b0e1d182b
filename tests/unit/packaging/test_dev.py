import json
import shutil
import subprocess
import sys
from pathlib import Path

import dev
import pytest
from report import SetupError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of our own that counts as set up, with this Python as its environment."""
    shutil.copytree(ROOT / "packaging", tmp_path / "packaging")
    shutil.copy(ROOT / "models.json", tmp_path)
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "BUILD", tmp_path / "build")
    monkeypatch.setattr(dev, "LOG", tmp_path / "build" / "setup.log")
    monkeypatch.setattr(dev, "STAMP", tmp_path / ".venv" / "stamp.json")
    monkeypatch.setattr(dev, "environment_python", lambda root: Path(sys.executable))
    monkeypatch.setattr(dev, "ensure", lambda *, dev, engine="": None)
    monkeypatch.setenv("DISPLAY", ":0")
    return tmp_path


@pytest.mark.parametrize("arguments", [[], ["fly"], ["--help"]])
def test_wrong_usage_shows_the_commands(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert dev.main(arguments) == 2
    shown = capsys.readouterr().err
    for command in ("run", "test", "bench", "lint", "setup", "lock", "clean"):
        assert f"\n  {command} " in shown


def test_it_runs_by_itself_with_no_package_at_hand() -> None:
    answer = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import runpy, sys; sys.path.insert(0, "
            f"{str(ROOT / 'packaging')!r}); runpy.run_path({str(ROOT / 'packaging' / 'dev.py')!r})",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr


def test_a_set_up_error_is_two_lines_and_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(*, dev: bool, engine: str) -> None:
        raise SetupError("No room.", "Make room.")

    monkeypatch.setattr(dev, "ensure", fail)
    monkeypatch.setattr(dev, "LOG", tmp_path / "setup.log")
    assert dev.main(["setup"]) == 1
    assert capsys.readouterr().err.strip().splitlines() == ["No room.", "Make room."]
    (tmp_path / "setup.log").touch()
    dev.main(["setup"])
    assert capsys.readouterr().err.strip().splitlines()[2] == f"Details: {tmp_path / 'setup.log'}"


def test_another_python_is_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert dev.fitting_python((3, 10)) is None
    assert dev.fitting_python((3, 14)) is None
    this = "{}.{}".format(*sys.version_info)
    (tmp_path / f"python{this}").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert dev.fitting_python((3, 15)) == [f"python{this}"]
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    with pytest.raises(SetupError, match=r"3\.10 to 3\.14, this is 3\.9"):
        dev.fitting_python((3, 9))


@pytest.mark.parametrize("name", ["requirements.lock", "build-tools.lock", "install.py", "dev.py"])
def test_the_stamp_is_void_when_what_it_stands_for_changes(checkout: Path, name: str) -> None:
    before = dev.setup_digest()
    assert dev.setup_digest() == before
    path = checkout / "packaging" / name
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    assert dev.setup_digest() != before


def test_a_stamp_that_is_broken_counts_for_nothing(checkout: Path) -> None:
    assert dev._stamps() == {}
    dev.STAMP.parent.mkdir()
    dev.STAMP.write_text("{")
    assert dev._stamps() == {}


def write_test(checkout: Path, stage: str, body: str) -> None:
    folder = checkout / "tests" / stage
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"test_{stage}.py").write_text(body)


def test_every_stage_runs_in_its_surroundings_and_one_failure_fails_all(
    checkout: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    without_qt = "import os\ndef test_a():\n    assert os.environ['FACET_WITHOUT_QT']\n"
    offscreen = (
        "import os\ndef test_a():\n    assert os.environ['QT_QPA_PLATFORM'] == 'offscreen'\n"
    )
    write_test(checkout, "unit", without_qt)
    write_test(checkout, "gui", offscreen)
    write_test(checkout, "end2end", "def test_a():\n    assert 0\n")
    assert dev.test([]) == 1
    assert "unit: passed, gui: passed, end2end: failed" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "result"),
    [(["gui"], 5, 1), (["gui", "-k", "name"], 5, 0), (["gui", "-k", "name"], 1, 1)],
)
def test_only_a_selection_may_find_no_tests(
    monkeypatch: pytest.MonkeyPatch, checkout: Path, arguments: list[str], code: int, result: int
) -> None:
    commands: list[list[str]] = []

    def call(command: list[str], environment: dict[str, str]) -> int:
        commands.append(command)
        return code

    monkeypatch.setattr(dev, "_call", call)
    assert dev.test(list(arguments)) == result
    assert [command[3] for command in commands] == ["tests/gui"]
    assert commands[0][8:] == arguments[1:]
    assert commands[0][4:8] == ["-n", "4", "--dist", "loadfile"]


def test_benchmarks_leave_their_json(checkout: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = checkout / "tests" / "bench"
    folder.mkdir(parents=True)
    (folder / "bench_start.py").write_text("import json; print(json.dumps({'ms': 5}))")
    (folder / "bench_odd.py").write_text("print('hello')")
    assert dev.bench(["start"]) == 0
    assert json.loads((checkout / "build" / "bench" / "start.json").read_text()) == {"ms": 5}
    assert dev.bench([]) == 1
    assert "bench_odd.py printed no JSON" in capfd.readouterr().out
    assert dev.bench(["none"]) == dev.bench(["start", "none"]) == 2


def test_options_after_the_names_go_to_the_benchmark(checkout: Path) -> None:
    folder = checkout / "tests" / "bench"
    folder.mkdir(parents=True)
    for name in ("one", "two"):
        (folder / f"bench_{name}.py").write_text(
            "import json, sys; print(json.dumps(sys.argv[1:]))"
        )
    assert dev.bench(["two", "--runs", "3", "one"]) == 0
    built = checkout / "build" / "bench"
    assert json.loads((built / "two.json").read_text()) == ["--runs", "3", "one"]
    assert not (built / "one.json").exists()
    assert dev.bench(["--quick"]) == 0
    assert json.loads((built / "one.json").read_text()) == ["--quick"]


def test_clean_takes_what_was_built_and_nothing_else(checkout: Path) -> None:
    for name in (".venv", "build", ".mypy_cache"):
        (checkout / name).mkdir()
    assert dev.clean([]) == 0
    assert sorted(path.name for path in checkout.iterdir()) == ["models.json", "packaging"]
