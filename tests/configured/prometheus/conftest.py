"""Real servers with a history, one of each for all tests of this folder."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from configured.prometheus.exported import openmetrics
from configured.prometheus.incidents import Incident, made
from configured.servers.prometheus import prometheus

NOW = 1_763_625_600.0


@dataclass(frozen=True, kw_only=True)
class Incidents:
    """A Prometheus in which they are, and how many series it has."""

    url: str
    all: Sequence[Incident]
    series: int


@pytest.fixture(scope="session")
def incidents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Incidents]:
    world, happened = made()
    texts, series = openmetrics(world)
    with prometheus(tmp_path_factory.mktemp("incidents"), texts.values()) as url:
        yield Incidents(url=url, all=happened, series=series)


def small_history() -> str:
    """An hour of a few series, and the names of 5,000 metrics beside them."""
    lines = []
    for minute in range(60):
        at = f"{NOW - 3600 + 60 * minute:.0f}"
        if not 40 <= minute < 46:
            for pod, base in (("cart-a", 0.2), ("cart-b", 0.3)):
                busy = base + (0.5 if pod == "cart-a" and minute >= 30 else 0) + minute % 3 / 100
                labels = f'namespace="shop",pod="{pod}"'
                lines.append(f"container_cpu_load{{{labels}}} {busy:.3f} {at}")
        code = f'http_requests_total{{namespace="shop",job="cart",code="500"}} {minute * 6} {at}'
        lines.append(code)
    lines.sort(key=lambda line: line.partition("{")[0])
    last = f"{NOW - 60:.0f}"
    systems = (
        "alertmanager argocd coredns etcd haproxy jenkins kafka mysql nginx pgbouncer postgres "
        "rabbitmq redis traefik vault zookeeper minio envoy consul nats"
    )
    things = (
        "requests connections bytes_sent bytes_received errors queries locks sessions buffers "
        "transactions replication_lag threads leases keys checkpoints messages partitions "
        "snapshots backups heartbeats votes elections segments offsets watches"
    )
    of = (
        "total seconds_total failed_total active max duration_seconds_sum duration_seconds_count "
        "size_bytes last_timestamp_seconds current"
    )
    for system in systems.split():
        for thing in things.split():
            lines += [f'{system}_{thing}_{end}{{instance="i1"}} 1 {last}' for end in of.split()]
    return "\n".join([*lines, "# EOF\n"])


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with prometheus(tmp_path_factory.mktemp("small"), [small_history()]) as url:
        yield url
