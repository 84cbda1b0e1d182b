"""A long answer in Markdown with everything that answers have, the same at every call."""

import random
import re

_WORDS = re.findall(
    r"\w+",
    """
    harbour river window letter engine morning paper garden market number answer lantern
    library island signal reason winter summer version table record measure weather distance
    carries opens holds reads counts follows keeps writes shows brings turns needs finds
    slowly often nearly again together early quietly small old clear narrow steady new
    """,
)
_CODE = (
    "def total(rows: list[dict[str, float]], key: str) -> float:\n"
    '    """The sum of one column."""\n'
    "    return sum(row[key] for row in rows if key in row)\n",
    "for (const [name, value] of Object.entries(readings)) {\n"
    "  console.log(`${name}: ${value.toFixed(2)}`); // one line each\n}\n",
    "SELECT month, SUM(kwh) AS used\nFROM readings\nWHERE year = 2025\nGROUP BY month;\n",
)
_LANGUAGES = ("python", "javascript", "sql")


def long_answer(tokens: int) -> list[str]:
    """The pieces of an answer of ``tokens`` tokens, about four characters each."""
    dice = random.Random(7)
    text = ""
    while len(text) < 4 * tokens:
        text += _section(dice)
    return [text[at : at + 4] for at in range(0, 4 * tokens, 4)]


def _section(dice: random.Random) -> str:
    parts = [f"## {_sentence(dice, 4)[:-1]}", _paragraph(dice)]
    extra = dice.randrange(5)
    if extra == 0:
        parts.append(
            "\n".join(f"- **{dice.choice(_WORDS)}** {_sentence(dice, 7)}" for _ in range(5))
        )
    elif extra == 1:
        parts.append("\n".join(f"{at}. {_sentence(dice, 9)}" for at in range(1, 6)))
    elif extra == 2:
        rows = [
            f"| {dice.choice(_WORDS)} | {dice.randrange(999)} | {dice.random():.2f} |"
            for _ in range(6)
        ]
        parts.append("\n".join(["| Name | Count | Share |", "|:--|--:|--:|", *rows]))
    elif extra == 3:
        which = dice.randrange(3)
        parts.append(f"```{_LANGUAGES[which]}\n{_CODE[which]}```")
    else:
        parts.append(f"> {_sentence(dice, 14)}")
    parts.append(_paragraph(dice))
    return "\n\n".join(parts) + "\n\n"


def _paragraph(dice: random.Random) -> str:
    return " ".join(_sentence(dice, dice.randrange(6, 16)) for _ in range(dice.randrange(2, 6)))


def _sentence(dice: random.Random, count: int) -> str:
    words = [dice.choice(_WORDS) for _ in range(count)]
    if count > 8:
        words[3] = f"*{words[3]}*"
        words[5] = f"`{words[5]}`"
        words[7] = f"[{words[7]}](https://example.org/{words[7]})"
    return " ".join([words[0].capitalize(), *words[1:]]) + "."
