"""Markdown in pieces gives the blocks of the whole; hostile text costs little and never raises."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.markdown import (
    Block,
    Code,
    Heading,
    MarkdownStream,
    Paragraph,
    Rule,
    Span,
    Table,
    parse,
    plain_text,
)

ANSWER = """\
# March is the outlier

Use falls from *winter* to summer, with **one** exception:

- **March rose by 31 %** over February
- The dashed line shows no such rise
  1. nested
  2. again

| Month | This year | Change |
|:--|--:|---|
| February | 402 kWh | −2 % |
| March | 527 kWh | **+32 %** |

```python
import pandas as pd

use = pd.read_csv("meter.csv")
```

> quoted
> text

---
A [late][ref] one, ~~struck~~ `code` and https://example.org/a(b).

[ref]: https://example.org/late
"""


def in_pieces(text: str, sizes: list[int]) -> MarkdownStream:
    """``text`` fed in pieces of ``sizes`` characters, over and over."""
    stream = MarkdownStream()
    position = turn = 0
    while position < len(text):
        size = sizes[turn % len(sizes)]
        stream.feed(text[position : position + size])
        position += size
        turn += 1
    stream.close()
    return stream


def only(text: str) -> Block:
    (block,) = parse(text)
    return block


class TestBlocks:
    def test_headings_paragraphs_and_rules(self) -> None:
        blocks = parse("## Two\n\nwords\nmore\n\n***\n")
        assert blocks == (
            Heading(2, (Span("Two"),)),
            Paragraph((Span("words\nmore"),)),
            Rule(),
        )

    def test_styles_and_their_overlap(self) -> None:
        block = only("a **b *c* d** `e` ~~f~~ \\*g\\* &amp;")
        assert isinstance(block, Paragraph)
        assert block.spans == (
            Span("a "),
            Span("b ", bold=True),
            Span("c", bold=True, italic=True),
            Span(" d", bold=True),
            Span(" "),
            Span("e", code=True),
            Span(" "),
            Span("f", strike=True),
            Span(" *g* &"),
        )

    def test_a_list_is_flat_with_numbers_and_nesting(self) -> None:
        blocks = parse("3. a\n9. b\n   - c\n\n     more\n\n10. d\n")
        assert [
            (b.nesting, b.marker, b.spaced, plain_text(b.spans))
            for b in blocks
            if isinstance(b, Paragraph)
        ] == [
            ("l", "3.", False, "a"),
            ("l", "4.", False, "b"),
            ("ll", "•", False, "c"),
            ("ll", "", False, "more"),
            ("l", "5.", True, "d"),
        ]

    def test_tasks(self) -> None:
        blocks = parse("- [ ] open\n- [x] done\n- [y] neither\n")
        assert [b.marker for b in blocks if isinstance(b, Paragraph)] == ["[ ]", "[x]", "•"]

    def test_an_item_without_words_keeps_its_marker(self) -> None:
        assert parse("- ```\n  x\n  ```\n-\n") == (
            Paragraph((), "l", "•"),
            Code("x", "", "l"),
            Paragraph((), "l", "•"),
        )

    def test_quotes_in_lists(self) -> None:
        assert parse("- > q\n") == (Paragraph((), "l", "•"), Paragraph((Span("q"),), "lq"))

    def test_a_table(self) -> None:
        block = only("| a | b |\n|:-:|--:|\n| `1` | 2 | 3 |\n| x |\n")
        assert block == Table(
            ((Span("a"),), (Span("b"),)),
            (((Span("1", code=True),), (Span("2"),)), ((Span("x"),), ())),
            ("center", "right"),
        )

    def test_code_keeps_its_text_exactly(self) -> None:
        assert only("~~~ Py x\n a\t\n\n``` \n~~~\n") == Code(" a\t\n\n``` ", "py")
        assert only("    indented\n") == Code("indented")

    def test_code_that_looks_like_a_table_stays_code(self) -> None:
        assert only("```\n|--|\n```\n") == Code("|--|")


class TestLinks:
    @pytest.mark.parametrize("address", ["https://a.org/x", "http://a.org", "mailto:a@b.org"])
    def test_what_may_be_opened(self, address: str) -> None:
        assert only(f"[t]({address})") == Paragraph((Span("t", link=address),))

    @pytest.mark.parametrize(
        "address", ["javascript:x", "file:///etc/passwd", "data:text/html,x", "a.html", "ftp://a"]
    )
    def test_what_may_not(self, address: str) -> None:
        block = only(f"[t]({address})")
        assert isinstance(block, Paragraph)
        assert all(not span.link for span in block.spans)

    def test_a_picture_is_its_description(self) -> None:
        assert only("![a cat](https://a.org/c.png)") == Paragraph(
            (Span("a cat", image=True, link="https://a.org/c.png"),)
        )

    def test_a_bare_address_ends_before_the_punctuation(self) -> None:
        block = only("(see https://a.org/b_(c)). Not `https://x.org`")
        assert isinstance(block, Paragraph)
        assert [span.text for span in block.spans if span.link] == ["https://a.org/b_(c)"]

    def test_html_is_text(self) -> None:
        block = only('<img src="http://a"><b>x</b>')
        assert isinstance(block, Paragraph)
        assert plain_text(block.spans) == '<img src="http://a"><b>x</b>'

    def test_a_reference_defined_later_reaches_what_is_finished(self) -> None:
        stream = MarkdownStream()
        stream.feed("see [it][x]\n\nsecond\nline\n\nthird\nline\n\n")
        assert stream.finished[0] == Paragraph((Span("see [it][x]"),))
        stream.feed("[x]: https://a.org\n")
        stream.close()
        assert stream.finished[0] == Paragraph((Span("see "), Span("it", link="https://a.org")))


class TestStream:
    def test_finished_blocks_never_change_while_it_grows(self) -> None:
        stream = MarkdownStream()
        seen: list[Block] = []
        for character in ANSWER.replace("[late][ref]", "late"):
            stream.feed(character)
            assert stream.finished[: len(seen)] == seen
            seen = list(stream.finished)
        stream.close()
        assert stream.finished[: len(seen)] == seen
        assert stream.tail == ()

    def test_a_list_is_finished_item_by_item(self) -> None:
        stream = MarkdownStream()
        stream.feed("1. a\n2. b\n3. c\n4. d\n")
        assert [b.marker for b in stream.finished if isinstance(b, Paragraph)] == ["1.", "2."]
        stream.feed("1. e\n1. f\n")
        stream.close()
        markers = [b.marker for b in stream.finished if isinstance(b, Paragraph)]
        assert markers == ["1.", "2.", "3.", "4.", "5.", "6."]

    def test_a_closing_fence_does_not_flash_up(self) -> None:
        stream = MarkdownStream()
        stream.feed("```py\nx\n``")
        assert stream.blocks == (Code("x", "py"),)
        stream.feed("`\n")
        assert stream.finished == [Code("x", "py")]

    def test_it_says_when_it_is_fed_after_its_end(self) -> None:
        stream = MarkdownStream()
        stream.close()
        with pytest.raises(ValueError, match="ended"):
            stream.feed("x")

    @pytest.mark.parametrize("size", [1, 3, 7, 50])
    def test_an_answer_in_even_pieces(self, size: int) -> None:
        assert tuple(in_pieces(ANSWER, [size]).finished) == parse(ANSWER)


BITS = (
    """
# |## h|- |* |+ |1. |2. |3) |10. |> |>|```|```py|~~~|````|`|``|**|_|~~|[a]|[a]: /u|[b][a]
[a]: http://u|> [a]: http://q|'t|"|![i](http://p)|](|---|***|===|--|==|  |    |\t| |word
two words|é|<b>|&amp;|\\|  \n|https://a.b/c).|[x] |[ ] |0. |()|:|`c`|**b**
""".strip()
    .replace("\n", "|")
    .split("|")
)
BITS += [
    "|",
    "| a | b |",
    "|--|--|",
    "--|--",
    "a | b",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "\0",
    "  \n",
    "\\\n",
]


@settings(max_examples=400, deadline=None)
@given(
    text=st.lists(st.sampled_from(BITS), max_size=30).map("".join),
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=5),
)
@example("[a]\n1. [a]:u\n()*", [1])
@example('```|"\n-|-', [1])
@example("-\t.\n|]\r    --\\", [1])
@example("0.\r0. |\n--", [1])
@example("```\n\t", [1])
def test_pieces_give_the_blocks_of_the_whole(text: str, sizes: list[int]) -> None:
    assert tuple(in_pieces(text, sizes).finished) == parse(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    assert tuple(in_pieces(text, [7]).finished) == parse(text)


HOSTILE = {
    "quotes in quotes": ">" * 20_000,
    "lists in lists": "- " * 20_000,
    "deep lists": "".join("  " * depth + "- x\n" for depth in range(150)),
    "brackets": "[" * 20_000,
    "pictures": "![" * 3_000,
    "links": "[a](" * 5_000,
    "emphasis": "*a " * 2_600,
    "one long line": "word " * 200_000,
    "backticks": "`" * 20_000,
    "an open fence": "```\n" + "x\n" * 50_000,
    "many lines": "a\n" * 20_000,
    "a wide table": "|" * 5_000 + "\n" + "|-" * 5_000,
    "definitions": "".join(f"[a{number}]: /u\n" for number in range(1_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_like_any_other(name: str) -> None:
    text = HOSTILE[name]
    assert tuple(in_pieces(text, [997]).finished) == parse(text)


@pytest.mark.parametrize(
    "formula",
    [
        r"$E = m_1 * c_2 * x$",
        r"\(\alpha\)",
        r"\(a^2 + b_1 * c_1\)",
        r"\[ x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a} \]",
        "$$\n\\int_0^1 x_1 * y_1\n$$",
    ],
)
def test_a_formula_stays_as_it_was_written(formula: str) -> None:
    (block,) = parse(f"So {formula} holds.")
    assert isinstance(block, Paragraph)
    assert block.spans == (Span(f"So {formula} holds."),)


@pytest.mark.parametrize(
    "cited", ["[app/__init__.py:10-20]", "[2: src/__main__.py:3]", "[_a_.py]", "[my file_1_.py]"]
)
def test_the_name_of_a_file_in_brackets_stays_as_it_was_written(cited: str) -> None:
    (block,) = parse(f"So {cited} *says*.")
    assert isinstance(block, Paragraph)
    assert block.spans == (Span(f"So {cited} "), Span("says", italic=True), Span("."))


def test_one_that_leads_somewhere_is_a_link() -> None:
    (block,) = parse(
        "[__a__.py](https://example.org) or [__a__.py][x]\n\n[x]: https://example.org/x"
    )
    assert isinstance(block, Paragraph)
    links = [span.link for span in block.spans if span.text == "a"]
    assert links == ["https://example.org", "https://example.org/x"]


def test_money_and_escaped_brackets_are_no_formulas() -> None:
    (block,) = parse(r"From $5 to *perhaps* $6 \[sic\] \(twice\)")
    assert isinstance(block, Paragraph)
    assert [span.text for span in block.spans] == ["From $5 to ", "perhaps", " $6 [sic] (twice)"]
