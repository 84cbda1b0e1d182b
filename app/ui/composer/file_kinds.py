"""Which files the dialogs offer. What a file really is, its bytes decide later."""

from PySide6.QtCore import QCoreApplication

_PICTURES = (
    "png jpg jpeg jpe jfif webp gif bmp tif tiff avif ico icns jp2 j2k ppm pgm pbm pnm tga dds psd"
)
_SOUNDS = "wav wave mp3 flac ogg oga opus aif aiff m4a aac wma mka weba amr"
_FILMS = "mp4 m4v mov mkv webm avi mpg mpeg wmv 3gp ogv"
_DOCUMENTS = (
    "pdf docx pptx xlsx xls xlsb odt ods odp rtf epub eml html htm xhtml txt md markdown rst csv "
    "tsv json jsonl yaml yml toml ini xml css js ts py c h cpp rs go java sh sql log tex"
)


def dialog_filters(kind: str = "") -> list[str]:
    """Name filters for a file dialog, the one of ``kind`` ("image", "audio", "document", "video")
    first."""
    say = QCoreApplication.translate
    everything = (
        "",
        say("FileKinds", "Documents, pictures, sounds and films"),
        f"{_DOCUMENTS} {_PICTURES} {_SOUNDS} {_FILMS}",
    )
    kinds = [
        ("document", say("FileKinds", "Documents"), _DOCUMENTS),
        ("image", say("FileKinds", "Pictures"), _PICTURES),
        ("audio", say("FileKinds", "Sounds"), _SOUNDS),
        ("video", say("FileKinds", "Films"), _FILMS),
    ]
    ordered = sorted([everything, *kinds], key=lambda entry: entry[0] != kind)
    filters = [f"{name} ({_patterns(endings)})" for _, name, endings in ordered]
    return [*filters, say("FileKinds", "All files (*)")]


def _patterns(endings: str) -> str:
    return " ".join(f"*.{ending}" for ending in endings.split())
