"""Documents in a chat: attached, asked about as a whole, looked at, removed."""

import threading
from pathlib import Path
from typing import Any

import pytest

from app.core.conversation import Document, Outcome, Role, Stats
from app.core.document import Extract
from app.core.errors import AppError
from app.core.prompt import Turn
from app.core.reading.tasks import DocumentTask, words
from app.session.document_tasks import as_typed, task_of
from tests.data.pdf_files import simple
from tests.gui.session.office import Office
from tests.gui.session.reading import attach, extract


def question(office: Office) -> Turn:
    """The last turn of the newest prompt."""
    return office.engine.questions[-1].prompt.turns[-1]


def test_a_pdf_is_read_once_and_for_all(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "two.pdf"
    path.write_bytes(simple(["The first page.", "The second page."]).written())
    draft = office.chat.draft
    draft.add_file(str(path))
    assert draft.attachments[0].state == "reading"
    office.until(lambda: draft.attachments[0].state == "ready")
    (one,) = draft.attachments
    assert (one.kind, one.detail, one.notes, one.fraction) == ("document", "2 pages", (), 1.0)
    assert isinstance(one.part, Document)
    assert (one.part.pages, one.part.text) == (2, "")
    kept = office.desk.documents.extract_of(one.part.blob)
    assert kept is not None
    assert "second page" in kept.pages[1].text

    office.desk.documents.reader.close()
    office.desk.documents.reader = None  # type: ignore[assignment]  # whoever asks it fails
    office.send("What is it?")
    office.chats.new_chat()
    (tmp_path / "other name.pdf").write_bytes(path.read_bytes())
    draft = office.chat.draft
    draft.add_file(str(tmp_path / "other name.pdf"))
    office.until(lambda: draft.attachments[0].state == "ready")
    office.desk.documents.reader = Slow()  # type: ignore[assignment]  # to be closed at the end


class Slow:
    """A reader that reads until it is stopped."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.stopped = threading.Event()

    def extract(self, _path: Path, name: str, *, told: Any, stop: Any, **_rest: Any) -> Extract:
        told(3, 12)
        self.began.set()
        assert stop.wait(20)
        self.stopped.set()
        raise AppError(f"{name} was not read.", code="document-stopped")

    def close(self) -> None:
        pass


def test_removing_the_chip_stops_the_reader(office: Office, tmp_path: Path) -> None:
    office.desk.documents.reader.close()
    slow = Slow()
    office.desk.documents.reader = slow  # type: ignore[assignment]
    (tmp_path / "long.pdf").write_bytes(b"%PDF-1.7")
    draft = office.chat.draft
    draft.add_file(str(tmp_path / "long.pdf"))
    office.until(lambda: draft.attachments[0].fraction == 0.25)
    assert not draft.sendable
    draft.remove(draft.attachments[0].key)
    assert draft.attachments == ()
    assert slow.stopped.wait(20)
    office.settle()
    assert draft.attachments == ()
    assert office.problems == []


def test_a_locked_pdf_waits_for_its_password(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "locked.pdf"
    path.write_bytes(simple(["A secret."]).written(password="open"))
    draft = office.chat.draft
    draft.add_file(str(path))
    office.until(lambda: draft.attachments[0].state == "locked")
    (one,) = draft.attachments
    assert not draft.sendable
    draft.unlock(one.key, "wrong")
    assert draft.attachments[0].state == "reading"
    office.until(lambda: draft.attachments[0].state == "locked")
    draft.unlock(one.key, "open")
    office.until(lambda: draft.attachments[0].state == "ready")
    part = draft.attachments[0].part
    assert isinstance(part, Document)
    assert office.desk.documents.password_of(part.blob) == "open"
    kept = office.desk.documents.extract_of(part.blob)
    assert kept is not None
    assert "secret" in kept.pages[0].text


def test_what_a_document_lacks_is_said_and_it_can_be_sent(office: Office, tmp_path: Path) -> None:
    read = extract()
    scan = read.pages[2].__class__(3, "", source="picture", read=False)
    read = Extract(
        "part.pdf", "pdf", "page", (*read.pages[:2], scan), 4, missing=("Page 4 is damaged.",)
    )
    one = attach(office, tmp_path, read)
    assert one.notes == ("Page 4 is damaged.",)
    assert office.chat.draft.sendable
    office.shelf.reload()
    office.until(lambda: len(office.engine.loads) == 2)
    office.engine.finish_loading(vision=False, audio=False)
    office.until(lambda: len(office.chat.draft.attachments[0].notes) == 2)
    assert office.chat.draft.attachments[0].notes[1] == (
        "This model can't see pictures: 1 of 4 pages, 3."
    )
    assert office.chat.draft.sendable


def test_a_document_that_fits_stands_at_the_head_of_the_chat(
    office: Office, tmp_path: Path
) -> None:
    attach(office, tmp_path, extract())
    office.chat.draft.text = "When was it opened?"
    office.until(lambda: office.engine.preparations)
    office.until(lambda: "When was" in office.engine.preparations[-1].prompt.turns[-1].text)
    ahead = office.engine.preparations[-1].prompt
    office.chat.send()
    office.until(lambda: office.engine.questions)
    asked = office.engine.questions[-1]
    assert asked.prompt == ahead, "sending finds what was read ahead"
    assert asked.chat == office.chat.id
    assert question(office).text.startswith("Contents of the file bridge.pdf, 3 pages:")
    assert question(office).text.endswith("When was it opened?")
    office.engine.write("In 1874 [p. 1].")
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    reading = office.chat.entries[-1].message.reading
    assert reading is not None
    assert not reading.paused
    (coverage,) = reading.coverage
    assert coverage.complete
    assert (coverage.how, coverage.read) == ("whole", (1, 2, 3))

    first = asked.prompt.turns
    office.exchange("And how long is it?", "62 metres [p. 3].")
    assert office.engine.questions[-1].prompt.turns[: len(first)] == first
    assert office.chat.entries[-1].message.reading is not None
    saved = office.saved()
    assert saved[1].reading == reading
    (part,) = saved[0].attachments
    assert isinstance(part, Document)
    assert part.how == "whole"


def test_a_task_reads_short_and_is_asked_in_full(office: Office, tmp_path: Path) -> None:
    attach(office, tmp_path, extract())
    task = DocumentTask("points")
    assert task in office.chat.tasks
    office.chat.draft.text = "Only numbers."
    office.chat.send(task=task)
    office.until(lambda: office.engine.questions)
    said = office.chat.entries[0].message.text
    assert said == "Key points of this document\n\nOnly numbers."
    assert office.chat.title == "bridge.pdf"
    assert question(office).text.endswith(words(DocumentTask("points", question="Only numbers.")))
    office.engine.fail("It broke.")
    office.until(lambda: not office.chat.busy)
    before = question(office)
    office.chat.retry(office.chat.entries[-1].id)
    office.until(lambda: len(office.engine.questions) == 2)
    assert question(office) == before


def test_a_document_alone_is_summarised(office: Office, tmp_path: Path) -> None:
    attach(office, tmp_path, extract())
    office.chat.send()
    office.until(lambda: office.engine.questions)
    assert office.chat.entries[0].message.text == "Summarise this document"
    assert question(office).text.endswith(words(DocumentTask("summarise")))


def test_an_edited_question_keeps_its_document(office: Office, tmp_path: Path) -> None:
    attach(office, tmp_path, extract())
    office.exchange("What is it?", "A bridge.")
    office.chat.edit(office.chat.entries[-1].id)
    assert office.chat.documents == ()
    assert office.chat.draft.attachments[0].detail == "3 pages"
    office.send("What is it, then?")
    assert question(office).text.startswith("Contents of the file bridge.pdf")


def test_several_documents_have_numbers_and_shares_and_can_be_removed(
    office: Office, tmp_path: Path
) -> None:
    changes: list[int] = []
    office.chat.documents_changed.connect(lambda: changes.append(len(office.chat.documents)))
    attach(office, tmp_path, extract())
    office.exchange("What is it?", "A bridge [p. 1].")
    attach(office, tmp_path, extract())
    assert office.chat.tasks[0].kind == "summarise", "the same one is not compared with itself"
    office.chat.draft.remove(office.chat.draft.attachments[-1].key)
    attach(office, tmp_path, extract(name="other.pdf"))
    assert office.chat.tasks[0].kind == "compare", "with the one that is in the chat"
    office.exchange("And this?", "Another [2: p. 1].")
    one, two = office.chat.documents
    assert (one.number, two.number) == (1, 2)
    assert (one.document.name, two.document.name) == ("bridge.pdf", "other.pdf")
    assert one.share > 100
    assert "[2: p. 1]" in office.engine.questions[-1].prompt.turns[2].text

    office.chat.remove_document(one.document.blob)
    assert [left.document.name for left in office.chat.documents] == ["other.pdf"]
    assert changes[-1] == 1
    office.exchange("Still there?", "One of them.")
    turns = office.engine.questions[-1].prompt.turns
    assert turns[0].text == "(The file bridge.pdf was here. It has been removed.)\n\nWhat is it?"
    assert "[2: p. 1]" in turns[2].text, "it is called what it was called"
    parts = [part for message in office.saved() for part in message.attachments]
    assert [part.how for part in parts if isinstance(part, Document)] == ["removed", "whole"]


@pytest.mark.parametrize("writing", [False, True])
def test_the_share_of_a_document_that_is_removed_is_free_at_once(
    office: Office, tmp_path: Path, *, writing: bool
) -> None:
    attach(office, tmp_path, extract())
    told: list[tuple[int, int]] = []
    office.chat.context_changed.connect(lambda *context: told.append(context))
    office.send("What is it?")
    (one,) = office.chat.documents
    assert one.share > 100
    if writing:
        office.chat.remove_document(one.document.blob)
    office.engine.write("A bridge.")
    office.engine.end(stats=Stats(context_used=one.share + 50, context_size=8192))
    office.until(lambda: not office.chat.busy)
    if not writing:
        assert office.chat.context == (one.share + 50, 8192)
        office.chat.remove_document(one.document.blob)
    assert office.chat.context == (50, 8192)
    assert told[-1] == (50, 8192)


def test_a_document_that_is_removed_meanwhile_goes_with_the_answer(
    office: Office, tmp_path: Path
) -> None:
    one = attach(office, tmp_path, extract())
    assert one.part is not None
    office.send("What is it?")
    office.chat.remove_document(one.part.blob)
    assert office.chat.documents == ()
    office.engine.write("A bridge.")
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    assert office.chat.entries[-1].message.reading is not None
    office.exchange("And now?", "It is gone.")
    assert "It has been removed." in office.engine.questions[-1].prompt.turns[0].text
    assert office.chat.entries[-1].message.reading is None
    (part,) = office.saved()[0].attachments
    assert isinstance(part, Document)
    assert part.how == "removed"


def test_citations_are_looked_up(office: Office, tmp_path: Path) -> None:
    attach(office, tmp_path, extract())
    checked: list[str] = []
    office.chat.checked.connect(checked.append)
    office.exchange("When?", "It was opened in 1874 [p. 1]. It has 7 arches [p. 2]. See [p. 9].")
    entry = office.chat.entries[-1].id
    office.until(lambda: checked == [entry])
    found = office.chat.check(entry)
    assert [verdict.state for _citation, verdict in found] == ["found", "not_found", "no_page"]
    assert "1874" in found[0][1].passage


def test_citations_of_a_stored_chat_are_looked_up_when_they_are_wanted(
    office: Office, tmp_path: Path, reopen: Any
) -> None:
    attach(office, tmp_path, extract())
    office.exchange("When?", "It was opened in 1874 [p. 1].")
    chat, entry = office.chat.id, office.chat.entries[-1].id
    office = reopen()
    office.chats.open(chat)
    office.until(lambda: office.chat.id == chat)
    assert office.chat.check(entry) == ()
    office.until(lambda: office.chat.check(entry))
    assert office.chat.check(entry)[0][1].state == "found"


def test_a_document_that_the_store_has_lost_is_read_again(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "two.pdf"
    path.write_bytes(simple(["The first page.", "The second page."]).written())
    office.chat.draft.add_file(str(path))
    office.until(lambda: office.chat.draft.attachments[0].state == "ready")
    office.exchange("What?", "Two pages.")
    for kept in office.paths.extracts.iterdir():
        kept.unlink()
    office.desk.documents._memory.clear()
    path.unlink()
    office.send("And what else?")
    assert "The second page." in office.engine.questions[-1].prompt.turns[0].text


def test_a_document_that_is_gone_is_said(office: Office, tmp_path: Path) -> None:
    one = attach(office, tmp_path, extract())
    assert one.part is not None
    office.chats.blob_path(one.part.blob).unlink()
    office.desk.documents._memory.clear()
    for kept in office.paths.extracts.iterdir():
        kept.unlink()
    office.send("What is it?", asked=False)
    office.until(lambda: not office.chat.busy)
    answer = office.chat.entries[-1].message
    assert answer.outcome is Outcome.FAILED
    assert "bridge.pdf is no longer in Facet's folder." in answer.error


def test_a_question_waits_until_it_is_known_what_the_model_takes(
    office: Office, tmp_path: Path
) -> None:
    attach(office, tmp_path, extract())
    office.shelf.reload()
    office.until(lambda: len(office.engine.loads) == 2)
    office.send("What is it?", asked=False)
    office.settle()
    assert office.engine.questions == []
    assert office.chat.busy
    office.chat.stop()
    assert not office.chat.busy, "one need not wait for the model to stop"
    assert office.chat.entries[-1].message.outcome is Outcome.STOPPED
    office.chat.retry(office.chat.entries[-1].id)
    office.settle()
    assert office.engine.questions == []
    office.engine.finish_loading()
    office.until(lambda: office.engine.questions)
    office.engine.write("A bridge.")
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    assert office.chat.entries[-1].message.role is Role.ASSISTANT


@pytest.mark.parametrize("count", [1, 2])
def test_a_title_says_which_task_it_is(count: int) -> None:

    for task in (
        DocumentTask("summarise"),
        DocumentTask("summarise", "short"),
        DocumentTask("summarise", "detailed"),
        DocumentTask("points"),
        DocumentTask("questions"),
        DocumentTask("table"),
        DocumentTask("translate", language="Norwegian Bokmål"),
        DocumentTask("compare"),
        DocumentTask("explain"),
        DocumentTask("transcribe", question="Who speaks?\n\nAnd when?"),
    ):
        assert task_of(as_typed(task, count)) == task


def test_translate_is_about_what_was_said_unless_a_document_is_meant() -> None:

    assert task_of("Translate into German", new=True).kind == "translate"
    assert task_of("Translate into German", new=False).kind == "ask"
    assert task_of("Translate this document into German", new=False).kind == "translate"


def test_a_folder_is_a_document(office: Office, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "add.py").write_text("def add(a, b):\n    return a + b\n")
    draft = office.chat.draft
    draft.add_file(str(tmp_path / "code"))
    office.until(lambda: draft.attachments[0].state == "ready")
    assert draft.attachments[0].detail == "1 file"
    assert [task.kind for task in office.chat.tasks] == ["explain", "summarise"]
    office.send("What does it do?")
    assert "return a + b" in question(office).text
    for kept in office.paths.extracts.iterdir():
        kept.unlink()
    office.desk.documents._memory.clear()
    office.engine.end()
    office.until(lambda: not office.chat.busy)
    (tmp_path / "code" / "add.py").write_text("changed\n")
    office.send("And now?")
    first = office.engine.questions[-1].prompt.turns[0].text
    assert "return a + b" in first, "what was read counts, whatever became of the files"
