"""A model brought to its place: weights, projector and template, ready for answers."""

from collections.abc import Callable
from dataclasses import dataclass

import llama_cpp.llama_cpp as llama
import msgspec

from app.core.errors import AppError
from app.engine.devices import Placement
from app.engine.messages import DEVICE_FAILED, DEVICE_WRONG, Load, ModelInfo
from app.engine.native import NativeLog, give_memory_back
from app.engine.projector import Projector
from app.engine.runtime import Runtime
from app.engine.sampling import NonsenseError
from app.engine.template import ChatTemplate

# The projector is read after the model and is smaller: a fifth of the bar.
_MODEL_SHARE = 0.8


@dataclass
class Opened:
    """A model that has been loaded, as ``order`` said, to ``placement``."""

    order: Load
    placement: Placement
    runtime: Runtime
    projector: Projector | None
    template: ChatTemplate
    info: ModelInfo

    def without_device(self, error: AppError | RuntimeError) -> Load | None:
        """The order to load it to main memory, if ``error`` may be the fault of its device; None
        if it can't be: what computed is there already, or it is something else."""
        notice, device = DEVICE_FAILED, self.placement.device
        if isinstance(error, AppError):
            notice = DEVICE_WRONG
            if error.code != "nan":
                return None
            if not isinstance(error, NonsenseError) and not self.placement.projector:
                return None  # it is about a picture or sound
        if device is None:
            return None
        return msgspec.structs.replace(self.order, device="cpu", notice=notice)

    def close(self) -> None:
        """Give all memory back."""
        if self.projector:
            self.projector.close()
        self.runtime.close()
        give_memory_back()


def open_at(
    order: Load,
    placement: Placement,
    notice: str,
    log: NativeLog,
    on_progress: Callable[[float], None],
) -> Opened:
    """Load what ``order`` names to ``placement``; ``notice`` says why it is not another one.
    ``on_progress`` gets fractions from 0 to 1, a hundred at most. Raises AppError; nothing stays
    in memory then."""
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
        placement=placement,
    )
    projector: Projector | None = None
    try:
        template = ChatTemplate(
            runtime.template_source, runtime.vocabulary.bos_text, runtime.vocabulary.eos_text
        )
        if order.projector:
            projector = Projector(order.projector, runtime, log, placement)
    except BaseException:
        runtime.close()
        raise
    layers = int(llama.llama_model_n_layer(runtime.handle))
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
        device=placement.name,
        gpu_layers=min(placement.layers, layers),
        layers=layers,
        notice=notice,
    )
    return Opened(order, placement, runtime, projector, template, info)
