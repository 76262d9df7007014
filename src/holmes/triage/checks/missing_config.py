"""Pods that name a ConfigMap, a Secret or a key that does not exist."""

from collections.abc import Iterator

from holmes.core.finding import Finding, ObjectRef, named
from holmes.triage.fields import Obj, name_of, ref_of
from holmes.triage.logs import LogReader
from holmes.triage.next_calls import describe
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import judged, refs, severity_of
from holmes.triage.references import Reference, missing
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
    return Finding(
        check="missing_config",
        severity=severity_of(objects, workload),
        **named(workload),
        cause=f"pods can't start: {why}, used by {reference.where}",
        evidence=tuple(evidence),
        affected=refs(stuck),
        next_call=describe(ref_of(pod)),
    )
