"""A picture of the chat, large."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QImageReader, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.session.jobs import Jobs
from app.ui.dialogs.base import Dialog
from app.ui.dialogs.picture_canvas import PictureCanvas
from app.ui.theme.controls import Button, IconButton, Label
from app.ui.theme.theme import Theme

_MOST_PIXELS = 50_000_000  # a larger picture is scaled while it is read


class PictureDialog(Dialog):
    """Fit, 100 %, zoom, and the folder that the picture lies in.

    ``stand_in`` is a small version of it, for formats that only the engine's side can read.
    """

    def __init__(
        self,
        theme: Theme,
        path: str,
        name: str,
        stand_in: str | None,
        jobs: Jobs,
        parent: QWidget,
    ) -> None:
        super().__init__(theme, name, parent)
        self._path = path
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.canvas = PictureCanvas(theme)
        self.canvas.scale_changed.connect(self._show_scale)
        self._note = Label(theme, role="caption", color="text-3")
        self._percent = Label(theme, role="caption", color="text-3")
        self._percent.setMinimumWidth(theme.px(44))
        self._percent.setAlignment(Qt.AlignmentFlag.AlignCenter)
        fit = Button(theme, self.tr("Fit"), kind="quiet", size=28)
        fit.setToolTip("0")
        fit.clicked.connect(self.canvas.fit)
        full = Button(theme, self.tr("100 %"), kind="quiet", size=28)
        full.setToolTip("1")
        full.clicked.connect(self.canvas.actual_size)
        smaller = IconButton(theme, "minus", self.tr("Smaller"), shortcut="-", size=28)
        smaller.clicked.connect(lambda: self.canvas.zoom(-1))
        larger = IconButton(theme, "plus", self.tr("Larger"), shortcut="+", size=28)
        larger.clicked.connect(lambda: self.canvas.zoom(1))
        folder = Button(theme, self.tr("Open folder"), kind="quiet", size=28, icon="folder")
        folder.clicked.connect(
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(path).parent)))
        )
        tools = QHBoxLayout()
        tools.setSpacing(4)
        for widget in (fit, full, smaller, self._percent, larger):
            tools.addWidget(widget)
        tools.addSpacing(8)
        tools.addWidget(self._note, 1)
        tools.addWidget(folder)
        self.column.setContentsMargins(0, 0, 0, 8)
        self.column.setSpacing(8)
        self.body.addWidget(self.canvas, 1)
        self.buttons.setContentsMargins(12, 0, 12, 0)
        self.buttons.takeAt(0)
        self.buttons.addLayout(tools, 1)
        self.setMinimumSize(420, 320)
        self.resize(parent.size() * 0.92)
        self.canvas.setFocus()
        jobs.run(lambda: read_picture(path, stand_in), self._show)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_0, Qt.Key.Key_1, Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self.canvas.keyPressEvent(event)
        else:
            super().keyPressEvent(event)

    def _show(self, read: "tuple[QImage, QSize]") -> None:
        image, size = read
        if image.isNull():
            self._note.setText(self.tr("This picture can't be shown. Open its folder instead."))
            return
        self.canvas.show_picture(image)
        facts = f"{size.width()} × {size.height()}"
        if image.size() != size:
            facts = self.tr("{0}, shown smaller").format(facts)
        self._note.setText(facts)

    def _show_scale(self) -> None:
        self._percent.setText(f"{round(100 * self.canvas.scale)} %")


def read_picture(path: str, stand_in: str | None = None) -> tuple[QImage, QSize]:
    """The picture at ``path``, upright, and its own size in pixels. Where Qt can't read it the
    ``stand_in`` is read; a null image if that fails too. For any thread."""
    for candidate in filter(None, (path, stand_in)):
        reader = QImageReader(candidate)
        reader.setAutoTransform(True)
        reader.setDecideFormatFromContent(True)
        size = reader.size()
        pixels = size.width() * size.height()
        if pixels > _MOST_PIXELS:
            reader.setScaledSize(size * (_MOST_PIXELS / pixels) ** 0.5)
        image = reader.read()
        if not image.isNull():
            if (size.width() > size.height()) != (image.width() > image.height()):
                size.transpose()
            return image, size if size.isValid() else image.size()
    return QImage(), QSize()
