"""The real Redis of this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from configured.servers.daemon import listening
from configured.servers.process import free_port, program


@contextmanager
def redis_server(folder: Path) -> Iterator[int]:
    """The port of a server that keeps nothing on disk."""
    port = free_port()
    argv = [
        program("redis-server", "redis-server"), "--port", str(port), "--bind", "127.0.0.1",
        "--dir", str(folder), "--save", "", "--daemonize", "no", "--slowlog-log-slower-than", "0",
    ]  # fmt: skip
    with listening(argv, port, folder):
        yield port
