"""A program on a terminal of its own, as a person sits before it."""

import os
import pty
import select
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from cli.holmes_process import HOLMES, environment


class OnTerminal:
    """`holmes` with a pseudo-terminal as its controlling one; `piped` text comes on its stdin."""

    def __init__(self, arguments: Sequence[str], *, home: Path, piped: str | None = None) -> None:
        self._arguments = arguments
        self._home = home
        self._piped = piped
        self.screen = ""

    def __enter__(self) -> Self:
        self._master, slave = pty.openpty()
        argv = ["setsid", "--ctty", "--wait", str(HOLMES), *self._arguments]
        if self._piped is not None:
            line = f'printf %s "$0" | "{HOLMES}" "$@"'
            argv = [*argv[:3], "sh", "-c", line, self._piped, *self._arguments]
        self._process = subprocess.Popen(
            argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment(self._home) | {"TERM": "xterm", "COLUMNS": "200"},
        )
        os.close(slave)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self.hang_up()

    def hang_up(self) -> None:
        """Close the terminal, as a lost connection does."""
        with suppress(OSError):
            os.close(self._master)

    def until(self, text: str, *, times: int = 1, seconds: float = 60) -> str:
        """Read the screen until it holds `text`; everything that was written so far."""
        deadline = time.monotonic() + seconds
        while self.screen.count(text) < times:
            if not self._read(max(0.0, deadline - time.monotonic())):
                raise AssertionError(f"{text!r} is not on the screen:\n{self.screen}")
        return self.screen

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._master, text.encode())

    def end(self) -> int:
        """Read to the end; the exit code."""
        while self._read(60):
            pass
        return self._process.wait(timeout=60)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            piece = os.read(self._master, 65536)
        except OSError:  # the other side is closed: Linux says EIO
            return False
        self.screen += piece.decode(errors="replace")
        return bool(piece)
