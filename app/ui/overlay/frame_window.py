"""The frozen picture of one screen, over all of it, and the marking of a region there."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QCursor,
    QEnterEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QScreen,
)
from PySide6.QtWidgets import QApplication, QWidget

from app.desktop.capture.frame import Frame
from app.desktop.capture.places import WindowPlace
from app.ui.announce import announce
from app.ui.commands import writes
from app.ui.focus_order import neighbour
from app.ui.overlay.handles import cursor_of
from app.ui.overlay.look import TAGS, Look
from app.ui.overlay.picture import fitted, paint_picture
from app.ui.overlay.scene import Scene, outlines_of, rect_of
from app.ui.overlay.selection import Selection
from app.ui.overlay.stage import Stage
from app.ui.overlay.topmost import frame_flags, lead_or_follow
from app.ui.theme.theme import Theme

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_FAST = 10  # px that an arrow key moves by with Ctrl


class FrameWindow(QWidget):
    """One screen. It is made once and shown again for each capture.

    Regions are QRects in logical pixels of this window, which are those of the frame.
    """

    region_changed = Signal()  # while it is being drawn, moved, pulled; also when it has gone
    region_settled = Signal(bool)  # a change is over; True: nothing more is to be waited for
    back_wanted = Signal()
    typed = Signal(QKeyEvent)  # a key that writes, with a region there
    next_screen_wanted = Signal(int)  # 1: the next one, -1: the one before
    taken_up = Signal()  # mouse or keyboard is at work here now

    def __init__(self, theme: Theme, screen: QScreen) -> None:
        super().__init__(None, frame_flags())
        self._theme = theme
        self._frame: Frame | None = None
        self._shown: Frame | None = None  # with the pixels of this window
        self._selection = Selection(1, 1)
        self._stage: Stage | None = None
        self._look = Look()
        self._picture_words = ("", "")
        self._marked: QRect | None = None  # the region that boxes belong to
        self._by_keys = False
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setWindowTitle(self.tr("Facet: ask about the screen"))
        self.setAccessibleName(self.tr("The screen as it was"))
        self.setAccessibleDescription(self.instructions)
        self.setScreen(screen)
        self.setGeometry(screen.geometry())
        theme.changed.connect(self._restyle)

    @property
    def instructions(self) -> str:
        """What to do, for people who listen."""
        return self.tr(
            "Arrow keys move the point, Shift and arrow keys mark a region, Tab goes through the"
            " windows and Space takes one, Enter takes the whole screen, Control and Tab go to the"
            " next screen, Escape closes."
        )

    @property
    def frame(self) -> Frame | None:
        """What is shown; None while the overlay is closed."""
        return self._frame

    @property
    def region(self) -> QRect | None:
        """The region, if there is one."""
        region = self._selection.region
        return None if region is None else rect_of(region)

    @property
    def changing(self) -> bool:
        """Whether the mouse is at it just now."""
        return self._selection.pressed

    # -- orders of the overlay ---------------------------------------------------------------

    def set_stage(self, stage: Stage | None) -> None:
        """The panels that may come to stand here."""
        self._stage = stage

    def show_frame(
        self,
        frame: Frame,
        windows: Sequence[WindowPlace],
        screen: QScreen,
        leader: "FrameWindow | None" = None,
    ) -> None:
        """Lie over ``screen``, at once and without movement. ``windows`` are all of the desktop,
        topmost first; ``leader`` is the first of those that are shown together."""
        self._frame = frame
        self._marked = None
        self._by_keys = False
        self._picture_words = ("", "")
        self._selection = Selection(frame.width, frame.height, outlines_of(windows, frame))
        if self.screen() is not screen:
            self.setScreen(screen)
        self.setGeometry(screen.geometry())
        lead_or_follow(self, leader)
        self._shown = fitted(frame, self.devicePixelRatioF())
        at = self.mapFromGlobal(QCursor.pos())
        wayland = QGuiApplication.platformName().startswith("wayland")
        if self.rect().contains(at) and not wayland:  # which doesn't tell where the pointer is
            self._selection.point_at(at.x(), at.y())
        self._look = self._scene().look(self._selection)
        self._show_cursor(at)
        if wayland:
            self.showFullScreen()
        else:
            self.show()
            self.raise_()

    def let_go(self) -> None:
        """Go away, and keep nothing of what was shown."""
        self.hide()
        # Qt would take it for having the keyboard for a moment yet, and not see it come back.
        self.windowHandle().destroy()
        self._frame = None
        self._shown = None
        self._marked = None
        self._selection = Selection(1, 1)
        self._look = Look()

    def take_keys(self) -> None:
        """Have the keyboard."""
        self.activateWindow()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_marked(self, region: QRect | None) -> None:
        """``region`` is what boxes belong to from now on."""
        self._marked = region
        if region is not None and self._frame is not None:
            pixels = self._frame.physical(region)
            announce(self, self.tr("Region, {0} by {1}").format(pixels.width(), pixels.height()))
        self.refresh()
        self.update_picture()

    def set_picture_words(self, detail: str, ready: str) -> None:
        """What the read-out says beside the size."""
        self._picture_words = (detail, ready)
        self.refresh()

    def clear_region(self) -> None:
        """No region."""
        had = self._selection.region is not None
        self._selection.clear()
        self._marked = None
        self.refresh()
        self._show_cursor(self.mapFromGlobal(QCursor.pos()))
        if had:
            self.region_changed.emit()

    def give_up_gesture(self) -> bool:
        """Put back what a held button has changed so far; False if none is held."""
        if not self._selection.give_up_gesture():
            return False
        self.refresh()
        self.region_changed.emit()
        return True

    def point_away(self) -> None:
        """The pointer is on another screen now."""
        self._selection.leave()
        self._by_keys = False
        self.refresh()

    def point_at_middle(self) -> None:
        """The keyboard goes on from the middle of this screen."""
        bounds = self._selection.bounds
        self._selection.point_at(bounds.width // 2, bounds.height // 2)
        self._went_by_keys()

    def update_picture(self) -> None:
        """Paint the region anew, with a little around it for tags."""
        if self._marked is not None:
            self.update(self._marked.adjusted(-TAGS, -TAGS, TAGS, TAGS))

    def refresh(self) -> None:
        """Paint what has changed."""
        if self._frame is None:
            return
        look = self._scene().look(self._selection)
        self.update(look.changes(self._look))
        self._look = look

    # -- the mouse ---------------------------------------------------------------------------

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._point(event.position().toPoint())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if not self._by_keys:
            self._selection.leave()
            self.refresh()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if not self._selection.pressed:
            self._point(at)
            return
        if self._selection.drag(at.x(), at.y()):
            self.region_changed.emit()
        self.refresh()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        self._by_keys = False
        self.taken_up.emit()
        self.take_keys()
        if event.button() == Qt.MouseButton.RightButton:
            self.back_wanted.emit()
        elif event.button() == Qt.MouseButton.LeftButton and not self._pressed_box(at):
            self._selection.press(at.x(), at.y())
            self._show_cursor(at)
            self.refresh()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self._selection.pressed:
            return
        at = event.position().toPoint()
        changed = self._selection.release(at.x(), at.y())
        self._show_cursor(at)
        self.refresh()
        if changed:
            self.region_changed.emit()
        if self._selection.region is not None:
            self.region_settled.emit(self._marked is None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def _point(self, at: QPoint) -> None:
        """The mouse is there, with no button held."""
        if self._by_keys and self._selection.point == (at.x(), at.y()):
            return
        self._by_keys = False
        self._selection.point_at(at.x(), at.y())
        self.taken_up.emit()
        self._show_cursor(at)
        self.refresh()

    def _pressed_box(self, at: QPoint) -> bool:
        """Whether a press there was for a box or its button."""
        region = self._boxed_region()
        if region is None or self._stage is None or self._selection.handle_at(at.x(), at.y()):
            return False
        return self._stage.panels.press(at, region)

    def _boxed_region(self) -> QRect | None:
        """Where boxes are true: only while the region is the one that they belong to."""
        boxed = self._look.boxed
        return boxed if self._stage is not None and not boxed.isNull() else None

    def _show_cursor(self, at: QPoint) -> None:
        selection = self._selection
        shape = Qt.CursorShape.CrossCursor
        handle = selection.handle_at(at.x(), at.y())
        boxes = self._boxed_region()
        over_box = (
            boxes is not None
            and self._stage is not None
            and self._stage.panels.hover(
                None if handle is not None or selection.pressed else at, boxes
            )
        )
        if self._by_keys and selection.region is None:
            shape = Qt.CursorShape.BlankCursor
        elif over_box:
            shape = Qt.CursorShape.PointingHandCursor
        elif handle is not None and not selection.pressed:
            shape = cursor_of(handle)
        elif selection.pressed:
            shape = self.cursor().shape()
        elif selection.region is not None and selection.region.contains(at.x(), at.y()):
            shape = Qt.CursorShape.SizeAllCursor
        if self.cursor().shape() != shape:
            self.setCursor(shape)

    # -- the keyboard ------------------------------------------------------------------------

    def focusNextPrevChild(self, forward: bool) -> bool:
        # Before there is a region, Tab is for the windows of the picture.
        if self._selection.region is None:
            return False
        found = neighbour(self, QApplication.focusWidget(), forward=forward)
        if found is None:
            return False
        reasons = Qt.FocusReason
        found.setFocus(reasons.TabFocusReason if forward else reasons.BacktabFocusReason)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.back_wanted.emit()
        elif key in _ARROWS:
            self._arrow(key, event.modifiers())
        elif self._selection.region is not None:
            if writes(event):
                self.typed.emit(event)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self._selection.take_all())
        elif key == Qt.Key.Key_Space:
            self._take(self._selection.take_window())
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            step = -1 if key == Qt.Key.Key_Backtab else 1
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.next_screen_wanted.emit(step)
            else:
                self._next_window(step)

    def _arrow(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
        if self._selection.pressed:
            return
        step = _FAST if modifiers & Qt.KeyboardModifier.ControlModifier else 1
        by_x, by_y = _ARROWS[key]
        resize = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        changed = self._selection.arrow(by_x * step, by_y * step, resize=resize)
        self._went_by_keys()
        if changed:
            self.region_changed.emit()
            self.region_settled.emit(False)

    def _take(self, changed: bool) -> None:
        if changed:
            self._went_by_keys()
            self.region_changed.emit()
            self.region_settled.emit(True)

    def _next_window(self, step: int) -> None:
        if self._selection.point_at_next_window(step):
            self._went_by_keys()
            hovered = self._selection.hovered
            if hovered is not None:
                announce(self, hovered.title or self.tr("A window"))

    def _went_by_keys(self) -> None:
        self._by_keys = self._selection.region is None
        self.taken_up.emit()
        self._show_cursor(self.mapFromGlobal(QCursor.pos()))
        self.refresh()

    # -- what is seen ------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        look = self._look
        if self._frame is None or self._shown is None:
            return
        scene = self._scene()
        painter = QPainter(self)
        lit = None if look.lit.isNull() else look.lit
        paint_picture(painter, self._shown, lit, event.region())
        boxes = self._boxed_region()
        if boxes is not None and self._stage is not None:
            painter.save()
            self._stage.panels.paint(painter, boxes)
            painter.restore()
        scene.paint(painter, look, self._shown)
        if self._stage is not None:
            self._stage.paint_shadows(painter, self)
        scene.paint_magnifier(painter, look)

    def _scene(self) -> Scene:
        assert self._frame is not None
        return Scene(
            self._theme,
            self._frame,
            self.rect(),
            self.devicePixelRatioF(),
            self._stage.shown_on(self) if self._stage is not None else (),
            self._marked,
            self._picture_words,
            self._by_keys,
        )

    def _restyle(self) -> None:
        if self._frame is not None:
            self._look = self._scene().look(self._selection)
            self.update()
