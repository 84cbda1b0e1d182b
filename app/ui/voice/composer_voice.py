"""Speaking in the composer: what is said becomes a message, an attachment, or words in the text."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPoint, QRect, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.core.conversation import Audio, Message, Role, Text, title_of
from app.core.errors import AppError
from app.session.chat import ChatSession
from app.session.chats import Chats
from app.session.models import ModelShelf
from app.session.recorder import LONGEST, Spoken
from app.session.talking import Talking
from app.ui.composer.edit import MessageEdit
from app.ui.notice import Action
from app.ui.theme.controls import Menu
from app.ui.theme.theme import Theme
from app.ui.voice.cover import Cover
from app.ui.voice.dictated_place import DictatedPlace
from app.ui.voice.mic_button import MicButton
from app.ui.voice.recording_row import RecordingRow
from app.ui.voice.talk import Talk

_HINT_ROOM = 24  # px below the box
_LOW_WINDOW = 560  # px; in a lower one there is no hint


class ComposerVoice(QObject):
    """The microphone button, the row that covers text and tools while somebody speaks, and the line
    below it. ``told`` has something to say above the composer, ``silent`` takes it away."""

    told = Signal(AppError, tuple)  # with Actions
    silent = Signal()
    sent = Signal()
    models_wanted = Signal()
    settings_wanted = Signal()
    hands_free_wanted = Signal()  # to begin or end
    shown = Signal()  # the row has come or gone

    def __init__(
        self,
        theme: Theme,
        talking: Talking,
        chats: Chats,
        shelf: ModelShelf,
        edit: MessageEdit,
        covered: tuple[QWidget, ...],
        parent: QWidget,
    ) -> None:
        """``covered`` is what else the row stands over."""
        super().__init__(parent)
        self._theme = theme
        self._talking = talking
        self._chats = chats
        self._shelf = shelf
        self._edit = edit
        self._parent = parent
        self._session: ChatSession | None = None  # of what is being said
        self._unready: Callable[[], None] | None = None
        self.converses = self.conversing = False  # whether it can, and does, go on without hands
        self._dictating = False
        self._place: DictatedPlace | None = None  # where in the text the words go
        self.button = MicButton(theme)
        self._cover = Cover(theme, parent)
        self.row = RecordingRow(theme, self._cover)
        self.hint = self._cover.hint
        self._covered = (*covered, self.button)
        self.talk = Talk(talking.recorder, edit, self.button, self.row, self._obstacle, self)
        self.talk.began.connect(self._begun)
        self.talk.changed.connect(self._hint)
        self.talk.ended.connect(self._hide)
        self.talk.spoken.connect(self._spoken)
        self.talk.refused.connect(self._refused)
        self.talk.given_up.connect(self._give_up)
        self.button.menu_wanted.connect(self._open_menu)
        talking.recorder.problem.connect(self._problem)
        talking.recorder.changed.connect(self._hush)
        talking.speech.grown.connect(self._dictated)

    # -- orders -----------------------------------------------------------------------------

    def dictate(self) -> None:
        """Start speaking what is to be written into the message, or stop."""
        self.talk.toggle(writes=True)

    def begin(self) -> bool:
        """Start speaking, unless somebody does; whether it could be."""
        if not self.talk.busy:
            self.talk.toggle()
        return self.talk.active

    def start_or_stop(self) -> None:
        """Start speaking, or stop and keep it."""
        self.talk.toggle()

    def offer(self, session: ChatSession) -> bool:
        """Offer to write down sounds that are all that keeps the draft from being sent, for the
        model doesn't hear. False if that isn't so, or can't be done."""
        warned = [one for one in session.draft.attachments if one.warning]
        listener = self._talking.speech.hearing.listener
        short = all(isinstance(one.part, Audio) and one.part.seconds <= LONGEST for one in warned)
        problem = self._talking.speech.hearing.obstacle(agreed=False)
        if not warned or not short or listener is None or problem is None or self.talk.busy:
            return False
        words = self.tr("Let {0} write it down first").format(listener.title)
        self.told.emit(problem, ((words, partial(self._write_down, session)),))
        return True

    def open_take(self, session: ChatSession, key: int) -> bool:
        """Show something that was said, to be heard again and trimmed. False for what can't be."""
        one = next((one for one in session.draft.attachments if one.key == key), None)
        part = one.part if one is not None else None
        if not isinstance(part, Audio) or not part.spoken:
            return False
        draft = session.draft
        # Not above: few takes are trimmed.
        from app.ui.voice.take_dialog import TakeDialog

        TakeDialog(
            self._theme,
            self._chats.blob_path(part.blob),
            part.seconds,
            self._talking.player,
            self._talking.jobs,
            lambda kept: draft.replace_spoken(key, kept.wav, kept.seconds),
            lambda: draft.remove(key),
            self._parent.window(),
        ).open()
        return True

    def leave(self) -> None:
        """Another chat is shown: what was said stays with its own."""
        self.talk.keep()

    @property
    def hint_room(self) -> int:
        """How much of the composer's height is for the line below its box, in px."""
        if self._cover.isHidden() or self._parent.window().height() < _LOW_WINDOW:
            return 0
        return self._theme.px(_HINT_ROOM)

    def place(self, area: QRect) -> None:
        """Stand over ``area`` of the composer: that of text and tools."""
        self._cover.place(area, self.hint_room)
        self.row.setGeometry(
            area.adjusted(0, 0, 0, -self.hint_room).translated(0, -self._cover.y())
        )

    def _hush(self) -> None:
        """Nothing is played while somebody speaks."""
        if self._talking.recorder.recording:
            self._talking.player.stop()

    # -- what is shown ----------------------------------------------------------------------

    def _begun(self) -> None:
        self._session = self._chats.current
        self.silent.emit()
        self.row.set_writing("")
        self.row.set_free(False, writes=self.talk.writes)
        self._hint()
        self._show()

    def _show(self) -> None:
        for widget in self._covered:
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.row.show()
        self._cover.show()
        self._cover.raise_()
        self.shown.emit()

    def _hide(self) -> None:
        self.talk.waiting = False
        self.row.hide()
        self._cover.hide()
        for widget in self._covered:
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.shown.emit()

    def _hint(self) -> None:
        talk = self.talk
        private = self.tr("Facet hears the recording itself; nothing is uploaded.")
        listener = self._talking.speech.hearing.listener
        current = self._shelf.current
        if not self._shelf.takes("audio") and listener is not None and current is not None:
            private = self.tr("{0} writes it down, then {1} answers; nothing is uploaded.").format(
                listener.title, current.title
            )
        if talk.writes:
            does = self.tr("Enter writes it into the message.")
        elif not talk.holding:
            does = self.tr("Enter sends. Space stops, to hear it first.")
        elif self._session is not None and self._session.busy:
            does = self.tr("Release to attach it; the answer is still being written.")
        elif talk.by_space:
            does = self.tr("Release Space to send.")
        else:
            does = self.tr("Release to send.")
        self._cover.set_words(does, private)

    def _wait(self, words: str) -> None:
        """The row stays, and says that what was said is being written down."""
        self.talk.waiting = True
        self.row.set_writing(words)
        self._cover.set_words(self.tr("Nothing is uploaded."))
        self._show()

    def _open_menu(self, at: QPoint) -> None:
        recorder = self._talking.recorder
        menu = Menu(self._theme, self._parent)
        menu.add(self.tr("Talk"), self.start_or_stop, icon="mic", shortcut="Ctrl+T")
        menu.add(self.tr("Dictate into the message"), self.dictate, icon="text", shortcut="Ctrl+D")
        if self.converses:
            menu.add(
                self.tr("Converse without hands"),
                self.hands_free_wanted.emit,
                icon="speaker",
                shortcut="Ctrl+Shift+T",
                checked=self.conversing or None,
            )
        menu.addSeparator()
        menu.add(self.tr("Microphone…"), self.settings_wanted.emit, icon="settings")
        menu.aboutToHide.connect(menu.deleteLater)
        recorder.warm_up()
        menu.open_at(at)

    # -- what stands in the way -------------------------------------------------------------

    def _obstacle(self) -> AppError | None:
        if self._talking.speech.pending or self._talking.speech.writing:
            return AppError(
                self.tr("What was said before is still being written down."),
                self.tr("Speak again when that is done."),
                code="writing",
            )
        if not self._shelf.answers:
            return AppError(
                self.tr("There is no model to hear it."),
                self.tr("Open a model, then speak."),
                code="no-model",
            )
        return self._talking.speech.hearing.obstacle()

    def _write_down(self, session: ChatSession) -> None:
        """Have the sounds of a draft written down, and send it."""
        speech, draft = self._talking.speech, session.draft
        listener = speech.hearing.listener
        if listener is None or speech.writing:
            return
        self.silent.emit()
        self._session = session
        self._wait(self.tr("{0} writes down what is said…").format(listener.title))
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)
        sounds = [
            (one.key, self._chats.blob_path(one.part.blob))
            for one in draft.attachments
            if isinstance(one.part, Audio) and one.warning
        ]
        speech.write_down(draft, sounds, partial(self._heard, session, True), self._not_heard)

    def _refused(self, error: AppError) -> None:
        actions: tuple[Action, ...] = ()
        listener = self._talking.speech.hearing.listener
        if error.code == "deaf" and listener is not None:
            words = self.tr("Let {0} write it down first").format(listener.title)
            actions = ((words, self._agree),)
        elif error.code in ("deaf-alone", "no-model"):
            actions = ((self.tr("Models"), self.models_wanted.emit),)
        self.told.emit(error, actions)

    def _agree(self) -> None:
        """One step: it is agreed to, and somebody speaks."""
        self._talking.speech.hearing.agree()
        self.silent.emit()
        self.talk.toggle()

    def _problem(self, error: AppError, speaker: object) -> None:
        if speaker is self.talk:
            self.told.emit(error, ((self.tr("Microphone…"), self.settings_wanted.emit),))

    # -- what becomes of it -----------------------------------------------------------------

    def _spoken(self, spoken: Spoken, end: str) -> None:
        session = self._session or self._chats.current
        speech = self._talking.speech
        if spoken.cut_off:
            self._tell_cut(spoken.cut_off)
        if end == "write":
            self._wait(self.tr("Writing it down…"))
            self._dictating, self._place = True, DictatedPlace(self._edit)
            speech.dictate(spoken, self._dictation_done, self._dictation_failed)
            return
        send = end == "send" and not spoken.cut_off and not session.busy
        before = speech.tokens_before(session)
        listener = speech.hearing.listener
        if speech.hearing.way(before) == "lent" and listener is not None:
            self._wait(self.tr("{0} writes down what you said…").format(listener.title))
        elif speech.hearing.way(before) == "written":
            self._wait(self.tr("Writing it down…"))
        speech.attach(
            session.draft,
            self._chats.blob_path,
            spoken,
            before,
            partial(self._heard, session, send),
            self._not_heard,
        )

    def _heard(self, session: ChatSession, send: bool) -> None:
        if self.talk.waiting:
            self._hide()
        if send:
            self._send(session)

    def _not_heard(self, error: AppError) -> None:
        self._hide()
        self.told.emit(error, ())

    def _send(self, session: ChatSession) -> None:
        """Send once everything else that is attached has been read; what can't be sent stays."""
        draft = session.draft

        def look() -> None:
            if any(one.state == "reading" for one in draft.attachments) and not session.busy:
                return
            draft.attachments_changed.disconnect(look)
            if draft.sendable and not session.busy:
                if not session.title:
                    session.answer_finished.connect(
                        partial(self._name, session), Qt.ConnectionType.SingleShotConnection
                    )
                session.send()
                self.sent.emit()

        draft.attachments_changed.connect(look)
        look()

    def _name(self, session: ChatSession, _entry: str, answer: Message) -> None:
        """A chat that began with a sound is called by its answer, unless somebody has named it."""
        asked = session.entries[0].message if session.entries else None
        if asked is None or session.title != title_of(asked) or asked.text:
            return
        words = answer.text.lstrip("#*->` ")
        if words and not any(part.transcript for part in asked.parts if isinstance(part, Audio)):
            session.rename(title_of(Message(Role.USER, (Text(words),))))

    def _tell_cut(self, reason: str) -> None:
        if reason == "limit":
            what = self.tr("30 seconds is the longest that the model hears at once.")
        else:
            what = self.tr("The microphone went away while you spoke.")
        step = self.tr("What was said until then is kept. Send it, or say the rest separately.")
        self.told.emit(AppError(what, step, code="cut-off"), ())

    # -- dictation --------------------------------------------------------------------------

    def _dictated(self, words: str) -> None:
        if not self._dictating:
            return  # it is a message that is being written down
        if self.talk.waiting and words:
            self._hide()  # they are seen coming
        if self._place is not None:
            self._place.write(words)

    def _dictation_done(self, words: str) -> None:
        self._dictated(words)
        self._dictating = False
        self._hide()
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _dictation_failed(self, error: AppError) -> None:
        self._dictating = False
        self._not_heard(error)

    def _give_up(self) -> None:
        self._dictating = False
        self._talking.speech.cancel()
        self._hide()
