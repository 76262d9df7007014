"""One incident: a healthy cluster, noise, one fault or two, and what cannot be seen of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from generated.fault import Expect, Fault, faults
from generated.noise import add_noise
from generated.settle import settle
from generated.shapes import SHAPES
from generated.world import World
from holmes.triage.collect import _TELLING
from holmes.triage.fields import Obj, items, name_of, namespace_of, text
from holmes.triage.logs import LogRequest
from holmes.triage.objects import ObjectSet, trim
from holmes.triage.resources import RESOURCES

# plain: the fault alone; noise: with the leftovers of other days; the others are noisy, too.
VARIANTS = ("plain", "noise", "no-events", "no-metrics", "forbidden", "two-faults")
# Kinds that an on-call engineer's role often may not list.
_FORBIDDEN = (
    "Secret",
    "PersistentVolume",
    "StorageClass",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "APIService",
    "Node",
    "Namespace",
)
_LISTED = frozenset(each.kind for each in RESOURCES) | {"Secret", "Lease"}
_LINES = 60


class Logs:
    """The ends of logs, as the kubelet serves them: the last 60 lines."""

    def __init__(self, world: World) -> None:
        self._logs = world.logs

    def read(self, request: LogRequest) -> Sequence[str]:
        """The lines; those of the current run where the previous one is gone."""
        found = self._logs.get(request)
        if found is None and request.previous:
            found = self._logs.get(
                LogRequest(
                    namespace=request.namespace, pod=request.pod, container=request.container
                )
            )
        return (found or ())[-_LINES:]


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """What a triage sees, and what it should say."""

    objects: ObjectSet
    logs: Logs
    expected: tuple[Expect, ...]


def healthy(shape: str, seed: int) -> Incident:
    """A cluster with nothing but noise, seen in each variant in turn."""
    world = _world(f"healthy {shape} {seed}", shape)
    add_noise(world)
    settle(world)
    variant = VARIANTS[seed % (len(VARIANTS) - 1)]
    return Incident(objects=_seen(world, variant, ()), logs=Logs(world), expected=())


def incident(fault: Fault, shape: str, variant: str, seed: int = 0) -> Incident | None:
    """A fault in a cluster; None where the variant would hide all that tells of it.

    Also None where two faults would meet in one app.
    """
    if variant == "no-events" and fault.only_events:
        return None
    world = _world(f"{fault.name} {shape} {variant} {seed}", shape)
    world.silent = variant == "no-events"
    broken = [fault]
    if variant == "two-faults":
        broken.insert(0, _companion(world, fault))
    expected = tuple(each.apply(world) for each in broken)
    if len(broken) > 1 and world.clash:
        return None
    if variant != "plain":
        add_noise(world)
    settle(world)
    return Incident(objects=_seen(world, variant, broken), logs=Logs(world), expected=expected)


def _world(seed: str, shape: str) -> World:
    world = World(seed, minor=24)
    world.minor = world.rng.randrange(24, 37)
    SHAPES[shape](world)
    return world


def _companion(world: World, fault: Fault) -> Fault:
    """A second fault of the same half, from those that break one app and nothing around it."""
    simple = [
        each
        for each in faults()
        if each.half == fault.half and each.name != fault.name and each.local
    ]
    return world.rng.choice(simple)


def _seen(world: World, variant: str, broken: Sequence[Fault]) -> ObjectSet:
    """The objects that a client reads, as `holmes scan` passes them on."""
    hidden: set[str] = set()
    if variant == "forbidden":
        needed = {kind for each in broken for kind in each.decisive}
        hidden = {kind for kind in _FORBIDDEN if kind not in needed}
    if variant != "no-metrics":
        _metrics(world)
    objects = [
        trim(obj)
        for obj in world.objects.values()
        if obj["kind"] in _LISTED - hidden
        and not (obj["kind"] == "Event" and not _told(obj, variant))
    ]
    kinds = _LISTED - hidden - ({"PodMetrics"} if variant == "no-metrics" else set())
    return ObjectSet(objects, kinds)


def _told(event: Obj, variant: str) -> bool:
    """Whether `holmes scan` hands an event to the checks."""
    if variant == "no-events":
        return False
    return text(event, "type") != "Normal" or text(event, "reason") in _TELLING


def _metrics(world: World) -> None:
    for pod in world.all("Pod"):
        running = [
            each for each in items(pod, "status", "containerStatuses") if "running" in each["state"]
        ]
        if not running or ("PodMetrics", namespace_of(pod), name_of(pod)) in world.objects:
            continue
        world.add(
            "PodMetrics",
            namespace_of(pod),
            name_of(pod),
            timestamp=world.ago(0.5),
            window="15s",
            containers=[
                {
                    "name": each["name"],
                    "usage": {
                        "cpu": f"{world.rng.randrange(1, 40)}m",
                        "memory": f"{world.rng.randrange(20, 60)}Mi",
                    },
                }
                for each in running
            ],
        )
