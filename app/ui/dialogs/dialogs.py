"""Every dialog of the window, made when it is asked for.

The modules of the dialogs are imported then, not before: together they would cost each start
more than a person would wait for any one of them.
"""

import mimetypes
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from app.core.conversation import Audio, Video
from app.core.errors import AppError
from app.desktop.hotkey import Hotkey
from app.desktop.player.player import Player
from app.desktop.reveal import reveal
from app.engine.messages import Hello
from app.models.gguf import GgufInfo, read_gguf
from app.session.jobs import Jobs
from app.session.models import ModelShelf
from app.session.offers import Offer
from app.session.preferences import Preferences
from app.session.recorder import Recorder
from app.storage.paths import Paths
from app.ui.commands import Command
from app.ui.export.answer_file import AnswerFile
from app.ui.theme.theme import Theme

if TYPE_CHECKING:
    from app.session.read_aloud import ReadAloud

_PLAYED = {"audio/wav", "audio/mpeg", "audio/flac", "audio/ogg"}


class Dialogs:
    """Opens dialogs over a window. ``engine`` is what the engine said of itself, once it has;
    ``recorder``, ``player`` and ``aloud`` are set where somebody can speak, sounds be heard, and
    answers be read aloud."""

    def __init__(
        self,
        theme: Theme,
        preferences: Preferences,
        shelf: ModelShelf,
        hotkey: Hotkey,
        jobs: Jobs,
        paths: Paths,
        resources: Path,
    ) -> None:
        self._theme = theme
        self._preferences = preferences
        self._shelf = shelf
        self._hotkey = hotkey
        self._jobs = jobs
        self._paths = paths
        self._resources = resources
        self.engine: Hello | None = None
        self._last_saved = ""  # the folder of the last answer that became a file
        self.recorder: Recorder | None = None
        self.player: Player | None = None
        self.aloud: ReadAloud | None = None

    def engine_started(self, hello: Hello) -> None:
        """Remember what the engine is, for the About box."""
        self.engine = hello

    def rename(self, over: QWidget, title: str, rename: Callable[[str], object]) -> QDialog:
        """Ask for another title."""
        from app.ui.dialogs.rename import RenameDialog

        return _opened(RenameDialog(self._theme, title, rename, over))

    def settings(self, over: QWidget, commands: Sequence[Command]) -> QDialog:
        """Show the settings. ``commands`` are those of the window."""
        from app.ui.dialogs.settings import SettingsDialog

        devices = self.engine.devices if self.engine is not None else ()
        return _opened(
            SettingsDialog(
                self._theme,
                self._preferences,
                self._shelf,
                self._hotkey,
                self._paths.data_dir,
                over,
                devices,
                commands,
                self.recorder,
                self.aloud,
            )
        )

    def staying(
        self, over: QWidget, keys: str, in_tray: bool, decide: Callable[[bool], object]
    ) -> QDialog:
        """Ask whether Facet stays when its window is closed."""
        from app.ui.dialogs.staying import StayingDialog

        return _opened(StayingDialog(self._theme, keys, in_tray, decide, over))

    def shortcuts(self, over: QWidget, commands: Sequence[Command]) -> QDialog:
        """Show what the keyboard can do."""
        from app.ui.dialogs.shortcuts import ShortcutsDialog

        return _opened(ShortcutsDialog(self._theme, commands, over))

    def about(self, over: QWidget) -> QDialog:
        """Show what Facet is made of."""
        from app.ui.dialogs.about import AboutDialog
        from app.ui.dialogs.licences import shipped_models

        models = shipped_models(self._shelf.models)
        return _opened(AboutDialog(self._theme, self.engine, self._resources, models, over))

    def model_facts(self, over: QWidget) -> QDialog | None:
        """Show what the loaded model's file says of itself; None while there is none."""
        from app.ui.dialogs.model_facts import ModelFactsDialog

        model, info = self._shelf.current, self._shelf.info
        if model is None or info is None:
            return None
        return _opened(ModelFactsDialog(self._theme, model, info, over))

    def model_details(self, over: QWidget, offer: Offer) -> None:
        """Show what is known of a model, loaded or not; its file is read for that."""
        from app.ui.models.details import ModelDetails

        def show(info: GgufInfo | None) -> None:
            _opened(ModelDetails(self._theme, offer, info, over))

        if offer.model is None:
            show(None)
        else:
            path = offer.model.path
            self._jobs.run(lambda: read_gguf(path), show, lambda _error: show(None))

    def reveal(self, path: Path) -> None:
        """Show a file in the file manager."""
        self._jobs.run(lambda: reveal(path), lane="search")

    def picture(self, over: QWidget, path: str, name: str) -> QDialog:
        """Show a picture large."""
        from app.ui.dialogs.picture import PictureDialog

        # A picture of a chat is named by its hash, as is its small version.
        small = self._paths.thumbnails / f"{Path(path).name}.png"
        return _opened(PictureDialog(self._theme, path, name, str(small), self._jobs, over))

    def crash(self, over: QWidget, text: str) -> QDialog:
        """Tell at the start that the last run ended by a fault."""
        from app.ui.dialogs.details import CrashDialog

        return _opened(CrashDialog(self._theme, text, self._paths.log_dir, over))

    def play(self, path: Path, sound: Audio | Video) -> None:
        """Play a sound or film, or stop it if it is playing. What Facet can't play itself goes to
        the system's own player, which looks at the ending of the name. The kept file has none: a
        copy gets the one that belongs to what is in it."""
        if self.player is not None and sound.mime in _PLAYED:
            self.player.toggle(path)
            return
        ending = mimetypes.guess_extension(sound.mime) or Path(sound.name).suffix
        folder = self._paths.cache_dir / "opened"

        def copy() -> Path:
            folder.mkdir(exist_ok=True)
            return Path(shutil.copyfile(path, folder / f"{path.name[:16]}{ending}"))

        def opened(made: Path) -> None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(made)))

        self._jobs.run(copy, opened)

    def save_answer(
        self,
        over: QWidget,
        answer: AnswerFile,
        saved: Callable[[Path], None],
        failed: Callable[[AppError], object],
    ) -> None:
        """Ask where an answer is to be saved, and save it there."""
        from app.ui.export.saving import ask_for_place, save

        path = ask_for_place(over, answer, self._last_saved)
        if path is None:
            return
        self._last_saved = str(path.parent)

        def refused(error: Exception) -> None:
            if isinstance(error, AppError):
                failed(error)

        self._jobs.run(lambda: save(path, answer), lambda _none: saved(path), refused)

    def choose_model(self, over: QWidget) -> None:
        """Ask for a GGUF file; a projector beside it is found by itself."""
        models = self._paths.models_dir
        path, _ = QFileDialog.getOpenFileName(
            over,
            _say("Open a GGUF file"),
            str(models if models.is_dir() else Path.home()),
            _say("Models (*.gguf)"),
        )
        if path:
            self._shelf.open_file(path)


def _opened(dialog: QDialog) -> QDialog:
    dialog.open()
    return dialog


def _say(text: str) -> str:
    return QCoreApplication.translate("Dialogs", text)
