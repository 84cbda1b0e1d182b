"""The place where a message is written."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.core.conversation import Audio, Document
from app.core.reading.tasks import DocumentTask
from app.session.chat import ChatSession
from app.session.chats import Chats
from app.session.models import ModelShelf
from app.session.preferences import Preferences
from app.session.talking import Talking
from app.ui.composer.attach_button import AttachButton
from app.ui.composer.chip_strip import ChipStrip
from app.ui.composer.context_meter import ContextMeter
from app.ui.composer.edit import MessageEdit
from app.ui.composer.preset_row import PresetRow
from app.ui.composer.refusal import refusal
from app.ui.composer.standing import number_of, standing
from app.ui.composer.thinking_button import ThinkingButton
from app.ui.composer.unlock_dialog import UnlockDialog
from app.ui.theme.controls import OctagonButton
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_PANEL
from app.ui.voice.composer_voice import ComposerVoice

_PADDING = 11  # with the edge
_SHARE_OF_WINDOW = 0.4
_LOW_WINDOW = 560  # px; below it chips stay on one line
_SHARE_WITH_PRESETS = 0.55
_BELOW_PRESETS = 10  # px


class Composer(QWidget):
    """Text, attachments, thinking, context meter and send. Shows the draft of one chat and
    changes it; what is sent and stopped is the chat's business."""

    sent = Signal()
    refused = Signal(str, str)  # why the draft can't be sent, and what to do about it
    picture_opened = Signal(object)  # the DraftAttachment
    document_opened = Signal(Document)
    sound_opened = Signal(Audio)

    def __init__(
        self,
        theme: Theme,
        shelf: ModelShelf,
        preferences: Preferences,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shelf = shelf
        self._session: ChatSession | None = None
        self.voice: ComposerVoice | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

        self.chips = ChipStrip(theme)
        self.chips.removed.connect(self._remove)
        self.chips.budget_chosen.connect(self._set_budget)
        self.chips.opened.connect(self._open_large)
        self.chips.played.connect(self._open)
        self.chips.unlock_wanted.connect(self._unlock)
        self.chips.height_wanted.connect(self._fit)
        self.edit = MessageEdit()
        self.edit.setAccessibleName(self.tr("Message"))
        self.edit.textChanged.connect(self._typed)
        self.edit.submitted.connect(self.submit)
        self.edit.height_wanted.connect(self._fit)
        self.edit.focus_changed.connect(lambda _on: self.update())
        self.edit.files_pasted.connect(self.add_files)
        self.edit.picture_pasted.connect(self.add_picture)
        self._attach = AttachButton(theme)
        self._attach.chosen.connect(self.add_files)
        self._thinking = ThinkingButton(theme)
        self._thinking.chosen.connect(self._set_thinking)
        self.presets = PresetRow(theme)
        self.presets.chosen.connect(self._ask)
        self.presets.height_wanted.connect(self._fit)
        self.context = ContextMeter(theme)
        self.context.document_opened.connect(self.document_opened)
        self.context.document_removed.connect(self._remove_document)
        self.send_button = OctagonButton(theme, self.tr("Send"))
        self.send_button.clicked.connect(self._pressed)

        field = QVBoxLayout()
        field.setContentsMargins(6, 0, 6, 10)
        field.addWidget(self.edit)
        self._tools = tools = QHBoxLayout()
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(2)
        tools.addWidget(self._attach)
        tools.addSpacing(6)
        tools.addWidget(self._thinking)
        tools.addStretch(1)
        tools.addWidget(self.context)
        tools.addSpacing(10)
        tools.addWidget(self.send_button)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(_PADDING, _PADDING, _PADDING, _PADDING)
        column.setSpacing(0)
        column.addWidget(self.chips)
        column.addLayout(field)
        column.addWidget(self.presets)
        column.addLayout(tools)

        shelf.state_changed.connect(self._follow)
        self.chips.set_usual_budget(preferences.settings.picture_budget)
        preferences.changed.connect(
            lambda _before, after: self.chips.set_usual_budget(after.picture_budget)
        )
        theme.changed.connect(self._restyle)
        self._restyle()

    # -- the chat ---------------------------------------------------------------------------

    def set_session(self, session: ChatSession) -> None:
        """Show the draft of ``session`` from now on."""
        if self.voice is not None:
            self.voice.leave()
        if self._session is not None:
            self._session.busy_changed.disconnect(self._follow)
            self._session.context_changed.disconnect(self._show_context)
            self._session.draft.attachments_changed.disconnect(self._show_attachments)
            self._session.draft.text_changed.disconnect(self._show_text)
            self._session.draft.thinking_changed.disconnect(self._show_thinking)
            self._session.draft.costs_changed.disconnect(self._show_attachments)
            self._session.preparation.changed.disconnect(self._show_stages)
            self._session.documents_changed.disconnect(self._show_attachments)
        self._session = session
        session.busy_changed.connect(self._follow)
        session.context_changed.connect(self._show_context)
        session.draft.attachments_changed.connect(self._show_attachments)
        session.draft.text_changed.connect(self._show_text)
        session.draft.thinking_changed.connect(self._show_thinking)
        session.draft.costs_changed.connect(self._show_attachments)
        session.preparation.changed.connect(self._show_stages)
        session.documents_changed.connect(self._show_attachments)
        self.chips.set_costs(session.draft.seconds)
        self._show_text()
        self._show_attachments()
        self._show_context(*session.context)
        self._follow()

    def set_talking(self, talking: Talking, chats: Chats) -> ComposerVoice:
        """Let messages be spoken."""
        covered = (self._attach, self._thinking, self.context.button, self.send_button)
        voice = self.voice = ComposerVoice(
            self._theme, talking, chats, self._shelf, self.edit, covered, self
        )
        self._tools.insertWidget(self._tools.count() - 1, voice.button)
        self._tools.insertSpacing(self._tools.count() - 1, 6)
        voice.shown.connect(self._show_presets)
        voice.shown.connect(self._fit)
        voice.sent.connect(self.sent)
        return voice

    def talk(self) -> None:
        """Start speaking, or stop and keep what was said."""
        if self.voice is not None and self.isVisible():
            self.voice.start_or_stop()

    def dictate(self) -> None:
        """Start speaking what is to be written into the message, or stop."""
        if self.voice is not None and self.isVisible():
            self.voice.dictate()

    def add_files(self, paths: list[str]) -> None:
        """Attach the files and folders at ``paths``."""
        if self._session is None:
            return
        for path in paths:
            self._session.draft.add_file(path)
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def add_picture(self, png: bytes) -> None:
        """Attach a picture that has no file."""
        if self._session is not None:
            self._session.draft.add_bytes(png, self.tr("Pasted picture.png"))

    def choose_files(self, kind: str = "") -> None:
        """Ask for files to attach; ``kind`` is as for the button."""
        self._attach.choose_files(kind)

    def submit(self) -> None:
        """Send the draft, if there is something to send and nothing is being answered."""
        if self._session is None:
            return
        if self.send_button.state == "ready":
            self._session.send()
            self.sent.emit()
        elif self.send_button.state == "idle":
            self._explain()

    # -- how it looks -----------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(720, self._column.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.edit.setFocus(Qt.FocusReason.MouseFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.voice is not None:
            rect.setBottom(rect.bottom() - self.voice.hint_room)
        shape = box(rect, RADIUS_PANEL)
        painter.fillPath(shape, theme.color("surface"))
        edge = "border-strong" if self.edit.hasFocus() else "border"
        painter.setPen(QPen(theme.color(edge), 1))
        painter.drawPath(shape)

    def fit_window(self) -> None:
        """The window has changed its size."""
        self._fit()

    # -- inside -----------------------------------------------------------------------------

    def _typed(self) -> None:
        if self._session is not None:
            self._session.draft.text = self.edit.text()
        self._show_send()
        self._show_presets()

    def _show_text(self) -> None:
        if self._session is not None and self._session.draft.text != self.edit.text():
            self.edit.set_text(self._session.draft.text)
        self._show_send()
        self._show_presets()

    def _show_attachments(self) -> None:
        session = self._session
        if session is not None:
            documents, attached = session.documents, session.draft.attachments
            self.chips.show_attachments((*standing(documents), *attached))
            self.context.show_documents(documents)
            self._show_stages()
            parts = [one.part for one in attached if isinstance(one.part, Document)]
            self._show_hint([*(one.document for one in documents), *parts])
        self._show_presets()
        self._fit()
        self._show_send()

    def _show_hint(self, documents: Sequence[Document]) -> None:
        if documents and all(one.kind == "recording" for one in documents):
            one, many = self.tr("Ask about the recording"), self.tr("Ask about the recordings")
            self.edit.set_hint(one if len(documents) == 1 else many)
        elif documents:
            one, many = self.tr("Ask about the document"), self.tr("Ask about the documents")
            self.edit.set_hint(one if len(documents) == 1 else many)
        else:
            self.edit.set_hint(self.tr("Ask anything, or drop a file here"))
        self.edit.viewport().update()

    def _show_presets(self) -> None:
        """What can be asked with one click, as long as nothing else is being asked."""
        session = self._session
        ready = session is not None and not session.busy and session.draft.sendable
        ready = ready and (self.voice is None or not self.voice.row.isVisible())
        if session is not None and ready and not session.draft.text.strip():
            self.presets.show_tasks(session.tasks)
        else:
            self.presets.show_tasks(())

    def _ask(self, task: DocumentTask) -> None:
        if self._session is not None:
            self._session.send(task=task)
            self.sent.emit()
            self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_stages(self) -> None:
        if self._session is not None:
            self.chips.show_stages(self._session.draft.attachments, self._session.preparation)

    def _remove(self, key: int) -> None:
        session = self._session
        if session is None:
            return
        if (number := number_of(key)) == 0:
            session.draft.remove(key)
        for one in session.documents:
            if one.number == number:
                session.remove_document(one.document.blob)
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _remove_document(self, blob: str) -> None:
        if self._session is not None:
            self._session.remove_document(blob)

    def _unlock(self, key: int) -> None:
        if self._session is not None:
            dialog = UnlockDialog(self._theme, self._session.draft, key, self.window())
            dialog.finished.connect(lambda _: self.edit.setFocus(Qt.FocusReason.OtherFocusReason))
            dialog.open()

    def _set_budget(self, key: int, budget: int) -> None:
        if self._session is not None:
            self._session.draft.set_budget(key, budget)

    def _open_large(self, key: int) -> None:
        """What was said can be trimmed; everything else is looked at, or heard."""
        if (
            self.voice is None
            or self._session is None
            or not self.voice.open_take(self._session, key)
        ):
            self._open(key)

    def _open(self, key: int) -> None:
        if self._session is None:
            return
        for attachment in (*standing(self._session.documents), *self._session.draft.attachments):
            if attachment.key != key:
                continue
            if isinstance(attachment.part, Document):
                self.document_opened.emit(attachment.part)
            elif isinstance(attachment.part, Audio):
                self.sound_opened.emit(attachment.part)
            else:
                self.picture_opened.emit(attachment)

    def _show_context(self, used: int, size: int) -> None:
        """The meter: ``used`` of ``size`` tokens; a size of 0 leaves it to the model."""
        if not size and self._shelf.info is not None:
            size = self._shelf.info.context
        self.context.show_context(used, size)

    def _follow(self) -> None:
        """The model or the chat has changed its state."""
        info = self._shelf.info
        self._thinking.setVisible(info is not None and info.thinking)
        self._show_thinking()
        if self._session is not None:
            self._show_context(*self._session.context)
        self._show_send()
        self._show_presets()

    def _show_send(self) -> None:
        session = self._session
        if session is None:
            self.send_button.set_state("idle")
        elif session.busy:
            self.send_button.set_state("busy")
            self.send_button.set_name(self.tr("Stop"), "Esc")
        else:
            self.send_button.set_state("ready" if session.draft.sendable else "idle")
            self.send_button.set_name(self.tr("Send"), self.tr("Enter"))

    def _explain(self) -> None:
        """Say why Enter did nothing, unless there is nothing to send."""
        assert self._session is not None
        if self.voice is not None and self.voice.offer(self._session):
            return
        why = refusal(self._session.draft, self._shelf)
        if why is not None:
            self.refused.emit(*why)

    def _pressed(self) -> None:
        if self._session is not None and self._session.busy:
            self._session.stop()
        else:
            self.submit()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_thinking(self) -> None:
        self._thinking.show_choice(self._session.draft.thinking if self._session else None)

    def _set_thinking(self, thinking: object) -> None:
        if self._session is not None:
            self._session.draft.thinking = None if thinking is None else bool(thinking)

    def _restyle(self) -> None:
        theme = self._theme
        self.edit.set_look(
            theme.font("reading"),
            theme.line_height("reading"),
            caret=theme.color("accent"),
            hint=theme.color("text-3"),
        )
        self._fit()
        self.update()

    def _fit(self) -> None:
        """Grow with the text up to a share of the window, then scroll."""
        window = self.window().height()
        self.chips.set_max_rows(1 if window < _LOW_WINDOW else 2)
        line = self._theme.line_height("reading")
        chips = self.chips.height() if self.chips.isVisibleTo(self) else 0
        others = 2 * _PADDING + 10 + self.send_button.sizeHint().height() + chips
        if self.presets.isVisibleTo(self):
            room = round(window * _SHARE_WITH_PRESETS) - others - line - _BELOW_PRESETS
            presets = self.presets.height_at(self.width() - 2 * _PADDING, room) + _BELOW_PRESETS
            self.presets.setFixedHeight(presets)
            others += presets
        room = round(window * _SHARE_OF_WINDOW) - others
        most = max(room // line, 2) * line  # whole lines, so that none is cut
        wanted = self.edit.wanted_height()
        self.edit.set_scrolling(wanted > most)
        height = min(wanted, most)
        if height != self.edit.height():
            self.edit.setFixedHeight(height)
        self._column.invalidate()
        self.updateGeometry()
        if self.voice is not None:
            inner = self.rect().adjusted(_PADDING, _PADDING, -_PADDING, -_PADDING)
            self.voice.place(inner.adjusted(0, chips, 0, 0))
            self.update()
