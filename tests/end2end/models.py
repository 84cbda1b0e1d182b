"""The two models that the end-to-end tests talk to."""

import json
import os
from pathlib import Path
from typing import Any

from app.models.catalogue import load_catalogue
from app.models.library import FOLDERS_VARIABLE, starter_folder
from tests.data import MINIATURE as FOLDER
from tests.data import MODEL

MINIATURE = MODEL.stem


def _starter() -> tuple[str, Path]:
    spec = load_catalogue().starter
    assert spec is not None, "models.json names no starter model"
    return spec.id, starter_folder() / spec.model_file.name


STARTER, STARTER_FILE = _starter()

# Seen by every program that the tests start; its home folder is another than the person's.
MODELS_ENVIRONMENT = {FOLDERS_VARIABLE: os.pathsep.join([str(FOLDER), str(STARTER_FILE.parent)])}

# For tests: waiting threads of the engine sleep instead of spinning. That is slower on a machine
# of one's own, and twenty times quicker on one where other programs are busy.
TEST_ENVIRONMENT = {**MODELS_ENVIRONMENT, "OMP_WAIT_POLICY": "passive"}


def write_settings(data_dir: Path, **settings: Any) -> None:
    """Prepare a data folder for a program that is not running: that of somebody who has passed
    the first run, unless it is told otherwise."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / "settings.json"
    old = json.loads(path.read_text()) if path.exists() else {"welcomed": True}
    path.write_text(json.dumps(old | settings))
