"""Which pod and which container of several is the one to look at: the one that fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

KubeObject: TypeAlias = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """A container's state; `reason` is why it waits or ended, `started` whether it ever ran."""

    name: str
    init: bool
    rank: int
    reason: str
    message: str
    started: bool
    has_previous: bool


def owned_by(pods: Sequence[KubeObject], kind: str, name: str) -> list[KubeObject]:
    """The pods of a workload, told by their owners.

    A Deployment's pods belong to ReplicaSets, a CronJob's to Jobs, and both are named after it
    with one more part. `kind` is any that kubectl takes, or empty for "whichever has that name".
    """
    return [pod for pod in pods if _belongs(pod, kind, name)]


def _belongs(pod: KubeObject, kind: str, name: str) -> bool:
    wanted = _OWNER_KINDS.get(kind.lower().split(".", 1)[0], "")
    for owner in _metadata(pod).get("ownerReferences") or ():
        owner_name, owner_kind = str(owner.get("name")), str(owner.get("kind"))
        through = {"ReplicaSet": "Deployment", "Job": "CronJob"}.get(owner_kind, "")
        if owner_name == name and wanted in {"", owner_kind}:
            return True
        if owner_name.rpartition("-")[0] == name and wanted in {"", through}:
            return True
    return False


_OWNER_KINDS = {
    alias: kind
    for kind, aliases in {
        "Deployment": "deploy deployment deployments",
        "ReplicaSet": "rs replicaset replicasets",
        "StatefulSet": "sts statefulset statefulsets",
        "DaemonSet": "ds daemonset daemonsets",
        "Job": "job jobs",
        "CronJob": "cj cronjob cronjobs",
    }.items()
    for alias in aliases.split()
}


def worst_first(pods: Sequence[KubeObject]) -> list[KubeObject]:
    """Pods by how badly they do; among equals, the newest first."""
    newest = sorted(
        pods, key=lambda pod: str(_metadata(pod).get("creationTimestamp")), reverse=True
    )
    return sorted(newest, key=pod_rank)


def pod_rank(pod: KubeObject) -> int:
    """0 for a container that waits with an error, up to 5 for a pod that is ready."""
    return min((container.rank for container in containers(pod)), default=_NOT_READY)


def pod_state(pod: KubeObject) -> str:
    """Why a pod is not well in a word or two, as its status says: Evicted, CrashLoopBackOff …"""
    status = pod.get("status") or {}
    if _metadata(pod).get("deletionTimestamp"):
        return "Terminating"
    if status.get("reason"):
        return str(status["reason"])
    worst = min(containers(pod), key=lambda container: container.rank, default=None)
    if worst is not None and worst.reason and worst.rank < _READY:
        return worst.reason
    if worst is not None and worst.rank == _NOT_READY:
        return "not ready"
    return str(status.get("phase", "Unknown"))


def containers(pod: KubeObject) -> list[Container]:
    """All containers, init containers first; those without a status have not started."""
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    found = []
    for key, states, init in (
        ("initContainers", "initContainerStatuses", True),
        ("containers", "containerStatuses", False),
    ):
        by_name = {item.get("name"): item for item in status.get(states) or ()}
        for item in spec.get(key) or ():
            name = str(item.get("name"))
            # A sidecar is an init container that goes on running beside the others.
            init_now = init and item.get("restartPolicy") != "Always"
            found.append(_container(name, by_name.get(name) or {}, init=init_now))
    return found


def failing_container(pod: KubeObject) -> Container | None:
    """The container that does worst; where all do well, the default one."""
    found = containers(pod)
    if not found:
        return None
    annotations = _metadata(pod).get("annotations") or {}
    default = annotations.get("kubectl.kubernetes.io/default-container")
    main = [item for item in found if not item.init] or found
    chosen = next((item for item in main if item.name == default), main[0])
    worst = min(found, key=lambda item: item.rank)
    return worst if worst.rank < chosen.rank else chosen


_WAITING_ERROR, _ENDED_BADLY, _CRASHED_BEFORE, _HOLDS_UP, _NOT_READY, _READY = range(6)
# Reasons to wait that are no error yet: the container's turn has not come.
_PATIENT = frozenset({"PodInitializing", "ContainerCreating", ""})


def _container(name: str, status: dict[str, Any], *, init: bool) -> Container:
    state, last = status.get("state") or {}, status.get("lastState") or {}
    detail: dict[str, Any] = next((value or {} for value in state.values()), {})
    reason = str(detail.get("reason") or "")
    return Container(
        name=name,
        init=init,
        rank=_rank(status, state, reason, init=init),
        reason=reason,
        message=" ".join(str(detail.get("message") or "").split()),
        started="running" in state or "terminated" in state or "terminated" in last,
        has_previous="terminated" in last,
    )


def _rank(status: dict[str, Any], state: dict[str, Any], reason: str, *, init: bool) -> int:
    last_code = ((status.get("lastState") or {}).get("terminated") or {}).get("exitCode")
    if "terminated" in state:
        return _READY if (state["terminated"] or {}).get("exitCode") == 0 else _ENDED_BADLY
    if "running" not in state:
        return _NOT_READY if reason in _PATIENT else _WAITING_ERROR
    if last_code:
        return _CRASHED_BEFORE
    if init:
        return _HOLDS_UP  # while an init container runs, the pod waits for it
    return _READY if status.get("ready") else _NOT_READY


def _metadata(value: KubeObject) -> dict[str, Any]:
    return value.get("metadata") or {}
