"""Rich text by hand: what its writers agree on least."""

from pathlib import Path

import pytest

from tests.unit.documents.reader.reading import read, saved

FONTS = r"{\fonttbl{\f0 Arial;}{\f1\fcharset204 Arial Cyr;}{\f2\fcharset128 Mincho;}}"
HEAD = r"{\rtf1\ansi\ansicpg1252" + FONTS
STYLES = r"{\stylesheet{\s3\outlinelevel1 Sub;}{\s4 heading 3;}}"


def text(path: Path, source: str) -> str:
    return read(saved(path / "a.rtf", (HEAD + source + "}").encode("latin-1"))).text


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        (r"Gr\'fc\'dfe \endash  ok\par next", "Grüße – ok\n\nnext"),
        (r"\u8364?5 {\uc2\u-10179??\u-8704??} \uc0\u233x", "€5 😀 éx"),
        (r"{\f1 \'cc\'ee\'f1\'ea\'e2\'e0} and {\f2 \'93\'fa\'96\'7b}", "Москва and 日本"),
        (r"a\~b\_c\-d \{x\} \\", "a\xa0b-cd {x} \\"),
        (r"seen{\v hidden} seen{\*\unknown gone}{\pict ffd8}", "seen seen"),
        (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt link}} text", "link text"),
        (r"{\header top}body{\footer bottom}", "body"),
        (r"word{\footnote\pard a {\b note}} on", "word [Note: a note] on"),
        (STYLES + r"\pard\s3 Part\par\pard\s4 Small\par\pard x",
         "## Part\n\n### Small\n\nx"),
        (r"\trowd\intbl a\cell b|c\cell\row\trowd\intbl 1\cell 2\cell\row\pard end",
         "| a | b\\|c |\n| --- | --- |\n| 1 | 2 |\n\nend"),
        (r"{\listtext\'b7\tab}one\par{\listtext\'b7\tab}two\par", "- one\n- two"),
        (r"a{\pict\bin4 {}}\}b", "ab"),
        (r"{\info{\title My letter}}x", "x"),
    ],
)  # fmt: skip
def test_words(tmp_path: Path, source: str, wanted: str) -> None:
    assert text(tmp_path, source) == wanted


def test_the_title(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.rtf", HEAD + r"{\info{\title My letter}{\author Ada}}x}")
    assert read(path).context.title == "My letter"


def test_pages_that_were_wanted_begin_sections(tmp_path: Path) -> None:
    body = (r"\par " + "word " * 100 + r"\page ") * 3
    found = read(saved(tmp_path / "a.rtf", HEAD + body + "}"))
    assert len(found.pages) == 3


@pytest.mark.parametrize(
    "source", ["{" * 100_000, "}" * 1000, r"\u" * 1000, r"\bin999999999 ", "\\", r"\'", r"{\rtf"]
)
def test_nonsense(tmp_path: Path, source: str) -> None:
    assert read(saved(tmp_path / "a.rtf", HEAD + "word" + source)).text.startswith("word")
