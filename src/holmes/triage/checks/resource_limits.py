"""Containers that use all the cpu or nearly all the memory that their limits allow."""

from collections.abc import Iterator

from holmes.core.finding import Finding
from holmes.triage.about import about
from holmes.triage.fields import Obj, dig, items, name_of, namespace_of, quantity, ref_of, text
from holmes.triage.logs import LogReader
from holmes.triage.next_calls import describe
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import Container, containers, is_judged, is_ready

_FULL = 0.95


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each container at its limit; nothing without metrics."""
    for metrics in objects.all("PodMetrics"):
        pod = objects.get("Pod", namespace_of(metrics), name_of(metrics))
        if pod is None or not is_judged(objects, pod):
            continue
        usage = {text(each, "name"): each for each in items(metrics, "containers")}
        for each in containers(pod):
            for resource in ("cpu", "memory"):
                used = quantity(dig(usage.get(each.name), "usage", resource))
                limit = quantity(dig(each.spec, "resources", "limits", resource))
                if limit and used >= _FULL * limit:
                    yield _finding(objects, pod, each, resource, used / limit)


def _finding(
    objects: ObjectSet, pod: Obj, container: Container, resource: str, share: float
) -> Finding:
    limit = text(container.spec, "resources", "limits", resource)
    effect = "it is throttled" if resource == "cpu" else "it is close to being OOMKilled"
    workload = objects.workload(pod)
    cause = f"container {container.name} uses {share:.0%} of its {resource} limit {limit}, {effect}"
    evidence = (
        (
            f"PodMetrics {name_of(pod)} container {container.name}: {resource} at "
            f"{share:.0%} of limits.{resource} {limit}"
        ),
    )
    return about(
        "resource_limits", workload, "info" if is_ready(pod) else "warning", cause, evidence,
        affected=(ref_of(pod),), next_call=describe(ref_of(pod)),
    )  # fmt: skip
