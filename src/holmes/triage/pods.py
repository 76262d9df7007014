"""Pods and their containers, as the checks look at them."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from holmes.core.finding import ObjectRef, Severity
from holmes.triage.fields import (
    Obj,
    condition,
    flag,
    items,
    mapping,
    name_of,
    namespace_of,
    number,
    ref_of,
    text,
    when,
    words,
)
from holmes.triage.logs import LogRequest
from holmes.triage.objects import ObjectSet, event_time

# A container that has run for this long since its last restart has recovered.
SETTLED_SECONDS = 600
# Ends of a container whose program never ran (containerd and CRI-O; Docker).
START_ERRORS = frozenset({"StartError", "ContainerCannotRun"})
# Between the Killing event and the end of a container lies its grace period.
_KILL_SECONDS = 90
# How what the kubelet ends ends: by SIGKILL, by SIGTERM, or in good order after SIGTERM (nginx).
_KILLED = frozenset({0, 137, 143})


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """One container of one pod: its spec beside its status (empty before it was created)."""

    pod: Obj
    spec: Obj
    status: Obj
    init: bool

    @property
    def name(self) -> str:
        """The container's name."""
        return text(self.spec, "name")

    @property
    def waiting(self) -> str:
        """Why it waits (CrashLoopBackOff, ImagePullBackOff …), or empty."""
        return text(self.status, "state", "waiting", "reason")

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return bool(mapping(self.status, "state", "running"))

    @property
    def ended(self) -> Obj:
        """How its last run ended: of the current state, else of the one before; may be empty."""
        return mapping(self.status, "state", "terminated") or mapping(
            self.status, "lastState", "terminated"
        )

    @property
    def restarts(self) -> int:
        """How often it was restarted."""
        return number(self.status, "restartCount")

    @property
    def ready(self) -> bool:
        """Whether it is ready."""
        return flag(self.status, "ready")

    def log(self, *, previous: bool = False, urgent: bool = True) -> LogRequest:
        """The request for its log."""
        return LogRequest(
            namespace=namespace_of(self.pod),
            pod=name_of(self.pod),
            container=self.name,
            previous=previous,
            urgent=urgent,
        )

    def last_words(self) -> LogRequest:
        """The request for the log of its last failed run."""
        now_ended = bool(mapping(self.status, "state", "terminated"))
        return self.log(previous=self.restarts > 0 and not now_ended)


def containers(pod: Obj) -> Iterator[Container]:
    """The init containers and containers of a pod."""
    for specs, statuses, init in (
        ("initContainers", "initContainerStatuses", True),
        ("containers", "containerStatuses", False),
    ):
        every = items(pod, "spec", specs)
        found = items(pod, "status", statuses) if every else ()
        by_name = {text(each, "name"): each for each in found}
        for spec in every:
            status = by_name.get(text(spec, "name"), {})
            yield Container(pod=pod, spec=spec, status=status, init=init)


def is_ready(pod: Obj) -> bool:
    """Whether its Ready condition is true."""
    return text(condition(pod, "Ready"), "status") == "True"


def is_over(pod: Obj) -> bool:
    """Whether it has ended (Succeeded, Failed, evicted) or is being deleted."""
    return text(pod, "status", "phase") in {"Succeeded", "Failed"} or is_terminating(pod)


def is_terminating(pod: Obj) -> bool:
    """Whether it was asked to go."""
    return bool(text(pod, "metadata", "deletionTimestamp"))


def node_is_lost(objects: ObjectSet, pod: Obj) -> bool:
    """Whether its node stopped reporting, so that its status is only the last one known."""
    return text(pod, "spec", "nodeName") in objects.join(lost_nodes)


def lost_nodes(objects: ObjectSet) -> frozenset[str]:
    """The names of the nodes that stopped reporting."""
    return frozenset(
        name_of(node)
        for node in objects.all("Node")
        if text(condition(node, "Ready"), "status") in {"False", "Unknown"}
    )


def is_judged(objects: ObjectSet, pod: Obj) -> bool:
    """Whether its status says something about itself: not ended, and on a living node."""
    return not is_over(pod) and not node_is_lost(objects, pod)


def judged(objects: ObjectSet) -> Iterable[tuple[ObjectRef, list[Obj]]]:
    """Each workload with those of its pods that have not ended and are on a living node."""
    return objects.join(_judged)


def _judged(objects: ObjectSet) -> list[tuple[ObjectRef, list[Obj]]]:
    alive = (
        (workload, [pod for pod in pods if is_judged(objects, pod)])
        for workload, pods in objects.workloads().items()
    )
    return [(workload, pods) for workload, pods in alive if pods]


def _troubled(objects: ObjectSet) -> list[tuple[ObjectRef, list[Container]]]:
    """The containers of each workload that aren't ready or have ended before: few of many."""
    found = [
        (workload, [each for pod in pods for each in containers(pod)
                    if not each.ready or each.ended])
        for workload, pods in judged(objects)
    ]  # fmt: skip
    return [(workload, troubled) for workload, troubled in found if troubled]


def grouped(
    objects: ObjectSet, key: Callable[[Container], str]
) -> Iterator[tuple[ObjectRef, str, list[Container]]]:
    """The troubled containers of each workload by what `key` says of them, if anything."""
    for workload, troubled in objects.join(_troubled):
        found: dict[str, list[Container]] = {}
        for each in troubled:
            if said := key(each):
                found.setdefault(said, []).append(each)
        for said, alike in found.items():
            yield workload, said, alike


def severity_of(objects: ObjectSet, workload: ObjectRef) -> Severity:
    """Critical where none of a workload's pods is ready, warning where some are."""
    alive = (pod for pod in objects.pods_of(workload) if not node_is_lost(objects, pod))
    return (
        "warning" if any(is_ready(pod) and not is_terminating(pod) for pod in alive) else "critical"
    )


def refs(pods: Iterable[Obj]) -> tuple[ObjectRef, ...]:
    """References to pods."""
    return tuple(ref_of(pod) for pod in pods)


def seconds_alive(container: Container) -> float:
    """How long its last run lasted; 0 where that is not known."""
    started = when(text(container.ended, "startedAt"))
    finished = when(text(container.ended, "finishedAt"))
    return (finished - started).total_seconds() if started and finished else 0.0


def patience(probe: Obj) -> int:
    """Seconds after the container's start in which a probe may fail before it counts."""
    period = number(probe, "periodSeconds") or 10
    failures = number(probe, "failureThreshold") or 3
    return number(probe, "initialDelaySeconds") + period * failures


def killed_by_probe(objects: ObjectSet, container: Container) -> str:
    """The probe for which the kubelet ended the last run of a container, or empty.

    By the Killing event, if it fits the time at which the container ended; else by the probe's own
    failures; and where such events have aged out, by how long the container lived: one that is
    killed as long after its start as its probe allows was most likely killed for it.
    """
    probes = [each for each in ("startupProbe", "livenessProbe") if container.spec.get(each)]
    ended, code = container.ended, number(container.ended, "exitCode")
    if not probes or not container.restarts or text(ended, "reason") == "OOMKilled":
        return ""
    finished = objects.age(text(ended, "finishedAt"))
    told = [
        text(event, "message")
        for event in container_events(objects, container, "Killing")
        if abs(objects.age(event_time(event)) - finished) < _KILL_SECONDS
        and not text(event, "message").startswith("Stopping container")
    ]
    failed = container_events(objects, container, "Unhealthy") if code in _KILLED else []
    said = " ".join([*told, *(text(event, "message") for event in failed)]).lower()
    for probe in reversed(probes):
        if f"{probe.removesuffix('Probe')} probe" in said:
            return probe
    if told:
        return probes[0] if container.status.get("started") is False else probes[-1]
    # Where there still are events, that of a kill would be there as well.
    gone = code in _KILLED and not container_events(objects, container, "BackOff")
    # A liveness probe begins once the startup probe has succeeded: where the container dies again
    # and again while it starts, that is the likelier of the two.
    return probes[0] if gone and any(_fits(container, each) for each in probes) else ""


def _fits(container: Container, name: str) -> bool:
    probe = mapping(container.spec, name)
    period = number(probe, "periodSeconds") or 10
    grace = number(container.pod, "spec", "terminationGracePeriodSeconds") or 30
    earliest = patience(probe) - period - 1
    return earliest <= seconds_alive(container) <= patience(probe) + period + grace


def container_events(objects: ObjectSet, container: Container, *reasons: str) -> list[Obj]:
    """The events about one container of a pod, oldest first.

    `fieldPath` names the container where it is set; without it the message may, and where no other
    container of the pod is named, the event can only be about this one.
    """
    others = [each.name for each in containers(container.pod) if each.name != container.name]
    return [
        event
        for event in objects.events(ref_of(container.pod), *reasons)
        if _is_about(event, container.name, others)
    ]


def _is_about(event: Obj, name: str, others: Sequence[str]) -> bool:
    where = text(event, "involvedObject", "fieldPath")
    if "{" in where:
        return f"{{{name}}}" in where
    told = re.split(r"[\s,:;\"']+", text(event, "message"))
    return name in told or not any(other in told for other in others)


def container_ports(pod: Obj) -> list[Obj]:
    """All declared ports, sidecars (restartable init containers) included."""
    every = (*items(pod, "spec", "initContainers"), *items(pod, "spec", "containers"))
    return [port for each in every for port in items(each, "ports")]


def listens_on(pod: Obj) -> list[int]:
    """The declared port numbers."""
    return [number(port, "containerPort") for port in container_ports(pod)]


def environment(spec: Obj) -> dict[str, str]:
    """A container's literal environment; what comes from elsewhere is named, never read."""
    return {
        text(each, "name"): f"from {next(iter(source))}"
        if (source := each.get("valueFrom"))
        else text(each, "value")
        for each in items(spec, "env")
    }


def command_line(spec: Obj) -> str:
    """Command and arguments in one line."""
    parts = [*words(spec, "command"), *words(spec, "args")]
    return " ".join(parts)


def state_word(pod: Obj) -> str:
    """What ails a pod, in the words of `kubectl get pods`."""
    if is_terminating(pod):
        return "Terminating"
    reason = text(pod, "status", "reason")
    if reason:
        return reason
    for each in containers(pod):
        why = each.waiting or text(each.status, "state", "terminated", "reason")
        if why and why not in {"Completed", "PodInitializing"}:
            return f"Init:{why}" if each.init else why
    if text(pod, "status", "phase") == "Running" and not is_ready(pod):
        return "Running, not ready"
    return text(pod, "status", "phase")
