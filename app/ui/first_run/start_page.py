"""The last page: which model answers, and how to ask it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.desktop.hotkey import Hotkey
from app.session.models import ModelShelf
from app.ui.first_run.parts import InfoCard, InfoRow, LockLine, Page, set_shown
from app.ui.theme.controls import Button, Label, ProgressLine
from app.ui.theme.theme import Theme


class StartPage(Page):
    """Tells how loading goes, and gives three ways to begin."""

    done = Signal()
    back_wanted = Signal()

    def __init__(
        self, theme: Theme, shelf: ModelShelf, hotkey: Hotkey, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, 560, parent)
        self._shelf = shelf
        self._hotkey = hotkey
        self._failed = False
        self._told: tuple[object, ...] = ()
        center = Qt.AlignmentFlag.AlignCenter
        self.title = Label(theme, role="display", wrap=True)
        self.title.setAlignment(center)
        self.words = Label(theme, role="reading", color="text-2", wrap=True)
        self.words.setAlignment(center)
        self._line = ProgressLine(theme, self.tr("Loading the model"))
        self._card = InfoCard(theme)
        self._begin = Button(theme, self.tr("Start chatting"), kind="primary", size=36)
        self._begin.clicked.connect(self.done)
        self._back = Button(theme, self.tr("Choose another model"), size=36)
        self._back.clicked.connect(self.back_wanted)
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        buttons.addStretch(1)
        buttons.addWidget(self._begin)
        buttons.addWidget(self._back)
        buttons.addStretch(1)
        lock = LockLine(theme, self.tr("Nothing leaves this machine"))
        self.column.addWidget(self.title)
        self.column.addSpacing(6)
        self.column.addWidget(self.words)
        self.column.addSpacing(16)
        self.column.addWidget(self._line)
        self.column.addSpacing(16)
        self.column.addWidget(self._card)
        self.column.addSpacing(24)
        self.column.addLayout(buttons)
        self.column.addSpacing(20)
        self.column.addWidget(lock, 0, Qt.AlignmentFlag.AlignHCenter)
        policy = self._line.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._line.setSizePolicy(policy)
        shelf.state_changed.connect(self._follow)
        hotkey.state_changed.connect(self._show_ways)
        self._follow()

    def primary(self) -> Button:
        return self._back if self._failed else self._begin

    # -- inside -----------------------------------------------------------------------------

    def _follow(self) -> None:
        shelf = self._shelf
        name = shelf.current.title if shelf.current is not None else ""
        failed = shelf.state == "failed" and shelf.failure is not None
        if shelf.state == "failed" and shelf.failure is not None:
            self.title.setText(self.tr("{0} could not be loaded").format(name))
            self.words.setText(f"{shelf.failure.what} {shelf.failure.next_step}".strip())
        elif shelf.state == "loading":
            self.title.setText(self.tr("{0} is being loaded").format(name))
            words = self.tr("{0} %. You can begin to write meanwhile.")
            self.words.setText(words.format(round(100 * shelf.fraction)))
        elif shelf.state == "none":
            self.title.setText(self.tr("Start without a model"))
            self.words.setText(self.tr("You can choose one at any time, under Models."))
        else:
            self.title.setText(self.tr("{0} is ready").format(name))
            self.words.setText(self._abilities())
        set_shown(self._line, shelf.state == "loading")
        self._line.set_share(shelf.fraction)
        had_focus = self.primary().hasFocus()
        self._failed = failed
        set_shown(self._begin, not failed)
        set_shown(self._back, failed)
        if had_focus:
            self.primary().setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_ways()

    def _abilities(self) -> str:
        sees, hears = self._shelf.takes("image"), self._shelf.takes("audio")
        if sees and hears:
            return self.tr("It reads, sees and hears, all on this machine.")
        if sees:
            return self.tr("It reads and sees, all on this machine.")
        if hears:
            return self.tr("It reads and hears, all on this machine.")
        return self.tr("It reads text, all on this machine.")

    def _show_ways(self) -> None:
        sees, hears = self._shelf.takes("image"), self._shelf.takes("audio")
        screen = self._screen_words() if sees else ""
        if (sees, hears, screen) == self._told:
            return
        self._told = sees, hears, screen
        if sees and hears:
            files = self.tr("Pictures, sounds, notes, code and tables. Ctrl V pastes a screenshot.")
        elif sees:
            files = self.tr("Pictures, notes, code and tables. Ctrl V pastes a screenshot.")
        elif hears:
            files = self.tr("Sounds, notes, code and tables.")
        else:
            files = self.tr("Notes, code and tables.")
        theme = self.theme
        rows = [
            InfoRow(
                theme,
                "chat",
                self.tr("Type a question"),
                self.tr("Enter sends it. Shift Enter begins a new line."),
            ),
            InfoRow(theme, "doc", self.tr("Drop a file anywhere in the window"), files),
            InfoRow(
                theme,
                "gem",
                self.tr("Change your mind at any time"),
                self.tr("Models, in the sidebar, lists larger and faster ones."),
            ),
        ]
        if screen:
            rows.insert(2, InfoRow(theme, "region", self.tr("Ask about the screen"), screen))
        self._card.show_rows(rows)

    def _screen_words(self) -> str:
        """How to ask about the screen here; "" as long as nobody knows."""
        hotkey = self._hotkey
        if hotkey.state == "active":
            return self.tr("In any program: {0}. Mark a part, then ask.").format(hotkey.shown)
        return hotkey.detail
