"""Pods: the one table whose STATUS is a summary and no field."""

from dataclasses import dataclass
from datetime import datetime

from holmes.core.messages import JsonObject
from holmes.snapshot import fields
from holmes.snapshot.clock import age
from holmes.snapshot.tables.base import AGE, NAME, Column, column, condition, text, wide


@dataclass(kw_only=True, slots=True)
class _Summary:
    """What is gathered over a pod's containers."""

    status: str
    ready: int = 0
    restarts: int = 0
    last_restart: str = ""

    def count_restarts(self, container: JsonObject) -> None:
        self.restarts += fields.whole(container, "restartCount")
        finished = fields.text(container, "lastState", "terminated", "finishedAt")
        self.last_restart = max(self.last_restart, finished)


def _ready(pod: JsonObject) -> str:
    total = len(fields.objects(pod, "spec", "containers")) + len(_sidecars(pod))
    return f"{summarize(pod).ready}/{total}"


def _restarts(pod: JsonObject, now: datetime) -> str:
    summary = summarize(pod)
    if summary.restarts and summary.last_restart:
        return f"{summary.restarts} ({age(summary.last_restart, now)} ago)"
    return str(summary.restarts)


def summarize(pod: JsonObject) -> _Summary:
    """READY, STATUS and RESTARTS of a pod."""
    phase = fields.text(pod, "status", "phase")
    summary = _Summary(status=fields.text(pod, "status", "reason") or phase)
    if fields.text(condition(pod, "PodScheduled"), "reason") == "SchedulingGated":
        summary.status = "SchedulingGated"
    sidecars = _Summary(status="")
    starting = _count_init_containers(pod, summary, sidecars)
    if not starting or fields.text(condition(pod, "Initialized"), "status") == "True":
        # Once started, only sidecars' restarts count beside the containers' own.
        summary.restarts, summary.last_restart = sidecars.restarts, sidecars.last_restart
        _count_containers(pod, summary)
    if "deletionTimestamp" in fields.mapping(pod, "metadata"):
        if fields.text(pod, "status", "reason") == "NodeLost":
            summary.status = "Unknown"
        elif phase not in {"Failed", "Succeeded"}:
            summary.status = "Terminating"
    return summary


def _count_init_containers(pod: JsonObject, summary: _Summary, sidecars: _Summary) -> bool:
    """Whether the pod is still starting; the status then says at which init container."""
    names = _sidecars(pod)
    total = len(fields.objects(pod, "spec", "initContainers"))
    for done, container in enumerate(fields.objects(pod, "status", "initContainerStatuses")):
        summary.count_restarts(container)
        is_sidecar = fields.text(container, "name") in names
        if is_sidecar:
            sidecars.count_restarts(container)
        terminated = fields.mapping(container, "state", "terminated")
        if terminated and not fields.whole(terminated, "exitCode"):
            continue
        if is_sidecar and container.get("started") is True:
            summary.ready += container.get("ready") is True
            continue
        waiting = fields.text(container, "state", "waiting", "reason")
        if terminated:
            summary.status = f"Init:{_ended(terminated)}"
        elif waiting and waiting != "PodInitializing":
            summary.status = f"Init:{waiting}"
        else:
            summary.status = f"Init:{done}/{total}"
        return True
    return False


def _count_containers(pod: JsonObject, summary: _Summary) -> None:
    running = False
    # The first container's trouble is the one shown, so it is looked at last.
    for container in reversed(fields.objects(pod, "status", "containerStatuses")):
        summary.count_restarts(container)
        terminated = fields.mapping(container, "state", "terminated")
        if waiting := fields.text(container, "state", "waiting", "reason"):
            summary.status = waiting
        elif terminated:
            summary.status = _ended(terminated)
        elif container.get("ready") is True and "running" in fields.mapping(container, "state"):
            running = True
            summary.ready += 1
    if summary.status == "Completed" and running:
        ready = fields.text(condition(pod, "Ready"), "status") == "True"
        summary.status = "Running" if ready else "NotReady"


def _ended(terminated: JsonObject) -> str:
    if reason := fields.text(terminated, "reason"):
        return reason
    if signal := fields.whole(terminated, "signal"):
        return f"Signal:{signal}"
    return f"ExitCode:{fields.whole(terminated, 'exitCode')}"


def _sidecars(pod: JsonObject) -> frozenset[str]:
    return frozenset(
        fields.text(container, "name")
        for container in fields.objects(pod, "spec", "initContainers")
        if fields.text(container, "restartPolicy") == "Always"
    )


def _readiness_gates(pod: JsonObject) -> str:
    gates = fields.objects(pod, "spec", "readinessGates")
    if not gates:
        return "<none>"
    passed = sum(
        fields.text(condition(pod, fields.text(gate, "conditionType")), "status") == "True"
        for gate in gates
    )
    return f"{passed}/{len(gates)}"


TABLES = {
    "pods": (
        NAME,
        column("Ready", _ready),
        column("Status", lambda pod: summarize(pod).status),
        Column("Restarts", _restarts),
        AGE,
        *wide(
            text("IP", "status.podIP", "<none>"),
            text("Node", "spec.nodeName", "<none>"),
            text("Nominated Node", "status.nominatedNodeName", "<none>"),
            column("Readiness Gates", _readiness_gates),
        ),
    )
}
