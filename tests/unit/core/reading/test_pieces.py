from app.core.reading.pieces import Gathered, Piece, groups, one_table, table_lines, tidy, unfenced
from app.core.reading.tokens import estimate


def piece(words: str) -> Piece:
    return Piece(0, "", 1, 1, (), "read", words)


def test_the_line_that_was_cut_goes_and_a_stuck_model_is_cut_short() -> None:
    assert tidy("- One. [p. 1]\n- Two. [p", complete=False) == "- One. [p. 1]"
    assert tidy("- One. [p", complete=False) == "- One. [p"
    assert (
        tidy("- One.\n" + "- Two.\n" * 30, complete=True) == "- One.\n" + "- Two.\n" * 2 + "- Two."
    )


def test_a_fence_around_everything_goes_and_one_inside_stays() -> None:
    assert unfenced("```markdown\n| a |\n```\n") == "| a |"
    assert unfenced("Text\n```\ncode\n```") == "Text\n```\ncode\n```"


def test_tables_of_the_same_columns_become_one() -> None:
    first = "Here it is:\n\n| Year | Sum |\n|:---|---:|\n| 2020 | 5 |\n"
    second = "```\n| year | sum |\n| --- | --- |\n| 2021 | 6 |\n```"
    other = "| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |"
    assert one_table([piece(first), piece("none"), piece(second), piece(other)]) == (
        "| Year | Sum |\n| --- | --- |\n| 2020 | 5 |\n| 2021 | 6 |\n\n"
        "| a | b | c |\n| --- | --- | --- |\n| 1 | 2 | 3 |"
    )


def test_what_is_no_table_is_none() -> None:
    assert table_lines("none") == []
    assert table_lines("None.") == []
    assert table_lines("There is no data here.") == []
    assert table_lines("| only a header |") == []


def test_notes_are_grouped_by_document_and_room() -> None:
    note = "- The boats came in. [p. 1]"
    gathered = [Gathered(number // 5, note) for number in range(8)]
    made = list(groups(gathered, 3 * estimate(note)))
    assert [len(group) for group in made] == [3, 2, 3]
    assert [one for group in made for one in group] == gathered
    assert all(len({one.document for one in group}) == 1 for group in made)
    assert [len(group) for group in groups(gathered, 1)] == [1] * 8
