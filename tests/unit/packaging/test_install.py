import sys
from pathlib import Path

import install


def test_a_lock_is_read_by_name() -> None:
    blocks = install.lock_blocks(
        "# head\n"
        "Numpy==2.2 ; python_version < '3.11' \\\n    --hash=sha256:a\n    # via x\n"
        "numpy==2.4 ; python_version >= '3.11' \\\n    --hash=sha256:b\n"
        "llama-cpp-python==0.3 \\\n    --hash=sha256:c\n"
    )
    assert list(blocks) == ["numpy", "llama-cpp-python"]
    assert blocks["numpy"].count("==2.") == 2
    assert "via" not in blocks["numpy"]
    assert blocks["llama-cpp-python"].endswith("--hash=sha256:c\n")


def test_the_python_of_an_environment() -> None:
    python = install.environment_python(Path("/checkout"))
    assert python.parent.parent == Path("/checkout/.venv")
    assert python.stem == "python"
    assert sys.executable
