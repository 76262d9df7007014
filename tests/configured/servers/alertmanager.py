"""The real Alertmanager of this machine, alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from configured.servers.process import free_port, program, running

_CONFIGURATION = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"


@contextmanager
def alertmanager(folder: Path) -> Iterator[str]:
    """Its URL; it tells nobody."""
    (folder / "alertmanager.yml").write_text(_CONFIGURATION)
    url = f"http://127.0.0.1:{free_port()}"
    argv = [
        program("prometheus-alertmanager", "prometheus-alertmanager"),
        f"--config.file={folder}/alertmanager.yml",
        f"--storage.path={folder}",
        f"--web.listen-address={url.removeprefix('http://')}",
        "--cluster.listen-address=",
    ]
    with running(argv, f"{url}/-/ready", folder):
        yield url
