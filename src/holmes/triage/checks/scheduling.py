"""Pods that no node can take: cpu, memory, selector, affinity, taints, host ports, cordons."""

from collections import Counter
from collections.abc import Iterator

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.fields import (
    Obj,
    condition,
    dig,
    flag,
    items,
    mapping,
    name_of,
    namespace_of,
    number,
    quantity,
    ref_of,
    text,
    words,
)
from holmes.triage.logs import LogReader, cut
from holmes.triage.next_calls import describe
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import judged, refs, severity_of


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each workload with pods that stay unschedulable."""
    room = None
    for workload, pods in judged(objects):
        stuck = [pod for pod in pods if _unschedulable(pod)]
        if not stuck:
            continue
        room = room or free_room(objects)
        yield _finding(objects, workload, stuck, room)


def _unschedulable(pod: Obj) -> bool:
    scheduled = condition(pod, "PodScheduled")
    return text(scheduled, "status") == "False" and text(scheduled, "reason") == "Unschedulable"


def requested(pod: Obj, resource: str) -> float:
    """What the scheduler reserves: the sum of the containers, or the largest init container."""

    def of(spec: Obj) -> float:
        resources = mapping(spec, "resources")
        limit = dig(resources, "limits", resource)
        return quantity(dig(resources, "requests", resource) or limit)

    running = sum(of(each) for each in items(pod, "spec", "containers"))
    return max([running, *(of(each) for each in items(pod, "spec", "initContainers"))])


def free_room(objects: ObjectSet) -> dict[str, dict[str, float]]:
    """What each node has left of cpu (cores), memory (bytes) and pods, by node name."""
    room = {
        name_of(node): {
            resource: quantity(dig(node, "status", "allocatable", resource))
            for resource in ("cpu", "memory", "pods")
        }
        for node in objects.all("Node")
    }
    for pod in objects.all("Pod"):
        left = room.get(text(pod, "spec", "nodeName"))
        if left and text(pod, "status", "phase") not in {"Succeeded", "Failed"}:
            left["pods"] -= 1
            for resource in ("cpu", "memory"):
                left[resource] -= requested(pod, resource)
    return room


def _finding(
    objects: ObjectSet, workload: ObjectRef, stuck: list[Obj], room: dict[str, dict[str, float]]
) -> Finding:
    pod = stuck[0]
    said = text(condition(pod, "PodScheduled"), "message").split(". ")[0]
    obstacles = Counter(
        why for node in objects.all("Node") if (why := _obstacle(objects, pod, node, room))
    )
    total = len(objects.all("Node"))
    why = "; ".join(
        f"{each} ({count} of {total} nodes)" for each, count in obstacles.most_common(3)
    )
    claims = [
        ObjectRef(kind="PersistentVolumeClaim", namespace=namespace_of(pod), name=claim)
        for volume in items(pod, "spec", "volumes")
        if (claim := text(volume, "persistentVolumeClaim", "claimName"))
    ]
    unbound = tuple(claim for claim in claims if _pending(objects, claim))
    if unbound:
        why = f"its volume claim {unbound[0].name} is not bound"
    return Finding(
        check="scheduling",
        severity=severity_of(objects, workload),
        kind=workload.kind,
        namespace=workload.namespace,
        name=workload.name,
        cause=f"pods stay Pending, no node can take them: {why or cut(said, 150)}"
        if not unbound
        else f"pods stay Pending: {why}",
        evidence=(
            f"pod {name_of(pod)} condition PodScheduled False: {cut(said, 190)}",
            (
                f"pod {name_of(pod)} requests cpu {requested(pod, 'cpu'):g}, memory "
                f"{requested(pod, 'memory') / 2**20:.0f}Mi"
            ),
        ),
        affected=refs(stuck),
        next_call=describe(ref_of(pod)),
        explained_by=unbound or tuple(claims),
    )


def _pending(objects: ObjectSet, claim: ObjectRef) -> bool:
    return text(objects.find(claim), "status", "phase") == "Pending"


def _obstacle(objects: ObjectSet, pod: Obj, node: Obj, room: dict[str, dict[str, float]]) -> str:
    """The first thing that keeps a pod off a node, the hardest to change first; or empty."""
    left = room[name_of(node)]
    for resource, unit, scale in (("cpu", "", 1.0), ("memory", "Mi", 2.0**20)):
        wanted = requested(pod, resource)
        whole = quantity(dig(node, "status", "allocatable", resource))
        if wanted > whole:
            largest = max(
                quantity(dig(each, "status", "allocatable", resource))
                for each in objects.all("Node")
            )
            return (
                f"it requests {wanted / scale:g}{unit} {resource}, more than a node has "
                f"(largest: {largest / scale:.4g}{unit})"
            )
    return (
        _selector(pod, node)
        or _taint(pod, node)
        or _host_port(objects, pod, node)
        or _exhausted(pod, left)
    )


def _exhausted(pod: Obj, left: dict[str, float]) -> str:
    for resource, unit, scale in (("cpu", "", 1.0), ("memory", "Mi", 2.0**20)):
        wanted = requested(pod, resource)
        if wanted > left[resource]:
            rest = max(left[resource], 0.0)
            return (
                f"Insufficient {resource}: requests {wanted / scale:g}{unit}, "
                f"{rest / scale:.4g}{unit} left"
            )
    return "the node is full (pods)" if left["pods"] < 1 else ""


def _selector(pod: Obj, node: Obj) -> str:
    labels = mapping(node, "metadata", "labels")
    wanted = mapping(pod, "spec", "nodeSelector")
    missing = [f"{key}={value}" for key, value in wanted.items() if labels.get(key) != value]
    if missing:
        return f"nodeSelector {', '.join(missing)} matches no label"
    required = mapping(
        pod, "spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
    )
    terms = items(required, "nodeSelectorTerms")
    if terms and not any(_term_matches(term, labels, name_of(node)) for term in terms):
        rules = [
            f"{text(rule, 'key')} {text(rule, 'operator')} {','.join(words(rule, 'values'))}"
            for term in terms
            for rule in items(term, "matchExpressions")
        ]
        return f"node affinity {cut('; '.join(rules), 80)} matches no label"
    return ""


def _term_matches(term: Obj, labels: Obj, node: str) -> bool:
    rules = items(term, "matchExpressions")
    fields = items(term, "matchFields")
    return all(_rule_matches(rule, labels) for rule in rules) and all(
        node in words(rule, "values") for rule in fields
    )


def _rule_matches(rule: Obj, labels: Obj) -> bool:
    value, values = labels.get(text(rule, "key")), words(rule, "values")
    match text(rule, "operator"):
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt":
            return value is not None and float(value) > float(values[0])
        case _:
            return value is not None and float(value) < float(values[0])


def _taint(pod: Obj, node: Obj) -> str:
    if flag(node, "spec", "unschedulable"):
        return f"node {name_of(node)} is cordoned"
    for taint in items(node, "spec", "taints"):
        if text(taint, "effect") == "PreferNoSchedule":
            continue
        if not any(_tolerates(each, taint) for each in items(pod, "spec", "tolerations")):
            value = text(taint, "value")
            return f"taint {text(taint, 'key')}{'=' if value else ''}{value} is not tolerated"
    return ""


def _tolerates(toleration: Obj, taint: Obj) -> bool:
    key, effect = text(toleration, "key"), text(toleration, "effect")
    if effect and effect != text(taint, "effect"):
        return False
    if text(toleration, "operator") == "Exists":
        return not key or key == text(taint, "key")
    return key == text(taint, "key") and text(toleration, "value") == text(taint, "value")


def _host_port(objects: ObjectSet, pod: Obj, node: Obj) -> str:
    wanted = _host_ports(pod)
    if not wanted:
        return ""
    for other in objects.all("Pod"):
        if text(other, "spec", "nodeName") == name_of(node) and wanted & _host_ports(other):
            return f"host port {min(wanted & _host_ports(other))} is taken by pod {name_of(other)}"
    return ""


def _host_ports(pod: Obj) -> set[int]:
    return {
        number(port, "hostPort")
        for container in items(pod, "spec", "containers")
        for port in items(container, "ports")
        if number(port, "hostPort")
    }
