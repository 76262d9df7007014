"""Objects that were deleted and don't go: finalizers, protection, a namespace with leftovers."""

from collections.abc import Iterator

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about
from holmes.triage.fields import Obj, items, name_of, number, ref_of, text, words
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import node_is_lost
from holmes.triage.references import users
from holmes.triage.said import innermost

_KINDS = (
    "Pod",
    "Namespace",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "Service",
    "Job",
    "Deployment",
)
# On top of a pod's own grace period.
_PATIENCE_SECONDS = 60


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each object that should have been gone for a minute."""
    for kind in _KINDS:
        for obj in objects.all(kind):
            deleted = text(obj, "metadata", "deletionTimestamp")
            # The API sets a pod's deletionTimestamp to the end of its grace period.
            if deleted and objects.age(deleted) > _PATIENCE_SECONDS:
                yield _finding(objects, obj, deleted)


def _finding(objects: ObjectSet, obj: Obj, deleted: str) -> Finding:
    ref = ref_of(obj)
    finalizers = [*words(obj, "metadata", "finalizers"), *words(obj, "spec", "finalizers")]
    minutes = objects.age(deleted) / 60
    evidence = [f"{ref.kind} {ref.name} metadata.deletionTimestamp {deleted}"]
    if finalizers:
        evidence[0] += f", finalizers {', '.join(finalizers)}"
    remaining = _remaining(obj)
    evidence += [f"condition {each}" for each in remaining[:2]]
    why, explained = _why(objects, obj, finalizers, remaining)
    cause = f"stuck Terminating for {minutes:.0f} min: {why}"
    return about("terminating", ref, "warning", cause, evidence, explained_by=explained)


def _why(
    objects: ObjectSet, obj: Obj, finalizers: list[str], remaining: list[str]
) -> tuple[str, tuple[ObjectRef, ...]]:
    if text(obj, "kind") == "Pod" and node_is_lost(objects, obj):
        node = ObjectRef(kind="Node", namespace="", name=text(obj, "spec", "nodeName"))
        return f"its node {node.name} no longer answers", (node,)
    if "kubernetes.io/pvc-protection" in finalizers:
        using = [f"pod {name_of(pod)} still uses it" for pod in users(objects, obj)]
        return using[0] if using else "pvc-protection is not lifted", ()
    if remaining:
        # What it says of finalizers names who would have to act; of content, only the kinds.
        named_first = sorted(remaining, key=lambda each: "Finalizers" not in each)
        return "; ".join(innermost(each, 300) for each in named_first[:2]), ()
    if finalizers:
        names = ", ".join(finalizers)
        return f"finalizer {names} is never removed by the controller that set it", ()
    grace = number(obj, "metadata", "deletionGracePeriodSeconds")
    return f"the kubelet has not ended it (grace period {grace} s)", ()


def _remaining(obj: Obj) -> list[str]:
    """What a namespace says still keeps it."""
    if text(obj, "kind") != "Namespace":
        return []
    return [
        f"{text(each, 'type')}: {text(each, 'message')}"
        for each in items(obj, "status", "conditions")
        if text(each, "status") == "True"
    ]
