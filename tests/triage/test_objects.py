import pytest

from holmes.triage.fields import quantity, rule_matches
from holmes.triage.names import nearest
from holmes.triage.objects import ObjectSet, trim
from holmes.triage.pods import Container, grouped
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


def test_absence_means_something_only_where_a_kind_was_listed() -> None:
    objects = ObjectSet([], {"Pod", "Secret/shop"})

    assert objects.knows("Secret", "shop")
    assert not objects.knows("Secret", "other")
    assert objects.knows("Pod", "other")


def test_the_clock_is_that_of_the_leases_whatever_else_was_listed() -> None:
    lease = {"kind": "Lease", "metadata": {"name": "node-1"},
             "spec": {"renewTime": "2026-11-24T16:25:00Z"}}  # fmt: skip
    late = b.event("Killing", "…") | {"lastTimestamp": "2026-11-24T16:40:00Z"}

    assert ObjectSet([lease, b.node(), late]).age("2026-11-24T16:20:00Z") == 300
    assert ObjectSet([lease, b.node()]).age("2026-11-24T16:20:00Z") == 300
    assert ObjectSet([b.node(), late]).age("2026-11-24T16:20:00Z") == 1200


def test_only_troubled_containers_are_looked_at() -> None:
    well = [b.pod(f"web-7d9f-{n}", ready=True) for n in range(200)]
    asked: list[str] = []

    def key(container: Container) -> str:
        asked.append(container.name)
        return ""

    assert not list(grouped(b.object_set([*well, b.pod()]), key))
    assert asked == ["app"]


@pytest.mark.parametrize(("label", "matches"), [("9", True), ("7", False), ("v9", False)])
def test_a_label_is_compared_as_a_number_only_where_it_is_one(label: str, *, matches: bool) -> None:
    rule = {"key": "generation", "operator": "Gt", "values": ["8"]}

    assert rule_matches({"generation": label}, rule) is matches


def test_the_last_edit_is_kept_of_who_wrote_which_field() -> None:
    fields = [
        {"manager": "kubectl-edit", "time": "2026-11-24T16:10:00Z"},
        {"manager": "helm", "time": "2026-11-20T09:00:00Z"},
        {"manager": "controller", "time": "2026-11-24T16:19:00Z", "subresource": "status"},
    ]
    service = trim({"kind": "Service", "metadata": {"name": "s", "managedFields": fields}})
    pod = trim({"kind": "Pod", "metadata": {"name": "p", "managedFields": fields}})

    edited = {"editedAt": "2026-11-24T16:10:00Z", "editedBy": "kubectl-edit"}
    assert service["metadata"] == {"name": "s", **edited}
    assert pod["metadata"] == {"name": "p"}
