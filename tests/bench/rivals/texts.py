"""What is said to the contestants: texts of a wanted number of tokens, and pictures."""

import ctypes
import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import llama_cpp.llama_cpp as llama

from app.engine.vocabulary import Vocabulary
from tests.data import pictures

QUESTION = "What do you see?"
STORY = "Write a long story about a lighthouse, a dog and the sea."
_WORDS = "the window shows a list of files and the button opens a new page with a text"
_LINE = 12  # words
_silence = llama.llama_log_callback(lambda *_: None)


class Texts:
    """Texts for the model in a file, whose vocabulary is read for it."""

    def __init__(self, model: Path) -> None:
        llama.llama_log_set(_silence, ctypes.c_void_p(0))
        parameters = llama.llama_model_default_params()
        parameters.vocab_only = True
        loaded = llama.llama_model_load_from_file(bytes(model), parameters)
        self._vocabulary = Vocabulary(loaded)

    def of(self, tokens: int, name: str) -> str:
        """A text of about so many tokens, another one for each name."""
        draw = random.Random(name)
        words = _WORDS.split()
        lines: list[str] = []
        missing = tokens
        while missing > 0:
            line = f"{name} {len(lines)}: {' '.join(draw.choices(words, k=_LINE))}."
            lines.append(line)
            missing -= len(self._vocabulary.tokenize([(line, False)])) + 1  # and the line break
        return "\n".join(lines)


def further(number: int) -> str:
    """The question of a later turn."""
    return f"And what else is there to say? This is number {number}."


def draw_pictures(folder: Path, tokens: int) -> Iterator[tuple[Path, str]]:
    """Pictures that take exactly so many tokens without being resized (280, or 64), each another
    one, and what the miniature says of them."""
    size = {280: (960, 672), 64: (384, 384)}[tokens]
    kinds = product(pictures.COLOURS, pictures.SHAPES, pictures.PLACES)
    for number, kind in enumerate(kinds):
        path = folder / f"picture {number}.png"
        pictures.draw(*kind, size).save(path)
        yield path, pictures.answer(*kind)
