"""What an answer may look like: a JSON schema or a grammar, made safe for llama.cpp.

Grammars are written in GBNF. llama.cpp refuses most that are wrong, but some make it loop for
ever or end the process, which can't be caught here. So those are found beforehand. Rules that name
tokens (``<…>``) are among them: such a token in the midst of characters ends the process.
Source: the format is described in grammars/README.md of llama.cpp.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from app.core.errors import AppError
from app.engine.schema import grammar_for

LONGEST = 2**18  # characters; the schema of a large form has some ten thousand
_DEEPEST = 200  # brackets within brackets: llama.cpp's parser calls itself for each
_MOST_RULES = 5000  # and its search for left recursion does so for each rule
# Of what may be left out: each number of times is followed up apart from the others.
_MOST_TIMES = 10

_WORDS = re.compile(
    r"""
    (?P<skipped> \s+ | \#[^\r\n]* )
    | (?P<rule> [A-Za-z0-9-]+ (?=[ \t]*::=) )
    | (?P<is> ::= )
    | (?P<name> [A-Za-z0-9-]+ )
    | (?P<text> "(?:[^"\\]|\\.)*" | \[(?:[^\]\\]|\\.)*\] | \. )
    | (?P<times> \{\s*(?P<least>\d+)\s*(?:(?P<comma>,)\s*(?P<most>\d*)\s*)?\} | [*+?] )
    | (?P<sign> [|()] )
    """,
    re.VERBOSE | re.DOTALL,
)


def grammar_of(schema: str, grammar: str) -> str:
    """The grammar (GBNF) for an answer that is to follow a JSON ``schema`` or a ``grammar``; ""
    where both are empty. Raises AppError (code "schema" or "grammar") naming what is wrong."""
    if schema and grammar:
        raise AppError(
            "The answer can follow a schema or a grammar, not both.",
            "Leave one of them out, then ask again.",
            code="grammar",
        )
    if not schema:
        if grammar:
            check(grammar)
        return grammar
    try:
        made = grammar_for(schema)
        check(made)
    except Exception as error:  # the converter is meant for schemas that are right
        reason = error.what if isinstance(error, AppError) else str(error) or type(error).__name__
        raise AppError(
            f"The answer can't follow this JSON schema ({reason.rstrip('.')}).",
            "Mend the schema, then ask again.",
            code="schema",
        ) from error
    return made


class _Part(NamedTuple):
    """A part of a way to write a rule: the rule that stands there, "" for characters; whether it
    may be left out; how often it is counted at most, and whether it may be left out each time."""

    name: str
    left_out: bool
    times: int = 1
    each: bool = False


@dataclass
class _Rule:
    """A rule, or what is in brackets: the ways to write it."""

    ways: list[list[_Part]] = field(default_factory=lambda: [[]])


def check(grammar: str) -> None:
    """Raises AppError (code "grammar") for a grammar that llama.cpp would not survive, or that
    has no beginning."""
    if len(grammar) > LONGEST or "\0" in grammar:
        raise _wrong("It is too long" if "\0" not in grammar else "It holds a zero character")
    rules = _read(grammar)
    if len(rules) > _MOST_RULES:
        raise _wrong(f"It has {len(rules):,} rules, with all brackets")
    if "root" not in rules:
        raise _wrong("It has no rule named root")
    empty = _empty(rules)
    for part in (part for rule in rules.values() for way in rule.ways for part in way):
        if part.name and part.name not in rules:
            raise _wrong(f"It has no rule named {part.name}")
        if part.times > _MOST_TIMES and (part.each or part.name in empty):
            raise _wrong(f"Something that may be left out is repeated {part.times} times")
    looping = _on_a_cycle({name: set(_first(rule, empty)) for name, rule in rules.items()})
    if looping:
        raise _wrong(f"The rule {looping.split(' ')[0]} begins with itself")


def _wrong(reason: str) -> AppError:
    return AppError(
        f"The grammar for the answer can't be used. {reason}.",
        "Mend the grammar, then ask again.",
        code="grammar",
    )


def _read(grammar: str) -> dict[str, _Rule]:
    """The rules of ``grammar``; those of brackets have a name with a space in it."""
    rules: dict[str, _Rule] = {}
    open_rules: list[str] = []
    for match in _words(grammar):
        kind, text = match.lastgroup, match.group()
        if kind == "rule":
            if len(open_rules) > 1:
                raise _wrong("A bracket is not closed")
            open_rules = [text]
            rules[text] = _Rule()
        elif not open_rules:
            raise _wrong(f'"{text[:20]}" stands before the first rule')
        elif kind in ("name", "text"):
            name = text if kind == "name" else ""
            rules[open_rules[-1]].ways[-1].append(_Part(name, text in ('""', "[]", "[^]")))
        elif kind == "times":
            _repeat(rules[open_rules[-1]].ways[-1], match)
        elif text == "|":
            rules[open_rules[-1]].ways.append([])
        elif text == "(":
            name = f"{open_rules[0]} {len(rules)}"
            rules[open_rules[-1]].ways[-1].append(_Part(name, False))
            rules[name] = _Rule()
            open_rules.append(name)
            if len(open_rules) > _DEEPEST:
                raise _wrong(f"More than {_DEEPEST} brackets are open at once")
        elif text == ")":
            open_rules.pop()
            if not open_rules:
                raise _wrong("A bracket is closed that was not open")
    if len(open_rules) > 1:
        raise _wrong("A bracket is not closed")
    return rules


def _words(grammar: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(grammar):
        match = _WORDS.match(grammar, at)
        if not match:
            raise _wrong(f'"{grammar[at : at + 20]}" is not understood')
        at = match.end()
        if match.lastgroup != "skipped":
            yield match


def _repeat(way: list[_Part], match: re.Match[str]) -> None:
    """Apply ``*``, ``+``, ``?`` or ``{…}`` to what was read last."""
    if not way:
        raise _wrong(f'"{match.group()}" has nothing to repeat')
    name, left_out, times, each = way[-1]
    least, most = match["least"], match["most"]
    if least is None:
        way[-1] = _Part(name, left_out or match.group() != "+", times, each)
        return
    low, high = int(least), int(most or least)
    if high < low:  # llama.cpp would count through 2^64 of them
        raise _wrong(f'"{match.group()}" asks for more than it allows')
    way[-1] = _Part(name, left_out or low == 0, times * max(1, high), each or left_out)


def _empty(rules: dict[str, _Rule]) -> set[str]:
    """The rules that can be satisfied by nothing."""
    empty: set[str] = set()
    before = -1
    while len(empty) > before:
        before = len(empty)
        for name, rule in reversed(rules.items()):  # what is in brackets comes after them
            if any(all(part.left_out or part.name in empty for part in way) for way in rule.ways):
                empty.add(name)
    return empty


def _first(rule: _Rule, empty: set[str]) -> Iterator[str]:
    """The rules with which ``rule`` can begin."""
    for way in rule.ways:
        for part in way:
            if part.name:
                yield part.name
            if not (part.left_out or part.name in empty):
                break


def _on_a_cycle(edges: dict[str, set[str]]) -> str:
    """A name from which ``edges`` lead back to it, "" if there is none."""
    done: set[str] = set()
    for start in edges:
        path: list[tuple[str, Iterator[str]]] = [(start, iter(edges[start]))]
        active = {start}
        while path and start not in done:
            name, rest = path[-1]
            following = next((other for other in rest if other not in done), None)
            if following is None:
                done.add(name)
                active.discard(name)
                path.pop()
            elif following in active:
                return following
            else:
                active.add(following)
                path.append((following, iter(edges.get(following, ()))))
    return ""
