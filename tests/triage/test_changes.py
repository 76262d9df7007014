"""What changed, as revisions and the manifests that were last applied tell it."""

import json

import pytest

from holmes.core.finding import Finding
from holmes.triage.differences import take_drift
from holmes.triage.fields import Obj
from holmes.triage.impact import enriched
from holmes.triage.objects import trim
from triage import builders as b

_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_BACK_OFF = {**b.event("BackOff", "Back-off restarting failed container", name="db-1"),
             "firstTimestamp": "2026-11-24T16:10:00Z"}  # fmt: skip


def applied(obj: Obj, **asked: object) -> Obj:
    """The object with the manifest that was last applied, and with who edited it last."""
    version = "apps/v1" if obj["kind"].endswith("Set") else "v1"
    manifest = {"apiVersion": version, "kind": obj["kind"], **asked}
    obj["metadata"] |= {
        "annotations": {_APPLIED: json.dumps(manifest)},
        "managedFields": [{"manager": "kubectl-edit", "time": "2026-11-24T16:09:00Z"}],
    }
    return trim(obj)


def first(*objects: Obj) -> Finding:
    return enriched(b.object_set(objects), b.found(*objects))[0]


@pytest.mark.parametrize(
    ("asked", "live", "told"),
    [
        ({"replicas": 3}, {"replicas": 0, "strategy": {}}, ["replicas: 3 → 0"]),
        ({"a": {"cpu": "1000m", "memory": 0.5}}, {"a": {"cpu": "1", "memory": "500m"}}, []),
        ({"a": None, "b": [], "c": "", "d": False}, {}, []),
        (
            {"containers": [{"name": "app", "image": "app:1"}]},
            {"containers": [{"name": "app", "image": "app:1", "env": [{"name": "A"}]}]},
            [],
        ),
        (
            {"containers": [{"name": "app", "env": [{"name": "A", "value": "1"}]}]},
            {"containers": [{"name": "app", "env": [{"name": "A", "value": "1"},
                                                    {"name": "B", "value": "2"}]}]},
            ["app env B: (none) → 2"],
        ),
        ({"args": ["-v", "x"]}, {"args": ["-v", "y"]}, ["args 1: x → y"]),
        ({"ports": [{"port": 80}]}, {"ports": [{"port": 80, "protocol": "TCP"}]}, []),
        (
            {"env": [{"name": "PASSWORD", "value": "a"}]},
            {"env": [{"name": "PASSWORD", "value": "b"}]},
            ["env PASSWORD: value changed, not shown"],
        ),
    ],
    ids=["scaled", "quantities", "left out", "a default", "an addition", "a value", "a port",
         "a secret"],
)  # fmt: skip
def test_what_is_not_as_it_was_applied(asked: Obj, live: Obj, told: list[str]) -> None:
    manifest = {"apiVersion": "apps/v1", "kind": "Deployment", "spec": asked}
    annotations = {_APPLIED: json.dumps(manifest)}
    obj: Obj = {"kind": "Deployment", "metadata": {"annotations": annotations}, "spec": live}
    assert take_drift(obj) == told
    assert annotations == {}


@pytest.mark.parametrize("manifest", ["{", "[]", '{"apiVersion": "extensions/v1beta1", "spec": 1}'])
def test_a_manifest_that_can_not_be_compared(manifest: str) -> None:
    obj = {"kind": "Deployment", "metadata": {"annotations": {_APPLIED: manifest}}, "spec": {}}
    assert take_drift(obj) == []


def test_a_line_of_a_file_that_differs_from_the_applied_one() -> None:
    old, new = "listen 80;\nroot /srv;\n", "listen 80;\nroot /var;\n"
    settings = applied(b.config_map("site", conf=new), data={"conf": old})
    assert settings["metadata"]["drift"] == ["conf: root /srv; → root /var;"]


def test_a_selector_that_was_edited_after_it_was_applied() -> None:
    service = applied(
        b.service("cart", selector={"app": "cart-api"}), spec={"selector": {"app": "cart"}}
    )
    finding = first(service)
    [change] = finding.changed
    assert change.at == "2026-11-24T16:09:00Z"
    assert change.said == (
        "Service cart changed by kubectl-edit since it was applied: selector app: cart → cart-api"
    )


def test_what_the_last_rollout_tells_is_not_told_again() -> None:
    finding = first(*stateful_set("DaemonSet"))
    assert [each.said for each in finding.changed] == ["revision 2: app image: app:1 → app:2"]


def stateful_set(kind: str) -> list[Obj]:
    """A workload whose second revision crash-loops in its second pod."""
    owner = b.owned_by(kind, "db")
    crashed = b.status(
        state=b.waiting("CrashLoopBackOff"), lastState=b.terminated(1), restartCount=5
    )
    kept = []
    for number, image in ((1, "app:1"), (2, "app:2")):
        made = "2026-11-20T10:00:00Z" if number == 1 else "2026-11-24T16:09:00Z"
        template = {"metadata": {}, "spec": {"containers": [{"name": "app", "image": image}]}}
        each = b.obj("ControllerRevision", f"db-hash{number}", revision=number,
                     data={"spec": {"template": template}})  # fmt: skip
        each["metadata"] |= {"ownerReferences": owner, "creationTimestamp": made}
        kept.append(each)
    hashes = ["db-hash1", "db-hash2"] if kind == "StatefulSet" else ["hash1", "hash2"]
    old, new = ({"app": "web", "controller-revision-hash": each} for each in hashes)
    live = {"containers": [{"name": "app", "image": "app:2"}]}
    workload = b.obj(kind, "db", spec={"replicas": 2, "template": {"metadata": {}, "spec": live}},
                     status={"desiredNumberScheduled": 2})  # fmt: skip
    asked = {"containers": [{"name": "app", "image": "app:1"}]}
    workload = applied(workload, spec={"template": {"metadata": {}, "spec": asked}})
    return [
        workload, *kept,
        b.pod("db-0", ready=True, owner=owner, labels=old),
        b.pod("db-1", owner=owner, labels=new, containerStatuses=[crashed]), _BACK_OFF,
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
def test_the_revision_of_a_workload_that_is_no_deployment(kind: str) -> None:
    finding = first(*stateful_set(kind))
    assert finding.subject.kind == kind
    assert [each.said for each in finding.changed] == ["revision 2: app image: app:1 → app:2"]
    assert finding.impact is not None
    assert (finding.impact.ready, finding.impact.wanted, finding.impact.old) == (1, 2, 1)
