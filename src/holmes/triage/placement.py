"""Why a node can't take a pod, as the scheduler's filters see it, and what would let it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from holmes.triage.fields import (
    Obj,
    dig,
    flag,
    items,
    labels_of,
    mapping,
    name_of,
    namespace_of,
    number,
    quantity,
    rule_matches,
    shown,
    text,
    words,
)
from holmes.triage.logs import cut
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import is_over

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_CONTROL_PLANE = frozenset({
    "node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master",
})  # fmt: skip
# Set by the control plane itself while a node is unwell or not yet set up.
_OWN_TAINTS = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/")
_CORDON = "node.kubernetes.io/unschedulable"


class Way(IntEnum):
    """What stands in a pod's way, from what is most likely meant to be changed to what is not."""

    SPEC = 0  # no node could ever take it
    NODE = 1  # a node that would, but is cordoned or unwell for now
    NEIGHBOURS = 2  # rules about other pods, ports or volumes
    ROOM = 3  # others reserve what it needs
    RESERVED = 4  # a taint that somebody set on purpose
    OTHER_NODES = 5  # a node that its selector leaves out, while another is chosen
    CONTROL_PLANE = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Obstacle:
    """One thing that keeps a pod off a node; `fix` completes "the node would take it if …".

    kind  what it has in common with the obstacles of other nodes, where that is not `why`
    """

    way: Way
    why: str
    fix: str
    kind: str = ""
    short: float = 0.0


class Placement:
    """The nodes with what they have left, to place pods on."""

    def __init__(self, objects: ObjectSet) -> None:
        self._objects = objects
        self.nodes = objects.all("Node")
        self._running: dict[str, list[Obj]] = {name_of(node): [] for node in self.nodes}
        self._left = {
            name_of(node): {
                resource: quantity(value)
                for resource, value in mapping(node, "status", "allocatable").items()
            }
            for node in self.nodes
        }
        self._largest: dict[str, float] = {}
        for left in self._left.values():
            for resource, whole in left.items():
                self._largest[resource] = max(whole, self._largest.get(resource, 0.0))
        for pod in objects.all("Pod"):
            place = text(pod, "spec", "nodeName")
            if place in self._left and text(pod, "status", "phase") not in {"Succeeded", "Failed"}:
                self._running[place].append(pod)
                for resource, asked in requests(pod).items():
                    self._left[place][resource] = self._left[place].get(resource, 0.0) - asked

    def obstacles(self, pod: Obj) -> dict[str, list[Obstacle]]:
        """Everything that keeps a pod off each node, by the node's name."""
        chosen = [node for node in self.nodes if not _selector(pod, node)]
        meant = {name_of(node) for node in chosen}
        rivals, friends, asked = self._rivals(pod), self._friends(pod), requests(pod)
        spreads = [(rule, self._counts(pod, rule, chosen)) for rule in _spreads(pod)]
        return {
            name_of(node): [
                *self._chosen(pod, node, others=bool(chosen)),
                *_taints(pod, node),
                *self._ports(pod, node),
                *self._apart(node, rivals),
                *self._together(node, friends),
                *_spread(node, spreads if name_of(node) in meant else []),
                *self._volumes(pod, node),
                *self._room(asked, node),
            ]
            for node in self.nodes
        }

    def _chosen(self, pod: Obj, node: Obj, *, others: bool) -> Iterator[Obstacle]:
        if why := _selector(pod, node):
            way = Way.OTHER_NODES if others else Way.SPEC
            yield Obstacle(way=way, why=why, fix="it carried those labels")

    def _room(self, needed: dict[str, float], node: Obj) -> Iterator[Obstacle]:
        left = self._left[name_of(node)]
        for resource, wanted in needed.items():
            whole = quantity(dig(node, "status", "allocatable", resource))
            largest = self._largest.get(resource, 0.0)
            rest = max(left.get(resource, 0.0), 0.0)
            asked = amount(resource, wanted)
            if resource == "pods" and not largest:
                continue
            if wanted > largest:
                why = (f"it requests {asked} {resource}, more than a node has "
                       f"(largest: {amount(resource, largest)})")  # fmt: skip
                fix = f"it requested at most {amount(resource, rest)} {resource}"
                yield Obstacle(way=Way.SPEC, why=why, fix=fix, short=wanted / max(whole, 1e-9))
            elif wanted > rest + 1e-9 and resource == "pods":
                why = f"it has its {amount(resource, whole)} pods already"
                yield Obstacle(way=Way.ROOM, why=f"Too many pods: {why}", fix="one of them went")
            elif wanted > rest + 1e-9:
                most = f"{amount(resource, rest)} free on {name_of(node)}"
                why = f"Insufficient {resource}: requests {asked}, {most}"
                missing = amount(resource, wanted - rest)
                fix = f"{missing} more {resource} were free there, or were not requested"
                short, kind = (wanted - rest) / wanted, f"Insufficient {resource}"
                yield Obstacle(way=Way.ROOM, why=why, fix=fix, kind=kind, short=short)

    def _ports(self, pod: Obj, node: Obj) -> Iterator[Obstacle]:
        wanted = host_ports(pod)
        for other in self._running[name_of(node)] if wanted else ():
            if taken := wanted & host_ports(other):
                why = f"host port {min(taken)} is taken by pod {name_of(other)}"
                fix = "it asked for another hostPort"
                yield Obstacle(way=Way.NEIGHBOURS, why=why, fix=fix, kind="host port")
                return

    def _near(self, node: Obj, key: str, other: Obj) -> bool:
        """Whether a pod runs in the same zone, on the same host or the like as a node."""
        there = self._objects.get("Node", "", text(other, "spec", "nodeName"))
        return there is not None and _domain(node, key) == _domain(there, key) != ""

    def _placed(self, term: Obj, owner: Obj) -> list[Obj]:
        """The pods on some node that a rule of a pod is about."""
        alone = not (term.keys() & {"namespaces", "namespaceSelector"})
        pods = self._objects
        found = pods.within(namespace_of(owner), "Pod") if alone else pods.all("Pod")
        return [pod for pod in found
                if text(pod, "spec", "nodeName") and self._meant(term, owner, pod)]  # fmt: skip

    def _rivals(self, pod: Obj) -> list[tuple[Obj, Obj, str]]:
        """The pods that this one may not be near, by its own rules or by theirs."""
        own = [
            (term, other, f"its anti-affinity to {_rules(term)}")
            for term in items(pod, "spec", "affinity", "podAntiAffinity", _REQUIRED)
            for other in self._placed(term, pod)
        ]
        theirs = [
            (term, other, f"the anti-affinity of pod {name_of(other)}")
            for other in self._objects.join(_shy)
            for term in items(other, "spec", "affinity", "podAntiAffinity", _REQUIRED)
            if self._meant(term, other, pod)
        ]
        return own + theirs

    def _apart(self, node: Obj, rivals: list[tuple[Obj, Obj, str]]) -> Iterator[Obstacle]:
        for term, other, rule in rivals:
            key = text(term, "topologyKey")
            if self._near(node, key, other):
                why = f"{rule} (by {key}) keeps it away from pod {name_of(other)}"
                fix = "that were preferred instead of required"
                yield Obstacle(way=Way.NEIGHBOURS, why=why, fix=fix, kind=rule)
                return

    def _friends(self, pod: Obj) -> list[tuple[Obj, list[Obj]]]:
        """The rules by which a pod wants others near, and those; the first of its kind is free."""
        return [
            (term, self._placed(term, pod))
            for term in items(pod, "spec", "affinity", "podAffinity", _REQUIRED)
            if not self._meant(term, pod, pod)
        ]

    def _together(self, node: Obj, friends: list[tuple[Obj, list[Obj]]]) -> Iterator[Obstacle]:
        for term, found in friends:
            key = text(term, "topologyKey")
            if not any(self._near(node, key, other) for other in found):
                there = "none is there" if found else "none runs anywhere"
                why = f"its pod affinity wants {_rules(term)} in the same {key}, {there}"
                way = Way.NEIGHBOURS if found else Way.SPEC
                yield Obstacle(way=way, why=why, fix="such a pod ran there")

    def _counts(self, pod: Obj, rule: Obj, chosen: list[Obj]) -> Counter[str]:
        """How many pods each zone, host or the like has that a spread constraint counts."""
        counts: Counter[str] = Counter()
        for node in chosen:
            if value := _domain(node, text(rule, "topologyKey")):
                running = self._running[name_of(node)]
                counts[value] += sum(self._meant(rule, pod, other) for other in running)
        return counts

    def _volumes(self, pod: Obj, node: Obj) -> Iterator[Obstacle]:
        for volume in items(pod, "spec", "volumes"):
            name = text(volume, "persistentVolumeClaim", "claimName")
            claim = self._objects.get("PersistentVolumeClaim", namespace_of(pod), name)
            bound = self._objects.get("PersistentVolume", "", text(claim, "spec", "volumeName"))
            terms = items(bound, "spec", "nodeAffinity", "required", "nodeSelectorTerms")
            if bound and terms and not any(_term_matches(term, node) for term in terms):
                why = f"its volume {name_of(bound)} (claim {name}) is only for {_terms(terms)}"
                yield Obstacle(way=Way.NEIGHBOURS, why=why, fix="the volume were there")

    def _meant(self, term: Obj, owner: Obj, other: Obj) -> bool:
        """Whether a rule of one pod is about another pod."""
        here = {*words(term, "namespaces")}
        if "namespaceSelector" in term:
            wanted = mapping(term, "namespaceSelector")
            spaces = self._objects.all("Namespace")
            here |= {name_of(each) for each in spaces if self._objects.selects(wanted, each)}
        elif not here:
            here = {namespace_of(owner)}
        selector = mapping(term, "labelSelector")
        meant = namespace_of(other) in here and not is_over(other)
        return meant and self._objects.selects(selector, other)


def _shy(objects: ObjectSet) -> list[Obj]:
    """The placed pods that may not have certain others beside them."""
    return [
        pod
        for pod in objects.all("Pod")
        if text(pod, "spec", "nodeName")
        and dig(pod, "spec", "affinity", "podAntiAffinity", _REQUIRED)
    ]


def _domain(node: Obj, key: str) -> str:
    host = name_of(node) if key == "kubernetes.io/hostname" else ""
    return str(labels_of(node).get(key, host))


def _spreads(pod: Obj) -> list[Obj]:
    return [
        rule
        for rule in items(pod, "spec", "topologySpreadConstraints")
        if text(rule, "whenUnsatisfiable") != "ScheduleAnyway"
    ]


def _spread(node: Obj, spreads: list[tuple[Obj, Counter[str]]]) -> Iterator[Obstacle]:
    for rule, counts in spreads:
        key, most = text(rule, "topologyKey"), number(rule, "maxSkew") or 1
        here, least = _domain(node, key), min(counts.values(), default=0)
        if not here:
            why = f"it lacks the label {key} that topologySpreadConstraints name"
        elif counts[here] + 1 - least > most:
            why = (
                f"topologySpreadConstraints maxSkew {most} by {key}: {here} would have "
                f"{counts[here] + 1} pods, another has {least}"
            )
        else:
            continue
        fix = "whenUnsatisfiable were ScheduleAnyway"
        yield Obstacle(way=Way.NEIGHBOURS, why=why, fix=fix, kind=f"spread by {key}")


def wishes(pod: Obj) -> list[str]:
    """What a pod asks of the node's own labels."""
    wanted = mapping(pod, "spec", "nodeSelector")
    terms = items(pod, "spec", "affinity", "nodeAffinity", _REQUIRED, "nodeSelectorTerms")
    told = [f"nodeSelector {shown(wanted)}"] if wanted else []
    return told + ([f"node affinity {_terms(terms)}"] if terms else [])


def neighbour_rules(pod: Obj) -> list[str]:
    """What a pod asks of the pods beside it."""
    found = [
        f"{kind} {_rules(term)} by {text(term, 'topologyKey')}"
        for kind in ("podAffinity", "podAntiAffinity")
        for term in items(pod, "spec", "affinity", kind, _REQUIRED)
    ]
    return found + [
        f"maxSkew {number(rule, 'maxSkew') or 1} by {text(rule, 'topologyKey')}"
        for rule in _spreads(pod)
    ]


def _rules(term: Obj) -> str:
    labels = shown(mapping(term, "labelSelector", "matchLabels"))
    rules = [_rule(each) for each in items(term, "labelSelector", "matchExpressions")]
    return ", ".join([*filter(None, [labels]), *rules])


def _rule(rule: Obj) -> str:
    return f"{text(rule, 'key')} {text(rule, 'operator')} {','.join(words(rule, 'values'))}".strip()


def _terms(terms: list[Obj]) -> str:
    rules = [_rule(rule) for term in terms for rule in items(term, "matchExpressions")]
    return cut("; ".join(rules), 100)


def requests(pod: Obj) -> dict[str, float]:
    """What the scheduler reserves: containers and sidecars, or the largest init container."""
    total = {"pods": 1.0}
    first = items(pod, "spec", "initContainers")
    sidecars = [each for each in first if text(each, "restartPolicy") == "Always"]
    for each in [*items(pod, "spec", "containers"), *sidecars]:
        for resource, asked in _of(each).items():
            total[resource] = total.get(resource, 0.0) + asked
    for each in first:
        for resource, asked in _of(each).items():
            total[resource] = max(total.get(resource, 0.0), asked)
    for resource, value in mapping(pod, "spec", "overhead").items():
        total[resource] = total.get(resource, 0.0) + quantity(value)
    return {resource: asked for resource, asked in total.items() if asked}


def _of(container: Obj) -> dict[str, float]:
    resources = mapping(container, "resources")
    asked = mapping(resources, "limits") | mapping(resources, "requests")
    return {key: quantity(value) for key, value in asked.items()}


def amount(resource: str, value: float) -> str:
    """A quantity for people: memory and storage in Mi, the rest as it is."""
    if resource in {"memory", "ephemeral-storage"} or resource.startswith("hugepages-"):
        return f"{value / 2**20:.4g}Mi"
    return f"{value:.4g}"


def host_ports(pod: Obj) -> set[int]:
    """The ports of the node itself that a pod asks for."""
    return {
        number(port, "hostPort")
        for container in items(pod, "spec", "containers")
        for port in items(container, "ports")
        if number(port, "hostPort")
    }


def _selector(pod: Obj, node: Obj) -> str:
    labels = labels_of(node)
    wanted = mapping(pod, "spec", "nodeSelector")
    missing = {key: value for key, value in wanted.items() if labels.get(key) != value}
    if missing:
        return f"nodeSelector {shown(missing)} matches no label"
    terms = items(pod, "spec", "affinity", "nodeAffinity", _REQUIRED, "nodeSelectorTerms")
    if terms and not any(_term_matches(term, node) for term in terms):
        return f"node affinity {_terms(terms)} matches no label"
    return ""


def _term_matches(term: Obj, node: Obj) -> bool:
    rules = items(term, "matchExpressions")
    return all(rule_matches(labels_of(node), rule) for rule in rules) and all(
        name_of(node) in words(rule, "values") for rule in items(term, "matchFields")
    )


def _taints(pod: Obj, node: Obj) -> Iterator[Obstacle]:
    if flag(node, "spec", "unschedulable"):
        fix = f"it were uncordoned (kubectl uncordon {name_of(node)})"
        why = f"node {name_of(node)} is cordoned"
        yield Obstacle(way=Way.NODE, why=why, fix=fix, kind="cordoned")
    for taint in items(node, "spec", "taints"):
        key, value = text(taint, "key"), text(taint, "value")
        if text(taint, "effect") == "PreferNoSchedule" or key == _CORDON:
            continue
        if any(_tolerates(each, taint) for each in items(pod, "spec", "tolerations")):
            continue
        told = f"{key}{'=' if value else ''}{value}"
        way = (
            Way.CONTROL_PLANE if key in _CONTROL_PLANE
            else Way.NODE if key.startswith(_OWN_TAINTS)
            else Way.RESERVED
        )  # fmt: skip
        fix = "that went away" if way is Way.NODE else f"it tolerated {told}"
        yield Obstacle(way=way, why=f"taint {told} is not tolerated", fix=fix)


def _tolerates(toleration: Obj, taint: Obj) -> bool:
    key, effect = text(toleration, "key"), text(toleration, "effect")
    if effect and effect != text(taint, "effect"):
        return False
    if text(toleration, "operator") == "Exists":
        return not key or key == text(taint, "key")
    return key == text(taint, "key") and text(toleration, "value") == text(taint, "value")


def placement(objects: ObjectSet) -> Placement:
    """The cluster's nodes with what they have left; made once for all checks."""
    return objects.join(Placement)
