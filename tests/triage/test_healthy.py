"""What counts as a workload that is well."""

import pytest

from holmes.core.finding import Finding, ObjectRef
from holmes.triage.fields import Obj
from holmes.triage.healthy import healthy
from holmes.triage.next_calls import describe
from holmes.triage.objects import ObjectSet
from triage import builders as b

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
    ],
    ids=["ready", "one by default", "half", "none", "ordinals", "each node", "a node"],
)
def test_a_workload_is_well_where_all_its_pods_are_ready(obj: Obj, told: str) -> None:
    found = [str(each) for each in healthy(ObjectSet([obj]), ())]
    assert found == ([f"{obj['kind']} web ({told} ready)"] if told else [])


POD = b.pod("web-0", ready=True)
ROUTE = {"rules": [{"http": {"paths": [{"backend": {"service": {"name": "web"}}}]}}]}


@pytest.mark.parametrize(
    ("objects", "told"),
    [
        ([b.service(), POD, b.pod("web-1")], "Service web (1 of 2 pods ready)"),
        ([b.service(), b.pod("web-1")], ""),
        ([b.pod("alone", ready=True, owner=[])], "Pod alone (ready)"),
        ([b.obj("Ingress", "front", spec=ROUTE), b.service(), POD],
         "Ingress front (leads to Service shop/web)"),
        ([b.obj("Ingress", "front", spec=ROUTE)], ""),
        ([b.obj("PersistentVolumeClaim", "data", spec={"volumeName": "pv-1"},
                status={"phase": "Bound"})], "PersistentVolumeClaim data (Bound to pv-1)"),
        ([b.obj("PersistentVolumeClaim", "data", status={"phase": "Pending"})], ""),
        ([b.node()], "Node node-1 (Ready)"),
        ([b.node(spec={"unschedulable": True})], ""),
        ([b.obj("Job", "load", status={"conditions": [{"type": "Complete", "status": "True"}],
                                       "completionTime": b.NOW})], f"Job load (completed {b.NOW})"),
        ([b.obj("CronJob", "tidy", status={"lastSuccessfulTime": b.NOW})],
         f"CronJob tidy (last run completed {b.NOW})"),
        ([b.obj("CronJob", "tidy", spec={"suspend": True},
                status={"lastSuccessfulTime": b.NOW})], ""),
        ([b.obj("HorizontalPodAutoscaler", "web", status={
            "currentReplicas": 3, "conditions": [{"type": "ScalingActive", "status": "True"}]})],
         "HorizontalPodAutoscaler web (3 replicas)"),
    ],
)  # fmt: skip
def test_other_objects_are_well_by_their_own_state(objects: list[Obj], told: str) -> None:
    found = [str(each) for each in healthy(ObjectSet(objects), ())]
    assert [each for each in found if each.partition(" ")[0] == objects[0]["kind"]] == (
        [told] if told else []
    )


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
