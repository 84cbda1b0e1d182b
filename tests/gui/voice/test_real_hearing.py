"""A deaf model and one that hears, both real: what was said is written down by the one and asked of
the other."""

import shutil
from pathlib import Path

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.core.conversation import Audio, Outcome
from app.engine.client import Engine
from app.session.dictation import Dictation
from app.session.hearing import Hearing
from app.session.recorder import Spoken
from app.session.speech import Speech
from tests.data import HEARD, MEDIA, MODEL, PROJECTOR
from tests.gui.session.office import ONLY_MINI, Office


def test_a_deaf_model_answers_what_was_said(tmp_path: Path, qtbot: QtBot) -> None:
    models = tmp_path / "models"
    for name in ("deaf", "mini"):
        (models / name).mkdir(parents=True)
    shutil.copy(MODEL, models / "deaf" / "deaf.gguf")
    shutil.copy(MODEL, models / "mini" / MODEL.name)
    shutil.copy(PROJECTOR, models / "mini" / PROJECTOR.name)
    office = Office.open(tmp_path / "data", Engine(tmp_path / "engine.log"), qtbot, models)
    parent = QObject()
    try:
        office.preferences.change(model="deaf", thinking="off")
        office.shelf.start()
        office.until(lambda: office.shelf.state == "ready")
        assert not office.shelf.takes("audio")
        hearing = Hearing(
            office.shelf, Dictation(office.thread, office.shelf, parent), ONLY_MINI, parent
        )
        speech = Speech(office.desk, hearing, parent)
        failures: list[object] = []
        for turn in (1, 2):
            speech.attach(
                office.chat.draft,
                office.chats.blob_path,
                Spoken((MEDIA / "seven.wav").read_bytes(), 2.0),
                speech.tokens_before(office.chat),
                lambda: office.chat.send(),
                failures.append,
            )
            office.until(lambda turn=turn: len(office.chat.entries) == 2 * turn)
            office.until(lambda: not office.chat.busy)
        assert not failures
        assert office.shelf.current is not None
        assert office.shelf.current.id == "deaf"
        asked = [entry.message for entry in office.chat.entries[::2]]
        answers = [entry.message for entry in office.chat.entries[1::2]]
        for message in asked:
            (part,) = message.attachments
            assert isinstance(part, Audio)
            assert part.transcript == HEARD["seven.wav"]
        assert [answer.outcome for answer in answers] == [Outcome.DONE] * 2
        assert all(answer.text for answer in answers)
    finally:
        office.close()
