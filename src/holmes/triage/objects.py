"""The objects of a cluster, joined the ways the checks need them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TypeVar, cast

from holmes.core.finding import ObjectRef
from holmes.triage.differences import take_drift
from holmes.triage.fields import (
    Obj,
    dig,
    items,
    labels_of,
    mapping,
    name_of,
    namespace_of,
    rule_matches,
    text,
    when,
)

# A ConfigMap value longer than this is a data file, not a setting that a check quotes.
_LONGEST_VALUE = 8_000
# Nobody edits these, and a large cluster has thousands of them.
_MADE_ANEW = frozenset({"Pod", "Event", "ReplicaSet", "ControllerRevision", "EndpointSlice",
                         "Lease"})  # fmt: skip
_Join = TypeVar("_Join")


def trim(obj: Obj) -> Obj:
    """Drop what no check reads and what makes up half of a large cluster's JSON, in place.

    Of who wrote which field only the last edit is kept: as `editedAt` and `editedBy`. Of the
    manifest that was last applied only what is no longer so: as `drift`.
    """
    metadata = mapping(obj, "metadata")
    edits = [each for each in items(obj, "metadata", "managedFields") if "subresource" not in each]
    if edits and text(obj, "kind") not in _MADE_ANEW:
        last = max(edits, key=lambda each: text(each, "time"))
        metadata["editedAt"], metadata["editedBy"] = text(last, "time"), text(last, "manager")
    metadata.pop("managedFields", None)
    if drift := take_drift(obj):
        metadata["drift"] = drift
    obj.pop("binaryData", None)
    if text(obj, "kind") == "ConfigMap":
        data = mapping(obj, "data")
        for key, value in data.items():
            if len(value) > _LONGEST_VALUE:
                data[key] = ""
    return obj


class ObjectSet:
    """A cluster's objects by kind, name, owner and label; built once, never changed.

    `objects` carry their `kind`. `read_kinds` are the kinds that were listed, so that a missing
    ConfigMap can be told from ConfigMaps that nobody was allowed to read, `Secret/NAMESPACE` for
    one that was listed there only; None means all kinds that occur in `objects`. `scope` is the
    one namespace that was listed; empty for all.
    """

    def __init__(
        self,
        objects: Iterable[Obj],
        read_kinds: Iterable[str] | None = None,
        *,
        scope: str = "",
    ) -> None:
        self.scope = scope
        self._joins: dict[object, object] = {}
        self._by_kind: dict[str, list[Obj]] = defaultdict(list)
        self._by_ref: dict[tuple[str, str, str], Obj] = {}
        self._by_namespace: dict[tuple[str, str], list[Obj]] = defaultdict(list)
        for obj in objects:
            kind, namespace = text(obj, "kind"), namespace_of(obj)
            self._by_kind[kind].append(obj)
            self._by_namespace[kind, namespace].append(obj)
            self._by_ref[kind, namespace, name_of(obj)] = obj
        self._read_kinds = frozenset(self._by_kind if read_kinds is None else read_kinds)

    def knows(self, kind: str, namespace: str = "") -> bool:
        """Whether absence means something: objects of this kind were listed there, if only none."""
        listed = not namespace or self.scope in {"", namespace}
        read = self._read_kinds
        return listed and (kind in read or f"{kind}/{namespace}" in read)

    def join(self, make: "Callable[[ObjectSet], _Join]") -> _Join:
        """What `make` derives from these objects: made once, shared by all checks that ask."""
        if make not in self._joins:
            self._joins[make] = make(self)
        return cast("_Join", self._joins[make])

    def counts(self) -> dict[str, int]:
        """How many objects of each kind there are."""
        return {kind: len(found) for kind, found in self._by_kind.items()}

    def namespaces(self) -> frozenset[str]:
        """The namespaces that have any object."""
        return frozenset(namespace for _, namespace in self._by_namespace if namespace)

    def all(self, kind: str) -> Sequence[Obj]:
        """Every object of a kind."""
        return self._by_kind.get(kind, [])

    def within(self, namespace: str, kind: str) -> Sequence[Obj]:
        """The objects of a kind in one namespace."""
        return self._by_namespace.get((kind, namespace), [])

    def get(self, kind: str, namespace: str, name: str) -> Obj | None:
        """One object, or None."""
        return self._by_ref.get((kind, namespace, name))

    def find(self, ref: ObjectRef) -> Obj | None:
        """The object behind a reference, or None."""
        return self.get(ref.kind, ref.namespace, ref.name)

    def names(self, kind: str, namespace: str = "") -> list[str]:
        """The names of the objects of a kind in one namespace."""
        return [name_of(obj) for obj in self.within(namespace, kind)]

    @cached_property
    def _pods_by_label(self) -> dict[tuple[str, str, str], list[Obj]]:
        index: dict[tuple[str, str, str], list[Obj]] = defaultdict(list)
        for pod in self.all("Pod"):
            for key, value in labels_of(pod).items():
                index[namespace_of(pod), key, value].append(pod)
        return index

    def pods_labelled(self, namespace: str, labels: Mapping[str, str]) -> list[Obj]:
        """The pods of a namespace that carry all these labels; none for no labels."""
        if not labels:
            return []
        index = self._pods_by_label
        found = [index.get((namespace, key, value), []) for key, value in labels.items()]
        fewest = min(found, key=len)
        return [pod for pod in fewest if labels.items() <= labels_of(pod).items()]

    def pods_selected(self, namespace: str, selector: Obj) -> list[Obj]:
        """The pods that a LabelSelector selects; an empty selector selects every pod."""
        labels = mapping(selector, "matchLabels")
        pods = self.pods_labelled(namespace, labels) if labels else self.within(namespace, "Pod")
        return [pod for pod in pods if self.selects(selector, pod)]

    def selects(self, selector: Obj, obj: Obj) -> bool:
        """Whether a LabelSelector selects an object; an empty selector selects every object."""
        labels = labels_of(obj)
        return mapping(selector, "matchLabels").items() <= labels.items() and all(
            rule_matches(labels, rule) for rule in items(selector, "matchExpressions")
        )

    @cached_property
    def _pods_by_workload(self) -> dict[ObjectRef, list[Obj]]:
        index: dict[ObjectRef, list[Obj]] = defaultdict(list)
        for pod in self.all("Pod"):
            index[self.workload(pod)].append(pod)
        return index

    def pods_of(self, workload: ObjectRef) -> Sequence[Obj]:
        """The pods that a workload (Deployment, StatefulSet, Job …) owns, directly or not."""
        return self._pods_by_workload.get(workload, [])

    @cached_property
    def _replica_sets(self) -> dict[ObjectRef, list[Obj]]:
        index: dict[ObjectRef, list[Obj]] = defaultdict(list)
        for each in self.all("ReplicaSet"):
            index[self.workload(each)].append(each)
        return index

    def replica_sets_of(self, deployment: ObjectRef) -> Sequence[Obj]:
        """The ReplicaSets of a Deployment: one for each revision that is kept."""
        return self._replica_sets.get(deployment, [])

    def workloads(self) -> Mapping[ObjectRef, Sequence[Obj]]:
        """Every owner of pods with its pods; a bare pod is its own owner."""
        return self._pods_by_workload

    def workload(self, obj: Obj) -> ObjectRef:
        """The topmost owner: the Deployment of a ReplicaSet's pod; the object itself for none."""
        ref = ObjectRef(kind=text(obj, "kind"), namespace=namespace_of(obj), name=name_of(obj))
        for _ in range(4):
            owner = _controller(obj)
            # A mirror pod of the control plane is owned by its Node, which is no workload.
            if not owner or owner["kind"] == "Node":
                return ref
            ref = ObjectRef(kind=owner["kind"], namespace=ref.namespace, name=owner["name"])
            above = self.find(ref)
            if above is None:
                return _guess_deployment(obj, ref)
            obj = above
        return ref

    @cached_property
    def _events(self) -> dict[tuple[str, str, str], list[Obj]]:
        index: dict[tuple[str, str, str], list[Obj]] = defaultdict(list)
        for event in self.all("Event"):
            about = mapping(event, "involvedObject") or mapping(event, "regarding")
            # A cluster-scoped object's events live in the namespace "default".
            index[text(about, "kind"), text(about, "namespace"), text(about, "name")].append(event)
        for found in index.values():
            found.sort(key=event_time)
        return index

    def events(self, ref: ObjectRef, *reasons: str) -> list[Obj]:
        """The events about an object with one of these reasons (all, for none), oldest first."""
        found = self._events.get((ref.kind, ref.namespace, ref.name), [])
        return [event for event in found if not reasons or text(event, "reason") in reasons]

    @cached_property
    def _by_address(self) -> dict[str, Obj]:
        index: dict[str, Obj] = {}
        for node in self.all("Node"):
            index.update(
                {text(each, "address"): node for each in items(node, "status", "addresses")}
            )
        for pod in self.all("Pod"):
            if not dig(pod, "spec", "hostNetwork"):
                index[text(pod, "status", "podIP")] = pod
        for service in self.all("Service"):
            index[text(service, "spec", "clusterIP")] = service
        for nothing in ("", "None"):
            index.pop(nothing, None)
        return index

    def at_address(self, address: str) -> Obj | None:
        """The Service, pod or node that has this IP address."""
        return self._by_address.get(address)

    @cached_property
    def now(self) -> datetime | None:
        """The cluster's own clock: a client whose clock is wrong misjudges nothing.

        Kubelets renew their leases every 10 s, and leases and nodes are listed whatever the
        namespace, so that one namespace and the whole cluster are judged as of the same moment.
        Without leases it is the latest moment that any event, node or pod tells of.
        """
        stamps = [text(lease, "spec", "renewTime") for lease in self.all("Lease")]
        alone = bool(stamps)
        for kind in ("Node",) if alone else ("Node", "Pod"):
            for obj in self.all(kind):
                for each in items(obj, "status", "conditions"):
                    stamps += [text(each, "lastHeartbeatTime"), text(each, "lastTransitionTime")]
        stamps += [] if alone else [event_time(event) for event in self.all("Event")]
        return when(max(stamps, default=""))

    def age(self, timestamp: str) -> float:
        """Seconds between a timestamp and the cluster's now; 0 where either is unknown."""
        then = when(timestamp)
        return (self.now - then).total_seconds() if self.now and then else 0.0


def event_time(event: Obj) -> str:
    """When an event last happened; the scheduler's events have only `eventTime` (seen 1.36)."""
    return (
        text(event, "lastTimestamp")
        or text(event, "series", "lastObservedTime")
        or text(event, "eventTime")
        or text(event, "metadata", "creationTimestamp")
    )


def _controller(obj: Obj) -> Obj | None:
    owners = items(obj, "metadata", "ownerReferences")
    return next((owner for owner in owners if owner.get("controller")), None)


def _guess_deployment(pod: Obj, owner: ObjectRef) -> ObjectRef:
    """The Deployment above a ReplicaSet that was not listed, by the hash that names it."""
    generation = f"-{labels_of(pod).get('pod-template-hash', '')}"
    if owner.kind != "ReplicaSet" or not owner.name.endswith(generation) or generation == "-":
        return owner
    name = owner.name.removesuffix(generation)
    return ObjectRef(kind="Deployment", namespace=owner.namespace, name=name)
