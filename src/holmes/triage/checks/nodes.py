"""Nodes that are down, short of something or cordoned, and the pods that still "run" there."""

from collections.abc import Iterator
from dataclasses import replace

from holmes.core.finding import Finding, Severity
from holmes.triage.about import about
from holmes.triage.fields import Obj, condition, flag, items, name_of, text
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import refs

_TROUBLES = frozenset({
    "MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable",
    # What node-problem-detector's own configurations add.
    "KernelDeadlock", "ReadonlyFilesystem", "CorruptDockerOverlay2", "FrequentKubeletRestart",
    "FrequentDockerRestart", "FrequentContainerdRestart", "FrequentUnregisterNetDevice",
    "KubeletUnhealthy", "ContainerRuntimeUnhealthy",
})  # fmt: skip
# What EKS's monitoring agent adds: KernelReady, NetworkingReady, StorageReady and others.
_READY = "Ready"


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each node that isn't well."""
    for node in objects.all("Node"):
        ready = condition(node, "Ready")
        if text(ready, "status") != "True":
            said = text(ready, "message").rstrip(".") or "it has never reported"
            since = f"since {text(ready, 'lastTransitionTime')} ({text(ready, 'reason')})"
            cause = f"the node is NotReady {since}: {said}"
            yield _finding(objects, node, cause, ready, "critical")
            continue
        troubles = [each for each in items(node, "status", "conditions") if _is_trouble(each)]
        for trouble in troubles:
            word = "is not" if text(trouble, "status") == "False" else "has"
            cause = f"the node {word} {text(trouble, 'type')}: {text(trouble, 'message')}"
            yield _finding(objects, node, cause, trouble, "critical")
        if flag(node, "spec", "unschedulable") and not troubles:
            cordoned = "the node is cordoned, no new pods go there"
            remark = _finding(objects, node, cordoned, {}, "info")
            yield replace(remark, fix=f"kubectl uncordon {name_of(node)}")


def _is_trouble(condition: Obj) -> bool:
    kind, status = text(condition, "type"), text(condition, "status")
    return status == "True" if kind in _TROUBLES else status == "False" and kind.endswith(_READY)


def _finding(objects: ObjectSet, node: Obj, cause: str, why: Obj, severity: Severity) -> Finding:
    on_it = [
        pod
        for pod in objects.all("Pod")
        if text(pod, "spec", "nodeName") == name_of(node)
        and text(pod, "status", "phase") not in {"Succeeded", "Failed"}
    ]
    lost = severity == "critical" and text(why, "type") == "Ready"
    evidence = []
    if why:
        evidence.append(
            f"node {name_of(node)} condition {text(why, 'type')} {text(why, 'status')} "
            f"({text(why, 'reason')}), last heartbeat {text(why, 'lastHeartbeatTime')}"
        )
    evidence += [
        f"pod {name_of(pod)}: phase {text(pod, 'status', 'phase')}, condition Ready "
        f"{text(condition(pod, 'Ready'), 'status')}"
        for pod in on_it[:1]
        if lost
    ]
    evidence = evidence or [f"node {name_of(node)} spec.unschedulable: true"]
    if lost and on_it:
        cause += f"; {len(on_it)} pods there still say {text(on_it[0], 'status', 'phase')}"
    workloads = dict.fromkeys(objects.workload(pod) for pod in on_it if lost)
    return about(
        "nodes", node, severity, cause, evidence,
        affected=(*refs(on_it if lost else []), *workloads),
    )  # fmt: skip
