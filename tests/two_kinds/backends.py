"""The real servers of a scenario of evals/evidence, with the data that lies beside it.

Each file says what one server holds: `metrics.yaml` Prometheus, `postgresql.yaml`, `redis.yaml`,
`rabbitmq.yaml`, `repository.yaml` git. The scenario's toolset file finds them by variables of the
environment: NAME_PROMETHEUS, NAME_POSTGRESQL, and so on.
"""

import json
import os
import re
import subprocess
import threading
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import redis
import yaml

from configured.servers.postgresql import postgresql
from configured.servers.prometheus import prometheus
from configured.servers.rabbitmq import rabbitmq
from configured.servers.redis import redis_server

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "evals/evidence"
RECORDED_AT = 1_795_537_386
"""When the cluster of the scenarios was recorded: 2026-11-24T16:23:06Z."""

_PART = re.compile(r"(-?[\d.]+)(?:([+-][\d.]+))?x(\d+)")
_SECONDS = 120.0


@contextmanager
def backends(scenario: Path, folder: Path) -> Iterator[dict[str, str]]:
    """The variables by which a scenario's toolset file finds its servers, while they run."""
    with ExitStack() as stack:
        found = {}
        for file, (variable, server) in _SERVERS.items():
            path = scenario / f"{file}.yaml"
            if path.is_file():
                own = folder / f"{scenario.name}-{file}"
                own.mkdir()
                said = yaml.safe_load(path.read_text(encoding="utf-8"))
                place = stack.enter_context(server(said, own))
                found[f"{scenario.name.upper()}_{variable}"] = place
        yield found


@contextmanager
def _prometheus(said: Mapping[str, Any], folder: Path) -> Iterator[str]:
    by_name: dict[str, list[str]] = {}
    for each in said["input_series"]:
        values = _values(each["values"])
        lines = by_name.setdefault(each["series"].partition("{")[0], [])
        began = RECORDED_AT - 60 * (len(values) - 1)
        lines += [f"{each['series']} {value:g} {began + 60 * n}" for n, value in enumerate(values)]
    text = "\n".join(line for lines in by_name.values() for line in lines)
    with prometheus(folder, [f"{text}\n# EOF\n"]) as url:
        yield url


def _values(text: str) -> list[float]:
    """Values as promtool's unit tests write them: `0+5x3` is 0, 5, 10, 15."""
    found: list[float] = []
    for start, by, times in _PART.findall(text):
        found += [float(start) + n * float(by or 0) for n in range(int(times) + 1)]
    return found


@contextmanager
def _postgresql(said: Mapping[str, Any], folder: Path) -> Iterator[str]:
    with postgresql(folder) as port, ExitStack() as stack:
        address = f"host=127.0.0.1 port={port} dbname=postgres"
        with psycopg.connect(f"{address} user=postgres", autocommit=True) as connection:
            for each in said["setup"]:
                told = each if isinstance(each, dict) else {"sql": each, "times": 1}
                for _ in range(told["times"]):
                    connection.execute(told["sql"])
            connection.execute("SELECT pg_stat_force_next_flush()")
        for each in said.get("sessions", ()):
            for _ in range(each.get("count", 1)):
                user = each.get("user", "postgres")
                given = f"{address} user={user} application_name={each['application']}"
                stack.enter_context(_session(given, each))
        _until(lambda: _waiting(address) == sum("waits" in e for e in said.get("sessions", ())))
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"


@contextmanager
def _session(address: str, said: Mapping[str, Any]) -> Iterator[None]:
    """A connection that stays open after its statements, or waits for the last one's lock."""
    connection = psycopg.connect(address, autocommit=True)
    for each in said.get("run", ()):
        connection.execute(each)
    waiting = threading.Thread(target=_wait, args=(connection, said.get("waits", "")))
    waiting.start()
    try:
        yield
    finally:
        connection.cancel()
        waiting.join()
        connection.close()


def _wait(connection: "psycopg.Connection[Any]", sql: str) -> None:
    if sql:
        try:
            connection.execute(sql)
        except psycopg.errors.QueryCanceled:
            return


def _waiting(address: str) -> int:
    with psycopg.connect(f"{address} user=postgres") as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        ).fetchone()
        return int(found[0]) if found else 0


@contextmanager
def _redis(said: Mapping[str, Any], folder: Path) -> Iterator[str]:
    with redis_server(folder) as port:
        with redis.Redis(port=port) as client, suppress(redis.exceptions.OutOfMemoryError):
            for name, value in said["settings"].items():
                client.config_set(name, value)
            for each in said["keys"]:
                for n in range(each["count"]):
                    client.set(f"{each['name']}:{n}", "x" * each["bytes"])  # until it is full
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _rabbitmq(said: Mapping[str, Any], folder: Path) -> Iterator[str]:
    with rabbitmq(folder) as url:
        for name, messages in said["queues"].items():
            _tell(url, "PUT", f"queues/%2F/{name}", {"durable": True})
            message = {"routing_key": name, "payload": "x", "payload_encoding": "string"}
            for _ in range(messages):
                body = {**message, "properties": {}}
                _tell(url, "POST", "exchanges/%2F/amq.default/publish", body)
        for name, messages in said["queues"].items():
            _until(partial(_holds, url, name, messages))
        yield url


def _holds(url: str, queue: str, messages: int) -> bool:
    return bool(_tell(url, "GET", f"queues/%2F/{queue}", None).get("messages", -1) == messages)


def _tell(url: str, method: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
    headers = {
        "Authorization": f"Basic {b64encode(b'guest:guest').decode()}",
        "Content-Type": "application/json",
    }
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310  (loopback)
        f"{url}/api/{path}", data=data, method=method, headers=headers
    )
    with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310
        text = reply.read()
    return dict(json.loads(text)) if text else {}


@contextmanager
def _repository(said: list[Mapping[str, Any]], folder: Path) -> Iterator[str]:
    _git(folder, "init", "--quiet", "--initial-branch=main")
    for each in said:
        for name, text in each["files"].items():
            (folder / name).write_text(text, encoding="utf-8")
        _git(folder, "add", ".")
        who = {"NAME": each["author"], "EMAIL": "x@acme.example", "DATE": each["at"]}
        variables = {f"GIT_{by}_{key}": value for by in ("AUTHOR", "COMMITTER")
                     for key, value in who.items()}  # fmt: skip
        _git(folder, "commit", "--quiet", "-m", each["subject"], variables=variables)
    yield str(folder)


def _git(folder: Path, *words: str, variables: Mapping[str, str] | None = None) -> None:
    alone = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", **(variables or {})}
    subprocess.run(["git", "-C", str(folder), *words], check=True, env={**os.environ, **alone})


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + _SECONDS
    while not holds():
        assert time.monotonic() < end, "the server does not come to hold what it was told"
        time.sleep(0.05)


_SERVERS: Mapping[str, tuple[str, Callable[[Any, Path], AbstractContextManager[str]]]] = {
    "metrics": ("PROMETHEUS", _prometheus),
    "postgresql": ("POSTGRESQL", _postgresql),
    "redis": ("REDIS", _redis),
    "rabbitmq": ("RABBITMQ", _rabbitmq),
    "repository": ("REPOSITORY", _repository),
}
