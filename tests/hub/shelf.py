"""What tests download: a model with its projector, and a program that fetches it to be killed."""

import random
import sys
from pathlib import Path

import msgspec

from app.models.catalogue import HuggingFace, ModelFile, ModelSpec
from app.models.download import download
from app.models.hub import Hub, Patience

REPOSITORY = "google/gemma-4-tiny"
MODEL, PROJECTOR = "tiny.gguf", "mmproj-tiny.gguf"
# Nothing here takes long. A silence that is none on a busy machine must not count as one, though:
# those who test silence ask for less.
SWIFT = Patience(connect=5.0, stall=5.0, give_up=1.0, first=0.4, pause=0.01, longest_pause=0.05)


def some_bytes(size: int, seed: int = 0) -> bytes:
    """Bytes that no two places have in common."""
    return random.Random(seed).randbytes(size)


def spec_of(
    files: dict[str, bytes], *, checksums: dict[str, str] | None = None, model_id: str = "tiny"
) -> ModelSpec:
    """A model with these files; what has mmproj in its name is the projector."""
    return ModelSpec(
        id=model_id,
        title="Gemma 4 Tiny",
        architecture="gemma4",
        modalities=("text", "image"),
        context=8192,
        quantisation="Q4_0",
        licence="Apache-2.0",
        source=HuggingFace(REPOSITORY),
        files=tuple(
            ModelFile(
                role="projector" if "mmproj" in name else "model",
                name=name,
                bytes=len(content),
                sha256=(checksums or {}).get(name, ""),
            )
            for name, content in files.items()
        ),
    )


def main() -> None:
    """SPEC.json FOLDER ENDPOINT: fetch it, and say how far it is."""
    spec = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=ModelSpec)
    download(
        spec,
        Path(sys.argv[2]),
        Hub(sys.argv[3], patience=SWIFT),
        on_progress=lambda transfer: print(transfer.stage, transfer.done, flush=True),
    )
    print("whole", flush=True)


if __name__ == "__main__":
    main()
