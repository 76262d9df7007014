"""Pods that no node can take: requests, selectors, affinity, taints, ports, volumes, cordons."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about_pods
from holmes.triage.fields import Obj, condition, items, name_of, namespace_of, ref_of, text
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet
from holmes.triage.placement import (
    Obstacle,
    Way,
    amount,
    host_ports,
    neighbour_rules,
    placement,
    requests,
    wishes,
)
from holmes.triage.pods import judged, lost_nodes
from holmes.triage.references import absent, claims_of
from holmes.triage.said import event_line, innermost, sentences

_SEGMENT = re.compile(r"\b(\d+) ((?:node\(s\)|Insufficient|Too many|pod has).*?)(?=, \d+ |\.?$)")
# The scheduler's reasons (1.24 to 1.36) for nodes that can't be read, the same order as `Way`.
_PHRASES = (
    (Way.CONTROL_PLANE, ("{node-role.kubernetes.io/control-plane", "{node-role.kubernetes.io/ma")),
    (Way.NODE, ("were unschedulable", "{node.kubernetes.io/", "{node.cloudprovider.")),
    (Way.SPEC, ("affinity/selector",)),
    (Way.RESERVED, ("taint",)),
    (Way.ROOM, ("Insufficient", "Too many pods")),
)
_MOST_REASONS = 2


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each workload with pods that stay unschedulable."""
    for workload, pods in judged(objects):
        stuck = [pod for pod in pods if _unschedulable(pod)]
        if stuck:
            yield _finding(objects, workload, stuck)


def _unschedulable(pod: Obj) -> bool:
    scheduled = condition(pod, "PodScheduled")
    return text(scheduled, "status") == "False" and text(scheduled, "reason") in {
        "Unschedulable",
        "SchedulingGated",
    }


def _finding(objects: ObjectSet, workload: ObjectRef, stuck: list[Obj]) -> Finding:
    pod = stuck[0]
    said = text(condition(pod, "PodScheduled"), "message")
    volume, behind = _claim(objects, pod, said)
    placed, unwell = _why(objects, pod)
    why = volume or _gates(pod) or placed or _worst(pod, said) or innermost(said, 300)
    why += _devices(pod) + _preemption(pod)
    asked = {key: value for key, value in requests(pod).items() if key != "pods"}
    shown = ", ".join(f"{key} {amount(key, value)}" for key, value in asked.items())
    first = said.split(". ", maxsplit=1)[0]
    evidence = [f"pod {name_of(pod)} condition PodScheduled False: {first}"]
    evidence += [f"pod {name_of(pod)} requests {shown}"] if shown else []
    evidence += sentences(objects, pod)
    evidence += [event_line(each) for each in objects.events(ref_of(pod), "NotTriggerScaleUp")[-1:]]
    cause = (
        f"pods stay Pending: {why}"
        if volume or _gates(pod)
        else f"pods stay Pending, no node can take them: {why}"
    )
    return about_pods(
        "scheduling", objects, workload, stuck, cause, evidence, explained_by=(*behind, *unwell),
    )  # fmt: skip


def _devices(pod: Obj) -> str:
    """The devices that a pod claims, whose allocation only the scheduler can judge."""
    claims = [
        f"{text(each, 'name')} ({text(each, 'resourceClaimName')}"
        f"{text(each, 'resourceClaimTemplateName')})"
        for each in items(pod, "spec", "resourceClaims")
    ]
    return f"; it claims devices: {', '.join(claims)}" if claims else ""


def _preemption(pod: Obj) -> str:
    """Whether room is being made, or may not be made by ending others."""
    node = text(pod, "status", "nominatedNodeName")
    if node:
        return f"; pods of lower priority are being ended on node {node} to make room"
    if text(pod, "spec", "preemptionPolicy") == "Never":
        return f"; its PriorityClass {text(pod, 'spec', 'priorityClassName')} lets it end no others"
    return ""


def _claim(objects: ObjectSet, pod: Obj, said: str) -> tuple[str, tuple[ObjectRef, ...]]:
    """What is wrong with a volume claim, where that alone holds a pod up, and the claims."""
    namespace, behind, why = namespace_of(pod), [], ""
    for name in claims_of(pod):
        claim = objects.get("PersistentVolumeClaim", namespace, name)
        behind.append(ObjectRef(kind="PersistentVolumeClaim", namespace=namespace, name=name))
        if claim is None and objects.knows("PersistentVolumeClaim", namespace):
            gone = absent(objects, "PersistentVolumeClaim", namespace, name)
            return f"its {gone}", tuple(behind)
        # A claim that waits for its pod to have a node keeps the scheduler from nothing.
        if text(claim, "status", "phase") == "Pending" and "unbound" in said:
            why = why or f"its volume claim {name} is not bound"
    return why or (innermost(said, 300) if "PersistentVolumeClaims" in said else ""), tuple(behind)


def _gates(pod: Obj) -> str:
    gates = ", ".join(text(gate, "name") for gate in items(pod, "spec", "schedulingGates"))
    return f"scheduling gate {gates} has not been lifted by who set it" if gates else ""


def _why(objects: ObjectSet, pod: Obj) -> tuple[str, tuple[ObjectRef, ...]]:
    """What to change for this workload, the node that would then take it, and what else there is.

    With that node, where it would take the pod if only it were well.

    The node with the fewest obstacles is the nearest to taking it. Among equals the one whose
    obstacle is the least meant comes first: nobody reserves a node by cordoning it.
    """
    by_node = placement(objects).obstacles(pod)
    if not by_node or not all(by_node.values()):
        return "", ()  # something that only the scheduler knows
    best = min(by_node, key=lambda name: _distance(by_node[name]))
    every = [each for found in by_node.values() for each in found]
    counts = Counter(each.kind or each.why for each in every)
    first = sorted(by_node[best], key=lambda each: each.way)
    alike = {each.kind or each.why: each for each in [*reversed(every), *first]}
    ill = first[0].way is Way.NODE and best in objects.join(lost_nodes)
    unwell = (ObjectRef(kind="Node", namespace="", name=best),) if ill else ()
    said = {kind: f"{alike[kind].why} ({counts[kind]} of {len(by_node)} nodes)" for kind in counts}
    told = [said.pop(each.kind or each.why) for each in first]
    fixes = " and ".join(dict.fromkeys(each.fix for each in first))
    told[-1] += f"; node {best} would take it if {fixes}"
    if first[0].way is not Way.SPEC:
        told += [said[kind] for kind, _ in counts.most_common() if kind in said]
    return "; ".join(told[: max(_MOST_REASONS, len(first))]), unwell


def _distance(found: Sequence[Obstacle]) -> tuple[bool, int, int, float]:
    # Nobody's workload is meant for the control plane, however little keeps it away.
    worst = max(each.way for each in found)
    return worst is Way.CONTROL_PLANE, len(found), worst, sum(each.short for each in found)


def _worst(pod: Obj, said: str) -> str:
    """The scheduler's own reason that is the likeliest to be changed, and the others after it.

    Each with what the pod asks for, where the nodes that do not have it can't be read.
    """
    reasons = _SEGMENT.findall(said.split(". ", maxsplit=1)[0])
    ordered = sorted(reasons, key=lambda each: _way(each[1]))
    return "; ".join(f"{why} ({count} nodes){_asks(pod, why)}" for count, why in ordered)


def _asks(pod: Obj, reason: str) -> str:
    """What of a pod's spec one of the scheduler's reasons is about."""
    resource = reason.removeprefix("Insufficient ")
    wanted = requests(pod).get(resource)
    if wanted:
        return f": it requests {amount(resource, wanted)} {resource}"
    told = (
        wishes(pod) if "affinity/selector" in reason
        else [f"hostPort {port}" for port in sorted(host_ports(pod))] if "free ports" in reason
        else neighbour_rules(pod) if "affinity rules" in reason or "spread" in reason
        else []
    )  # fmt: skip
    return f": {'; '.join(told)}" if told else ""


def _way(reason: str) -> int:
    return next(
        (way for way, told in _PHRASES if any(each in reason for each in told)), Way.NEIGHBOURS
    )
