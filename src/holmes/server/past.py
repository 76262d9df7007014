"""An investigation as its transcript has it, which another process may be writing."""

import time
from pathlib import Path

import anyio
from anyio import to_thread

from holmes.core.errors import SessionError
from holmes.runs import transcript
from holmes.runs.store import Store
from holmes.server.problems import NotFound
from holmes.server.record import Record

_LOOK_AGAIN = 0.5
"""Seconds, at least; a long transcript takes a while to read, and is read again less often."""

_NO_SUCH = 'There is no investigation "{}".'


class Past(Record):
    """A record that is read on where its transcript has grown."""

    def __init__(self, name: str) -> None:
        super().__init__(name, (), "running")
        self._stamp: tuple[int, int] | None = None
        self._took = 0.0
        self._reading = anyio.Lock()

    async def read_on(self) -> None:
        """Read what is new; NotFound."""
        async with self._reading:  # several ask for the same at once, and it may take seconds
            await to_thread.run_sync(self._read)

    async def more(self, seconds: float) -> bool:
        """Wait for news from the other process; False where there was none for so long."""
        before = len(self.events)
        with anyio.move_on_after(seconds):
            while self.busy and len(self.events) == before:
                await anyio.sleep(max(_LOOK_AGAIN, 4 * self._took))
                try:
                    await self.read_on()
                except NotFound as error:
                    self.state, self.reason = "interrupted", str(error)
            return True
        return False

    def _read(self) -> None:
        path = path_of(self.id)
        if (stamp := stamp_of(self.id)) == self._stamp and not self.busy:
            return
        state = transcript.summary(path).state  # first: what is written after it counts next time
        if stamp != self._stamp:
            began = time.monotonic()
            past = read(path)
            seen = list(past.events)
            self.events += seen[len(self.events) :]
            self.model = past.header.model
            self.reason = past.failure
            self._stamp, self._took = stamp, time.monotonic() - began
        self.state = state
        if (answer := self.answer) is not None and answer.state == "none":
            self.reason = self.reason or answer.reason


def path_of(name: str) -> Path:
    """The transcript of that very id; NotFound."""
    try:
        path = Store().find(name)
    except SessionError as error:
        raise NotFound(_NO_SUCH.format(name)) from error  # the error names a folder of this machine
    if path.stem != name:
        raise NotFound(_NO_SUCH.format(name))
    return path


def read(path: Path) -> transcript.Transcript:
    """The transcript; NotFound where it can't be read."""
    try:
        return transcript.read(path)
    except SessionError as error:
        raise NotFound(str(error)) from error


def stamp_of(name: str) -> tuple[int, int] | None:
    """When a transcript was written to, and its size; None where there is none."""
    try:
        status = Store().path(name).stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
