"""Colours for code: text to runs of a kind, a little at a time. No Qt.

Pygments reads a text from its beginning only. While code grows, ``Coloring.grow`` therefore starts
again at the last line that looks like the beginning of something new, which is cheap and nearly
always right; once the code is whole, ``Coloring.whole`` reads all of it, in slices, so that the
final colours do not depend on how it arrived.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Protocol

from pygments.lexers import get_all_lexers, get_lexer_by_name
from pygments.token import Comment, Keyword, Literal, Name, Number, Punctuation, String, _TokenType

MAX_COLORED = 200_000  # characters; longer code stays plain
RESTART_LINES = 60  # lines after which any line will do to start again at

Run = tuple[int, int, str]  # start, end, colour name


class Lexer(Protocol):
    """What is used of Pygments' readers."""

    name: str

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]: ...


_COLORS: tuple[tuple[_TokenType, str | None], ...] = (
    (Comment.Preproc, "c-kw"),
    (Comment.PreprocFile, "c-str"),
    (Comment, "c-com"),
    (Keyword.Constant, "c-num"),
    (Keyword, "c-kw"),
    (String.Interpol, "c-num"),
    (String.Escape, "c-num"),
    (String, "c-str"),
    (Number, "c-num"),
    (Literal, "c-num"),
    (Name.Function, "c-fn"),
    (Name.Class, "c-fn"),
    (Name.Decorator, "c-fn"),
    (Name.Attribute, "c-fn"),
    (Name.Builtin.Pseudo, None),
    (Name.Builtin, "c-fn"),
    (Name.Tag, "c-kw"),
)
_NAMES = {
    "shell": "bash",
    "console": "console",
    "text": "",
    "txt": "",
    "plain": "",
    "plaintext": "",
    "markup": "html",
    "py3": "python",
    "jsonc": "json",
    "mermaid": "",
}
_TITLES = {
    "cpp": "C++",
    "c++": "C++",
    "csharp": "C#",
    "cs": "C#",
    "js": "JavaScript",
    "py": "Python",
    "rb": "Ruby",
    "rs": "Rust",
    "sh": "Shell",
    "shell": "Shell",
    "ts": "TypeScript",
    "yml": "YAML",
    "md": "Markdown",
    "txt": "Text",
    "plaintext": "Text",
    "ps1": "PowerShell",
}


def title(language: str) -> str:
    """A language's name for people; "" stays ""."""
    if language in _TITLES:
        return _TITLES[language]
    lexer = find_lexer(language)
    name = str(lexer.name) if lexer is not None else language
    return name if len(name) <= 24 else language


_by_name: Callable[..., Lexer] = get_lexer_by_name
_all_lexers: Callable[..., Iterator[tuple[str, tuple[str, ...], object, object]]] = get_all_lexers
_lexers: dict[str, Lexer | None] = {}


@lru_cache(maxsize=1)
def _aliases() -> frozenset[str]:
    return frozenset(alias for _, aliases, _, _ in _all_lexers(plugins=False) for alias in aliases)


def find_lexer(language: str) -> Lexer | None:
    """The reader for a language; None for none or one that nobody knows."""
    name = _NAMES.get(language, language)
    if name not in _lexers:
        # Asked for a name that it doesn't know, Pygments looks through all installed packages.
        known = name in _aliases()
        _lexers[name] = _by_name(name, stripnl=False, ensurenl=False) if known else None
    return _lexers[name]


COMMON = ("python", "bash", "json", "javascript", "html", "sql")


def warm_up(language: str) -> None:
    """Read a line in ``language``, so that its reader is there when an answer needs it: the first
    use of one may take 30 ms."""
    lexer = find_lexer(language)
    if lexer is not None:
        for _ in runs(lexer, "x = 1"):
            pass


def runs(lexer: Lexer, text: str, offset: int = 0) -> Iterator[Run | None]:
    """The coloured runs of ``text``, shifted by ``offset``; None for each token without colour, so
    that a caller can pause anywhere."""
    held: tuple[int, int] | None = None  # a name that is a call if a bracket follows
    # Many readers know a comment by the end of its line.
    for start, kind, value in lexer.get_tokens_unprocessed(text + "\n"):
        if held is not None:
            if kind in Punctuation and value.startswith("("):
                yield (*held, "c-fn")
            held = None
        color = _color(kind)
        if color is not None:
            yield start + offset, min(start + len(value), len(text)) + offset, color
        else:
            if kind in Name and value.isidentifier():
                held = start + offset, start + len(value) + offset
            yield None


_known_colors: dict[_TokenType, str | None] = {}


def _color(kind: _TokenType) -> str | None:
    if kind not in _known_colors:
        _known_colors[kind] = next((color for base, color in _COLORS if kind in base), None)
    return _known_colors[kind]


class Coloring:
    """The colours of one growing text."""

    def __init__(self, language: str) -> None:
        self._lexer = find_lexer(language)
        self._restart = 0  # where reading starts again
        self._whole: Iterator[Run | None] | None = None
        self._gathered: list[Run] = []

    @property
    def possible(self) -> bool:
        """Whether the language is known."""
        return self._lexer is not None

    def grow(self, text: str) -> tuple[int, list[Run]]:
        """The text has become longer: from where on colours are new, and those."""
        if self._lexer is None or len(text) > MAX_COLORED:
            return len(text), []
        start = self._restart
        found = [run for run in runs(self._lexer, text[start:], start) if run is not None]
        self._restart = self._next_restart(text, start, found)
        return start, found

    def begin_whole(self, text: str) -> None:
        """Read all of ``text`` from now on, by ``go_on``."""
        if self._lexer is not None and len(text) <= MAX_COLORED:
            self._whole = runs(self._lexer, text)
            self._gathered = []

    def go_on(self, tokens: int) -> list[Run] | None:
        """Read on for so many tokens: the colours if that was the end, else None."""
        if self._whole is None:
            return []
        for _ in range(tokens):
            try:
                run = next(self._whole)
            except StopIteration:
                self._whole = None
                return self._gathered
            if run is not None:
                self._gathered.append(run)
        return None

    def _next_restart(self, text: str, start: int, found: list[Run]) -> int:
        """The last line start that nothing seems to run across: at the left edge, or, when there
        has been none for long, anywhere outside strings and comments."""
        newline = text.rfind("\n")
        far = text.count("\n", start) > RESTART_LINES
        while newline > start:
            candidate = newline + 1
            first = text[candidate : candidate + 1]
            edge = first.isalnum() or first in ("_", "@", "#", "<", "/")
            if (edge or (far and first)) and not _across(found, newline):
                return candidate
            newline = text.rfind("\n", start, newline)
        return start


def _across(found: list[Run], position: int) -> bool:
    """Whether a run covers ``position`` and goes on after it."""
    low, high = 0, len(found)
    while low < high:
        middle = (low + high) // 2
        if found[middle][1] <= position + 1:
            low = middle + 1
        else:
            high = middle
    return low < len(found) and found[low][0] <= position
