"""The workloads that no finding is about, so that "is it healthy?" has an answer with figures.

Told only what is wrong beside it, a small model takes that for the answer: asked whether CoreDNS
is healthy, the 1.5B said no, since a node was down (26 Nov 2026).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.fields import name_of, namespace_of, number, wanted_pods
from holmes.triage.objects import ObjectSet

_READY = {
    "Deployment": "readyReplicas",
    "StatefulSet": "readyReplicas",
    "DaemonSet": "numberReady",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Healthy:
    """A workload all of whose pods are ready, and that nothing was found to hurt."""

    ref: ObjectRef
    ready: int

    def __str__(self) -> str:
        return f"{self.ref.kind} {self.ref.name} ({self.ready} of {self.ready} ready)"


def healthy(objects: ObjectSet, findings: Sequence[Finding]) -> tuple[Healthy, ...]:
    """The Deployments, StatefulSets and DaemonSets without a finding, all of their pods ready.

    One that is scaled to nothing is neither well nor unwell, and left out.
    """
    hurt = {ref for finding in findings for ref in (finding.subject, *finding.affected)}
    told = [text for finding in findings for text in (finding.cause, *finding.chain)]
    found = []
    for kind, ready in _READY.items():
        for obj in objects.all(kind):
            ref = ObjectRef(kind=kind, namespace=namespace_of(obj), name=name_of(obj))
            many = number(obj, "status", ready)
            full = many == wanted_pods(obj)
            named = any(f"{kind} {ref.name}" in text or str(ref) in text for text in told)
            if ref not in hurt and not named and many and full:
                found.append(Healthy(ref=ref, ready=many))
    return tuple(found)
