"""Writes resources/miniature/answers.json: python -m tests.data.make_answers

The texts are checked by a person (the miniature was trained to give them); the logits are those of
this machine's CPU.
"""

import llama_cpp.llama_cpp as llama
import msgspec

from app.engine.devices import IN_MEMORY
from app.engine.messages import Load
from app.engine.native import NativeLog
from app.engine.opening import open_at
from app.engine.self_test import ANSWERS, CONTEXT, Known, answer
from tests.data import MODEL, PROJECTOR

QUESTIONS = [
    Known("Hello", "text", "", "Hello! How can I help you?", ()),
    Known("What do you see?", "image", "picture.png", "a red circle at the top left", ()),
    Known("What do you hear?", "audio", "sound.wav", "the word seven", ()),
]


def main() -> None:
    """Write the file; an answer that is not as it should be is an error."""
    llama.llama_backend_init()
    order = Load(str(MODEL), str(PROJECTOR), CONTEXT, threads=1)
    opened = open_at(order, IN_MEMORY, "", NativeLog(), lambda _: None)
    done = []
    for known in QUESTIONS:
        said, logits = answer(opened, known)
        assert said == known.answer, said
        rounded = tuple(round(logit, 3) for logit in logits)
        done.append(msgspec.structs.replace(known, logits=rounded))
    opened.close()
    ANSWERS.write_bytes(b"[\n" + b",\n".join(map(msgspec.json.encode, done)) + b"\n]\n")


if __name__ == "__main__":
    main()
