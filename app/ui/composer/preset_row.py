"""What can be asked about the documents of a draft with one click."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, QLocale, QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.core.reading.tasks import DocumentTask, Length
from app.ui.composer.flow import FlowLayout
from app.ui.overlay.languages import languages, name_of, own_language
from app.ui.theme.controls import Button, IconButton, Menu
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CONTROL

_GAP = 6


class Preset(QWidget):
    """A button that asks at once; with ``choices``, an arrow beside it has them in a menu."""

    def __init__(
        self,
        theme: Theme,
        text: str,
        act: Callable[[], object],
        choices: Sequence[tuple[str, Callable[[], object]]] = (),
        more: str = "",
    ) -> None:
        super().__init__()
        self._theme = theme
        self.choices = choices
        self.more = more
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.button = Button(theme, text, kind="quiet", size=28)
        self.button.clicked.connect(act)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.button)
        self.arrow: IconButton | None = None
        if choices:
            self.arrow = IconButton(theme, "down", more, size=28, icon_size=14)
            self.arrow.clicked.connect(self._open_menu)
            row.addWidget(self.arrow)

    def paintEvent(self, event: QPaintEvent) -> None:
        """One frame around both, a hairline between them."""
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = box(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_CONTROL)
        painter.fillPath(frame, theme.color("btn"))
        painter.setPen(QPen(theme.color("btn-edge"), 1))
        painter.drawPath(frame)
        if self.arrow is not None:
            edge = self.arrow.geometry().right() if self.isRightToLeft() else self.arrow.x()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.drawLine(edge, 6, edge, self.height() - 7)

    def _open_menu(self) -> None:
        menu = Menu(self._theme, self)
        for words, act in self.choices:
            menu.add(words, act)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.open_above(self)


class PresetRow(QWidget):
    """Buttons in rows, one for each task that fits what is attached; where there is no room for
    them, one button with a menu."""

    chosen = Signal(DocumentTask)
    height_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tasks: tuple[DocumentTask, ...] = ()
        self._presets: list[Preset] = []
        self._all = Button(theme, self.tr("Choose a question"), size=28, trailing="down")
        self._all.clicked.connect(self._open_menu)
        self._compact = False
        self._flow = FlowLayout(self, _GAP)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("Ask about the document"))
        self._flow.insert_widget(0, self._all)
        self._all.hide()
        self.hide()

    def presets(self) -> list[Preset]:
        """The buttons, in order."""
        return list(self._presets)

    def show_tasks(self, tasks: Sequence[DocumentTask]) -> None:
        """Offer these; without any the row is gone."""
        tasks = tuple(tasks)
        if tasks != self._tasks:
            self._tasks = tasks
            for preset in self._presets:
                self._flow.removeWidget(preset)
                preset.hide()
                preset.deleteLater()
            self._presets = [self._preset(task) for task in tasks]
            for place, preset in enumerate(self._presets):
                self._flow.insert_widget(place, preset)
                preset.setVisible(not self._compact)
        if self.isHidden() == bool(tasks):
            self.setVisible(bool(tasks))
            self.height_wanted.emit()

    def height_at(self, width: int, room: int) -> int:
        """The height at ``width`` px, of which ``room`` are at hand; be one button if they don't
        suffice."""
        self._set_compact(False)
        height = self._flow.heightForWidth(width)
        if height <= room:
            return height
        self._set_compact(True)
        return self._flow.heightForWidth(width)

    # -- inside -----------------------------------------------------------------------------

    def _set_compact(self, compact: bool) -> None:
        if compact != self._compact:
            self._compact = compact
            self._all.setVisible(compact)
            for preset in self._presets:
                preset.setVisible(not compact)
            self._flow.invalidate()

    def _open_menu(self) -> None:
        menu = Menu(self._theme, self)
        for preset in self._presets:
            menu.add(preset.button.text(), preset.button.click)
            if preset.choices:
                more = Menu(self._theme, menu)
                more.setTitle(preset.more)
                for words, act in preset.choices:
                    more.add(words, act)
                menu.addMenu(more)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.open_above(self._all)

    def _preset(self, task: DocumentTask) -> Preset:
        ask = partial(self.chosen.emit, task)
        if task.kind == "summarise":
            lengths = [
                (words, partial(self.chosen.emit, DocumentTask("summarise", length)))
                for length, words in _lengths()
            ]
            return Preset(self._theme, title(task), ask, lengths, self.tr("How long"))
        if task.kind == "translate":
            own = own_language()
            into = [(name_of(one), partial(self._translate, one)) for one in languages()]
            words = self.tr("Translate into {0}").format(name_of(own))
            act = partial(self._translate, own)
            return Preset(self._theme, words, act, into, self.tr("Into another language"))
        return Preset(self._theme, title(task), ask)

    def _translate(self, language: QLocale.Language) -> None:
        name = QLocale.languageToString(language)
        self.chosen.emit(DocumentTask("translate", language=name))


def title(task: DocumentTask) -> str:
    """What a task is called on its button."""
    return {
        "summarise": _say("Summarise"),
        "points": _say("Key points"),
        "questions": _say("Questions and answers"),
        "table": _say("Extract a table"),
        "translate": _say("Translate"),
        "compare": _say("Compare the documents"),
        "explain": _say("Explain this code base"),
        "transcribe": _say("Write down what is said"),
        "ask": _say("Just answer"),  # what is said in a recording
    }[task.kind]


def _lengths() -> tuple[tuple[Length, str], ...]:
    return (
        ("short", _say("Short: a few sentences")),
        ("standard", _say("Standard: about a page")),
        ("detailed", _say("Detailed: section by section")),
    )


def _say(text: str) -> str:
    return QCoreApplication.translate("Presets", text)
