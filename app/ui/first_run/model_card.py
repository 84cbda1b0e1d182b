"""A model as a card: what it needs, how fast it would be here, what it can do."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.core.hardware import Hardware
from app.models.fit import Fit
from app.session.offers import PROGRAMS
from app.session.proposal import Suggestion
from app.ui import figures
from app.ui.first_run.parts import Card
from app.ui.models.words import amount, verdict
from app.ui.theme.controls import Button, Divider, FacetMeter, IconLabel, Label
from app.ui.theme.theme import Theme

WORDS_A_TOKEN = 0.75
TOKENS_A_PAGE = 540


def pages(tokens: int) -> int:
    """How many printed pages ``tokens`` are, about: two digits at most."""
    count = tokens // TOKENS_A_PAGE
    step = int(10 ** max(0, len(str(count)) - 2))
    return count // step * step


class ModelCard(Card):
    """A suggestion. The ``large`` one is the chosen one and tells everything; a small one has a
    button to choose it instead."""

    wanted = Signal(str)  # the suggestion's id

    def __init__(
        self,
        theme: Theme,
        suggestion: Suggestion,
        hardware: Hardware | None,
        *,
        large: bool,
        label: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self.suggestion = suggestion
        self.button: Button | None = None
        self._large = large
        if large:
            self.set_face(edge="accent", thick=2)
        self.setAccessibleName(suggestion.title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        side = 24 if large else 19
        column = QVBoxLayout(self)
        column.setContentsMargins(side, 20 if large else 19, side, 20 if large else 18)
        column.setSpacing(0)
        if label:
            column.addWidget(Label(theme, label, role="caption", color="accent-text", weight=600))
            column.addSpacing(1)
        column.addLayout(self._head())
        column.addSpacing(3)
        if suggestion.line:
            column.addWidget(Label(theme, suggestion.line, color="text-2", wrap=True))
        column.addSpacing(12)
        for icon, name, value, more in self._facts(hardware):
            column.addWidget(self._fact(icon, name, value, more))
            column.addSpacing(8 if large else 6)
        column.addSpacing(6)
        column.addStretch(1)
        column.addWidget(Divider(theme))
        column.addSpacing(12)
        column.addLayout(self._senses())
        if not large:
            self.button = Button(theme, self.tr("Use {0} instead").format(suggestion.short))
            self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self.button.clicked.connect(lambda: self.wanted.emit(suggestion.id))
            column.addSpacing(16)
            column.addWidget(self.button)

    def has_focus(self) -> bool:
        """Whether its button has the keyboard."""
        return self.button is not None and self.button.hasFocus()

    # -- inside -----------------------------------------------------------------------------

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(5)
        role = "h1" if self._large else "h3"
        row.addWidget(Label(self.theme, self.suggestion.title, role=role, wrap=True), 1)
        computed = self.suggestion.fit
        if computed is not None:
            found = verdict(computed)
            meter = FacetMeter(self.theme, self.tr("Share of the free memory"), size=15)
            meter.set_share(computed.share, found.color)
            word = Label(self.theme, found.word, role="caption", color=found.color, weight=500)
            row.addWidget(meter)
            row.addWidget(word)
        return row

    def _facts(self, hardware: Hardware | None) -> list[tuple[str, str, str, str]]:
        """Icon, name, value, and what is said after the value."""
        suggestion, large = self.suggestion, self._large
        facts = []
        computed = suggestion.fit
        if computed is not None and computed.decode is not None:
            name = self.tr("Measured speed") if computed.measured else self.tr("Expected speed")
            spoken = self.tr("{0} words/s").format(max(1, int(computed.decode * WORDS_A_TOKEN)))
            speed = self.tr("{0} tokens/s").format(figures.pace(computed.decode))
            facts.append(("speed", name, speed, spoken if large else ""))
        if computed is not None:
            name = self.tr("Memory while loaded") if large else self.tr("Memory")
            facts.append(("mem", name, *self._memory(computed, hardware)))
        size = amount(suggestion.bytes)
        if suggestion.place == "hub":
            facts.append(("download", self.tr("Download"), size, ""))
        elif suggestion.model is not None:
            program = PROGRAMS.get(suggestion.model.origin, "")
            where = self.tr("in {0}").format(program) if program else ""
            facts.append(("disk", self.tr("On this disk"), size, where))
        if large and computed is not None and computed.largest_context:
            length = self.tr("{0} tokens").format(figures.tokens(computed.largest_context))
            paper = self.tr("{0} pages").format(pages(computed.largest_context))
            facts.append(("doc", self.tr("Reads at once"), length, paper))
        return facts

    def _memory(self, computed: Fit, hardware: Hardware | None) -> tuple[str, str]:
        """What it takes of which memory."""
        needed = amount(computed.total)
        if not self._large:
            return needed, ""
        device = computed.device
        if device is not None and not device.unified and computed.layers == computed.all_layers:
            return needed, self.tr("on the graphics card")
        shared = device is None or device.unified
        if shared and hardware is not None and hardware.memory:
            whole = figures.size(hardware.memory)
            taken = needed.removesuffix(" GB") if whole.endswith(" GB") else needed
            return self.tr("{0} of {1}").format(taken, whole), ""
        return needed, ""

    def _fact(self, icon: str, name: str, value: str, more: str) -> QWidget:
        theme = self.theme
        fact = QWidget()
        row = QHBoxLayout(fact)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(IconLabel(theme, icon, size=16))
        row.addSpacing(9)
        row.addWidget(Label(theme, name, color="text-2"))
        row.addStretch(1)
        row.addWidget(Label(theme, value, role="table", weight=500))
        if more:
            row.addWidget(Label(theme, f" · {more}", role="table", color="text-3"))
        return fact

    def _senses(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(0)
        takes = self.suggestion.modalities
        for kind, icon, words in (
            ("text", "text", self.tr("Text")),
            ("image", "eye", self.tr("Pictures")),
            ("audio", "wave", self.tr("Speech")),
        ):
            if kind in takes:
                row.addWidget(IconLabel(self.theme, icon, size=16))
                row.addSpacing(6)
                row.addWidget(Label(self.theme, words, role="caption", color="text-2"))
                row.addSpacing(13)
        row.addStretch(1)
        row.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        return row
