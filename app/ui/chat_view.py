"""The transcript of the open chat: what the session tells is shown, what is pressed is ordered."""

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import __version__
from app.core.conversation import Audio, Document, Image, Message, Outcome, Video
from app.session.chat import ChatSession, Entry
from app.session.chats import Chats
from app.session.models import ModelShelf
from app.ui import figures
from app.ui.theme.theme import Theme
from app.ui.transcript import words
from app.ui.transcript.rows import Action
from app.ui.transcript.view import TranscriptView

NEW_CHAT, LARGER_CONTEXT, RETRY, EDIT = "new-chat", "larger-context", "retry", "edit"
RESUME = "resume"
TOO_LONG = "too_long"  # the engine's code for a message that no context has room for


class ChatView(QWidget):
    """A TranscriptView wired to a ChatSession. Remembers for each chat how far it was scrolled."""

    scrolled = Signal(bool)  # whether something is above what is in sight
    picture_wanted = Signal(str, str)  # path and name
    document_wanted = Signal(object)  # a Document to read
    sound_wanted = Signal(object)  # an Audio to hear, or a Video to see
    citation_opened = Signal(str, int)  # entry id, number of the citation in the answer
    save_wanted = Signal(str)  # entry id of an answer to be saved as a file
    aloud_wanted = Signal(str, str)  # entry id of an answer, words of it ("" for all)
    new_chat_wanted = Signal()
    editing = Signal()  # a question has gone back to the composer

    def __init__(
        self, theme: Theme, chats: Chats, shelf: ModelShelf, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._chats = chats
        self._shelf = shelf
        self._session: ChatSession | None = None
        self._places: dict[str, int] = {}  # how far chats were scrolled that did not follow
        self.transcript = TranscriptView(theme, chats.thumbnail)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.transcript)
        self.transcript.scrolled.connect(self.scrolled)
        self.transcript.retry_requested.connect(self._retry)
        self.transcript.action_requested.connect(self._act)
        self.transcript.picture_opened.connect(self._open_picture)
        self.transcript.attachment_opened.connect(self._open_file)
        self.transcript.sources_shown.connect(self._show_checked)
        self.transcript.citation_opened.connect(self.citation_opened)
        self.transcript.save_requested.connect(self.save_wanted)
        self.transcript.aloud_requested.connect(self.aloud_wanted)
        self.transcript.link_clicked.connect(lambda link: QDesktopServices.openUrl(QUrl(link)))

    def set_session(self, session: ChatSession) -> None:
        """Show ``session`` from now on, as far scrolled as it was left."""
        self._leave()
        self._session = session
        session.entry_added.connect(self._add_entry)
        session.entry_removed.connect(self.transcript.remove_entry)
        session.progress.connect(self.transcript.set_progress)
        session.trimmed.connect(self._trimmed)
        session.unseen.connect(self.transcript.set_notice)
        session.thought_added.connect(self.transcript.add_thought)
        session.text_added.connect(self.transcript.add_text)
        session.answer_finished.connect(self._finished)
        session.reading_changed.connect(self.transcript.set_reading)
        session.checked.connect(self._show_checked)
        self.transcript.show_conversation(session.entries)
        place = self._places.get(session.id)
        if place is not None:
            self.transcript.verticalScrollBar().setValue(place)

    def show_opened(self, entry_id: str, number: int) -> None:
        """The citation ``number`` of an answer is open beside the chat; "" and -1 for none."""
        self.transcript.set_opened(entry_id, number)

    def focus_transcript(self) -> None:
        """Give the keyboard to the transcript."""
        self.transcript.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def look_for(self, wanted: str, backwards: bool) -> tuple[int, int]:
        """Go to the next place with the words ``wanted``: which one, from 1, and how many there
        are."""
        return self.transcript.find_words(wanted, backwards)

    # -- inside -----------------------------------------------------------------------------

    def _leave(self) -> None:
        session = self._session
        if session is None:
            return
        session.entry_added.disconnect(self._add_entry)
        session.entry_removed.disconnect(self.transcript.remove_entry)
        session.progress.disconnect(self.transcript.set_progress)
        session.trimmed.disconnect(self._trimmed)
        session.unseen.disconnect(self.transcript.set_notice)
        session.thought_added.disconnect(self.transcript.add_thought)
        session.text_added.disconnect(self.transcript.add_text)
        session.answer_finished.disconnect(self._finished)
        session.reading_changed.disconnect(self.transcript.set_reading)
        session.checked.disconnect(self._show_checked)
        if self.transcript.following:
            self._places.pop(session.id, None)
        else:
            self._places[session.id] = self.transcript.verticalScrollBar().value()

    def _add_entry(self, entry: Entry) -> None:
        self.transcript.add_entry(entry)
        writing = entry.message.outcome is Outcome.WRITING
        if writing and self._session is not None and self._session.documents:
            self.transcript.show_sources(entry.id)

    def _show_checked(self, entry_id: str) -> None:
        """Show what has been found out about the citations of an answer, or have it found out."""
        if self._session is not None and (checked := self._session.check(entry_id)):
            self.transcript.set_checked(entry_id, checked)

    def _finished(self, entry_id: str, message: Message) -> None:
        self.transcript.finish(entry_id, message)
        if message.outcome is Outcome.CONTEXT:
            title = self.tr("The answer ended because the context is full.")
            text = self.tr("Its words stay. A new chat, or a larger context, has more room.")
            retry = Action(RETRY, self.tr("Retry"), "quiet")
            self.transcript.fail(entry_id, title, text, (*self._more_room(), retry))
        if message.outcome is not Outcome.FAILED:
            return
        actions: tuple[Action, ...] = (Action(RETRY, self.tr("Retry"), "primary", "retry"),)
        if self._session is not None and self._session.failure_code(entry_id) == TOO_LONG:
            # As it is, a second try would fail like the first.
            edit = Action(EDIT, self.tr("Edit the message"), "primary", "text")
            actions = (edit, *self._larger(), Action(RETRY, self.tr("Retry"), "quiet"))
        title, text = words.error_parts(message.error)
        self.transcript.fail(entry_id, title, text, actions, _details(message))

    def _trimmed(self, entry_id: str, dropped: int, needed: int, context: int) -> None:
        """The oldest turns were left out: say so, and offer what helps."""
        self.transcript.set_notice(entry_id, words.left_out(dropped), self._more_room())

    def _more_room(self) -> tuple[Action, ...]:
        """What helps when a chat has outgrown the context."""
        return (*self._larger(), Action(NEW_CHAT, self.tr("Start a new chat"), "quiet"))

    def _larger(self) -> tuple[Action, ...]:
        """The offer of a larger context, where the model can have one."""
        larger = self._larger_context()
        if not larger:
            return ()
        offer = self.tr("Use {0} of context").format(figures.tokens(larger))
        return (Action(LARGER_CONTEXT, offer, "quiet"),)

    def _larger_context(self) -> int:
        """The context twice as large, as far as the model was made for it; 0 if it is at its
        largest."""
        info = self._shelf.info
        if info is None or info.context >= info.trained_context:
            return 0
        return min(2 * info.context, info.trained_context)

    def _act(self, entry_id: str, action: str) -> None:
        if action == NEW_CHAT:
            self.new_chat_wanted.emit()
        elif action == LARGER_CONTEXT:
            self._shelf.reload(self._larger_context())
        elif action == RESUME and self._session is not None:
            self._session.resume(entry_id)
        elif action == EDIT and self._session is not None:
            self._session.edit(entry_id)
            self.editing.emit()

    def _retry(self, entry_id: str) -> None:
        if self._session is not None:
            self._session.retry(entry_id)

    def _open_picture(self, picture: Image) -> None:
        self.picture_wanted.emit(str(self._chats.blob_path(picture.blob)), picture.name)

    def _open_file(self, part: Audio | Document | Video) -> None:
        if isinstance(part, Document):
            self.document_wanted.emit(part)
        else:
            self.sound_wanted.emit(part)


def _details(message: Message) -> str:
    """What is known of an answer that failed, without a word of the conversation."""
    lines = [f"Facet {__version__}, model: {message.model or 'none'}", message.error]
    if message.stats is not None:
        stats = message.stats
        lines.append(f"Prompt: {stats.prompt_tokens} tokens")
        lines += words.effort(stats)
        lines.append(f"Answer: {stats.answer_tokens} tokens")
        lines.append(f"Context: {stats.context_used} of {stats.context_size} tokens")
    return "\n".join(lines)
