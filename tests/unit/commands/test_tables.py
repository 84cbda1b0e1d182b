from app.commands.tables import duration, gigabytes, speed, table, tokens


def test_columns_are_as_wide_as_they_must_be() -> None:
    assert table(("A", "SIZE"), [("long name", "1"), ("b", "12345")], " r") == [
        "A           SIZE",
        "long name      1",
        "b          12345",
    ]
    assert table(("A", "", "B"), [("x", "", "y")]) == ["A  B", "x  y"]


def test_figures_for_people() -> None:
    assert [gigabytes(n) for n in (0, 93e6, 949e6, 3.35e9, 17e9)] == [
        "0 MB",
        "93 MB",
        "949 MB",
        "3.4 GB",
        "17.0 GB",
    ]
    assert [tokens(n) for n in (0, 512, 8192, 131072)] == ["0", "512", "8K", "128K"]
    assert [speed(x) for x in (None, 3.14, 42.4)] == ["", "3.1", "42"]
    assert [duration(x) for x in (4, 89, 600, 5400, 7500)] == [
        "4 s",
        "89 s",
        "10 min",
        "1 h 30 min",
        "2 h 5 min",
    ]
