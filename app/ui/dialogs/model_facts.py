"""What a model's file says of itself."""

from PySide6.QtWidgets import QWidget

from app.engine.messages import ModelInfo
from app.models.library import InstalledModel
from app.ui import figures
from app.ui.dialogs.base import Dialog
from app.ui.dialogs.facts_table import facts_table
from app.ui.theme.theme import Theme


class ModelFactsDialog(Dialog):
    """The facts of the model that is loaded, in rows that can be selected and copied."""

    def __init__(
        self, theme: Theme, model: InstalledModel, info: ModelInfo, parent: QWidget
    ) -> None:
        super().__init__(theme, model.title, parent)
        self._model, self._info = model, info
        self.body.addWidget(facts_table(theme, self.facts()))
        self.body.addStretch(1)
        close = self.add_button(self.tr("Close"))
        close.clicked.connect(self.close)
        close.setFocus()
        self.resize(theme.px(520), self.sizeHint().height())

    def facts(self) -> list[tuple[str, str]]:
        """Names and values, in the order in which they are shown."""
        model, info = self._model, self._info
        thinks = self.tr("Yes, when told to") if info.thinking else self.tr("No")
        template = self.tr("In the file") if info.template else self.tr("None; a plain one is used")
        facts = [
            (self.tr("Name"), info.name or model.title),
            (self.tr("Architecture"), info.architecture),
            (self.tr("Kind"), info.description),
            (self.tr("Parameters"), figures.parameters(info.parameters)),
            (self.tr("Takes"), self._takes()),
            (
                self.tr("Context"),
                self.tr("{0} tokens in use, trained for {1}").format(
                    figures.tokens(info.context), figures.tokens(info.trained_context)
                ),
            ),
            (self.tr("Thinks"), thinks),
            (self.tr("Chat template"), template),
            (self.tr("Size"), figures.size(model.bytes)),
            (self.tr("File"), str(model.path)),
        ]
        if model.projector:
            facts.append((self.tr("Projector"), str(model.projector)))
        return facts

    def _takes(self) -> str:
        senses = [self.tr("text")]
        if self._info.vision:
            senses.append(self.tr("pictures"))
        if self._info.audio:
            senses.append(self.tr("sounds"))
        return ", ".join(senses)
