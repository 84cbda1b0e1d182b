"""Takes in the composer: the chip, hearing and trimming them; sounds of the transcript."""

import io
import wave
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.core.conversation import Audio
from app.desktop.player.child import NO_DEVICE, UNREADABLE
from app.session.recorder import wav_of
from app.session.takes import levels_of, part_of
from app.ui.composer.chip import Chip
from app.ui.voice.take_dialog import TakeDialog
from app.ui.voice.waveform import Waveform, height_of
from tests.gui.voice.conftest import Spoken
from tests.gui.voice.speaking import hum, silence


@pytest.fixture
def take(spoken: Spoken) -> Spoken:
    """With something that was said in the composer: 1 s of silence, then 2 s of sound."""
    spoken.desktop.office.chat.draft.add_spoken(
        wav_of(silence(1.0).tobytes() + hum(2.0).tobytes(), 16000), 3.0
    )
    spoken.until(lambda: [one.state for one in spoken.attachments] == ["ready"])
    QApplication.processEvents()
    return spoken


def part(spoken: Spoken) -> Audio:
    (one,) = spoken.attachments
    assert isinstance(one.part, Audio)
    return one.part


def path(spoken: Spoken) -> Path:
    return spoken.desktop.office.chats.blob_path(part(spoken).blob)


def chip(spoken: Spoken) -> Chip:
    (found,) = spoken.composer.chips.chips()
    return found


def opened(spoken: Spoken) -> TakeDialog:
    """The dialog behind the chip."""
    QTest.mouseClick(chip(spoken), Qt.MouseButton.LeftButton, pos=chip(spoken).rect().center())
    dialog = spoken.desktop.dialog()
    assert isinstance(dialog, TakeDialog)
    spoken.desktop.settle()
    return dialog


# -- the chip --------------------------------------------------------------------------------


def test_the_chip_says_what_it_is_and_plays(take: Spoken) -> None:
    assert chip(take).accessibleName() == "Voice message, 0:03"
    played: list[Audio] = []
    take.desktop.window.page.sound_wanted.connect(played.append)
    tile = chip(take)._tile
    assert tile.accessibleName() == "Play Voice message"
    take.desktop.click(tile)
    assert played == [part(take)]
    chip(take).set_playing(part(take).blob)
    assert tile.accessibleName() == "Stop Voice message"
    chip(take).set_playing("")
    assert tile.accessibleName() == "Play Voice message"


def test_the_chip_can_be_removed(take: Spoken) -> None:
    chip(take).setFocus()
    take.desktop.key(Qt.Key.Key_Delete, widget=chip(take))
    assert not take.attachments


def test_beginning_and_end_are_cut_away(take: Spoken) -> None:
    dialog = opened(take)
    assert not dialog.keep_button.isEnabled()
    assert dialog.length.text() == "3.0 s"
    wave_shown = dialog.wave
    wave_shown.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(wave_shown, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(wave_shown, Qt.Key.Key_Tab)
    QTest.keyClick(wave_shown, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert (wave_shown.start, wave_shown.end) == (1.0, 2.0)
    assert dialog.length.text() == "1.0 of 3.0 s"
    before = path(take)
    dialog.keep_button.click()
    take.until(lambda: take.attachments[0].state == "ready" and path(take) != before)
    assert part(take).seconds == pytest.approx(1.0)
    assert part(take).spoken
    with wave.open(io.BytesIO(path(take).read_bytes())) as file:
        assert file.readframes(file.getnframes()) == hum(1.0).tobytes()


def test_the_mouse_moves_the_nearer_handle(take: Spoken) -> None:
    shown = opened(take).wave
    QTest.mousePress(shown, Qt.MouseButton.LeftButton, pos=shown.rect().center() / 2)
    QTest.mouseRelease(shown, Qt.MouseButton.LeftButton)
    assert 0.5 < shown.start < 1.0
    assert shown.end == 3.0
    shown.nudge(9.0)
    assert shown.start == pytest.approx(2.7), "something has to stay"


def test_it_is_removed_from_the_dialog(take: Spoken) -> None:
    opened(take).remove_button.click()
    assert not take.attachments


def test_a_sound_that_was_not_said_is_only_played(spoken: Spoken, tmp_path: Path) -> None:
    file = tmp_path / "note.wav"
    file.write_bytes(wav_of(hum(2.0).tobytes(), 16000))
    spoken.composer.add_files([str(file)])
    spoken.until(lambda: [one.state for one in spoken.attachments] == ["ready"])
    QApplication.processEvents()
    played: list[Audio] = []
    spoken.desktop.window.page.sound_wanted.connect(played.append)
    take = chip(spoken)
    QTest.mouseClick(take, Qt.MouseButton.LeftButton, pos=take.rect().center())
    assert played == [part(spoken)]


# -- looking at a take -----------------------------------------------------------------------


def test_how_loud_a_take_is(take: Spoken) -> None:
    levels = levels_of(path(take))
    assert len(levels) == 60
    assert max(levels[:20]) == 0.0
    assert min(levels[22:]) > 0.01


def test_a_part_of_a_take(take: Spoken) -> None:
    kept = part_of(path(take), 1.0, 9.0)
    assert kept.seconds == pytest.approx(2.0)
    with wave.open(io.BytesIO(kept.wav)) as file:
        assert file.readframes(file.getnframes()) == hum(2.0).tobytes()


def test_bars_follow_the_time(spoken: Spoken) -> None:
    shown = Waveform(spoken.desktop.theme)
    shown.show_levels([0.1] * 300, 30.0)  # 15 of 30 seconds
    assert len(shown.bars(400)) == 50
    shown.show_levels([0.0] * 10 + [0.2] * 10, 1.0)
    bars = shown.bars(80)
    assert len(bars) == 20
    assert set(bars[:10]) == {0.0}
    assert min(bars[10:]) > 0.5
    shown.show_levels([], 30.0)
    assert shown.bars(400) == []
    shown.deleteLater()


def test_loudness_is_seen_as_it_is_heard() -> None:
    assert height_of(0.0) == 0.0
    assert height_of(1.0) == 1.0
    assert 0.2 < height_of(0.01) < height_of(0.1) < 0.9


# -- playing ---------------------------------------------------------------------------------


def test_what_cannot_be_played_is_said(spoken: Spoken, tmp_path: Path) -> None:
    player, told = spoken.talking.player, []
    player.failed.connect(told.append)
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF, but no sound")
    player.play(broken)
    assert player.playing == broken
    spoken.until(lambda: told)
    assert told[0].code == "sound-damaged"
    assert player.playing is None


@pytest.mark.parametrize(("code", "told"), [(NO_DEVICE, "sound-output"), (UNREADABLE, "sound-dam")])
def test_exit_codes_become_words(spoken: Spoken, code: int, told: str) -> None:
    problems = []
    spoken.talking.player.failed.connect(problems.append)
    spoken.talking.player._finished(code, QProcess.ExitStatus.NormalExit)
    assert problems[0].code.startswith(told)
    assert problems[0].next_step


def test_nothing_is_played_while_somebody_speaks(take: Spoken) -> None:
    player = take.talking.player
    player.play(path(take))
    assert player.playing is not None
    take.composer.edit.setFocus()
    take.hold()
    assert player.playing is None
