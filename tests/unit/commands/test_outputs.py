"""What a command writes for a person: the answer to one stream, all else to the other."""

import io

from app.commands.outputs import PlainOutput
from app.engine.messages import Delta, ModelInfo


def info(notice: str) -> ModelInfo:
    return ModelInfo(
        path="m.gguf",
        name="m",
        architecture="gemma4",
        description="m",
        size=1,
        parameters=1,
        context=4096,
        trained_context=4096,
        vision=False,
        audio=False,
        thinking=False,
        template=True,
        notice=notice,
    )


def test_a_model_that_runs_elsewhere_is_told_beside_the_answer() -> None:
    out, err = io.StringIO(), io.StringIO()
    plain = PlainOutput(out, err)
    for event in (info("It runs on the processor."), Delta(1, "text", "Hello"), info("")):
        plain.show(event)
    assert (out.getvalue(), err.getvalue()) == ("Hello", "It runs on the processor.\n")
