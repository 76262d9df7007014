"""An emulator of MongoDB (nx-27017 of PyPI, over SQLite); MongoDB itself can't be had here."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from configured.servers.daemon import listening
from configured.servers.process import free_port


@contextmanager
def mongodb_emulator(folder: Path) -> Iterator[int]:
    """The port of a server that keeps everything in memory."""
    port = free_port()
    program = str(Path(sys.executable).with_name("nx-27017"))
    argv = [program, "--data-dir", "memory", "--host", "127.0.0.1", "-p", str(port), "--threaded"]
    with listening(argv, port, folder):
        yield port
