"""Answers read aloud, sentence by sentence, while they are still being written."""

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.core.conversation import Message
from app.core.errors import AppError
from app.core.speech.aloud import Aloud, speakable
from app.desktop.voices.speaker import Speaker, Voice, no_voice
from app.session.chat import ChatSession
from app.session.jobs import Jobs
from app.session.preferences import Preferences


class ReadAloud(QObject):
    """One voice for the whole program: what is read next ends what is read now.

    ``reading`` is the id of the answer that is being read, "text" for words that are none, "" for
    nothing. The answers of the shown chat are read by themselves if the settings say so, or while
    ``always`` is set.
    """

    changed = Signal()  # ``reading`` is another
    ended = Signal()  # everything has been read, to the end
    problem = Signal(AppError)

    def __init__(
        self,
        preferences: Preferences,
        jobs: Jobs,
        find_speaker: Callable[[], Speaker | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.reading = ""
        self.always = False
        self._preferences = preferences
        self._jobs = jobs
        self._find_speaker = find_speaker
        self._speaker: Speaker | None = None
        self._session: ChatSession | None = None
        self._waiting: deque[str] = deque()
        self._aloud: Aloud | None = None  # of the answer that is being written
        self._saying = False
        self._silenced = ""  # the answer that is not to be read by itself any more

    def set_session(self, session: ChatSession) -> None:
        """The chat that is shown is another."""
        if session is self._session:
            return
        self.stop()
        if self._session is not None:
            self._session.text_added.disconnect(self._take)
            self._session.answer_finished.disconnect(self._finish)
            self._session.asked.disconnect(self.stop)
        self._session = session
        session.text_added.connect(self._take)
        session.answer_finished.connect(self._finish)
        session.asked.connect(self.stop)

    def read(self, entry_id: str) -> None:
        """Read an answer of the shown chat from its beginning; the rest of one that is still
        being written follows as it comes."""
        session = self._session
        if session is None:
            return
        entry = next((one for one in session.entries if one.id == entry_id), None)
        if entry is None:
            return
        writing = session.busy and entry_id == session.entries[-1].id
        self._begin(entry_id)
        aloud = Aloud()
        self._waiting += aloud.feed(entry.message.text)
        if writing:
            self._aloud = aloud
        else:
            self._waiting += aloud.close()
        self._go_on()

    def read_text(self, text: str) -> None:
        """Read words, such as those that are selected."""
        self._begin("text")
        self._waiting += speakable(text)
        self._go_on()

    def stop(self) -> None:
        """Be silent at once."""
        self._waiting.clear()
        self._aloud = None
        self._silenced = self.reading or self._silenced
        if self._saying and self._speaker is not None:
            self._saying = False
            self._speaker.stop()
        self._set("")

    def list_voices(self, done: Callable[[tuple[Voice, ...]], None]) -> None:
        """Have ``done`` called with the voices of the system, when they have been found."""
        speaker = self._need_speaker()
        if speaker is None:
            done(())
        else:
            self._jobs.run(speaker.voices, done)

    def close(self) -> None:
        """The program ends."""
        self.stop()
        if self._speaker is not None:
            self._speaker.close()

    # -- inside -----------------------------------------------------------------------------------

    def _take(self, entry_id: str, text: str) -> None:
        if self._aloud is None:
            wanted = self.always or self._preferences.settings.read_aloud
            if self.reading or not wanted or entry_id == self._silenced:
                return
            self._begin(entry_id)
            self._aloud = Aloud()
        if entry_id == self.reading:
            self._waiting += self._aloud.feed(text)
            self._go_on()

    def _finish(self, entry_id: str, _message: Message) -> None:
        if self._aloud is not None and entry_id == self.reading:
            self._waiting += self._aloud.close()
            self._aloud = None
            self._go_on()

    def _begin(self, what: str) -> None:
        self.stop()
        self._set(what)

    def _go_on(self) -> None:
        if self._saying or not self.reading:
            return
        if not self._waiting:
            if self._aloud is None:
                self._set("")
                self.ended.emit()
            return
        speaker = self._need_speaker()
        if speaker is None:
            self.stop()
            self.problem.emit(no_voice())
            return
        self._saying = True
        settings = self._preferences.settings
        speaker.say(self._waiting.popleft(), settings.voice, settings.voice_percent / 100)

    def _said(self) -> None:
        self._saying = False
        self._go_on()

    def _failed(self, error: AppError) -> None:
        self._saying = False
        self.stop()
        self.problem.emit(error)

    def _need_speaker(self) -> Speaker | None:
        if self._speaker is None:
            self._speaker = self._find_speaker()
            if self._speaker is not None:
                self._speaker.setParent(self)
                self._speaker.ended.connect(self._said)
                self._speaker.failed.connect(self._failed)
        return self._speaker

    def _set(self, what: str) -> None:
        if what != self.reading:
            self.reading = what
            self.changed.emit()
