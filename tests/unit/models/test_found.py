"""Models in other programs' folders: what is offered, what is left out and why, and within which
bounds is looked."""

import logging
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.settings import OpenedModel
from app.models.catalogue import Catalogue, ModelFile, ModelSpec, PythonPackage
from app.models.found import MAX_ENTRIES, found_files
from app.models.library import InstalledModel, Library
from app.models.places import Layout, Origin, Place
from tests.data import MODEL, PROJECTOR
from tests.unit.models.gguf_bytes import model, projector
from tests.unit.models.layouts import blob, in_hub, in_jan, in_llama_cpp, in_ollama, manifest, write


def look(
    *places: Place,
    own: Path | None = None,
    catalogue: Catalogue = Catalogue(),  # noqa: B008 (frozen)
    opened: tuple[OpenedModel, ...] = (),
) -> tuple[InstalledModel, ...]:
    folders = [own] if own else []
    return Library(folders, catalogue, opened, elsewhere=lambda: places).scan_elsewhere()


def place(folder: Path, layout: Layout = "files", origin: Origin = "lm-studio") -> Place:
    return Place(origin, folder, layout)


def titles(models: tuple[InstalledModel, ...]) -> list[str]:
    return [model.title for model in models]


def test_lm_studio_keeps_files_by_publisher(tmp_path: Path) -> None:
    folder = tmp_path / "google" / "gemma"
    folder.mkdir(parents=True)
    for path in (MODEL, PROJECTOR):
        shutil.copy(path, folder)
    (found,) = look(place(tmp_path))
    assert (found.path, found.projector) == (folder / MODEL.name, folder / PROJECTOR.name)
    assert found.modalities == ("text", "image", "audio")
    assert (found.origin, found.id, found.listed) == ("lm-studio", str(found.path), "")
    assert found.bytes == MODEL.stat().st_size + PROJECTOR.stat().st_size


def test_the_hub_keeps_links_to_blobs(tmp_path: Path) -> None:
    files = {"gemma-Q4_0.gguf": model("Gemma"), "mmproj-F16.gguf": projector()}
    snapshot = in_hub(tmp_path, "google/gemma-gguf", files)
    in_hub(tmp_path, "somebody/no-gguf", {"model.safetensors": b"x"})
    write(tmp_path / "datasets--a--b" / "snapshots" / "x" / "data.gguf", model("Data"))
    (found,) = look(place(tmp_path, "hub", "huggingface"))
    assert found.path == snapshot / "gemma-Q4_0.gguf", "not the blob, whose name says nothing"
    assert found.projector == snapshot / "mmproj-F16.gguf"
    assert (found.title, found.origin) == ("Gemma", "huggingface")


def test_of_two_versions_in_the_hub_the_newest_counts(tmp_path: Path) -> None:
    in_hub(tmp_path, "g/g", {"g.gguf": model("Old"), "only-old.gguf": model("Other")})
    new = in_hub(tmp_path, "g/g", {"g.gguf": model("New")}, revision="0" * 40)
    found = look(place(tmp_path, "hub", "huggingface"))
    assert titles(found) == ["New", "Other"]
    assert found[0].path == new / "g.gguf"


def test_a_projector_beside_the_folders_of_a_snapshot(tmp_path: Path) -> None:
    parts = {f"Q8/big-0000{number}-of-00002.gguf": model("Big") for number in (1, 2)}
    in_hub(tmp_path, "g/g", {**parts, "mmproj-F16.gguf": projector()})
    (found,) = look(place(tmp_path, "hub", "huggingface"))
    assert found.modalities == ("text", "image")
    assert found.bytes == 2 * len(model("Big")) + len(projector())


def test_a_missing_blob_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    snapshot = in_hub(tmp_path, "g/g", {"g.gguf": model()})
    (snapshot / "g.gguf").resolve().unlink()
    with caplog.at_level(logging.WARNING, "log.models"):
        assert look(place(tmp_path, "hub", "huggingface")) == ()
    assert "g.gguf leads to no file" in caplog.text


def test_ollama_keeps_blobs_that_manifests_name(tmp_path: Path) -> None:
    in_ollama(
        tmp_path,
        "library/gemma4",
        "e2b",
        ("model", MODEL.read_bytes()),
        ("projector", PROJECTOR.read_bytes()),
        ("params", b"{}"),
    )
    in_ollama(tmp_path, "somebody/tuned", "latest", ("model", model("Tuned")))
    found = look(place(tmp_path, "ollama", "ollama"))
    assert titles(found) == ["gemma4:e2b", "somebody/tuned:latest"]
    assert found[0].path == blob(tmp_path, MODEL.read_bytes())
    assert found[0].projector == blob(tmp_path, PROJECTOR.read_bytes())
    assert found[0].modalities == ("text", "image", "audio")
    assert found[0].origin == "ollama"


def test_ollama_from_the_hub_and_with_older_names_of_blobs(tmp_path: Path) -> None:
    path = in_ollama(tmp_path, "x/y", "z", ("model", model("Hub")))
    there = tmp_path / "manifests" / "hf.co" / "google" / "gemma" / "Q4_0"
    there.parent.mkdir(parents=True)
    path.rename(there)
    new = blob(tmp_path, model("Hub"))
    if os.name != "nt":  # where such names can't be
        new.rename(new.with_name(new.name.replace("-", ":")))
    assert titles(look(place(tmp_path, "ollama", "ollama"))) == ["hf.co/google/gemma:Q4_0"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "makes no sense"),
        ([], "makes no sense"),
        ({}, "no single file"),
        ({"layers": "x"}, "no single file"),
        ({"layers": [7, {"mediaType": "application/vnd.ollama.image.model"}]}, "no single file"),
        (
            {
                "layers": [
                    {
                        "mediaType": "application/vnd.ollama.image.model",
                        "digest": "sha256:../../../secret",
                    }
                ]
            },
            "no single file",
        ),
        (
            {
                "layers": [
                    {
                        "mediaType": "application/vnd.ollama.image.model",
                        "digest": f"sha256:{'a' * 64}",
                    }
                ]
            },
            "is missing",
        ),
    ],
)
def test_broken_manifests_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: object, said: str
) -> None:
    broken = manifest(tmp_path, "library/broken", "latest", content)
    if content == "{":
        broken.write_text("{")
    in_ollama(tmp_path, "library/good", "latest", ("model", model("Good")))
    with caplog.at_level(logging.WARNING, "log.models"):
        assert titles(look(place(tmp_path, "ollama", "ollama"))) == ["good:latest"]
    assert said in caplog.text


def test_ollamas_own_files_with_their_eyes_inside_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    merged = model("Merged", **{"llama.vision.block_count": 16})
    in_ollama(tmp_path, "library/gemma4", "e4b", ("model", merged))
    with caplog.at_level(logging.WARNING, "log.models"):
        assert look(place(tmp_path, "ollama", "ollama")) == ()
    assert "made for Ollama alone" in caplog.text


def test_jan_describes_its_models(tmp_path: Path) -> None:
    in_jan(tmp_path, "google/gemma", model("A"), projector())
    elsewhere = write(tmp_path / "downloads" / "own.gguf", model("B"))
    in_jan(tmp_path, "imported", model("unused"), model_path=f"'{elsewhere}'", name='"Mine: a"')
    (tmp_path / "llamacpp" / "models" / "imported" / "model.gguf").unlink()
    jan = Place("jan", tmp_path / "llamacpp" / "models", "jan", tmp_path)
    found = look(jan)
    assert titles(found) == ["google/gemma", "Mine: a"]
    assert found[0].modalities == ("text", "image")
    assert found[1].path == elsewhere


def test_jan_before_it_described_models(tmp_path: Path) -> None:
    write(tmp_path / "models" / "trinity" / "trinity.gguf", model("Trinity"))
    assert titles(look(Place("jan", tmp_path / "models", "jan", tmp_path))) == ["Trinity"]


def test_what_jan_describes_may_be_gone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    in_jan(tmp_path, "gone", model()).unlink()
    write(tmp_path / "llamacpp" / "models" / "empty" / "model.yml", b"\xff\x00: [")
    with caplog.at_level(logging.WARNING, "log.models"):
        assert look(Place("jan", tmp_path / "llamacpp" / "models", "jan", tmp_path)) == ()
    assert "which is not there" in caplog.text


def test_llama_cpp_pairs_files_by_its_manifests(tmp_path: Path) -> None:
    one = {"model": model("One"), "mmproj": projector(audio=True)}
    two = {"model": model("Two"), "mmproj": projector()}
    in_llama_cpp(tmp_path, "ggml-org", "one", one)
    in_llama_cpp(tmp_path, "ggml-org", "two", two)
    in_llama_cpp(tmp_path, "ggml-org", "blind", {"model": model("Blind", 32)})
    write(tmp_path / "manifest=broken.json", b"{")
    found = look(place(tmp_path, "flat", "llama.cpp"))
    assert titles(found) == ["Blind", "One", "Two"]
    assert [each.projector.name if each.projector else None for each in found] == [
        None,
        "ggml-org_one_mmproj-one.gguf",
        "ggml-org_two_mmproj-two.gguf",
    ]


def test_gpt4all_keeps_plain_files(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path / "chat.gguf", model("Chat"))
    embedder = {"general.architecture": "nomic-bert", "nomic-bert.pooling_type": 1}
    write(tmp_path / "nomic-embed-text-v1.5.f16.gguf", model("Embed", **embedder))
    with caplog.at_level(logging.WARNING, "log.models"):
        assert titles(look(place(tmp_path, origin="gpt4all"))) == ["Chat"]
    assert "writes none" in caplog.text


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"llama.pooling_type": 3}, "compares texts"),
        ({"general.architecture": "gemma-embedding"}, "compares texts"),
        ({"general.architecture": "gemma4-assistant"}, "guesses ahead"),
        ({"general.type": "adapter"}, "changes another model"),
        ({"general.type": "mystery"}, "it is no model"),
    ],
)
def test_what_can_not_be_talked_to_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, metadata: dict[str, object], reason: str
) -> None:
    write(tmp_path / "x.gguf", model("X", **metadata))
    write(tmp_path / "pooling-of-none.gguf", model("Fine", **{"llama.pooling_type": 0}))
    with caplog.at_level(logging.WARNING, "log.models"):
        assert titles(look(place(tmp_path))) == ["Fine"]
    assert reason in caplog.text


def test_a_projector_of_another_model_is_not_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    in_ollama(tmp_path, "library/a", "b", ("model", model("A", 64)), ("projector", projector(32)))
    with caplog.at_level(logging.WARNING, "log.models"):
        (found,) = look(place(tmp_path, "ollama", "ollama"))
    assert found.modalities == ("text",)
    assert "made for another model" in caplog.text


def test_models_in_parts_are_whole_or_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a-00001-of-00002", "a-00002-of-00002", "b-00001-of-00002", "c-00002-of-00002"):
        write(tmp_path / f"{name}.gguf", model(name[0]))
    with caplog.at_level(logging.WARNING, "log.models"):
        (found,) = look(place(tmp_path))
    assert (found.title, found.bytes) == ("a", 2 * len(model("a")))
    assert "b-00002-of-00002.gguf is missing" in caplog.text


def test_broken_files_are_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path / "cut.gguf", model()[:-1])
    write(tmp_path / "page.gguf", b"<html>")
    write(tmp_path / "good.gguf", model("Good"))
    with caplog.at_level(logging.WARNING, "log.models"):
        assert titles(look(place(tmp_path))) == ["Good"]
    assert "cut.gguf" in caplog.text
    assert "page.gguf" in caplog.text


# -- once, wherever it lies -----------------------------------------------------------------------


def listed(model_id: str, content: bytes, sha256: str = "") -> ModelSpec:
    return ModelSpec(
        id=model_id,
        title=f"The {model_id}",
        architecture="llama",
        modalities=("text",),
        context=4096,
        quantisation="Q4_0",
        licence="MIT",
        source=PythonPackage("p", "1", "m"),
        files=(ModelFile("model", f"{model_id}.gguf", len(content), sha256=sha256),),
    )


def test_a_listed_model_is_known_by_name_and_by_checksum(tmp_path: Path) -> None:
    digest = blob(tmp_path, model("M")).name.removeprefix("sha256-")
    catalogue = Catalogue((listed("small", model("M"), digest),))
    in_ollama(tmp_path / "ollama", "library/m", "1b", ("model", model("M")))
    write(tmp_path / "lms" / "small.gguf", model("M"))
    for one in (place(tmp_path / "lms"), place(tmp_path / "ollama", "ollama", "ollama")):
        (found,) = look(one, catalogue=catalogue)
        assert (found.title, found.listed) == ("The small", "small")
        assert found.id == str(found.path)


def test_a_model_shows_once(tmp_path: Path) -> None:
    own = tmp_path / "own"
    write(own / "m.gguf", model("M"))
    write(own / "linked.gguf", model("Linked"))
    write(own / "small.gguf", model("Small"))
    write(tmp_path / "opened" / "o.gguf", model("O"))
    lms = tmp_path / "lms"
    write(lms / "a" / "m.gguf", model("M"))  # a copy
    (lms / "other-name.gguf").symlink_to(own / "linked.gguf")
    write(lms / "b" / "small.gguf", model("Small"))  # known to the catalogue
    write(lms / "c" / "o.gguf", model("O"))
    write(lms / "d" / "new.gguf", model("New"))
    write(lms / "e" / "m.gguf", model("M", 32, x="another of this name"))
    in_ollama(tmp_path / "ollama", "library/new", "x", ("model", model("New")))
    in_hub(tmp_path / "hub", "a/new", {"new.gguf": model("New")})
    found = look(
        place(lms),
        place(tmp_path / "hub", "hub", "huggingface"),
        place(tmp_path / "ollama", "ollama", "ollama"),
        place(lms),
        own=own,
        catalogue=Catalogue((listed("small", model("Small")),)),
        opened=(OpenedModel(str(tmp_path / "opened" / "o.gguf")),),
    )
    assert [(each.title, each.origin) for each in found] == [
        ("M", "lm-studio"),
        ("New", "lm-studio"),
    ]


def test_two_models_of_the_same_size_are_two(tmp_path: Path) -> None:
    write(tmp_path / "own" / "a.gguf", model("Aaaa"))
    in_ollama(tmp_path / "ollama", "library/b", "x", ("model", model("Bbbb")))
    in_ollama(tmp_path / "ollama", "library/c", "x", ("model", model("Cccc")))
    found = look(place(tmp_path / "ollama", "ollama", "ollama"), own=tmp_path / "own")
    assert titles(found) == ["b:x", "c:x"]


# -- bounds ---------------------------------------------------------------------------------------


def test_folders_that_are_not_there_are_nothing(tmp_path: Path) -> None:
    layouts: tuple[Layout, ...] = ("files", "hub", "flat", "jan", "ollama")
    assert look(*(place(tmp_path / "none", layout) for layout in layouts)) == ()
    write(tmp_path / "a-file", b"")
    assert look(*(place(tmp_path / "a-file", layout) for layout in layouts)) == ()


def test_links_in_a_circle(tmp_path: Path) -> None:
    write(tmp_path / "a" / "m.gguf", model("M"))
    (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "self.gguf").symlink_to(tmp_path / "a" / "self.gguf")
    assert titles(look(place(tmp_path))) == ["M"]


def test_an_unreadable_folder(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "open" / "m.gguf", model("M"))
    shut = tmp_path / "shut"
    shut.mkdir()
    really = os.scandir

    def scandir(folder: Path) -> object:  # whoever runs the tests may be allowed everything
        if folder == shut:
            raise PermissionError(13, "Permission denied", str(folder))
        return really(folder)

    monkeypatch.setattr("os.scandir", scandir)
    with caplog.at_level(logging.WARNING, "log.models"):
        assert titles(look(place(tmp_path))) == ["M"]
    assert "shut can't be read (Permission denied)" in caplog.text


def test_too_deep_is_not_looked_for(tmp_path: Path) -> None:
    write(tmp_path / "1/2/3/4/m.gguf", model("M"))
    write(tmp_path / "1/2/3/4/5/n.gguf", model("N"))
    assert titles(look(place(tmp_path))) == ["M"]


def test_a_huge_folder_is_left_after_so_many_entries(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_ENTRIES > 1000
    monkeypatch.setattr("app.models.found.MAX_ENTRIES", 30)
    for number in range(50):
        (tmp_path / f"{number:02}" / "x").mkdir(parents=True)
    other = tmp_path / "other"
    write(other / "m.gguf", model("M"))
    with caplog.at_level(logging.WARNING, "log.models"):
        assert titles(look(place(tmp_path), place(other))) == ["M"], "the next place is looked at"
    assert "too large" in caplog.text


def test_looking_ends_in_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in "abcdef":
        write(tmp_path / name / f"{name}.gguf", model(name))
    ticks = iter(range(100))
    with caplog.at_level(logging.WARNING, "log.models"):
        found = list(found_files([place(tmp_path)], patience=5, clock=lambda: float(next(ticks))))
    assert 1 <= len(found) < 6
    assert "too large" in caplog.text


LIKELY = st.sampled_from(
    [
        b'{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": 1}]}',
        b'{"ggufFile": {"rfilename": "../x.gguf"}, "mmprojFile": {"rfilename": ""}}',
        b"model_path: ..\nmmproj_path: \x00\n",
        b"model_path: " + b"a" * 5000,
        b"../../..",
        b"[" * 50_000,
    ]
)


@given(content=st.one_of(st.binary(max_size=200), LIKELY))
@settings(max_examples=40, deadline=None)
def test_whatever_descriptions_say_nothing_is_raised(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("found")
    write(folder / "manifests" / "registry.ollama.ai" / "library" / "m" / "t", content)
    write(folder / "manifest=a=b=c.json", content)
    write(folder / "models--a--b" / "refs" / "main", content)
    write(folder / "models--a--b" / "snapshots" / "r" / "m.gguf", content)
    write(folder / "x" / "model.yml", content)
    write(folder / "n.gguf", content)
    layouts: tuple[Layout, ...] = ("files", "hub", "flat", "jan", "ollama")
    assert look(*(place(folder, layout) for layout in layouts)) == ()


def test_only_the_heads_of_files_are_read(tmp_path: Path) -> None:
    content = model("M")
    path = write(tmp_path / "m.gguf", content)
    with path.open("r+b") as file:
        file.truncate(2**40)  # no disk has it: reading it to the end would take hours
    (found,) = look(place(tmp_path))
    assert found.bytes == 2**40
