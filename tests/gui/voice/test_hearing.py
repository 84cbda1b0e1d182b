"""Models that don't hear: it is said before anything is recorded, and another one writes it down;
dictation; a model that only hears what comes first."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from app.core.conversation import Audio, Outcome, Stats
from app.core.prompt import Prompt
from app.core.speech.prompts import transcribe
from app.engine.messages import LoadFailed
from app.models.catalogue import Catalogue, load_catalogue
from app.session.recorder import wav_of
from app.session.senses import hears_first
from app.ui.transcript.user_message import UserMessage
from tests.data import MODEL, PROJECTOR
from tests.gui.session.fake_engine import info
from tests.gui.session.office import ONLY_MINI, png
from tests.gui.ui.conftest import Desktop
from tests.gui.voice.conftest import Spoken
from tests.gui.voice.speaking import hum


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """One that is deaf and one that hears."""
    folder = tmp_path / "models"
    for name in ("deaf", "mini"):
        (folder / name).mkdir(parents=True)
    shutil.copy(MODEL, folder / "deaf" / "deaf.gguf")
    shutil.copy(MODEL, folder / "mini" / MODEL.name)
    shutil.copy(PROJECTOR, folder / "mini" / PROJECTOR.name)
    return folder


def open_with(
    open_desktop: Callable[..., Desktop], models: Path, catalogue: Catalogue = ONLY_MINI
) -> Spoken:
    """A window in which the deaf model of ``models`` is loaded."""
    desktop = open_desktop(models, model="deaf")
    desktop.office.load_model(vision=False, audio=False)
    assert desktop.office.shelf.current is not None
    assert desktop.office.shelf.current.path.name == "deaf.gguf"
    return Spoken.to(desktop, catalogue)


@pytest.fixture
def deaf(open_desktop: Callable[..., Desktop], models: Path) -> Iterator[Spoken]:
    spoken = open_with(open_desktop, models)
    yield spoken
    spoken.close()


def action(spoken: Spoken, words: str) -> QPushButton:
    """A button of the notice."""
    buttons = spoken.desktop.window.page.notice.findChildren(QPushButton)
    return next(one for one in buttons if one.text() == words)


def loaded(spoken: Spoken) -> list[str]:
    """The files that the engine was told to load, in order."""
    return [Path(load.model).name for load in spoken.desktop.office.engine.loads]


def prompt_of(spoken: Spoken, place: int) -> Prompt:
    return spoken.questions[place].prompt


def agree(spoken: Spoken) -> None:
    """Press the one button, and the microphone is open."""
    spoken.press()
    spoken.release()
    QApplication.processEvents()
    action(spoken, "Let Mini Gemma write it down first").click()
    spoken.until(lambda: spoken.sound.port is not None)


def test_it_is_said_before_anything_is_recorded(deaf: Spoken) -> None:
    deaf.press()
    deaf.release()
    QApplication.processEvents()
    assert "can't hear speech" in deaf.notice
    assert "Mini Gemma can write it down first" in deaf.notice
    assert not deaf.sound.asked
    assert not deaf.voice.row.isVisible()
    assert deaf.composer.edit.text() == ""


def test_without_another_model_it_names_one_to_fetch(
    open_desktop: Callable[..., Desktop], models: Path
) -> None:
    shutil.rmtree(models / "mini")
    spoken = open_with(open_desktop, models, load_catalogue())
    wanted: list[bool] = []
    spoken.desktop.window.page.models_wanted.connect(lambda: wanted.append(True))
    spoken.press()
    spoken.release()
    QApplication.processEvents()
    assert "Gemma 4 E2B can. It is on the page of models." in spoken.notice
    action(spoken, "Models").click()
    assert wanted
    assert not spoken.sound.asked
    spoken.close()


def test_another_model_writes_it_down_and_the_chosen_one_answers(deaf: Spoken) -> None:
    engine, office = deaf.desktop.office.engine, deaf.desktop.office
    agree(deaf)
    assert not deaf.notice
    assert "Mini Gemma writes it down" in deaf.voice.hint.text()
    deaf.say()
    deaf.desktop.key(Qt.Key.Key_Return)
    deaf.until(lambda: loaded(deaf)[-1] == MODEL.name)
    assert deaf.voice.row.words.text() == "Mini Gemma writes down what you said…"
    assert office.preferences.settings.model == "deaf", "the choice stays"
    engine.finish_loading()
    deaf.until(lambda: deaf.questions)
    (turn,) = prompt_of(deaf, 0).turns
    assert turn.text == transcribe()
    assert [media.kind for media in turn.media] == ["audio"]
    assert prompt_of(deaf, 0).thinking is False
    engine.write("How late is it?")
    engine.end()
    deaf.until(lambda: loaded(deaf)[-1] == "deaf.gguf")
    engine.finish_loading(vision=False, audio=False)
    deaf.until(lambda: len(deaf.questions) == 2)
    (asked,) = prompt_of(deaf, 1).turns
    assert asked.text == "How late is it?"
    assert not asked.media
    (part,) = office.chat.entries[0].message.attachments
    assert isinstance(part, Audio)
    assert part.transcript == "How late is it?"
    assert office.chat.title == "How late is it?"
    view = deaf.desktop.window.page.chat_view
    assert view is not None
    shown = view.transcript.widget_of(office.chat.entries[0].id)
    assert isinstance(shown, UserMessage)
    assert shown.text is not None
    assert shown.text.toPlainText() == "How late is it?"
    assert office.shelf.current is not None
    assert office.chat.entries[1].message.model == office.shelf.current.title != "Mini Gemma"
    assert not deaf.voice.row.isVisible()
    # It has been agreed to: the next time Space is held it just works.
    engine.write("Late.")
    engine.end()
    deaf.until(lambda: not office.chat.busy)
    deaf.hold()
    assert not deaf.notice


def test_writing_down_can_be_given_up_and_the_sound_stays(deaf: Spoken) -> None:
    agree(deaf)
    deaf.say()
    deaf.desktop.key(Qt.Key.Key_Return)
    deaf.until(lambda: loaded(deaf)[-1] == MODEL.name)
    deaf.desktop.key(Qt.Key.Key_Escape)
    deaf.until(lambda: loaded(deaf)[-1] == "deaf.gguf")
    engine = deaf.desktop.office.engine
    engine.say(info(engine.loads[-2].model))  # which it was at
    engine.finish_loading(vision=False, audio=False)
    deaf.until(lambda: deaf.desktop.office.shelf.state == "ready")
    assert not deaf.voice.row.isVisible()
    (one,) = deaf.attachments
    deaf.until(lambda: deaf.attachments[0].warning)
    assert one.kind == "audio"
    assert not [one for one in deaf.questions if one.chat]


def test_another_choice_of_the_model_counts_more(deaf: Spoken) -> None:
    office = deaf.desktop.office
    agree(deaf)
    deaf.say()
    deaf.desktop.key(Qt.Key.Key_Return)
    deaf.until(lambda: loaded(deaf)[-1] == MODEL.name)
    office.shelf.select(ONLY_MINI.models[0].id)  # for good
    assert office.preferences.settings.model == ONLY_MINI.models[0].id
    deaf.desktop.key(Qt.Key.Key_Escape)
    deaf.desktop.settle()
    assert loaded(deaf) == ["deaf.gguf", MODEL.name], "the former one does not come back"


def test_a_listener_that_cannot_be_loaded_is_told(deaf: Spoken) -> None:
    agree(deaf)
    deaf.say()
    deaf.desktop.key(Qt.Key.Key_Return)
    deaf.until(lambda: loaded(deaf)[-1] == MODEL.name)
    failure = LoadFailed("Mini Gemma has no room.", "Close something.", "memory")
    deaf.desktop.office.engine.say(failure)
    deaf.until(lambda: loaded(deaf)[-1] == "deaf.gguf")
    deaf.until(lambda: "has no room" in deaf.notice)
    assert len(deaf.attachments) == 1, "what was said is kept"
    assert not deaf.voice.row.isVisible()


def test_a_file_is_written_down_as_well_and_then_sent(deaf: Spoken, tmp_path: Path) -> None:
    file = tmp_path / "note.wav"
    file.write_bytes(wav_of(hum(2.0).tobytes(), 16000))
    deaf.composer.add_files([str(file)])
    deaf.until(lambda: [bool(one.warning) for one in deaf.attachments] == [True])
    deaf.desktop.key(Qt.Key.Key_Return)
    QApplication.processEvents()
    assert "can't hear speech" in deaf.notice
    action(deaf, "Let Mini Gemma write it down first").click()
    deaf.until(lambda: loaded(deaf)[-1] == MODEL.name)
    engine = deaf.desktop.office.engine
    engine.finish_loading()
    deaf.until(lambda: deaf.questions)
    engine.write("Milk and eggs.")
    engine.end()
    deaf.until(lambda: loaded(deaf)[-1] == "deaf.gguf")
    engine.finish_loading(vision=False, audio=False)
    deaf.until(lambda: len(deaf.questions) == 2)
    assert prompt_of(deaf, 1).turns[-1].text == "Milk and eggs."
    assert deaf.composer.edit.text() == ""


def test_a_dictation_that_is_given_up_writes_nothing_afterwards(spoken: Spoken) -> None:
    engine = spoken.desktop.office.engine
    spoken.composer.dictate()
    spoken.until(lambda: spoken.sound.port is not None)
    spoken.say()
    spoken.desktop.key(Qt.Key.Key_Return)
    spoken.until(lambda: spoken.questions)
    spoken.desktop.key(Qt.Key.Key_Escape)
    assert not spoken.voice.row.isVisible()
    engine.write("too late")
    engine.end(outcome=Outcome.STOPPED)
    spoken.desktop.type("Hello")
    spoken.desktop.settle()
    assert spoken.composer.edit.text() == "Hello"


def test_dictation_writes_into_the_message_as_it_comes(spoken: Spoken) -> None:
    engine = spoken.desktop.office.engine
    spoken.desktop.type("Dear Ann,")
    spoken.desktop.control(Qt.Key.Key_D)
    spoken.until(lambda: spoken.sound.port is not None)
    assert spoken.voice.hint.text().startswith("Enter writes it into the message.")
    spoken.say()
    spoken.desktop.key(Qt.Key.Key_Return)
    spoken.until(lambda: spoken.questions)
    assert spoken.voice.row.words.text() == "Writing it down…"
    assert prompt_of(spoken, 0).turns[0].text == transcribe()
    assert spoken.questions[0].chat == ""
    engine.write("thank you")
    spoken.until(lambda: spoken.composer.edit.text() == "Dear Ann, thank you")
    assert not spoken.voice.row.isVisible()
    engine.write(" for\nthe book. ")
    engine.end()
    spoken.until(lambda: spoken.composer.edit.text() == "Dear Ann, thank you for the book.")
    spoken.desktop.type(" Yours, Bea")
    assert spoken.composer.edit.text() == "Dear Ann, thank you for the book. Yours, Bea"
    assert not spoken.attachments
    assert not spoken.desktop.office.chat.entries


def test_dictation_that_fails_says_so_and_leaves_the_message(spoken: Spoken) -> None:
    spoken.desktop.type("Dear Ann,")
    spoken.composer.dictate()
    spoken.until(lambda: spoken.sound.port is not None)
    spoken.say()
    spoken.desktop.key(Qt.Key.Key_Return)
    spoken.until(lambda: spoken.questions)
    spoken.desktop.office.engine.end(outcome=Outcome.DONE)
    spoken.until(lambda: spoken.notice)
    assert spoken.notice.startswith("No words were heard")
    assert spoken.composer.edit.text().strip() == "Dear Ann,"
    spoken.desktop.type("x")
    assert spoken.composer.edit.text().endswith("x"), "it can be written on"


def test_a_short_press_can_become_a_dictation(spoken: Spoken) -> None:
    spoken.tap()
    spoken.say()
    spoken.voice.row.write_button.click()
    spoken.until(lambda: spoken.questions)
    spoken.desktop.office.engine.write("two words")
    spoken.desktop.office.engine.end()
    spoken.until(lambda: spoken.composer.edit.text() == "two words")


@pytest.fixture
def early(open_desktop: Callable[..., Desktop], tmp_path: Path) -> Iterator[Spoken]:
    """A model that understands only sounds that come first."""
    folder = tmp_path / "models"
    folder.mkdir()
    shutil.copy(MODEL, folder / "gemma-4-12b-it.gguf")
    shutil.copy(PROJECTOR, folder / "mmproj-gemma-4-12b-it.gguf")
    desktop = open_desktop(folder)
    desktop.office.load_model()
    assert hears_first(desktop.office.shelf)
    spoken = Spoken.to(desktop)
    yield spoken
    spoken.close()


def test_a_sound_stands_first_for_a_model_that_only_hears_early_ones(early: Spoken) -> None:
    early.desktop.office.chat.draft.add_bytes(png(), "page.png")
    early.until(lambda: [one.state for one in early.attachments] == ["ready"])
    early.hold()
    early.say()
    early.release()
    early.until(lambda: early.questions)
    (turn,) = prompt_of(early, 0).turns
    assert [media.kind for media in turn.media] == ["audio", "image"]


def test_a_late_sound_is_written_down_by_the_model_itself(early: Spoken) -> None:
    office = early.desktop.office
    office.send("Tell me a story.")
    office.engine.write("Once upon a time.")
    office.engine.end(stats=Stats(context_used=900, context_size=4096))
    early.until(lambda: not office.chat.busy)
    early.hold()
    early.say()
    early.release()
    early.until(lambda: len(early.questions) == 2)
    assert prompt_of(early, 1).turns[0].text == transcribe()
    assert len(loaded(early)) == 1, "no other model is loaded"
    office.engine.write("And then?")
    office.engine.end()
    early.until(lambda: len(early.questions) == 3)
    asked = prompt_of(early, 2).turns[-1]
    assert (asked.text, asked.media) == ("And then?", ())
