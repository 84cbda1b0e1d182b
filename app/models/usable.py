"""Which models are of use here, by what their files say of themselves."""

from app.models.gguf import GgufInfo

EMBEDDER = "gemma-embedding"  # the architecture whose vectors search documents here
_ENCODERS = (EMBEDDER, "llama-embed", "t5encoder")
_NO_MODELS = {
    "adapter": "it only changes another model",
    "imatrix": "it only helps to make models smaller",
    "mmproj": "it only lets a model see or hear",
}


def unusable(info: GgufInfo) -> str:
    """Why a file holds no model that can be talked to, in a few words; "" if it does."""
    if info.kind not in ("", "model"):
        return _NO_MODELS.get(info.kind, "it is no model")
    architecture = info.architecture
    pooling = info.metadata.get(f"{architecture}.pooling_type")
    # BERT has many kin, all with its name in theirs.
    encodes = "bert" in architecture or architecture in _ENCODERS
    if encodes or (isinstance(pooling, int) and pooling > 0):
        return "it compares texts, but writes none"
    if architecture.endswith("-assistant"):
        return "it only guesses ahead for another model"
    # In llama.cpp's files the part that sees is a file of its own.
    if any(key.startswith(f"{architecture}.vision.") for key in info.metadata):
        return "it was made for Ollama alone, with the part that sees in the same file"
    return ""
