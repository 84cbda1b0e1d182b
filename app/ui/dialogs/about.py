"""What Facet is, and what it is made of."""

import platform
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app import __version__
from app.engine.messages import Hello
from app.ui.dialogs.base import Dialog, TextPanel
from app.ui.dialogs.licences import Shipped, shipped_fonts, shipped_packages
from app.ui.theme.controls import Label, Mark
from app.ui.theme.theme import Theme

_TEXT_ROLE = Qt.ItemDataRole.UserRole + 1


class AboutDialog(Dialog):
    """Version, engine, and the licence of every part that is shipped."""

    def __init__(
        self,
        theme: Theme,
        engine: Hello | None,
        resources: Path,
        models: Sequence[Shipped],
        parent: QWidget,
    ) -> None:
        super().__init__(theme, self.tr("About Facet"), parent)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(Mark(theme, 48), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Label(theme, f"Facet {__version__}", role="h2"))
        sentence = self.tr(
            "A private assistant for the desktop. Nothing you write or show it leaves this machine."
        )
        words.addWidget(Label(theme, sentence, role="ui", color="text-2", wrap=True))
        for fact in self._facts(engine):
            label = Label(theme, fact, role="caption", color="text-3", wrap=True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            words.addWidget(label)
        top.addLayout(words, 1)
        self.body.addLayout(top)

        heading = self.tr("Facet is free software under the Apache License 2.0. It is built on:")
        self.body.addWidget(Label(theme, heading, role="ui-medium", wrap=True))
        self.parts = QListWidget()
        self.parts.setAccessibleName(self.tr("Parts and licences"))
        self.parts.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._text = TextPanel(theme, "", self.tr("Licence"))
        for part in (*shipped_packages(), *shipped_fonts(resources / "fonts"), *models):
            name = " ".join(filter(None, (part.name, part.version)))
            item = QListWidgetItem(f"{name}  ·  {part.licence}" if part.licence else name)
            item.setData(_TEXT_ROLE, part.text)
            item.setToolTip(part.licence)
            self.parts.addItem(item)
        self.parts.currentItemChanged.connect(self._show_licence)
        self.parts.setCurrentRow(0)
        columns = QHBoxLayout()
        columns.setSpacing(12)
        self.parts.setFixedWidth(theme.px(240))
        columns.addWidget(self.parts)
        columns.addWidget(self._text, 1)
        self.body.addLayout(columns, 1)
        close = self.add_button(self.tr("Close"))
        close.clicked.connect(self.close)
        close.setFocus()
        self.resize(theme.px(920), theme.px(560))
        theme.changed.connect(self._restyle)
        self._restyle()

    def _facts(self, engine: Hello | None) -> list[str]:
        facts = [
            self.tr("Python {0}, Qt {1}, {2}").format(
                platform.python_version(), qVersion(), platform.platform(terse=True)
            )
        ]
        if engine is not None:
            facts.insert(0, self.tr("Engine: {0}").format(engine.build))
            if engine.devices:
                names = ", ".join(device.description for device in engine.devices)
                facts.insert(1, self.tr("Devices: {0}").format(names))
        return facts

    def _show_licence(self, item: QListWidgetItem | None) -> None:
        text = str(item.data(_TEXT_ROLE)).strip() if item is not None else ""
        self._text.setPlainText(
            text or self.tr("This part names its licence but carries no copy of it.")
        )

    def _restyle(self) -> None:
        color = self.theme.hex
        self.parts.setStyleSheet(
            f"QListWidget {{ background: {color('surface')}; border: 1px solid {color('border')};"
            f" border-radius: 8px; padding: 4px; outline: 0; }}"
            f"QListWidget::item {{ padding: 4px 6px; border-radius: 6px; }}"
            f"QListWidget::item:selected {{ background: {color('selected')};"
            f" color: {color('text')}; }}"
        )
