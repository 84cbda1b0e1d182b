"""Real engines for the tests of this folder."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from app.engine.client import Engine
from app.engine.native import NativeLog
from app.engine.runtime import Runtime
from tests.data import MODEL
from tests.unit.engine.talk import Talk

# Where the set-up puts the starter model. Tests that take any model use it, too, if it is there.
STARTER = Path(os.environ.get("FACET_STARTER", "build/models/SmolLM2-135M-Instruct.Q4_1.gguf"))

settings.register_profile("facet", deadline=None)  # this machine may be busy with other things
settings.load_profile("facet")


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    """The miniature's weights in this process, for what can't be seen from outside."""
    runtime = Runtime(
        str(MODEL), context=4096, threads=1, log=NativeLog(), on_progress=lambda _: None
    )
    yield runtime
    runtime.close()


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    """The miniature with its projector, loaded once for a module."""
    with Engine(tmp_path_factory.mktemp("engine") / "engine.log") as engine:
        talk = Talk(engine)
        talk.load()
        yield talk
    assert _pipes() == [], "closing an engine ends its threads"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Talk]:
    """An engine of the test's own, without a model; a cancelled answer that goes on is killed
    after 0.3 s."""
    with Engine(tmp_path / "engine.log", kill_after=0.3) as engine:
        yield Talk(engine)


def _pipes() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "engine pipe"]
