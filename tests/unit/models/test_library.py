import logging
import os
import shutil
from pathlib import Path

import pytest

from app.core.errors import AppError
from app.core.settings import OpenedModel
from app.models.catalogue import Catalogue, ModelFile, ModelSpec, PythonPackage
from app.models.library import InstalledModel, Library, model_folders, starter_folder
from tests.data import MODEL, PROJECTOR
from tests.data.tiny_embedder import write_embedder
from tests.unit.models.gguf_bytes import model, projector

ALL = ("text", "image", "audio")


def spec(model_id: str, content: bytes, projector_content: bytes = b"") -> ModelSpec:
    files = [ModelFile("model", f"{model_id}.gguf", len(content))]
    if projector_content:
        files.append(ModelFile("projector", f"{model_id}-eyes.gguf", len(projector_content)))
    return ModelSpec(
        id=model_id,
        title=f"The {model_id}",
        description="Listed",
        architecture="llama",
        modalities=ALL if projector_content else ("text",),
        context=4096,
        quantisation="Q4_0",
        licence="MIT",
        source=PythonPackage("p", "1", "m"),
        files=tuple(files),
    )


def write(folder: Path, **files: bytes) -> None:
    """Files by name, written without the ending; dashes are written as underscores."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name.replace('_', '-')}.gguf").write_bytes(content)


def scan(*folders: Path, catalogue: Catalogue | None = None) -> tuple[InstalledModel, ...]:
    return Library(folders, catalogue or Catalogue()).scan()


def pairs(models: tuple[InstalledModel, ...]) -> dict[str, str | None]:
    return {m.id: m.projector.stem if m.projector else None for m in models}


def test_the_miniature_is_found_with_its_projector(tmp_path: Path) -> None:
    for path in (MODEL, PROJECTOR):
        shutil.copy(path, tmp_path)
    (found,) = scan(tmp_path)
    assert found.id == found.title == "mini-gemma4"
    assert found.projector == tmp_path / PROJECTOR.name
    assert found.modalities == ALL
    assert found.bytes == MODEL.stat().st_size + PROJECTOR.stat().st_size
    assert (found.architecture, found.context) == ("gemma4", 131072)


def test_a_model_alone_takes_text(tmp_path: Path) -> None:
    shutil.copy(MODEL, tmp_path)
    (found,) = scan(tmp_path)
    assert found.projector is None
    assert found.modalities == ("text",)


def test_a_listed_model_has_its_listed_name(tmp_path: Path) -> None:
    eyes = projector(audio=True)
    write(tmp_path, small=model(), small_eyes=eyes)
    (found,) = scan(tmp_path, catalogue=Catalogue((spec("small", model(), eyes),)))
    assert found == InstalledModel(
        id="small",
        title="The small",
        path=tmp_path / "small.gguf",
        projector=tmp_path / "small-eyes.gguf",
        modalities=ALL,
        bytes=len(model()) + len(eyes),
        architecture="llama",
        context=4096,
        quantisation="Q4_0",
        description="Listed",
        listed="small",
    )


def test_a_listed_model_of_another_size_is_another_model(tmp_path: Path) -> None:
    write(tmp_path, small=model("Impostor " * 9))
    (found,) = scan(tmp_path, catalogue=Catalogue((spec("small", model()),)))
    assert found.title == "Impostor " * 9
    assert found.id == str(tmp_path / "small.gguf")


def test_listed_models_come_first_in_their_order(tmp_path: Path) -> None:
    write(tmp_path, zeta=model("Z"), alpha=model("Beta"), other=model("Alpha"), beta=model("A" * 9))
    listed = Catalogue((spec("zeta", model("Z")), spec("beta", model("A" * 9))))
    found = scan(tmp_path, catalogue=listed)
    assert [each.id for each in found] == ["zeta", "beta", "other", "alpha"]


def test_projectors_go_to_the_model_they_were_made_for(tmp_path: Path) -> None:
    write(
        tmp_path,
        gemma_E2B_Q4_0=model("E2B", 1536),
        gemma_E4B_Q4_0=model("E4B", 2560),
        plain=model("Plain", 576),
        mmproj_one=projector(2560, audio=True),
        mmproj_two=projector(1536),
    )
    assert pairs(scan(tmp_path)) == {
        "gemma-E2B-Q4-0": "mmproj-two",
        "gemma-E4B-Q4-0": "mmproj-one",
        "plain": None,
    }


def test_of_several_that_fit_the_name_decides(tmp_path: Path) -> None:
    write(
        tmp_path,
        gemma_tuned_Q4=model("Tuned"),
        gemma_plain_Q4=model("Plain"),
        mmproj_gemma_tuned_F16=projector(),
        mmproj_gemma_plain_F16=projector(),
    )
    assert pairs(scan(tmp_path)) == {
        "gemma-tuned-Q4": "mmproj-gemma-tuned-F16",
        "gemma-plain-Q4": "mmproj-gemma-plain-F16",
    }


def test_a_projector_in_another_folder_is_not_taken(tmp_path: Path) -> None:
    write(tmp_path / "a", one=model())
    write(tmp_path / "b", mmproj=projector())
    assert pairs(scan(tmp_path)) == {"one": None}


def test_folders_are_searched_and_missing_ones_skipped(tmp_path: Path) -> None:
    write(tmp_path / "a" / "b" / "c", deep=model("Deep"))
    write(tmp_path / "a" / "b" / "c" / "d", too_deep=model("Too deep"))
    assert pairs(scan(tmp_path, tmp_path / "none")) == {"deep": None}


def test_one_file_by_two_ways_is_one_model(tmp_path: Path) -> None:
    write(tmp_path / "a", one=model())
    (tmp_path / "link").symlink_to(tmp_path / "a", target_is_directory=True)
    assert len(scan(tmp_path / "a", tmp_path / "link", tmp_path)) == 1


def test_the_same_name_in_two_folders_keeps_ids_apart(tmp_path: Path) -> None:
    write(tmp_path / "a", one=model("A"))
    write(tmp_path / "b", one=model("B"))
    assert {each.id for each in scan(tmp_path)} == {"one", str(tmp_path / "b" / "one.gguf")}


def test_a_model_in_parts_is_one_of_all_their_bytes(tmp_path: Path) -> None:
    write(tmp_path, big_00001_of_00002=model("Big"), big_00002_of_00002=model("Big"))
    (found,) = scan(tmp_path)
    assert found.bytes == 2 * len(model("Big"))


def test_broken_files_are_left_out_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, cut=model()[:-1], other=b"<html>", good=model(), adapter=b"")
    (tmp_path / "mmproj-cut.gguf").write_bytes(projector()[:-1])
    (tmp_path / "lora.gguf").write_bytes(model(**{"general.type": "adapter"}))
    with caplog.at_level(logging.WARNING, "log.models"):
        assert pairs(scan(tmp_path)) == {"good": None}
    for name in ("cut.gguf", "other.gguf", "adapter.gguf", "lora.gguf", "mmproj-cut.gguf"):
        assert name in caplog.text


def test_what_became_of_a_model_is_told(tmp_path: Path) -> None:
    write(tmp_path, cut=model()[:-1], small=model()[:-1])
    library = Library(
        [tmp_path], Catalogue((spec("small", model()[:-1]),)), [OpenedModel(str(tmp_path / "gone"))]
    )
    library.scan()
    assert "cut short" in library.missing("cut").what
    assert "cut short" in library.missing(str(tmp_path / "cut.gguf")).what
    for name in ("never.gguf", str(tmp_path / "gone")):
        error = library.missing(name)
        assert error.what.startswith(f"{Path(name).name} is not there any more")
        assert error.code == "model-gone"
    (tmp_path / "small.gguf").unlink()
    library.scan()
    assert library.missing("small").what.startswith("The small is not there any more")
    (tmp_path / "cut.gguf").unlink()
    library.scan()
    assert library.missing("cut").code == "model-gone"


def test_files_are_remembered_and_forgotten(tmp_path: Path) -> None:
    write(tmp_path, one=model("One"), mmproj=projector())
    path = tmp_path / "one.gguf"
    library = Library([], Catalogue())
    library.remember(OpenedModel(str(path), str(tmp_path / "mmproj.gguf"), "Named"))
    (found,) = library.scan()
    assert (found.title, found.origin, found.modalities) == ("Named", "opened", ("text", "image"))
    (tmp_path / "mmproj.gguf").unlink()
    assert library.scan()[0].modalities == ("text",), "it goes on without"
    path.unlink()
    assert library.scan() == ()
    write(tmp_path, one=model("One"))
    assert len(library.scan()) == 1, "it is back"
    library.forget(path)
    assert library.scan() == ()


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    library = Library([tmp_path], Catalogue())
    write(tmp_path, one=model("Before"))
    assert library.scan()[0].title == "Before"
    write(tmp_path, one=model("Afterwards"))
    assert library.scan()[0].title == "Afterwards"
    (tmp_path / "one.gguf").unlink()
    assert library.scan() == ()


def test_opened_files_come_last_and_only_while_they_are_there(tmp_path: Path) -> None:
    write(tmp_path / "models", one=model("One"))
    write(tmp_path / "elsewhere", two=model("Two"), mmproj=projector())
    opened = [
        OpenedModel(str(tmp_path / "gone.gguf")),
        OpenedModel(str(tmp_path / "models" / "one.gguf")),
        OpenedModel(str(tmp_path / "elsewhere" / "two.gguf")),
    ]
    found = Library([tmp_path / "models"], Catalogue(), opened).scan()
    assert [each.title for each in found] == ["One", "Two"]
    assert found[1].id == str(tmp_path / "elsewhere" / "two.gguf")
    assert found[1].modalities == ("text", "image")


def test_settings_that_name_no_possible_file_are_no_trouble(tmp_path: Path) -> None:
    write(tmp_path, one=model("One"))
    long = str(tmp_path / ("x" * 5000))
    opened = [
        OpenedModel(long),
        OpenedModel("\0"),
        OpenedModel(str(tmp_path / "one.gguf"), long),
        OpenedModel(str(tmp_path / "one.gguf"), "\0"),
    ]
    (found,) = Library([], Catalogue(), opened).scan()
    assert (found.title, found.projector) == ("One", None)
    assert scan(Path(long), Path("\0"), tmp_path)[0].title == "One"


def describe(path: Path, with_projector: Path | None = None) -> InstalledModel:
    return Library([], Catalogue()).describe(path, with_projector)


def test_describe_finds_the_projector_or_takes_the_one_named(tmp_path: Path) -> None:
    write(tmp_path, one=model(), mmproj_a=projector(), hidden=projector(audio=True))
    path = tmp_path / "one.gguf"
    assert describe(path).projector == tmp_path / "mmproj-a.gguf"
    named = describe(path, tmp_path / "hidden.gguf")
    assert named.projector == tmp_path / "hidden.gguf"
    assert named.modalities == ALL
    assert named.id == str(path)


@pytest.mark.parametrize(
    ("chosen", "with_projector", "said"),
    [
        ("mmproj-a", None, "mmproj-a.gguf is a projector"),
        ("one", "one", "one.gguf is a model, not a projector"),
        ("one", "mmproj-b", "mmproj-b.gguf was made for another model than one.gguf"),
        ("one", "gone", "gone.gguf can't be read"),
        ("gone", None, "gone.gguf can't be read"),
        ("embedder", None, "compares texts, but writes none"),
        ("half-00001-of-00002", None, "half-00002-of-00002.gguf is missing"),
    ],
)
def test_describe_says_what_does_not_go_together(
    tmp_path: Path, chosen: str, with_projector: str | None, said: str
) -> None:
    write(tmp_path, one=model(), mmproj_a=projector(), mmproj_b=projector(128))
    write(tmp_path, embedder=model(**{"llama.pooling_type": 1}), half_00001_of_00002=model())
    named = tmp_path / f"{with_projector}.gguf" if with_projector else None
    with pytest.raises(AppError) as caught:
        describe(tmp_path / f"{chosen}.gguf", named)
    assert said in caught.value.what
    assert caught.value.next_step


def test_folders_can_be_named_in_the_environment(tmp_path: Path) -> None:
    named = {"FACET_MODELS_DIR": f"/a{os.pathsep}/b"}
    folders = model_folders(tmp_path, named)
    assert folders == (Path("/a"), Path("/b"), tmp_path, starter_folder())
    assert model_folders(tmp_path, {}) == (tmp_path, starter_folder())


def test_a_model_that_makes_vectors_is_no_model_to_talk_to(tmp_path: Path) -> None:
    library = Library([tmp_path], Catalogue())
    write(tmp_path, broken=b"GGUF, but not really", chat=model("gemma4"))
    assert library.embedder() is None
    path = write_embedder(tmp_path / "embedder.gguf")
    assert library.embedder() == path
    assert [one.id for one in library.scan()] == ["chat"]
