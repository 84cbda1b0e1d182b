"""Settings, About, the picture viewer, details."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from app import __version__
from app.engine.messages import Device, Hello
from app.main import RESOURCES
from app.ui.dialogs.about import AboutDialog
from app.ui.dialogs.choice import Choice
from app.ui.dialogs.details import CrashDialog
from app.ui.dialogs.licences import shipped_fonts, shipped_packages
from app.ui.dialogs.model_facts import ModelFactsDialog
from app.ui.dialogs.picture import PictureDialog, read_picture
from app.ui.dialogs.settings import SettingsDialog
from app.ui.theme.controls import Button, Label
from tests.data import MODEL
from tests.gui.session.office import png
from tests.gui.ui.conftest import Desktop


@pytest.fixture
def opened_folders(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    return opened


def settings(desktop: Desktop) -> SettingsDialog:
    desktop.control(Qt.Key.Key_Comma)
    dialog = desktop.dialog()
    assert isinstance(dialog, SettingsDialog)
    return dialog


def choice(dialog: SettingsDialog, name: str) -> Choice[object]:
    (found,) = [
        one for one in dialog.findChildren(Choice) if one.accessibleName().startswith(f"{name}: ")
    ]
    return found


def button(dialog: object, text: str) -> Button:
    (found,) = [one for one in dialog.findChildren(Button) if one.text() == text]  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize(
    ("name", "words", "field", "value"),
    [
        ("Colours", "Dark", "theme", "dark"),
        ("Text size", "125 %", "text_percent", 125),
        ("Motion", "Reduced", "reduced_motion", "on"),
        ("Thinking", "On: better at hard questions, slower", "thinking", "on"),
        ("Read ahead", "Off: reads when you send", "read_ahead", False),
        ("Pictures of the screen", "Not kept: gone when they are put away", "keep_captures", False),
        ("Keep what was read of recent chats", "Up to 16 GB", "kept_disk", 16 * 10**9),
        ("Free the memory", "After 5 minutes", "unload_after", 5),
        ("Detail of pictures", "Low, 70 tokens: the gist, quickest", "picture_budget", 70),
    ],
)
def test_a_choice_is_in_effect_at_once(
    desktop: Desktop, name: str, words: str, field: str, value: object
) -> None:
    dialog = settings(desktop)
    desktop.click(choice(dialog, name))
    desktop.choose(words)
    assert getattr(desktop.office.preferences.settings, field) == value
    assert choice(dialog, name).value == value


def test_the_hub_and_its_token_can_be_set(desktop: Desktop) -> None:
    dialog = settings(desktop)
    dialog.endpoint.setText(" mirror.example ")
    dialog.token.setText("hf_secret")
    kept = desktop.office.preferences.settings
    assert (kept.hub_endpoint, kept.hub_token) == ("mirror.example", "hf_secret")
    assert "secret" not in dialog.token.displayText()
    dialog.close()
    assert settings(desktop).endpoint.text() == "mirror.example"


def test_another_context_loads_the_model_again(desktop: Desktop) -> None:
    dialog = settings(desktop)
    desktop.click(choice(dialog, "Context"))
    assert "8K tokens" not in desktop.entries(), "the model was made for 4,096"
    desktop.choose("2K tokens")
    assert desktop.office.preferences.settings.context == 2048
    desktop.until(lambda: desktop.office.engine.loads[-1].context == 2048)


CPU = Device("CPU", "A processor", "cpu")
GPU = Device("Vulkan0", "A graphics card", "gpu")


def test_what_computes_is_a_choice_only_where_there_is_one(desktop: Desktop) -> None:
    accelerator = Device("BLAS", "A library", "accelerator")
    desktop.dialogs.engine_started(Hello("b1", "x86", (CPU, accelerator)))
    dialog = settings(desktop)
    assert "Compute on" not in [label.text() for label in dialog.findChildren(Label)]


def test_another_device_loads_the_model_again(desktop: Desktop) -> None:
    twin = Device("Vulkan1", "A graphics card", "gpu")
    desktop.dialogs.engine_started(Hello("b1", "x86", (CPU, GPU, twin)))
    dialog = settings(desktop)
    desktop.click(choice(dialog, "Compute on"))
    assert list(desktop.entries()) == [
        "Automatic: the fastest with enough memory",
        "Processor",
        "A graphics card, Vulkan0",
        "A graphics card, Vulkan1",
    ]
    desktop.choose("A graphics card, Vulkan1")
    assert desktop.office.preferences.settings.device == "Vulkan1"
    desktop.until(lambda: desktop.office.engine.loads[-1].device == "Vulkan1")
    desktop.click(choice(dialog, "Compute on"))
    desktop.choose("Processor")
    desktop.until(lambda: desktop.office.engine.loads[-1].device == "cpu")


def test_a_device_that_is_gone_can_be_given_up(desktop: Desktop) -> None:
    desktop.office.preferences.change(device="CUDA0")
    desktop.dialogs.engine_started(Hello("b1", "x86", (CPU,)))
    dialog = settings(desktop)
    assert choice(dialog, "Compute on").text() == "CUDA0 (not found)"
    desktop.click(choice(dialog, "Compute on"))
    desktop.choose("Automatic: the fastest with enough memory")
    assert desktop.office.preferences.settings.device == ""


def test_the_system_prompt_goes_to_the_model_and_stays(
    open_desktop: Callable[..., Desktop],
) -> None:
    desktop = open_desktop()
    desktop.office.load_model()
    dialog = settings(desktop)
    dialog.prompt.setPlainText("Answer in one word.")
    dialog.close()
    desktop.office.send("Tides?")
    assert desktop.office.engine.questions[-1].prompt.turns[0].text == "Answer in one word."
    again = open_desktop()
    assert settings(again).prompt.toPlainText() == "Answer in one word."


def test_settings_open_the_data_folder(desktop: Desktop, opened_folders: list[str]) -> None:
    dialog = settings(desktop)
    desktop.click(button(dialog, "Open folder"))
    assert opened_folders == [str(desktop.office.paths.data_dir)]


def test_the_settings_follow_the_theme(desktop: Desktop) -> None:
    dialog = settings(desktop)
    desktop.theme.set_mode("dark")
    face = dialog.prompt.grab().toImage().pixelColor(40, 40).name().upper()
    assert face == desktop.theme.hex("surface")


# -- about -----------------------------------------------------------------------------------


def test_about_lists_what_is_shipped(desktop: Desktop) -> None:
    desktop.dialogs.engine_started(
        Hello("llama.cpp b4321", "x86", (Device("CPU", "A processor", "cpu"),))
    )
    desktop.window.open_about()
    dialog = desktop.dialog()
    assert isinstance(dialog, AboutDialog)
    words = "\n".join(label.text() for label in dialog.findChildren(Label))
    assert f"Facet {__version__}" in words
    assert "llama.cpp b4321" in words
    parts = [dialog.parts.item(row).text() for row in range(dialog.parts.count())]
    for name in ("PySide6", "llama_cpp_python", "numpy", "Inter", "JetBrainsMono"):
        assert any(part.startswith(name) for part in parts), name
    dialog.parts.setCurrentRow(next(i for i, part in enumerate(parts) if part.startswith("Inter")))
    assert "SIL OPEN FONT LICENSE" in dialog._text.toPlainText().upper()


def test_every_declared_dependency_is_listed() -> None:
    project = (RESOURCES.parent / "pyproject.toml").read_text("utf-8")
    declared = project.partition("dependencies = [")[2].partition("\n]")[0]
    names = set(re.findall(r'^    "([A-Za-z0-9-]+)', declared, re.MULTILINE))

    listed = {re.sub(r"[-_.]+", "-", part.name).lower() for part in shipped_packages()}

    assert len(names) > 10
    assert {name.lower() for name in names} <= listed


def test_every_part_names_its_licence(desktop: Desktop) -> None:
    for part in (*shipped_packages(), *shipped_fonts(RESOURCES / "fonts")):
        assert part.licence, part.name


def test_the_model_s_own_facts_are_told(desktop: Desktop) -> None:
    dialog = desktop.dialogs.model_facts(desktop.window)
    info = desktop.office.shelf.info

    assert isinstance(dialog, ModelFactsDialog)
    assert info is not None
    facts = dict(dialog.facts())
    assert facts["Architecture"] == info.architecture
    assert facts["Takes"] == "text, pictures, sounds"
    assert facts["Context"] == "4K tokens in use, trained for 4K"
    assert facts["Chat template"] == "In the file"
    shown = [label.text() for label in dialog.findChildren(Label)]
    assert all(value in shown for value in facts.values())


def test_without_a_model_there_are_no_facts(bare: Desktop) -> None:
    assert bare.dialogs.model_facts(bare.window) is None


# -- pictures --------------------------------------------------------------------------------


def viewer(desktop: Desktop, path: Path) -> PictureDialog:
    dialog = desktop.dialogs.picture(desktop.window, str(path), "meter.png")
    assert isinstance(dialog, PictureDialog)
    desktop.until(lambda: dialog._note.text())
    return dialog


def test_a_picture_is_fitted_zoomed_and_closed_by_keys(desktop: Desktop, tmp_path: Path) -> None:
    path = tmp_path / "meter.png"
    path.write_bytes(png((3000, 2000)))
    dialog = viewer(desktop, path)
    canvas = dialog.canvas
    assert dialog._note.text() == "3000 × 2000"
    assert canvas.fitted
    fitted = canvas.scale
    assert fitted < 1
    QTest.keyClick(canvas, Qt.Key.Key_1)
    assert canvas.scale == 1
    assert canvas.horizontalScrollBar().maximum() > 0
    QTest.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.scale == pytest.approx(1.25)
    assert dialog._percent.text() == "125 %"
    QTest.keyClick(canvas, Qt.Key.Key_0)
    assert canvas.fitted
    assert canvas.scale == fitted
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_a_small_picture_is_not_enlarged(desktop: Desktop, tmp_path: Path) -> None:
    path = tmp_path / "meter.png"
    path.write_bytes(png((40, 30)))
    assert viewer(desktop, path).canvas.scale == 1


def test_the_folder_of_a_picture(
    desktop: Desktop, tmp_path: Path, opened_folders: list[str]
) -> None:
    path = tmp_path / "meter.png"
    path.write_bytes(png())
    desktop.click(button(viewer(desktop, path), "Open folder"))
    assert opened_folders == [str(tmp_path)]


def test_a_picture_that_only_the_engine_reads_is_shown_small(tmp_path: Path) -> None:
    odd, small = tmp_path / "odd", tmp_path / "small.png"
    odd.write_bytes(b"8BPS and so on")
    small.write_bytes(png((30, 20)))
    image, size = read_picture(str(odd), str(small))
    assert (image.width(), image.height()) == (30, 20)
    assert size == image.size()
    assert read_picture(str(odd))[0].isNull()


def test_a_picture_that_is_gone_says_so(desktop: Desktop, tmp_path: Path) -> None:
    dialog = viewer(desktop, tmp_path / "gone.png")
    assert dialog._note.text() == "This picture can't be shown. Open its folder instead."


def test_a_click_on_a_chip_opens_its_picture(desktop: Desktop, tmp_path: Path) -> None:
    path = tmp_path / "meter.png"
    path.write_bytes(png((640, 480)))
    composer = desktop.window.page.composer
    composer.add_files([str(path)])
    desktop.until(lambda: desktop.office.chat.draft.attachments[0].state == "ready")
    desktop.settle()
    desktop.click(composer.chips.chips()[0]._tile)
    dialog = desktop.dialog()
    assert isinstance(dialog, PictureDialog)
    assert dialog.windowTitle() == "meter.png"
    desktop.until(lambda: dialog._note.text() == "640 × 480")


# -- details, models -------------------------------------------------------------------------


def test_the_report_of_a_fault_can_be_copied(desktop: Desktop, opened_folders: list[str]) -> None:
    dialog = desktop.dialogs.crash(desktop.window, "Traceback: something")
    assert isinstance(dialog, CrashDialog)
    assert dialog.windowTitle() == "Facet had a fault last time"
    desktop.click(button(dialog, "Copy"))
    assert QGuiApplication.clipboard().text() == "Traceback: something"
    button(dialog, "Copied")
    desktop.click(button(dialog, "Open the log folder"))
    assert opened_folders == [str(desktop.office.paths.log_dir)]


def test_a_gguf_file_is_opened(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy = tmp_path / "other.gguf"
    copy.write_bytes(MODEL.read_bytes())
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(copy), ""))
    desktop.window.open_model()
    desktop.until(lambda: desktop.office.engine.loads[-1].model == str(copy))


def test_a_file_that_is_no_model_is_named(
    desktop: Desktop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wrong = tmp_path / "letter.gguf"
    wrong.write_text("Dear reader")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(wrong), ""))
    desktop.window.open_model()
    desktop.until(desktop.window.page.notice.isVisible)
    assert "letter.gguf" in desktop.window.page.notice.text


def test_upright_size_of_a_turned_photo(tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "turned.jpg"
    photo = Image.new("RGB", (300, 200))
    exif = photo.getexif()
    exif[0x0112] = 6
    photo.save(path, exif=exif)
    image, size = read_picture(str(path))
    assert isinstance(image, QImage)
    assert (image.width(), image.height()) == (200, 300)
    assert (size.width(), size.height()) == (200, 300)
