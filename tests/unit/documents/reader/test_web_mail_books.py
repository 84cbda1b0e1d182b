"""Web pages, mails and books."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from app.core.errors import AppError
from tests.unit.documents.reader.reading import read, saved


def test_only_what_is_to_be_seen(tmp_path: Path) -> None:
    page = """<!DOCTYPE html><html><head><title>A  title</title><style>p {color: red}</style>
    <script>alert("no")</script></head><body><nav><a href="/x">Home</a></nav>
    <h2>First &amp; best</h2><p>One <b>bold</b>
    word.<br>Next line</p><p hidden>ignore me</p><div style="display: none">and me</div>
    <noscript>no script</noscript><ol><li>one<ul><li>deep</li></ul></li><li>two</li></ol>
    <pre>  kept
    as it is</pre><img src="http://example.com/a.png" alt="A cat"><img src="b" alt="b.png">
    <table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2<br>3</td></tr></table>
    <table><tr><td><table><tr><td>x</td><td>y</td></tr></table></td></tr></table>
    E = mc<sup>2</sup><!-- nor this --></body></html>"""
    found = read(saved(tmp_path / "page.html", page))
    assert found.context.title == "A title"
    assert found.text == (
        "Home\n\n## First & best\n\nOne bold word.\nNext line\n\n"
        "1. one\n  - deep\n2. two\n\n```\n  kept\n    as it is\n```\n\n[Picture: A cat]\n\n"
        "| a | b |\n| --- | --- |\n| 1 | 2 3 |\n\nx · y\n\nE = mc^2"
    )


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="windows-1251">', "cp1251"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">', "koi8-r"),
        ("", "utf-8"),
        ("", "utf-16"),
        ('<meta charset="nonsense">', "utf-8"),
        ('<meta charset="utf-8">', "cp1251"),
    ],
)
def test_web_pages_in_any_encoding(tmp_path: Path, head: str, encoding: str) -> None:
    words = "Москва, столица России и самый крупный по численности населения город."
    page = f"<html><head>{head}</head><body><p>{words}</p></body></html>"
    assert read(saved(tmp_path / "p.html", page.encode(encoding, "replace"))).text == words


def test_sections_begin_at_headings(tmp_path: Path) -> None:
    body = "".join(f"<h1>Part {n}</h1><p>{'word ' * 500}</p>" for n in range(5))
    found = read(saved(tmp_path / "long.html", f"<html><body>{body}</body></html>"))
    assert [page.label for page in found.pages] == [f"Part {n}" for n in range(5)]
    assert [one.page for one in found.headings] == [1, 2, 3, 4, 5]


def letter() -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Ada Löwe <ada@example.com>"
    mail["To"] = "bo@example.com"
    mail["Date"] = "Mon, 04 Mar 2024 10:00:00 +0100"
    mail["Subject"] = "Größe der Kisten"
    return mail


def test_a_mail(tmp_path: Path) -> None:
    mail = letter()
    mail.set_content("Dear Bo,\n\nthe boxes are 40 × 60.\n")
    mail.add_alternative("<p>Not <b>this</b></p>", subtype="html")
    mail.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="Plan ä.pdf")
    found = read(saved(tmp_path / "a.eml", mail.as_bytes()))
    assert found.context.title == "Größe der Kisten"
    assert found.text == (
        "From: Ada Löwe <ada@example.com>\nTo: bo@example.com\n"
        "Date: Mon, 04 Mar 2024 10:00:00 +0100\nSubject: Größe der Kisten\n"
        "Attached: Plan ä.pdf\n\nDear Bo,\n\nthe boxes are 40 × 60."
    )
    assert found.missing == ["What is attached to the mail was not read: Plan ä.pdf."]


def test_a_mail_that_is_a_web_page(tmp_path: Path) -> None:
    mail = letter()
    mail.set_content("<h1>Hi</h1><p>there<script>no()</script></p>", subtype="html")
    assert read(saved(tmp_path / "a.eml", mail.as_bytes())).text.endswith("# Hi\n\nthere")


@pytest.mark.parametrize(
    "broken",
    [
        b"Subject: =?utf-8?q?=FF?=\nContent-Type: text/plain; charset=nonsense\n\nWords \xff here",
        b'From: <<<>>>@@\nTo: "\nSubject: a\n\nWords here',
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nWords here",
        b"Content-Type: multipart/mixed\n\nWords here",
    ],
)
def test_broken_mails(tmp_path: Path, broken: bytes) -> None:
    found = read(saved(tmp_path / "a.eml", broken))
    assert len(found.pages) == 1


CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/book.opf"/></rootfiles></container>'
)


def book(path: Path, more: dict[str, str] | None = None) -> Path:
    package = """<package xmlns="http://www.idpf.org/2007/opf"
     xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>The Book</dc:title></metadata>
     <manifest><item id="c" href="cover.xhtml" media-type="application/xhtml+xml"/>
     <item id="2" href="text/two.xhtml" media-type="application/xhtml+xml"/>
     <item id="1" href="text/one%20a.xhtml" media-type="application/xhtml+xml"/>
     <item id="g" href="gone.xhtml" media-type="application/xhtml+xml"/>
     <item id="n" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/></manifest>
     <spine><itemref idref="c"/><itemref idref="1"/><itemref idref="2"/><itemref idref="g"/></spine>
     </package>"""
    nav = """<html xmlns="http://www.w3.org/1999/xhtml"><body><nav><ol>
     <li><a href="text/one%20a.xhtml#top">Of cabbages</a></li></ol></nav></body></html>"""
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OPS/book.opf": package,
        "OPS/nav.xhtml": nav,
        "OPS/cover.xhtml": "<html><body><img src='c.jpg'/></body></html>",
        "OPS/text/one a.xhtml": "<html><body><p>The first &#8212; words.</p></body></html>",
        "OPS/text/two.xhtml": "<html><body><h1>Of kings</h1><p>The end.</p></body></html>",
    }
    return saved(path / "book.epub", {**members, **(more or {})})


def test_chapters_of_a_book(tmp_path: Path) -> None:
    found = read(book(tmp_path))
    assert found.context.title == "The Book"
    assert found.texts == ["The first — words.", "# Of kings\n\nThe end.", ""]
    assert [page.label for page in found.pages] == ["Of cabbages", "Of kings", ""]
    assert found.missing == ["Chapter 3 is damaged."]
    assert [(one.title, one.page) for one in found.headings] == [
        ("Of cabbages", 1),
        ("Of kings", 2),
    ]
    assert found.context.total == 3


@pytest.mark.parametrize(
    ("method", "open_"),
    [("http://www.idpf.org/2008/embedding", True), ("http://example.com/aes", False)],
)
def test_books_from_shops_are_locked(tmp_path: Path, method: str, open_: bool) -> None:
    encryption = (
        '<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData>'
        f'<e:EncryptionMethod Algorithm="{method}"/></e:EncryptedData></encryption>'
    )
    path = book(tmp_path, {"META-INF/encryption.xml": encryption})
    if open_:
        assert "The end." in read(path).text
        return
    with pytest.raises(AppError) as caught:
        read(path)
    assert caught.value.code == "document-kind"
