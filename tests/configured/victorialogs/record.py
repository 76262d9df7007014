"""Writes replies.json anew from a real VictoriaLogs: `python record.py URL`, PYTHONPATH=tests."""

import json
import sys
import time
import urllib.request
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio

from configured.servers.replay import recording
from configured.shared import shop
from configured.victorialogs import test_replayed


def load(url: str) -> None:
    """Give it the shop's lines, and wait until they are found."""
    lines = [{"_time": e.time, "_msg": e.text, **e.labels} for e in shop.lines()]
    body = "\n".join(map(json.dumps, lines)).encode()
    path = "/insert/jsonline?_stream_fields=namespace,pod"
    headers = {"Content-Type": "application/stream+json"}
    request = urllib.request.Request(url + path, data=body, headers=headers)  # noqa: S310
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310  (loopback)
    time.sleep(3)


def main(url: str) -> None:
    """Run every test of replays against the server, and write down what it said."""
    load(url)
    about = {
        "product": "VictoriaLogs",
        "version": "1.112.0",
        "date": datetime.now(UTC).date().isoformat(),
        "source": "a real server, built from Debian 13's source package victoria-metrics",
    }
    Test = Callable[[str], Coroutine[Any, Any, None]]  # noqa: N806
    tests: list[Test] = [
        getattr(test_replayed, name) for name in dir(test_replayed) if name.startswith("test_")
    ]
    with recording(Path(__file__).with_name("replies.json"), url, about) as between:
        for test in tests:
            anyio.run(test, between)


if __name__ == "__main__":
    main(sys.argv[1])
