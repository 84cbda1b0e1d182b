"""An engine that says a text that is known beforehand, at a steady pace: what stands in for the
child process where the window is measured, not the model. Speaks the real protocol.

usage: replay_engine.py TOKENS TOKENS_A_SECOND
"""

import sys
import time

from app.core.conversation import Outcome, Stats
from app.engine.messages import (
    Delta,
    Done,
    Event,
    Generate,
    Hello,
    Load,
    ModelInfo,
    frame,
    read_command,
    write_frame,
)
from tests.bench.long_answer import long_answer


def main(tokens: int, pace: float) -> None:
    _say(Hello(build="replay", system="", devices=()))
    while (command := read_command(sys.stdin.buffer)) is not None:
        match command:
            case Load():
                _say(_model(command.model))
            case Generate():
                _answer(command.turn, tokens, pace)


def _answer(turn: int, tokens: int, pace: float) -> None:
    begin = time.monotonic()
    for number, piece in enumerate(long_answer(tokens)):
        time.sleep(max(0.0, begin + number / pace - time.monotonic()))
        _say(Delta(turn, "text", piece))
    _say(Done(turn, Outcome.DONE, Stats(answer_tokens=tokens, decode_tps=pace)))


def _say(event: Event) -> None:
    write_frame(sys.stdout.buffer, frame(event))


def _model(path: str) -> ModelInfo:
    return ModelInfo(
        path=path,
        name="replay",
        architecture="replay",
        description="",
        size=0,
        parameters=0,
        context=32768,
        trained_context=32768,
        vision=False,
        audio=False,
        thinking=False,
        template=True,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
