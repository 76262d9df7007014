"""Pods that name a ConfigMap, a Secret or a key that does not exist."""

from collections.abc import Iterator

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about_pods
from holmes.triage.fields import Obj, name_of
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import judged
from holmes.triage.references import Reference, makers, missing
from holmes.triage.said import sentences


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each missing thing that keeps a workload's pods from starting."""
    for workload, pods in judged(objects):
        stuck = [(pod, found) for pod in pods if (found := list(missing(objects, pod)))]
        if stuck:
            held = [pod for pod, _ in stuck]
            for reference, why in stuck[0][1]:
                yield _finding(objects, workload, held, reference, why)


def _finding(
    objects: ObjectSet, workload: ObjectRef, stuck: list[Obj], reference: Reference, why: str
) -> Finding:
    pod = stuck[0]
    key = f" key {reference.key}" if reference.key else ""
    evidence = [f"pod {name_of(pod)} {reference.where}: {reference.kind} {reference.name}{key}"]
    evidence += sentences(objects, pod)
    cause = f"pods can't start: {why}, used by {reference.where}"
    return about_pods(
        "missing_config", objects, workload, stuck, cause, evidence,
        explained_by=makers(objects, workload.namespace, reference.name),
    )  # fmt: skip
