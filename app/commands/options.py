"""How an answer is to be written: what a command's options or a request say of it."""

import json
from argparse import Namespace
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from app.core.errors import AppError
from app.core.prompt import Prompt, Sampling
from app.engine.messages import Generate

Natural = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Seed = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
Temperature = Annotated[float, msgspec.Meta(ge=0, le=10)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Penalty = Annotated[float, msgspec.Meta(ge=-2, le=2)]
Factor = Annotated[float, msgspec.Meta(gt=0, le=10)]

# What --thinking and the settings say, as ``Options.thinking``.
THINKING: dict[str | None, bool | Literal["auto"] | None] = {
    None: None,
    "on": True,
    "off": False,
    "auto": "auto",
}


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """None leaves a thing to whatever applies otherwise. ``thinking`` "auto" leaves it to the
    question (see ``app.core.thinking``). ``schema`` is a JSON schema, ``grammar``
    GBNF; "" for either means none. ``max_tokens`` and ``thought_tokens`` 0 set no limit."""

    thinking: bool | Literal["auto"] | None = None
    max_tokens: Natural | None = None
    thought_tokens: Natural | None = None
    temperature: Temperature | None = None
    top_k: Natural | None = None
    top_p: Share | None = None
    min_p: Share | None = None
    repeat_penalty: Factor | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    seed: Seed | None = None
    schema: dict[str, Any] | str | None = None
    grammar: str | None = None
    drafting: bool | None = None

    def over(self, usual: "Options") -> "Options":
        """These options, and ``usual`` ones where these say nothing. A schema takes the place of
        a grammar and the other way round."""
        said = {name: value for name, value in _fields(self) if value is not None}
        if "schema" in said or "grammar" in said:
            usual = msgspec.structs.replace(usual, schema=None, grammar=None)
        return msgspec.structs.replace(usual, **said)

    def sampling(self, usual: Sampling) -> Sampling:
        """How tokens are drawn, as ``usual`` where these options say nothing."""
        known = {field.name for field in msgspec.structs.fields(Sampling)}
        said = {name: value for name, value in _fields(self) if value is not None and name in known}
        return msgspec.structs.replace(usual, **said)

    def generate(self, turn: int, prompt: Prompt, usual: Sampling, chat: str = "") -> Generate:
        """The order to answer ``prompt``. AppError if schema and grammar are both wanted."""
        if self.schema and self.grammar:
            raise AppError(
                "An answer can't follow a schema and a grammar at once.",
                "Leave one of them out.",
                code="usage",
            )
        schema = json.dumps(self.schema) if isinstance(self.schema, dict) else self.schema
        return Generate(
            turn,
            prompt,
            self.sampling(usual),
            self.max_tokens or 0,
            chat=chat,
            thought_tokens=self.thought_tokens or 0,
            schema=schema or "",
            grammar=self.grammar or "",
            drafting=self.drafting is not False,
        )


def options_of(arguments: Namespace) -> Options:
    """What the arguments of a command say. AppError for a schema or grammar that can't be read."""
    return Options(
        thinking=THINKING[arguments.thinking],
        max_tokens=arguments.max_tokens or None,
        thought_tokens=arguments.think_tokens or None,
        temperature=arguments.temperature,
        top_k=arguments.top_k,
        top_p=arguments.top_p,
        min_p=arguments.min_p,
        seed=arguments.seed,
        schema=None if arguments.schema is None else _schema(arguments.schema),
        grammar=None if arguments.grammar is None else _words_of(Path(arguments.grammar)),
        drafting=False if arguments.no_drafting else None,
    )


def _schema(text: str) -> dict[str, Any]:
    """A schema that was given as JSON or as the name of a file."""
    source = "The schema"
    if not text.lstrip().startswith("{"):
        path = Path(text)
        source, text = path.name, _words_of(path)
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AppError(
            f"{source} is not valid JSON ({error}).", "Correct it and try again.", code="usage"
        ) from error
    if not isinstance(schema, dict):
        raise AppError(f"{source} is not a JSON object.", "A schema begins with {.", code="usage")
    return schema


def _words_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AppError(
            f"{path.name} can't be read: {reason}.", "Check its name and try again.", code="usage"
        ) from error


def _fields(options: Options) -> list[tuple[str, Any]]:
    return [(name, getattr(options, name)) for name in Options.__struct_fields__]
