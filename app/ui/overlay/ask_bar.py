"""Where a question about the marked region is asked."""

from functools import partial

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.core.errors import AppError
from app.core.screen_tasks import EXPLAIN, EXTRACT, READ, Task
from app.session.models import ModelShelf
from app.session.quick_ask import QuickAsk
from app.session.talking import Talking
from app.ui.announce import announce
from app.ui.composer.detail_menu import about, detail_menu
from app.ui.composer.flow import FlowLayout
from app.ui.overlay.ask_edit import AskEdit
from app.ui.overlay.languages import languages, name_of, own_language, translate_into
from app.ui.overlay.panel import Panel
from app.ui.theme.controls import Button, IconButton, IconLabel, Label, Menu, OctagonButton
from app.ui.theme.shapes import box
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import RADIUS_CONTROL
from app.ui.voice.ask_voice import AskVoice

LEAST_WIDTH = 420  # px
_MOST_LINES = 6
_PADDING = 11


class AskBar(Panel):
    """Field, suggestions, how closely the picture is looked at; and what stands in the way, if
    something does."""

    models_wanted = Signal()
    height_wanted = Signal()

    def __init__(
        self,
        theme: Theme,
        quick: QuickAsk,
        shelf: ModelShelf,
        talking: Talking | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """Without ``talking`` questions are typed only."""
        super().__init__(theme, parent)
        self._quick = quick
        self._shelf = shelf
        self._told = QSize()
        self._problem: AppError | None = None  # of the last question
        self.setAccessibleName(self.tr("Ask about this"))

        self.edit = AskEdit()
        self.edit.setAccessibleName(self.tr("Question"))
        self.edit.submitted.connect(self.submit)
        self.edit.textChanged.connect(self._follow)
        self.edit.height_wanted.connect(self._fit)
        self.send_button = OctagonButton(theme, self.tr("Ask"))
        self.send_button.clicked.connect(self._pressed)

        self._obstacle_icon = IconLabel(theme, "info", size=16, color="text-3")
        self.obstacle = Label(theme, role="caption", color="text-2", wrap=True)
        self.models_button = Button(theme, self.tr("Models"), size=28)
        self.models_button.clicked.connect(self.models_wanted)
        self.listen_button = Button(theme, "", size=28)  # another model may write it down

        self.explain_button = self._suggestion(self.tr("Explain"), "info", EXPLAIN)
        self.read_button = self._suggestion(self.tr("Read the text"), "text", READ)
        self.translate_button = _Translate(theme, self.tr("Translate"))
        self.translate_button.clicked.connect(lambda: self._translate(own_language()))
        self.languages_button = IconButton(
            theme, "down", self.tr("Translate into another language"), size=28
        )
        self.languages_button.clicked.connect(self._choose_language)
        self.find_button = Button(theme, self.tr("Find…"), size=28, icon="search")
        self.find_button.clicked.connect(self._begin_find)
        self.extract_button = self._suggestion(self.tr("Extract as table"), "table", EXTRACT)
        self.detail_button = Button(theme, "", kind="quiet", size=28, trailing="down")
        self.detail_button.clicked.connect(self._choose_detail)

        self._suggestions = (
            self.explain_button,
            self.read_button,
            self.translate_button,
            self.languages_button,
            self.extract_button,
        )

        field = QHBoxLayout()
        field.setContentsMargins(8, 0, 0, 0)
        field.setSpacing(10)
        field.addWidget(self.edit, 1)
        field.addWidget(self.send_button, 0, Qt.AlignmentFlag.AlignBottom)
        self._obstacle_row = QWidget()
        obstacle = QHBoxLayout(self._obstacle_row)
        obstacle.setContentsMargins(8, 0, 0, 0)
        obstacle.setSpacing(8)
        obstacle.addWidget(self._obstacle_icon)
        obstacle.addWidget(self.obstacle, 1)
        obstacle.addWidget(self.listen_button)
        obstacle.addWidget(self.models_button)
        self._tools = QWidget()
        translate = _Joined(theme, self.translate_button, self.languages_button)
        flow = FlowLayout(self._tools, gap=6)
        row: tuple[QWidget, ...] = (
            self.explain_button,
            self.read_button,
            translate,
            self.find_button,
            self.extract_button,
            self.detail_button,
        )
        for place, widget in enumerate(row):
            flow.insert_widget(place, widget)
        self._flow = flow
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(_PADDING, _PADDING, _PADDING, _PADDING)
        column.setSpacing(8)
        column.addLayout(field)
        column.addWidget(self._obstacle_row)
        column.addWidget(self._tools)

        quick.changed.connect(self._follow)
        quick.problem.connect(self._refused)
        quick.exchange_added.connect(self._asked)
        quick.finished.connect(self._follow)
        theme.changed.connect(self._restyle)
        self.voice: AskVoice | None = None
        if talking is not None:
            self.voice = AskVoice(theme, talking, quick, self.edit, self)
            field.insertWidget(1, self.voice.button, 0, Qt.AlignmentFlag.AlignVCenter)
            self.voice.told.connect(self._refused)
            self.listen_button.clicked.connect(self.voice.agree)
        self._restyle()
        self._follow()

    # -- orders -----------------------------------------------------------------------------

    def focus(self) -> None:
        """Give the keyboard to the field."""
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def submit(self) -> None:
        """Ask what is written, if it can be asked."""
        if self.send_button.state == "ready":
            words = self.edit.text().strip()
            self.edit.set_text("")
            self._quick.ask(words)

    def stop_talking(self) -> bool:
        """Forget what is being said. Returns whether anybody was speaking."""
        if self.voice is None or not self.voice.talk.busy:
            return False
        self.voice.talk.cancel()
        return True

    def clear(self) -> None:
        """Another picture: nothing is written."""
        self._problem = None
        self.edit.set_text("")

    # -- size -------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        least = self.theme.px(LEAST_WIDTH)
        return QSize(least, self.heightForWidth(max(self.width(), least)))

    def heightForWidth(self, width: int) -> int:
        """What is needed at ``width`` px."""
        room = width - 2 * _PADDING
        height = 2 * _PADDING + max(self.edit.height(), self.send_button.sizeHint().height())
        if not self._obstacle_row.isHidden():
            words = room - 8 - self.theme.px(16) - 8
            for button in (self.models_button, self.listen_button):
                if not button.isHidden():
                    words -= 8 + button.sizeHint().width()
            lines = self.obstacle.heightForWidth(words)
            height += 8 + max(lines, self.models_button.sizeHint().height())
        return height + 8 + self._flow.heightForWidth(room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        self._place_voice()

    # -- inside -----------------------------------------------------------------------------

    def _suggestion(self, words: str, icon: str, task: Task) -> Button:
        button = Button(self.theme, words, size=28, icon=icon)
        button.clicked.connect(lambda: self._ask(words, task))
        return button

    def _ask(self, words: str, task: Task) -> None:
        self.stop_talking()
        self.edit.set_text("")
        self._quick.ask(words, task)
        self.focus()

    def _begin_find(self) -> None:
        """The question begins with "Find"; what is looked for is typed."""
        self.edit.set_text(self.tr("Find "))
        self.focus()

    def _translate(self, language: object) -> None:
        words = self.tr("Translate into {0}").format(name_of(language))  # type: ignore[arg-type]
        self._ask(words, translate_into(language))  # type: ignore[arg-type]

    def _choose_language(self) -> None:
        menu = Menu(self.theme, self)
        for language in languages():
            menu.add(name_of(language), partial(self._translate, language))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.open_below(self.languages_button)

    def _choose_detail(self) -> None:
        quick = self._quick
        if quick.picture is None:
            return
        menu = detail_menu(
            self.theme,
            quick.picture,
            quick.usual_budget,
            quick.seconds_of,
            quick.set_budget,
            self,
        )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.open_below(self.detail_button)

    def _pressed(self) -> None:
        if self._quick.state == "answering":
            self._quick.stop()
        else:
            self.submit()
        self.focus()

    def _follow(self) -> None:
        """Take over what may be asked now."""
        quick = self._quick
        asked = bool(quick.exchanges)
        hint = self.tr("Ask about this")
        if asked:
            hint = self.tr("Ask a follow-up about this picture")
        self.edit.set_hint(hint)
        self.edit.viewport().update()
        obstacle = quick.obstacle
        busy = quick.state == "answering"
        for button in self._suggestions:
            button.setEnabled(not busy and obstacle is None)
        self.find_button.setEnabled(obstacle is None)
        if busy:
            self.send_button.set_state("busy")
            self.send_button.set_name(self.tr("Stop"), self.tr("Esc"))
        else:
            ready = bool(self.edit.text().strip()) and obstacle is None
            self.send_button.set_state("ready" if ready else "idle")
            self.send_button.set_name(self.tr("Ask"), self.tr("Enter"))
        told = obstacle or self._problem
        self._obstacle_row.setVisible(told is not None)
        deaf_alone = told is not None and told.code == "deaf-alone"
        self.models_button.setVisible(obstacle is not None or deaf_alone)
        listener = self.voice.listener if self.voice is not None else ""
        self.listen_button.setVisible(told is not None and told.code == "deaf" and bool(listener))
        self.listen_button.setText(self.tr("Let {0} write it down first").format(listener))
        if self.voice is not None:
            self.voice.button.setEnabled(not busy and obstacle is None)
        if told is not None:
            self.obstacle.setText(self._words_of(told))
        self._show_detail()
        self._fit()

    def _refused(self, problem: AppError) -> None:
        """Something went wrong with the picture or the question."""
        self._problem = problem
        announce(self, str(problem))
        self._follow()

    def _asked(self) -> None:
        """A question is on its way: what went wrong before is over."""
        self._problem = None
        self._follow()

    def _words_of(self, obstacle: AppError) -> str:
        """What stands in the way, and a model without it if one is there."""
        current = self._shelf.current
        seeing = (one for one in self._shelf.models if "image" in one.modalities and one != current)
        other = next(seeing, None) if obstacle.code == "modality" else None
        if other is None:
            return f"{obstacle.what} {obstacle.next_step}"
        return self.tr("{0} {1} can.").format(obstacle.what, other.title)

    def _show_detail(self) -> None:
        quick = self._quick
        choice = bool(quick.detail) and not quick.exchanges and quick.obstacle is None
        self.detail_button.setVisible(choice)
        words = quick.detail
        if quick.seconds is not None and not quick.picture_ready:
            words = self.tr("{0} · {1}").format(words, about(quick.seconds))
        ready = self.tr("Picture ready") if quick.picture_ready else ""
        self.setAccessibleDescription(ready)
        if words != self.detail_button.text():
            self.detail_button.setText(words)
            self.detail_button.setAccessibleName(words)
            self.detail_button.updateGeometry()

    def _restyle(self) -> None:
        theme = self.theme
        self.edit.set_look(
            theme.font("reading"),
            theme.line_height("reading"),
            caret=theme.color("accent"),
            hint=theme.color("text-3"),
        )
        self._fit()

    def _fit(self) -> None:
        """Grow with the text, then scroll; say so if the bar needs another height."""
        most = _MOST_LINES * self.theme.line_height("reading")
        wanted = self.edit.wanted_height()
        self.edit.set_scrolling(wanted > most)
        self.edit.setFixedHeight(min(wanted, most))
        self._place_voice()
        if self.sizeHint() != self._told:
            self._told = self.sizeHint()
            self.updateGeometry()
            self.height_wanted.emit()

    def _place_voice(self) -> None:
        """The row that is seen while somebody speaks stands over field and button."""
        if self.voice is not None:
            inner = self.rect().adjusted(_PADDING, _PADDING, -_PADDING, -_PADDING)
            inner.setHeight(max(self.edit.height(), self.send_button.sizeHint().height()))
            self.voice.row.setGeometry(inner)


class _Translate(Button):
    """Without a face, for it stands on one that it shares; its words are as dark as those of the
    buttons beside it."""

    def __init__(self, theme: Theme, words: str) -> None:
        super().__init__(theme, words, kind="quiet", size=28, icon="globe")

    def _paint_label(self, painter: QPainter, rect: QRectF, ink: QColor) -> None:
        super()._paint_label(painter, rect, self.theme.color("text") if self.isEnabled() else ink)


class _Joined(QWidget):
    """Two quiet buttons that look like one: what it says, and a choice of others."""

    def __init__(self, theme: Theme, first: Button, second: IconButton) -> None:
        super().__init__()
        self._theme = theme
        self._first = first
        self._second = second
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(first)
        row.addWidget(second)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        enabled = self._first.isEnabled()
        if enabled:
            painter.fillPath(box(rect, RADIUS_CONTROL), self._theme.color("btn"))
        painter.setPen(QPen(self._theme.color("btn-edge" if enabled else "border"), 1))
        painter.drawPath(box(rect, RADIUS_CONTROL))
        place = self._second.geometry()
        x = place.right() + 0.5 if self.isRightToLeft() else place.left() + 0.5
        painter.drawLine(QPointF(x, 6), QPointF(x, self.height() - 6))
