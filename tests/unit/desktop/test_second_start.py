"""What a second start says to the first, and when it becomes the first itself."""

import os
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from app.core.errors import AppError
from app.desktop.folder_lock import FolderLock
from app.desktop.second_start import (
    HEAD,
    LIMIT,
    TAKEN,
    Request,
    addresses,
    claim,
    is_answered,
    packed,
    unpacked,
)

REQUESTS = (
    Request(),
    Request("shoot", token="a-1"),
    Request("open", ("/tmp/a b.pdf", "/tmp/ü.txt")),
    Request("hide"),
)


@contextmanager
def listener(address: str, answer: bytes) -> Iterator[list[bytes]]:
    """Takes one connection after another, answers each, and keeps what it was told."""
    told: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                with line:
                    told.append(line.recv(4096))
                    if told[-1]:
                        line.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield told
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize("request_", REQUESTS)
def test_requests_arrive_whole_in_whatever_pieces(request_: Request) -> None:
    data = packed(request_)
    for length in range(len(data)):
        assert unpacked(data[:length]) is None
    assert unpacked(data) == request_
    assert unpacked(data + b"more") == request_


@pytest.mark.parametrize(
    "data",
    [
        (LIMIT + 1).to_bytes(HEAD, "big"),
        b"\xff\xff\xff\xff",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0\0\0\0",
        b"\0\0\0\x01\xc1",
        b"\0\0\0\x05hello",
        packed(Request()).replace(b"show", b"kill"),
    ],
)
def test_what_is_no_request_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpacked(data)


def test_the_first_gets_the_lock(tmp_path: Path) -> None:
    lock = claim(tmp_path, Request())
    assert lock is not None
    with closing(lock):
        assert lock.free
        assert not FolderLock(tmp_path).free


def test_the_second_hands_over_what_it_was_started_for(tmp_path: Path) -> None:
    with closing(FolderLock(tmp_path)), listener(addresses(tmp_path)[0], TAKEN) as told:
        assert claim(tmp_path, Request("shoot")) is None
    assert told == [packed(Request("shoot"))]


def test_one_who_does_not_answer_is_told_of(tmp_path: Path) -> None:
    with closing(FolderLock(tmp_path)):
        with pytest.raises(AppError, match="does not answer"):
            claim(tmp_path, Request(), patience=0.05)
        with (
            listener(addresses(tmp_path)[0], b"") as told,
            pytest.raises(AppError, match="does not answer"),
        ):
            claim(tmp_path, Request(), patience=0.05)
    assert told


def test_one_that_is_too_busy_is_not_told_twice(tmp_path: Path) -> None:
    with closing(FolderLock(tmp_path)), socket.socket(socket.AF_UNIX) as busy:
        busy.bind(addresses(tmp_path)[0])
        busy.listen()
        with pytest.raises(AppError, match="does not answer"):
            claim(tmp_path, Request("shoot"), patience=0.1)
        busy.setblocking(False)
        line, _ = busy.accept()
        line.close()
        with pytest.raises(BlockingIOError):
            busy.accept()


def test_a_terminal_is_told_of_at_once(tmp_path: Path) -> None:
    with (
        closing(FolderLock(tmp_path, terminal=True)),
        pytest.raises(AppError, match="terminal") as told,
    ):
        claim(tmp_path, Request(), patience=600)
    assert told.value.code == "in-use"


def test_one_that_ends_meanwhile_leaves_its_place(tmp_path: Path) -> None:
    before = FolderLock(tmp_path)
    ending = threading.Timer(0.1, before.close)
    ending.start()
    lock = claim(tmp_path, Request())
    ending.join()
    assert lock is not None
    lock.close()


def test_a_socket_that_nobody_listens_at_is_no_answer(tmp_path: Path) -> None:
    address = addresses(tmp_path)[0]
    assert not is_answered(address)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(address)
    assert stat.S_ISSOCK(Path(address).stat().st_mode)
    assert not is_answered(address)


def test_addresses_belong_to_the_folder_and_are_never_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1000")
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    assert not set(addresses(one)) & set(addresses(other))
    assert addresses(one) == addresses(one / ".." / "one")
    assert addresses(one)[0] == str(one.resolve() / "window.socket")
    assert addresses(one)[1].startswith("/run/user/1000/facet-")
    deep = tmp_path / ("d" * 120)
    assert all(len(os.fsencode(address)) <= 100 for address in addresses(deep))
    assert addresses(deep)[0].startswith("/run/user/1000/facet-")


def test_another_persons_socket_is_not_talked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = addresses(tmp_path)[0]
    with listener(address, TAKEN) as told:
        assert is_answered(address)
        me = os.getuid()
        monkeypatch.setattr(os, "getuid", lambda: me + 1)
        assert not is_answered(address)
    assert told == [b""]
