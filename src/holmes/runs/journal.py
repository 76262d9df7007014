"""One transcript file being written: a line an event, handed to the system at once.

What a process has written is the system's: it survives `kill -9` of the process. Nothing is synced
to the disk, so a power cut may cost the last seconds; that is not worth a wait at every event.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from holmes.runs import records

_SHORTEST_SECRET = 8
"""Keys shorter than this are placeholders ("none", "EMPTY") that stand in any text."""


class Journal:
    """Appends to an open file, which it closes, and gives up with one line to `warn`.

    `secrets` are never written.
    """

    def __init__(
        self,
        descriptor: int,
        path: Path,
        *,
        secrets: Iterable[str] = (),
        warn: Callable[[str], None],
    ) -> None:
        self._descriptor = descriptor
        self._path = path
        self._warn = warn
        self._secrets = [
            json.dumps(secret, ensure_ascii=False)[1:-1].encode()
            for secret in secrets
            if len(secret) >= _SHORTEST_SECRET
        ]

    def append(self, record: records.Line) -> None:
        """Write one line; never raises, since a run must not end for want of its transcript."""
        if self._descriptor < 0:
            return
        line = records.encode(record)
        for secret in self._secrets:
            line = line.replace(secret, b"[api key]")
        try:
            self._write(line)
        except OSError as error:
            self._give_up(error)

    def close(self) -> None:
        """Give the file and its lock back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _write(self, line: bytes) -> None:
        before = os.fstat(self._descriptor).st_size
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._descriptor, before)  # no half line stays behind
            raise

    def _give_up(self, error: OSError) -> None:
        self.close()
        reason = error.strerror or error
        self._warn(f'The transcript ends here, "{self._path}" can\'t be written: {reason}.')


def lock(descriptor: int) -> bool:
    """Mark the file as being written until it is closed; False: another process has marked it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
