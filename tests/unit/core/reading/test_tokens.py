from pathlib import Path

import pytest
from llama_cpp import Llama

from app.core.reading.tokens import estimate
from tests.data import STARTER

ROOT = Path(__file__).parents[4]
TABLE = "".join(f"| {1990 + row} | {row * 1234.56:,.2f} | {row * 17} |\n" for row in range(80))
ROWS = "".join(f"{row};{row * 7919 % 1000};{row * 3.7:.3f};name{row}@x.org\n" for row in range(99))


@pytest.fixture(scope="module")
def starter() -> Llama:
    return Llama(str(STARTER), vocab_only=True, verbose=False)


@pytest.mark.parametrize(
    "text",
    [
        (ROOT / "LICENSE").read_text(encoding="utf-8"),
        (ROOT / "docs/architecture.md").read_text(encoding="utf-8"),
        (ROOT / "app/core/prompt.py").read_text(encoding="utf-8"),
        (ROOT / "models.json").read_text(encoding="utf-8")[:20000],
        TABLE,
        ROWS,
    ],
    ids=["prose", "notes", "code", "json", "table", "rows"],
)
def test_english_numbers_and_code_cost_about_what_a_smaller_vocabulary_needs(
    starter: Llama, text: str
) -> None:
    needed = len(starter.tokenize(text.encode(), add_bos=False))
    assert 0.97 * needed <= estimate(text) <= 1.5 * needed


# Characters a token with a vocabulary of a quarter of a million, as people have measured it for
# Gemma's; the estimate has to be below.
@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("Der Aufsichtsrat überprüfte die Geschäftsführung regelmäßig und ausführlich.", 4.0),
        ("Настоящий договор вступает в силу после подписания обеими сторонами.", 3.2),
        ("\u4e2d\u534e\u4eba\u6c11\u5171\u548c\u56fd\u7684\u9996\u90fd\u662f\u5317\u4eac", 1.4),
        ("이 계약은 양 당사자가 서명한 날로부터 효력이 발생한다", 1.6),
        ("สัญญานี้มีผลบังคับใช้ตั้งแต่วันที่ทั้งสองฝ่ายลงนาม", 2.6),
        ("هذا العقد ساري المفعول لمدة ثلاث سنوات من تاريخه", 2.9),
    ],
)
def test_other_scripts_cost_rather_more_than_gemma_needs(text: str, characters: float) -> None:
    assert characters / 2 < len(text) / estimate(text) < characters


def test_nothing_costs_nothing() -> None:
    assert estimate("") == 0
    assert estimate("\U0001f600") >= 2
