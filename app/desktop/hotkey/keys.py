"""Chords: a key and what is held with it, as every system's part of the hotkey understands them."""

import re
import sys
from typing import Literal, get_args

import msgspec

Modifier = Literal["Meta", "Ctrl", "Alt", "Shift"]
MODIFIERS: tuple[Modifier, ...] = get_args(Modifier)  # in the order in which they are written

NAMED_KEYS = (
    ("Space", "Tab", "Return", "Esc", "Backspace", "Ins", "Del", "Home", "End", "PgUp", "PgDown")
    + ("Left", "Right", "Up", "Down", "Print", "Pause", "ScrollLock", "Menu")
    + tuple(f"F{number}" for number in range(1, 25))
)
# Alone they are nobody's text, so they may be taken without a modifier.
BARE_KEYS = frozenset({"Print", "Pause", "ScrollLock", *(f"F{number}" for number in range(1, 25))})

_SAME_MODIFIER: dict[str, Modifier] = {
    "control": "Ctrl",
    "option": "Alt",
    "super": "Meta",
    "win": "Meta",
    "cmd": "Ctrl",
    "command": "Ctrl",
}
_SAME_KEY = {
    "enter": "Return",
    "escape": "Esc",
    "insert": "Ins",
    "delete": "Del",
    "pageup": "PgUp",
    "pagedown": "PgDown",
    "printscreen": "Print",
    "plus": "+",
}
_BY_NAME = {name.lower(): name for name in NAMED_KEYS}
_ON_A_MAC = {"Meta": "⌃", "Alt": "⌥", "Shift": "⇧", "Ctrl": "⌘"}
_META_NAMES = {"win32": "Win", "darwin": "⌃"}


class Chord(msgspec.Struct, frozen=True):
    """A key with the modifiers that are held. ``key`` is one of ``NAMED_KEYS`` or one character
    that a key writes without Shift, a letter in upper case. As with Qt, "Ctrl" is Command on a Mac
    and "Meta" is Control there."""

    modifiers: frozenset[Modifier]
    key: str

    @classmethod
    def parse(cls, text: str) -> "Chord":
        """The chord that ``text`` ("Ctrl+Shift+Space") names. ValueError if it names none."""
        *held, key = re.split(r"\+(?!$)", text.strip())
        modifiers = set()
        for name in held:
            modifiers.add(_modifier(name))
        return cls(frozenset(modifiers), _key(key))

    def __str__(self) -> str:
        """The text that ``parse`` takes, and Qt as well."""
        return "+".join([*self._held(), self.key])

    @property
    def usable(self) -> bool:
        """Whether it may be taken from all programs: with Ctrl, Alt or Meta, or a bare key that
        writes nothing."""
        return self.key in BARE_KEYS or bool(self.modifiers - {"Shift"})

    def for_people(self, system: str = sys.platform) -> str:
        """As the system writes it: "Ctrl Shift Space", on a Mac "⇧⌘Space"."""
        if system == "darwin":
            held = [sign for name, sign in _ON_A_MAC.items() if name in self.modifiers]
            return "".join(held) + self.key
        meta = _META_NAMES.get(system, "Super")
        held = [meta if name == "Meta" else name for name in self._held()]
        return " ".join([*held, self.key])

    def _held(self) -> list[Modifier]:
        return [name for name in MODIFIERS if name in self.modifiers]


def _modifier(name: str) -> Modifier:
    lower = name.strip().lower()
    for modifier in MODIFIERS:
        if lower == modifier.lower():
            return modifier
    if lower not in _SAME_MODIFIER:
        raise ValueError(f"{name!r} is no modifier")
    return _SAME_MODIFIER[lower]


def _key(name: str) -> str:
    text = name.strip()
    lower = text.lower()
    known = _BY_NAME.get(lower) or _SAME_KEY.get(lower)
    if known is not None:
        return known
    # Upper case may be two characters ("ß"), and such a key stays as it is.
    key = text.upper() if len(text.upper()) == 1 else text
    if len(key) != 1 or not key.isprintable() or key.isspace():
        raise ValueError(f"{name!r} is no key")
    return key
