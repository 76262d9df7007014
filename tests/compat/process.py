"""A server's process: started, waited for, and ended with all its children."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self


class DidNotStartError(Exception):
    """The server ended, or was not ready in time; the message has the end of its log."""


class ServerProcess:
    """Runs while the context is open; `ready` is an address that answers 200 once it can serve.

    `seconds` is how long that took, as a caller may want to tell.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        ready: str,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        patience: float = 600.0,
    ) -> None:
        self._argv = list(argv)
        self._ready = ready
        self._log = log
        self._env = {**os.environ, **(env or {})}
        self._cwd = cwd
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self.seconds = 0.0

    def __enter__(self) -> Self:
        began = time.monotonic()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._argv,
                env=self._env,
                cwd=self._cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait(began + self._patience)
        except BaseException:
            self._end()
            raise
        self.seconds = time.monotonic() - began
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _wait(self, deadline: float) -> None:
        assert self._process is not None
        while not answers(self._ready):
            code = self._process.poll()
            if code is not None:
                raise DidNotStartError(f"{self._argv[0]} ended with {code}.\n{self._tail()}")
            if time.monotonic() > deadline:
                raise DidNotStartError(f"{self._ready} was never ready.\n{self._tail()}")
            time.sleep(0.3)

    def _tail(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]

    def _end(self) -> None:
        if self._process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
        self._process = None


def answers(url: str) -> bool:
    """Whether a GET is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:  # noqa: S310  # loopback
            return int(reply.status) == 200
    except (OSError, urllib.error.URLError, ValueError):
        return False


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
