"""Volume claims that stay unbound: no such StorageClass, no default, no volume that fits."""

from collections.abc import Iterator

from holmes.core.finding import Finding
from holmes.triage.about import about
from holmes.triage.fields import (
    Obj,
    dig,
    items,
    labels_of,
    mapping,
    name_of,
    namespace_of,
    quantity,
    ref_of,
    shown,
    text,
    words,
)
from holmes.triage.logs import LogReader
from holmes.triage.names import nearest
from holmes.triage.objects import ObjectSet
from holmes.triage.references import DEFAULT_CLASS, users
from holmes.triage.said import innermost

_LATE = "WaitForFirstConsumer"
_PATIENCE_SECONDS = 120
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
        elif phase == "Bound" and (small := _not_grown(objects, claim)):
            evidence = f"PersistentVolumeClaim {name_of(claim)}: {small}"
            yield about("storage", claim, "warning", small, [evidence])
    for each in objects.all("PersistentVolume"):
        if text(each, "status", "phase") == "Failed":
            said = text(each, "status", "message") or text(each, "status", "reason")
            cause = f"it could not be reclaimed (Failed): {innermost(said)}"
            yield about("storage", each, "warning", cause, [f"{ref_of(each)}: {said}"])


def _not_grown(objects: ObjectSet, claim: Obj) -> str:
    """Why a claim does not get the size that it asks for; empty where it has it, or may soon."""
    asked = text(claim, "spec", "resources", "requests", "storage")
    has = text(claim, "status", "capacity", "storage")
    if not has or quantity(asked) <= quantity(has):
        return ""
    events = objects.events(ref_of(claim), "VolumeResizeFailed", "FileSystemResizeFailed")
    states = [*mapping(claim, "status", "allocatedResourceStatuses").values(),
              *(text(each, "type") for each in items(claim, "status", "conditions"))]  # fmt: skip
    waits = "it grows once its pod is started again" * ("FileSystemResizePending" in states)
    stuck = next((each for each in states if str(each).endswith(("Infeasible", "Error"))), "")
    why = innermost(text(events[-1], "message")) if events else waits or stuck
    return why and f"it asks for {asked} and still has {has}: {why}"


def _why(objects: ObjectSet, claim: Obj) -> str:
    asked = dig(claim, "spec", "storageClassName")
    named_one = text(claim, "spec", "volumeName")
    if asked is None and not named_one:  # it gets the default class
        defaults = [each for each in objects.all("StorageClass")
                    if text(each, "metadata", "annotations", DEFAULT_CLASS) == "true"]  # fmt: skip
        asked = name_of(defaults[0]) if defaults else None
    if asked is None and not named_one:
        unknown = not objects.knows("StorageClass")
        none = "it names no StorageClass and there is no default one"
        return _last_event(objects, claim) if unknown else none
    if asked == "" or named_one:
        return _no_volume(objects, claim, str(asked or ""))
    named = objects.get("StorageClass", "", str(asked))
    if named is None:
        if not objects.knows("StorageClass"):
            return _last_event(objects, claim)
        existing = objects.names("StorageClass")
        near = nearest(str(asked), existing)
        there = f"{near} exists" if near else f"existing: {', '.join(existing) or 'none'}"
        by_hand = _no_volume(objects, claim, str(asked))
        other = f"; and {by_hand}" if objects.all("PersistentVolume") and by_hand else ""
        return f"StorageClass {asked} does not exist ({there}){other}"
    if text(named, "provisioner") == "kubernetes.io/no-provisioner":
        waits = text(named, "volumeBindingMode") == _LATE and not users(objects, claim)
        return "" if waits else _no_volume(objects, claim, str(asked))
    said = _last_event(objects, claim)
    if said or text(named, "volumeBindingMode") == _LATE:
        return said
    late = objects.age(text(claim, "metadata", "creationTimestamp")) > _PATIENCE_SECONDS
    provisioner = text(named, "provisioner")
    return f"provisioner {provisioner} of {asked} has not made a volume for it" if late else ""


def _no_volume(objects: ObjectSet, claim: Obj, asked: str) -> str:
    """Why no volume made by hand fits, or the one that is named: what is against the nearest."""
    wanted, every = text(claim, "spec", "volumeName"), objects.all("PersistentVolume")
    volumes = [each for each in every
               if (name_of(each) == wanted if wanted else _class(each) == asked)]  # fmt: skip
    if wanted and not volumes:
        missing = f"it names PersistentVolume {wanted}, which does not exist"
        return missing if objects.knows("PersistentVolume") else _last_event(objects, claim)
    if not volumes:
        free = [each for each in every if text(each, "status", "phase") == "Available"]
        others = [f"{name_of(each)} has {_class(each) or 'none'}" for each in free]
        there = f" ({', '.join(others[:2])})" if others else ""
        return f"no PersistentVolume of class {asked or '(none)'} is available{there}"
    against = [_against(objects, claim, each) for each in volumes]
    least: list[str] = min(against, key=lambda why: (len(why), "bound" in str(why)))
    return "; ".join(least) or _last_event(objects, claim)


def _class(obj: Obj) -> str:
    return text(obj, "spec", "storageClassName")


def _against(objects: ObjectSet, claim: Obj, volume: Obj) -> list[str]:
    """Everything that keeps a claim and a volume apart, in the claim's terms."""
    name, why = name_of(volume), []
    holder = mapping(volume, "spec", "claimRef")
    mine = (text(holder, "namespace"), text(holder, "name")) == (
        namespace_of(claim), name_of(claim),
    )  # fmt: skip
    phase = text(volume, "status", "phase")
    if (holder and not mine) or phase in {"Released", "Failed"}:
        who = f"{text(holder, 'namespace')}/{text(holder, 'name')}"
        why.append(f"PersistentVolume {name} is already bound to claim {who} ({phase})")
    if _class(volume) != _class(claim):
        there = _class(volume) or "(none)"
        why.append(f"it asks for class {_class(claim) or '(none)'}, {name} has {there}")
    selector = mapping(claim, "spec", "selector")
    if selector and not objects.selects(selector, volume):
        rules, theirs = shown(mapping(selector, "matchLabels")), shown(labels_of(volume))
        why.append(f"its selector {rules} does not match {name} (labels: {theirs or 'none'})")
    modes, offered = words(claim, "spec", "accessModes"), words(volume, "spec", "accessModes")
    if not set(modes) <= set(offered):
        why.append(
            f"it asks for access mode {', '.join(modes)}, {name} offers {', '.join(offered)}"
        )
    size = text(claim, "spec", "resources", "requests", "storage")
    capacity = text(volume, "spec", "capacity", "storage")
    if quantity(capacity) < quantity(size):
        why.append(f"it asks for {size}, {name} has {capacity}")
    kind = [text(each, "spec", "volumeMode") or "Filesystem" for each in (claim, volume)]
    if kind[0] != kind[1]:
        why.append(f"it asks for volumeMode {kind[0]}, {name} has {kind[1]}")
    return why


def _last_event(objects: ObjectSet, claim: Obj) -> str:
    events = objects.events(ref_of(claim), *_REASONS)
    return innermost(text(events[-1], "message")) if events else ""


def _finding(objects: ObjectSet, claim: Obj, why: str) -> Finding:
    name, phase = name_of(claim), text(claim, "status", "phase")
    pods = users(objects, claim)
    if volume := text(claim, "spec", "volumeName"):
        why = why if volume in why else f"{why} (it names PersistentVolume {volume})"
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
    named = text(claim, "spec", "storageClassName")
    of_class = f" (class {named})" if named and named not in why else ""
    stuck = f"; {users_text} can't start" if pods else ""
    cause = f"the claim is {phase}{of_class}: {why}{stuck}"
    return about(
        "storage", claim, "critical" if pods else "warning", cause, evidence,
        chain=(why, f"PersistentVolumeClaim {name} stays {phase}"),
        affected=(*map(ref_of, pods), *(each for each in workloads if each.kind != "Pod")),
    )  # fmt: skip
