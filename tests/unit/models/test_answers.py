"""What a hub's answers mean."""

import email.utils
import time

import pytest

from app.core.errors import AppError
from app.models.answers import of_answer
from app.models.catalogue import HuggingFace
from app.models.hub import Hub
from app.models.refusals import Setback

HUB = Hub("https://hub.example")
SOURCE = HuggingFace("google/gemma")
THERE = "https://hub.example/google/gemma/resolve/main/a.gguf"
ELSEWHERE = "https://cdn.example/a?signature=1"


def meaning(status: int, address: str = THERE, **headers: str) -> Setback | AppError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return of_answer(status, named, address, HUB, SOURCE, "a.gguf")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 529])
def test_what_may_be_over_soon(status: int) -> None:
    assert isinstance(meaning(status), Setback)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_link_to_elsewhere_that_has_expired_is_asked_for_again(status: int) -> None:
    assert isinstance(meaning(status, ELSEWHERE), Setback)


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (401, "GatedRepo", "token"),
        (403, "GatedRepo", "token"),
        (401, "RepoNotFound", "token"),
        (404, "EntryNotFound", "not-found"),
        (404, "RevisionNotFound", "not-found"),
        (407, "", "proxy"),
        (400, "", "hub"),
        (451, "", "hub"),
    ],
)
def test_what_somebody_has_to_mend(status: int, error: str, code: str) -> None:
    refusal = meaning(status, x_error_code=error)
    assert isinstance(refusal, AppError)
    assert refusal.code == code
    assert refusal.what
    assert refusal.next_step


def test_how_long_to_wait() -> None:
    date = email.utils.formatdate(time.time() + 100, usegmt=True)
    for text, low, high in (("7", 7, 7), (date, 90, 100), ("-1", 0, 0)):
        setback = meaning(429, retry_after=text)
        assert isinstance(setback, Setback)
        assert setback.wait is not None
        assert low <= setback.wait <= high
    setback = meaning(429, retry_after="soon")
    assert isinstance(setback, Setback)
    assert setback.wait is None
