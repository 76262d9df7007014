"""noida-db, an emulator of Elasticsearch (it says 8.15.3); no Elasticsearch is to be had."""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from configured.servers.process import free_port, running


@contextmanager
def elasticsearch_emulator(folder: Path) -> Iterator[str]:
    """Its URL; the folder is its own."""
    package = importlib.util.find_spec("noida_db")
    assert package is not None
    assert package.origin is not None
    # The program itself: the command that the package installs leaves it behind when it is ended.
    program = Path(package.origin).with_name("noida-db")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    argv = [
        str(program), "start", "--data-dir", str(folder), "--host", "127.0.0.1",
        "--only", "elasticsearch", "--elasticsearch-port", str(port),
    ]  # fmt: skip
    with running(argv, url, folder):
        yield url
