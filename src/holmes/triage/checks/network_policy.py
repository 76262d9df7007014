"""NetworkPolicies that keep out what a Service needs in, or DNS that pods need out."""

from collections.abc import Iterator, Sequence

from holmes.core.finding import Finding
from holmes.triage.fields import (
    Obj,
    dig,
    items,
    mapping,
    name_of,
    namespace_of,
    number,
    ref_of,
    text,
    words,
)
from holmes.triage.logs import LogReader
from holmes.triage.next_calls import describe
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import container_ports, is_over, refs
from holmes.triage.tails import UNRESOLVED, tails

_DNS_PORT = 53


def find(objects: ObjectSet, logs: LogReader) -> Iterator[Finding]:
    """One finding for each Service whose port is closed, and for pods that can't resolve names."""
    if not objects.all("NetworkPolicy"):
        return
    for service in objects.all("Service"):
        selector = mapping(service, "spec", "selector")
        pods = [
            pod
            for pod in objects.pods_labelled(namespace_of(service), selector)
            if not is_over(pod)
        ]
        policies = _selecting(objects, pods[0], "Ingress") if pods else []
        if policies:
            yield from _closed(service, pods, policies)
    yield from _no_dns(objects, logs)


def _selecting(objects: ObjectSet, pod: Obj, direction: str) -> list[Obj]:
    """The policies that restrict a pod in one direction."""
    return [
        policy
        for policy in objects.within(namespace_of(pod), "NetworkPolicy")
        if direction in _directions(policy)
        and any(
            each is pod
            for each in objects.pods_selected(
                namespace_of(pod), mapping(policy, "spec", "podSelector")
            )
        )
    ]


def _directions(policy: Obj) -> list[str]:
    listed = words(policy, "spec", "policyTypes")
    return listed or ["Ingress", *(["Egress"] if "egress" in policy["spec"] else [])]


def _closed(service: Obj, pods: Sequence[Obj], policies: Sequence[Obj]) -> Iterator[Finding]:
    """The ports of a Service that no policy lets anybody reach."""
    rules = [rule for policy in policies for rule in items(policy, "spec", "ingress")]
    for port in items(service, "spec", "ports"):
        target = _target(port, pods[0])
        if any(_opens(rule, target, pods[0]) for rule in rules):
            continue
        policy = policies[0]
        allowed = sorted({_shown(each) for rule in rules for each in items(rule, "ports")})
        lets = f"lets in only port {', '.join(allowed)}" if allowed else "lets nothing in"
        name = name_of(service)
        yield Finding(
            check="network_policy",
            severity="critical",
            kind="NetworkPolicy",
            namespace=namespace_of(policy),
            name=name_of(policy),
            cause=f"it {lets}, but Service {name} sends to port {target} of the pods it selects",
            evidence=(
                f"NetworkPolicy {name_of(policy)} ingress ports: {', '.join(allowed) or 'none'}",
                f"Service {name} port {number(port, 'port')} targetPort {target}",
            ),
            affected=(ref_of(service), *refs(pods)),
            next_call=describe(ref_of(policy)),
        )


def _target(port: Obj, pod: Obj) -> int:
    """The number of the port that a Service sends to."""
    target = dig(port, "targetPort")
    if isinstance(target, str):
        named = [each for each in container_ports(pod) if text(each, "name") == target]
        return number(named[0], "containerPort") if named else 0
    return number(port, "targetPort") or number(port, "port")


def _opens(rule: Obj, target: int, pod: Obj) -> bool:
    ports = items(rule, "ports")
    if not ports:
        return True
    named = {text(each, "name") for each in container_ports(pod)
             if number(each, "containerPort") == target}  # fmt: skip
    for each in ports:
        value = dig(each, "port")
        last = number(each, "endPort") or number(each, "port")
        if value is None or (isinstance(value, str) and value in named):
            return True
        if isinstance(value, int) and value <= target <= last:
            return True
    return False


def _shown(port: Obj) -> str:
    last = text(port, "endPort")
    return text(port, "port") + (f"-{last}" if last else "") or "any"


def _no_dns(objects: ObjectSet, logs: LogReader) -> Iterator[Finding]:
    """Pods that fail to resolve names, and whose egress is restricted without port 53."""
    for tail in tails(objects, logs):
        line = next((each for each in tail.failures if UNRESOLVED.search(each)), "")
        policies = _selecting(objects, tail.pod, "Egress") if line else []
        rules = [rule for policy in policies for rule in items(policy, "spec", "egress")]
        if not policies or any(_opens(rule, _DNS_PORT, tail.pod) for rule in rules):
            continue
        policy = policies[0]
        yield Finding(
            check="network_policy",
            severity="critical",
            kind="NetworkPolicy",
            namespace=namespace_of(policy),
            name=name_of(policy),
            cause="it lets no DNS out (port 53), so the pods it selects can't resolve names",
            evidence=(f"{tail.request.source}: {line}",),
            affected=(tail.workload, ref_of(tail.pod)),
            next_call=describe(ref_of(policy)),
        )
