"""Real engines for the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from app.engine.client import Engine
from app.engine.native import NativeLog
from app.engine.runtime import Runtime
from tests.data import MODEL, tiny_gemma4
from tests.unit.engine.talk import Talk

settings.register_profile("facet", deadline=None)  # this machine may be busy with other things
settings.load_profile("facet")


@pytest.fixture(scope="session")
def native_log() -> NativeLog:
    """What llama.cpp prints in this process. One for all tests, as llama.cpp keeps a pointer."""
    return NativeLog()


@pytest.fixture(scope="module")
def runtime(native_log: NativeLog) -> Iterator[Runtime]:
    """The miniature's weights in this process, for what can't be seen from outside."""
    runtime = Runtime(
        str(MODEL), context=4096, threads=1, log=native_log, on_progress=lambda _: None
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


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    """An untrained model, which never ends an answer by itself."""
    folder = tmp_path_factory.mktemp("endless")
    tiny_gemma4.write_model(folder / "model.gguf", "dense")
    tiny_gemma4.write_projector(folder / "projector.gguf", "dense")
    with Engine(folder / "engine.log") as engine:
        talk = Talk(engine)
        talk.load(folder / "model.gguf", folder / "projector.gguf", context=8192)
        yield talk


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Talk]:
    """An engine of the test's own, without a model; a cancelled answer that goes on is killed
    after 0.3 s."""
    with Engine(tmp_path / "engine.log", kill_after=0.3) as engine:
        yield Talk(engine)
