"""What the scheduler and the controllers write about pods that are on no node."""

from collections.abc import Mapping, Sequence
from copy import deepcopy

from generated.revise import current_set
from generated.states import forget_logs
from generated.world import App, World
from holmes.triage.fields import Obj, name_of

_UNRESOLVABLE = (
    "taint",
    "selector",
    "unschedulable",
    "affinity conflict",
    "PersistentVolume's node affinity",
    "missing required label",
)


def unschedulable(
    world: World,
    pods: Sequence[Obj],
    reasons: Mapping[str, int],
    *,
    whole: str = "",
    complete: bool = False,
) -> None:
    """Pods that no node takes, in the scheduler's words.

    Control planes are added to the reasons, unless these are `complete`; `whole` is a reason that
    is found before any node is looked at.
    """
    total = len(world.nodes(control_plane=True))
    counted = dict(reasons)
    masters = total - len(world.nodes())
    if masters and not complete:
        why = taint(world, "node-role.kubernetes.io/control-plane", "")
        counted[why] = counted.get(why, 0) + masters
    said = ", ".join(sorted(f"{count} {why}" for why, count in counted.items()))
    message = f"0/{total} nodes are available: {whole or said}."
    if world.minor >= 34:
        message += " no new claims to deallocate,"
    # Since 1.34, more than a node has at all is nothing that preemption could help with.
    hopeless = bool(whole) or (world.minor >= 34 and any("Insufficient" in why for why in reasons))
    preemption = _preemption(counted, hopeless=hopeless)
    message += f" preemption: 0/{total} nodes are available: {preemption}."
    if 26 <= world.minor < 30:
        message += "."
    for pod in pods:
        pod["spec"].pop("nodeName", None)
        kept = {"phase": "Pending", "qosClass": pod["status"].get("qosClass", "Burstable")}
        pod["status"] = {
            **kept,
            "conditions": [
                {
                    "type": "PodScheduled",
                    "status": "False",
                    "reason": "Unschedulable",
                    "message": message,
                    "lastProbeTime": None,
                    "lastTransitionTime": world.ago(world.since),
                }
            ],
        }
        forget_logs(world, pod)
        world.event(pod, "FailedScheduling", message, source="default-scheduler")


def _preemption(counted: Mapping[str, int], *, hopeless: bool) -> str:
    never = sum(
        count
        for why, count in counted.items()
        if hopeless or any(word in why for word in _UNRESOLVABLE)
    )
    maybe = sum(counted.values()) - never
    parts = [
        (never, "Preemption is not helpful for scheduling"),
        (maybe, "No preemption victims found for incoming pod"),
    ]
    return ", ".join(sorted(f"{count} {why}" for count, why in parts if count))


def taint(world: World, key: str, value: str) -> str:
    """The scheduler's reason for a taint, in the words of this version."""
    if world.minor >= 35:
        return "node(s) had untolerated taint(s)"
    return f"node(s) had untolerated taint {{{key}: {value}}}"


def node_affinity_conflict(world: World) -> str:
    if world.minor >= 33:
        return "node(s) didn't match PersistentVolume's node affinity"
    return "node(s) had volume node affinity conflict"


def refused(world: World, app: App, error: str) -> Obj:
    """A Deployment whose new pods the API server refuses; the ReplicaSet, which says why.

    `NAME` in the error is the name of the pod that was refused.
    """
    for pod in world.pods(app):
        world.remove("Pod", app.namespace, name_of(pod))
    owner = current_set(world, app)
    owner["spec"]["template"]["spec"] = deepcopy(world.workload(app)["spec"]["template"]["spec"])
    world.rolled.add(name_of(owner))
    for _ in range(2):
        said = error.replace("NAME", f"{name_of(owner)}-{world.suffix()}")
        world.event(
            owner, "FailedCreate", f"Error creating: {said}", source="replicaset-controller"
        )
    owner["status"] |= {
        "conditions": [
            {
                "type": "ReplicaFailure",
                "status": "True",
                "reason": "FailedCreate",
                "message": said,
                "lastTransitionTime": world.ago(world.since),
            }
        ]
    }
    return owner
