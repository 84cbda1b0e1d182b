"""A JSON schema -> the grammar of all answers that follow it.

The work is done by llama-cpp-python's converter, which leaves out silently what it does not know,
and is wrong about quotes, references and control characters. So a schema is first written in a
form that it does know, or refused: an answer follows its schema or does not begin.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

from llama_cpp.llama_grammar import SchemaConverter

_ANNOTATIONS = {
    "$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default",
    "examples", "deprecated", "readOnly", "writeOnly", "format",
}  # fmt: skip
_BOUNDS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
# What may stand beside each other, by the keyword that decides what the converter looks at.
_KNOWN = {
    "$ref": set(),
    "anyOf": {"type"},
    "oneOf": {"type"},
    "const": {"type"},
    "enum": {"type"},
    "allOf": {"type"},
}
_KNOWN_BY_TYPE = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "prefixItems", "minItems", "maxItems"},
    "string": {"minLength", "maxLength", "pattern"},
    "integer": _BOUNDS,
    "number": set(),
    "boolean": set(),
    "null": set(),
}
_SIMPLE = ("string", "number", "boolean", "null")
_MOST_NUMBERS = 1000  # in a range that is written out

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}

# Characters of a string: the converter's own are too many, JSON has no control characters in one.
_CHARACTERS = '[^"\\\\]'
_PRINTABLE = '[^"\\\\\\x7F\\x00-\\x1F]'
_ANY_CHARACTER = "[^\\x0A\\x0D]"  # what it makes of a dot in a pattern


def grammar_for(schema: str) -> str:
    """The grammar (GBNF) for a JSON schema. Raises ValueError, or whatever the converter stumbles
    over."""
    converter: Any = _Converter()
    converter.visit(converter.resolve_refs(_adapted(json.loads(schema)), ""), "")
    grammar = str(converter.format_grammar())
    return grammar.replace(_CHARACTERS, _PRINTABLE).replace(_ANY_CHARACTER, _PRINTABLE)


class _Converter(SchemaConverter):
    """The converter, with its mistakes mended."""

    def __init__(self) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            prop_order={}, allow_fetch=False, dotall=False, raw_pattern=False
        )
        self._names: dict[str, str] = {}

    def _format_literal(self, literal: str) -> str:
        for character, escaped in _ESCAPES.items():
            literal = literal.replace(character, escaped)
        return f'"{literal}"'

    def _resolve_ref(self, ref: str) -> str:
        if ref not in self._names:
            # Not the last part of the reference: a property may have that name too.
            name = self._names[ref] = f"-reference-{len(self._names)}"
            self.visit(self._refs[ref], name)  # type: ignore[no-untyped-call]
        return self._names[ref]


def _adapted(schema: Any) -> dict[str, Any]:
    """``schema`` as the converter understands it. Raises ValueError."""
    if schema is True:
        return {}
    if not isinstance(schema, Mapping):
        raise ValueError(f"{json.dumps(schema)} is no schema")
    result = dict(schema)
    if isinstance(result.get("type"), list) and not {"enum", "const"} & result.keys():
        kinds = result.pop("type")
        rest = {key: result.pop(key) for key in [*result] if key not in _ANNOTATIONS}
        result["anyOf"] = [{**rest, "type": kind} for kind in kinds]
    if "$ref" in result and {"$defs", "definitions"} & result.keys():
        # Beside a reference, the converter looks at nothing else.
        result["anyOf"] = [{"$ref": result.pop("$ref")}]
    _check(result)
    if result.get("type") == "integer" and _BOUNDS & result.keys():
        result["enum"] = _range(result)
    for key in ("properties", "$defs", "definitions"):
        if key in result:
            result[key] = {name: _adapted(part) for name, part in result[key].items()}
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        if key in result:
            result[key] = [_adapted(part) for part in result[key]]
    if isinstance(result.get("items"), list):
        result["items"] = [_adapted(part) for part in result["items"]]
    elif "items" in result:
        result["items"] = _adapted(result["items"])
    elif result.get("type") == "array" and "prefixItems" not in result:
        result["items"] = {"anyOf": [{"type": kind} for kind in _SIMPLE]}
    if isinstance(result.get("additionalProperties"), Mapping):
        result["additionalProperties"] = _adapted(result["additionalProperties"])
    return result


def _check(schema: Mapping[str, Any]) -> None:
    """Raises ValueError for a keyword that would not be heeded."""
    decisive = next((key for key in _KNOWN if key in schema), None)
    if decisive:
        known = _KNOWN[decisive] | {decisive}
    else:
        kind = schema.get("type", "object" if "properties" in schema else None)
        if kind is not None and kind not in _KNOWN_BY_TYPE:
            raise ValueError(f"there is no type {json.dumps(kind)}")
        known = _KNOWN_BY_TYPE[kind] | {"type"} if kind else set()
    for key in schema:
        if key not in known and key not in _ANNOTATIONS:
            raise ValueError(f'"{key}" is not supported here')
    pattern = schema.get("pattern")
    if pattern is not None and ({"minLength", "maxLength"} & schema.keys() or "[^" in pattern):
        raise ValueError("a pattern can't exclude characters or come with a length")
    missing = set(schema.get("required", ())) - set(schema.get("properties", ()))
    if missing and not decisive:
        raise ValueError(f'"{min(missing)}" is required, but not described')


def _range(schema: Mapping[str, Any]) -> list[int]:
    """The integers between the bounds of ``schema``."""
    lows = [math.ceil(schema["minimum"])] if "minimum" in schema else []
    lows += [math.floor(schema["exclusiveMinimum"]) + 1] if "exclusiveMinimum" in schema else []
    highs = [math.floor(schema["maximum"])] if "maximum" in schema else []
    highs += [math.ceil(schema["exclusiveMaximum"]) - 1] if "exclusiveMaximum" in schema else []
    if not lows or not highs or not 0 <= max(highs) - min(lows) < _MOST_NUMBERS:
        raise ValueError(f"integers can be bounded to at most {_MOST_NUMBERS:,} numbers only")
    return list(range(max(lows), min(highs) + 1))
