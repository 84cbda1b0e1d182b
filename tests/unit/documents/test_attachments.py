"""Attaching files: every kind that is read, and every way in which a file may be wrong."""

import contextlib
import io
import os
import struct
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.core.conversation import Audio, Document
from app.core.conversation import Image as ImagePart
from app.core.errors import AppError
from app.documents import file_bytes, pictures, text_files
from app.documents.attachments import read_attachment

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 180, 60), (30, 60, 220), (255, 255, 255)


def quarters(size: tuple[int, int] = (400, 240)) -> Image.Image:
    """Red, green / blue, white: any mirror, turn or channel swap shows."""
    width, height = size
    image = Image.new("RGB", size, WHITE)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    return image


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def shown(data: bytes, name: str = "picture.bin") -> tuple[ImagePart, Image.Image]:
    found = read_attachment(data, name)
    assert found.kind == "image"
    assert found.data == data
    assert isinstance(found.part, ImagePart)
    assert found.thumbnail is not None
    small = Image.open(io.BytesIO(found.thumbnail))
    assert small.format == "PNG"
    assert small.width <= 344
    assert small.height <= 208
    return found.part, small.convert("RGB")


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """The colours in the middles of the four quarters, in reading order."""
    width, height = image.size
    places = [(x * width // 4, y * height // 4) for y in (1, 3) for x in (1, 3)]
    return [image.getpixel(place) for place in places]  # type: ignore[misc]


def assert_close(found: list[tuple[int, ...]], wanted: list[tuple[int, int, int]]) -> None:
    assert np.abs(np.subtract(found, wanted)).max() <= 24, f"{found} is not {wanted}"


@pytest.mark.parametrize(
    ("kind", "mime"),
    [
        ("PNG", "image/png"),
        ("JPEG", "image/jpeg"),
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/avif"),
        ("BMP", "image/bmp"),
        ("TIFF", "image/tiff"),
        ("JPEG2000", "image/jp2"),
        ("ICO", "image/x-icon"),
        ("PPM", "image/x-portable-anymap"),
        ("MPO", "image/jpeg"),
    ],
)
def test_picture_formats(kind: str, mime: str) -> None:
    size = (256, 128) if kind == "ICO" else (400, 240)
    options = {"sizes": [size]} if kind == "ICO" else {}
    if kind == "MPO":
        options = {"save_all": True, "append_images": [quarters(size)]}
    part, small = shown(saved(quarters(size), kind, **options))
    assert (part.width, part.height, part.mime) == (*size, mime)
    assert_close(corners(small), [RED, GREEN, BLUE, WHITE])


def test_formats_without_plain_first_bytes_go_by_their_name() -> None:
    for kind, name in (("TGA", "a.tga"), ("PCX", "a.pcx"), ("DIB", "a.dib"), ("SGI", "a.rgb")):
        part, small = shown(saved(quarters(), kind), name)
        assert (part.width, part.height) == (400, 240)
        assert_close(corners(small), [RED, GREEN, BLUE, WHITE])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize(
    ("orientation", "undo"),
    [
        (1, None),
        (2, Image.Transpose.FLIP_LEFT_RIGHT),
        (3, Image.Transpose.ROTATE_180),
        (4, Image.Transpose.FLIP_TOP_BOTTOM),
        (5, Image.Transpose.TRANSPOSE),
        (6, Image.Transpose.ROTATE_90),
        (7, Image.Transpose.TRANSVERSE),
        (8, Image.Transpose.ROTATE_270),
    ],
)
def test_exif_rotation(kind: str, orientation: int, undo: Image.Transpose | None) -> None:
    as_stored = quarters() if undo is None else quarters().transpose(undo)
    exif = Image.Exif()
    exif[0x0112] = orientation
    part, small = shown(saved(as_stored, kind, exif=exif))
    assert (part.width, part.height) == (400, 240)
    assert_close(corners(small), [RED, GREEN, BLUE, WHITE])


def test_alpha_stays_in_the_thumbnail() -> None:
    image = quarters().convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    found = read_attachment(saved(image, "PNG"), "a.png")
    assert found.thumbnail
    small = Image.open(io.BytesIO(found.thumbnail))
    assert small.mode == "RGBA"
    low, high = small.getchannel("A").getextrema()
    assert (low < 20, high > 235) == (True, True)


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "LAB"])
def test_other_colour_spaces(mode: str) -> None:
    kind = {"CMYK": "JPEG", "YCbCr": "JPEG", "LAB": "TIFF"}[mode]
    if mode == "LAB":
        image = Image.new("LAB", (40, 40), (255, 128, 128))
        _, small = shown(saved(image, kind))
        assert min(small.getpixel((20, 20))) > 240  # type: ignore[type-var, arg-type]
        return
    _, small = shown(saved(quarters().convert(mode), kind))
    assert_close(corners(small), [RED, GREEN, BLUE, WHITE])


def test_sixteen_bits_are_scaled_not_cut() -> None:
    values = np.linspace(0, 65535, 400, dtype=np.uint16)[None, :].repeat(240, 0)
    _, small = shown(saved(Image.fromarray(values), "PNG"))
    middle, quarter = small.getpixel((small.width // 2, 9)), small.getpixel((small.width // 4, 9))
    assert abs(middle[0] - 128) < 6  # type: ignore[index]
    assert abs(quarter[0] - 70) < 12  # type: ignore[index]


def test_floats() -> None:
    values = np.full((240, 400), 0.5, np.float32)
    values[0, 0] = 1.0
    _, small = shown(saved(Image.fromarray(values), "TIFF"))
    assert abs(small.getpixel((100, 100))[0] - 127) < 4  # type: ignore[index]


def test_first_frame_of_an_animation() -> None:
    for kind in ("GIF", "WEBP", "PNG"):
        frames = [quarters(), Image.new("RGB", (400, 240), BLUE)]
        data = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)
        _, small = shown(data)
        assert_close(corners(small), [RED, GREEN, BLUE, WHITE])


def test_odd_sizes() -> None:
    for size in ((1, 1), (1, 5000), (5000, 1), (344, 208), (7000, 40), (3000, 4000)):
        part, _ = shown(saved(Image.new("RGB", size, RED), "PNG"))
        assert (part.width, part.height) == size


def test_thumbnail_covers_its_box() -> None:
    _, small = shown(saved(quarters((3000, 4000)), "JPEG"))
    assert small.size == (344, 208)
    assert_close(corners(small), [RED, GREEN, BLUE, WHITE])


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n"
    for name, body in ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")):
        data += struct.pack(">I", len(body)) + name + body
        data += struct.pack(">I", zlib.crc32(name + body))
    with pytest.raises(AppError) as caught:
        read_attachment(data, "bomb.png")
    assert caught.value.code == "attachment-large"
    assert "(3,600 megapixels); Facet takes 150 megapixels at most" in caught.value.what
    assert "JPEG" in caught.value.next_step


def test_a_jpeg_of_400_megapixels_is_read_at_an_eighth() -> None:
    image = Image.new("L", (20_000, 20_000), 128)
    part, small = shown(saved(image, "JPEG"), "huge.jpg")
    assert (part.width, part.height) == (20_000, 20_000)
    assert small.getpixel((100, 100)) == (128, 128, 128)
    with pytest.raises(AppError, match="20,000 × 20,000 pixels") as caught:
        read_attachment(saved(image, "JPEG", progressive=True), "huge.jpg")
    assert caught.value.code == "attachment-large"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "TIFF"])
def test_damaged_pictures(kind: str) -> None:
    data = saved(quarters((700, 700)).effect_spread(90), kind)
    with pytest.raises(AppError) as caught:
        read_attachment(data[: len(data) // 2], "holiday.png")
    assert caught.value.code == "attachment-damaged"
    assert "holiday.png" in caught.value.what


def test_text_named_as_a_picture_is_a_damaged_picture() -> None:
    with pytest.raises(AppError) as caught:
        read_attachment(b"<html>404 Not found</html>", "cat.png")
    assert caught.value.code == "attachment-damaged"


def test_a_picture_named_as_text_is_a_picture() -> None:
    assert read_attachment(saved(quarters(), "PNG"), "notes.txt").kind == "image"


# -- sounds ---------------------------------------------------------------------------------------


def tone(seconds: float = 2.5, rate: int = 44100, channels: int = 2) -> np.ndarray:
    time = np.arange(int(seconds * rate)) / rate
    return np.repeat(0.3 * np.sin(2 * np.pi * 440 * time)[:, None], channels, 1)


def encoded(samples: np.ndarray, rate: int, kind: str, subtype: str | None = None) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=kind, subtype=subtype)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "subtype", "mime"),
    [
        ("WAV", "PCM_16", "audio/wav"),
        ("WAV", "PCM_24", "audio/wav"),
        ("WAV", "FLOAT", "audio/wav"),
        ("WAV", "ULAW", "audio/wav"),
        ("MP3", None, "audio/mpeg"),
        ("FLAC", None, "audio/flac"),
        ("OGG", "VORBIS", "audio/ogg"),
        ("OGG", "OPUS", "audio/ogg"),
    ],
)
@pytest.mark.parametrize("name", ["tone", "tone.dat"])
def test_sounds(kind: str, subtype: str | None, mime: str, name: str) -> None:
    rate = 48000 if subtype == "OPUS" else 44100
    found = read_attachment(encoded(tone(rate=rate), rate, kind, subtype), name)
    assert found.kind == "audio"
    assert isinstance(found.part, Audio)
    assert found.part.mime == mime
    assert found.part.seconds == pytest.approx(2.5, abs=0.06)
    assert found.thumbnail is None


def test_mp3_with_a_large_tag() -> None:
    size = 150_000  # a cover picture
    spread = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    tag = b"ID3\x03\x00\x00" + spread + b"\0" * size
    found = read_attachment(tag + encoded(tone(), 44100, "MP3"), "song.mp3")
    assert isinstance(found.part, Audio)
    assert found.part.seconds == pytest.approx(2.5, abs=0.06)


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.flac", "a.ogg"])
def test_damaged_sounds(name: str) -> None:
    with pytest.raises(AppError) as caught:
        read_attachment(bytes(range(256)) * 40, name)
    assert caught.value.code == "attachment-damaged"
    assert name in caught.value.what


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG"])
def test_sounds_cut_inside_their_header(kind: str) -> None:
    with pytest.raises(AppError) as caught:
        read_attachment(encoded(tone(), 44100, kind)[:30], "voice")
    assert caught.value.code in ("attachment-damaged", "attachment-empty")


def test_an_empty_sound() -> None:
    with pytest.raises(AppError) as caught:
        read_attachment(encoded(np.zeros((0, 1)), 16000, "WAV"), "silence.wav")
    assert caught.value.code == "attachment-empty"


def test_a_sound_of_more_than_three_hours() -> None:
    data = encoded(np.zeros((1000 * (3 * 3600 + 1), 1), np.int16), 1000, "FLAC")
    with pytest.raises(AppError) as caught:
        read_attachment(data, "meeting.flac")
    assert caught.value.code == "attachment-large"


# -- text -----------------------------------------------------------------------------------------


def document(data: bytes, name: str = "notes.txt") -> Document:
    found = read_attachment(data, name)
    assert isinstance(found.part, Document)
    assert found.data == data
    return found.part


def test_text_keeps_its_words_and_gets_plain_line_ends() -> None:
    part = document("Über\r\nuns\rhier\n".encode(), "about.md")
    assert part.text == "Über\nuns\nhier\n"
    assert part.mime == "text/markdown"


def test_names_give_the_mime_type() -> None:
    assert document(b"a,b\n1,2\n", "t.csv").mime == "text/csv"
    assert document(b"print(1)\n", "run.py").mime == "text/x-python"
    assert document(b"all:\n", "Makefile").mime == "text/plain"


words = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff"), min_size=1
).filter(str.strip)


@given(words, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
@settings(deadline=None)
def test_unicode_texts_come_back_as_they_were(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    if encoding == "utf-8" and data[:3] == b"ID3":
        return
    assert text_files.decode(data) == text


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=4))
@settings(deadline=None)
def test_utf16_without_a_mark(text: str) -> None:
    for encoding in ("utf-16-le", "utf-16-be"):
        assert text_files.decode(text.encode(encoding)) == text


def test_big_endian_with_a_mark() -> None:
    assert text_files.decode(b"\xfe\xff" + "Größe".encode("utf-16-be")) == "Größe"
    assert text_files.decode(b"\0\0\xfe\xff" + "Größe".encode("utf-32-be")) == "Größe"


def test_windows_text() -> None:
    text = "Die Größe – „schön“ – kostet 5 €."
    assert document(text.encode("cp1252")).text == text


def test_coloured_logs_are_text() -> None:
    assert document(b"\x1b[31merror\x1b[0m: no\n").text == "\x1b[31merror\x1b[0m: no\n"


def test_text_that_looks_like_a_picture_format() -> None:
    assert document(b"P1 is the first of our priorities.\n").text.startswith("P1")
    assert document(b"BM stands for benchmark.\n", "abbreviations").text.startswith("BM")
    assert document(b"#define WIDTH 12\nint main;\n", "a.h").text.startswith("#define")
    assert document(b"RIFF raff\n").text == "RIFF raff\n"
    assert document(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg").mime == "image/svg+xml"


def test_too_much_text() -> None:
    for encoding in ("utf-8", "utf-16", "cp1252"):
        data = ("ä word " * 400_000).encode(encoding)
        with pytest.raises(AppError) as caught:
            read_attachment(data, "big.log")
        assert caught.value.code == "attachment-large", encoding
        assert "of at most 2.0 MB for a text file" in caught.value.what


# -- what is not read -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\n", "bill.pdf", "PDF files"),
        (b"%PDF-1.7\nonly ascii", "bill", "PDF files"),
        (b"PK\x03\x04" + bytes(40), "letter.docx", "Word files"),
        (b"PK\x03\x04" + bytes(40), "table.xlsx", "Excel files"),
        (b"PK\x03\x04" + bytes(40), "things.zip", "ZIP files"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40), "old.doc", "old Office files"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "IMG_1.heic", "HEIC pictures"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "clip.mp4", "films"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42", "memo.m4a", "M4A sounds"),
        (b"GGUF\3\0\0\0", "model.gguf", "model files"),
        (b"\x7fELF\x02\x01\x01" + bytes(60), "facet", "programs"),
    ],
)
def test_known_kinds_are_named(data: bytes, name: str, words: str) -> None:
    with pytest.raises(AppError) as caught:
        read_attachment(data, name)
    assert caught.value.code == "attachment-kind"
    assert words in caught.value.what
    assert name in caught.value.what
    assert "pictures, sounds (WAV, MP3, FLAC, Ogg) and text files" in caught.value.next_step


def test_unknown_bytes() -> None:
    with pytest.raises(AppError) as caught:
        read_attachment(bytes(range(256)) * 8, "thing.bin")
    assert caught.value.code == "attachment-kind"


def test_an_empty_file_and_one_of_spaces() -> None:
    for data in (b"", b"  \n \n", b"\xef\xbb\xbf"):
        with pytest.raises(AppError) as caught:
            read_attachment(data, "a.txt")
        assert caught.value.code == "attachment-empty"


@given(st.binary(max_size=600), st.sampled_from(["", ".png", ".wav", ".txt", ".tga", ".mp3"]))
@settings(deadline=None, max_examples=300)
def test_any_bytes_are_read_or_refused(data: bytes, ending: str) -> None:
    with contextlib.suppress(AppError):
        assert read_attachment(data, f"thing{ending}").data == data


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_files_with_wrong_bytes_in_them_are_read_or_refused(source: st.DataObject) -> None:
    good = source.draw(st.sampled_from(GOOD_FILES))
    data = bytearray(good)
    for _ in range(source.draw(st.integers(1, 6))):
        data[source.draw(st.integers(0, len(data) - 1))] = source.draw(st.integers(0, 255))
    with contextlib.suppress(AppError):
        assert read_attachment(bytes(data), "thing").data == data


GOOD_FILES = [
    *(saved(quarters((90, 60)), kind) for kind in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP")),
    *(encoded(tone(0.1), 44100, kind) for kind in ("WAV", "MP3", "FLAC", "OGG")),
]


# -- files ----------------------------------------------------------------------------------------


def test_a_file_gives_its_name(tmp_path: Path) -> None:
    path = tmp_path / "Müller, Notizen.txt"
    path.write_text("Guten Tag", encoding="utf-8")
    part = read_attachment(path).part
    assert part.name == "Müller, Notizen.txt"


def test_missing_and_folder(tmp_path: Path) -> None:
    with pytest.raises(AppError) as caught:
        read_attachment(tmp_path / "gone.txt")
    assert caught.value.code == "attachment-missing"
    with pytest.raises(AppError) as caught:
        read_attachment(tmp_path)
    assert "folder" in caught.value.what


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "film.wav"
    path.write_bytes(b"RIFF")
    monkeypatch.setattr(file_bytes, "MAX_BYTES", 3)
    with pytest.raises(AppError) as caught:
        read_attachment(path)
    assert caught.value.code == "attachment-large"


if os.name == "posix":

    def test_a_pipe_does_not_hold_the_job(tmp_path: Path) -> None:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        seen: list[AppError] = []

        def read() -> None:
            try:
                read_attachment(pipe)
            except AppError as error:
                seen.append(error)

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        thread.join(10)
        assert not thread.is_alive()
        assert "not a file" in seen[0].what

    def test_a_name_that_is_not_unicode(tmp_path: Path) -> None:
        path = tmp_path / os.fsdecode(b"caf\xe9.txt")
        path.write_bytes(b"hello")
        part = read_attachment(path).part
        assert part.name == "caf?.txt"


def test_importing_the_package_loads_no_decoder() -> None:
    code = (
        "import sys, app.documents; "
        "assert not {'PIL', 'numpy', 'soundfile'} & set(sys.modules), 'loaded at import'; "
        "app.documents.read_attachment; assert 'PIL' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_picture_ending_belongs_to_a_format_that_is_tried() -> None:
    assert {".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".avif"} <= pictures.endings()
    assert not {".eps", ".pdf", ".wmf"} & pictures.endings()
