"""Where models come from: a hub of Hugging Face's kind, its address and a token for it."""

import os
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

import msgspec

from app.core.errors import AppError
from app.models.catalogue import HuggingFace

ENDPOINT_VARIABLE = "HF_ENDPOINT"
TOKEN_VARIABLE = "HF_TOKEN"
HUGGING_FACE = "https://huggingface.co"
_NEWEST = "main"
_OWN_MACHINE = ("localhost", "127.0.0.1", "::1")


class Patience(msgspec.Struct, frozen=True):
    """How long to put up with a network, in seconds.

    ``connect`` until a connection stands, ``stall`` without a byte, ``give_up`` without any
    headway, however often it was tried; ``first`` is the same while nothing has answered yet.
    Between two tries it waits ``pause``, twice as long each time, ``longest_pause`` at most.
    """

    connect: float = 15.0
    stall: float = 30.0
    give_up: float = 900.0
    first: float = 60.0
    pause: float = 1.0
    longest_pause: float = 30.0


USUAL = Patience()


class Hub(msgspec.Struct, frozen=True):
    """One hub. ``endpoint`` is its address without a slash at the end; ``token`` opens files
    that ask for it, "" for none."""

    endpoint: str = HUGGING_FACE
    token: str = ""
    patience: Patience = USUAL

    def __repr__(self) -> str:
        return f"Hub({self.endpoint!r})"  # never the token: this may end in a log

    @property
    def host(self) -> str:
        """Its name, as people know it."""
        return urlsplit(self.endpoint).netloc

    def address(self, source: HuggingFace, file: str) -> str:
        """Where a file of a repository is found."""
        revision = quote(source.revision or _NEWEST, safe="")
        return f"{self.endpoint}/{quote(source.repository)}/resolve/{revision}/{quote(file)}"

    def may_see_token(self, address: str) -> bool:
        """Whether the token can be sent to ``address``: to the hub itself only, and not in the
        open through a network."""
        there, here = urlsplit(address), urlsplit(self.endpoint)
        same = (there.scheme, there.netloc) == (here.scheme, here.netloc)
        return same and (there.scheme == "https" or there.hostname in _OWN_MACHINE)


class Remote(msgspec.Struct, frozen=True):
    """A file as the hub describes it. ``size`` in bytes is None and ``sha256`` and ``etag`` are
    "" where it doesn't say."""

    size: int | None = None
    sha256: str = ""
    etag: str = ""

    def same_as(self, other: "Remote") -> bool:
        """Whether both can be the same content."""
        if self.size is not None and other.size is not None and self.size != other.size:
            return False
        if self.sha256 or other.sha256:  # marks of different kinds say nothing
            return self.sha256 == other.sha256 or not (self.sha256 and other.sha256)
        return self.etag == other.etag or not (self.etag and other.etag)


def chosen_hub(
    endpoint: str = "",
    token: str = "",
    environ: Mapping[str, str] = os.environ,
    patience: Patience = USUAL,
) -> Hub:
    """The hub that the settings name, else the environment (HF_ENDPOINT, HF_TOKEN), else Hugging
    Face's. The environment's token is for the environment's hub: no other gets it. AppError for
    an endpoint that is no address."""
    usual = _address(environ.get(ENDPOINT_VARIABLE, "")) or HUGGING_FACE
    address = _address(endpoint) or usual
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AppError(
            f"{address} is no address of a hub.",
            f"Give one like {HUGGING_FACE} in the settings, or in {ENDPOINT_VARIABLE}.",
            code="endpoint",
        )
    if not token and address == usual:
        token = environ.get(TOKEN_VARIABLE, "")
    return Hub(address, token.strip(), patience)


def _address(text: str) -> str:
    text = text.strip()
    if text and "://" not in text:
        text = f"https://{text}"
    return text.rstrip("/")
