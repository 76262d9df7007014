"""A real server of this machine for as long as a test needs it."""

import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_READY_SECONDS = 30.0


def program(name: str, package: str) -> str:
    """Where a program is; the test fails with what to install where it is not."""
    found = shutil.which(name)
    assert found, f"{name} is missing: apt-get install {package} (or: just lab-packages)"
    return found


def free_port() -> int:
    """A port of loopback on which nothing listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def running(argv: Sequence[str], ready: str, folder: Path) -> Iterator[None]:
    """A server that answers at the URL `ready`, and is stopped at the end of the block."""
    log = folder / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(argv, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    try:
        _wait(process, ready, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", ready: str, log: Path) -> None:
    end = time.monotonic() + _READY_SECONDS
    while True:
        try:
            with urllib.request.urlopen(ready, timeout=2) as reply:  # noqa: S310  (loopback)
                if reply.status == 200:
                    return
        except (OSError, urllib.error.URLError):
            pass
        assert process.poll() is None, log.read_text(errors="replace")[-2000:]
        assert time.monotonic() < end, f"not ready: {ready}"
        time.sleep(0.05)
