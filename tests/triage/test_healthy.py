"""What counts as a workload that is well."""

import pytest

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.fields import Obj
from holmes.triage.healthy import healthy
from holmes.triage.next_calls import describe
from holmes.triage.objects import ObjectSet

WEB = ObjectRef(kind="Deployment", namespace="shop", name="web")


def workload(kind: str, spec: Obj, status: Obj) -> Obj:
    metadata: Obj = {"name": "web", "namespace": "shop"}
    return {"kind": kind, "metadata": metadata, "spec": spec, "status": status}


@pytest.mark.parametrize(
    ("obj", "told"),
    [
        (workload("Deployment", {"replicas": 2}, {"readyReplicas": 2}), "2 of 2"),
        (workload("Deployment", {}, {"readyReplicas": 1}), "1 of 1"),
        (workload("Deployment", {"replicas": 2}, {"readyReplicas": 1}), ""),
        (workload("Deployment", {"replicas": 0}, {}), ""),
        (workload("StatefulSet", {"replicas": 3}, {"readyReplicas": 3}), "3 of 3"),
        (workload("DaemonSet", {}, {"numberReady": 2, "desiredNumberScheduled": 2}), "2 of 2"),
        (workload("DaemonSet", {}, {"numberReady": 1, "desiredNumberScheduled": 2}), ""),
        (workload("Job", {"replicas": 1}, {"readyReplicas": 1}), ""),
    ],
    ids=["ready", "one by default", "half", "none", "ordinals", "each node", "a node", "no server"],
)
def test_a_workload_is_well_where_all_its_pods_are_ready(obj: Obj, told: str) -> None:
    found = [str(each) for each in healthy(ObjectSet([obj]), ())]
    assert found == ([f"{obj['kind']} web ({told} ready)"] if told else [])


@pytest.mark.parametrize(
    "hurt",
    [
        {"kind": "Deployment", "name": "web"},
        {"kind": "Service", "name": "db", "affected": (WEB,)},
        {"kind": "Service", "name": "db", "chain": ("Deployment web: calls to Service db fail",)},
        {"kind": "Service", "name": "db", "cause": "nothing answers Deployment shop/web"},
    ],
    ids=["itself", "affected", "in the chain", "in the cause"],
)
def test_a_workload_that_a_finding_names_is_not_well(hurt: dict[str, str]) -> None:
    ready = workload("Deployment", {"replicas": 2}, {"readyReplicas": 2})
    given = {"check": "any", "severity": "warning", "namespace": "shop", "cause": "broken", **hurt}
    finding = Finding(next_call=describe(WEB), **given)  # type: ignore[arg-type]
    assert healthy(ObjectSet([ready]), (finding,)) == ()
