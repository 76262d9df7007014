"""Where a metric triage looks: a namespace with its nodes and neighbours, or everything."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from holmes.toolsets.configured.prometheus.api import Api, matcher
from holmes.toolsets.configured.prometheus.signals import CPU, MEMORY, Asking, Probe, probes

_MOST_NODES = 20
_INTERVALS = 4  # of scraping, in a rate: one that was lost still leaves two values
_LEAST_WIDTH = 120
_MOST_WIDTH = 900
_LOOK_BACK = 600
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_NODE_METRICS = "node_.+"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """What is asked there; `workload` is the one that was named, or empty."""

    namespace: str
    workload: str
    probes: tuple[Probe, ...]

    @property
    def said(self) -> str:
        """The place in words."""
        where = f"namespace {self.namespace}" if self.namespace else "everything"
        return f"{self.workload} in {where}" if self.workload else where


async def find(api: Api, namespace: str, workload: str, since: float, until: float) -> Place:
    """The place and what is there to ask, in that time."""
    described = await api.metadata()
    selectors = _selectors(namespace, workload)
    names: dict[str, list[str]] = {}
    for selector in selectors:
        match = [f"{{{selector}}}"] if selector else []
        found = await api.label_values("__name__", match, since, until)
        # A name with other characters, which Prometheus 3 allows, can't stand before braces.
        names[selector] = [name for name in found if _NAME.fullmatch(name)]
    width = await _width(api, [(s, n) for s, found in names.items() for n in found], until)
    asked = [
        probe
        for selector, found in names.items()
        for probe in probes(found, described, Asking(selector=selector, width=width))
    ]
    nodes = await _nodes(api, namespace, workload, until) if namespace else ()
    if nodes:
        asked += await _around(api, namespace, nodes, width, since, until)
    return Place(
        namespace=namespace,
        workload=workload,
        probes=tuple(asked),
    )


def _selectors(namespace: str, workload: str) -> list[str]:
    if namespace:
        # An exporter's own namespace stands in `namespace` where labels are not honoured.
        return [matcher("namespace", namespace), matcher("exported_namespace", namespace)]
    if workload:
        return [matcher(label, workload) for label in ("job", "service", "app")]
    return [""]


async def _width(api: Api, known: Sequence[tuple[str, str]], at: float) -> int:
    """How many seconds a rate has to look back to see some scrapes, by how many there were."""
    for selector, name in known[:3]:
        query = f"max(count_over_time({name}{{{selector}}}[{_LOOK_BACK}s]))"
        found = await api.instant(query, at)
        count = found[0].points[-1][1] if found else None
        if count:
            width = round(_LOOK_BACK / count) * _INTERVALS
            return min(_MOST_WIDTH, max(_LEAST_WIDTH, width))
    return 2 * _LEAST_WIDTH


async def _nodes(api: Api, namespace: str, workload: str, at: float) -> tuple[tuple[str, str], ...]:
    """The nodes on which its pods run, each with its address, as kube-state-metrics has them."""
    more = f",{matcher('pod', re.escape(workload) + '-.*', '=~')}" if workload else ""
    pods = f"kube_pod_info{{{matcher('namespace', namespace)}{more}}}"
    found = await api.instant(f"group by (node, host_ip) ({pods})", at)
    named = {
        each.labels["node"]: each.labels.get("host_ip", "")
        for each in found
        if each.labels.get("node")
    }
    return tuple(sorted(named.items()))[:_MOST_NODES]


async def _around(
    api: Api,
    namespace: str,
    nodes: Sequence[tuple[str, str]],
    width: int,
    since: float,
    until: float,
) -> list[Probe]:
    """What to ask about the nodes, and about the pods of others on them."""
    known = "|".join(each for pair in nodes for each in pair if each).replace(".", "[.]")
    selector = f'instance=~"({known})(:[0-9]+)?"'
    match = [f'{{{selector},__name__=~"{_NODE_METRICS}"}}']
    names = await api.label_values("__name__", match, since, until)
    found = list(
        probes(names, await api.metadata(), Asking(selector=selector, width=width, role="node"))
    )
    nodes_said = "|".join(name for name, _ in nodes).replace(".", "[.]")
    on_them = f'max by (namespace, pod) (kube_pod_info{{node=~"{nodes_said}"}})'
    others = Asking(
        selector=f'namespace!="{namespace}",container!="",container!="POD"',
        width=width,
        role="neighbour",
    )
    for name, kind in (
        ("container_cpu_usage_seconds_total", CPU),
        ("container_memory_working_set_bytes", MEMORY),
    ):
        used = others.rate(name) if kind is CPU else others.select(name)
        query = others.together(
            "sum", f"{used} * on (namespace, pod) group_left () {on_them}", ", name, job, node, cpu"
        )
        found.append(Probe(kind=kind, metrics=(name,), query=query, role="neighbour"))
    return found
