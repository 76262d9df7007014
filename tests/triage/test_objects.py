import pytest

from holmes.triage.fields import quantity
from holmes.triage.names import nearest
from holmes.triage.objects import trim
from triage import builders as b


def test_the_deployment_is_the_owner_even_where_replica_sets_may_not_be_read() -> None:
    pod = b.pod(labels={"app": "web", "pod-template-hash": "7d9f"})

    assert str(b.object_set([pod]).workload(pod)) == "Deployment shop/web"
    assert str(b.object_set([pod, b.replica_set()]).workload(pod)) == "Deployment shop/web"


@pytest.mark.parametrize(
    ("operator", "values", "selected"),
    [
        ("In", ["web"], True),
        ("NotIn", ["web"], False),
        ("Exists", [], True),
        ("DoesNotExist", [], False),
    ],
)
def test_label_selectors(operator: str, values: list[str], *, selected: bool) -> None:
    objects = b.object_set([b.pod()])
    rule = {"key": "app", "operator": operator, "values": values}

    assert bool(objects.pods_selected("shop", {"matchExpressions": [rule]})) is selected


def test_the_clock_is_the_clusters() -> None:
    objects = b.object_set([b.event("BackOff", "…")])

    assert objects.age(b.START) == 20 * 60


def test_what_nobody_reads_is_dropped() -> None:
    config = b.config_map("big", short="1", long="x" * 10_000)
    config["metadata"]["managedFields"] = [{}]

    trimmed = trim(config)

    assert "managedFields" not in trimmed["metadata"]
    assert trimmed["data"] == {"short": "1", "long": ""}


@pytest.mark.parametrize(
    ("text", "value"),
    [("500m", 0.5), ("128Mi", 128 * 2**20), ("2", 2), (3, 3), ("1e3", 1000), ("x", 0), (None, 0)],
)
def test_quantities(text: object, value: float) -> None:
    assert quantity(text) == pytest.approx(value)


@pytest.mark.parametrize(
    ("wanted", "near"),
    [("mailer-settings", "mailer-config"), ("mailre-config", "mailer-config"), ("zebra", "")],
)
def test_near_misses(wanted: str, near: str) -> None:
    assert nearest(wanted, ["mailer-config", "other", wanted]) == near
