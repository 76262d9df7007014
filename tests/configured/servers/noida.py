"""An emulator of Kafka (noida-db of PyPI); Apache Kafka itself can't be had here."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from configured.servers.daemon import listening
from configured.servers.process import free_port


@contextmanager
def kafka_emulator(folder: Path) -> Iterator[int]:
    """The port of one broker."""
    port = free_port()
    argv = [
        str(Path(sys.executable).with_name("noida-db")), "start", "--data-dir", str(folder / "d"),
        "--host", "127.0.0.1", "--only", "kafka", "--kafka-port", str(port),
    ]  # fmt: skip
    with listening(argv, port, folder):
        yield port
