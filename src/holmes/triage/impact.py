"""Since when a finding is true, who suffers from it, and what changed before it began."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from holmes.core.finding import Change, Finding, Impact, Link, ObjectRef
from holmes.triage.changes import bad_conditions, drifts, edits, of_node, rollouts, scalings
from holmes.triage.fields import (
    Obj,
    mapping,
    namespace_of,
    number,
    ref_of,
    text,
    wanted_pods,
    when,
)
from holmes.triage.fixes import roll_back
from holmes.triage.objects import ObjectSet, event_time
from holmes.triage.pods import is_over, is_ready
from holmes.triage.references import references
from holmes.triage.relations import ROUTES, WORKLOADS, relation
from holmes.triage.revisions import belongs, revisions
from holmes.triage.routes import backends

# A change this long before is no likely reason any more.
_BEFORE = timedelta(hours=1)
# Times are whole seconds, and a new pod may fail before its ReplicaSet's time is over.
_SLACK = timedelta(seconds=5)
_MOST_CHANGES = 3
# Published in every namespace as it is made, and in every pod.
ROOT_CA = "kube-root-ca.crt"
_TO_SECONDS = len("2006-01-02T15:04:05")


def enriched(objects: ObjectSet, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings with beginning, impact and changes, and with the Ingresses that they hurt."""
    return tuple(_enriched(objects, finding) for finding in findings)


def _enriched(objects: ObjectSet, finding: Finding) -> Finding:
    pods = _pods(objects, finding)
    since = _since(objects, finding.subject, pods)
    services = _services(objects, finding, pods)
    routes = _routes(objects, finding, services)
    links = [_placed(objects, each) for each in finding.links]
    callers = [each.subject for each in links if each.relation == "calls"]
    callers += [ref for ref in finding.affected if relation(ref, finding.subject) == "calls"]
    callers = [ref for ref in dict.fromkeys(callers) if ref.kind != "Pod"]
    began = [_since(objects, ref, _behind(objects, ref)) for ref in services]
    first = min(filter(None, began), default=since) if services or callers else ""
    ready, wanted, old = _serving(objects, finding.subject)
    return replace(
        finding,
        since=since,
        impact=Impact(
            services=tuple(services), ingresses=tuple(routes), callers=tuple(callers),
            since=max(first, since) if first else "", ready=ready, wanted=wanted, old=old,
        ),
        links=(*links, *_below(finding, services, routes)),
        changed=_changed(objects, finding, pods, since),
        fix=finding.fix or roll_back(objects, finding.subject),
    )  # fmt: skip


def _placed(objects: ObjectSet, link: Link) -> Link:
    """A link to a node as what it is: a workload may call one that no pod of it is on."""
    on_it = {text(pod, "spec", "nodeName") for pod in objects.pods_of(link.subject)}
    elsewhere = link.relation == "scheduled on" and link.on.name not in on_it
    return replace(link, relation="calls") if elsewhere else link


def _pods(objects: ObjectSet, finding: Finding) -> list[Obj]:
    """The pods that the finding hurts: those that it names, else those of its object."""
    named = [objects.find(ref) for ref in (finding.subject, *finding.affected) if ref.kind == "Pod"]
    found = [pod for pod in named if pod]
    return found or [pod for pod in objects.pods_of(finding.subject) if not is_ready(pod)]


def _since(objects: ObjectSet, subject: ObjectRef, pods: Iterable[Obj]) -> str:
    """The first moment of which a condition or an event says that something was wrong; or empty."""
    obj = objects.find(subject) or {}
    times = [*bad_conditions(obj), text(obj, "metadata", "deletionTimestamp")]
    if subject.kind != "Node":  # its pods' troubles may be older than its own
        times += _first_warnings(objects, subject)
        for pod in pods:
            if not is_ready(pod):
                times += [*bad_conditions(pod), *_first_warnings(objects, ref_of(pod))]
    first = min(filter(None, times), default="")
    return first and f"{first[:_TO_SECONDS]}Z"


def _first_warnings(objects: ObjectSet, ref: ObjectRef) -> Iterator[str]:
    for event in objects.events(ref):
        if text(event, "type") != "Normal":
            yield text(event, "firstTimestamp") or text(event, "eventTime") or event_time(event)


def _behind(objects: ObjectSet, service: ObjectRef) -> list[Obj]:
    selector = mapping(objects.find(service), "spec", "selector")
    pods = objects.pods_labelled(service.namespace, selector)
    return [pod for pod in pods if not is_over(pod)]


def _services(objects: ObjectSet, finding: Finding, pods: Sequence[Obj]) -> list[ObjectRef]:
    """The Services that have a symptom, and those whose pods are hurt and none of them ready."""
    told = (finding.subject, *finding.affected, *(each.subject for each in finding.links))
    found = [ref for ref in told if ref.kind == "Service" and finding.severity != "info"]
    idle = objects.join(_unserved)
    found += [ref for pod in pods for ref in idle.get(ref_of(pod), ())]
    return list(dict.fromkeys(ref for ref in found if objects.find(ref)))


def _unserved(objects: ObjectSet) -> dict[ObjectRef, list[ObjectRef]]:
    """By pod: the Services that select it and have no ready pod."""
    found: dict[ObjectRef, list[ObjectRef]] = defaultdict(list)
    for service in objects.all("Service"):
        behind = _behind(objects, ref_of(service))
        if not any(map(is_ready, behind)):
            for pod in behind:
                found[ref_of(pod)].append(ref_of(service))
    return found


def _routes(
    objects: ObjectSet, finding: Finding, services: Sequence[ObjectRef]
) -> dict[ObjectRef, ObjectRef]:
    """The Ingresses and routes that lead to these Services, each with one of them."""
    leading = objects.join(_leading)
    found = {route: service for service in reversed(services) for route in leading.get(service, ())}
    if finding.kind in ROUTES:
        found[finding.subject] = finding.subject
    return found


def _leading(objects: ObjectSet) -> dict[ObjectRef, list[ObjectRef]]:
    """By Service: the Ingresses and routes that lead to it."""
    found: dict[ObjectRef, list[ObjectRef]] = defaultdict(list)
    for route in (each for kind in sorted(ROUTES) for each in objects.all(kind)):
        for service in dict.fromkeys(backends(route)):
            found[service].append(ref_of(route))
    return found


def _below(
    finding: Finding, services: Sequence[ObjectRef], routes: dict[ObjectRef, ObjectRef]
) -> Iterator[Link]:
    """The links to Services and routes that nobody has a finding about."""
    placed = {finding.subject, *(each.subject for each in finding.links)}
    for ref in services:
        if ref not in placed:
            placed.add(ref)
            yield Link(
                subject=ref, relation=relation(ref, finding.subject), on=finding.subject,
                cause="no ready pod is behind it",
            )  # fmt: skip
    for ref, on in routes.items():
        if ref not in placed:
            yield Link(
                subject=ref, relation="routes to", on=on,
                cause=f"it leads to Service {on.name}, which can't answer",
            )  # fmt: skip


def _serving(objects: ObjectSet, ref: ObjectRef) -> tuple[int, int, int]:
    """How many pods of a workload are ready, how many it wants, and how many ready are old."""
    workload = objects.find(ref)
    if workload is None or ref.kind not in {"Deployment", "StatefulSet", "DaemonSet"}:
        return 0, 0, 0
    ready = [pod for pod in objects.pods_of(ref) if is_ready(pod)]
    known = [each for each in revisions(objects, ref)
             if ref.kind != "Deployment" or number(each, "spec", "replicas")]  # fmt: skip
    old = sum(not belongs(pod, known[-1]) for pod in ready) if len(known) > 1 else 0
    return len(ready), wanted_pods(workload), old


def _changed(
    objects: ObjectSet, finding: Finding, pods: Sequence[Obj], since: str
) -> tuple[Change, ...]:
    """What changed in the hour before `since` of all it rests on, the latest first.

    Where nothing tells since when: what of the object itself is not as it was last applied.
    """
    end = when(since)
    if not end:
        return tuple(drifts(objects, finding.subject))
    found = [
        change
        for change in _changes(objects, finding.subject, pods)
        if (at := when(change.at)) and end - _BEFORE <= at <= end + _SLACK
    ]
    return tuple(
        sorted(dict.fromkeys(found), key=lambda each: each.at, reverse=True)[:_MOST_CHANGES]
    )


def _changes(objects: ObjectSet, subject: ObjectRef, pods: Sequence[Obj]) -> Iterator[Change]:
    if subject.kind == "Node":
        return
    workloads = dict.fromkeys(
        [*([subject] if subject.kind in WORKLOADS else []), *map(objects.workload, pods)]
    )
    for ref in workloads:
        whose = "" if ref == subject else f"{ref.kind} {ref.name} "
        last = [*rollouts(objects, ref, whose)][-1:]
        yield from last
        yield from scalings(objects, ref)
        yield from drifts(objects, ref, " ".join(each.said for each in last))
    for pod in pods[:1]:
        for each in references(pod):
            if each.name == ROOT_CA:
                continue
            ref = ObjectRef(kind=each.kind, namespace=namespace_of(pod), name=each.name)
            yield from edits(objects, ref)
    if subject.kind not in WORKLOADS:
        yield from edits(objects, subject)
    for name in dict.fromkeys(text(pod, "spec", "nodeName") for pod in pods):
        node = objects.get("Node", "", name)
        if node:
            yield from of_node(node)
