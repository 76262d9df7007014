"""NetworkPolicies that close a Service's port, DNS, or the way from a caller to a Service."""

from collections.abc import Iterator, Sequence

from holmes.core.finding import Finding, ObjectRef, Severity
from holmes.triage.about import about
from holmes.triage.fields import (
    Obj,
    dig,
    items,
    mapping,
    name_of,
    namespace_of,
    number,
    ref_of,
    shown,
    text,
    words,
)
from holmes.triage.hosts import UNRESOLVED, Mention, address_text, mentions, resolve
from holmes.triage.logs import LogReader, cut, quote
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import (
    container_ports,
    containers,
    environment,
    is_over,
    is_ready,
    judged,
    refs,
)
from holmes.triage.tails import tails

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
    yield from _kept_apart(objects, logs)


def _selecting(objects: ObjectSet, pod: Obj, direction: str) -> list[Obj]:
    """The policies that restrict a pod in one direction."""
    return [
        policy
        for policy in objects.within(namespace_of(pod), "NetworkPolicy")
        if direction in _directions(policy)
        and objects.selects(mapping(policy, "spec", "podSelector"), pod)
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
        cause = f"it {lets}, but Service {name} sends to port {target} of the pods it selects"
        evidence = (
            f"NetworkPolicy {name_of(policy)} ingress ports: {', '.join(allowed) or 'none'}",
            f"Service {name} port {number(port, 'port')} targetPort {target}",
        )
        yield about(
            "network_policy", policy, "critical", cause, evidence,
            affected=(ref_of(service), *refs(pods)),
        )  # fmt: skip


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
        cause = "it lets no DNS out (port 53), so the pods it selects can't resolve names"
        yield about(
            "network_policy", policy, "critical", cause, (f"{tail.request.source}: {line}",),
            affected=(tail.workload, ref_of(tail.pod)),
        )  # fmt: skip


def _kept_apart(objects: ObjectSet, logs: LogReader) -> Iterator[Finding]:
    """One finding for each policy that keeps a caller from a Service that it names."""
    failing = {
        (tail.workload, mention): f"{tail.request.source}: {quote(line)}"
        for tail in tails(objects, logs)
        for line in tail.failures
        for mention in mentions(line)
    }
    seen = set()
    for workload, pods in judged(objects):
        caller = min(pods, key=is_ready)
        called = {mention: "" for _, mention in filter(lambda key: key[0] == workload, failing)}
        for each in containers(caller):
            for name, value in environment(each.spec).items():
                where = f"pod {name_of(caller)} container {each.name} env {name} names"
                called |= {one: f"{where} {address_text(one)}" for one in mentions(value)}
        for mention, where in called.items():
            line = failing.get((workload, mention), "")
            policy, service, why = _between(objects, caller, mention)
            if policy is None or service is None or (workload, service) in seen:
                continue
            seen.add((workload, service))
            severity: Severity = "critical" if line else "warning"
            cause = f"it keeps {workload} from Service {service.path}: {why}"
            yield about(
                "network_policy", policy, "info" if is_ready(caller) and not line else severity,
                cause, tuple(filter(None, (line, where))),
                affected=(workload, ref_of(caller), service),
            )  # fmt: skip


def _between(
    objects: ObjectSet, caller: Obj, mention: Mention
) -> tuple[Obj | None, ObjectRef | None, str]:
    """The policy that closes the way from a pod to what it calls, the Service, and how."""
    meant = resolve(objects, mention.host, namespace_of(caller))
    service = objects.find(meant.ref) if meant and meant.ref.kind == "Service" else None
    if not meant or not service:
        return None, None, ""
    pods = objects.pods_labelled(meant.ref.namespace, mapping(service, "spec", "selector"))
    ports = [port for port in items(service, "spec", "ports")
             if mention.port in {0, number(port, "port")}]  # fmt: skip
    for pod, port in [(pods[0], port) for port in ports] if pods else []:
        target = _target(port, pods[0])
        for selected, peer, way, side in (
            (pod, caller, "Ingress", "from"),
            (caller, pod, "Egress", "to"),
        ):
            policies = _selecting(objects, selected, way)
            rules = [rule for each in policies for rule in items(each, "spec", way.lower())]
            admitted = any(
                _opens(rule, target, pod)
                and (not items(rule, side)
                     or any(_is_peer(objects, each, peer, selected) for each in items(rule, side)))
                for rule in rules
            )  # fmt: skip
            # A policy that opens the port to nobody at all is told of by its own Service.
            if policies and not admitted and (rules or way == "Egress"):
                what = f"no {way.lower()} rule has pods of namespace {namespace_of(peer)} on port"
                return policies[0], meant.ref, f"{what} {target} ({side}: {_peers(rules, side)})"
    return None, None, ""


def _peers(rules: Sequence[Obj], side: str) -> str:
    """Whom the rules name, as people write labels."""
    named = [
        " ".join(
            f"{key} {shown(mapping(each, key, 'matchLabels')) or text(each, key, 'cidr') or 'any'}"
            for key in each
        )
        for rule in rules
        for each in items(rule, side)
    ]
    return cut("; ".join(dict.fromkeys(named)), 120) or "nobody"


def _is_peer(objects: ObjectSet, peer: Obj, pod: Obj, home: Obj) -> bool:
    """Whether an entry of `from` or `to` is about a pod; an address block may be."""
    if "ipBlock" in peer:
        return True
    namespace = namespace_of(pod)
    if "namespaceSelector" in peer:
        space = objects.get("Namespace", "", namespace) or {"metadata": {"name": namespace}}
        # Set by the API server on every namespace.
        labels = {"kubernetes.io/metadata.name": namespace, **mapping(space, "metadata", "labels")}
        wanted = mapping(peer, "namespaceSelector")
        if not objects.selects(wanted, {"metadata": {"labels": labels}}):
            return False
    elif namespace != namespace_of(home):
        return False
    return objects.selects(mapping(peer, "podSelector"), pod)
