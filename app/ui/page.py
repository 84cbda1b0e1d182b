"""The right side of the window: header, transcript or empty state, composer."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from app.core.errors import AppError
from app.desktop.player.player import Player
from app.session.chat import ChatSession
from app.session.chats import Chats
from app.session.draft import DraftAttachment
from app.session.models import ModelShelf
from app.session.preferences import Preferences
from app.session.talking import Talking
from app.ui.composer.composer import Composer
from app.ui.empty_state import EmptyState
from app.ui.find_bar import FindBar
from app.ui.header import Header
from app.ui.notice import Action, Notice
from app.ui.overlays import UndoBar
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import READING_WIDTH

NARROW = 800  # px; the width of the window below which margins shrink

if TYPE_CHECKING:
    from app.session.hands_free import HandsFree
    from app.session.read_aloud import ReadAloud
    from app.ui.chat_view import ChatView


class ChatPage(QWidget):
    """Shows the open chat and lets one write in it."""

    open_model_wanted = Signal()
    models_wanted = Signal()
    picture_wanted = Signal(str, str)  # path and name of a picture to show large
    document_wanted = Signal(object)  # a Document to read
    citation_opened = Signal(str, int)  # the answer's id, which of its citations
    save_wanted = Signal(str)  # the id of an answer to be saved as a file
    sound_wanted = Signal(object)  # an Audio to hear
    new_chat_wanted = Signal()
    settings_wanted = Signal()

    def __init__(
        self,
        theme: Theme,
        chats: Chats,
        shelf: ModelShelf,
        preferences: Preferences,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._chats = chats
        self._shelf = shelf
        self._session: ChatSession | None = None
        self._aloud: ReadAloud | None = None
        self._hands_free: HandsFree | None = None
        self._converses_soon = False  # it was asked for before it was ready
        self.chat_view: ChatView | None = None
        self.header = Header(theme, shelf)
        self.header.open_model_wanted.connect(self.open_model_wanted)
        self.header.find_wanted.connect(self.open_find)
        self.empty = EmptyState(theme, shelf)
        self.empty.open_model_wanted.connect(self.open_model_wanted)
        self.empty.models_wanted.connect(self.models_wanted)
        self.composer = Composer(theme, shelf, preferences)
        self.empty.files_wanted.connect(self.composer.choose_files)
        self.notice = Notice(theme)
        self.composer.refused.connect(self._refused)
        self.composer.picture_opened.connect(self._open_attachment)
        self.composer.document_opened.connect(self.document_wanted)
        self.composer.sound_opened.connect(self.sound_wanted)
        self.composer.sent.connect(lambda: self.notice.dismiss("refused"))

        body = QWidget()
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self.empty)
        dock = QVBoxLayout()
        dock.setSpacing(8)
        dock.addWidget(self.notice)
        dock.addWidget(self.composer)
        self._dock = QHBoxLayout()
        self._dock.addStretch(1)
        self._dock.addLayout(dock, 1000)
        self._dock.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(body, 1)
        column.addLayout(self._dock)

        self.find_bar = FindBar(theme, self)
        self.find_bar.wanted.connect(self._find)
        self.find_bar.closed.connect(self._find_closed)
        self.undo = UndoBar(theme, self)
        chats.current_changed.connect(self._show_session)
        shelf.state_changed.connect(self._model_changed)
        theme.changed.connect(self._fit)
        self._show_session(chats.current)

    # -- orders -----------------------------------------------------------------------------

    def set_talking(self, talking: Talking) -> None:
        """Let messages be spoken."""
        voice = self.composer.set_talking(talking, self._chats)
        talking.player.changed.connect(lambda: self._show_playing(talking.player))
        voice.told.connect(self._tell_voice)
        voice.silent.connect(lambda: self.notice.dismiss("voice"))
        voice.models_wanted.connect(self.models_wanted)
        voice.settings_wanted.connect(self.settings_wanted)

    def set_aloud(self, aloud: "ReadAloud") -> None:
        """Let answers of the open chat be read aloud."""
        self._aloud = aloud
        aloud.changed.connect(self._show_aloud)
        aloud.problem.connect(self.show_problem)
        if self._session is not None:
            aloud.set_session(self._session)

    def set_hands_free(self, hands_free: "HandsFree") -> None:
        """Let a conversation go on without hands."""
        self._hands_free = hands_free
        hands_free.changed.connect(self._show_hands_free)
        if (voice := self.composer.voice) is not None:
            voice.converses = True
            voice.hands_free_wanted.connect(self.converse)
        if self._converses_soon:
            hands_free.start()

    def converse(self) -> None:
        """Begin a conversation without hands, or end it. Right after the start it begins as soon as
        it can; nothing happens where nobody can talk."""
        if self._hands_free is None or not self.isVisible():
            self._converses_soon = self._hands_free is None
        elif self._hands_free.on:
            self._hands_free.stop()
        else:
            self._hands_free.start()

    def _show_hands_free(self) -> None:
        hands_free, voice = self._hands_free, self.composer.voice
        assert hands_free is not None
        assert voice is not None
        voice.conversing = hands_free.on
        if not hands_free.on:
            self.notice.dismiss("hands-free")
            return
        what, next_step = hands_free.words
        end = (self.tr("End"), hands_free.stop)
        self.notice.tell(what, next_step, kind="info", subject="hands-free", actions=(end,))

    def silence(self) -> bool:
        """Stop reading aloud, and a conversation without hands; False if there was none."""
        if self._hands_free is not None and self._hands_free.on:
            self._hands_free.stop()
            return True
        if self._aloud is None or not self._aloud.reading:
            return False
        self._aloud.stop()
        return True

    def focus_composer(self) -> None:
        """Give the keyboard to the text."""
        self.composer.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_transcript(self) -> None:
        """Give the keyboard to the transcript, or to what stands in its place."""
        if self._stack.currentWidget() is self.empty:
            rows = self.empty.rows()
            if rows:
                rows[0].setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif self.chat_view is not None:
            self.chat_view.focus_transcript()

    def open_find(self) -> None:
        """Look for words in the chat; nothing happens in an empty one."""
        if self._stack.currentWidget() is not self.empty:
            self.find_bar.open_bar()
            self._place_overlays()

    def show_problem(self, problem: AppError) -> None:
        """Say above the composer what went wrong."""
        self.notice.tell(problem.what, problem.next_step, subject="problem")

    def warm_up(self) -> None:
        """Make what the first message will need, while there is time."""
        self._need_chat_view()

    # -- how it looks -----------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:  # and the layout has followed it already
            self._place_overlays()
        return done

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), self._theme.color("canvas"))

    def fit_window(self) -> None:
        """The window has changed its size."""
        self.composer.fit_window()
        self._fit()

    def _fit(self) -> None:
        narrow = self.window().width() < NARROW
        margin = 16 if narrow else 24
        self._dock.setContentsMargins(margin, 0, margin, 16)
        column = self._theme.px(READING_WIDTH)
        self.composer.setMaximumWidth(column)
        self.notice.setMaximumWidth(column)
        self._place_overlays()

    def _place_overlays(self) -> None:
        below = self.height() - self.composer.mapTo(self, QPoint(0, 0)).y() + 12
        if self.notice.isVisible():
            below = self.height() - self.notice.mapTo(self, QPoint(0, 0)).y() + 12
        self.undo.place(below)
        self.find_bar.adjustSize()
        right = 16 if self.isRightToLeft() else self.width() - self.find_bar.width() - 16
        self.find_bar.move(max(right, 8), self.header.height() + 4)

    # -- inside -----------------------------------------------------------------------------

    def _show_session(self, session: ChatSession) -> None:
        if self._session is not None:
            self._session.entry_added.disconnect(self._entries_changed)
            self._session.entry_removed.disconnect(self._entries_changed)
            self._session.title_changed.disconnect(self._title_changed)
            self._session.draft.attachments_changed.disconnect(self._attachments_changed)
        self._session = session
        session.entry_added.connect(self._entries_changed)
        session.entry_removed.connect(self._entries_changed)
        session.title_changed.connect(self._title_changed)
        session.draft.attachments_changed.connect(self._attachments_changed)
        self._title_changed(session.title)
        self.find_bar.close_bar()
        self.notice.dismiss("problem")
        self.notice.dismiss("refused")
        self.composer.set_session(session)
        if self._aloud is not None:
            self._aloud.set_session(session)
        if self.chat_view is not None:
            self.chat_view.set_session(session)
        self._entries_changed()
        self._model_changed()

    def _title_changed(self, title: str) -> None:
        self.header.set_title(title or self.tr("New chat"))

    def _attachments_changed(self) -> None:
        """What stood in the way of sending may be gone."""
        self.notice.dismiss("refused")

    def _entries_changed(self) -> None:
        session = self._session
        if session is None or not session.entries:
            self._stack.setCurrentWidget(self.empty)
            self.header.set_lined(False)
            self.header.search.setEnabled(False)
            return
        self.header.search.setEnabled(True)
        self._stack.setCurrentWidget(self._need_chat_view())

    def _need_chat_view(self) -> "ChatView":
        if self.chat_view is None:
            # Not above: Markdown and highlighting would make every start wait for them.
            from app.ui.chat_view import ChatView

            self.chat_view = ChatView(self._theme, self._chats, self._shelf)
            self.chat_view.scrolled.connect(self.header.set_lined)
            self.chat_view.picture_wanted.connect(self.picture_wanted)
            self.chat_view.document_wanted.connect(self.document_wanted)
            self.chat_view.citation_opened.connect(self.citation_opened)
            self.chat_view.save_wanted.connect(self.save_wanted)
            self.chat_view.aloud_wanted.connect(self._read_aloud)
            self.chat_view.sound_wanted.connect(self.sound_wanted)
            self.chat_view.new_chat_wanted.connect(self.new_chat_wanted)
            self.chat_view.editing.connect(self.focus_composer)
            self._stack.addWidget(self.chat_view)
            if self._session is not None:
                self.chat_view.set_session(self._session)
        return self.chat_view

    def _read_aloud(self, entry_id: str, words: str) -> None:
        if self._aloud is None:
            return
        if words:
            self._aloud.read_text(words)
        elif self._aloud.reading == entry_id:
            self._aloud.stop()
        else:
            self._aloud.read(entry_id)

    def _show_aloud(self) -> None:
        if self._aloud is not None and self.chat_view is not None:
            self.chat_view.transcript.set_aloud(self._aloud.reading)

    def _find(self, words: str, backwards: bool) -> None:
        if self.chat_view is not None:
            self.find_bar.show_place(*self.chat_view.look_for(words, backwards))

    def _find_closed(self) -> None:
        if self.chat_view is not None:
            self.chat_view.look_for("", False)
        self.focus_composer()

    def _open_attachment(self, attachment: DraftAttachment) -> None:
        path = attachment.path
        if not path and attachment.part is not None:  # pasted, or from before a restart
            path = str(self._chats.blob_path(attachment.part.blob))
        self.picture_wanted.emit(path, attachment.name)

    def _refused(self, what: str, next_step: str) -> None:
        self.notice.tell(what, next_step, kind="warn", subject="refused")

    def _show_playing(self, player: Player) -> None:
        blob = player.playing.name if player.playing is not None else ""
        self.composer.chips.set_playing(blob)
        if self.chat_view is not None:
            self.chat_view.transcript.set_playing(blob)

    def _tell_voice(self, problem: AppError, actions: tuple[Action, ...]) -> None:
        kind = "danger" if problem.code.startswith("mic-") else "warn"
        self.notice.tell(
            problem.what, problem.next_step, kind=kind, subject="voice", actions=actions
        )

    def _model_changed(self) -> None:
        """In a chat that has begun, a model that fails is told above the composer."""
        failure = self._shelf.failure
        begun = self._session is not None and bool(self._session.entries)
        if self._shelf.state != "failed" or failure is None or not begun:
            self.notice.dismiss("model")
            return
        self.notice.tell(
            failure.what,
            failure.next_step,
            subject="model",
            actions=(
                (self.tr("Load it again"), lambda: self._shelf.reload(None)),
                (self.tr("Open a GGUF file…"), self.open_model_wanted.emit),
            ),
        )
