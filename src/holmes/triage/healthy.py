"""The objects that no finding is about, so that "is it healthy?" has an answer with figures.

Told only what is wrong beside it, a small model takes that for the answer: asked whether CoreDNS
is healthy, the 1.5B said no, since a node was down (26 Nov 2026).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.fields import (
    Obj,
    condition,
    flag,
    items,
    mapping,
    namespace_of,
    number,
    ref_of,
    text,
    wanted_pods,
)
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import is_over, is_ready
from holmes.triage.routes import backends

_READY = {
    "Deployment": "readyReplicas",
    "StatefulSet": "readyReplicas",
    "DaemonSet": "numberReady",
}
_WORD = re.compile(r"[\w.-]*\w")


@dataclass(frozen=True, kw_only=True, slots=True)
class Healthy:
    """An object that nothing was found to hurt, and what shows that it is well.

    ready  of a workload, how many pods are ready; 0 for other kinds
    """

    ref: ObjectRef
    said: str
    ready: int = 0

    def __str__(self) -> str:
        return f"{self.ref.kind} {self.ref.name} ({self.said})"


def healthy(objects: ObjectSet, findings: Sequence[Finding]) -> tuple[Healthy, ...]:
    """The objects without a finding whose own state says that they are well, workloads first.

    One that is scaled to nothing is neither well nor unwell, and left out.
    """
    hurt = {ref for finding in findings for ref in (finding.subject, *finding.affected)}
    told = [text for finding in findings for text in (finding.cause, *finding.chain)]
    words = {word for each in told for word in _WORD.findall(each)}
    found = []
    for kind, state in _STATES.items():
        for obj in objects.all(kind):
            ref = ref_of(obj)
            if ref in hurt or not (said := state(objects, obj)):
                continue
            named = (f"{kind} {ref.name}" in text or str(ref) in text for text in told)
            if ref.name not in words or not any(named):
                ready = number(obj, "status", _READY[kind]) if kind in _READY else 0
                found.append(Healthy(ref=ref, said=said, ready=ready))
    return tuple(found)


def _workload(_objects: ObjectSet, workload: Obj) -> str:
    many = number(workload, "status", _READY[text(workload, "kind")])
    return f"{many} of {many} ready" if many and many == wanted_pods(workload) else ""


def _pod(_objects: ObjectSet, pod: Obj) -> str:
    """Of a pod of its own; those of workloads are counted there."""
    alone = not items(pod, "metadata", "ownerReferences")
    return "ready" if alone and is_ready(pod) and not is_over(pod) else ""


def _service(objects: ObjectSet, service: Obj) -> str:
    selector = mapping(service, "spec", "selector")
    pods = objects.pods_labelled(namespace_of(service), selector)
    ready = sum(is_ready(pod) and not is_over(pod) for pod in pods)
    return f"{ready} of {len(pods)} pods ready" if ready else ""


def _ingress(objects: ObjectSet, ingress: Obj) -> str:
    found = dict.fromkeys(backends(ingress))
    services = [objects.find(ref) for ref in found]
    served = found and all(each and _service(objects, each) for each in services)
    return f"leads to {', '.join(map(str, found))}" if served else ""


def _claim(_objects: ObjectSet, claim: Obj) -> str:
    bound = text(claim, "status", "phase") == "Bound"
    return f"Bound to {text(claim, 'spec', 'volumeName')}" if bound else ""


def _node(_objects: ObjectSet, node: Obj) -> str:
    ready = text(condition(node, "Ready"), "status") == "True"
    return "Ready" if ready and not flag(node, "spec", "unschedulable") else ""


def _job(_objects: ObjectSet, job: Obj) -> str:
    done = text(condition(job, "Complete"), "status") == "True"
    return f"completed {text(job, 'status', 'completionTime')}" if done else ""


def _cron_job(_objects: ObjectSet, cron: Obj) -> str:
    last = text(cron, "status", "lastSuccessfulTime")
    return f"last run completed {last}" if last and not flag(cron, "spec", "suspend") else ""


def _scaler(_objects: ObjectSet, scaler: Obj) -> str:
    active = text(condition(scaler, "ScalingActive"), "status") == "True"
    return f"{number(scaler, 'status', 'currentReplicas')} replicas" if active else ""


_STATES: dict[str, Callable[[ObjectSet, Obj], str]] = {
    **dict.fromkeys(_READY, _workload),
    "Pod": _pod, "Service": _service, "Ingress": _ingress, "PersistentVolumeClaim": _claim,
    "Node": _node, "Job": _job, "CronJob": _cron_job, "HorizontalPodAutoscaler": _scaler,
}  # fmt: skip
