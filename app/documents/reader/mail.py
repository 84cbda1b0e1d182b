"""Mails (eml), and web pages that were saved as one (mht)."""

import email
from collections.abc import Iterator
from email.message import EmailMessage, MIMEPart
from email.policy import default
from pathlib import Path

from app.core.document import Page
from app.documents.reader.flow import Block, pages
from app.documents.reader.formats import Context
from app.documents.reader.web import blocks, parse_text

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_LISTED = 20  # attachments that are named


def read(path: Path, name: str, context: Context) -> Iterator[Page]:
    """See ``formats``."""
    with path.open("rb") as file:
        message = email.message_from_binary_file(file, policy=default)
    context.title = _header(message, "Subject")
    attached = (
        [_attachment(part) for part in message.iter_attachments()] if _has_parts(message) else []
    )
    if attached:
        more = f" and {len(attached) - _LISTED} more" if len(attached) > _LISTED else ""
        names = ", ".join(attached[:_LISTED]) + more
        context.warn(f"What is attached to the mail was not read: {names}.")
    yield from pages(_blocks(message, attached), context, paged=False)


def _blocks(message: EmailMessage, attached: list[str]) -> Iterator[Block]:
    heads = [f"{name}: {words}" for name in _HEADERS if (words := _header(message, name))]
    if attached:
        heads.append(f"Attached: {', '.join(attached)}")
    yield Block("\n".join(heads))
    body = message.get_body(("plain", "html"))
    if body is None:
        return
    text = _content(body)
    if body.get_content_subtype() == "html":
        root = parse_text(text)
        if root is not None:
            yield from blocks(root)
        return
    for paragraph in text.replace("\r\n", "\n").split("\n\n"):
        yield Block(paragraph)


def _content(part: MIMEPart) -> str:
    """The text of a part, also if what it says of its encoding is wrong."""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except Exception:  # the parser of addresses gives up on some in its own ways
        return ""


def _has_parts(message: EmailMessage) -> bool:
    return message.get_content_maintype() == "multipart"


def _attachment(part: MIMEPart) -> str:
    try:
        named = part.get_filename()
    except Exception:  # as above
        named = None
    return " ".join((named or part.get_content_type()).split())
