"""What the whole cluster leans on: DNS, kube-proxy, the network plugin and aggregated APIs."""

from collections.abc import Iterator

from holmes.core.finding import Finding, ObjectRef, named
from holmes.triage.fields import Obj, condition, labels_of, mapping, name_of, number, ref_of, text
from holmes.triage.logs import LogReader
from holmes.triage.next_calls import describe
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import is_ready, refs
from holmes.triage.said import innermost

# Labels that the projects themselves and the usual installers set.
_ROLES = {
    ("k8s-app", "kube-dns"): "cluster DNS: names no longer resolve",
    ("k8s-app", "kube-proxy"): "kube-proxy: Services are no longer reachable from its node",
}


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each such component that is down, and for each unavailable APIService."""
    for workload, pods in objects.workloads().items():
        role = _role(pods[0])
        if role and workload.namespace == "kube-system" and _is_down(role, workload, objects):
            yield _down(workload, list(pods), role)
    for service in objects.all("APIService"):
        available = condition(service, "Available")
        if text(available, "status") == "False":
            yield _unavailable(objects, service, available)


def _role(pod: Obj) -> str:
    labels = labels_of(pod)
    return next((role for (key, value), role in _ROLES.items() if labels.get(key) == value), "")


def _is_down(role: str, workload: ObjectRef, objects: ObjectSet) -> bool:
    """DNS is down when no pod is ready; kube-proxy is needed on every node."""
    ready = [is_ready(pod) for pod in objects.pods_of(workload)]
    if workload.kind != "DaemonSet" or "DNS" in role:
        return not any(ready)
    wanted = number(objects.find(workload), "status", "desiredNumberScheduled")
    return sum(ready) < wanted


def _down(workload: ObjectRef, pods: list[Obj], role: str) -> Finding:
    unready = [pod for pod in pods if not is_ready(pod)]
    return Finding(
        check="cluster_services",
        severity="critical",
        **named(workload),
        cause=f"{len(unready)} of {len(pods)} pods are not ready; this is {role}",
        evidence=tuple(
            f"pod {name_of(pod)} condition Ready {text(condition(pod, 'Ready'), 'status')}"
            for pod in unready[:2]
        ),
        affected=refs(unready),
        next_call=describe(ref_of(unready[0]) if unready else workload),
        explained_by=(workload, *refs(unready)),
        generic=True,
    )


def _unavailable(objects: ObjectSet, service: Obj, available: Obj) -> Finding:
    behind = mapping(service, "spec", "service")
    ref = ObjectRef(kind="Service", namespace=text(behind, "namespace"), name=text(behind, "name"))
    found = objects.find(ref)
    workloads = [
        objects.workload(pod)
        for pod in objects.pods_labelled(ref.namespace, mapping(found, "spec", "selector"))
    ]
    said = text(available, "message")
    return Finding(
        check="cluster_services",
        severity="critical",
        **named(ref_of(service)),
        cause=f"the API {name_of(service)} is unavailable ({text(available, 'reason')}): "
        f"{innermost(said)}",
        evidence=(f"APIService {name_of(service)} condition Available False: {said}",),
        affected=(ref,) if behind else (),
        next_call=describe(ref_of(service)),
        explained_by=(ref, *dict.fromkeys(workloads)),
    )
