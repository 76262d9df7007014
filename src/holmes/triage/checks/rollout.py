"""Rollouts that got stuck, with what changed between the old pods and the new ones."""

from collections.abc import Iterator

from holmes.core.finding import Finding
from holmes.triage.about import about
from holmes.triage.fields import Obj, condition, name_of, number, ref_of, text
from holmes.triage.logs import LogReader, cut
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import is_ready, refs
from holmes.triage.revisions import belongs, revision, revisions, template_changes

_MOST_CHANGES = 5
_PATIENCE_SECONDS = 60


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each Deployment whose newest revision does not become ready."""
    for deployment in objects.all("Deployment"):
        known = revisions(objects, ref_of(deployment))
        if len(known) < 2 or text(condition(deployment, "Progressing"), "status") == "":
            continue
        new, old = known[-1], known[-2]
        wanted = number(new, "spec", "replicas")
        ready = number(new, "status", "readyReplicas")
        # A rollout goes on as long as its last pod is young; the deadline ends that.
        made = [text(each, "metadata", "creationTimestamp")
                for each in (new, *objects.pods_of(ref_of(deployment)))
                if each is new or belongs(each, new)]  # fmt: skip
        over = text(condition(deployment, "Progressing"), "status") == "False"
        if wanted and ready < wanted and (over or objects.age(max(made)) > _PATIENCE_SECONDS):
            yield _finding(objects, deployment, new, old)


def _finding(objects: ObjectSet, deployment: Obj, new: Obj, old: Obj) -> Finding:
    ref = ref_of(deployment)
    serving = sum(is_ready(pod) for pod in objects.pods_of(ref) if not belongs(pod, new))
    pods = [pod for pod in objects.pods_of(ref) if belongs(pod, new)]
    changes = template_changes(old, new)
    shown = cut("; ".join(changes[:_MOST_CHANGES]), 300) or "nothing in the pod template"
    still = f"; {serving} old pod{'s' * (serving != 1)} still serve" if serving else ""
    cause = f"the rollout of revision {revision(new)} is stuck{still}; it changed {cut(shown, 120)}"
    return about(
        "rollout", deployment, "warning" if serving else "critical", cause,
        (f"changed in revision {revision(new)} ({name_of(new)}): {shown}",), affected=refs(pods),
        explained_by=(ref, *refs(pods)),
    )  # fmt: skip
