"""A Load order carried out: model, projector and template, ready for answers."""

from collections.abc import Callable
from dataclasses import dataclass

from app.engine.messages import Load, ModelInfo
from app.engine.native import NativeLog
from app.engine.projector import Projector
from app.engine.runtime import Runtime
from app.engine.template import ChatTemplate

# The projector is read after the model and is smaller: a fifth of the bar.
_MODEL_SHARE = 0.8


@dataclass
class Opened:
    """A model that has been loaded."""

    runtime: Runtime
    projector: Projector | None
    template: ChatTemplate
    info: ModelInfo

    def close(self) -> None:
        """Give all memory back."""
        if self.projector:
            self.projector.close()
        self.runtime.close()


def open_model(order: Load, log: NativeLog, on_progress: Callable[[float], None]) -> Opened:
    """Load what ``order`` names; ``on_progress`` gets fractions from 0 to 1, a hundred at most.
    Raises AppError; nothing stays in memory then."""
    share = _MODEL_SHARE if order.projector else 1.0
    last = 0.0

    def progress(fraction: float) -> None:
        nonlocal last
        if fraction - last >= 0.01 or fraction >= 1:
            last = fraction
            on_progress(fraction * share)

    runtime = Runtime(
        order.model,
        context=order.context,
        threads=order.threads,
        log=log,
        on_progress=progress,
    )
    projector: Projector | None = None
    try:
        template = ChatTemplate(
            runtime.template_source, runtime.vocabulary.bos_text, runtime.vocabulary.eos_text
        )
        if order.projector:
            projector = Projector(order.projector, runtime, log)
    except BaseException:
        runtime.close()
        raise
    info = ModelInfo(
        path=order.model,
        name=runtime.meta("general.name"),
        architecture=runtime.meta("general.architecture"),
        description=runtime.description,
        size=runtime.weight_bytes,
        parameters=runtime.parameters,
        context=runtime.size,
        trained_context=runtime.trained_context,
        vision=bool(projector and projector.vision),
        audio=bool(projector and projector.audio),
        thinking=template.can_think,
        template=runtime.template_source is not None,
    )
    return Opened(runtime, projector, template, info)
