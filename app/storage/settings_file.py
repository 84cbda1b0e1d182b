"""The settings as a JSON file that a person may edit."""

import json
import time
from pathlib import Path
from typing import Any

import msgspec

from app.core.errors import AppError
from app.core.settings import Settings
from app.storage.disk import explain, write_file


class SettingsFile:
    """Reads and writes one settings file. Keys that this version does not know are kept.

    ``problem`` says, after ``load``, what was wrong with the file; None if nothing was.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem: AppError | None = None
        self._raw: dict[str, Any] = {}  # as last read or written

    def load(self) -> Settings:
        """The settings. A missing file gives the defaults. A damaged one is kept under another
        name; a value that makes no sense gives that setting's default."""
        self.problem = None
        self._raw = {}
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return Settings()
        except OSError as error:
            self.problem = explain(error, "The settings could not be read; Facet uses its own.")
            return Settings()
        try:
            raw = json.loads(text)
            if not isinstance(raw, dict):
                raise ValueError("no JSON object")
        except (ValueError, RecursionError):
            self._put_aside()
            return Settings()
        self._raw = raw
        return self._convert(raw)

    def save(self, settings: Settings) -> None:
        """Write ``settings``, over the keys that were in the file. AppError if the disk refuses;
        the old file then stays."""
        raw = self._raw | msgspec.to_builtins(settings)
        data = json.dumps(raw, indent=2, ensure_ascii=False).encode() + b"\n"
        try:
            write_file(self.path, data)
        except OSError as error:
            raise explain(error, "The settings could not be saved.") from error
        self._raw = raw

    def _convert(self, raw: dict[str, Any]) -> Settings:
        values: dict[str, Any] = {}
        wrong: list[str] = []
        for field in msgspec.structs.fields(Settings):
            if field.name not in raw:
                continue
            try:
                values[field.name] = msgspec.convert(raw[field.name], field.type)
            except msgspec.ValidationError:
                wrong.append(field.name)
        if wrong:
            self.problem = AppError(
                f"In the settings file, {', '.join(wrong)} had a value that Facet doesn't know.",
                "The default is used instead.",
                code="settings",
            )
        return Settings(**values)

    def _put_aside(self) -> None:
        stamp = time.strftime("%Y-%m-%d-%H%M%S")
        aside = self.path.with_name(f"{self.path.stem}-damaged-{stamp}{self.path.suffix}")
        try:
            self.path.replace(aside)
        except OSError as error:
            self.problem = explain(error, "The settings file is damaged and could not be moved.")
            return
        self.problem = AppError(
            "The settings file was damaged, so Facet began with its own settings. "
            f"The damaged file was kept as {aside.name}.",
            "Set again what you had changed.",
            code="settings",
        )
