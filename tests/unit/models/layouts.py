"""Builds the folders of other programs as they make them, with small files."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

REVISION = "0123456789abcdef0123456789abcdef01234567"


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def in_hub(
    hub: Path, repository: str, files: dict[str, bytes], *, revision: str = REVISION
) -> Path:
    """A snapshot in Hugging Face's cache: links to blobs; the revision becomes the newest."""
    folder = hub / f"models--{repository.replace('/', '--')}"
    snapshot = folder / "snapshots" / revision
    for name, content in files.items():
        blob = write(folder / "blobs" / hashlib.sha256(content).hexdigest(), content)
        link = snapshot / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
    write(folder / "refs" / "main", revision.encode())
    return snapshot


def in_ollama(models: Path, name: str, tag: str, *layers: tuple[str, bytes]) -> Path:
    """A model of Ollama: a manifest that names blobs. ``layers`` are (kind, content)."""
    described = []
    for kind, content in layers:
        digest = hashlib.sha256(content).hexdigest()
        write(models / "blobs" / f"sha256-{digest}", content)
        described.append(
            {
                "mediaType": f"application/vnd.ollama.image.{kind}",
                "digest": f"sha256:{digest}",
                "size": len(content),
            }
        )
    return manifest(models, name, tag, {"schemaVersion": 2, "layers": described})


def manifest(models: Path, name: str, tag: str, content: Any) -> Path:
    """``name`` is below the usual registry, with its namespace."""
    path = models / "manifests" / "registry.ollama.ai" / name / tag
    return write(path, json.dumps(content).encode())


def blob(models: Path, content: bytes) -> Path:
    return models / "blobs" / f"sha256-{hashlib.sha256(content).hexdigest()}"


def in_jan(data: Path, model_id: str, content: bytes, projector: bytes = b"", **more: str) -> Path:
    """A model of Jan: a folder with a model.yml."""
    folder = data / "llamacpp" / "models" / model_id
    path = write(folder / "model.gguf", content)
    lines = {"model_path": f"llamacpp/models/{model_id}/model.gguf", "name": model_id}
    if projector:
        write(folder / "mmproj.gguf", projector)
        lines["mmproj_path"] = f"llamacpp/models/{model_id}/mmproj.gguf"
    lines |= more
    text = "".join(f"{key}: {value}\n" for key, value in lines.items())
    write(folder / "model.yml", text.encode())
    return path


def in_llama_cpp(cache: Path, owner: str, repository: str, files: dict[str, bytes]) -> Path:
    """llama.cpp's older cache: all in one folder. ``files`` are "model" and perhaps "mmproj"."""
    described = {}
    for kind, key in (("model", "ggufFile"), ("mmproj", "mmprojFile")):
        if kind in files:
            name = f"{kind}-{repository}.gguf"
            write(cache / f"{owner}_{repository}_{name}", files[kind])
            described[key] = {"rfilename": name, "size": len(files[kind])}
    write(
        cache / f"manifest={owner}={repository}=latest.json",
        json.dumps(described | {"metadata": {"author": owner}}).encode(),
    )
    return cache / f"{owner}_{repository}_model-{repository}.gguf"
