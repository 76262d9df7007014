"""What changed in a cluster, or around one workload of it, within a time."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import anyio

from holmes.core.errors import UsageError
from holmes.core.finding import Change, ObjectRef
from holmes.kubernetes.target import KubeTarget
from holmes.tools.changes import Told, Window
from holmes.tools.function_tool import ToolFailure
from holmes.triage.changes import edits, of_node, rollouts, scaled, scalings
from holmes.triage.collect import LEASE
from holmes.triage.fields import Obj, labels_of, mapping, name_of, namespace_of, ref_of, text, when
from holmes.triage.impact import ROOT_CA
from holmes.triage.kubectl import Kubectl, Listed
from holmes.triage.logs import cut
from holmes.triage.names import nearest
from holmes.triage.objects import ObjectSet, event_time, trim
from holmes.triage.references import references
from holmes.triage.resources import RESOURCES, Resource

_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
_SETTINGS = (
    "ConfigMap", "Secret", "Service", "Ingress", "NetworkPolicy", "ResourceQuota", "LimitRange",
    "Role", "RoleBinding",
)  # fmt: skip
_WHOLE = (
    *_WORKLOADS, "ReplicaSet", "ControllerRevision", "HorizontalPodAutoscaler", "Node", "Event",
    "Pod",
)  # fmt: skip
# The Secret of one Helm revision.
_KEPT = re.compile(r"sh\.helm\.release\.v1\.(?P<release>.+)\.v(?P<number>[0-9]+)")
_HELM_NAME = "meta.helm.sh/release-name"
# A controller writes into a workload as it rolls it out.
_SLACK_SECONDS = 5.0

_LISTED = (
    *(each for each in RESOURCES if each.kind in {*_WHOLE, *_SETTINGS}),
    Resource(kind="Secret", api="/api/v1", plural="secrets"),
    LEASE,
)


def command(target: KubeTarget, window: Window) -> str:
    """The kubectl that shows the objects that are read."""
    namespace = window.namespace or target.namespace
    where = f"-n {namespace}" if namespace else "-A"
    plurals = ",".join(each.plural for each in _LISTED if each.kind not in {"Pod", "Lease"})
    return f"kubectl get {plurals} {where} --sort-by=.metadata.creationTimestamp"


async def changes(target: KubeTarget, window: Window) -> Told:
    """The changes that objects, their revisions and events tell of. Raises ToolFailure."""
    scope = window.namespace or target.namespace
    try:
        kubectl = Kubectl(replace(target, namespace=scope))
        await kubectl.check()
        async with kubectl.connected():
            lists = await _lists(kubectl, scope, pods=bool(window.workload))
    except (UsageError, OSError) as error:
        raise ToolFailure(str(error).rstrip(".")) from error
    objects = _object_set(lists, scope)
    start, end = window.span(objects.now.timestamp() if objects.now else None)
    told = (
        change
        for change in _all(objects, window.workload)
        if (at := when(change.at)) and start <= at.timestamp() <= end
    )
    unread = [
        f"{each.plural} ({listed.why})"
        for each, listed in lists.items()
        if listed.outcome in {"forbidden", "failed"} and each is not LEASE
    ]
    return Told(changes=tuple(told), note=f"Not read: {', '.join(unread)}." if unread else "")


async def _lists(kubectl: Kubectl, scope: str, *, pods: bool) -> dict[Resource, Listed]:
    """Every list; of settings only the metadata, of pods only where they are needed."""
    found: dict[Resource, Listed] = {}

    async def one(each: Resource) -> None:
        namespace = "" if each is LEASE else scope
        only = each.kind in _SETTINGS
        found[each] = await kubectl.list(each.path(namespace), metadata_only=only)

    wanted = [each for each in _LISTED if pods or each.kind != "Pod"]
    async with anyio.create_task_group() as group:
        for each in wanted:
            group.start_soon(one, each)
    return {each: found[each] for each in wanted}


def _object_set(lists: Mapping[Resource, Listed], scope: str) -> ObjectSet:
    objects: list[Obj] = []
    for resource, listed in lists.items():
        for obj in listed.objects:
            obj["kind"] = resource.kind
            objects.append(trim(obj))
    return ObjectSet(objects, scope=scope)


def _workloads(objects: ObjectSet, name: str) -> list[Obj]:
    """The workloads of that name; all where none is asked for. Raises ToolFailure for none."""
    known = [each for kind in _WORKLOADS for each in objects.all(kind)]
    found = [each for each in known if name in {"", name_of(each)}]
    if name and not found:
        near = nearest(name, list(map(name_of, known)))
        hint = f'; the nearest is "{near}"' if near else ""
        raise ToolFailure(f'there is no Deployment, StatefulSet or DaemonSet "{name}"{hint}')
    return found


def _all(objects: ObjectSet, name: str) -> Iterator[Change]:
    workloads = _workloads(objects, name)
    for each in workloads:
        yield from _of_workload(objects, ref_of(each))
    yield from _of_settings(objects, workloads if name else ())
    on = {text(p, "spec", "nodeName") for each in workloads for p in objects.pods_of(ref_of(each))}
    for node in objects.all("Node"):
        if not name or name_of(node) in on:
            yield from of_node(node)
            yield from _of_events(objects, node)


def _of_workload(objects: ObjectSet, ref: ObjectRef) -> Iterator[Change]:
    rolled = list(rollouts(objects, ref))
    yield from rolled
    yield from scalings(objects, ref)
    yield from scaled(objects, ref)
    times = [at.timestamp() for each in rolled if (at := when(each.at))]
    for change in edits(objects, ref):
        at = when(change.at)
        if at and not any(abs(at.timestamp() - each) <= _SLACK_SECONDS for each in times):
            yield change


def _of_settings(objects: ObjectSet, workloads: Sequence[Obj]) -> Iterator[Change]:
    """Settings that were made or edited, and releases; of everything, or what workloads use."""
    used = {part for each in workloads for part in _used(each)}
    places = {namespace_of(each) for each in workloads}
    for ref in (ref_of(each) for kind in _SETTINGS for each in objects.all(kind)):
        kept = _KEPT.fullmatch(ref.name) if ref.kind == "Secret" else None
        name = kept["release"] if kept else ref.name
        whole = ref.kind not in {"ConfigMap", "Secret"} and ref.namespace in places
        if ref.name == ROOT_CA or not (
            not workloads or whole or ("Release" if kept else ref.kind, ref.namespace, name) in used
        ):
            continue
        if kept:
            yield _release(objects.find(ref) or {}, ref.namespace, kept)
        else:
            yield from edits(objects, ref)


def _used(workload: Obj) -> Iterator[tuple[str, str, str]]:
    """The ConfigMaps and Secrets that a workload's pods use, and the release that it is of."""
    namespace = namespace_of(workload)
    for each in references(mapping(workload, "spec", "template")):
        yield each.kind, namespace, each.name
    yield "Release", namespace, text(mapping(workload, "metadata", "annotations"), _HELM_NAME)


def _release(secret: Obj, namespace: str, kept: re.Match[str]) -> Change:
    """A Helm revision, as the metadata of its Secret tells it."""
    status = text(labels_of(secret), "status")
    ref = ObjectRef(
        kind="Release", namespace=namespace, name=f"{kept['release']}.v{kept['number']}"
    )
    at = text(secret, "metadata", "creationTimestamp")
    return Change(what="release", ref=ref, at=at, said=f"revision {kept['number']}: {status}")


def _of_events(objects: ObjectSet, node: Obj) -> Iterator[Change]:
    """What a node's events tell, whose reasons are changes of its state."""
    for event in objects.events(ref_of(node)):
        at = text(event, "firstTimestamp") or event_time(event)
        said = f"{text(event, 'reason')}: {text(event, 'message')}".rstrip(": ")
        yield Change(what="node", ref=ref_of(node), at=at, said=cut(said, 200))
