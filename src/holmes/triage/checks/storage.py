"""Volume claims that stay unbound: no such StorageClass, no default, no volume that fits."""

from collections.abc import Iterator

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.fields import (
    Obj,
    dig,
    items,
    mapping,
    name_of,
    namespace_of,
    quantity,
    ref_of,
    text,
    words,
)
from holmes.triage.logs import LogReader
from holmes.triage.names import nearest
from holmes.triage.next_calls import describe
from holmes.triage.objects import ObjectSet
from holmes.triage.said import innermost

_DEFAULT = "storageclass.kubernetes.io/is-default-class"
_REASONS = ("ProvisioningFailed", "FailedBinding", "FailedMount", "VolumeMismatch")


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each claim that is Lost, or Pending for a reason other than waiting."""
    for claim in objects.all("PersistentVolumeClaim"):
        phase = text(claim, "status", "phase")
        if phase == "Lost":
            volume = text(claim, "spec", "volumeName")
            yield _finding(objects, claim, f"its volume {volume} no longer exists (Lost)")
        elif phase == "Pending" and (why := _why(objects, claim)):
            yield _finding(objects, claim, why)


def users(objects: ObjectSet, claim: Obj) -> list[Obj]:
    """The pods that mount a claim."""
    name, namespace = name_of(claim), namespace_of(claim)
    return [
        pod
        for pod in objects.within(namespace, "Pod")
        for volume in items(pod, "spec", "volumes")
        if text(volume, "persistentVolumeClaim", "claimName") == name
    ]


def _why(objects: ObjectSet, claim: Obj) -> str:
    asked = dig(claim, "spec", "storageClassName")
    if asked is None:
        return "" if _default(objects) else "it names no StorageClass and there is no default one"
    if asked == "":
        return _no_volume(objects, claim, "")
    named = objects.get("StorageClass", "", str(asked))
    if named is None:
        if not objects.knows("StorageClass"):
            return _last_event(objects, claim)
        existing = objects.names("StorageClass")
        near = nearest(str(asked), existing)
        there = f"{near} exists" if near else f"existing: {', '.join(existing) or 'none'}"
        return f"StorageClass {asked} does not exist ({there})"
    if text(named, "volumeBindingMode") == "WaitForFirstConsumer" and not users(objects, claim):
        return ""
    if text(named, "provisioner") == "kubernetes.io/no-provisioner":
        return _no_volume(objects, claim, str(asked))
    return _last_event(objects, claim)


def _default(objects: ObjectSet) -> bool:
    return any(
        text(mapping(each, "metadata", "annotations"), _DEFAULT) == "true"
        for each in objects.all("StorageClass")
    )


def _no_volume(objects: ObjectSet, claim: Obj, storage_class: str) -> str:
    """Why none of the volumes made by hand fits."""
    free = [
        volume
        for volume in objects.all("PersistentVolume")
        if text(volume, "spec", "storageClassName") == storage_class
        and text(volume, "status", "phase") == "Available"
    ]
    modes = words(claim, "spec", "accessModes")
    fitting = [each for each in free if set(modes) <= set(words(each, "spec", "accessModes"))]
    size = text(claim, "spec", "resources", "requests", "storage")
    if not free:
        return f"no PersistentVolume of class {storage_class or '(none)'} is available"
    if not fitting:
        offered = ", ".join(words(free[0], "spec", "accessModes"))
        return f"it asks for access mode {', '.join(modes)}, {name_of(free[0])} offers {offered}"
    largest = max(fitting, key=lambda each: quantity(dig(each, "spec", "capacity", "storage")))
    offered = text(largest, "spec", "capacity", "storage")
    if quantity(offered) < quantity(size):
        return f"it asks for {size}, the largest free volume ({name_of(largest)}) has {offered}"
    return _last_event(objects, claim)


def _last_event(objects: ObjectSet, claim: Obj) -> str:
    events = objects.events(ref_of(claim), *_REASONS)
    return innermost(text(events[-1], "message")) if events else ""


def _finding(objects: ObjectSet, claim: Obj, why: str) -> Finding:
    name, phase = name_of(claim), text(claim, "status", "phase")
    pods = users(objects, claim)
    workloads = list(dict.fromkeys(objects.workload(pod) for pod in pods))
    evidence = [
        (
            f"PersistentVolumeClaim {name}: status.phase {phase}, spec.storageClassName "
            f"{text(claim, 'spec', 'storageClassName') or '(none)'}"
        )
    ]
    events = objects.events(ref_of(claim), *_REASONS)
    evidence += [f"event {text(each, 'reason')}: {text(each, 'message')}" for each in events[-1:]]
    users_text = ", ".join(name_of(pod) for pod in pods[:3])
    return Finding(
        check="storage",
        severity="critical" if pods else "warning",
        kind="PersistentVolumeClaim",
        namespace=namespace_of(claim),
        name=name,
        cause=f"the claim is {phase}: {why}" + (f"; {users_text} can't start" if pods else ""),
        chain=(why, f"PersistentVolumeClaim {name} stays {phase}"),
        evidence=tuple(evidence),
        affected=(*map(ref_of, pods), *(each for each in workloads if not _is_bare(each))),
        next_call=describe(ref_of(claim)),
    )


def _is_bare(ref: ObjectRef) -> bool:
    return ref.kind == "Pod"
