"""Hearing a recording from one of its times on: by a click on it, or by Enter."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent

from app.core.errors import AppError
from app.desktop.player.player import Player
from app.session.preview import Preview
from app.ui.preview.cited import page_at
from app.ui.preview.marking import Marking
from app.ui.preview.pages_view import PagesView
from app.ui.preview.sheets import TextSheet


class Listening(QObject):
    """Joins ``view``, which shows a recording, to ``player``, and keeps ``marking.lit`` and
    ``marking.playing``. ``failed`` is told when the recording is gone."""

    changed = Signal()  # another piece is heard, or none

    def __init__(
        self,
        view: PagesView,
        marking: Marking,
        preview: Preview,
        player: Player,
        failed: Callable[[AppError], None],
    ) -> None:
        super().__init__(view)
        self._view = view
        self._marking = marking
        self._preview = preview
        self._player = player
        self._failed = failed
        marking.listens = True
        player.changed.connect(self._follow)
        player.moved.connect(self._follow)
        view.viewport().installEventFilter(self)
        view.page_changed.connect(self._choose)
        view.focus_changed.connect(self._choose)

    @property
    def ready(self) -> bool:
        """Whether what is shown can be heard."""
        extract = self._preview.extract
        return extract is not None and extract.unit == "time"

    @property
    def playing(self) -> bool:
        """Whether it is heard."""
        document, heard = self._preview.document, self._player.playing
        return document is not None and heard is not None and heard.name == document.blob

    def toggle(self, page: int, seconds: float = 0.0) -> None:
        """Hear the recording from a piece on, or from ``seconds`` if that is within it. It ends if
        this piece is what is heard."""
        piece = self._preview.page(page)
        if not self.ready or piece is None:
            return
        if self.playing and self._marking.playing == page:
            self._player.stop()
            return
        try:
            path = self._preview.path()
        except AppError as error:
            self._failed(error)
            return
        inside = piece.start < seconds < piece.end
        self._player.play(path, seconds if inside else piece.start)

    def press_enter(self) -> None:
        """Hear it from the piece in sight on; it ends if it is heard."""
        if self.playing:
            self._player.stop()
        else:
            self.toggle(self._view.page)

    def stop(self) -> None:
        """Be silent, if it is this recording that is heard."""
        if self.playing:
            self._player.stop()

    # -- inside -----------------------------------------------------------------------------

    def _follow(self) -> None:
        extract, before = self._preview.extract, self._marking.playing
        now = 0
        if self.playing and extract is not None and self.ready:
            now = page_at(extract, self._player.seconds, exact=True)
        if now == before:
            return
        self._marking.playing = now
        if now == before + 1 and self._view.is_in_sight(before):  # nobody has gone elsewhere
            self._view.go_to_place(now, 0)
        self._view.refresh()
        self.changed.emit()

    def _choose(self) -> None:
        """The piece that Enter would play is lit."""
        self._marking.chosen = self._view.page if self._view.hasFocus() and self.ready else 0
        self._view.refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Leave:
            self._light(0)
        if not self.ready or not isinstance(event, QMouseEvent):
            return False
        left = Qt.MouseButton.LeftButton
        if kind == QEvent.Type.MouseMove and not event.buttons():
            page = self._time_at(event.position())
            self._light(page)
            if page:
                self._view.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
            return bool(page)
        pressed = kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
        if pressed and event.button() == left and (page := self._time_at(event.position())):
            if kind == QEvent.Type.MouseButtonPress:
                self.toggle(page)
            return True
        return False

    def _time_at(self, point: QPointF) -> int:
        """The piece whose time is at a point of the viewport; 0 if there is none."""
        hit = self._view.hit_sheet(point)
        if hit is None:
            return 0
        sheet, paper = hit
        if not isinstance(sheet, TextSheet):
            return 0
        return sheet.number if sheet.time_place(paper).contains(point.toPoint()) else 0

    def _light(self, page: int) -> None:
        if page != self._marking.lit:
            self._marking.lit = page
            self._view.refresh()
