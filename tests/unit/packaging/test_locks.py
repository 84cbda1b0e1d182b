import itertools
import re
from pathlib import Path

import dev
import pytest
from install import ENGINE, lock_blocks

ROOT = Path(__file__).parents[3]
LOCKS = sorted((ROOT / "packaging").glob("*.lock"))


def listed(section: str) -> list[str]:
    """The requirements in a list of pyproject.toml, read by hand: Python 3.10 has no tomllib."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    found = re.search(rf"^{section} = \[\n(.*?)^\]", text, re.M | re.S)
    assert found is not None
    return re.findall(r'^\s+"([^"]+)",', found[1], re.M)


def name_of(requirement: str) -> str:
    return re.split(r"[\[=<>]", requirement)[0].lower()


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def test_every_lock_is_made_by_the_script() -> None:
    assert {path.name for path in LOCKS} == set(dev.LOCKS)


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_locked_package_has_one_version_and_hashes(path: Path) -> None:
    blocks = lock_blocks(path.read_text("utf-8"))
    assert blocks
    for name, block in blocks.items():
        for requirement in re.split(r"^(?=\w)", block, flags=re.M)[1:]:
            assert re.match(rf"{name}==\S+ ", requirement, re.I)
            assert "--hash=sha256:" in requirement


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_no_lock_names_an_index(path: Path) -> None:
    assert "://" not in path.read_text("utf-8")
    assert "--index" not in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("section", "lock"),
    [("dependencies", "requirements.lock"), ("dev", "requirements-dev.lock")],
)
def test_what_is_asked_for_is_locked(section: str, lock: str) -> None:
    blocks = lock_blocks((ROOT / "packaging" / lock).read_text("utf-8"))
    wanted = listed(section)
    assert wanted
    for requirement in wanted:
        name = name_of(requirement)
        assert name in blocks, f"run `packaging/dev.py lock`: {name} is not in {lock}"
        oldest = version(re.split(r"[=<>]+", requirement)[1])
        for pinned in re.findall(r"==([\d.]+)", blocks[name].split(";")[0]):
            exact = "==" in requirement.partition(";")[0]
            assert version(pinned) == oldest if exact else version(pinned) >= oldest


def test_tests_run_with_the_versions_that_users_get() -> None:
    app = lock_blocks((ROOT / "packaging" / "requirements.lock").read_text("utf-8"))
    tools = lock_blocks((ROOT / "packaging" / "requirements-dev.lock").read_text("utf-8"))
    for name, block in app.items():
        assert re.findall(r"==[\d.]+", block) == re.findall(r"==[\d.]+", tools[name]), name


def test_the_engine_is_compiled_from_one_source() -> None:
    block = lock_blocks((ROOT / "packaging" / "requirements.lock").read_text("utf-8"))[ENGINE]
    assert block.count("--hash=") == 1  # its index has wheels of its own; here is the source only
    assert "setuptools" in (ROOT / "packaging" / "build-tools.lock").read_text("utf-8")


def test_dependencies_say_why_they_are_there() -> None:
    lines = (ROOT / "pyproject.toml").read_text("utf-8").splitlines()
    start = lines.index("dependencies = [")
    body = lines[start + 1 : lines.index("]", start)]
    for above, line in itertools.pairwise(body):
        if line.strip().startswith('"'):
            assert above.strip().startswith("# "), line
