"""How fast the snapshot's Kubernetes API answers one client on one connection."""

import http.client
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from contenders import Contender
from meter import BenchmarkError, Spread
from report import Row

from holmes.demo import CLUSTER

_REQUESTS = 300
_PATHS = {
    "one pod": "/api/v1/namespaces/shop-checkout/pods/checkout-78bbb7575c-ctxps",
    "all pods": "/api/v1/pods",
}


def measure(ours: Contender, peer: Contender | None, rounds: int) -> list[Row]:
    """Requests a second, 300 in a row; the peer has no such API."""
    del peer
    with served(ours, CLUSTER) as address:
        rates = {
            name: [_rate(address, path) for _ in range(rounds + 1)][1:]
            for name, path in _PATHS.items()
        }
    return [
        Row(measure=f"snapshot API, {name}", unit="requests/s", ours=Spread.of(values))
        for name, values in rates.items()
    ]


@contextmanager
def served(ours: Contender, folder: Path) -> Iterator[str]:
    """`holmes snapshot serve` of a folder in a process of its own; its host and port."""
    command = ours.holmes("snapshot", "serve", str(folder))
    with subprocess.Popen(
        command.argv, env=dict(command.env), cwd=command.cwd, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            found = re.search(r"http://\S+", line)
            if found is None:
                raise BenchmarkError(f"`holmes snapshot serve` printed no address: {line!r}")
            yield urlsplit(found[0]).netloc
        finally:
            process.terminate()
            process.communicate()  # it sums up what was asked; nobody needs it


def _rate(address: str, path: str) -> float:
    connection = http.client.HTTPConnection(address, timeout=10)
    started = time.monotonic()
    for _ in range(_REQUESTS):
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise BenchmarkError(f"{path} was answered with {response.status}")
    seconds = time.monotonic() - started
    connection.close()
    return _REQUESTS / seconds
