"""What can be done about the chosen model, and how downloads go: a row for each."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.core.hardware import Hardware
from app.session.downloads import Download
from app.session.offers import PROGRAMS
from app.session.proposal import Suggestion
from app.ui.first_run.parts import Card, set_shown
from app.ui.models.words import amount, progress
from app.ui.theme.controls import Button, IconLabel, Label, ProgressLine
from app.ui.theme.theme import Theme


class DownloadRow(Card):
    """One download: its name, how far it is, and the buttons that fit its state."""

    pause_wanted = Signal(str)  # the model's id, here and below
    resume_wanted = Signal(str)
    cancel_wanted = Signal(str)

    def __init__(self, theme: Theme, job: Download, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.job = job
        model = job.spec.id
        self.setAccessibleName(job.spec.title)
        self._warning = IconLabel(theme, "warn", color="danger")
        self._title = Label(theme, role="ui-strong", wrap=True)
        self._figures = Label(theme, role="table", color="text-2")
        self._left = Label(theme, role="table", weight=600)
        self._words = Label(theme, color="text-2", wrap=True)
        name = self.tr("Download of {0}").format(job.spec.title)
        self._line = ProgressLine(theme, name, thickness=6)
        self._line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.pause = Button(theme, self.tr("Pause"), size=28, icon="pause")
        self.resume = Button(theme, self.tr("Go on"), size=28, icon="play")
        self.retry = Button(theme, self.tr("Try again"), size=28, icon="retry")
        self.cancel = Button(theme, self.tr("Cancel"), kind="quiet", size=28)
        self.pause.clicked.connect(lambda: self.pause_wanted.emit(model))
        self.resume.clicked.connect(lambda: self.resume_wanted.emit(model))
        self.retry.clicked.connect(lambda: self.resume_wanted.emit(model))
        self.cancel.clicked.connect(lambda: self.cancel_wanted.emit(model))
        self._narrow = False
        named = QHBoxLayout()
        named.setSpacing(8)
        named.addWidget(self._warning)
        named.addWidget(self._title, 1)
        told = QHBoxLayout()
        told.setSpacing(0)
        told.addWidget(self._figures)
        told.addWidget(self._left)
        self._head = QHBoxLayout()
        self._head.setSpacing(8)
        self._head.addLayout(named, 1)
        self._head.addLayout(told)
        below = QHBoxLayout()
        below.setSpacing(12)
        below.addWidget(self._line, 1)
        for button in (self.pause, self.resume, self.retry, self.cancel):
            below.addWidget(button)
        self._below = below
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 14, 22, 14)
        column.setSpacing(6)
        column.addLayout(self._head)
        column.addWidget(self._words)
        column.addLayout(below)
        self.show_job(job)

    def show_job(self, job: Download) -> None:
        """Show the same download as it is now."""
        self.job = job
        failed = job.state == "failed"
        self.set_face("danger-soft" if failed else "surface", "danger-soft" if failed else "border")
        set_shown(self._warning, failed)
        self._title.setText(self._headline(job))
        far, left = self._progress(job)
        if self._narrow:
            far, left = far + left, ""
        self._figures.setText(far)
        set_shown(self._figures, bool(far))
        self._left.setText(left)
        set_shown(self._left, bool(left))
        words = self._explanation(job)
        self._words.setText(words)
        set_shown(self._words, bool(words))
        transfer = job.transfer
        share = transfer.done / transfer.total if transfer and transfer.total else 0.0
        self._line.set_share(share, "accent" if job.state == "running" else "track-2")
        had_focus = any(button.hasFocus() for button in (self.pause, self.resume, self.retry))
        set_shown(self.pause, job.state in ("running", "queued"))
        set_shown(self.resume, job.state == "paused")
        set_shown(self.retry, failed)
        if had_focus:
            self.main_button().setFocus(Qt.FocusReason.OtherFocusReason)

    def fit(self, width: int, narrow: int) -> None:
        """Put the figures below the name where ``width`` is less than ``narrow``."""
        if self._narrow == (width < narrow):
            return
        self._narrow = not self._narrow
        self._figures.setWordWrap(self._narrow)
        directions = QHBoxLayout.Direction
        self._head.setDirection(directions.TopToBottom if self._narrow else directions.LeftToRight)
        self.show_job(self.job)

    def main_button(self) -> Button:
        """What most people want to press next in this state."""
        others = {"paused": self.resume, "failed": self.retry}
        return others.get(self.job.state, self.pause)

    def emphasise(self, primary: bool) -> None:
        """Whether ``main_button`` is the one that stands out in the whole page."""
        for button in (self.pause, self.resume, self.retry):
            wanted = primary and button is self.main_button()
            button.set_kind("primary" if wanted else "secondary")

    # -- inside -----------------------------------------------------------------------------

    def _headline(self, job: Download) -> str:
        title = job.spec.title
        if job.state == "failed" and job.problem is not None:
            return job.problem.what
        if job.state != "running":
            return title
        if job.transfer is not None and job.transfer.stage == "checking":
            return self.tr("Checking {0}").format(title)
        return self.tr("Downloading {0}").format(title)

    def _progress(self, job: Download) -> tuple[str, str]:
        """The figures, and the one that matters most."""
        transfer = job.transfer
        if job.state == "failed" or _is_retrying(job):
            return "", ""
        words = progress(job)
        if job.state == "running" and transfer is not None and transfer.seconds_left is not None:
            begin, dot, left = words.rpartition(" · ")
            return begin + dot, left
        return words, ""

    def _explanation(self, job: Download) -> str:
        if job.state == "failed":
            return job.problem.next_step if job.problem is not None else ""
        return job.transfer.note if job.transfer is not None and _is_retrying(job) else ""


class ChoiceRow(Card):
    """The chosen model before anything is done about it: what will happen, and the button."""

    wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.title = Label(theme, role="ui-strong", wrap=True)
        self.words = Label(theme, color="text-2", wrap=True)
        self.button = Button(theme, "", kind="primary", size=36)
        self.button.clicked.connect(self.wanted)
        lines = QVBoxLayout()
        lines.setSpacing(2)
        lines.addWidget(self.title)
        lines.addWidget(self.words)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(22, 16, 22, 16)
        self._row.setSpacing(16)
        self._row.addLayout(lines, 1)
        self._row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)

    def fit(self, width: int, narrow: int) -> None:
        """Put the button below the words where ``width`` is less than ``narrow``."""
        below = width < narrow
        directions = QHBoxLayout.Direction
        self._row.setDirection(directions.TopToBottom if below else directions.LeftToRight)

    def show_suggestion(self, suggestion: Suggestion, hardware: Hardware | None) -> None:
        """Say what pressing the button does."""
        set_shown(self.button, True)
        if suggestion.place == "hub":
            self.title.setText(self.tr("{0} to download").format(amount(suggestion.bytes)))
            words, color = self._download_words(suggestion, hardware)
            self.button.setText(self.tr("Download {0}").format(suggestion.title))
        elif suggestion.place == "elsewhere" and suggestion.model is not None:
            program = PROGRAMS.get(suggestion.model.origin, suggestion.model.origin)
            self.title.setText(self.tr("Found in {0}").format(program))
            words = self.tr("The file stays where it is, and {0} can go on using it.")
            words, color = words.format(program), "text-2"
            self.button.setText(self.tr("Use the one from {0}").format(program))
        else:
            self.title.setText(self.tr("Installed"))
            words, color = self.tr("It is ready to answer."), "text-2"
            self.button.setText(self.tr("Use {0}").format(suggestion.title))
        self.words.setText(words)
        self.words.set_color(color)
        self.button.updateGeometry()

    def show_arrival(self, suggestion: Suggestion) -> None:
        """Say that it has been downloaded; there is nothing to press."""
        self.title.setText(self.tr("{0} has arrived").format(suggestion.title))
        self.words.setText(self.tr("It is about to be loaded."))
        self.words.set_color("text-2")
        self.button.hide()

    def _download_words(self, suggestion: Suggestion, hardware: Hardware | None) -> tuple[str, str]:
        free = hardware.disk_free if hardware is not None else None
        if free is not None and free < suggestion.bytes:
            words = self.tr("This disk has {0} free. Make room first, or choose another model.")
            return words.format(amount(free)), "warn"
        words = self.tr("From its publisher’s page. Facet uses the network for this alone.")
        return words, "text-2"


def _is_retrying(job: Download) -> bool:
    transfer = job.transfer
    return job.state == "running" and transfer is not None and transfer.stage == "retrying"
