"""The revisions of a workload that are kept, and what differs between two of them."""

from holmes.core.finding import ObjectRef
from holmes.triage.differences import changed
from holmes.triage.fields import Obj, items, labels_of, mapping, name_of, namespace_of, number, text
from holmes.triage.objects import ObjectSet

_REVISION = "deployment.kubernetes.io/revision"
_HASH = "controller-revision-hash"


def revisions(objects: ObjectSet, ref: ObjectRef) -> list[Obj]:
    """The ReplicaSets of a Deployment, the ControllerRevisions of others; the oldest first."""
    if ref.kind == "Deployment":
        return sorted(objects.replica_sets_of(ref), key=revision)
    owned = objects.join(_controller_revisions)
    return sorted(owned.get(ref, ()), key=revision)


def _controller_revisions(objects: ObjectSet) -> dict[ObjectRef, list[Obj]]:
    found: dict[ObjectRef, list[Obj]] = {}
    for each in objects.all("ControllerRevision"):
        found.setdefault(objects.workload(each), []).append(each)
    return found


def revision(kept: Obj) -> int:
    """The number of the revision; 0 where it has none."""
    value = text(mapping(kept, "metadata", "annotations"), _REVISION)
    return number(kept, "revision") or (int(value) if value.isdigit() else 0)


def belongs(pod: Obj, kept: Obj) -> bool:
    """Whether a pod is of a revision."""
    if namespace_of(pod) != namespace_of(kept):
        return False
    if "revision" in kept:  # a StatefulSet's label is the revision's name, a DaemonSet's its end
        return f"-{name_of(kept)}".endswith(f"-{labels_of(pod).get(_HASH)}")
    owners = items(pod, "metadata", "ownerReferences")
    return any(text(owner, "name") == name_of(kept) for owner in owners)


def template_changes(old: Obj, new: Obj) -> list[str]:
    """The leaves in which the pod templates of two revisions differ, as `path: old → new`."""
    return changed(_template(old), _template(new))


def _template(kept: Obj) -> Obj:
    return mapping(mapping(kept, "data") or kept, "spec", "template")
