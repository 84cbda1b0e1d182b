"""What of an answer goes into a file: its words, with what they rest on at the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from app.core import reading
from app.core.conversation import Reading
from app.session.chat import ChatSession
from app.ui.transcript import coverage_words

if TYPE_CHECKING:
    from app.core.reading.citations import Citation, Verdict


@dataclass(frozen=True)
class AnswerFile:
    """An answer to be written. ``checked`` are all citations in ``text``, in order, with what was
    found out about them (None before that); ``documents`` are names by the numbers that citations
    have for them."""

    title: str
    text: str
    reading: Reading | None = None
    checked: "Sequence[tuple[Citation, Verdict | None]]" = ()
    documents: Mapping[int, str] | None = None

    def markdown(self) -> str:
        """The whole as Markdown: the answer, then its sources and how much of them was read."""
        parts = [self._marked_text().strip()]
        sources = self._sources()
        if sources or self.reading is not None:
            parts.append("---")
        if sources:
            parts.append(f"**{_say('Sources')}**")
            parts.append("\n".join(sources))
        if self.reading is not None and self.reading.coverage:
            parts += [_escaped(line) for line in self._coverage()]
        return "\n\n".join(parts) + "\n"

    def _marked_text(self) -> str:
        """The words, with a remark after each citation that does not hold."""
        parts: list[str] = []
        done = 0
        for citation, verdict in self.checked:
            remark = {
                "not_found": _say("not found in the text"),
                "no_page": _say("no such page"),
            }.get(verdict.state if verdict is not None else "")
            if remark:
                parts.append(f"{self.text[done : citation.end]} *({remark})*")
                done = citation.end
        return "".join((*parts, self.text[done:]))

    def _sources(self) -> list[str]:
        """A line for each document that is cited, with the places."""
        names = dict(self.documents or {})
        cited: dict[int, list[str]] = {}
        for citation, _verdict in self.checked:
            places = cited.setdefault(citation.document, [])
            label = citation.label.removeprefix(f"{citation.document}: ")
            if label not in places:
                places.append(label)
        lines = []
        for place, (number, labels) in enumerate(sorted(cited.items()), start=1):
            name = names.get(number, _say("Document {0}").format(number))
            lines.append(f"{place}. {_escaped(name)}: {_escaped(', '.join(labels))}")
        return lines

    def _coverage(self) -> list[str]:
        assert self.reading is not None
        said = [_sentence(coverage_words.summary(self.reading).text)]
        for one in self.reading.coverage:
            if len(self.reading.coverage) > 1 or len(one.left_out) > 1:
                said += [f"{one.name}: {line}" for line in one.left_out]
        verdicts = [verdict for _, verdict in self.checked if verdict is not None]
        if verdicts:
            found = sum(verdict.state == "found" for verdict in verdicts)
            words = _say("{0} of {1} citations were found in the text.")
            said.append(words.format(found, len(verdicts)))
        return said


def answer_file(session: ChatSession, entry_id: str) -> AnswerFile | None:
    """What of an answer of ``session`` goes into a file; None if there is no such answer."""
    entry = next((one for one in session.entries if one.id == entry_id), None)
    if entry is None:
        return None
    message = entry.message
    checked: Sequence[tuple[Citation, Verdict | None]] = session.check(entry_id)
    if not checked and message.reading is not None:
        checked = [(citation, None) for citation in reading.find(message.text)]
    names = {one.number: one.document.name for one in session.documents}
    if message.reading is not None and len(message.reading.coverage) == 1:
        names.setdefault(1, message.reading.coverage[0].name)
    return AnswerFile(session.title, message.text, message.reading, checked, names)


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _escaped(words: str) -> str:
    """Words as Markdown that says just them."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#|~" else letter for letter in words)


def _say(text: str) -> str:
    return QCoreApplication.translate("Export", text)
