import re
from fnmatch import fnmatch

import pytest

from app.core.state_names import state_name, state_pattern

ODD = ("", "a", "A", "../../etc/passwd", "CON", "a.b", "*", "[a]", "Ünï ☕", "\0", "x" * 9999)


@pytest.mark.parametrize("chat", ODD)
def test_any_chat_has_a_name_that_every_file_system_takes(chat: str) -> None:
    assert re.fullmatch("[0-9a-f]{32}", state_name(chat))


def test_names_differ_and_stay() -> None:
    assert len({state_name(chat) for chat in ODD}) == len(ODD)
    assert state_name("a") == "27c35e6e9373877f29e562464e46497e"


def test_a_pattern_finds_the_files_of_its_chat_only() -> None:
    files = [f"{state_name(chat)}.{end}" for chat in ODD for end in ("0f.state", "0f.1a.tmp")]
    for chat in ODD:
        found = [name for name in files if fnmatch(name, state_pattern(chat))]
        assert found == [name for name in files if name.startswith(state_name(chat))]
