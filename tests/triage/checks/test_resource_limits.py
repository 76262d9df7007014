from holmes.triage.fields import Obj
from triage import builders as b

LIMITED = {"containers": [b.container(resources={"limits": {"cpu": "500m", "memory": "1Gi"}})]}


def using(cpu: str, memory: str = "10Mi") -> Obj:
    usage = {"cpu": cpu, "memory": memory}
    return b.obj("PodMetrics", "web-7d9f-abcde", containers=[{"name": "app", "usage": usage}])


def test_cpu_at_its_limit() -> None:
    [finding] = b.found_by("resource_limits", b.pod(spec=LIMITED), using("499000000n"))

    assert finding.cause == "container app uses 100% of its cpu limit 500m, it is throttled"
    assert finding.severity == "warning"


def test_memory_close_to_its_limit_of_a_ready_pod_is_a_remark() -> None:
    [finding] = b.found_by(
        "resource_limits", b.pod(ready=True, spec=LIMITED), using("1m", "1000Mi")
    )

    assert "98% of its memory limit 1Gi" in finding.cause
    assert finding.severity == "info"


def test_room_is_well() -> None:
    assert not b.found_by("resource_limits", b.pod(spec=LIMITED), using("100m"))
