import pytest

from holmes.triage.fields import Obj
from triage import builders as b

UNSCHEDULABLE = {
    "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
    "message": "0/1 nodes are available: see below. preemption: not helpful",
}  # fmt: skip


def pending(**spec: object) -> Obj:
    made = b.pod(phase="Pending", spec=dict(spec), conditions=[UNSCHEDULABLE])
    made["spec"].pop("nodeName")
    return made


def asking(**requests: str) -> Obj:
    return pending(containers=[b.container(resources={"requests": requests})])


@pytest.mark.parametrize(
    ("stuck", "there", "why"),
    [
        (asking(cpu="16"), b.node(), "it requests 16 cpu, more than a node has (largest: 4)"),
        (asking(memory="9Gi"), b.node(), "it requests 9216Mi memory, more than a node has"),
        (pending(nodeSelector={"disk": "ssd"}), b.node(), "nodeSelector disk=ssd matches no label"),
        (
            pending(),
            b.node(spec={"taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]}),
            "taint gpu=yes is not tolerated",
        ),
        (pending(), b.node(spec={"unschedulable": True}), "node node-1 is cordoned"),
    ],
)
def test_why_no_node_fits(stuck: Obj, there: Obj, why: str) -> None:
    [finding] = b.found_by("scheduling", stuck, there)

    assert why in finding.cause
    assert finding.severity == "critical"


def test_affinity_that_matches_nothing() -> None:
    term = {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}

    [finding] = b.found_by("scheduling", pending(affinity={"nodeAffinity": required}))

    assert "node affinity zone In a matches no label" in finding.cause


def test_what_other_pods_reserve_is_gone() -> None:
    big = b.container(resources={"requests": {"cpu": "3"}})
    running = b.pod("big", ready=True, owner=[], spec={"containers": [big]})

    [finding] = b.found_by("scheduling", asking(cpu="2"), running)

    assert "Insufficient cpu: requests 2, 1 left" in finding.cause


def test_a_host_port_that_is_taken() -> None:
    ported = {"containers": [b.container(ports=[{"containerPort": 80, "hostPort": 80}])]}
    running = b.pod("edge", ready=True, owner=[], spec=ported)

    [finding] = b.found_by("scheduling", pending(**ported), running)

    assert "host port 80 is taken by pod edge" in finding.cause


def test_a_scheduled_pod_is_well() -> None:
    assert not b.found_by("scheduling", b.pod(ready=True))
