"""What changed, as a cluster's objects tell it: one function for each sort of change."""

from collections.abc import Iterator
from itertools import pairwise

from holmes.core.finding import Change, ObjectRef
from holmes.triage.fields import (
    Obj,
    dig,
    items,
    mapping,
    name_of,
    number,
    ref_of,
    text,
    when,
    words,
)
from holmes.triage.logs import cut
from holmes.triage.objects import ObjectSet, event_time
from holmes.triage.revisions import revision, revisions, template_changes

_MOST_DIFFERENCES = 3
_DEADLINE_SECONDS = 600  # of a rollout, where none is said
_MADE = ("metadata", "creationTimestamp")


def bad_conditions(obj: Obj) -> Iterator[str]:
    """When each condition came that says that something is wrong, of the kinds that all know."""
    bad = {"Ready": "False", "Available": "False", "PodScheduled": "False", "Failed": "True"}
    if text(obj, "kind") == "Node":
        bad = {"Ready": "True", "MemoryPressure": "False", "DiskPressure": "False",
               "PIDPressure": "False", "NetworkUnavailable": "False"}  # fmt: skip
    for each in items(obj, "status", "conditions"):
        wanted, status = bad.get(text(each, "type"), ""), text(each, "status")
        if wanted and (status != wanted if text(obj, "kind") == "Node" else status == wanted):
            yield text(each, "lastTransitionTime")


def rollouts(objects: ObjectSet, ref: ObjectRef, whose: str = "") -> Iterator[Change]:
    """The revisions of a workload that are kept, each by what it changed, the oldest first."""
    known = revisions(objects, ref)
    if known:
        first = "made" if revision(known[0]) == 1 else "earlier ones are not kept"
        yield _rollout(ref, whose, known[0], [first])
    edited = text(objects.find(ref), "metadata", "editedAt")
    for old, new in pairwise(known):
        told = template_changes(old, new)
        back = text(old, *_MADE) > text(new, *_MADE)
        # An earlier ReplicaSet that was taken again does not say when; the edit does.
        at = max(text(old, *_MADE), edited if new is known[-1] else "") if back else ""
        yield _rollout(ref, whose, new, told, at)


def _rollout(ref: ObjectRef, whose: str, new: Obj, told: list[str], back: str = "") -> Change:
    made = text(new, *_MADE)
    said = f"{whose}revision {revision(new)}: {'; '.join(told[:_MOST_DIFFERENCES]) or 'as before'}"
    said = f"{cut(said, 200)} (back to a template of {made})" if back else cut(said, 200)
    return Change(what="rollout", ref=ref, at=back or made, said=said)


def drifts(objects: ObjectSet, ref: ObjectRef, known: str = "") -> Iterator[Change]:
    """What of an object is not as its manifest was last applied, and not in what is `known`.

    When it changed is not always known.
    """
    obj = objects.find(ref)
    told = [each for each in words(obj, "metadata", "drift") if each not in known]
    if any(True for _ in scalings(objects, ref)):  # as many as its autoscaler wants
        told = [each for each in told if not each.startswith("replicas:")]
    if told:
        who = text(obj, "metadata", "editedBy")
        by = f" by {who}" if who else ""
        what = f"{ref.kind} {ref.name} changed{by} since it was applied"
        said = cut(f"{what}: {'; '.join(told)}", 240)
        yield Change(what="config", ref=ref, at=text(obj, "metadata", "editedAt"), said=said)


def edits(objects: ObjectSet, ref: ObjectRef) -> Iterator[Change]:
    """An object's last edit, by who made it and what it changed, or that it was made."""
    obj = objects.find(ref)
    made, edited = text(obj, "metadata", "creationTimestamp"), text(obj, "metadata", "editedAt")
    if edited > made:
        who = text(obj, "metadata", "editedBy")
        said = f"{ref.kind} {ref.name} edited ({who})"
        plain = Change(what="config", ref=ref, at=edited, said=said)
        yield next(drifts(objects, ref), plain)
    elif made:
        yield Change(what="config", ref=ref, at=made, said=f"{ref.kind} {ref.name} made")


def scalings(objects: ObjectSet, ref: ObjectRef) -> Iterator[Change]:
    """When each HorizontalPodAutoscaler of a workload last changed its number of pods."""
    for scaler in objects.within(ref.namespace, "HorizontalPodAutoscaler"):
        target = mapping(scaler, "spec", "scaleTargetRef")
        if (text(target, "kind"), text(target, "name")) == (ref.kind, ref.name):
            to = text(scaler, "status", "desiredReplicas")
            yield Change(
                what="scaling", ref=ref_of(scaler), at=text(scaler, "status", "lastScaleTime"),
                said=f"HorizontalPodAutoscaler {name_of(scaler)} scaled {ref.name} to {to}",
            )  # fmt: skip


def scaled(objects: ObjectSet, ref: ObjectRef) -> Iterator[Change]:
    """When a Deployment was scaled by hand or by a controller, as its events tell.

    A rollout scales, too: what comes within its deadline is of the rollout.
    """
    deployment = objects.find(ref)
    deadline = number(deployment, "spec", "progressDeadlineSeconds") or _DEADLINE_SECONDS
    made = (when(text(each, *_MADE)) for each in revisions(objects, ref))
    rolled = [at.timestamp() for at in made if at]
    for event in objects.events(ref, "ScalingReplicaSet"):
        at = when(event_time(event))
        if at and all(not 0 <= at.timestamp() - each <= deadline for each in rolled):
            said = cut(text(event, "message"), 200)
            yield Change(what="scaling", ref=ref, at=event_time(event), said=said)


def of_node(node: Obj) -> Iterator[Change]:
    """When a node became unwell, and when it got each taint."""
    ref = ref_of(node)
    for at in bad_conditions(node):
        yield Change(what="node", ref=ref, at=at, said=f"node {ref.name} became unwell")
    for taint in items(node, "spec", "taints"):
        if dig(taint, "timeAdded"):
            said = f"node {ref.name} got taint {text(taint, 'key')}"
            yield Change(what="node", ref=ref, at=text(taint, "timeAdded"), said=said)
