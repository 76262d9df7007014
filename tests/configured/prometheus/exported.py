"""What a service, and a node, of the made cluster exports."""

import math
import random
from collections.abc import Iterator, Sequence

from configured.prometheus.world import (
    BLOCK,
    MINUTES,
    TICKS,
    Quantity,
    Service,
    Trace,
    World,
    rough,
    seconds,
    ticks,
)

_BUCKETS = (0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_SPREAD = 0.6


def series(world: World) -> Iterator[tuple[str, dict[str, str], Trace]]:
    """Every series: name, labels, and a value a tick (None: not there)."""
    for service in world.services.values():
        rng = random.Random(f"{world.seed}{service.name}")  # noqa: S311  (made data)
        yield from _Exported(service, rng).all()
    for node, busy in world.nodes.items():
        yield from _of_node(node, busy, world)
    yield from world.more


def openmetrics(world: World) -> tuple[dict[int, str], int]:
    """The text of each two-hour block by its beginning, and how many series there are."""
    rng = random.Random(world.seed)  # noqa: S311  (made data)
    blocks: dict[int, list[str]] = {}
    stamps = [f" {seconds(tick)}\n" for tick in ticks()]
    edges = range(0, TICKS, BLOCK // 60)  # both mornings begin with a block
    by_name: dict[str, list[tuple[dict[str, str], Trace]]] = {}
    for name, labels, trace in series(world):
        by_name.setdefault(name, []).append((labels, trace))
    for name, found in by_name.items():
        for labels, trace in found:
            inner = ",".join(f'{key}="{value}"' for key, value in labels.items())
            head = f"{name}{{{inner}}} "
            lost = {rng.randrange(TICKS) for _ in range(5)}  # scrapes that failed
            for begin in edges:
                start = seconds(begin - MINUTES)
                blocks.setdefault(start, []).extend(
                    f"{head}{trace[at]:.7g}{stamps[at]}"
                    for at in range(begin, begin + BLOCK // 60)
                    # Of yesterday half is kept, as where old data is thinned out.
                    if trace[at] is not None and at not in lost and (at >= MINUTES or at % 2)
                )
    count = sum(map(len, by_name.values()))
    return {start: "".join([*lines, "# EOF\n"]) for start, lines in blocks.items()}, count


def running(amounts: Sequence[float | None]) -> list[float | None]:
    """A counter that grows by these amounts."""
    total, found = 0.0, []
    for amount in amounts:
        total += amount or 0.0
        found.append(None if amount is None else total)
    return found


class _Exported:
    """What the two pods of a service export."""

    def __init__(self, service: Service, rng: random.Random) -> None:
        self.of, self.rng = service, rng

    def all(self) -> Iterator[tuple[str, dict[str, str], Trace]]:
        for place, (pod, begin, end) in enumerate(self.of.pods):
            there = [begin <= tick < end for tick in ticks()]
            labels = {"namespace": self.of.namespace, "pod": pod}
            yield from self._container(labels, there, self.of.node[place])
            app = {
                **labels,
                "job": self.of.name,
                "instance": f"10.4.{place}.{self.rng.randrange(250)}:8080",
            }
            stack = {"go": self._go, "java": self._java, "istio": self._istio}[self.of.stack]
            yield from stack(app, there)
        kube = {"namespace": self.of.namespace, "deployment": self.of.name}
        yield "kube_deployment_spec_replicas", kube, [2.0] * TICKS
        yield "kube_deployment_status_replicas_available", kube, [2.0] * TICKS

    def _level(self, quantity: Quantity, there: Sequence[bool], share: float = 1.0) -> Trace:
        noise, start = rough(self.rng.randrange(64)), self.rng.randrange(TICKS)
        return [
            share * value * max(0.02, 1 + 0.03 * noise[(start + at) % TICKS]) if here else None
            for at, (value, here) in enumerate(zip(quantity.values, there, strict=True))
        ]

    def _counted(self, a_second: Sequence[float], there: Sequence[bool]) -> Trace:
        """A counter of events, as irregular as events are."""
        rng, found = self.rng, list[float | None]()
        for rate, here in zip(a_second, there, strict=True):
            mean = max(0.0, rate * 60)
            drawn = mean + math.sqrt(mean) * rng.gauss(0, 1) + rng.random() - 0.5
            found.append(float(max(0, round(drawn))) if here else None)
        return running(found)

    def _container(
        self, labels: dict[str, str], there: Sequence[bool], node: str
    ) -> Iterator[tuple[str, dict[str, str], Trace]]:
        of = self.of
        inside = {**labels, "container": of.name}
        cpu = [None if v is None else 60 * v for v in self._level(of.cpu, there)]
        periods = [600.0 if here else None for here in there]
        yield "container_cpu_usage_seconds_total", {**inside, "node": node}, running(cpu)
        yield "container_cpu_cfs_periods_total", inside, running(periods)
        throttled = self._level(of.throttled, there, 600)
        yield (
            "container_cpu_cfs_throttled_periods_total",
            inside,
            running([None if v is None else min(600.0, v) for v in throttled]),
        )
        memory = self._level(of.memory, there)
        yield "container_memory_working_set_bytes", {**inside, "node": node}, memory
        traffic = [None if v is None else v * 60 * 2_000 for v in self._level(of.rps, there, 0.5)]
        yield "container_network_receive_bytes_total", labels, running(traffic)
        full = [1.0 if here else None for here in there]
        limits = "kube_pod_container_resource_limits"
        yield limits, {**inside, "resource": "cpu", "unit": "core"}, _times(full, of.cpu_limit)
        yield (
            limits,
            {**inside, "resource": "memory", "unit": "byte"},
            _times(full, of.memory_limit),
        )
        restarted = [float(sum(at <= tick for at in of.restarts)) for tick in ticks()]
        yield (
            "kube_pod_container_status_restarts_total",
            inside,
            [v if here else None for v, here in zip(restarted, there, strict=True)],
        )
        yield "kube_pod_info", {**labels, "node": node, "created_by_kind": "ReplicaSet"}, full
        yield "kube_pod_status_ready", {**labels, "condition": "true"}, full

    def _requests(self, there: Sequence[bool], codes: Sequence[str]) -> Iterator[tuple[str, Trace]]:
        """A counter for each status; the last two share the errors."""
        of = self.of
        for code in codes:
            share = {codes[0]: 0.0, codes[1]: 0.02}.get(code, -1.0)
            yield (
                code,
                self._counted(
                    [
                        rps / 2 * (e / 2 if share < 0 else share or max(0.0, 0.98 - e))
                        for rps, e in zip(of.rps.values, of.errors.values, strict=True)
                    ],
                    there,
                ),
            )

    def _histogram(
        self,
        name: str,
        labels: dict[str, str],
        there: Sequence[bool],
        *,
        unit: float,
        took: Quantity,
    ) -> Iterator[tuple[str, dict[str, str], Trace]]:
        """Cumulative buckets of times that spread as they do: many short, few long."""
        counts = [
            60 * rps / 2 if here else None
            for rps, here in zip(self.of.rps.values, there, strict=True)
        ]
        noise, start = rough(self.rng.randrange(64)), self.rng.randrange(TICKS)
        mean = [v * (1 + 0.05 * noise[(start + at) % TICKS]) for at, v in enumerate(took.values)]
        for bound in _BUCKETS:
            below = [
                None if n is None else n * _share_below(bound, m)
                for n, m in zip(counts, mean, strict=True)
            ]
            said = f"{bound * unit:g}" if unit > 1 else f"{bound}"
            yield f"{name}_bucket", {**labels, "le": said}, running(below)
        yield f"{name}_bucket", {**labels, "le": "+Inf"}, running(counts)
        yield f"{name}_count", labels, running(counts)
        total = [None if n is None else n * m * unit for n, m in zip(counts, mean, strict=True)]
        yield f"{name}_sum", labels, running(total)

    def _go(
        self, labels: dict[str, str], there: Sequence[bool]
    ) -> Iterator[tuple[str, dict[str, str], Trace]]:
        of = self.of
        for code, trace in self._requests(there, ("200", "404", "500", "503")):
            yield "http_requests_total", {**labels, "code": code, "method": "GET"}, trace
        yield from self._histogram(
            "http_request_duration_seconds", labels, there, unit=1, took=of.latency
        )
        pool = {**labels, "db_name": "main"}
        used = self._level(of.pool, there)
        yield "go_sql_in_use_connections", pool, _rounded(used, of.pool_most)
        yield (
            "go_sql_max_open_connections",
            pool,
            _times([1.0 if h else None for h in there], of.pool_most),
        )
        yield "go_goroutines", labels, _rounded(self._level(of.rps, there, 4))
        yield "process_resident_memory_bytes", labels, self._level(of.memory, there, 0.97)
        yield (
            "http_client_retries_total",
            {**labels, "target": of.calls or "db"},
            self._counted(of.retried.values, there),
        )

    def _java(
        self, labels: dict[str, str], there: Sequence[bool]
    ) -> Iterator[tuple[str, dict[str, str], Trace]]:
        of = self.of
        for status, trace in self._requests(there, ("200", "400", "500", "503")):
            yield (
                "http_server_requests_seconds_count",
                {**labels, "status": status, "uri": "/api"},
                trace,
            )
        took = [
            rps / 2 * late * 60 if here else None
            for rps, late, here in zip(of.rps.values, of.latency.values, there, strict=True)
        ]
        yield (
            "http_server_requests_seconds_sum",
            {**labels, "status": "200", "uri": "/api"},
            running(took),
        )
        saw = [0.35 + 0.3 * ((at * 7 + self.rng.randrange(3)) % 40) / 40 for at in range(TICKS)]
        heap = [400e6 * part if here else None for part, here in zip(saw, there, strict=True)]
        yield "jvm_memory_used_bytes", {**labels, "area": "heap"}, heap
        yield (
            "jvm_memory_max_bytes",
            {**labels, "area": "heap"},
            _times([1.0 if h else None for h in there], 400e6),
        )
        yield "jvm_threads_live_threads", labels, _rounded(self._level(of.pool, there, 9))
        pool = {**labels, "pool": "HikariPool-1"}
        used = self._level(of.pool, there)
        yield "hikaricp_connections_active", pool, _rounded(used, of.pool_most)
        yield (
            "hikaricp_connections_max",
            pool,
            _times([1.0 if h else None for h in there], of.pool_most),
        )
        over = [None if v is None else max(0.0, v - of.pool_most) for v in used]
        yield "hikaricp_connections_pending", pool, _rounded(over)
        client = {**labels, "client_name": of.calls or "db"}
        yield from self._histogram(
            "http_client_requests_seconds", client, there, unit=1, took=of.called
        )

    def _istio(
        self, labels: dict[str, str], there: Sequence[bool]
    ) -> Iterator[tuple[str, dict[str, str], Trace]]:
        of = self.of
        mesh = {**labels, "destination_service_name": of.name}
        for code, trace in self._requests(there, ("200", "404", "502", "503")):
            yield "istio_requests_total", {**mesh, "response_code": code}, trace
        yield from self._histogram(
            "istio_request_duration_milliseconds", mesh, there, unit=1000, took=of.latency
        )
        cluster = {**labels, "envoy_cluster_name": f"outbound|80||{of.calls or 'db'}"}
        yield "envoy_cluster_upstream_rq_retry", cluster, self._counted(of.retried.values, there)
        yield "envoy_cluster_upstream_cx_active", cluster, _rounded(self._level(of.pool, there))
        group = {
            "namespace": of.namespace,
            "consumergroup": of.name,
            "topic": f"{of.name}-events",
            "pod": labels["pod"],
        }
        yield "kafka_consumergroup_lag", group, _rounded(self._level(of.waiting, there))


def _of_node(
    node: str, busy: Quantity, world: World
) -> Iterator[tuple[str, dict[str, str], Trace]]:
    labels = {"instance": node, "node": node, "job": "node-exporter"}
    shares = {"idle": None, "user": 0.7, "system": 0.2, "iowait": 0.05}
    for mode, share in shares.items():
        used = [
            60 * 8 * ((1 - min(1.0, b)) if share is None else min(1.0, b) * share)
            for b in busy.values
        ]
        yield "node_cpu_seconds_total", {**labels, "mode": mode}, running(used)
    yield "node_load1", labels, [8 * b for b in busy.values]
    memory = world.quantity(20e9, 0.02)
    yield "node_memory_MemAvailable_bytes", labels, memory.values
    yield "node_memory_MemTotal_bytes", labels, [34e9] * TICKS
    for mount, free in (("/", 60e9), ("/var", 150e9)):
        on = {**labels, "mountpoint": mount, "device": "sda1", "fstype": "ext4"}
        yield "node_filesystem_avail_bytes", on, [free - 1.5e5 * at for at in range(TICKS)]
        yield "node_filesystem_size_bytes", on, [200e9] * TICKS
    io = world.quantity(60 * 0.08, 0.4)
    yield "node_disk_io_time_seconds_total", {**labels, "device": "sda"}, running(io.values)
    network = world.quantity(60 * 6e6, 0.2)
    for way in ("receive", "transmit"):
        yield (
            f"node_network_{way}_bytes_total",
            {**labels, "device": "eth0"},
            running(network.values),
        )
    wait = [60 * max(0.002, (b - 0.7) * 1.2) for b in busy.values]
    yield "node_pressure_cpu_waiting_seconds_total", labels, running(wait)


def _share_below(bound: float, mean: float) -> float:
    middle = math.log(mean) - _SPREAD**2 / 2
    return 0.5 * (1 + math.erf((math.log(bound) - middle) / (_SPREAD * math.sqrt(2))))


def _times(trace: Trace, factor: float) -> Trace:
    return [None if value is None else value * factor for value in trace]


def _rounded(trace: Trace, most: float = math.inf) -> Trace:
    return [None if value is None else float(round(min(value, most))) for value in trace]
