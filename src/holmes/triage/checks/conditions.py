"""Objects of operators, Gateway API, cert-manager that say of themselves that they aren't well."""

from collections.abc import Iterator

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about
from holmes.triage.fields import Obj, items, mapping, namespace_of, ref_of, text
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet
from holmes.triage.resources import BUILT_IN
from holmes.triage.routes import backends
from holmes.triage.said import innermost

# kstatus (Ready, Stalled), the conventions of the API (Available, Degraded), and Gateway API.
_BAD = {
    "Ready": "False", "Available": "False", "Accepted": "False", "ResolvedRefs": "False",
    "Programmed": "False", "Degraded": "True", "Stalled": "True",
}  # fmt: skip
# Of a route each Gateway says how it is there, of a Gateway each listener.
_PARTS = (("parents", "parentRef"), ("ancestors", "ancestorRef"), ("listeners", ""))
_PATIENCE_SECONDS = 60
# Operator Lifecycle Manager, Argo, Velero and others keep a phase; snapshots an error.
_FAILED = ("Failed", "Error")
_ENDS = ("finishedAt", "completionTime", "completionTimestamp")
_OVER_SECONDS = 3600


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each object with such a condition for a minute, with its message."""
    kinds = sorted(objects.counts().keys() - BUILT_IN)
    for kind in kinds:
        for obj in objects.all(kind):
            bad = [(where, each) for where, each in _conditions(obj) if _is_bad(objects, each)]
            if bad := bad or _failed(objects, obj):
                yield _finding(objects, obj, bad, kinds)


def _conditions(obj: Obj) -> Iterator[tuple[str, Obj]]:
    for each in items(obj, "status", "conditions"):
        yield "", each
    for field, named in _PARTS:
        for part in items(obj, "status", field):
            name = text(part, named, "name") if named else text(part, "name")
            yield from ((f" for {name}", each) for each in items(part, "conditions"))


def _is_bad(objects: ObjectSet, each: Obj) -> bool:
    wrong = text(each, "status") == _BAD.get(text(each, "type"), "")
    return wrong and objects.age(text(each, "lastTransitionTime")) > _PATIENCE_SECONDS


def _failed(objects: ObjectSet, obj: Obj) -> list[tuple[str, Obj]]:
    """What an object without such conditions says in its phase or error, as if it were one."""
    status = mapping(obj, "status")
    ended = next((text(status, each) for each in _ENDS if each in status), "")
    if ended and objects.age(ended) > _OVER_SECONDS:  # a run that was over long ago
        return []
    error = text(status, "error", "message")
    field = next((each for each in ("phase", "state") if status.get(each) in _FAILED), "")
    if not error and not field:
        return []
    said = error or text(status, "message")
    value = text(status, field) if field else "set"
    return [("", {"type": field or "error", "status": value, "reason": text(status, "reason"),
                  "message": said})]  # fmt: skip


def _finding(objects: ObjectSet, obj: Obj, bad: list[tuple[str, Obj]], kinds: list[str]) -> Finding:
    ref, (where, first) = ref_of(obj), bad[0]
    evidence = [
        f"{ref.kind} {ref.name} {_state(each)}{at} ({text(each, 'reason')}): "
        f"{text(each, 'message')}".replace(" ()", "")
        for at, each in bad
    ]
    reason = text(first, "reason")
    cause = f"{text(first, 'type')} is {text(first, 'status')}{where}"
    cause += f" ({reason})" if reason else ""
    said = innermost(text(first, "message"))
    return about(
        "conditions", ref, "warning", f"{cause}: {said}" if said else cause, evidence,
        explained_by=(*_named(obj, kinds), *_owned(objects, ref)),
    )  # fmt: skip


def _state(each: Obj) -> str:
    where = "condition" if text(each, "type")[:1].isupper() else "status"
    return f"{where} {text(each, 'type')} {text(each, 'status')}"


def _named(obj: Obj, kinds: list[str]) -> Iterator[ObjectRef]:
    """What the spec refers to: an issuer, a class, parent Gateways, backend Services."""
    yield from backends(obj)
    for key, value in mapping(obj, "spec").items():
        if key.endswith(("Ref", "Refs")):
            for each in value if isinstance(value, list) else [value]:
                kind = text(each, "kind") or ("Gateway" if key == "parentRefs" else "")
                if kind in kinds:
                    home = text(each, "namespace") or namespace_of(obj)
                    for namespace in (home, ""):
                        yield ObjectRef(kind=kind, namespace=namespace, name=text(each, "name"))


def _owned(objects: ObjectSet, ref: ObjectRef) -> tuple[ObjectRef, ...]:
    """What the object's controller made for it, whose trouble is its own."""
    owned = objects.join(_by_owner)
    return tuple(owned.get((ref.namespace, ref.kind.partition(".")[0], ref.name), ()))


def _by_owner(objects: ObjectSet) -> dict[tuple[str, str, str], list[ObjectRef]]:
    found: dict[tuple[str, str, str], list[ObjectRef]] = {}
    made = {"Deployment", "StatefulSet", "DaemonSet", "Job", "Service", "PersistentVolumeClaim"}
    for kind in (*sorted(objects.counts().keys() - BUILT_IN), *sorted(made), "Pod"):
        for obj in objects.all(kind):
            for owner in items(obj, "metadata", "ownerReferences"):
                key = (namespace_of(obj), text(owner, "kind"), text(owner, "name"))
                found.setdefault(key, []).append(ref_of(obj))
    return found
