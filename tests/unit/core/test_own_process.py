"""Facet's own processes are started from source and from an installed Facet alike."""

import importlib
import subprocess
import sys

import pytest

from app.core.own_process import MODULES, own_command


def test_an_installed_facet_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_command("engine") == (sys.executable, "-m", "app.engine.child")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/facet/facet")
    assert own_command("reader") == ("/opt/facet/facet", "--child", "reader")


@pytest.mark.parametrize("name", MODULES)
def test_each_is_a_program(name: str) -> None:
    assert callable(importlib.import_module(MODULES[name]).main)


def test_the_argument_leads_to_the_child_which_ends_with_its_pipe() -> None:
    command = (sys.executable, "-m", "app", "--child", "engine")
    ended = subprocess.run(command, input=b"", capture_output=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert b"Hello" in ended.stdout
