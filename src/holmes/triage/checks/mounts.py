"""Volumes that can't be attached or mounted, other than for a missing ConfigMap or Secret."""

import re
from collections.abc import Iterator

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.about import about_pods
from holmes.triage.fields import Obj, items, namespace_of, ref_of, text
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import containers, is_ready, judged
from holmes.triage.references import claims_of
from holmes.triage.said import event_line, innermost

_REASONS = ("FailedMount", "FailedAttachVolume", "FailedMapVolume")
_CONFIG = re.compile(r'(?i)(?:configmap|secret) "?[\w./-]+"? not found|references non-existent')
_ELSEWHERE = re.compile(r"Multi-Attach|already (?:exclusively )?attached|in use by")


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each workload with pods that wait for a volume."""
    for workload, pods in judged(objects):
        waiting = [(pod, event) for pod in pods if (event := _failed(objects, pod))]
        if waiting:
            yield _finding(objects, workload, waiting)


def _failed(objects: ObjectSet, pod: Obj) -> Obj | None:
    if is_ready(pod) or not any(
        each.waiting in {"ContainerCreating", "PodInitializing"} for each in containers(pod)
    ):
        return None
    events = [
        event
        for event in objects.events(ref_of(pod), *_REASONS)
        if not _CONFIG.search(text(event, "message"))
    ]
    return events[-1] if events else None


def _finding(objects: ObjectSet, workload: ObjectRef, waiting: list[tuple[Obj, Obj]]) -> Finding:
    pod, event = waiting[0]
    said = text(event, "message")
    attached = " (another node still has it)" if _ELSEWHERE.search(said) else ""
    claims = tuple(
        ObjectRef(kind="PersistentVolumeClaim", namespace=namespace_of(pod), name=claim)
        for claim in claims_of(pod)
    )
    cause = (
        f"pods can't start, a volume can't be mounted{attached}{_source(pod, said)}: "
        f"{innermost(said)}"
    )
    return about_pods(
        "mounts", objects, workload, (each for each, _ in waiting), cause, (event_line(event),),
        explained_by=claims,
    )  # fmt: skip


def _source(pod: Obj, said: str) -> str:
    """What the volume is that a message names: a claim, an NFS server and path, a host's path."""
    for volume in items(pod, "spec", "volumes"):
        for kind, source in volume.items():
            if kind != "name" and isinstance(source, dict) and f'"{text(volume, "name")}"' in said:
                told = [f"{key}={each}" for key, each in source.items() if isinstance(each, str)]
                return f" (volume {text(volume, 'name')}: {kind} {', '.join(told)})"
    return ""
