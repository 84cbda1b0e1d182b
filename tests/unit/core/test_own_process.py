"""Facet's own processes are started from source and from an installed Facet alike."""

import importlib
import sys
from pathlib import Path

import pytest

from app.core.own_process import MODULES, own_command
from app.engine.client import Engine
from app.engine.messages import Hello


def test_an_installed_facet_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_command("engine") == (sys.executable, "-m", "app.engine.child")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/facet/facet")
    assert own_command("reader") == ("/opt/facet/facet", "--child", "reader")


@pytest.mark.parametrize("name", MODULES)
def test_each_is_a_program(name: str) -> None:
    assert callable(importlib.import_module(MODULES[name]).main)


def test_the_argument_leads_to_the_child(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "app", "--child", "engine")
    with Engine(tmp_path / "engine.log", command) as engine:
        assert isinstance(engine.receive(60), Hello)
