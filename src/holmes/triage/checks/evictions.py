"""Pods that were evicted, preempted or rejected by their node, and what they exceeded."""

from collections import defaultdict
from collections.abc import Iterator

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about_pods
from holmes.triage.fields import Obj, items, name_of, number, ref_of, text
from holmes.triage.logs import LogReader, quote
from holmes.triage.next_calls import describe
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import containers, is_over
from holmes.triage.said import innermost

# Kept by the garbage collector for long after; older ones are history.
_RECENT_SECONDS = 3600
# Ordinary ends: a node drained or shut down in good order, and a Job's own deadline.
_ORDINARY = frozenset({"NodeShutdown", "Terminated", "Shutdown", "DeadlineExceeded"})


def find(objects: ObjectSet, logs: LogReader) -> Iterator[Finding]:
    """One finding for each workload and reason with pods that their node ended."""
    for workload, pods in objects.workloads().items():
        ended: dict[str, list[Obj]] = defaultdict(list)
        for pod in pods:
            reason = text(pod, "status", "reason")
            failed = text(pod, "status", "phase") == "Failed"
            if failed and reason and reason not in _ORDINARY and _is_recent(objects, pod):
                ended[reason].append(pod)
        for reason, found in ended.items():
            yield _finding(objects, logs, workload, reason, found)


def _is_recent(objects: ObjectSet, pod: Obj) -> bool:
    ends = [text(each.ended, "finishedAt") for each in containers(pod)]
    # A pod that was rejected or evicted at once has no container that ended.
    ends += [text(each, "lastTransitionTime") for each in items(pod, "status", "conditions")]
    ends.append(text(pod, "status", "startTime"))
    return objects.age(max(ends, default="")) < _RECENT_SECONDS


def _finding(
    objects: ObjectSet, logs: LogReader, workload: ObjectRef, reason: str, found: list[Obj]
) -> Finding:
    last = max(found, key=lambda pod: text(pod, "metadata", "creationTimestamp"))
    said = text(last, "status", "message").strip()
    evidence = [f"pod {name_of(last)} status.reason {reason}: {said}"]
    limits = [(text(volume, "name"), text(volume, "emptyDir", "sizeLimit"))
              for volume in items(last, "spec", "volumes")]  # fmt: skip
    evidence += [f"volume {name}: emptyDir.sizeLimit {most}" for name, most in limits if most]
    heirs = [pod for pod in objects.pods_of(workload) if not is_over(pod)]
    for each in (container for pod in heirs[:1] for container in containers(pod)):
        lines = logs.read(each.log())
        evidence += [f"{each.log().source}: {quote(lines[-1])}"] if lines else []
    often = f"{len(found)} pods were" if len(found) > 1 else "a pod was"
    allowed = [f"{name} allows {most}" for name, most in limits if most and most not in said]
    why = "; ".join([innermost(said) or "no reason given", *allowed])
    cause = f"{often} {reason}: {why}"
    return about_pods(
        "evictions", objects, workload, found, cause, evidence, next_call=describe(ref_of(last)),
        explained_by=_node(last, said),
    )  # fmt: skip


def _node(pod: Obj, said: str) -> tuple[ObjectRef, ...]:
    """The node, where it ran short for everybody and not just for this pod."""
    node = text(pod, "spec", "nodeName")
    short = "low on resource" in said or number(pod, "spec", "priority") < 0
    return (ObjectRef(kind="Node", namespace="", name=node),) if node and short else ()
