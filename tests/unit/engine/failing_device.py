"""The engine's child, on a device with which llama_decode fails (but not in the self-test), after
as many steps as the environment variable DECODES says (0)."""

import os
from collections.abc import Sequence
from typing import Any

from app.engine import child
from app.engine.runtime import Runtime
from app.engine.self_test import CONTEXT

_begin, _decode = Runtime.__init__, Runtime.decode
_on_device: dict[int, int] = {}  # how many steps are left


def _begin_and_note(self: Runtime, path: str, **how: Any) -> None:
    _begin(self, path, **how)
    _on_device.pop(id(self), None)
    if how["placement"].device is not None and self.size != CONTEXT:
        _on_device[id(self)] = int(os.environ.get("DECODES", "0"))


def _fail(self: Runtime, tokens: Sequence[int], **how: bool) -> None:
    if id(self) in _on_device:
        _on_device[id(self)] -= 1
        if _on_device[id(self)] < 0:
            raise RuntimeError("llama_decode returned -3")
    _decode(self, tokens, **how)


if __name__ == "__main__":
    Runtime.__init__ = _begin_and_note  # type: ignore[method-assign]
    Runtime.decode = _fail  # type: ignore[method-assign]
    child.main()
