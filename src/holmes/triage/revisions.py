"""A Deployment's revisions, and what differs between two of them."""

from holmes.core.finding import ObjectRef
from holmes.redaction.keys import kind_of
from holmes.triage.fields import Obj, items, mapping, name_of, namespace_of, text
from holmes.triage.logs import cut
from holmes.triage.objects import ObjectSet

_REVISION = "deployment.kubernetes.io/revision"


def revisions(objects: ObjectSet, deployment: ObjectRef) -> list[Obj]:
    """The ReplicaSets of a Deployment, the oldest revision first."""
    return sorted(objects.replica_sets_of(deployment), key=revision)


def revision(replica_set: Obj) -> int:
    """The number of the revision; 0 where it has none."""
    value = text(mapping(replica_set, "metadata", "annotations"), _REVISION)
    return int(value) if value.isdigit() else 0


def belongs(pod: Obj, replica_set: Obj) -> bool:
    """Whether a ReplicaSet owns the pod."""
    owners = items(pod, "metadata", "ownerReferences")
    same = namespace_of(pod) == namespace_of(replica_set)
    return same and any(text(owner, "name") == name_of(replica_set) for owner in owners)


def template_changes(old: Obj, new: Obj) -> list[str]:
    """The leaves in which the pod templates of two ReplicaSets differ, as `path: old → new`."""
    return changed(mapping(old, "spec", "template"), mapping(new, "spec", "template"))


def changed(old: object, new: object, path: str = "") -> list[str]:
    """The leaves in which two values differ, as `path: old → new`; lists match by name."""
    if old == new or path.endswith("labels.pod-template-hash"):
        return []
    if isinstance(old, dict) or isinstance(new, dict):
        before, after = _keyed(old), _keyed(new)
    elif isinstance(old, list) or isinstance(new, list):
        before, after = _named(old), _named(new)
    else:
        path = path.removeprefix("containers.").removesuffix(".value")
        # Behind an arrow nothing tells that a value belongs to a password.
        secret = kind_of(path.rpartition(".")[2])
        said = "value changed, not shown" if secret else f"{_shown(old)} → {_shown(new)}"
        return [f"{path.replace('.', ' ')}: {said}"]
    keys = [*after, *(key for key in before if key not in after)]
    return [
        change
        for key in keys
        for change in changed(before.get(key), after.get(key), f"{path}.{key}".removeprefix("."))
        if key != "metadata" or ".labels." not in change or "pod-template-hash" not in change
    ]


def object_changes(old: Obj | None, new: Obj | None) -> list[str]:
    """The leaves in which two states of an object differ; of a Secret only the keys."""
    if not old or not new:
        return [] if old == new else ["gone" if old else "new"]
    told = []
    if text(new, "kind") == "Secret":
        for held in ("data", "stringData"):
            before, after = mapping(old, held), mapping(new, held)
            keys = (key for key in {**before, **after} if before.get(key) != after.get(key))
            told += [f"{held} {key}: value changed, not shown" for key in keys]
        # Annotations may hold a copy of the values.
        old, new = ({"type": each.get("type")} for each in (old, new))
    return [*told, *changed(old, new)]


def _keyed(value: object) -> Obj:
    """A mapping without the levels that only make paths long."""
    if not isinstance(value, dict):
        return {}
    if "value" in value and set(value) <= {"name", "value"}:
        return {"value": value["value"]}
    if "spec" in value and "metadata" in value:
        return {**value["spec"], "labels": mapping(value, "metadata", "labels")}
    return value


def _named(value: object) -> Obj:
    if not isinstance(value, list):
        return {}
    return {
        str(each.get("name", number_)) if isinstance(each, dict) else str(number_): each
        for number_, each in enumerate(value)
    }


def _shown(value: object) -> str:
    return "(none)" if value is None else cut(str(value), 60)
