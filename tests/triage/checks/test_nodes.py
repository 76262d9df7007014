import pytest

from triage import builders as b


def test_pods_on_a_dead_node_still_say_running() -> None:
    [finding] = b.found(
        b.node(ready="Unknown"), b.pod(), b.replica_set(), b.deployment(), b.service()
    )

    assert str(finding.subject) == "Node node-1"
    assert finding.severity == "critical"
    assert finding.cause.startswith(f"the node is NotReady since {b.START} (KubeletReady): ")
    assert finding.cause.endswith("; 1 pods there still say Running")
    assert {"Pod shop/web-7d9f-abcde", "Deployment shop/web", "Service shop/web"} <= set(
        map(str, finding.affected)
    )


def test_pressure() -> None:
    full = {"type": "DiskPressure", "status": "True", "message": "kubelet has disk pressure"}

    [finding] = b.found_by("nodes", b.node(conditions=[full]))

    assert finding.cause == "the node has DiskPressure: kubelet has disk pressure"


def test_a_cordon_is_a_remark() -> None:
    [finding] = b.found_by("nodes", b.node(spec={"unschedulable": True}))

    assert finding.severity == "info"


def test_a_ready_node_is_well() -> None:
    assert not b.found_by("nodes", b.node())


@pytest.mark.parametrize(
    ("kind", "status", "said"),
    [
        ("KernelDeadlock", "True", "the node has KernelDeadlock: why"),
        ("StorageReady", "False", "the node is not StorageReady: why"),
        ("KernelDeadlock", "False", ""),
        ("StorageReady", "True", ""),
        ("VMEventScheduled", "True", ""),
    ],
)
def test_conditions_that_agents_add(kind: str, status: str, said: str) -> None:
    node = b.node(conditions=[{"type": kind, "status": status, "message": "why"}])
    assert [each.cause for each in b.found_by("nodes", node)] == ([said] if said else [])
