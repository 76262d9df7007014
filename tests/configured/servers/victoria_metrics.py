"""The real VictoriaMetrics of this machine, with a history."""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from configured.servers.process import free_port, program, running


@contextmanager
def victoria_metrics(folder: Path, text: str = "") -> Iterator[str]:
    """The URL of a VictoriaMetrics that holds a text in Prometheus' format, with seconds."""
    url = f"http://127.0.0.1:{free_port()}"
    argv = [
        program("victoria-metrics", "victoria-metrics"),
        f"-storageDataPath={folder}",
        f"-httpListenAddr={url.removeprefix('http://')}",
        "-retentionPeriod=100y",
    ]
    folder.mkdir(parents=True, exist_ok=True)
    with running(argv, f"{url}/health", folder):
        if text:
            _post(f"{url}/api/v1/import/prometheus", text.encode())
            _post(f"{url}/internal/force_flush", b"")
        yield url


def _post(url: str, body: bytes) -> None:
    with urllib.request.urlopen(url, data=body, timeout=60) as reply:  # noqa: S310  (loopback)
        assert 200 <= reply.status < 300
