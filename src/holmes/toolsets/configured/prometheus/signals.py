"""What metrics measure, told by the naming conventions of the field, and how to ask for it.

From prometheus.io/docs/practices/naming, OpenMetrics, and the names of cAdvisor,
kube-state-metrics, node exporter, Micrometer, Istio, Envoy. What fits nothing is a plain gauge or
rate.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from holmes.toolsets.configured.prometheus.api import Description

Bad: TypeAlias = Literal["up", "down", "either"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """What is measured.

    weight  how directly a change explains others: what is used up explains slowness and errors,
            and those explain changes of traffic, not the other way round (Gregg's USE before RED)
    bad     the direction that is trouble
    least   shares, and what is bad to lose: the smallest part that counts; others: what is added
            to both levels before they are compared, so that little next to nothing is no multiple
    full    the part that counts whole; others: by how many doublings
    level   whether a share counts less as long as it is far from 1
    """

    name: str
    weight: float
    bad: Bad = "up"
    share: bool = False
    least: float
    full: float = 4.0
    level: bool = False
    unit: str = ""


THROTTLED = Kind(name="CPU throttling", weight=1.0, share=True, least=0.1, full=0.5)
FULL = Kind(name="use of what there is", weight=1.0, share=True, least=0.1, full=0.5, level=True)
MISSES = Kind(name="cache misses", weight=0.9, share=True, least=0.1, full=0.4)
QUEUE = Kind(name="queue", weight=0.9, least=10.0)
RETRIES = Kind(name="retries", weight=0.9, least=0.1, unit="/s")
AVAILABLE = Kind(name="availability", weight=0.9, bad="down", least=0.2, full=0.5)
ERRORS = Kind(name="share of errors", weight=0.8, share=True, least=0.01, full=0.1)
RESTARTS = Kind(name="restarts", weight=0.8, least=0.001, unit="/s")
CALLS = Kind(name="latency of calls", weight=0.8, least=0.005, unit="s")
FAILURES = Kind(name="failures", weight=0.7, least=0.05, unit="/s")
NODE_CPU = Kind(name="CPU of the node", weight=0.8, share=True, least=0.2, full=0.5, level=True)
PRESSURE = Kind(name="waiting for the node", weight=0.7, share=True, least=0.1, full=0.5)
LATENCY = Kind(name="latency", weight=0.6, least=0.005, unit="s")
CPU = Kind(name="CPU", weight=0.5, least=0.05, unit=" cores")
MEMORY = Kind(name="memory", weight=0.5, least=20e6, unit=" bytes")
TRAFFIC = Kind(name="traffic", weight=0.4, bad="either", least=0.1, unit="/s")
RATE = Kind(name="rate", weight=0.3, bad="either", least=0.1, unit="/s")
GAUGE = Kind(name="value", weight=0.3, bad="either", least=1.0)
EXPIRY = Kind(name="time left", weight=1.0, bad="down", least=1.0, unit="s")

Role: TypeAlias = Literal["own", "node", "neighbour"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """One query, and what its result means.

    coded   whether a label may hold a status: then it is traffic and share of errors
    metrics the names that it reads
    """

    kind: Kind
    metrics: tuple[str, ...]
    query: str
    role: Role = "own"
    coded: bool = False


STATUS_LABELS = frozenset({
    "code", "status", "status_code", "response_code", "http_status_code", "http_status",
    "http_response_status_code", "grpc_code", "rpc_grpc_status_code", "grpc_status", "outcome",
    "result",
})  # fmt: skip
_SERVER_ERROR = re.compile(
    r"5\d\d|5xx|server_error|error|failed|failure|fail|exception|timeout"
    r"|unavailable|internal|deadlineexceeded|unknown|dataloss|resourceexhausted",
    re.IGNORECASE,
)


def is_error(status: str) -> bool:
    """Whether a status of HTTP, gRPC or a library says that the server failed."""
    return bool(_SERVER_ERROR.fullmatch(status))


_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_FAILED = frozenset(
    [
        "error",
        "errors",
        "failed",
        "failure",
        "failures",
        "fail",
        "exception",
        "exceptions",
        "timeout",
        "timeouts",
        "rejected",
        "rejections",
        "dropped",
        "drops",
        "discarded",
        "aborted",
        "panics",
        "oom",
        "evicted",
        "evictions",
        "5xx",
    ]
)
_RETRIED = frozenset({"retry", "retries", "retried"})
_WAITING = frozenset(
    [
        "queue",
        "queued",
        "lag",
        "backlog",
        "pending",
        "waiting",
        "depth",
        "unacked",
        "unacknowledged",
        "inflight",
        "ready",
    ]
)
_USED = frozenset(
    {
        "in",
        "use",
        "active",
        "used",
        "usage",
        "current",
        "busy",
        "allocated",
        "inuse",
        "fds",
        "length",
    }
)
_FREE = frozenset({"avail", "available", "free", "idle"})
_MOST = frozenset({"max", "limit", "capacity", "size", "total", "config", "maximum", "open"})
_TO_OTHERS = frozenset({
    "client", "upstream", "outbound", "egress", "dependency", "external", "remote", "command",
    "query",
})  # fmt: skip
_LASTS = frozenset({"seconds", "milliseconds", "ms", "duration", "latency"})
_UNINTERESTING = re.compile(r"_(?:info|created|labels|annotations|timestamp_seconds|generation)$")
_EXPIRES = re.compile(r"expir|not_?after", re.IGNORECASE)

# What tells one pod from another; the rest says what is measured. The label `workload` is made.
_PER_POD = (
    "pod, instance, container, uid, id, image, endpoint, pod_ip, host_ip, exported_pod, "
    "exported_instance, exported_container, method, uri, path, route, handler"
)
_WORKLOAD = r"(.+?)(?:-[0-9a-f]{6,10}-[a-z0-9]{5}|-[0-9]+)?"


def words(name: str) -> frozenset[str]:
    """The words of a metric's name, in lower case."""
    return frozenset(word.lower() for word in _WORD.findall(name))


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """How the queries of one place are written: its selector, and the width of a rate."""

    selector: str
    width: int
    role: Role = "own"

    def select(self, name: str, more: str = "") -> str:
        """The series of a metric there."""
        inner = ",".join(filter(None, (self.selector, more)))
        return f"{name}{{{inner}}}"

    def rate(self, name: str, more: str = "") -> str:
        """How fast a counter grows, a second."""
        return f"rate({self.select(name, more)}[{self.width}s])"

    def together(self, operator: str, query: str, drop: str = "") -> str:
        """A query's series with those of a workload's pods made one."""
        named = f'label_replace({query}, "workload", "$1", "pod", "{_escaped(_WORKLOAD)}")'
        keep_node = ", node" if self.role == "own" else ""
        # A node's exporter is known by its address, and there is one for each node.
        dropped = _PER_POD.replace("instance, ", "") if self.role == "node" else _PER_POD
        return f"{operator} without ({dropped}{keep_node}{drop}) ({named})"


def _escaped(pattern: str) -> str:
    return pattern.replace("\\", "\\\\")


def probes(
    names: Collection[str], described: Mapping[str, Description], asking: Asking
) -> Iterator[Probe]:
    """What to ask about these metrics of one place."""
    known = frozenset(names)
    pairs = dict(_pairs(known))
    for name in sorted(known):
        if name.startswith("container_"):
            yield from _container(name, known, asking)
        elif _EXPIRES.search(name):
            yield _probe(EXPIRY, (name,), asking.select(name), asking)
        elif _UNINTERESTING.search(name) or name in pairs.values():
            continue
        elif name.endswith("_bucket"):
            yield _histogram(name, asking)
        elif name.endswith("_sum") and f"{name[:-4]}_count" in known:
            if f"{name[:-4]}_bucket" not in known:
                yield _mean(name, asking)
        elif is_counter(name, described):
            yield _counter(name, known, asking)
        elif name in pairs:
            yield _share(name, pairs[name], asking)
        else:
            kind = gauge_kind(name)
            operator = "sum" if kind is QUEUE else "avg"
            yield _probe(kind, (name,), asking.together(operator, asking.select(name)), asking)


def _probe(
    kind: Kind, metrics: tuple[str, ...], query: str, asking: Asking, *, coded: bool = False
) -> Probe:
    return Probe(kind=kind, metrics=metrics, query=query, role=asking.role, coded=coded)


def is_counter(name: str, described: Mapping[str, Description]) -> bool:
    """Whether a metric only grows: by its type where that is known, else by its name's end."""
    known = described.get(name)
    by_name = name.endswith(("_total", "_count", "_sum"))
    return known.type == "counter" or by_name if known and known.type != "unknown" else by_name


def counter_kind(name: str) -> Kind:
    """What a counter counts."""
    said = words(name)
    if said & _RETRIED:
        return RETRIES
    if said & {"restart", "restarts"}:
        return RESTARTS
    if said & _FAILED:
        return FAILURES
    if "cpu" in said and "seconds" in said:
        return CPU
    if said & {"requests", "request", "messages", "rq", "calls", "queries", "commands"}:
        return TRAFFIC
    return RATE


def gauge_kind(name: str) -> Kind:
    """What a gauge shows."""
    said = words(name)
    amount = said & {"messages", "bytes", "cores", "cpu", "memory"}
    if name == "up" or (said & {"ready", "available", "healthy"} and not amount):
        return AVAILABLE
    if said & _WAITING:
        return QUEUE
    if "bytes" in said and said & {"memory", "resident", "heap", "rss", "mem"}:
        return MEMORY
    return GAUGE


def _container(name: str, known: frozenset[str], asking: Asking) -> Iterator[Probe]:
    """cAdvisor's: the sums over all containers of a pod have no container, and are left out."""
    real = 'container!="",container!="POD"'
    drop = ", name, cpu, job, metrics_path, service"
    if name == "container_cpu_cfs_throttled_periods_total":
        of = "container_cpu_cfs_periods_total"
        if of in known:
            query = f"{asking.rate(name, real)} / {asking.rate(of, real)}"
            yield _probe(THROTTLED, (name, of), asking.together("max", query, drop), asking)
    elif name == "container_cpu_usage_seconds_total":
        query = asking.together("sum", asking.rate(name, real), drop)
        yield _probe(CPU, (name,), query, asking)
    elif name == "container_memory_working_set_bytes":
        used = asking.select(name, real)
        yield _probe(MEMORY, (name,), asking.together("avg", used, drop), asking)
        if "kube_pod_container_resource_limits" in known:
            limit = asking.select("kube_pod_container_resource_limits", 'resource="memory"')
            query = (
                f"{used} / on (namespace, pod, container) group_left () "
                f"max by (namespace, pod, container) ({limit})"
            )
            together = asking.together("max", query, drop)
            metrics = (name, "kube_pod_container_resource_limits")
            yield _probe(FULL, metrics, together, asking)
    elif name.startswith("container_network_") and name.endswith("_total"):
        yield _probe(RATE, (name,), asking.together("sum", asking.rate(name), drop), asking)


def _histogram(name: str, asking: Asking) -> Probe:
    said = words(name)
    # Of all statuses together: a failure that comes fast is no faster service.
    drop = "".join(f", {label}" for label in sorted(STATUS_LABELS))
    buckets = asking.together("sum", asking.rate(name), drop)
    kind = GAUGE
    if said & _LASTS:
        kind = CALLS if said & _TO_OTHERS else LATENCY
    query = f"histogram_quantile(0.95, {buckets})"
    if said & {"milliseconds", "ms"}:
        query += " / 1000"
    return _probe(kind, (name,), query, asking)


def _mean(name: str, asking: Asking) -> Probe:
    count = f"{name[:-4]}_count"
    drop = "".join(f", {label}" for label in sorted(STATUS_LABELS))
    total = asking.together("sum", asking.rate(name), drop)
    query = f"{total} / {asking.together('sum', asking.rate(count), drop)}"
    said = words(name)
    kind = (CALLS if said & _TO_OTHERS else LATENCY) if said & _LASTS else GAUGE
    return _probe(kind, (name, count), query, asking)


def _counter(name: str, known: frozenset[str], asking: Asking) -> Probe:
    if name == "node_cpu_seconds_total":
        idle, every = asking.rate(name, 'mode="idle"'), asking.rate(name)
        drop = ", cpu, mode"
        query = f"1 - {asking.together('sum', idle, drop)} / {asking.together('sum', every, drop)}"
        return _probe(NODE_CPU, (name,), query, asking)
    said = words(name)
    if "seconds" in said and said & {"waiting", "stalled", "io"}:
        together = asking.together("max", asking.rate(name))
        return _probe(PRESSURE, (name,), together, asking)
    hits = name.replace("miss", "hit").replace("hites", "hits")
    if hits != name and hits in known:
        missed = asking.together("sum", asking.rate(name))
        found = asking.together("sum", asking.rate(hits))
        return _probe(MISSES, (name, hits), f"{missed} / ({missed} + {found})", asking)
    kind = counter_kind(name)
    together = asking.together("sum", asking.rate(name))
    return _probe(kind, (name,), together, asking, coded=kind in {TRAFFIC, RATE})


def _share(name: str, of: str, asking: Asking) -> Probe:
    part = f"{asking.select(name)} / {asking.select(of)}"
    query = f"1 - {part}" if words(name) & _FREE else part
    return _probe(FULL, (name, of), asking.together("max", query), asking)


def _pairs(names: frozenset[str]) -> Iterator[tuple[str, str]]:
    """What is used, or free, with what there is of it, by names that say the same otherwise."""
    whole = {
        frozenset(said - _MOST - _USED): name
        for name in sorted(names)
        if (said := words(name)) & (_MOST - {"open"}) and not said & (_USED | _FREE) - {"in", "fds"}
        and not name.endswith(("_total", "_bucket", "_sum", "_count"))
    }  # fmt: skip
    for name in names:
        said = words(name)
        if not said & (_USED | _FREE) or name.endswith(("_total", "_bucket", "_sum", "_count")):
            continue
        of = whole.get(frozenset(said - _USED - _FREE - {"open"}))
        if of and of != name:
            yield name, of
