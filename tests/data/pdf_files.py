"""PDF files written byte by byte, so that a test can say what is in them, and what is wrong."""

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

A4 = (595, 842)
_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


@dataclass
class Pdf:
    """Objects that become a file: 1 is the catalogue, 2 the tree of pages, 3 the font F1."""

    objects: dict[int, bytes] = field(default_factory=lambda: {1: b"", 2: b"", 3: _HELVETICA})
    pages: list[int] = field(default_factory=list)
    root: bytes = b""  # more for the catalogue
    info: bytes = b""
    kids: bytes | None = None  # instead of the true list of pages
    count: int | None = None

    def add(self, body: bytes, stream: bytes | None = None) -> int:
        """An object, or a stream if there is one, with ``body`` in its dictionary; its number."""
        number = len(self.objects) + 1
        if stream is not None:
            body = b"<< %s /Length %d >>\nstream\n%s\nendstream" % (body, len(stream), stream)
        self.objects[number] = body
        return number

    def page(
        self,
        content: bytes,
        *,
        size: tuple[float, float] = A4,
        more: bytes = b"",
        fonts: bytes = b"",
        images: bytes = b"",
        packed: bool = True,
    ) -> int:
        """A page; ``more`` is for its dictionary, ``fonts`` and ``images`` for its resources."""
        data = zlib.compress(content) if packed else content
        stream = self.add(b"/Filter /FlateDecode" if packed else b"", data)
        number = self.add(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %g %g] /Contents %d 0 R /Resources << "
            b"/Font << /F1 3 0 R %s >> /XObject << %s >> >> %s >>"
            % (*size, stream, fonts, images, more)
        )
        self.pages.append(number)
        return number

    def picture(self, width: int, height: int, gray: bytes) -> bytes:
        """A picture, as it is named in ``images`` of a page: /P followed by its number."""
        number = self.add(
            b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray "
            b"/BitsPerComponent 8 /Filter /FlateDecode" % (width, height),
            zlib.compress(gray),
        )
        return b"/P%d %d 0 R" % (number, number)

    def unicode_font(self, mapping: dict[int, str] | None) -> bytes:
        """A font in which each byte means what ``mapping`` says, or nothing that is known, as it is
        named in ``fonts`` of a page: /U followed by its number."""
        to_unicode = b""
        if mapping is not None:
            lines = b"".join(
                b"<%02x> <%s>\n" % (code, text.encode("utf-16-be").hex().encode())
                for code, text in mapping.items()
            )
            cmap = (
                b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
                b"/CMapName /Test def /CMapType 2 def\n"
                b"1 begincodespacerange <00> <ff> endcodespacerange\n"
                b"%d beginbfchar\n%sendbfchar\nendcmap end end" % (len(mapping), lines)
            )
            to_unicode = b"/ToUnicode %d 0 R" % self.add(b"", cmap)
        # A Type 3 font draws its letters itself: here all are the same box.
        box = self.add(b"", b"600 0 0 0 500 700 d1 0 0 500 700 re f")
        codes = sorted(mapping) if mapping else list(range(33, 127))
        names = b" ".join(b"%d /g%d" % (code, code) for code in codes)
        procedures = b" ".join(b"/g%d %d 0 R" % (code, box) for code in codes)
        widths = b" ".join([b"600"] * (codes[-1] - codes[0] + 1))
        number = self.add(
            b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 600 700] "
            b"/FontMatrix [.001 0 0 .001 0 0] "
            b"/FirstChar %d /LastChar %d /Widths [%s] /CharProcs << %s >> "
            b"/Encoding << /Type /Encoding /Differences [%s] >> /Resources << >> %s >>"
            % (codes[0], codes[-1], widths, procedures, names, to_unicode)
        )
        return b"/U%d %d 0 R" % (number, number)

    def written(self, *, password: str = "") -> bytes:
        """The file; with a ``password`` it is encrypted (RC4, 128 bits)."""
        kids = self.kids
        if kids is None:
            kids = b" ".join(b"%d 0 R" % page for page in self.pages)
        count = len(self.pages) if self.count is None else self.count
        self.objects[1] = b"<< /Type /Catalog /Pages 2 0 R %s >>" % self.root
        self.objects[2] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count)
        trailer = b"/Root 1 0 R"
        if self.info:
            trailer += b" /Info %d 0 R" % self.add(b"<< %s >>" % self.info)
        objects = dict(self.objects)
        if password:
            lock, key = _lock(password)
            objects = {number: _encrypted(number, body, key) for number, body in objects.items()}
            number = len(objects) + 1
            objects[number] = lock
            trailer += b" /Encrypt %d 0 R /ID [<00> <00>]" % number
        return assembled(objects, trailer)

    def packed_and_cut(self) -> bytes:
        """The file as programs write it today, with all dictionaries packed together, and cut off
        before the table of its objects."""
        self.written()
        head, bodies = b"", b""
        out = bytearray(b"%PDF-1.7\n")
        for number, body in self.objects.items():
            if b"stream" in body:
                out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
            else:
                head += b"%d %d " % (number, len(bodies))
                bodies += body + b"\n"
        data = zlib.compress(head + bodies)
        out += (
            b"%d 0 obj\n<< /Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d >>\n"
            b"stream\n%s\nendstream\nendobj\n"
        ) % (max(self.objects) + 1, head.count(b" ") // 2, len(head), len(data), data)
        return bytes(out)


def assembled(objects: dict[int, bytes], trailer: bytes) -> bytes:
    """A file of ``objects``, with a table that says where they are."""
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += (
            b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 00000 f \n"
        )
    out += b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, table)
    return bytes(out)


def lines(
    texts: Iterable[str], x: float = 60, y: float = 780, size: float = 11, leading: float = 14
) -> bytes:
    """The drawing of lines of text in Helvetica, one below the other."""
    parts = [b"BT /F1 %g Tf %g TL %g %g Td" % (size, leading, x, y)]
    parts += [b"(%s) Tj T*" % escaped(text.encode("cp1252")) for text in texts]
    return b"\n".join([*parts, b"ET\n"])


def escaped(text: bytes) -> bytes:
    """Bytes as they stand between the brackets of a string."""
    for special in (b"\\", b"(", b")"):
        text = text.replace(special, b"\\" + special)
    return text


def simple(pages: Sequence[str]) -> Pdf:
    """A page for each text, whose lines stand below each other."""
    pdf = Pdf()
    for text in pages:
        pdf.page(lines(text.split("\n")))
    return pdf


def outlined(pdf: Pdf, entries: Sequence[tuple[str, int, int]]) -> None:
    """Give ``pdf`` an outline: title, level (from 1) and page (from 1) of each entry."""
    first = len(pdf.objects) + 2
    numbers = range(first, first + len(entries))
    top = pdf.add(b"")
    parents: dict[int, int] = {0: top}
    children: dict[int, list[int]] = {}
    above = {}
    for number, (_title, level, _page) in zip(numbers, entries, strict=True):
        above[number] = parents[level - 1]
        children.setdefault(parents[level - 1], []).append(number)
        parents[level] = number
    following = {one: other for family in children.values() for one, other in pairwise(family)}

    def ends(number: int) -> bytes:
        family = children.get(number)
        return b"/First %d 0 R /Last %d 0 R" % (family[0], family[-1]) if family else b""

    pdf.objects[top] = b"<< /Type /Outlines %s >>" % ends(top)
    for number, (title, _level, page) in zip(numbers, entries, strict=True):
        after = b"/Next %d 0 R" % following[number] if number in following else b""
        words = b"<feff%s>" % title.encode("utf-16-be").hex().encode()
        pdf.add(
            b"<< /Title %s /Parent %d 0 R /Dest [%d 0 R /Fit] %s %s >>"
            % (words, above[number], pdf.pages[page - 1], ends(number), after)
        )
    pdf.root += b" /Outlines %d 0 R" % top


def _rc4(key: bytes, data: bytes) -> bytes:
    box = list(range(256))
    j = 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)


def _lock(password: str) -> tuple[bytes, bytes]:
    """The dictionary that says how a file is encrypted (ISO 32000-1, 7.6.3), and its key."""
    padded = (password.encode() + _PADDING)[:32]
    owner_key = padded
    for _ in range(51):
        owner_key = hashlib.md5(owner_key).digest()
    owner = padded
    for n in range(20):
        owner = _rc4(bytes(byte ^ n for byte in owner_key), owner)
    permissions = 0xFFFFFFFC
    key = hashlib.md5(padded + owner + permissions.to_bytes(4, "little") + b"\0").digest()
    for _ in range(50):
        key = hashlib.md5(key).digest()
    user = hashlib.md5(_PADDING + b"\0").digest()
    for n in range(20):
        user = _rc4(bytes(byte ^ n for byte in key), user)
    user += bytes(16)
    lock = b"<< /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O <%s> /U <%s> >>" % (
        owner.hex().encode(),
        user.hex().encode(),
    )
    return lock, key


def _encrypted(number: int, body: bytes, key: bytes) -> bytes:
    """An object whose stream is encrypted. Strings outside streams are left out of it, so such
    files should have none."""
    head, mark, rest = body.partition(b"\nstream\n")
    if not mark:
        return body
    own = hashlib.md5(key + number.to_bytes(3, "little") + b"\0\0").digest()
    return head + mark + _rc4(own, rest.removesuffix(b"\nendstream")) + b"\nendstream"
