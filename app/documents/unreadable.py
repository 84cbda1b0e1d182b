"""Files that Facet does not read, and what to call them."""

from app.documents import film

# First bytes of files that are neither picture, sound nor text, and what to call them.
_UNREADABLE = (
    (b"%PDF-", "PDF files"),
    (b"{\\rtf", "RTF files"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office files"),
    (b"PK\x03\x04", "ZIP files"),
    (b"PK\x05\x06", "ZIP files"),
    (b"\x1f\x8b", "compressed files"),
    (b"BZh", "compressed files"),
    (b"\xfd7zXZ\x00", "compressed files"),
    (b"7z\xbc\xaf\x27\x1c", "compressed files"),
    (b"\x28\xb5\x2f\xfd", "compressed files"),
    (b"Rar!\x1a\x07", "compressed files"),
    (b"\x7fELF", "programs"),
    (b"GGUF", "model files as attachments"),
    (b"SQLite format 3\x00", "databases"),
)
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1")
_MPEG4_SOUNDS = {".m4a", ".m4b", ".aac"}
_OFFICE = {
    ".docx": "Word files",
    ".xlsx": "Excel files",
    ".pptx": "PowerPoint files",
    ".odt": "OpenDocument files",
    ".ods": "OpenDocument files",
    ".odp": "OpenDocument files",
    ".epub": "EPUB files",
}


def kind_of(data: bytes, ending: str) -> str | None:
    """What a file that begins with ``data`` is called, in the plural; None if it may be read."""
    if data[:2] == b"PK" and ending in _OFFICE:
        return _OFFICE[ending]
    if data[:2] == b"MZ" and ending in {".exe", ".dll"}:
        return "programs"
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        return "HEIC pictures"
    if film.is_container(data):
        return "M4A sounds" if ending in _MPEG4_SOUNDS else "films"
    for start, kind in _UNREADABLE:
        if data.startswith(start):
            return kind
    return None
