"""Files inside a ZIP file, each read with care: nothing is written, links lead nowhere else, and
what comes out is counted.
"""

import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import IO

from lxml import etree

from app.core.errors import AppError
from app.documents.reader.formats import Context
from app.documents.reader.refusals import damaged

_CHUNK = 1 << 16  # bytes
_MEMBERS = 100_000  # more files than any document has
# The beginning of a file inside, for archives whose directory at the end is missing.
_HEAD = re.compile(rb"PK\x03\x04.{26}", re.DOTALL)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SALVAGED = 200_000_000  # bytes of a damaged archive that are looked through


class Damaged(Exception):
    """A part of the document can't be read."""


class Archive:
    """An open ZIP file, called ``name`` in what people are told. AppError if it is none, or is
    locked by a password."""

    def __init__(self, path: Path, name: str, context: Context) -> None:
        self.name = name
        self._context = context
        self._salvaged: dict[str, bytes] = {}
        self._zip: zipfile.ZipFile | None = None
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError) as error:
            if _is_locked(path):
                raise locked(name) from error
            self._salvaged = _salvage(path, context)
            if not self._salvaged:
                raise damaged(name) from error
            context.warn("The file is incomplete; what is left of it was read.")
            return
        if len(self._zip.infolist()) > _MEMBERS:
            raise damaged(name)
        if any(info.flag_bits & 1 for info in self._zip.infolist()):
            raise locked(name)

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._zip is not None:
            self._zip.close()

    @property
    def names(self) -> list[str]:
        """The names of all files inside."""
        return list(self._salvaged) if self._zip is None else self._zip.namelist()

    def __contains__(self, member: str) -> bool:
        if self._zip is None:
            return member in self._salvaged
        return member in self._zip.NameToInfo

    def pieces(self, member: str) -> Iterator[bytes]:
        """The bytes of a file inside, piece by piece. Damaged if it isn't there or is broken;
        ``formats.Enough`` once too much has come out of the archive."""
        if self._zip is None:
            if member not in self._salvaged:
                raise Damaged(member)
            yield self._salvaged[member]
            return
        try:
            with self._zip.open(member) as file:
                yield from self._counted(file)
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise Damaged(member) from error
        except (NotImplementedError, RuntimeError) as error:  # a rare way of packing
            raise Damaged(member) from error

    def read(self, member: str) -> bytes:
        """All bytes of a file inside; as ``pieces``."""
        return b"".join(self.pieces(member))

    def xml(self, member: str) -> etree._Element:
        """The root of an XML file inside, which has to be small. Damaged if it is no XML."""
        return xml(self.read(member), member)

    def optional_xml(self, member: str) -> etree._Element | None:
        """The same; None if it isn't there or is broken: a document does without."""
        try:
            return self.xml(member) if member in self else None
        except Damaged:
            return None

    def elements(self, member: str, *tags: str) -> Iterator[etree._Element]:
        """The elements of an XML file inside that are called one of ``tags`` (without their
        namespace), each when it is complete. Whoever takes an element may ``drop`` it, so that
        large files take little memory. Damaged where the file is."""
        parser = etree.XMLPullParser(
            ("end",), tag=[f"{{*}}{tag}" for tag in tags], resolve_entities=False, no_network=True
        )
        broken: Exception | None = None
        for piece in chain(self.pieces(member), [None]):
            try:
                if piece is None:
                    parser.close()
                else:
                    parser.feed(piece)
            except etree.XMLSyntaxError as error:
                broken = error
            for _event, element in parser.read_events():  # also what came before the error
                assert isinstance(element, etree._Element)
                yield element
            if broken is not None:
                raise Damaged(member) from broken

    def relations(self, member: str) -> dict[str, tuple[str, str]]:
        """What an Office file inside refers to: id -> (the last word of its type, the name of the
        file inside). Links to the outside are not among them."""
        folder, _, base = member.rpartition("/")
        root = self.optional_xml(posixpath.join(folder, "_rels", f"{base}.rels"))
        found: dict[str, tuple[str, str]] = {}
        for one in root if root is not None else ():
            if not isinstance(one.tag, str) or one.get("TargetMode") == "External":
                continue
            target = one.get("Target", "")
            inside = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}"
            kind = one.get("Type", "").rpartition("/")[2]
            found[one.get("Id", "")] = kind, posixpath.normpath(inside).lstrip("/")
        return found

    def _counted(self, file: IO[bytes]) -> Iterator[bytes]:
        while piece := file.read(_CHUNK):
            self._context.unpack(len(piece))
            yield piece


def xml(data: bytes, what: str = "") -> etree._Element:
    """The root of an XML file. Entities aren't filled in, nothing is loaded. Damaged if it is no
    XML, or nested too deeply."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Damaged(what) from error


def drop(element: etree._Element) -> None:
    """Free an element that has been read, and those before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and (before := element.getprevious()) is not None:
        parent.remove(before)


def local(element: etree._Element) -> str:
    """The name of an element without its namespace; "" for comments and the like."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: etree._Element, name: str, default: str = "") -> str:
    """An attribute by its name without namespace: Office files come in two sets of them."""
    for key, value in element.attrib.items():
        if (key if isinstance(key, str) else key.decode()).rpartition("}")[2] == name:
            return value if isinstance(value, str) else value.decode()
    return default


def child(element: etree._Element, *path: str) -> etree._Element | None:
    """The first child called so, its first child called so, and so on."""
    for name in path:
        found = next((one for one in element if local(one) == name), None)
        if found is None:
            return None
        element = found
    return element


def locked(name: str) -> AppError:
    """What to say of a file that is encrypted, in a way that can't be undone here."""
    return AppError(
        f"{name} is protected by a password.",
        "Open it in its own program, save a copy without a password and add that.",
        code="document-kind",
    )


def _is_locked(path: Path) -> bool:
    """Whether it is an encrypted Office file: another kind of archive, with these names in it."""
    with path.open("rb") as file:
        head = file.read(8)
        return head == _OLE and _ENCRYPTED in file.read(_SALVAGED)


def _salvage(path: Path, context: Context) -> dict[str, bytes]:
    """What can be found of an archive without its directory, by the heads of the files in it."""
    with path.open("rb") as file:
        data = memoryview(file.read(_SALVAGED))
    found: dict[str, bytes] = {}
    for match in _HEAD.finditer(data):
        method, packed, name_length, extra_length = struct.unpack("<8xH8xI4xHH", match.group())
        start = match.end() + name_length + extra_length
        member = bytes(data[match.end() : match.end() + name_length]).decode("utf-8", "replace")
        if method == zipfile.ZIP_STORED:
            content = bytes(data[start : start + packed])
        elif method == zipfile.ZIP_DEFLATED:
            try:
                most = context.limits.unpacked // 4
                content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data[start:], most)
            except zlib.error:
                continue
        else:
            continue
        context.unpack(len(content))
        found[member] = content
    return found
