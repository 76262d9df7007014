"""Workloads with fewer ready pods than they should have, where nothing more precise is known."""

from collections.abc import Iterator, Sequence

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about_pods
from holmes.triage.fields import (
    Obj,
    condition,
    items,
    labels_of,
    name_of,
    number,
    ref_of,
    text,
    wanted_pods,
)
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet, event_time
from holmes.triage.pods import is_ready, is_terminating, judged, refs, state_word
from holmes.triage.references import references
from holmes.triage.said import event_line, events_said, innermost, sentences, telling

_PATIENCE_SECONDS = 120
# Labels that the projects themselves and the usual installers set.
_ROLES = {
    ("k8s-app", "kube-dns"): "cluster DNS: names no longer resolve",
    ("k8s-app", "kube-proxy"): "kube-proxy: Services are no longer reachable from its node",
}
_READY = {
    "Deployment": "availableReplicas",
    "StatefulSet": "readyReplicas",
    "DaemonSet": "numberReady",
}


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each workload that has been short of ready pods for two minutes."""
    for kind, field in _READY.items():
        for workload in objects.all(kind):
            wanted = wanted_pods(workload)
            ready = number(workload, "status", field)
            if ready < wanted and objects.age(_since(objects, workload)) > _PATIENCE_SECONDS:
                yield _finding(objects, workload, ready, wanted)
    for ref, pods in judged(objects):
        if ref.kind in _READY and objects.find(ref):
            continue
        late = [
            pod
            for pod in pods
            if not is_ready(pod) and objects.age(_pod_since(pod)) > _PATIENCE_SECONDS
        ]
        if late:
            why = f"{len(pods) - len(late)} of {len(pods)} pods are ready"
            yield _told(objects, ref, why, late)


def _pod_since(pod: Obj) -> str:
    """When it was last ready or, before that, made."""
    return text(condition(pod, "Ready"), "lastTransitionTime") or text(
        pod, "metadata", "creationTimestamp"
    )


def _since(objects: ObjectSet, workload: Obj) -> str:
    """When it lost or last replaced a pod; its creation where nothing tells."""
    available = text(condition(workload, "Available"), "lastTransitionTime")
    events = objects.events(ref_of(workload), "ScalingReplicaSet", "SuccessfulCreate")
    times = [available, text(condition(workload, "Progressing"), "lastUpdateTime")]
    times += [event_time(event) for event in events[-1:]]
    times += [
        text(pod, "metadata", "creationTimestamp") for pod in objects.pods_of(ref_of(workload))
    ]
    return max(filter(None, times), default=text(workload, "metadata", "creationTimestamp"))


def _finding(objects: ObjectSet, workload: Obj, ready: int, wanted: int) -> Finding:
    ref = ref_of(workload)
    pods = [pod for pod in objects.pods_of(ref) if not is_ready(pod) and not is_terminating(pod)]
    blocking = _blocking_ordinal(ref, pods, wanted, len(objects.pods_of(ref)))
    missing = wanted - len(objects.pods_of(ref))
    why = f"{ready} of {wanted} pods are ready"
    if blocking:
        why += f"; {blocking} blocks the later ones (pods start in order)"
    elif missing > 0:
        why += f", {missing} do not exist"
    return _told(objects, ref, why, pods, workload)


def _told(
    objects: ObjectSet, ref: ObjectRef, why: str, pods: Sequence[Obj], workload: Obj | None = None
) -> Finding:
    """The finding, with everything that the platform says of the first pod and the workload."""
    evidence = [f"pod {name_of(pod)}: {state_word(pod)}" for pod in pods[:1]]
    if pods:
        labels = labels_of(pods[0]).items() if ref.namespace == "kube-system" else ()
        why += "".join(f"; this is {role}" for label, role in _ROLES.items() if label in labels)
        why += f"; pod {name_of(pods[0])}: {telling(objects, pods[0])}"
        evidence += sentences(objects, pods[0])
        if not sentences(objects, pods[0]) and "ContainerCreating" in state_word(pods[0]):
            needs = [f"{each.kind} {each.name} ({each.where})" for each in references(pods[0])]
            why += f", it needs {', '.join(dict.fromkeys(needs))}" if needs else ""
    if workload:
        told = [*_conditions(workload), *map(event_line, events_said(objects, workload))]
        evidence += told
        why += f"; {innermost(told[-1])}" if told and not pods else ""
    return about_pods(
        "unavailable", objects, ref, pods, why,
        tuple(dict.fromkeys(evidence)) or (f"{ref} status: {why}",),
        explained_by=(ref, *refs(pods), *map(ref_of, objects.replica_sets_of(ref))), generic=True,
    )  # fmt: skip


def _conditions(workload: Obj) -> list[str]:
    """The conditions of a Deployment that say what is wrong, and not only that something is."""
    return [
        f"{text(workload, 'kind')} {name_of(workload)} condition {text(each, 'type')} "
        f"({text(each, 'reason')}): {text(each, 'message')}"
        for each in items(workload, "status", "conditions")
        if text(each, "status") == ("True" if text(each, "type") == "ReplicaFailure" else "False")
    ]


def _blocking_ordinal(ref: ObjectRef, pods: list[Obj], wanted: int, existing: int) -> str:
    """The StatefulSet pod whose successors are not made before it is ready."""
    if ref.kind != "StatefulSet" or existing >= wanted:
        return ""
    return min(map(name_of, pods), default="")
