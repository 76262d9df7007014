"""Aggregated APIs that are unavailable, the metrics' say, with the Service behind them."""

from collections.abc import Iterator

from holmes.core.finding import Finding
from holmes.triage.about import about
from holmes.triage.fields import Obj, condition, mapping, name_of, service_ref, text
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet
from holmes.triage.said import innermost


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each APIService whose condition Available is false."""
    for service in objects.all("APIService"):
        available = condition(service, "Available")
        if text(available, "status") == "False":
            yield _unavailable(objects, service, available)


def _unavailable(objects: ObjectSet, service: Obj, available: Obj) -> Finding:
    behind = mapping(service, "spec", "service")
    ref = service_ref(behind)
    found = objects.find(ref)
    workloads = [
        objects.workload(pod)
        for pod in objects.pods_labelled(ref.namespace, mapping(found, "spec", "selector"))
    ]
    said = text(available, "message")
    cause = (
        f"the API {name_of(service)} is unavailable ({text(available, 'reason')})"
        f"{f', {ref} is to serve it' if behind else ''}: {innermost(said)}"
    )
    return about(
        "cluster_services", service, "critical", cause,
        (f"APIService {name_of(service)} condition Available False: {said}",),
        affected=(ref,) if behind else (), explained_by=(ref, *dict.fromkeys(workloads)),
    )  # fmt: skip
