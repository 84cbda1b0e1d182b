"""Folders: what of them is read, in which order, and what is said of the rest."""

import os
import threading
from pathlib import Path

import pytest

from app.core.conversation import Document
from app.core.errors import AppError
from app.documents import folder
from app.documents.attachments import read_attachment
from app.documents.folder import read_folder


def make(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def labels(root: Path) -> list[str]:
    return [page.label for page in read_folder(root).pages]


def test_files_before_folders_and_a_tree(tmp_path: Path) -> None:
    root = make(
        tmp_path / "shop",
        {
            "src/main.py": "print()\n",
            "src/util/deep.py": "x = 1\n",
            "README.md": "# Shop\n",
            "src/a.py": "a = 1\n\nb = 2\n",
            "Über.txt": "ü".encode("latin-1"),
        },
    )
    told: list[tuple[int, int]] = []
    extract = read_folder(root, lambda *now: told.append(now))
    assert (extract.name, extract.kind, extract.unit, extract.total) == (
        "shop",
        "folder",
        "file",
        5,
    )
    assert [page.label for page in extract.pages] == [
        *("README.md", "Über.txt", "src/a.py", "src/main.py", "src/util/deep.py")
    ]
    assert extract.pages[2].text == "a = 1\n\nb = 2\n"
    assert all(page.first_line == 1 for page in extract.pages)
    assert extract.tree == (
        "shop/\n  README.md\n  Über.txt\n  src/\n    a.py\n    main.py\n    util/\n      deep.py"
    )
    assert extract.missing == ()
    assert told == [(number, 5) for number in range(1, 6)]


def test_ignore_files_as_git_reads_them(tmp_path: Path) -> None:
    root = make(
        tmp_path / "repo",
        {
            ".gitignore": "*.log\n/build/\n!keep.log\ndocs/*.txt\n",
            ".git/config": "secret\n",
            "a.log": "no\n",
            "keep.log": "yes\n",
            "build/out.c": "no\n",
            "src/build/in.c": "yes\n",
            "src/.gitignore": "!b.log\nlocal.c\n",
            "src/b.log": "yes\n",
            "src/local.c": "no\n",
            "docs/a.txt": "no\n",
            "docs/deep/b.txt": "yes\n",
        },
    )
    assert labels(root) == [
        *(".gitignore", "keep.log", "docs/deep/b.txt", "src/.gitignore", "src/b.log"),
        "src/build/in.c",
    ]
    assert read_folder(root).missing == ("Left out: 4 entries named in .gitignore.",)
    # A part of a repository keeps to the rules of the whole.
    assert labels(root / "src") == [".gitignore", "b.log", "build/in.c"]


def test_what_is_no_work_of_the_person(tmp_path: Path) -> None:
    root = make(
        tmp_path / "p",
        {
            "a.js": "a\n",
            "node_modules/x/index.js": "no\n",
            "__pycache__/a.pyc": b"\0\1",
            "package-lock.json": "{}\n",
            "lib.min.js": "no\n",
            "picture.png": b"\x89PNG\r\n\x1a\n\0\0\0",
            "plan.pdf": b"%PDF-1.7",
            "empty.txt": "",
            ".DS_Store": b"\0",
            "big.csv": "1,2\n" * 300_000,
            "wide.txt": "wide".encode("utf-16"),
        },
    )
    extract = read_folder(root)
    assert [page.label for page in extract.pages] == ["a.js", "wide.txt"]
    assert extract.pages[1].text == "wide"
    assert extract.missing == (
        "Left out: 2 folders made by tools, 2 files made by tools, 1 PDF or Office document, "
        "1 file without text, 1 empty file.",
        "Add the documents one by one to have them read.",
        "Larger than 1 MB: big.csv.",
    )


def test_links_and_devices_are_left_alone(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    root = make(tmp_path / "p", {"a.txt": "a\n", "sub/b.txt": "b\n"})
    try:
        (root / "loop").symlink_to(root, target_is_directory=True)
        (root / "out.txt").symlink_to(secret)
        (root / "sub/up").symlink_to(tmp_path, target_is_directory=True)
    except OSError:
        links: tuple[str, ...] = ()  # Windows asks for a right that few have
    else:
        links = ("Left out: 3 links.",)
    if hasattr(os, "mkfifo"):
        os.mkfifo(root / "pipe")
    extract = read_folder(root)
    assert [page.label for page in extract.pages] == ["a.txt", "sub/b.txt"]
    assert extract.missing == links


def test_limits_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make(tmp_path / "p", {f"{n:02}.txt": "words " * 20 for n in range(20)})
    monkeypatch.setattr(folder, "MOST_FILES", 5)
    extract = read_folder(root)
    assert extract.total == 5
    assert extract.missing == (
        "Not read: 15 more files. A folder is read up to 5 files and 30 million characters.",
    )


def test_thousands_of_files_have_a_short_tree(tmp_path: Path) -> None:
    root = make(
        tmp_path / "p", {f"d{n // 100}/e{n // 10 % 10}/{n}.txt": f"{n}\n" for n in range(2000)}
    )
    extract = read_folder(root)
    assert extract.total == 2000
    lines = extract.tree.split("\n")
    assert len(lines) <= 400
    assert "    e0/ (10 files)" in lines


def test_it_stops(tmp_path: Path) -> None:
    root = make(tmp_path / "p", {f"{n}.txt": "a\n" for n in range(50)})
    stop = threading.Event()
    seen = 0

    def told(number: int, _total: int) -> None:
        nonlocal seen
        seen = number
        if number == 10:
            stop.set()

    with pytest.raises(AppError) as caught:
        read_folder(root, told, stop)
    assert caught.value.code == "document-stopped"
    assert seen == 10


def test_folders_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path, code in (
        (tmp_path / "empty", "attachment-empty"),
        (tmp_path / "no", "attachment-missing"),
    ):
        with pytest.raises(AppError) as caught:
            read_folder(path)
        assert caught.value.code == code


class NoReader:
    """For what needs none."""

    def extract(self, *_arguments: object, **_more: object) -> object:
        raise AssertionError("a folder is read without it")


def test_a_folder_is_kept_as_what_was_read(tmp_path: Path) -> None:
    root = make(tmp_path / "p", {"a.txt": "first\n"})
    found = read_attachment(root, reader=NoReader())  # type: ignore[arg-type]
    assert isinstance(found.part, Document)
    assert (found.part.kind, found.part.unit, found.part.pages) == ("folder", "file", 1)
    assert found.part.mime == "inode/directory"
    assert found.part.tokens > 2
    (root / "a.txt").write_text("changed since")
    kept = tmp_path / "blob"
    kept.write_bytes(found.data)
    again = read_attachment(kept, "p", reader=NoReader())  # type: ignore[arg-type]
    assert again.extract == found.extract
    assert again.part == found.part
    kept.write_bytes(found.data[:-5])
    with pytest.raises(AppError) as caught:
        read_attachment(kept, "p", reader=NoReader())  # type: ignore[arg-type]
    assert caught.value.code == "document-damaged"
