from holmes.triage.fields import Obj
from triage import builders as b

SPOOL = {"volumes": [{"name": "spool", "emptyDir": {"sizeLimit": "40Mi"}}]}
MESSAGE = 'Usage of EmptyDir volume "spool" exceeds the limit "40Mi". '


def evicted(name: str, message: str = MESSAGE, reason: str = "Evicted") -> Obj:
    return b.pod(
        name, phase="Failed", spec=SPOOL, reason=reason, message=message,
        containerStatuses=[b.status(state=b.terminated(137))],
    )  # fmt: skip


def test_evictions_of_a_workload_are_one_finding() -> None:
    heir = b.pod("web-7d9f-now", ready=True)

    [finding] = b.found_by(
        "evictions", evicted("web-a"), evicted("web-b"), heir, b.replica_set(),
        logs={"web-7d9f-now": "wrote 39 MB"},
    )  # fmt: skip

    assert finding.cause == f"2 pods were Evicted: {MESSAGE.strip()}"
    assert finding.severity == "warning"
    assert "volume spool: emptyDir.sizeLimit 40Mi" in finding.evidence
    assert "log of web-7d9f-now: wrote 39 MB" in finding.evidence


def test_a_node_that_ran_short_explains_it() -> None:
    [finding] = b.found_by("evictions", evicted("web-a", "The node was low on resource: memory."))

    assert [str(ref) for ref in finding.explained_by] == ["Node node-1"]


def test_an_orderly_shutdown_is_no_finding() -> None:
    assert not b.found_by("evictions", evicted("web-a", "Pod was terminated", "Terminated"))


def test_an_eviction_of_days_ago_is_history() -> None:
    old = "2026-11-20T10:00:00Z"
    gone = b.pod(
        phase="Failed",
        reason="Evicted",
        message="low on resource: memory",
        startTime=old,
        containerStatuses=[],
        conditions=[{"type": "Ready", "status": "False", "lastTransitionTime": old}],
    )

    assert not b.found_by("evictions", gone)
