"""The draft: text, attachments, warnings, and when it can be sent."""

from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from app.core.conversation import Audio, Document, Image
from app.session import draft as draft_module
from app.session.draft import detail_of, whole
from tests.data import MEDIA
from tests.gui.session.office import Office, png


def test_a_picture(office: Office) -> None:
    draft = office.chat.draft
    changes: list[str] = []
    draft.attachments_changed.connect(lambda: changes.append(draft.attachments[0].state))
    draft.add_file(str(MEDIA / "rotated.jpg"))
    (one,) = draft.attachments
    assert (one.name, one.kind, one.state) == ("rotated.jpg", "image", "reading")
    assert not draft.sendable
    office.until(lambda: draft.attachments[0].state == "ready")
    (one,) = draft.attachments
    assert one.detail == "480 × 384"
    assert one.warning == ""
    assert isinstance(one.part, Image)
    assert one.thumbnail_path
    assert office.chats.blob_path(one.part.blob).read_bytes() == Path(one.path).read_bytes()
    assert draft.sendable, "a picture needs no words"
    assert changes == ["reading", "ready"]


def test_a_sound_and_a_text(office: Office, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.flac", [0.0] * 8000 * 75, 8000)
    (tmp_path / "notes").write_text("one\ntwo\nthree\n")
    draft = office.chat.draft
    draft.add_file(str(tmp_path / "long.flac"))
    draft.add_file(str(tmp_path / "notes"))
    office.until(lambda: all(one.state == "ready" for one in draft.attachments))
    sound, text = draft.attachments
    assert (sound.kind, sound.detail) == ("audio", "1:15")
    assert (text.kind, text.detail) == ("document", "14 B, 3 lines")


def test_a_file_that_is_not_what_its_name_says(office: Office, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(png())
    draft = office.chat.draft
    draft.add_file(str(tmp_path / "a.txt"))
    assert draft.attachments[0].kind == "document"
    office.until(lambda: draft.attachments[0].state == "ready")
    assert draft.attachments[0].kind == "image"


def test_a_file_that_can_not_be_read(office: Office, tmp_path: Path) -> None:
    draft = office.chat.draft
    draft.text = "Look"
    draft.add_file(str(tmp_path / "gone.png"))
    draft.add_bytes(b"%PDF-1.7", "bill.pdf")
    office.until(lambda: all(one.state == "failed" for one in draft.attachments))
    gone, pdf = draft.attachments
    assert gone.problem is not None
    assert pdf.problem is not None
    assert "gone.png" in gone.problem.what
    assert "bill.pdf" in pdf.problem.what
    assert not draft.sendable
    draft.remove(gone.key)
    assert not draft.sendable
    draft.remove(pdf.key)
    assert draft.sendable


def test_a_full_disk(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_data: bytes) -> str:
        raise draft_module.AppError("The attachment could not be saved. The disk is full.", "Free")

    monkeypatch.setattr(office.desk.blobs, "put", full)
    office.chat.draft.add_bytes(png(), "shot.png")
    office.until(lambda: office.chat.draft.attachments[0].state == "failed")
    problem = office.chat.draft.attachments[0].problem
    assert problem is not None
    assert "disk is full" in problem.what


def test_removing_while_it_is_read(office: Office) -> None:
    draft = office.chat.draft
    draft.add_bytes(png(), "one.png")
    draft.add_bytes(png(colour="blue"), "two.png")
    draft.remove(draft.attachments[0].key)
    office.settle()
    assert [one.name for one in draft.attachments] == ["two.png"]
    assert draft.attachments[0].state == "ready"


def test_nothing_to_send(office: Office) -> None:
    draft = office.chat.draft
    assert not draft.sendable
    draft.text = " \n "
    assert not draft.sendable
    draft.text = "x"
    assert draft.sendable


def test_warnings_follow_the_model(office: Office) -> None:
    draft = office.chat.draft
    draft.text = "Look and listen"
    draft.add_bytes(png(), "shot.png")
    draft.add_file(str(MEDIA / "seven.wav"))
    office.until(lambda: all(one.state == "ready" for one in draft.attachments))
    assert [one.warning for one in draft.attachments] == ["", ""]
    assert draft.sendable

    office.shelf.reload()
    assert draft.sendable, "its files say that it sees and hears"
    office.engine.finish_loading(vision=True, audio=False)
    office.until(lambda: office.shelf.state == "ready")
    assert [one.warning for one in draft.attachments] == ["", "This model can't hear sounds"]
    assert not draft.sendable
    office.shelf.reload()
    office.engine.finish_loading(vision=False, audio=True)
    office.until(lambda: office.shelf.state == "ready")
    assert [one.warning for one in draft.attachments] == ["This model can't see pictures", ""]
    office.shelf.reload()
    office.engine.finish_loading()
    office.until(lambda: office.shelf.state == "ready")
    assert draft.sendable


def test_an_attachment_that_is_added_to_a_blind_model(reopen: Callable[[], Office]) -> None:
    office = reopen()
    office.load_model(vision=False, audio=False)
    draft = office.chat.draft
    draft.add_bytes(png(), "shot.png")
    office.until(lambda: draft.attachments[0].state == "ready")
    assert draft.attachments[0].warning == "This model can't see pictures"
    draft.text = "Look"
    assert not draft.sendable
    office.chat.send()
    assert not office.chat.busy


def test_without_a_model_nothing_can_be_sent(reopen: Callable[[], Office]) -> None:
    office = reopen()
    office.chat.draft.text = "Hello"
    assert not office.chat.draft.sendable
    office.shelf.start()
    office.until(lambda: office.shelf.state == "loading")
    assert office.chat.draft.sendable


def test_budget(office: Office) -> None:
    draft = office.chat.draft
    draft.add_bytes(png(), "shot.png")
    office.until(lambda: draft.attachments[0].state == "ready")
    draft.set_budget(draft.attachments[0].key, 1120)
    (one,) = draft.attachments
    assert one.budget == 1120
    assert isinstance(one.part, Image)
    assert one.part.budget == 1120
    draft.set_budget(999, 70)
    assert draft.attachments == (one,)


def photo(office: Office) -> None:
    office.chat.draft.add_bytes(png((1600, 1200)), "photo.png")
    office.until(lambda: office.chat.draft.attachments[-1].state == "ready")


def budget(office: Office) -> int:
    part = office.chat.draft.attachments[0].part
    assert isinstance(part, Image)
    return part.budget


def test_the_detail_is_settled_when_a_picture_is_added(office: Office) -> None:
    photo(office)
    assert budget(office) == 280
    assert office.chat.draft.attachments[0].budget == 0, "nobody has chosen it"
    office.send("Look")
    office.preferences.change(picture_budget=1120)
    (part,) = office.chat.entries[0].message.attachments
    assert isinstance(part, Image)
    assert part.budget == 280, "what was sent reads the same for ever"
    assert office.engine.questions[-1].prompt.turns[-1].media[0].budget == 280


def test_words_that_ask_to_read_give_more_detail_and_never_less(office: Office) -> None:
    photo(office)
    office.chat.draft.text = "What is this?"
    office.chat.draft.settle()
    assert budget(office) == 280
    office.chat.draft.text = "Read this to me"
    office.chat.draft.settle()
    assert budget(office) == 560
    office.chat.draft.text = "What is this?"
    office.chat.draft.settle()
    assert budget(office) == 560


def test_what_the_person_has_chosen_stays(office: Office, reopen: Callable[[], Office]) -> None:
    photo(office)
    draft = office.chat.draft
    draft.set_budget(draft.attachments[0].key, 70)
    draft.text = "Read this to me"
    draft.settle()
    office.preferences.change(picture_budget=1120)
    assert budget(office) == 70
    draft.flush()
    office = reopen()
    assert office.chat.draft.attachments[0].budget == budget(office) == 70
    key = office.chat.draft.attachments[0].key
    office.chat.draft.set_budget(key, 0)
    assert budget(office) == 1120, "as the settings say"


def test_other_settings_hold_for_what_is_not_sent_yet(office: Office) -> None:
    photo(office)
    office.preferences.change(picture_budget=70)
    assert budget(office) == 70
    office.preferences.change(picture_budget=0)
    assert budget(office) == 280


def test_a_draft_that_can_not_be_saved_is_said_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.jobs.run(lambda: office.database.query("PRAGMA query_only = ON"), lane="database")
    for text in ("a", "ab", "abc"):
        office.chat.draft.text = text
        office.chat.draft.flush()
        office.settle()
    assert len(office.problems) == 1
    office.jobs.run(lambda: office.database.query("PRAGMA query_only = OFF"), lane="database")
    office.chat.draft.flush()
    office.settle()
    assert len(office.problems) == 1


def test_drafts_are_saved_by_themselves(office: Office) -> None:
    office.chat.draft.text = "typed"
    office.until(lambda: office.count("drafts") == 1)
    office.chat.draft.text = ""
    office.until(lambda: office.count("drafts") == 0)


def test_details() -> None:
    assert detail_of(Image("", "", "", 1920, 1080)) == "1920 × 1080"
    assert detail_of(Audio("", "", "", 12.4)) == "0:12"
    assert detail_of(Audio("", "", "", 3599.6)) == "60:00"
    assert detail_of(Document("", "", "", "x" * 3999 + "\n")) == "4 KB, 1 line"
    assert detail_of(Document("", "", "", "ä\n" * 600_000)) == "1.8 MB, 600000 lines"


@given(st.text(st.characters()))
def test_whole_text_can_be_stored(text: str) -> None:
    clean = whole(text)
    clean.encode("utf-8")
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert clean == text
