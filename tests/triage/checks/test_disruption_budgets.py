from holmes.triage.fields import Obj
from triage import builders as b


def budget(allowed: int) -> Obj:
    return b.obj(
        "PodDisruptionBudget", "web",
        spec={"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}},
        status={"disruptionsAllowed": allowed, "currentHealthy": 1, "expectedPods": 1},
    )  # fmt: skip


CORDONED = b.node(spec={"unschedulable": True})


def test_a_drain_that_cannot_end() -> None:
    [finding] = b.found_by("disruption_budgets", budget(0), CORDONED, b.pod(ready=True))

    assert finding.cause == (
        "it allows no eviction (minAvailable 1, 1 of 1 healthy), so node node-1 can't be drained"
    )


def test_a_strict_budget_without_a_drain_is_well() -> None:
    assert not b.found_by("disruption_budgets", budget(0), b.pod(ready=True))


def test_a_budget_with_room_is_well() -> None:
    assert not b.found_by("disruption_budgets", budget(1), CORDONED, b.pod(ready=True))
