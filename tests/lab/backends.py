"""The servers of the lab: what starts each, a little data, and its section of the configuration."""

import json
import sqlite3
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psycopg
import pymongo
import pymysql
import redis as redis_client
from confluent_kafka import Producer

from configured.database.asking import ORDERS
from configured.servers.alertmanager import alertmanager
from configured.servers.clickhouse import clickhouse
from configured.servers.docker import dockerd
from configured.servers.elasticsearch_emulator import elasticsearch_emulator
from configured.servers.helm import helm
from configured.servers.journal import entry, write_journal
from configured.servers.mariadb import mariadb
from configured.servers.node import packages
from configured.servers.noida import kafka_emulator
from configured.servers.nx_27017 import mongodb_emulator
from configured.servers.postgresql import postgresql
from configured.servers.prometheus import prometheus
from configured.servers.rabbitmq import rabbitmq
from configured.servers.redis import redis_server, valkey_server
from configured.servers.victoria_metrics import victoria_metrics

_REPOSITORY = Path(__file__).parents[2]

Kind = Literal["real", "emulator", "program"]


@dataclass(frozen=True, kw_only=True)
class Backend:
    """What one back end adds to the toolset file, and the folders of programs that it needs."""

    toolsets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    mcp_servers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    path: str = ""


def _section(name: str, kind: str = "", **config: Any) -> Backend:  # noqa: ANN401  (any YAML)
    return Backend(toolsets={name: {**({"type": kind} if kind else {}), "config": config}})


def _send(url: str, body: str, method: str = "POST", login: str = "") -> None:
    headers = {"Content-Type": "application/json"}
    if login:
        headers["Authorization"] = f"Basic {b64encode(login.encode()).decode()}"
    request = urllib.request.Request(url, body.encode(), headers, method=method)  # noqa: S310
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310  (loopback)


def _history() -> Iterator[str]:
    """Two hours of a counter of errors that rises faster since 20 minutes ago."""
    now, count = int(time.time()), 0
    for at in range(now - 7200, now, 30):
        count += 40 if at > now - 1200 else 1
        yield f'http_requests_total{{namespace="shop",job="checkout",code="500"}} {count} {at}'


@contextmanager
def _prometheus(folder: Path) -> Iterator[Backend]:
    text = "# TYPE http_requests_total unknown\n" + "\n".join(_history()) + "\n# EOF\n"
    with prometheus(folder, [text]) as url:
        instance = {"name": "prometheus", "prometheus_url": url}
        yield _section("prometheus/metrics", instances=[instance])


@contextmanager
def _victoria_metrics(folder: Path) -> Iterator[Backend]:
    text = "\n".join(f"{line}000" for line in _history())
    with victoria_metrics(folder, text) as url:
        instance = {"name": "victoria", "prometheus_url": url, "subtype": "victoriametrics"}
        yield _section("prometheus/metrics", instances=[instance])


@contextmanager
def _alertmanager(folder: Path) -> Iterator[Backend]:
    with alertmanager(folder) as url:
        alert = {"labels": {"alertname": "CheckoutErrors", "namespace": "shop"}}
        _send(f"{url}/api/v2/alerts", json.dumps([alert]))
        health = {"health_check_url": f"{url}/api/v2/status"}
        allowed = {"hosts": ["127.0.0.1"], "paths": ["/api/v2/*"], **health}
        yield _section("alertmanager", "http", endpoints=[allowed])


def _database(name: str, url: str) -> Backend:
    return _section(f"lab/{name}", "database", connection_url=url)


@contextmanager
def _postgresql(folder: Path) -> Iterator[Backend]:
    with postgresql(folder) as port:
        where = f"host=127.0.0.1 port={port} user=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            for statement in (*ORDERS, "CREATE EXTENSION pg_stat_statements"):
                connection.execute(statement)
        yield _database("postgresql", f"postgresql://postgres@127.0.0.1:{port}/postgres")


@contextmanager
def _mariadb(folder: Path) -> Iterator[Backend]:
    with mariadb(folder) as port:
        connection = pymysql.connect(host="127.0.0.1", port=port, user="root", autocommit=True)
        with connection, connection.cursor() as cursor:
            for statement in ("CREATE DATABASE shop", "USE shop", *ORDERS):
                cursor.execute(statement)
        yield _database("mariadb", f"mariadb://root@127.0.0.1:{port}/shop")


@contextmanager
def _clickhouse(folder: Path) -> Iterator[Backend]:
    with clickhouse(folder) as port:
        yield _database("clickhouse", f"clickhouse://ro:secret-pw@127.0.0.1:{port}/default")


@contextmanager
def _sqlite(folder: Path) -> Iterator[Backend]:
    with closing(sqlite3.connect(folder / "shop.db")) as connection:
        for statement in ORDERS:
            connection.execute(statement)
        connection.commit()
    yield _database("sqlite", f"sqlite:///{folder}/shop.db")


def _fill(port: int) -> str:
    with redis_client.Redis(port=port) as client:
        client.rpush("jobs", *(f"job-{n}" for n in range(300)))
    return f"redis://127.0.0.1:{port}/0"


@contextmanager
def _redis(folder: Path) -> Iterator[Backend]:
    with redis_server(folder) as port:
        yield _section("redis", instances=[{"name": "redis", "connection_url": _fill(port)}])


@contextmanager
def _valkey(folder: Path) -> Iterator[Backend]:
    with valkey_server(folder) as port:
        yield _section("redis", instances=[{"name": "valkey", "connection_url": _fill(port)}])


@contextmanager
def _rabbitmq(folder: Path) -> Iterator[Backend]:
    with rabbitmq(folder) as url:
        _send(f"{url}/api/queues/%2F/orders", '{"durable": true}', "PUT", "guest:guest")
        cluster = {"id": "lab", "api_url": url, "username": "guest", "password": "guest"}
        yield _section("rabbitmq/core", clusters=[cluster])


@contextmanager
def _kafka(folder: Path) -> Iterator[Backend]:
    with kafka_emulator(folder) as port:
        producer = Producer({"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0})
        for number in range(10):
            producer.produce("orders", value=f"order {number}")
        producer.flush(20)
        cluster = {"name": "lab", "broker": f"127.0.0.1:{port}"}
        yield _section("kafka/admin", clusters=[cluster])


@contextmanager
def _mongodb(folder: Path) -> Iterator[Backend]:
    with mongodb_emulator(folder) as port:
        url = f"mongodb://127.0.0.1:{port}/shop"
        client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(url)
        with client:
            client["shop"]["orders"].insert_many({"id": n, "state": "paid"} for n in range(30))
        yield _section("mongodb", connection_url=url)


@contextmanager
def _elasticsearch(folder: Path) -> Iterator[Backend]:
    with elasticsearch_emulator(folder) as url:
        _send(f"{url}/logs/_doc?refresh=true", '{"message": "ERROR connection refused"}')
        section = {"config": {"api_url": url}}
        yield Backend(toolsets={f"elasticsearch/{name}": section for name in ("data", "cluster")})


@contextmanager
def _docker(folder: Path) -> Iterator[Backend]:
    with dockerd(folder) as docker:
        docker.run("run", "-d", "--network=none", "--name=web", "bb:1", "sh", "-c", "sleep 9999")
        yield _section("docker/core", host=docker.host)


@contextmanager
def _helm(folder: Path) -> Iterator[Backend]:
    yield Backend(toolsets={"helm/core": {"enabled": True}}, path=str(helm(folder)))


@contextmanager
def _journal(folder: Path) -> Iterator[Backend]:
    kubelet = {"_SYSTEMD_UNIT": "kubelet.service", "PRIORITY": "6"}
    now = time.time()
    write_journal(folder, (entry(now - 60 + n, f"sync loop {n}", **kubelet) for n in range(60)))
    yield _section("systemd", journal_directory=str(folder))


@contextmanager
def _git(folder: Path) -> Iterator[Backend]:
    """A repository of its own: the one that the lab is in may be a copy without its history."""
    git = ["git", "-C", str(folder), "-c", "user.name=lab", "-c", "user.email=lab@localhost"]
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "Start the shop"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    yield _section("git", repositories=[{"name": "shop", "path": str(folder)}])


@contextmanager
def _network(_folder: Path) -> Iterator[Backend]:
    reach = {"config": {"allowed_hosts": ["127.0.0.1"], "block_internal_ips": False}}
    yield Backend(toolsets={"internet": {"config": {}}, "connectivity_check": reach})


@contextmanager
def _mcp(_folder: Path) -> Iterator[Backend]:
    """Holmes starts these itself, on standard input and output."""
    node = packages()
    everything, *words = node.program("@modelcontextprotocol/server-everything", "dist/index.js")
    files, *more = node.program("@modelcontextprotocol/server-filesystem", "dist/index.js")
    clock = str(Path(sys.executable).with_name("mcp-server-time"))
    servers = {
        "everything": {"command": everything, "args": [*words, "stdio"]},
        "files": {"command": files, "args": [*more, str(_REPOSITORY / "docs")]},
        "clock": {"command": clock, "args": ["--local-timezone", "UTC"]},
    }
    yield Backend(mcp_servers={name: {"config": each} for name, each in servers.items()})


Start = Callable[[Path], AbstractContextManager[Backend]]

ALL: Mapping[str, tuple[Kind, Start]] = {
    "rabbitmq": ("real", _rabbitmq),  # the slowest first, so that nobody waits for it alone
    "docker": ("real", _docker),
    "mariadb": ("real", _mariadb),
    "postgresql": ("real", _postgresql),
    "prometheus": ("real", _prometheus),
    "victoria-metrics": ("real", _victoria_metrics),
    "alertmanager": ("real", _alertmanager),
    "clickhouse": ("real", _clickhouse),
    "redis": ("real", _redis),
    "valkey": ("real", _valkey),
    "kafka": ("emulator", _kafka),
    "elasticsearch": ("emulator", _elasticsearch),
    "mongodb": ("emulator", _mongodb),
    "helm": ("program", _helm),
    "journal": ("program", _journal),
    "git": ("program", _git),
    "sqlite": ("program", _sqlite),
    "network": ("program", _network),
    "mcp": ("program", _mcp),
}
