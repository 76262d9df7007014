"""`holmes chat` on a terminal of its own, with a person's keys; the screen as terminals draw it."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

from cli.holmes_process import HOLMES, environment

PROMPT = "holmes> "
ENTER, ESCAPE, CTRL_C, CTRL_D, TAB, UP = "\r", "\x1b", "\x03", "\x04", "\t", "\x1b[A"
ALT_ENTER = "\x1b\r"


class _Answering(pyte.HistoryScreen):
    """A screen that tells where its cursor is, as terminals do when they are asked."""

    def __init__(self, columns: int, rows: int, master: int) -> None:
        super().__init__(columns, rows, history=5000)
        self._master = master

    def write_process_input(self, data: str) -> None:
        os.write(self._master, data.encode())


class ChatScreen:
    """A pseudo-terminal of a size; `home` is where the conversation keeps what it keeps."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        home: Path,
        columns: int = 100,
        rows: int = 50,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._argv = ["setsid", "--ctty", "--wait", str(HOLMES), *arguments]
        self._env = environment(home) | {"TERM": "xterm-256color", "SHELL": "/bin/sh"}
        self._env |= dict(env or {})
        self._home = home
        self._size = (columns, rows)

    def __enter__(self) -> Self:
        self._master, slave = pty.openpty()
        columns, rows = self._size
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._screen = _Answering(columns, rows, self._master)
        self._stream = pyte.ByteStream(self._screen)
        self._process = subprocess.Popen(
            self._argv, stdin=slave, stdout=slave, stderr=slave, env=self._env, cwd=self._home
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
            self.kill()
        self._process.wait()
        with suppress(OSError):
            os.close(self._master)

    @property
    def text(self) -> str:
        """What is on the screen now, and above it what was scrolled away."""
        above = [
            "".join(line[column].data for column in range(self._screen.columns))
            for line in self._screen.history.top
        ]
        return "\n".join(line.rstrip() for line in (*above, *self._screen.display)).rstrip()

    def until(self, pattern: str, *, seconds: float = 120) -> str:
        """Wait until the screen holds what the expression says; all of the screen."""
        return self._wait(lambda text: re.search(pattern, text, re.MULTILINE), pattern, seconds)

    def until_idle(self) -> str:
        """Wait until the prompt is the last line, with nothing behind it and nothing at work."""
        return self._wait(_is_idle, "an idle prompt", 120)

    def keys(self, *typed: str) -> None:
        """Press keys, with the pauses that a person makes between them."""
        for each in typed:
            os.write(self._master, each.encode())
            self._read(0.05)
            if each == ESCAPE:
                time.sleep(0.5)  # else it begins the sequence of another key

    def enter(self, line: str) -> None:
        """Type a line and Enter."""
        self.keys(line)
        self.until(re.escape(line[-20:]))
        self.keys(ENTER)

    def ask(self, line: str) -> str:
        """Enter a line at an idle prompt, and wait for the next one; what came between."""
        before = self.text.count("\n")
        self.enter(line)
        return "\n".join(self.until_idle().splitlines()[before:])

    def kill(self) -> None:
        """`kill -9` of the program, not of what stands around it."""
        for child in Path(f"/proc/{self._process.pid}/task").glob("*/children"):
            for pid in child.read_text().split():
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        if self._process.poll() is None:
            self._process.kill()

    def end(self) -> int:
        """Read to the end; the exit code."""
        while self._read(120):
            pass
        return self._process.wait(timeout=120)

    def _wait(self, there: Callable[[str], object], what: str, seconds: float) -> str:
        deadline = time.monotonic() + seconds
        while not there(self.text):
            left = deadline - time.monotonic()
            if left < 0 or not self._read(left):
                raise AssertionError(f"{what!r} is not on the screen:\n{self.text}")
        return self.text

    def _read(self, seconds: float) -> bool:
        if not select.select([self._master], [], [], max(0.0, seconds))[0]:
            return False
        try:
            piece = os.read(self._master, 65536)
        except OSError:  # the other side is closed: Linux says EIO
            return False
        self._stream.feed(piece)
        return bool(piece)


def _is_idle(text: str) -> bool:
    before, last = ["", "", *text.splitlines()][-2:]
    return last.strip() == PROMPT.strip() and not before.startswith("Escape interrupts")
