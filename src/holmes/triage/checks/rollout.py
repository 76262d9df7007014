"""Rollouts that got stuck, with what changed between the old pods and the new ones."""

from collections.abc import Iterator

from holmes.core.finding import Finding
from holmes.triage.about import about
from holmes.triage.fields import (
    Obj,
    condition,
    items,
    mapping,
    name_of,
    namespace_of,
    number,
    ref_of,
    text,
)
from holmes.triage.logs import LogReader, cut
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import is_ready, refs

_REVISION = "deployment.kubernetes.io/revision"
_MOST_CHANGES = 5
_PATIENCE_SECONDS = 60


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each Deployment whose newest revision does not become ready."""
    for deployment in objects.all("Deployment"):
        revisions = _revisions(objects, deployment)
        if len(revisions) < 2 or text(condition(deployment, "Progressing"), "status") == "":
            continue
        new, old = revisions[-1], revisions[-2]
        wanted = number(new, "spec", "replicas")
        ready = number(new, "status", "readyReplicas")
        # A rollout goes on as long as its last pod is young; the deadline ends that.
        made = [text(each, "metadata", "creationTimestamp")
                for each in (new, *objects.pods_of(ref_of(deployment)))
                if each is new or _belongs(each, new)]  # fmt: skip
        over = text(condition(deployment, "Progressing"), "status") == "False"
        if wanted and ready < wanted and (over or objects.age(max(made)) > _PATIENCE_SECONDS):
            yield _finding(objects, deployment, new, old)


def _revisions(objects: ObjectSet, deployment: Obj) -> list[Obj]:
    return sorted(objects.replica_sets_of(ref_of(deployment)), key=_revision)


def _revision(replica_set: Obj) -> int:
    value = text(mapping(replica_set, "metadata", "annotations"), _REVISION)
    return int(value) if value.isdigit() else 0


def _finding(objects: ObjectSet, deployment: Obj, new: Obj, old: Obj) -> Finding:
    ref = ref_of(deployment)
    serving = sum(is_ready(pod) for pod in objects.pods_of(ref) if not _belongs(pod, new))
    pods = [pod for pod in objects.pods_of(ref) if _belongs(pod, new)]
    changes = changed(mapping(old, "spec", "template"), mapping(new, "spec", "template"))
    shown = cut("; ".join(changes[:_MOST_CHANGES]), 300) or "nothing in the pod template"
    still = f"; {serving} old pod{'s' * (serving != 1)} still serve" if serving else ""
    cause = f"the rollout of revision {_revision(new)} is stuck{still}"
    return about(
        "rollout", deployment, "warning" if serving else "critical", cause,
        (f"changed in revision {_revision(new)} ({name_of(new)}): {shown}",), affected=refs(pods),
        explained_by=(ref, *refs(pods)),
    )  # fmt: skip


def _belongs(pod: Obj, replica_set: Obj) -> bool:
    owners = items(pod, "metadata", "ownerReferences")
    same = namespace_of(pod) == namespace_of(replica_set)
    return same and any(text(owner, "name") == name_of(replica_set) for owner in owners)


def changed(old: object, new: object, path: str = "") -> list[str]:
    """The leaves in which two pod templates differ, as `path: old → new`; lists match by name."""
    if old == new or path.endswith("labels.pod-template-hash"):
        return []
    if isinstance(old, dict) or isinstance(new, dict):
        before, after = _keyed(old), _keyed(new)
    elif isinstance(old, list) or isinstance(new, list):
        before, after = _named(old), _named(new)
    else:
        where = path.removeprefix("containers.").removesuffix(".value").replace(".", " ")
        return [f"{where}: {_shown(old)} → {_shown(new)}"]
    keys = [*after, *(key for key in before if key not in after)]
    return [
        change
        for key in keys
        for change in changed(before.get(key), after.get(key), f"{path}.{key}".removeprefix("."))
        if key != "metadata" or ".labels." not in change or "pod-template-hash" not in change
    ]


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
