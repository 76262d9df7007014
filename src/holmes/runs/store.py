"""The folder of transcripts: `$XDG_STATE_HOME/holmesgpt/sessions`, for its owner alone."""

import errno
import os
import re
import secrets
import time
from contextlib import suppress
from pathlib import Path

from holmes.config.state import state_folder
from holmes.core.errors import SessionError
from holmes.runs import records
from holmes.runs.journal import lock

MAX_SESSIONS = 200
MAX_BYTES = 256 * 1024 * 1024
"""Of all transcripts together; the oldest go first, those of running processes never."""

LAST = "last"
_SUFFIX = ".jsonl"
_ID = re.compile(r"[0-9a-z-]+")
_MAKE_PRIVATE = "See whether what is there is yours, then chmod go-w it."
_LETTERS = "bcdfghjkmnpqrstvwxz23456789"


class Store:
    """The transcripts of this user; makes nothing before there is something to record."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or state_folder("sessions")

    def create(self) -> tuple[int, str, Path]:
        """A new, locked file: its descriptor, its id and its path. Raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if why := _not_private(self.folder):
            raise PermissionError(errno.EPERM, why, str(self.folder))
        self.folder.chmod(0o700)  # one that was made by hand may be readable by others
        while True:
            session_id = new_id()
            path = self.path(session_id)
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                continue  # another run of this very second drew the same letters
            lock(descriptor)
            self._prune(path)
            return descriptor, session_id, path

    def reopen(self, session_id: str) -> tuple[int, Path]:
        """An existing file for appending, locked. Raises SessionError, or OSError."""
        path = self.path(session_id)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW)
        for patience in (0.02, 0.1, 0.0):  # a listing holds a lock for the blink of a question
            if lock(descriptor):
                _end_torn_line(descriptor)
                return descriptor, path
            time.sleep(patience)
        os.close(descriptor)
        raise SessionError(
            f'Session "{session_id}" is still running.', hint="Wait for it, or end it first."
        )

    def append(self, path: Path, line: records.Line) -> None:
        """Add a line to a session that nobody writes. Raises SessionError, or OSError."""
        descriptor, _ = self.reopen(path.stem)
        try:
            os.write(descriptor, records.encode(line))
        finally:
            os.close(descriptor)

    def path(self, session_id: str) -> Path:
        """Where a session of that id is or would be."""
        return self.folder / f"{session_id}{_SUFFIX}"

    def newest_first(self) -> list[Path]:
        """All transcripts, the last written one first.

        Raises SessionError, also where others can write here: a transcript decides what a resumed
        run asks and where.
        """
        try:
            if self.folder.exists() and (why := _not_private(self.folder)):
                raise SessionError(f'"{self.folder}" is not used: {why}.', hint=_MAKE_PRIVATE)
            return [path for _, _, path in self._entries()]
        except OSError as error:
            reason = error.strerror or error
            raise SessionError(f'Sessions in "{self.folder}" can\'t be read: {reason}.') from error

    def find(self, wanted: str, *, idle: bool = False) -> Path:
        """By id, by a beginning that only one has, or "last" (`idle`: that ended); SessionError."""
        paths = self.newest_first()
        if not paths:
            raise SessionError(
                f'There is no session in "{self.folder}".', hint='Run holmes ask "…" first.'
            )
        if wanted == LAST:
            last = (path for path in paths if not (idle and is_running(path)))
            return _private(next(last, paths[0]))
        found = [path for path in paths if path.stem.startswith(wanted)]
        exact = [path for path in found if path.stem == wanted]
        if exact or len(found) == 1:
            return _private((exact or found)[0])
        if found and _ID.fullmatch(wanted):
            ids = ", ".join(path.stem for path in found[:5])
            raise SessionError(f'"{wanted}" begins more than one session: {ids}.')
        raise SessionError(
            f'There is no session "{wanted}" in "{self.folder}".', hint="See holmes session list."
        )

    def _entries(self) -> list[tuple[int, int, Path]]:
        """(time of the last write, bytes, path), newest first."""
        entries: list[tuple[int, int, Path]] = []
        with suppress(FileNotFoundError), os.scandir(self.folder) as listing:
            for item in listing:
                with suppress(OSError):  # pruned by another run meanwhile
                    if item.name.endswith(_SUFFIX) and item.is_file(follow_symlinks=False):
                        status = item.stat()
                        entries.append((status.st_mtime_ns, status.st_size, Path(item.path)))
        return sorted(entries, reverse=True)

    def _prune(self, own: Path) -> None:
        total = 0
        with suppress(OSError):  # what can't be removed now is tried again by the next run
            for count, (_, size, path) in enumerate(self._entries(), start=1):
                total += size
                too_much = count > MAX_SESSIONS or total > MAX_BYTES
                if too_much and path != own and not is_running(path):
                    path.unlink(missing_ok=True)


def _not_private(place: Path) -> str:
    """Why others may have written what is there, or nothing."""
    status = place.stat()
    if status.st_uid not in {os.geteuid(), 0}:
        return "it belongs to another user"
    return "others can write to it" if status.st_mode & 0o022 else ""


def _private(path: Path) -> Path:
    if why := _not_private(path):
        raise SessionError(f'Session "{path.stem}" is not used: {why}.', hint=_MAKE_PRIVATE)
    return path


def is_running(path: Path) -> bool:
    """Whether a process is writing that transcript."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        return not lock(descriptor)
    finally:
        os.close(descriptor)


def _end_torn_line(descriptor: int) -> None:
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        os.write(descriptor, b"\n")


def new_id() -> str:
    """A name for a session that no other is likely to have."""
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    return f"{moment}-{''.join(secrets.choice(_LETTERS) for _ in range(4))}"
