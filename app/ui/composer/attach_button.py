"""Choosing files and folders for a message."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog

from app.ui.composer.file_kinds import dialog_filters
from app.ui.theme.controls import IconButton, Menu
from app.ui.theme.theme import Theme


class AttachButton(IconButton):
    """Opens a menu with the dialogs of the system; they begin where the last choice was."""

    chosen = Signal(list)  # of paths

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "plus", "", icon_size=20)
        self.set_name(self.tr("Add files or a folder"))
        self._last_folder = str(Path.home())
        self.clicked.connect(self._open_menu)

    def choose_files(self, kind: str = "") -> None:
        """Ask for files; ``kind`` "image", "audio", "document" or "video" shows those first,
        "folder" asks for a folder."""
        if kind == "folder":
            self.choose_folder()
            return
        filters = dialog_filters(kind)
        paths, _ = QFileDialog.getOpenFileNames(
            self.window(),
            self.tr("Add files"),
            self._last_folder,
            ";;".join(filters),
            filters[0],
            QFileDialog.Option.HideNameFilterDetails,
        )
        self._take(paths)

    def choose_folder(self) -> None:
        """Ask for a folder."""
        path = QFileDialog.getExistingDirectory(
            self.window(), self.tr("Add a folder"), self._last_folder
        )
        self._take([path] if path else [])

    def _take(self, paths: list[str]) -> None:
        if paths:
            self._last_folder = str(Path(paths[0]).parent)
            self.chosen.emit(paths)

    def _open_menu(self) -> None:
        menu = Menu(self.theme, self)
        menu.add(self.tr("Files…"), self.choose_files, icon="doc", shortcut="Ctrl+O")
        menu.add(self.tr("Folder…"), self.choose_folder, icon="folder")
        menu.aboutToHide.connect(menu.deleteLater)
        menu.open_above(self)
