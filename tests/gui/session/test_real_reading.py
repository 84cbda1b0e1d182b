"""Documents with the real engine and the miniature model: what was read is not read again."""

from pathlib import Path

from app.core.conversation import Outcome, Stats
from app.core.reading.tasks import DocumentTask
from tests.gui.session.office import Office
from tests.gui.session.reading import Stages, attach, extract


def answered(office: Office) -> Stats:
    """The figures of the last answer, once it is there."""
    office.until(lambda: not office.chat.busy)
    message = office.chat.entries[-1].message
    assert message.outcome in (Outcome.DONE, Outcome.LENGTH), message.error
    assert message.stats is not None
    return message.stats


def test_a_document_is_evaluated_once_whatever_chat_it_is_in(
    real_office: Office, tmp_path: Path
) -> None:
    office = real_office
    read = extract(3, 30)
    one = attach(office, tmp_path, read)
    office.until(lambda: office.chat.preparation.stage(one.part) == "read")
    document = office.chat.preparation.tokens_read
    assert document is not None
    assert document > 500
    office.chat.draft.text = "What is the capital of France?"
    office.chat.send()
    first = answered(office)
    assert first.cached_tokens > document - 20, "all but the end of what was read ahead"
    office.chat.draft.text = "And of Spain?"
    office.chat.send()
    second = answered(office)
    assert second.cached_tokens >= first.prompt_tokens

    office.chats.new_chat()
    attach(office, tmp_path, read)
    office.chat.draft.text = "What colour is the sky?"
    office.chat.send()
    third = answered(office)
    assert third.cached_tokens > document - 20
    reading = office.chat.entries[-1].message.reading
    assert reading is not None
    assert reading.coverage[0].complete


def test_a_long_document_is_summarised(real_office: Office, tmp_path: Path) -> None:
    office = real_office
    stages = Stages(office)
    attach(office, tmp_path, extract(12, 90))
    office.chat.send(task=DocumentTask("summarise", "short"))
    answered(office)
    message = office.chat.entries[-1].message
    assert message.reading is not None
    (coverage,) = message.reading.coverage
    assert coverage.how == "sections"
    assert coverage.read == tuple(range(1, 13))
    assert any(label.startswith("Section 2 of") for label in stages.labels())
    assert stages.labels()[-1] == "Writing the answer"
