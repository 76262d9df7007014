"""Services that lead nowhere: no pod matches, no pod is ready, a port that no container has."""

from collections.abc import Iterator

from holmes.core.finding import Finding, ObjectRef, Severity
from holmes.triage.about import about
from holmes.triage.fields import (
    Obj,
    condition,
    dig,
    items,
    labels_of,
    mapping,
    name_of,
    namespace_of,
    number,
    ref_of,
    text,
)
from holmes.triage.fixes import kubectl, patch, scale_back
from holmes.triage.logs import LogReader, cut
from holmes.triage.names import nearest
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import container_ports, is_over, is_ready, refs
from holmes.triage.said import innermost

_TEMPLATES = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
_LOAD_BALANCER_SECONDS = 300


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each Service that can't deliver."""
    for service in objects.all("Service"):
        selector = mapping(service, "spec", "selector")
        if not selector or text(service, "spec", "type") == "ExternalName":
            continue
        pods = [
            pod
            for pod in objects.pods_labelled(namespace_of(service), selector)
            if text(pod, "status", "phase") != "Succeeded"
        ]
        found = (
            _no_endpoints(objects, service, pods)
            or _wrong_port(service, pods)
            or _no_load_balancer(objects, service)
        )
        if found:
            yield found


def _no_endpoints(objects: ObjectSet, service: Obj, pods: list[Obj]) -> Finding | None:
    if not pods:
        return _matches_nothing(objects, service)
    if dig(service, "spec", "publishNotReadyAddresses") is True:
        return None
    if any(is_ready(pod) and not is_over(pod) for pod in pods):
        return None
    workloads = list(dict.fromkeys(objects.workload(pod) for pod in pods))
    why = f"none of its {len(pods)} pods is ready" if len(pods) > 1 else "its only pod is not ready"
    evidence = [
        f"pod {name_of(pod)} condition Ready {text(condition(pod, 'Ready'), 'status') or 'missing'}"
        for pod in pods[:1]
    ]
    return _finding(
        service, why, evidence, explained_by=(*refs(pods), *workloads), severity="critical"
    )


def _matches_nothing(objects: ObjectSet, service: Obj) -> Finding | None:
    namespace, selector = namespace_of(service), mapping(service, "spec", "selector")
    if _has_addresses(objects, service):
        return None
    shown = _shown(selector)
    owners = [
        each
        for kind in _TEMPLATES
        for each in objects.within(namespace, kind)
        if selector.items() <= mapping(each, "spec", "template", "metadata", "labels").items()
    ]
    if owners:
        scaled_down = all(dig(each, "spec", "replicas") == 0 for each in owners)
        why = f"{ref_of(owners[0])} has no pods" + (" (scaled to 0)" if scaled_down else "")
        return _finding(
            service, why, [f"selector {shown}"],
            explained_by=tuple(map(ref_of, owners)),
            severity="info" if scaled_down else "critical",
            fix=scale_back(owners[0], ref_of(owners[0])) if scaled_down else "",
        )  # fmt: skip
    near = _nearest_pods(objects, namespace, selector)
    hint = f"; the pods of {objects.workload(near)} carry {_alike(near, selector)}" if near else ""
    evidence = [f"Service {name_of(service)} spec.selector: {shown}"]
    if near:
        evidence.append(f"pod {name_of(near)} labels: {_shown(labels_of(near))}")
    evidence.append(f"EndpointSlices of {name_of(service)}: no endpoints")
    why = f"its selector {shown} matches no pod, so it has no endpoints{hint}"
    fix = _reselect(objects, service, near) if near else ""
    return _finding(service, why, evidence, severity="critical", fix=fix)


def _reselect(objects: ObjectSet, service: Obj, near: Obj) -> str:
    """The selector by the labels of the pods that no other Service has; "" where it isn't one."""
    namespace, selector = namespace_of(service), mapping(service, "spec", "selector")
    labels = {key: value for key, value in labels_of(near).items() if key in selector}
    meant = {objects.workload(pod) for pod in objects.pods_labelled(namespace, labels)}
    taken = any(
        (theirs := mapping(each, "spec", "selector")) and theirs.items() <= labels_of(near).items()
        for each in objects.within(namespace, "Service")
    )
    if taken or len(meant) != 1 or labels.keys() != selector.keys():
        return ""
    return kubectl("set selector", ref_of(service), f"'{_shown(labels)}'")


def _has_addresses(objects: ObjectSet, service: Obj) -> bool:
    """Whether somebody fills its endpoints by hand."""
    return any(
        items(each, "endpoints")
        for each in objects.within(namespace_of(service), "EndpointSlice")
        if labels_of(each).get("kubernetes.io/service-name") == name_of(service)
    )


def _nearest_pods(objects: ObjectSet, namespace: str, selector: Obj) -> Obj | None:
    """The pod that the selector most likely meant: equal labels, then labels with near values."""

    def likeness(pod: Obj) -> int:
        there = [(str(value), str(labels_of(pod).get(key, ""))) for key, value in selector.items()]
        equal = sum(wanted == value for wanted, value in there)
        return 2 * equal + sum(bool(value and nearest(wanted, [value])) for wanted, value in there)

    pods = [pod for pod in objects.within(namespace, "Pod") if not is_over(pod)]
    best = max(pods, key=likeness, default=None)
    return best if best and likeness(best) else None


def _alike(pod: Obj, selector: Obj) -> str:
    labels = labels_of(pod)
    differing = {key: labels[key] for key, value in selector.items()
                 if key in labels and labels[key] != value}  # fmt: skip
    return _shown(differing) or f"no label {next(key for key in selector if key not in labels)}"


def _shown(labels: Obj) -> str:
    return cut(",".join(f"{key}={value}" for key, value in labels.items()), 100)


def _wrong_port(service: Obj, pods: list[Obj]) -> Finding | None:
    """A named port that no container has, or a number where every container declares others."""
    if not pods:  # somebody fills its endpoints by hand
        return None
    ports = items(service, "spec", "ports")
    declared = [port for pod in pods for port in container_ports(pod)]
    protocol = _wrong_protocol(service, declared)
    if protocol:
        return protocol
    names = {text(port, "name") for port in declared}
    numbers = sorted({number(port, "containerPort") for port in declared})
    wrong = []
    for port in ports:
        target = dig(port, "targetPort") or number(port, "port")
        fits = str(target) in names or (isinstance(target, int) and target in numbers)
        if not fits and (declared or isinstance(target, str)):
            wrong.append((port, target))
    named = [pair for pair in wrong if isinstance(pair[1], str)]
    # A container need not declare the ports it listens on, so one odd number proves nothing.
    if not wrong:
        return None
    severity: Severity = "warning" if named or len(wrong) == len(ports) else "info"
    port, target = (named or wrong)[0]
    what = "named " if isinstance(target, str) else ""
    there = ", ".join([*sorted(filter(None, names)), *map(str, numbers)]) or "none"
    evidence = [
        f"Service {name_of(service)} port {number(port, 'port')} targetPort {target}",
        f"pod {name_of(pods[0])} container ports: {there}",
    ]
    why = f"its targetPort {target} is no port {what}of its pods (they have {there})"
    # With one port in the pods and one in the Service there is nothing to choose.
    only = numbers[0] if len(ports) == len(numbers) == 1 else 0
    fix = patch(ref_of(service), "/spec/ports/0/targetPort", only) if only else ""
    return _finding(service, why.replace("named of", "name of"), evidence, severity=severity,
                    fix=fix)  # fmt: skip


def _wrong_protocol(service: Obj, declared: list[Obj]) -> Finding | None:
    """A port that its pods have under another protocol only."""
    for port in items(service, "spec", "ports"):
        target = dig(port, "targetPort") or number(port, "port")
        meant = [each for each in declared
                 if target in {text(each, "name"), number(each, "containerPort")}]  # fmt: skip
        asked = text(port, "protocol") or "TCP"
        offered = {text(each, "protocol") or "TCP" for each in meant}
        if offered and asked not in offered:
            there = ", ".join(sorted(offered))
            why = f"its port {number(port, 'port')} is {asked}, its pods have {target} as {there}"
            told = f"Service {name_of(service)} port {number(port, 'port')} protocol {asked}"
            return _finding(service, why, [told, f"container port {target} protocol {there}"])
    return None


def _no_load_balancer(objects: ObjectSet, service: Obj) -> Finding | None:
    waiting = (
        text(service, "spec", "type") == "LoadBalancer"
        and not items(service, "status", "loadBalancer", "ingress")
        and objects.age(text(service, "metadata", "creationTimestamp")) > _LOAD_BALANCER_SECONDS
    )
    if not waiting:
        return None
    events = objects.events(ref_of(service), "SyncLoadBalancerFailed", "AllocationFailed")
    said = [f"event {text(each, 'reason')}: {text(each, 'message')}" for each in events[-1:]]
    why = innermost(text(events[-1], "message")) if events else "no controller has given it one"
    return _finding(service, f"it has no external address: {why}", said)


def _finding(
    service: Obj,
    why: str,
    evidence: list[str],
    *,
    explained_by: tuple[ObjectRef, ...] = (),
    severity: Severity = "warning",
    fix: str = "",
) -> Finding:
    return about(
        "services", service, severity, why, evidence, explained_by=explained_by,
        generic=bool(explained_by), fix=fix,
    )  # fmt: skip
