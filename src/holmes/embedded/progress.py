"""How a long download shows itself: a bar on a terminal, a line now and then elsewhere."""

import sys
from typing import TYPE_CHECKING, Protocol, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as RichBar
    from rich.progress import TaskID

_MB = 1_000_000


class Progress(Protocol):
    """A context around the download; amounts in bytes."""

    def __enter__(self) -> Self:
        """Show from here on."""

    def __exit__(self, *exc: object) -> None:
        """Leave the last state standing."""

    def say(self, text: str) -> None:
        """Show one line."""

    def begin(self, what: str, total: int) -> None:
        """A download starts, or starts again from another source."""

    def advance(self, count: int) -> None:
        """So much more is there; negative where something was thrown away."""


class Lines:
    """A line every ten per cent: for logs and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._total = 1
        self._count = 0
        self._shown = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._stream.flush()

    def say(self, text: str) -> None:
        """Show one line."""
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def begin(self, what: str, total: int) -> None:
        """Name what comes and how much."""
        self._total, self._count, self._shown = total, 0, 0
        self.say(f"Fetching {what}: {total // _MB} MB")

    def advance(self, count: int) -> None:
        """Count; a line where the next ten per cent are full."""
        self._count += count
        tenth = self._count * 10 // self._total
        if tenth > self._shown:
            self._shown = tenth
            self.say(f"  {tenth * 10} % ({self._count // _MB} of {self._total // _MB} MB)")


class Bar:
    """rich's progress bar with speed and time left."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - only a pull on a terminal draws
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        self._bar: RichBar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._bar.stop()

    def say(self, text: str) -> None:
        """Show one line above the bar."""
        self._bar.console.print(text, highlight=False, markup=False)

    def begin(self, what: str, total: int) -> None:
        """Draw a bar from zero."""
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(what, total=total)

    def advance(self, count: int) -> None:
        """Move the bar."""
        if self._task is not None:
            self._bar.advance(self._task, count)


def terminal_progress(stream: TextIO | None = None) -> Progress:
    """A bar where standard error is a terminal, lines where it is not."""
    stream = stream or sys.stderr
    return Bar() if stream.isatty() else Lines(stream)
