"""Where Facet keeps what it keeps."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from app.storage.disk import explain

NAME = "facet"


@dataclass(frozen=True)
class Paths:
    """The folders of one installation. Only ``create`` touches the disk."""

    data_dir: Path
    config_dir: Path
    cache_dir: Path
    log_dir: Path
    models_dir: Path
    runtime_dir: Path

    @classmethod
    def default(cls) -> "Paths":
        """The folders that the operating system intends for this person and this program."""
        folders = platformdirs.PlatformDirs(NAME, appauthor=False, roaming=False)
        # On Linux a folder in memory, of this person only and gone when they log out.
        runtime = os.environ.get("XDG_RUNTIME_DIR", "")
        in_memory = Path(runtime).is_absolute() and os.access(runtime, os.W_OK)
        return cls(
            data_dir=Path(folders.user_data_dir),
            config_dir=Path(folders.user_config_dir),
            cache_dir=Path(folders.user_cache_dir),
            log_dir=Path(folders.user_log_dir),
            models_dir=Path(folders.user_data_dir) / "models",
            runtime_dir=Path(runtime, NAME) if in_memory else Path(folders.user_cache_dir),
        )

    @classmethod
    def under(cls, folder: Path) -> "Paths":
        """Everything below ``folder`` (``facet --data-dir``)."""
        folder = folder.expanduser().absolute()
        return cls(
            data_dir=folder,
            config_dir=folder,
            cache_dir=folder / "cache",
            log_dir=folder / "logs",
            models_dir=folder / "models",
            runtime_dir=folder / "cache",
        )

    @property
    def database(self) -> Path:
        return self.data_dir / "facet.db"

    @property
    def blobs(self) -> Path:
        return self.data_dir / "blobs"

    @property
    def thumbnails(self) -> Path:
        return self.cache_dir / "thumbnails"

    @property
    def extracts(self) -> Path:
        """What has been read of documents. Not in the cache: what a model had to see or hear
        takes long to be read again."""
        return self.data_dir / "extracts"

    @property
    def readings(self) -> Path:
        """Where the reading of documents has stopped."""
        return self.data_dir / "readings"

    @property
    def passages(self) -> Path:
        """The index of what stands in long documents."""
        return self.cache_dir / "passages.db"

    @property
    def vectors(self) -> Path:
        """What passages of long documents mean."""
        return self.cache_dir / "vectors.db"

    @property
    def settings(self) -> Path:
        return self.config_dir / "settings.json"

    @property
    def states(self) -> Path:
        return self.cache_dir / "states"

    @property
    def paces(self) -> Path:
        return self.cache_dir / "paces.json"

    @property
    def downloads(self) -> Path:
        return self.data_dir / "downloads.json"

    @property
    def captures(self) -> Path:
        """Pictures of the screen that no kept chat has; in memory where the system offers that."""
        return self.runtime_dir / "captures"

    @property
    def looks(self) -> Path:
        """Pages and sounds of documents while a model looks at them or hears them."""
        return self.runtime_dir / "looks"

    @property
    def reader_log(self) -> Path:
        return self.log_dir / "reader.log"

    @property
    def engine_log(self) -> Path:
        return self.log_dir / "engine.log"

    def create(self) -> None:
        """Make the folders that are missing, readable by their owner only. AppError if that is
        refused. Folders that exist keep their permissions: they may be somebody's choice."""
        for folder in (
            self.data_dir,
            self.config_dir,
            self.cache_dir,
            self.log_dir,
            self.models_dir,
            self.blobs,
            self.thumbnails,
            self.states,
            self.extracts,
            self.readings,
            self.captures,
            self.looks,
        ):
            try:
                _make_private(folder)
            except OSError as error:
                raise explain(error, f"Facet can't create its folder {folder}.") from error


def _make_private(folder: Path) -> None:
    # mkdir(parents=True) gives the mode to the last folder only, so each is made by itself.
    if not folder.parent.exists():
        _make_private(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
