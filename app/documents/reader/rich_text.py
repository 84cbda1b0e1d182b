"""Rich text (rtf), which says where pages are wanted, but not where they end."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.core.document import Page
from app.documents.reader.flow import BREAK, Block, heading, pages, table
from app.documents.reader.formats import Context
from app.documents.reader.word import pictures_missed

_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\",
    re.DOTALL,
)
_SIGNS = {
    "tab": "\t",
    "line": "\n",
    "lbr": "\n",
    "emdash": "—",
    "endash": "–",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
    "softline": "\n",
}
_ESCAPED = {"~": "\xa0", "_": "-", "-": "", "\n": "\n", "\r": "\n"}
# Groups that hold no words of the text itself.
_SILENT = {
    *("fonttbl", "colortbl", "stylesheet", "info", "pict", "fldinst", "objdata", "themedata"),
    *("header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf"),
    *("xe", "tc", "nonshppict", "revtbl", "listtable", "listoverridetable", "filetbl", "datastore"),
    *("colorschememapping", "latentstyles", "datafield", "ftnsep", "ftnsepc", "aftnsep"),
}
_CHARSETS = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gbk",
    136: "big5",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
_DEEPEST = 1000  # groups in groups


def read(path: Path, name: str, context: Context) -> Iterator[Page]:
    """See ``formats``."""
    document = _Document(path.read_bytes().decode("latin-1"))
    yield from pages(document.blocks(context), context, paged=False)
    if document.pictures:
        context.warn(pictures_missed(document.pictures))


@dataclass(frozen=True)
class _Group:
    """What holds between two braces. ``place`` says what its words are for: "text", "note",
    "sign" (of a list), "fonts", "styles", "title", or "" for nothing."""

    place: str = "text"
    encoding: str = "cp1252"
    skipped: int = 1  # characters after one given by its number that stand for it elsewhere
    hidden: bool = False


@dataclass
class _Paragraph:
    words: list[str] = field(default_factory=list)
    level: int = 0
    in_table: bool = False


class _Document:
    def __init__(self, source: str) -> None:
        self._source = source
        self.pictures = 0
        self._group = _Group()
        self._around: list[_Group] = []
        self._raw = bytearray()  # characters whose encoding isn't settled
        self._skip = 0
        self._encoding = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._levels: dict[int, int] = {}  # of headings, by the number of their style
        self._style = 0
        self._paragraph = _Paragraph()
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._notes: list[str] = []
        self._title: list[str] = []
        self._found: list[Block] = []

    def blocks(self, context: Context) -> Iterator[Block]:
        """Everything in the text, in order."""
        place, source = 0, self._source
        while (token := _TOKEN.match(source, place)) is not None:
            place = token.end()
            word, number, code, sign, brace, text = token.groups()
            if word is not None:
                if word == "bin":  # so many bytes of a picture
                    place += max(0, int(number or 0))
                    continue
                self._control(word, int(number) if number is not None else None)
            elif code is not None:
                self._character(bytes.fromhex(code))
            elif sign is not None:
                self._escaped(sign)
            elif brace is not None:
                self._brace(brace)
            elif text is not None:
                self._character(text.encode("latin-1"))
            if self._found:
                yield from self._found
                self._found = []
        self._settle()
        self._end_paragraph()
        self._end_table()
        context.title = "".join(self._title).strip()
        yield from self._found

    # -- characters -------------------------------------------------------------------------------

    def _character(self, data: bytes) -> None:
        skipped, self._skip = min(self._skip, len(data)), max(0, self._skip - len(data))
        self._raw += data[skipped:]

    def _settle(self) -> None:
        if self._raw:
            words = self._raw.decode(self._group.encoding, "replace")
            self._raw.clear()
            self._add(words)

    def _add(self, words: str) -> None:
        if self._group.hidden:
            return
        match self._group.place:
            case "text" | "sign":
                self._paragraph.words.append(words)
            case "note":
                self._notes.append(words)
            case "title":
                self._title.append(words)
            case "styles" if "heading " in words.casefold():
                digits = words.casefold().partition("heading ")[2][:1]
                if digits.isdigit():
                    self._levels[self._style] = int(digits)

    def _escaped(self, sign: str) -> None:
        if sign == "*":
            self._settle()
            self._group = replace(self._group, place="")
        elif sign in "\\{}":
            self._character(sign.encode())
        else:
            self._settle()
            self._add(_ESCAPED.get(sign, ""))

    def _brace(self, brace: str) -> None:
        self._settle()
        self._skip = 0
        if brace == "{":
            # Deeper ones than any program writes are read as one.
            if len(self._around) < _DEEPEST:
                self._around.append(self._group)
        elif self._around:
            before, self._group = self._group, self._around.pop()
            if before.place == "note" and self._group.place != "note":
                words = " ".join("".join(self._notes).split())
                self._notes = []
                self._add(f" [Note: {words}]" if words else "")

    # -- controls ---------------------------------------------------------------------------------

    def _control(self, word: str, number: int | None) -> None:
        if word == "u" and number is not None:
            self._settle()
            # Beyond 16 bits they come in two halves, which are joined at the end.
            self._add(chr(number % 65536))
            self._skip = self._group.skipped
            return
        self._settle()
        self._skip = 0
        if word in _SIGNS:
            self._add(_SIGNS[word])
        elif word in ("par", "sect", "page", "cell", "row", "nestcell", "nestrow"):
            if self._group.place == "text":
                self._layout(word)
            elif self._group.place == "note":
                self._notes.append(" ")
        elif word in _SILENT:
            self._silence(word)
        elif word == "shptxt":  # words in a group that is skipped else
            self._group = replace(self._group, place="text")
        elif word in ("listtext", "pntext"):
            self._group = replace(self._group, place="sign")
        elif word == "footnote":
            self._group = replace(self._group, place="note")
        elif word == "title" and not self._group.place:
            self._group = replace(self._group, place="title")
        else:
            self._property(word, number)

    def _silence(self, word: str) -> None:
        places = {"fonttbl": "fonts", "stylesheet": "styles"}
        if word == "pict" and self._group.place == "text":
            self.pictures += 1
        if word == "nonshppict" or self._group.place in ("text", "note", ""):
            self._group = replace(self._group, place=places.get(word, ""))

    def _property(self, word: str, number: int | None) -> None:
        match word, number:
            case "ansicpg", int(page):
                self._encoding = _known(f"cp{page}", "cp1252")
                self._group = replace(self._group, encoding=self._encoding)
            case "f", int(font):
                self._font = font
                if self._group.place != "fonts":
                    encoding = self._fonts.get(font, self._encoding)
                    self._group = replace(self._group, encoding=encoding)
            case "fcharset", int(charset) if self._group.place == "fonts":
                self._fonts[self._font] = _known(_CHARSETS.get(charset, ""), self._encoding)
            case "plain", _:
                self._group = replace(self._group, hidden=False)
            case "uc", int(count):
                self._group = replace(self._group, skipped=max(0, min(count, 10)))
            case (("v" | "deleted"), _):
                self._group = replace(self._group, hidden=number != 0)
            case "s", int(style):
                self._style = style
                if self._group.place == "text":
                    self._paragraph.level = self._levels.get(style, 0)
            case "outlinelevel", int(level) if level < 9:
                if self._group.place == "styles":
                    self._levels[self._style] = level + 1
                elif self._group.place == "text":
                    self._paragraph.level = level + 1
            case "intbl", _:
                self._paragraph.in_table = True
            case "pard", _ if self._group.place == "text":
                self._paragraph.level, self._paragraph.in_table = 0, False
            case "pagebb", _ if self._group.place == "text":
                self._found.append(Block(BREAK))
            case (("shppict" | "shpinst"), _):
                # Ignorable for old programs, but there are pictures and words in it.
                self._group = replace(self._group, place="text" if word == "shppict" else "")

    # -- paragraphs -------------------------------------------------------------------------------

    def _layout(self, word: str) -> None:
        if word in ("cell", "nestcell"):
            self._cells.append(_joined(self._paragraph.words))
            self._paragraph.words = []
        elif word in ("row", "nestrow"):
            self._rows.append(self._cells)
            self._cells = []
        elif self._paragraph.in_table and word == "par":
            self._paragraph.words.append("\n")
        else:
            self._end_paragraph()
            if word != "par":
                self._found.append(Block(BREAK))

    def _end_paragraph(self) -> None:
        words = _joined(self._paragraph.words)
        self._paragraph.words = []
        if words.strip():
            self._end_table()
            level = self._paragraph.level
            self._found.append(heading(words, level) if level else Block(_listed(words)))

    def _end_table(self) -> None:
        if self._cells:
            self._rows.append(self._cells)
        if self._rows:
            self._found.append(Block(table(self._rows)))
        self._cells, self._rows = [], []


def _joined(words: list[str]) -> str:
    """The text of pieces, in which a character may be in two halves."""
    return "".join(words).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _listed(words: str) -> str:
    """A paragraph whose list sign is set apart by a tab."""
    sign, tab, rest = words.strip().partition("\t")
    if tab and sign in ("•", "·", "-", "–", "\uf0b7", "o", "◦"):
        return f"- {rest.strip()}"
    return f"{sign} {rest.strip()}" if tab and len(sign) < 6 else words


def _known(encoding: str, otherwise: str) -> str:
    try:
        codecs.lookup(encoding)
    except LookupError:
        return otherwise
    return encoding
