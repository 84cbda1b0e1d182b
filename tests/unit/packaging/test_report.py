import io
import sys
from pathlib import Path

import pytest
from report import CommandFailed, Report


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_step_is_told_before_and_after(tmp_path: Path) -> None:
    out = io.StringIO()
    report = Report(tmp_path / "a" / "setup.log", out)
    with report.step("Engine"):
        for done in range(101):
            report.progress(done, 100)
    report.close()
    lines = out.getvalue().splitlines()
    assert lines[0] == "  Engine …"
    assert [line.split("…")[1].split("%")[0] for line in lines[1:-1]] == [
        f" {percent} " for percent in range(10, 101, 10)
    ]
    assert lines[-1].startswith("  Engine: done, ")


def test_on_a_terminal_one_line_changes(tmp_path: Path) -> None:
    out = Terminal()
    report = Report(tmp_path / "setup.log", out)
    with report.step("Engine"):
        report.progress(1, 3)
        report.progress(2, 3)
    report.close()
    assert out.getvalue().count("\n") == 1
    assert "\r  Engine … 66 %" in out.getvalue()


def test_what_programs_print_goes_into_the_log(tmp_path: Path) -> None:
    out = io.StringIO()
    report = Report(tmp_path / "setup.log", out)
    seen: list[str] = []
    program = "import sys; print('good'); print('bad', file=sys.stderr)"
    tail = report.run([sys.executable, "-c", program], on_line=seen.append)
    report.close()
    log = (tmp_path / "setup.log").read_text("utf-8")
    assert sorted(tail) == ["bad", "good"]
    assert len(seen) == 2
    assert "good" in log
    assert "bad" in log
    assert out.getvalue() == ""


def test_the_environment_reaches_the_program(tmp_path: Path) -> None:
    report = Report(tmp_path / "setup.log", io.StringIO())
    program = "import os; print(os.environ['A'], 'PATH' in os.environ)"
    assert report.run([sys.executable, "-c", program], env={"A": "1"}) == ["1 True"]
    report.close()


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("Collecting x\nERROR: No matching distribution\nbye", "ERROR: No matching distribution."),
        ("a.cpp:3: error: no such type\nninja stopped", "a.cpp:3: error: no such type."),
        ("E: Unable to locate package x\n", "E: Unable to locate package x."),
        ("something odd\n\n", "something odd."),
    ],
)
def test_a_failure_names_its_likely_cause(tmp_path: Path, printed: str, reason: str) -> None:
    report = Report(tmp_path / "setup.log", io.StringIO())
    program = f"print({printed!r}); raise SystemExit(3)"
    with pytest.raises(CommandFailed) as caught:
        report.run([sys.executable, "-c", program])
    report.close()
    assert caught.value.code == 3
    assert caught.value.reason() == reason


def test_a_program_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    report = Report(tmp_path / "setup.log", io.StringIO())
    with pytest.raises(CommandFailed) as caught:
        report.run([tmp_path / "none"])
    report.close()
    assert "none" in caught.value.reason()
