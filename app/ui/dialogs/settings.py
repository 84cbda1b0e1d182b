"""The settings: few, each in effect at once."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app.core.budget import AUTOMATIC, BUDGETS
from app.core.settings import Settings
from app.desktop.hotkey import Hotkey
from app.engine.messages import Device
from app.models.hub import HUGGING_FACE
from app.session.models import ModelShelf
from app.session.preferences import Preferences
from app.session.read_aloud import ReadAloud
from app.session.recorder import Recorder
from app.ui import figures
from app.ui.commands import TEXT_SIZES, Command
from app.ui.composer.detail_menu import explanation
from app.ui.dialogs.base import Dialog, TextPanel
from app.ui.dialogs.choice import Choice
from app.ui.dialogs.hotkey_field import HotkeyField
from app.ui.dialogs.microphone_field import MicrophoneField
from app.ui.dialogs.voice_field import VoiceField
from app.ui.theme.controls import Button, Divider, ElidedLabel, Label
from app.ui.theme.theme import Theme

_GB = 10**9
_KEPT = (1, 4, 16)  # GB
_UNLOAD_AFTER = (5, 15, 30, 60)  # minutes
_CONTEXTS = (2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144)


class SettingsDialog(Dialog):
    """Appearance, answers, pictures, memory, where data lives. There is nothing to confirm."""

    def __init__(
        self,
        theme: Theme,
        preferences: Preferences,
        shelf: ModelShelf,
        hotkey: Hotkey,
        data_dir: Path,
        parent: QWidget,
        devices: Sequence[Device] = (),
        commands: Sequence[Command] = (),
        recorder: Recorder | None = None,
        aloud: ReadAloud | None = None,
    ) -> None:
        """``devices`` are those that the engine has found, ``commands`` what the keyboard does in
        the window; ``recorder`` has the microphone, where somebody can speak, and ``aloud`` the
        voice, where answers can be read."""
        super().__init__(theme, self.tr("Settings"), parent)
        self._preferences = preferences
        self._shelf = shelf
        page = QWidget()
        page.setAutoFillBackground(False)
        self._page = QVBoxLayout(page)
        self._page.setContentsMargins(0, 0, 5, 0)  # the focus ring needs room beside a control
        self._page.setSpacing(14)
        self._add_appearance()
        self._add_desktop(hotkey, commands)
        self._add_answers()
        if recorder is not None:
            self._add_voice(recorder)
        if aloud is not None:
            self._add_aloud(aloud)
        self._add_machine(devices)
        self._add_downloads()
        self._add_data(data_dir)
        self._page.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.viewport().setAutoFillBackground(False)
        self.body.addWidget(scroll, 1)
        close = self.add_button(self.tr("Close"))
        close.clicked.connect(self.close)
        wanted = page.sizeHint().height() + theme.px(120)
        self.resize(theme.px(560), min(wanted, max(parent.height() - 24, 440)))
        preferences.changed.connect(self._follow)

    # -- sections ---------------------------------------------------------------------------

    def _add_appearance(self) -> None:
        settings = self._preferences.settings
        self._head(self.tr("Appearance"))
        self._row(
            self.tr("Colours"),
            "",
            Choice(
                self.theme,
                self.tr("Colours"),
                (
                    ("system", self.tr("As the system")),
                    ("light", self.tr("Light")),
                    ("dark", self.tr("Dark")),
                ),
                settings.theme,
                lambda value: self._preferences.change(theme=value),
            ),
        )
        self._row(
            self.tr("Text size"),
            "",
            Choice(
                self.theme,
                self.tr("Text size"),
                (
                    (0, self.tr("As the system")),
                    *((percent, f"{percent} %") for percent in TEXT_SIZES),
                ),
                settings.text_percent,
                lambda value: self._preferences.change(text_percent=value),
            ),
        )
        self._row(
            self.tr("Motion"),
            self.tr("Progress is shown in any case"),
            Choice(
                self.theme,
                self.tr("Motion"),
                (
                    ("system", self.tr("As the system")),
                    ("off", self.tr("Shown")),
                    ("on", self.tr("Reduced")),
                ),
                settings.reduced_motion,
                lambda value: self._preferences.change(reduced_motion=value),
            ),
        )

    def _add_desktop(self, hotkey: Hotkey, commands: Sequence[Command]) -> None:
        settings = self._preferences.settings
        self._page.addWidget(Divider(self.theme))
        self._head(self.tr("Desktop"))
        self.shortcut = HotkeyField(self.theme, hotkey, settings.hotkey, commands)
        self.shortcut.chosen.connect(lambda chord: self._preferences.change(hotkey=chord))
        self._row(
            self.tr("Ask about the screen"),
            self.tr("The keys to press in any program"),
            self.shortcut,
        )
        self._page.addWidget(self.shortcut.note)
        self._row(
            self.tr("Pictures of the screen"),
            self.tr("What was not asked about is never kept"),
            Choice(
                self.theme,
                self.tr("Pictures of the screen"),
                (
                    (True, self.tr("Kept with their chats, until those are deleted")),
                    (False, self.tr("Not kept: gone when they are put away")),
                ),
                settings.keep_captures,
                lambda value: self._preferences.change(keep_captures=value),
            ),
        )
        self._autostart = Choice(
            self.theme,
            self.tr("Start with the system"),
            (
                (False, self.tr("Off")),
                (True, self.tr("On: without the window, ready for the shortcut")),
            ),
            settings.autostart,
            lambda value: self._preferences.change(autostart=value),
        )
        self._row(
            self.tr("Start with the system"),
            self.tr("Without the window, ready for the shortcut"),
            self._autostart,
        )

        self._row(
            self.tr("When the window is closed"),
            self.tr("Facet stays for the shortcut, and goes on with downloads"),
            Choice(
                self.theme,
                self.tr("When the window is closed"),
                (
                    ("ask", self.tr("Ask")),
                    ("stay", self.tr("Keep Facet ready")),
                    ("quit", self.tr("Quit")),
                ),
                settings.tray,
                lambda value: self._preferences.change(tray=value),
            ),
        )

    def _add_answers(self) -> None:
        settings = self._preferences.settings
        self._page.addWidget(Divider(self.theme))
        self._head(self.tr("Answers"))
        most = self._shelf.info.trained_context if self._shelf.info else _CONTEXTS[-1]
        self._row(
            self.tr("Context"),
            self.tr("How much of a chat the model keeps in mind. More takes more memory."),
            Choice(
                self.theme,
                self.tr("Context"),
                (
                    (0, self.tr("Automatic: the model's own, at most 8K")),
                    *(
                        (size, self.tr("{0} tokens").format(figures.tokens(size)))
                        for size in _CONTEXTS
                        if size <= most or size == settings.context
                    ),
                ),
                settings.context,
                self._shelf.reload,
            ),
        )
        self._row(
            self.tr("Thinking"),
            self.tr("For models that can think before they answer"),
            Choice(
                self.theme,
                self.tr("Thinking"),
                (
                    ("auto", self.tr("Auto: for questions that need it")),
                    ("on", self.tr("On: better at hard questions, slower")),
                    ("off", self.tr("Off: answers at once")),
                ),
                settings.thinking,
                lambda value: self._preferences.change(thinking=value),
            ),
        )
        self._row(
            self.tr("Detail of pictures"),
            self.tr("For new pictures; each can be changed before it is sent"),
            Choice(
                self.theme,
                self.tr("Detail of pictures"),
                tuple((budget, explanation(budget)) for budget in (AUTOMATIC, *BUDGETS)),
                settings.picture_budget,
                lambda value: self._preferences.change(picture_budget=value),
            ),
        )
        self._row(
            self.tr("Read ahead"),
            self.tr("Reads attachments and words while you write; off saves energy"),
            Choice(
                self.theme,
                self.tr("Read ahead"),
                (
                    (True, self.tr("On: answers begin sooner")),
                    (False, self.tr("Off: reads when you send")),
                ),
                settings.read_ahead,
                lambda value: self._preferences.change(read_ahead=value),
            ),
        )
        words = self.tr("Stands before every chat: who you are, how answers should be.")
        self._row(self.tr("System prompt"), words, None)
        self.prompt = TextPanel(
            self.theme, settings.system_prompt, self.tr("System prompt"), editable=True
        )
        self.prompt.setFixedHeight(self.theme.px(84))
        self.prompt.textChanged.connect(
            lambda: self._preferences.change(system_prompt=self.prompt.toPlainText())
        )
        self._page.addWidget(self.prompt)

    def _add_voice(self, recorder: Recorder) -> None:
        self._page.addWidget(Divider(self.theme))
        self._head(self.tr("Voice"))
        self.microphone = MicrophoneField(self.theme, recorder, self._preferences)
        self._row(
            self.tr("Microphone"),
            self.tr("It is open only while you talk, or test it; a red light says so"),
            self.microphone,
        )
        self._page.addWidget(self.microphone.note)

    def _add_aloud(self, aloud: ReadAloud) -> None:
        self._row(
            self.tr("Read answers aloud"),
            self.tr("Sentence by sentence, while they are written; Esc stops it"),
            Choice(
                self.theme,
                self.tr("Read answers aloud"),
                ((False, self.tr("When asked for")), (True, self.tr("Always"))),
                self._preferences.settings.read_aloud,
                lambda value: self._preferences.change(read_aloud=value),
            ),
        )
        self.voice = VoiceField(self.theme, aloud, self._preferences)
        words = self.tr("A voice of this system; nothing is sent anywhere")
        self._row(self.tr("Voice"), words, self.voice)
        self._page.addWidget(self.voice.note)

    def _add_machine(self, devices: Sequence[Device]) -> None:
        settings = self._preferences.settings
        self._page.addWidget(Divider(self.theme))
        self._head(self.tr("This machine"))
        offered = self._devices(devices)
        if offered:
            self._row(
                self.tr("Compute on"),
                self.tr("What the model runs on; it is loaded again at a change"),
                Choice(
                    self.theme,
                    self.tr("Compute on"),
                    (
                        ("", self.tr("Automatic: the fastest with enough memory")),
                        ("cpu", self.tr("Processor")),
                        *offered,
                    ),
                    settings.device,
                    lambda value: self._preferences.change(device=value),
                ),
            )
        self._row(
            self.tr("Keep what was read of recent chats"),
            self.tr("They go on at once, also after a restart"),
            Choice(
                self.theme,
                self.tr("Keep what was read of recent chats"),
                (
                    (0, self.tr("Off: they are read again")),
                    *((size * _GB, self.tr("Up to {0} GB").format(size)) for size in _KEPT),
                ),
                settings.kept_disk,
                lambda value: self._preferences.change(kept_disk=value),
            ),
        )
        self._row(
            self.tr("Free the memory"),
            self.tr("When nothing is asked for a while; the next question loads the model again"),
            Choice(
                self.theme,
                self.tr("Free the memory"),
                (
                    (0, self.tr("Never")),
                    *(
                        (minutes, self.tr("After {0} minutes").format(minutes))
                        for minutes in _UNLOAD_AFTER
                    ),
                ),
                settings.unload_after,
                lambda value: self._preferences.change(unload_after=value),
            ),
        )

    def _devices(self, devices: Sequence[Device]) -> list[tuple[str, str]]:
        """The devices beside the processor, by name, and the one that is chosen but not there."""
        able = {one.name: one for one in devices if one.kind in ("gpu", "integrated")}
        alike = Counter(one.description for one in able.values())
        offered = [
            (name, one.description if alike[one.description] == 1 else f"{one.description}, {name}")
            for name, one in able.items()
        ]
        chosen = self._preferences.settings.device
        if chosen not in ("", "cpu", *able):
            offered.append((chosen, self.tr("{0} (not found)").format(chosen)))
        return offered

    def _add_downloads(self) -> None:
        settings = self._preferences.settings
        self._page.addWidget(Divider(self.theme))
        self._head(self.tr("Downloads"))
        self.endpoint = self._field(
            self.tr("Address of the hub"),
            self.tr("Where models come from; another one for a mirror"),
            settings.hub_endpoint,
            HUGGING_FACE,
        )
        self.endpoint.textChanged.connect(
            lambda text: self._preferences.change(hub_endpoint=text.strip())
        )
        self.token = self._field(
            self.tr("Token"),
            self.tr("Opens files that ask for one; sent to the hub only"),
            settings.hub_token,
            self.tr("None"),
        )
        self.token.setEchoMode(QLineEdit.EchoMode.PasswordEchoOnEdit)
        self.token.textChanged.connect(
            lambda text: self._preferences.change(hub_token=text.strip())
        )

    def _add_data(self, data_dir: Path) -> None:
        self._page.addWidget(Divider(self.theme))
        self._head(self.tr("Data"))
        folder = Button(self.theme, self.tr("Open folder"), icon="folder")
        folder.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(data_dir))))
        self._row(self.tr("Chats and attachments stay on this machine"), str(data_dir), folder)

    def _follow(self, _before: Settings, after: Settings) -> None:
        self._autostart.set_value(after.autostart)  # the system may have refused it

    # -- rows -------------------------------------------------------------------------------

    def _head(self, text: str) -> None:
        self._page.addWidget(Label(self.theme, text, role="h3"))

    def _field(self, title: str, words: str, text: str, usual: str) -> QLineEdit:
        field = QLineEdit(text)
        field.setPlaceholderText(usual)
        field.setAccessibleName(title)
        field.setFixedWidth(self.theme.px(220))
        self._row(title, words, field)
        return field

    def _row(self, title: str, words: str, control: QWidget | None) -> None:
        line = QHBoxLayout()
        line.setSpacing(16)
        text = QVBoxLayout()
        text.setSpacing(0)
        text.addWidget(Label(self.theme, title, role="ui-medium", wrap=True))
        if words:
            path = words.startswith(("/", "\\")) or ":\\" in words
            text.addWidget(
                ElidedLabel(
                    self.theme,
                    words,
                    role="caption",
                    color="text-3",
                    mode=Qt.TextElideMode.ElideMiddle,
                )
                if path
                else Label(self.theme, words, role="caption", color="text-3", wrap=True)
            )
        line.addLayout(text, 1)
        if control is not None:
            line.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
        self._page.addLayout(line)
