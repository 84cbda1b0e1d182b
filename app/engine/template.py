"""The chat template of a model file: prompt -> segments, with user text kept apart.

The template (Jinja, from the GGUF file) decides where control tokens stand. What people write
must never become one, so the template is rendered with a placeholder for each piece of text and
each medium, and the result is cut at the placeholders. The parts in between are the template's
own and may hold control tokens; the rest may not.
"""

import json
import re
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import jinja2
import msgspec
from jinja2.ext import Extension, loopcontrols
from jinja2.nodes import Node
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.core.conversation import Role
from app.core.errors import AppError
from app.core.prompt import Media, Prompt

MEDIA_MARKER = "<__media__>"  # how a picture or sound is shown in a rendered prompt
_PLACEHOLDER = "\uf8f0{}\uf8f1"  # private-use characters: templates have no reason to touch them
_PLACEHOLDER_RE = re.compile("\uf8f0(\\d+)\uf8f1")

_REMEMBERED = 16  # frames of recent conversations; one takes about 40 bytes a turn

# For files without a template (base models): plain roles, as in the papers' appendices.
_FALLBACK = (
    "{% for m in messages %}{{ m.role }}: {{ m.content }}\n\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)


class TemplateText(msgspec.Struct, frozen=True):
    """Written by the template; control tokens in it count."""

    text: str


class UserText(msgspec.Struct, frozen=True):
    """Written by a person or a model; never holds control tokens."""

    text: str


Segment = TemplateText | UserText | Media

_Message = tuple[Role, list[str], str]  # with placeholders for its media and its text
_Shape = tuple[tuple[tuple[Role, int, bool], ...], bool | None]  # and whether it may think


class ChatTemplate:
    """A compiled chat template. ``source`` None takes a plain fallback."""

    def __init__(self, source: str | None, bos: str = "", eos: str = "") -> None:
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[loopcontrols, _Generation],
            # Nothing is computed while a template is read: an endless computation is found when
            # an answer is asked for, and can be stopped there.
            optimized=False,
            finalize=_finalize,
        )
        environment.globals["raise_exception"] = _raise_exception
        environment.globals["strftime_now"] = _strftime_now
        environment.filters["tojson"] = _tojson
        try:
            self._template = environment.from_string(source or _FALLBACK)
        except Exception as error:  # a foreign program: nested too deeply, and what not
            raise AppError(
                f"The chat template in this model file can't be read ({error}).",
                "Choose another file of this model; this one is damaged or too new for Facet.",
                code="template",
            ) from error
        # What templates are written against: transformers always passes these.
        self._variables = {"bos_token": bos, "eos_token": eos, "tools": None, "documents": None}
        self.can_think = bool(source and "enable_thinking" in source)
        # What the template makes of a conversation depends on its shape, not on what is said. Some
        # templates look back on all turns at each: a long chat takes a tenth of a second, which
        # has passed already when the same shape was prepared. None where the time of day counts.
        self._frames: OrderedDict[_Shape, str] | None = None
        if "strftime_now" not in (source or ""):
            self._frames = OrderedDict()

    def render(self, prompt: Prompt) -> list[Segment]:
        """The prompt up to the point where the answer begins.

        Raises AppError (code "template") when the template refuses the conversation or loses a
        part of it.
        """
        values: list[UserText | Media] = []

        def placeholder(value: UserText | Media) -> str:
            values.append(value)
            return _PLACEHOLDER.format(len(values) - 1)

        messages: list[_Message] = []
        for turn in prompt.turns:
            media = [placeholder(medium) for medium in turn.media]
            text = placeholder(UserText(turn.text.strip())) if turn.text.strip() else ""
            messages.append((turn.role, media, text))

        rendered = self._frame(messages, prompt, len(values))
        segments: list[Segment] = []
        for index, piece in enumerate(_PLACEHOLDER_RE.split(rendered)):
            if index % 2:
                value = values[int(piece)]
                if isinstance(value, Media) and value.label:
                    # The pictures of a film are joined by spaces.
                    joint = " " if segments and isinstance(segments[-1], Media) else ""
                    segments.append(UserText(joint + value.label))
                segments.append(value)
            elif piece:
                segments.append(TemplateText(piece))
        return segments

    def _frame(self, messages: Sequence[_Message], prompt: Prompt, count: int) -> str:
        """The conversation with its ``count`` placeholders, from memory if its shape is known."""
        shape = tuple((role, len(media), bool(text)) for role, media, text in messages)
        key = (shape, prompt.thinking)
        if self._frames is None:
            return self._render(messages, prompt, count)
        if key not in self._frames:
            self._frames[key] = self._render(messages, prompt, count)
            if len(self._frames) > _REMEMBERED:
                self._frames.popitem(last=False)
        self._frames.move_to_end(key)
        return self._frames[key]

    def _render(self, messages: Sequence[_Message], prompt: Prompt, count: int) -> str:
        whole = list(range(count))
        rendered = self._try(messages, prompt, as_list=True)
        if rendered is None or _found(rendered) != whole:
            # Templates of text-only models expect a plain string, some know no system role.
            rendered = self._try(messages, prompt, as_list=False)
        if rendered is None or _found(rendered) != whole:
            rendered = self._try(_without_system(messages), prompt, as_list=False)
        if rendered is None or _found(rendered) != whole:
            raise AppError(
                "The chat template in this model file can't express this conversation.",
                "Choose another file of this model.",
                code="template",
            )
        return rendered

    def _try(self, messages: Sequence[_Message], prompt: Prompt, *, as_list: bool) -> str | None:
        variables: dict[str, Any] = dict(self._variables)
        if prompt.thinking is not None:
            variables["enable_thinking"] = prompt.thinking
        shaped = []
        for role, media, text in messages:
            content: Any = "".join([*media, text])
            if as_list and media:
                content = [{"type": "text", "text": part} for part in [*media, text] if part]
            shaped.append({"role": role.value, "content": content})
        try:
            return self._template.render(messages=shaped, add_generation_prompt=True, **variables)
        except Exception:  # as above: division by zero, recursion, a forbidden attribute
            return None


class _Generation(Extension):
    """``{% generation %}…{% endgeneration %}`` marks in a template what a model is trained on.
    It changes nothing in what is rendered."""

    tags = {"generation"}  # noqa: RUF012 - as jinja2 declares it

    def parse(self, parser: Parser) -> list[Node]:
        """The nodes inside, as if the tags were not there."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def as_text(segments: Sequence[Segment]) -> str:
    """A rendered prompt for people to read, each medium shown as ``<__media__>``."""
    return "".join(
        MEDIA_MARKER if isinstance(segment, Media) else segment.text for segment in segments
    )


def _found(rendered: str) -> list[int]:
    return [int(number) for number in _PLACEHOLDER_RE.findall(rendered)]


def _without_system(messages: Sequence[_Message]) -> list[_Message]:
    """The same with the system text in front of the first user turn."""
    if not messages or messages[0][0] is not Role.SYSTEM or len(messages) < 2:
        return list(messages)
    (_, _, system), (role, media, text) = messages[0], messages[1]
    return [(role, media, f"{system}\n\n{text}"), *messages[2:]]


@jinja2.pass_context
def _finalize(_context: jinja2.runtime.Context, value: Any) -> Any:
    """Nothing; but that it is passed the context keeps jinja2 from folding constants."""
    return value


def _raise_exception(message: str) -> str:
    raise jinja2.TemplateError(message)


def _strftime_now(pattern: str) -> str:
    return datetime.now().strftime(pattern)


def _tojson(value: Any, indent: int | None = None, **_: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)
