"""PodDisruptionBudgets that hold up the drain of a cordoned node, or that can never be met."""

from collections.abc import Iterator

from holmes.core.finding import Finding
from holmes.triage.about import about
from holmes.triage.fields import Obj, flag, mapping, name_of, namespace_of, number, text
from holmes.triage.logs import LogReader
from holmes.triage.objects import ObjectSet
from holmes.triage.pods import is_over, refs


def find(objects: ObjectSet, _logs: LogReader) -> Iterator[Finding]:
    """One finding for each budget that allows no disruption while a node waits to be emptied."""
    draining = {
        name_of(node) for node in objects.all("Node") if flag(node, "spec", "unschedulable")
    }
    for budget in objects.all("PodDisruptionBudget"):
        if number(budget, "status", "disruptionsAllowed") or not draining:
            continue
        selector = mapping(budget, "spec", "selector")
        held = [
            pod
            for pod in objects.pods_selected(namespace_of(budget), selector)
            if text(pod, "spec", "nodeName") in draining and not is_over(pod)
        ]
        if held:
            yield _finding(budget, held)


def _finding(budget: Obj, held: list[Obj]) -> Finding:
    node = text(held[0], "spec", "nodeName")
    rule = "minAvailable" if text(budget, "spec", "minAvailable") else "maxUnavailable"
    wanted = text(budget, "spec", rule)
    healthy = number(budget, "status", "currentHealthy")
    expected = number(budget, "status", "expectedPods")
    cause = (
        f"it allows no eviction ({rule} {wanted}, {healthy} of {expected} healthy), so node "
        f"{node} can't be drained"
    )
    evidence = (
        (
            f"PodDisruptionBudget {name_of(budget)} status: disruptionsAllowed 0, "
            f"currentHealthy {healthy} of {expected}"
        ),
        f"node {node} spec.unschedulable: true",
    )
    return about("disruption_budgets", budget, "warning", cause, evidence, affected=refs(held))
