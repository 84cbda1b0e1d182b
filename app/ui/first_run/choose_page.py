"""The second page: which Gemma 4 suits this machine, and how its download goes."""

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.core.errors import AppError
from app.core.hardware import Hardware
from app.models.library import InstalledModel
from app.session.downloads import Downloads
from app.session.machine import Machine
from app.session.models import ModelShelf
from app.session.offers import Offers
from app.session.proposal import Proposal, Suggestion, does_well, propose
from app.session.welcome import Welcome
from app.ui.first_run.download_panel import ChoiceRow, DownloadRow
from app.ui.first_run.machine_strip import MachineStrip
from app.ui.first_run.model_card import ModelCard
from app.ui.first_run.parts import NARROW, LockLine, Page, set_shown
from app.ui.notice import Notice
from app.ui.theme.controls import Button, Label
from app.ui.theme.theme import Theme

_OTHERS = 2  # small cards, at most
_LARGE, _SMALL = 416, 260  # px, the widths of cards in the design: how they share the room
_BESIDE = 600  # px at 100 % text, from which words and figures stand side by side
_PAIR = 520  # px at 100 % text, from which two small cards stand side by side


class ChoosePage(Page):
    """Follows what is known of the machine, and of the downloads. The chosen model's card is
    large; the others can be chosen instead. Nothing is downloaded before it is asked for."""

    chosen = Signal()  # a model that is here already has been taken
    meanwhile = Signal()  # the starter shall answer until the chosen model is there
    models_wanted = Signal()
    open_file_wanted = Signal()

    def __init__(
        self,
        theme: Theme,
        machine: Machine,
        offers: Offers,
        downloads: Downloads,
        shelf: ModelShelf,
        welcome: Welcome,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, 960, parent)
        self._machine = machine
        self._offers = offers
        self._downloads = downloads
        self._shelf = shelf
        self._welcome = welcome
        self._wish = welcome.awaited  # the id of the suggestion that was chosen
        self._taken: Suggestion | None = None  # stays on its card, whatever is advised later
        self._arrived = ""  # the id of a model that has just come, and is about to be loaded
        self._room = theme.px(960)  # px, the width of the column
        self._choosing = False  # whether the large card's model waits for its button to be pressed
        self._drawn: object = None
        self._proposal = Proposal("looking")
        self.cards: list[ModelCard] = []
        self.rows: dict[str, DownloadRow] = {}
        self.title = Label(theme, role="display", wrap=True)
        self.words = Label(theme, role="reading", color="text-2", wrap=True)
        self.strip = MachineStrip(theme)
        self._large = QVBoxLayout()
        self._small = QHBoxLayout()
        self._small.setSpacing(12)
        cards, jobs = QWidget(), QWidget()  # so that what comes later is read in its place
        self._cards = QHBoxLayout(cards)
        self._cards.setContentsMargins(0, 0, 0, 0)
        self._cards.setSpacing(12)
        self._cards.addLayout(self._large, _LARGE)
        self._cards.addLayout(self._small)
        self.choice = ChoiceRow(theme)
        self.choice.wanted.connect(self._take)
        self._jobs = QVBoxLayout(jobs)
        self._jobs.setContentsMargins(0, 0, 0, 0)
        self._jobs.setSpacing(12)
        self.notice = Notice(theme)
        self._jobs.addWidget(self.notice)
        self._jobs.addWidget(self.choice)
        self.starter = Button(theme, "", size=36)
        self.starter.clicked.connect(self._start_meanwhile)
        self._hint = Label(theme, role="caption", color="text-2", wrap=True)
        self._foot = QHBoxLayout()
        self._foot.setSpacing(14)
        begin = Qt.AlignmentFlag.AlignLeft  # where they stand below each other
        lock = LockLine(theme, self.tr("Nothing leaves this machine"))
        self._foot.addWidget(self.starter, 0, begin)
        self._foot.addWidget(self._hint, 1000)
        self._foot.addStretch(1)
        self._foot.addWidget(lock, 0, begin)
        self.other_models = Button(theme, self.tr("Other models"), kind="quiet")
        self.other_models.clicked.connect(self.models_wanted)
        self.open_file = Button(theme, self.tr("Open a GGUF file…"), kind="quiet")
        self.open_file.clicked.connect(self._choose_file)
        more = QHBoxLayout()
        more.setContentsMargins(-11, 0, 0, 0)  # the words begin where everything else does
        more.setSpacing(4)
        more.addWidget(self.other_models)
        more.addWidget(self.open_file)
        more.addStretch(1)
        column = self.column
        column.addWidget(self.title)
        column.addSpacing(4)
        column.addWidget(self.words)
        column.addSpacing(20)
        column.addWidget(self.strip)
        column.addSpacing(12)
        column.addWidget(cards)
        column.addSpacing(12)
        column.addWidget(jobs)
        column.addSpacing(20)
        column.addLayout(self._foot)
        column.addSpacing(12)
        column.addLayout(more)
        for source in (machine.changed, offers.changed, downloads.changed, shelf.models_changed):
            source.connect(self._follow)
        shelf.state_changed.connect(self._show_foot)
        downloads.finished.connect(self._has_arrived)
        shelf.problem.connect(self._tell)
        offers.start()
        self._follow()

    def primary(self) -> Button | None:
        if self._choosing:
            return self.choice.button
        for row in self.rows.values():
            if row.job.state in ("paused", "failed") and row.job.spec.id == self._welcome.awaited:
                return row.main_button()
        if self._companion() is None and not self._coming():
            return self.open_file
        return self.starter

    def fit(self, width: int) -> None:
        px = self.theme.px
        narrow = px(NARROW)
        self.strip.fit(width)
        self.choice.fit(width, px(_BESIDE))
        self._room = width
        for row in self.rows.values():
            row.fit(width, px(_BESIDE))
        self._name_starter()
        directions = QBoxLayout.Direction
        beside, below = directions.LeftToRight, directions.TopToBottom
        self._cards.setDirection(beside if width >= narrow else below)
        self._small.setDirection(beside if width >= px(_PAIR) else below)
        self._foot.setDirection(beside if width >= narrow else below)

    # -- what is shown ------------------------------------------------------------------------

    @property
    def suggestion(self) -> Suggestion | None:
        """The model on the large card."""
        proposal = self._proposal
        for one in (proposal.best, *proposal.others, self._taken):
            if one is not None and one.id == self._wish:
                return one
        return proposal.best

    def _follow(self) -> None:
        hardware = self._machine.hardware
        before = self.primary()
        waiting = before in (self.open_file, self.starter) and before.hasFocus()
        self._proposal = propose(self._offers)
        self.strip.show_machine(hardware)
        drawn = (self._proposal, self._wish, hardware.memory if hardware is not None else None)
        if drawn != self._drawn:
            self._drawn = drawn
            self.title.setText(self._headline())
            self.words.setText(self._reason())
            self._show_cards(hardware)
        self._show_jobs(hardware)
        self._show_foot()
        if waiting and self.primary() is not before:
            self._focus(self.primary())

    def _headline(self) -> str:
        proposal = self._proposal
        if proposal.state == "looking":
            return self.tr("Looking at this machine")
        if proposal.best is None:
            return self.tr("No Gemma 4 suits this machine")
        if proposal.best.place == "hub":
            words = self.tr("{0} suits this machine")
            if not does_well(proposal.best.fit):
                words = self.tr("{0} fits this machine")  # and why it is no better is said below
            return words.format(proposal.best.title)
        return self.tr("{0} is on this machine already").format(proposal.best.title)

    def _reason(self) -> str:
        proposal = self._proposal
        if proposal.state == "looking":
            return self.tr("What it has decides which Gemma 4 suits it. This takes a moment.")
        if proposal.best is not None and proposal.best.place != "hub":
            computed = proposal.best.fit
            if computed is not None and computed.verdict == "comfortable":
                return self.tr("It runs well here, and nothing has to be downloaded.")
            return self.tr("Nothing has to be downloaded.")
        return proposal.why

    def _show_cards(self, hardware: Hardware | None) -> None:
        focused = next((card.suggestion.id for card in self.cards if card.has_focus()), None)
        for card in self.cards:
            card.hide()
            card.deleteLater()
        self.cards = []
        large = self.suggestion
        if large is None:
            return
        best = self._proposal.best
        advised = best is not None and large.id == best.id
        label = self.tr("Recommended") if advised else self.tr("Your choice")
        if advised and large.line == self._proposal.why:
            large = msgspec.structs.replace(large, line="")  # it stands above
        card = ModelCard(self.theme, large, hardware, large=True, label=label)
        self.cards.append(card)
        self._large.addWidget(card)
        known = (best, *self._proposal.others)
        rest = [one for one in known if one is not None and one.id != large.id]
        del rest[_OTHERS:]
        for one in rest:
            small = ModelCard(self.theme, one, hardware, large=False)
            small.wanted.connect(self._choose)
            self.cards.append(small)
            self._small.addWidget(small, 1)
        self._cards.setStretch(1, len(rest) * (_SMALL + 12))
        for shown in self.cards:
            shown.show()
        if focused is not None:
            again = [
                one.button for one in self.cards if one.suggestion.id == focused and one.button
            ]
            self._focus(again[0] if again else self.primary())

    def _show_jobs(self, hardware: Hardware | None) -> None:
        focused = QApplication.focusWidget()
        jobs = {job.spec.id: job for job in self._downloads.jobs}
        lost = False  # whether what had the keyboard is gone
        for gone in self.rows.keys() - jobs.keys():
            row = self.rows.pop(gone)
            lost = lost or (focused is not None and row.isAncestorOf(focused))
            self._jobs.removeWidget(row)
            row.hide()
            row.deleteLater()
        for model, job in jobs.items():
            if model in self.rows:
                self.rows[model].show_job(job)
                continue
            row = DownloadRow(self.theme, job)
            row.pause_wanted.connect(self._downloads.pause)
            row.resume_wanted.connect(self._resume)
            row.cancel_wanted.connect(self._cancel)
            self.rows[model] = row
            self._jobs.addWidget(row)
            row.fit(self._room, self.theme.px(_BESIDE))
            row.show()
        large = self.suggestion
        idle = large is not None and large.id not in jobs
        self._choosing = idle and large is not None and large.id != self._arrived
        set_shown(self.choice, idle)
        if large is not None and self._choosing:
            self.choice.show_suggestion(large, hardware)
        elif large is not None:
            self.choice.show_arrival(large)
        if lost or (focused is self.choice.button and not self._choosing):
            self._focus(self.primary())

    def _show_foot(self) -> None:
        companion, coming = self._companion(), self._coming()
        set_shown(self.starter, companion is not None or coming)
        self._name_starter()
        if companion is None or not companion.starter:
            hint = ""
        elif coming:
            hint = self.tr("Text only, ready now. Facet moves to Gemma 4 when it arrives.")
        else:
            hint = self.tr("Small and text only, to try Facet at once.")
        self._hint.setText(hint)
        set_shown(self._hint, bool(hint))
        primary = self.primary()
        self.starter.set_kind("primary" if primary is self.starter else "secondary")
        for row in self.rows.values():
            row.emphasise(primary is row.main_button())

    def _name_starter(self) -> None:
        """The words of the starter's button; fewer of them where they wouldn't fit."""
        companion, coming = self._companion(), self._coming()
        if companion is None:
            names = [self.tr("Go on while it downloads")]
        elif not companion.starter:
            names = [
                self.tr("Start chatting with {0}").format(companion.title),
                self.tr("Start chatting"),
            ]
        elif coming:
            names = [
                self.tr("Start chatting with the starter model meanwhile"),
                self.tr("Chat with the starter meanwhile"),
            ]
        else:
            names = [
                self.tr("Start chatting with the starter model"),
                self.tr("Chat with the starter"),
            ]
        for words in names:
            self.starter.setText(words)
            if self.starter.sizeHint().width() <= self._room:
                break
        self.starter.updateGeometry()

    def _companion(self) -> InstalledModel | None:
        """What could answer meanwhile: the starter, else whatever is loaded; not the model that
        the large card is about."""
        for model in self._shelf.models:
            if model.starter:
                return model
        large, current = self.suggestion, self._shelf.current
        return current if large is None or large.model != current else None

    def _coming(self) -> bool:
        """Whether a download is on its way."""
        return any(job.state in ("running", "queued") for job in self._downloads.jobs)

    def _has_arrived(self, model: str) -> None:
        self._arrived = model
        self._follow()

    def _tell(self, problem: AppError) -> None:
        """A file that was opened here can't be used."""
        self.notice.tell(problem.what, problem.next_step)
        self.reveal(self.notice)

    # -- what is done -------------------------------------------------------------------------

    def _choose(self, suggestion: str) -> None:
        self._wish = suggestion
        self._follow()

    def _take(self) -> None:
        """Do what the chosen model needs: download it, or use it from where it is."""
        large = self.suggestion
        if large is None:
            return
        if large.model is not None:
            if large.place == "elsewhere":
                self._shelf.use(large.model)
            else:
                self._shelf.select(large.model.id)
            self.chosen.emit()
        elif large.spec is not None:
            self._wish, self._taken = large.id, large
            self._welcome.fetch(large.spec)
            QTimer.singleShot(0, self, self._reveal_download)  # once it has its place

    def _reveal_download(self) -> None:
        row = self.rows.get(self._wish)
        if row is not None:
            self.reveal(row)

    def _resume(self, model: str) -> None:
        job = next((job for job in self._downloads.jobs if job.spec.id == model), None)
        if job is not None:
            self._welcome.fetch(job.spec)

    def _choose_file(self) -> None:
        self.notice.dismiss()
        self.open_file_wanted.emit()

    def _cancel(self, model: str) -> None:
        if model == self._wish:
            self._wish, self._taken = "", None
        self._welcome.give_up(model)

    def _start_meanwhile(self) -> None:
        companion = self._companion()
        if companion is not None:
            self._shelf.select(companion.id)
        self.meanwhile.emit()

    def _focus(self, button: Button | None) -> None:
        """Keep the keyboard on this page when what had it is gone."""
        if button is not None and self.isVisible():
            button.setFocus(Qt.FocusReason.ShortcutFocusReason)
