"""One job of downloading: the files of a model, one after another, until all are whole."""

import logging
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from app.models import refusals
from app.models.catalogue import HuggingFace, ModelFile, ModelSpec
from app.models.download import Paused, Transfer, wanted_files
from app.models.hub import Hub, Remote
from app.models.line import Line
from app.models.meter import Meter
from app.models.part_file import (
    Claim,
    Notes,
    PartFile,
    checksum,
    has_notes,
    part_of,
    read_notes,
    remove_if_empty,
    remove_notes,
    size_of,
    write_notes,
)
from app.models.refusals import Setback

_TELL_EVERY_S = 0.1
_SPARE = 100 * 10**6  # bytes of the disk that are left to others
_NAP_S = 0.05
_CHANGES = 3  # of a file while it is fetched; more are no changes, but nonsense

_log = logging.getLogger("log.downloads")


class _Changed(Exception):
    """The hub has another file than a moment ago."""


class Job:
    """Fetches what a model needs; see ``download.download``."""

    def __init__(
        self,
        spec: ModelSpec,
        source: HuggingFace,
        folder: Path,
        hub: Hub,
        on_progress: Callable[[Transfer], None],
        stopped: Callable[[], bool],
    ) -> None:
        self._spec = spec
        self._source = source
        self._place = folder / spec.id
        self._hub = hub
        self._on_progress = on_progress
        self._stopped = stopped
        self._files = wanted_files(spec)
        self._remotes: dict[str, Remote] = {}
        self._sizes = {file.name: file.bytes for file in self._files}
        self._there = {file.name: size_of(part_of(self._place / file.name)) for file in self._files}
        self._notes = Notes()
        self._meter = Meter()
        self._told = 0.0
        self._answered = False  # whether the hub has been reached at all
        self._tries = 0  # since there was headway
        self._lost = 0.0  # seconds of waiting since then

    def run(self) -> Path:
        """Until all is there."""
        new = not self._place.exists()
        try:
            self._place.mkdir(parents=True, exist_ok=True)
            claim = Claim(self._place)
        except OSError as error:
            raise refusals.of_disk(error, self._place) from error
        if not claim.free:
            raise refusals.busy(self._spec)
        line = None
        try:
            line = Line(self._hub, self._stopped)
            self._notes = read_notes(self._place)
            self._fetch_missing(line, self._missing(line))
            remove_notes(self._place)
        except OSError as error:
            raise refusals.of_disk(error, self._place) from error
        finally:
            if line is not None:
                line.close()
            claim.release()
            if new and not has_notes(self._place):
                remove_if_empty(self._place)
        return self._place / self._spec.model_file.name

    # -- what is to be done -------------------------------------------------------------------

    def _missing(self, line: Line) -> list[ModelFile]:
        """The files that are not there, each described by the hub and good for the catalogue."""
        missing = []
        for file in self._files:
            path = self._place / file.name
            if file.sha256 and file.fits(size_of(path)) and self._is(path, file.sha256):
                self._count_whole(file)
                continue
            remote = self._look(line, file)
            if remote.size is not None:
                self._sizes[file.name] = remote.size
            if size_of(path) == remote.size and self._is(path, file.sha256 or remote.sha256):
                self._count_whole(file)
            else:
                missing.append(file)
        return missing

    def _is(self, path: Path, sha256: str) -> bool:
        """Whether a file of the right size is the one; its size must do where nobody names a
        checksum."""
        self._tell("checking", path.name, at_once=True)
        return not sha256 or checksum(path, self._look_up) == sha256

    def _count_whole(self, file: ModelFile) -> None:
        self._sizes[file.name] = self._there[file.name] = size_of(self._place / file.name)

    def _look(self, line: Line, file: ModelFile) -> Remote:
        self._tell("waiting", file.name, at_once=True)
        while True:
            began = time.monotonic()
            try:
                remote = line.look(self._source, file.name)
            except Setback as setback:
                self._wait(setback, file, time.monotonic() - began)
                continue
            self._made_headway()
            if file.sha256 and remote.sha256 and file.sha256 != remote.sha256:
                raise refusals.other_file(self._spec, file, self._hub)
            if remote.size is not None and not file.fits(remote.size):
                raise refusals.other_size(self._spec, file, remote.size, self._hub)
            self._remotes[file.name] = remote
            return remote

    def _check_space(self, missing: list[ModelFile]) -> None:
        wanted = sum(self._sizes[f.name] - self._there[f.name] for f in missing)
        free = shutil.disk_usage(self._place).free
        if wanted > 0 and wanted + _SPARE > free:
            raise refusals.no_space(self._spec, wanted, free, _SPARE, self._place)

    # -- fetching -----------------------------------------------------------------------------

    def _fetch_missing(self, line: Line, missing: list[ModelFile]) -> None:
        for file in missing:
            self._forget_other(file)
        self._check_space(missing)
        if missing:
            self._write_notes(self._notes)
        for file in missing:
            self._fetch(line, file)

    def _forget_other(self, file: ModelFile) -> None:
        """The part of a file, unless it is of what the hub has now."""
        before = self._notes.parts.get(file.name)
        if before is None or not before.same_as(self._remotes[file.name]):
            if self._there[file.name]:
                _log.info("%s is another file by now: it starts over", file.name)
            part_of(self._place / file.name).unlink(missing_ok=True)
            self._there[file.name] = 0

    def _fetch(self, line: Line, file: ModelFile) -> None:
        parts = self._notes.parts | {file.name: self._remotes[file.name]}
        self._write_notes(msgspec.structs.replace(self._notes, parts=parts))
        self._tell("checking" if self._there[file.name] else "fetching", file.name, at_once=True)
        part = PartFile(part_of(self._place / file.name), self._look_up)
        try:
            self._there[file.name] = part.size
            while True:
                self._receive(line, file, part)
                if self._is_right(file, part):
                    break
                # It may have been damaged by a loss of power, or by whoever sent the rest.
                if not part.kept:
                    _log.warning("%s has sha256 %s", file.name, part.sha256)
                    part.remove()
                    self._there[file.name] = 0
                    raise refusals.wrong_bytes()
                _log.warning("%s: what was kept of it is damaged; it starts over", file.name)
                part.restart()
            self._tell("checking", file.name, at_once=True)
            part.become(self._place / file.name)
        finally:
            part.close()
        brought = (*self._notes.brought, file.name)
        self._write_notes(Notes(parts, brought))

    def _receive(self, line: Line, file: ModelFile, part: PartFile) -> None:
        """Until the part has all its bytes."""
        farthest, changes = part.size, 0
        while part.size != self._remotes[file.name].size:
            began = time.monotonic()
            before = part.size
            try:
                whole = self._receive_some(line, file, part)
            except Setback as setback:
                if part.size > farthest:
                    self._made_headway()
                    began = time.monotonic()
                self._wait(setback, file, time.monotonic() - began)
            except _Changed:
                _log.info("%s has changed on the hub: it starts over", file.name)
                changes += 1
                if changes > _CHANGES:
                    raise refusals.no_sense(self._hub, file) from None
                part.restart()
                parts = self._notes.parts | {file.name: self._look(line, file)}
                self._write_notes(msgspec.structs.replace(self._notes, parts=parts))
            else:
                if whole:
                    return
                if before == 0:
                    raise refusals.no_sense(self._hub, file)
                part.restart()
            farthest = max(farthest, part.size)

    def _receive_some(self, line: Line, file: ModelFile, part: PartFile) -> bool:
        """One request. Whether the part is whole; False if the hub has nothing from there on."""
        remote = self._remotes[file.name]
        if remote.size is not None and part.size > remote.size:
            part.restart()
        arrival = line.fetch(self._source, file.name, part.size)
        if arrival is None:
            return False
        with arrival:
            self._answered = True
            if not arrival.remote.same_as(remote):
                raise _Changed
            if arrival.start != part.size:
                if arrival.start != 0:
                    raise Setback("the hub sent another part than the one that was asked for")
                part.restart()
            self._there[file.name] = part.size
            self._meter.begin(sum(self._there.values()), time.monotonic())
            for piece in arrival:
                part.write(piece)
                self._there[file.name] = part.size
                self._tell("fetching", file.name)
                if remote.size is not None and part.size > remote.size:
                    return True  # too much is as wrong as anything else
        if remote.size is not None and part.size < remote.size:
            raise Setback("the connection was lost")
        return True

    def _is_right(self, file: ModelFile, part: PartFile) -> bool:
        remote = self._remotes[file.name]
        sha256 = file.sha256 or remote.sha256
        if remote.size is None and not file.fits(part.size):
            return False
        return remote.size in (None, part.size) and sha256 in ("", part.sha256)

    def _write_notes(self, notes: Notes) -> None:
        write_notes(self._place, notes)
        self._notes = notes

    # -- patience -----------------------------------------------------------------------------

    def _made_headway(self) -> None:
        self._answered = True
        self._tries, self._lost = 0, 0.0

    def _wait(self, setback: Setback, file: ModelFile, spent: float) -> None:
        """Wait until it is time for the next try. AppError once it has been long enough."""
        patience = self._hub.patience
        self._answered = self._answered or setback.answered
        # Not the clock's word for how long: the machine may have slept.
        self._lost += min(spent, patience.connect + patience.stall)
        pause = min(patience.longest_pause, patience.pause * 2 ** min(self._tries, 20))
        pause *= random.uniform(0.75, 1.0)  # so that not all who were cut off come back at once
        pause = pause if setback.wait is None else setback.wait
        self._tries += 1
        limit = patience.give_up if self._answered else patience.first
        if self._lost + pause > limit:
            raise refusals.gave_up(self._spec, setback, *self._far())
        note = refusals.note(self._spec, setback, *self._far())
        _log.info("%s: %s", file.name, note)
        self._tell("retrying", file.name, note=note, at_once=True)
        end = time.monotonic() + pause
        while (left := end - time.monotonic()) > 0:
            self._look_up()
            time.sleep(min(_NAP_S, left))
        self._lost += pause

    def _look_up(self) -> None:
        if self._stopped():
            raise Paused

    # -- telling ------------------------------------------------------------------------------

    def _far(self) -> tuple[int, int]:
        return sum(self._there.values()), sum(self._sizes.values())

    def _tell(
        self,
        stage: Literal["waiting", "fetching", "checking", "retrying"],
        file: str,
        *,
        note: str = "",
        at_once: bool = False,
    ) -> None:
        now = time.monotonic()
        if not at_once and now - self._told < _TELL_EVERY_S:
            return
        self._told = now
        there, total = self._far()
        rate, left = 0.0, None
        if stage == "fetching":
            self._meter.note(there, total, now)
            rate, left = self._meter.rate, self._meter.left
        self._on_progress(Transfer(there, max(there, total), rate, left, file, stage, note))
