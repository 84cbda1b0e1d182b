"""What is known of a model: what its file says of itself, or the catalogue, and how it fits."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app.models.catalogue import HuggingFace, ModelSpec
from app.models.fit import Fit
from app.models.gguf import GgufInfo
from app.session.offers import Offer
from app.ui import figures
from app.ui.dialogs.base import Dialog
from app.ui.dialogs.facts_table import facts_table
from app.ui.models import words
from app.ui.theme.theme import Theme


class ModelDetails(Dialog):
    """The facts of one offer. ``info`` is what its file says; None for one that isn't here."""

    def __init__(self, theme: Theme, offer: Offer, info: GgufInfo | None, parent: QWidget) -> None:
        super().__init__(theme, offer.title, parent)
        self._offer = offer
        self._info = info
        table = facts_table(theme, self.facts())
        scroll = QScrollArea()
        scroll.setWidget(table)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.viewport().setAutoFillBackground(False)
        table.setAutoFillBackground(False)
        self.body.addWidget(scroll, 1)
        close = self.add_button(self.tr("Close"))
        close.clicked.connect(self.close)
        close.setFocus()
        width = theme.px(540)
        wanted = table.heightForWidth(width - 72) + theme.px(110)
        self.resize(width, min(wanted, max(420, parent.height() - 24)))

    def facts(self) -> list[tuple[str, str]]:
        """Names and values, in the order in which they are shown."""
        offer, info = self._offer, self._info
        facts = [(self.tr("Takes"), words.takes(offer))]
        if info is not None:
            facts += self._file_facts(info)
        elif offer.spec is not None:
            facts += self._catalogue_facts(offer.spec)
        facts.append((self.tr("On disk"), words.amount(offer.disk)))
        if offer.fit is not None:
            facts += self._fit_facts(offer.fit)
        if offer.spec is not None:
            facts += self._source(offer.spec)
        if offer.model is not None:
            facts.append((self.tr("File"), str(offer.model.path)))
            if offer.model.projector is not None:
                facts.append((self.tr("Projector"), str(offer.model.projector)))
        return [(name, value) for name, value in facts if value]

    def _file_facts(self, info: GgufInfo) -> list[tuple[str, str]]:
        template = (
            self.tr("In the file") if info.has_template else self.tr("None; a plain one is used")
        )
        return [
            (self.tr("Name in the file"), info.name),
            (self.tr("Architecture"), info.architecture),
            (self.tr("Parameters"), figures.parameters(info.parameters)),
            (self.tr("Quantisation"), info.quantisation),
            (self.tr("Layers"), str(info.blocks or "")),
            (self.tr("Context"), self._tokens(info.context)),
            (self.tr("Chat template"), template),
        ]

    def _catalogue_facts(self, spec: ModelSpec) -> list[tuple[str, str]]:
        return [
            (self.tr("What it is"), spec.description),
            (self.tr("Architecture"), spec.architecture),
            (self.tr("Parameters"), spec.parameters),
            (self.tr("Quantisation"), spec.quantisation),
            (self.tr("Context"), self._tokens(spec.context)),
        ]

    def _fit_facts(self, fit: Fit) -> list[tuple[str, str]]:
        parts = fit.memory, fit.device_memory
        sums = (
            (self.tr("weights"), sum(part.weights for part in parts)),
            (self.tr("chat"), sum(part.kv for part in parts)),
            (self.tr("computing"), sum(part.compute for part in parts)),
            (self.tr("pictures and sounds"), sum(part.projector for part in parts)),
        )
        named = ", ".join(f"{words.amount(count)} {name}" for name, count in sums if count)
        with_context = self.tr("{0} with {1} tokens of context").format(
            words.memory(fit), figures.tokens(fit.context)
        )
        facts = [
            (self.tr("Fit"), f"{words.verdict(fit).word}. {fit.reason}"),
            (self.tr("Memory"), f"{with_context}: {named}"),
        ]
        if fit.device is not None and fit.layers:
            where = self.tr("{0} of {1} layers on {2}").format(
                fit.layers, fit.all_layers, fit.device.description
            )
            facts.append((self.tr("Graphics card"), where))
        if fit.largest_context:
            facts.append((self.tr("Largest context here"), self._tokens(fit.largest_context)))
        facts.append((self.tr("Speed"), self._speed(fit)))
        return facts

    def _speed(self, fit: Fit) -> str:
        if fit.decode is None:
            return ""
        if fit.prefill is None:
            text = self.tr("{0} writing").format(figures.speed(fit.decode))
        else:
            text = self.tr("{0} writing, {1} reading").format(
                figures.speed(fit.decode), figures.speed(fit.prefill)
            )
        return (
            self.tr("{0}, measured here").format(text)
            if fit.measured
            else self.tr("about {0}").format(text)
        )

    def _source(self, spec: ModelSpec) -> list[tuple[str, str]]:
        source = spec.source.repository if isinstance(spec.source, HuggingFace) else ""
        return [(self.tr("Licence"), spec.licence), (self.tr("From"), source)]

    def _tokens(self, count: int) -> str:
        return self.tr("{0} tokens").format(figures.tokens(count)) if count else ""
