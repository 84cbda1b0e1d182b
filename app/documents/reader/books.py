"""Books (epub): their chapters in the order in which they are read."""

import posixpath
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from lxml import etree

from app.core.document import Page
from app.documents.reader.archive import (
    Archive,
    Damaged,
    attribute,
    child,
    local,
    locked,
)
from app.documents.reader.flow import Block, joined
from app.documents.reader.formats import Context
from app.documents.reader.refusals import damaged
from app.documents.reader.web import blocks, parse, title_of

# Books whose fonts are scrambled can be read all the same.
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")


def read(path: Path, name: str, context: Context) -> Iterator[Page]:
    """See ``formats``."""
    with Archive(path, name, context) as archive:
        try:
            container = archive.xml("META-INF/container.xml")
            rootfile = next(container.iter("{*}rootfile"), None)
            package = attribute(rootfile, "full-path") if rootfile is not None else ""
            root = archive.xml(package)
        except Damaged as error:
            raise damaged(name) from error
        if _is_locked(archive):
            raise locked(name)
        title = next(root.iter("{http://purl.org/dc/elements/1.1/}title"), None)
        context.title = " ".join((title.text or "").split()) if title is not None else ""
        names, members = _spine(archive, package, root)
        context.total = len(members)
        number = 0
        for place, member in enumerate(members, start=1):
            context.told(place, len(members))
            try:
                page = parse(archive.read(member))
            except Damaged:
                number += 1
                problem = f"Chapter {number} is damaged."
                context.warn(problem)
                yield Page(number, label=names.get(member, ""), problem=problem)
                continue
            found = list(blocks(page)) if page is not None else []
            if not found:  # a cover, or a page that is one picture
                continue
            number += 1
            label = names.get(member) or _first_heading(found)
            if not label and page is not None:
                label = title_of(page)
            _note_headings(found, label, number, context)
            yield Page(number, joined([block.text for block in found]), label=label[:80])
        context.total = number


def _spine(
    archive: Archive, package: str, root: etree._Element
) -> tuple[dict[str, str], list[str]]:
    """What the table of contents calls the chapters, and their files in order."""
    folder = posixpath.dirname(package)
    items = {attribute(one, "id"): one for one in root.iter("{*}item")}
    spine = child(root, "spine")
    members: list[str] = []
    for one in root.iter("{*}itemref"):
        item = items.get(attribute(one, "idref"))
        if item is not None and "html" in attribute(item, "media-type", "html"):
            members.append(_inside(folder, attribute(item, "href")))
    contents = [one for one in items.values() if "nav" in attribute(one, "properties").split()]
    if not contents and spine is not None and attribute(spine, "toc") in items:
        contents = [items[attribute(spine, "toc")]]
    names: dict[str, str] = {}
    for one in contents:
        member = _inside(folder, attribute(one, "href"))
        try:
            names |= _names(archive, member)
        except Damaged:
            continue
    return names, members


def _names(archive: Archive, member: str) -> dict[str, str]:
    root = archive.xml(member)
    folder = posixpath.dirname(member)
    names: dict[str, str] = {}
    for point in root.iter("{*}navPoint"):
        label, content = child(point, "navLabel", "text"), child(point, "content")
        if label is not None and content is not None:
            target = _inside(folder, attribute(content, "src"))
            names.setdefault(target, " ".join((label.text or "").split()))
    for link in root.iter("{*}a"):
        words = " ".join("".join(map(str, link.itertext())).split())
        names.setdefault(_inside(folder, attribute(link, "href")), words)
    return names


def _inside(folder: str, reference: str) -> str:
    """The file inside the archive that is referred to from ``folder``."""
    return posixpath.normpath(posixpath.join(folder, unquote(reference.partition("#")[0])))


def _first_heading(found: list[Block]) -> str:
    return next((block.title for block in found if block.level), "")


def _note_headings(found: list[Block], label: str, number: int, context: Context) -> None:
    titles = [block for block in found if block.level]
    if not titles and label:
        context.heading(label, 1, number)
    for block in titles:
        context.heading(block.title, block.level, number)


def _is_locked(archive: Archive) -> bool:
    """Whether the words of the book are encrypted, as shops do it."""
    root = archive.optional_xml("META-INF/encryption.xml")
    if root is None:
        return False
    methods = [attribute(one, "Algorithm") for one in root.iter("{*}EncryptionMethod")]
    return any(method not in _FONTS for method in methods) and any(
        local(one) == "EncryptedData" for one in root
    )
