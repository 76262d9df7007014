import pytest

from holmes.triage.checks.scheduling import find as find_scheduling
from holmes.triage.fields import Obj
from holmes.triage.objects import ObjectSet
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

    assert "Insufficient cpu: requests 2, 1 free on node-1" in finding.cause


def test_a_host_port_that_is_taken() -> None:
    ported = {"containers": [b.container(ports=[{"containerPort": 80, "hostPort": 80}])]}
    running = b.pod("edge", ready=True, owner=[], spec=ported)

    [finding] = b.found_by("scheduling", pending(**ported), running)

    assert "host port 80 is taken by pod edge" in finding.cause


def test_a_scheduled_pod_is_well() -> None:
    assert not b.found_by("scheduling", b.pod(ready=True))


CONTROL = b.node(
    "control",
    labels={"kubernetes.io/hostname": "control"},
    spec={"taints": [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]},
)
APART = {
    "requiredDuringSchedulingIgnoredDuringExecution": [
        {"topologyKey": "kubernetes.io/hostname",
         "labelSelector": {"matchLabels": {"app": "web"}}}
    ]
}  # fmt: skip


def tainted(name: str, key: str, value: str) -> Obj:
    return b.node(name, spec={"taints": [{"key": key, "value": value, "effect": "NoSchedule"}]})


def test_of_several_reasons_the_one_that_can_be_changed_comes_first() -> None:
    running = b.pod("web-1", ready=True, owner=[])

    [finding] = b.found_by(
        "scheduling", pending(affinity={"podAntiAffinity": APART}), running, b.node(), CONTROL
    )

    assert finding.cause.startswith(
        "pods stay Pending, no node can take them: its anti-affinity to app=web (by "
        "kubernetes.io/hostname) keeps it away from pod web-1 (1 of 2 nodes); node node-1 would "
        "take it if that were preferred instead of required; taint node-role"
    )


def test_another_pods_anti_affinity_counts_as_well() -> None:
    running = b.pod("web-1", ready=True, owner=[], spec={"affinity": {"podAntiAffinity": APART}})

    [finding] = b.found_by("scheduling", pending(), running, b.node())

    assert "the anti-affinity of pod web-1" in finding.cause


@pytest.mark.parametrize(
    ("stuck", "nodes", "why"),
    [
        (  # a selector that a node answers is meant; the taint there is what is in the way
            pending(nodeSelector={"pool": "gpu"}),
            [
                {**tainted("gpu", "dedicated", "ml"), "metadata": {"name": "gpu", "labels":
                                                                   {"pool": "gpu"}}},
                b.node(),
            ],
            ("taint dedicated=ml is not tolerated (1 of 2 nodes); node gpu would take it if it "
            "tolerated dedicated=ml"),
        ),
        (
            asking(cpu="3"),
            [b.node("cordoned", spec={"unschedulable": True}), CONTROL, tainted("t", "a", "b")],
            ("node cordoned is cordoned (1 of 3 nodes); node cordoned would take it if it were "
            "uncordoned (kubectl uncordon cordoned)"),
        ),
        (
            pending(affinity={"podAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [{
                    "topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "cache"}}}]}}),
            [b.node(labels={"zone": "a"})],
            "its pod affinity wants app=cache in the same zone, none runs anywhere",
        ),
        (  # two obstacles there and one on the control plane, which is not for workloads
            asking(cpu="2"),
            [
                {**tainted("busy", "dedicated", "ml"), "status": {"allocatable": {"cpu": "1"}}},
                CONTROL,
            ],
            "node busy would take it if",
        ),
        (
            asking(**{"nvidia.com/gpu": "2"}),
            [b.node()],
            "it requests 2 nvidia.com/gpu, more than a node has (largest: 0)",
        ),
    ],
)  # fmt: skip
def test_the_node_that_is_nearest_to_taking_it(stuck: Obj, nodes: list[Obj], why: str) -> None:
    [finding] = b.found_by("scheduling", stuck, *nodes)

    assert why in finding.cause


def test_a_spread_that_only_a_full_zone_would_keep() -> None:
    rule = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {"app": "web"}}}  # fmt: skip
    running = b.pod("web-1", ready=True, owner=[])
    full = b.node("full", labels={"zone": "b"}, allocatable={"cpu": "0", "pods": "0"})

    [finding] = b.found_by(
        "scheduling", pending(topologySpreadConstraints=[rule]), running,
        b.node(labels={"zone": "a"}), full,
    )  # fmt: skip

    assert "maxSkew 1 by zone: a would have 2 pods, another has 0" in finding.cause


def test_nodes_that_may_not_be_read_leave_the_schedulers_own_words() -> None:
    said = (
        "0/3 nodes are available: 1 node(s) had untolerated taint "
        "{node-role.kubernetes.io/control-plane: }, 2 Insufficient cpu. preemption: 0/3 nodes are "
        "available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found."
    )
    stuck = asking(cpu="2")
    stuck["status"]["conditions"] = [{**UNSCHEDULABLE, "message": said}]
    objects = ObjectSet([stuck])

    [finding] = find_scheduling(objects, b.log_book({}))

    assert "them: Insufficient cpu (2 nodes): it requests 2 cpu; node(s) had" in finding.cause
    assert any(said in line for line in finding.evidence)


@pytest.mark.parametrize(
    ("stuck", "reason", "why"),
    [
        (asking(**{"example.com/gpu": "2"}), "Insufficient example.com/gpu",
         "it requests 2 example.com/gpu"),
        (pending(nodeSelector={"disk": "ssd"}), "node(s) didn't match Pod's node affinity/selector",
         "nodeSelector disk=ssd"),
        (pending(affinity={"podAntiAffinity": APART}),
         "node(s) didn't match pod anti-affinity rules",
         "podAntiAffinity app=web by kubernetes.io/hostname"),
        (pending(containers=[b.container(ports=[{"containerPort": 80, "hostPort": 8088}])]),
         "node(s) didn't have free ports for the requested pod ports", "hostPort 8088"),
    ],
)  # fmt: skip
def test_what_the_pod_asks_stands_beside_the_schedulers_words(
    stuck: Obj, reason: str, why: str
) -> None:
    said = f"0/2 nodes are available: 2 {reason}."
    stuck["status"]["conditions"] = [{**UNSCHEDULABLE, "message": said}]

    [finding] = find_scheduling(ObjectSet([stuck]), b.log_book({}))

    assert finding.cause.endswith(f"them: {reason} (2 nodes): {why}")


def test_a_claim_that_does_not_exist() -> None:
    volume = {"name": "d", "persistentVolumeClaim": {"claimName": "data"}}

    [finding] = b.found_by("scheduling", pending(volumes=[volume]))

    assert finding.cause == "pods stay Pending: its PersistentVolumeClaim data does not exist"

    full = {"persistentvolumeclaims": "3"}
    quota = b.obj("ResourceQuota", "small", status={"hard": full, "used": full})
    [finding] = b.found_by("scheduling", pending(volumes=[volume]), quota)
    assert finding.cause.endswith(
        "; ResourceQuota small allows no more (persistentvolumeclaims 3 of 3 used)"
    )


def test_a_claim_that_waits_for_the_pod_does_not_hide_the_reason() -> None:
    volume = {"name": "d", "persistentVolumeClaim": {"claimName": "data"}}
    stuck = pending(volumes=[volume], nodeSelector={"disk": "ssd"})
    lazy = {"kind": "StorageClass", "metadata": {"name": "lazy"},
            "volumeBindingMode": "WaitForFirstConsumer"}  # fmt: skip
    claim = b.obj("PersistentVolumeClaim", "data", spec={"storageClassName": "lazy"},
                  status={"phase": "Pending"})  # fmt: skip

    [finding] = b.found(stuck, lazy, claim, b.replica_set())

    assert "nodeSelector disk=ssd matches no label" in finding.cause


def test_a_gate_that_is_not_lifted() -> None:
    gated = pending(schedulingGates=[{"name": "example.com/quota"}])
    gated["status"]["conditions"] = [{"type": "PodScheduled", "status": "False",
                                      "reason": "SchedulingGated"}]  # fmt: skip

    [finding] = b.found_by("scheduling", gated)

    assert "scheduling gate example.com/quota has not been lifted" in finding.cause


def test_devices_that_nobody_can_allocate_are_named() -> None:
    claims = [{"name": "gpu", "resourceClaimTemplateName": "one-a100"}]
    stuck = pending(resourceClaims=claims)
    said = "0/1 nodes are available: 1 cannot allocate all claims."
    stuck["status"]["conditions"] = [{**UNSCHEDULABLE, "message": said}]

    [finding] = b.found_by("scheduling", stuck)

    assert "1 cannot allocate all claims" in finding.cause
    assert finding.cause.endswith("; it claims devices: gpu (one-a100)")


def test_a_pod_for_which_room_is_made() -> None:
    stuck = pending()
    stuck["status"]["nominatedNodeName"] = "node-1"

    [finding] = b.found_by("scheduling", stuck)

    assert "lower priority are being ended on node node-1 to make room" in finding.cause


def test_a_priority_that_may_not_end_others() -> None:
    stuck = pending(preemptionPolicy="Never", priorityClassName="batch")

    [finding] = b.found_by("scheduling", stuck)

    assert finding.cause.endswith("; its PriorityClass batch lets it end no others")


def test_a_volume_that_is_elsewhere() -> None:
    zone_b = {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["b"]}]}
    volume = {
        "kind": "PersistentVolume", "metadata": {"name": "pv-1"},
        "spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": [zone_b]}}},
    }  # fmt: skip
    claim = b.obj("PersistentVolumeClaim", "data", spec={"volumeName": "pv-1"},
                  status={"phase": "Bound"})  # fmt: skip
    stuck = pending(volumes=[{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}])

    [finding] = b.found_by("scheduling", stuck, claim, volume, b.node(labels={"zone": "a"}))

    assert "its volume pv-1 (claim data) is only for zone In b" in finding.cause


def test_an_autoscaler_of_nodes_that_adds_none_is_quoted() -> None:
    pod = b.pod(phase="Pending", conditions=[
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
         "message": "0/1 nodes are available: 1 Insufficient cpu."}])  # fmt: skip
    told = "pod didn't trigger scale-up: 1 max node group size reached"
    event = b.event("NotTriggerScaleUp", told, type_="Normal")
    [finding] = b.found_by("scheduling", b.deployment(), b.replica_set(), pod, event)
    assert any(line.endswith(told) for line in finding.evidence)
