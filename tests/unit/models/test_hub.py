"""Where models come from, and who sees the token."""

import pytest

from app.core.errors import AppError
from app.models.catalogue import HuggingFace
from app.models.hub import HUGGING_FACE, Hub, Remote, chosen_hub

MIRROR = "https://mirror.example/hf"


def test_hugging_face_unless_told_otherwise() -> None:
    assert chosen_hub(environ={}).endpoint == HUGGING_FACE


def test_settings_win_over_the_environment() -> None:
    environ = {"HF_ENDPOINT": f"{MIRROR}/", "HF_TOKEN": "hf_env"}
    assert chosen_hub(environ=environ).endpoint == MIRROR
    assert chosen_hub(environ=environ).token == "hf_env"
    assert chosen_hub(token=" hf_own ", environ=environ).token == "hf_own"
    assert chosen_hub("other.example", environ=environ).endpoint == "https://other.example"


def test_the_environments_token_is_for_the_environments_hub() -> None:
    environ = {"HF_TOKEN": "hf_env"}
    assert chosen_hub(MIRROR, environ=environ).token == ""
    assert chosen_hub(HUGGING_FACE, environ=environ).token == "hf_env"


@pytest.mark.parametrize("endpoint", ["ftp://hub.example", "https://", "file:///models"])
def test_an_endpoint_that_is_none(endpoint: str) -> None:
    with pytest.raises(AppError) as caught:
        chosen_hub(endpoint, environ={})
    assert caught.value.code == "endpoint"


def test_addresses_of_files() -> None:
    hub = Hub(MIRROR)
    assert hub.address(HuggingFace("a/b"), "c d.gguf") == f"{MIRROR}/a/b/resolve/main/c%20d.gguf"
    pinned = HuggingFace("a/b", revision="refs/pr/1")
    assert hub.address(pinned, "x/c.gguf") == f"{MIRROR}/a/b/resolve/refs%2Fpr%2F1/x/c.gguf"


@pytest.mark.parametrize(
    ("endpoint", "address", "may"),
    [
        (MIRROR, "https://mirror.example/hf/a/b", True),
        (MIRROR, "http://mirror.example/hf/a/b", False),
        (MIRROR, "https://mirror.example:8443/hf/a/b", False),
        (MIRROR, "https://cdn.mirror.example/a/b", False),
        ("http://mirror.example", "http://mirror.example/a/b", False),
        ("http://127.0.0.1:99", "http://127.0.0.1:99/a/b", True),
    ],
)
def test_who_sees_the_token(endpoint: str, address: str, may: bool) -> None:
    assert Hub(endpoint, "hf_secret").may_see_token(address) is may


def test_the_token_does_not_print() -> None:
    assert "hf_secret" not in repr(Hub(token="hf_secret"))


def test_when_two_descriptions_can_be_the_same_file() -> None:
    assert Remote(5, "ab", "x").same_as(Remote(5, "ab", "y"))
    assert not Remote(5, "ab", "x").same_as(Remote(5, "cd", "x"))
    assert not Remote(5, "ab", "x").same_as(Remote(6, "ab", "x"))
    assert Remote(None, "", "x").same_as(Remote(6, "ab", "x"))
    assert not Remote(5, "", "x").same_as(Remote(5, "", "y"))
    assert Remote(5, "", "x").same_as(Remote(5, "ab", "y"))  # it is the checksum that will tell
    assert Remote(5).same_as(Remote(5, "", "y"))
